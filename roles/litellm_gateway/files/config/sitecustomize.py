# Python runs this before everything else in LiteLLM's container, because PYTHONPATH names its folder.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the request filter around LiteLLM's application, whatever its configuration says.

A callback would do the same, but settings that LiteLLM keeps in its database can replace the list of callbacks. See
docs/requests.md.
"""

import mcp_lan_filter

mcp_lan_filter.install()
