# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action model."""

from __future__ import annotations

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.objects import managing

ActionModule = managing("model")
