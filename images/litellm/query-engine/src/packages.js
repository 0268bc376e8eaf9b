// The npm packages that the programs beside the engine use too, found from this folder.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

module.exports = { Client: require('pg').Client };
