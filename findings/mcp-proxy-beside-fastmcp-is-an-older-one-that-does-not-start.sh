#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# mcp-proxy 0.13.0 and 0.12.0, fastmcp 4.2.3, mcp 2.3.0 (PyPI).
# Behaviour: mcp-proxy 0.13.0 says that it is for mcp 1, 0.12.0 says nothing of the kind. FastMCP 4 wants mcp 2, so that who
#   installs both gets mcp-proxy 0.12.0, without an error, and that ends with an ImportError.
# A good guess: two packages that install together run beside each other; or the installer says that they cannot.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF2'
mcp-proxy 0.13.0 asks for: mcp<2,>=1.27.1
installed beside fastmcp 4.2.3: mcp-proxy 0.12.0, which asks for mcp>=1.17.0
it starts with: ImportError
EOF2

asked() {
    venv/bin/python -c 'from importlib.metadata import requires
print(*(one for one in requires("mcp-proxy") if one.startswith("mcp")))'
}
{
    python_packages mcp-proxy==0.13.0
    echo "mcp-proxy 0.13.0 asks for: $(asked)"
    # No version is named: what is there now, and nothing later than it.
    python_packages 'mcp-proxy<=0.13.0' fastmcp==4.2.3 mcp==2.3.0
    installed="$(venv/bin/python -c 'from importlib.metadata import version; print(version("mcp-proxy"))')"
    echo "installed beside fastmcp 4.2.3: mcp-proxy $installed, which asks for $(asked)"
    echo "it starts with: $(venv/bin/mcp-proxy --version 2>&1 | tail -n 1 | sed 's/:.*//')"
} >seen

compare
