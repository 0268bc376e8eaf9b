# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the engine and its modules against a real gateway."""
