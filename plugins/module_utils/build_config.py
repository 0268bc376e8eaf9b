# The host's own package configuration (pip, npm, apt, certificates, proxies), as an image build can use it.
# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what the host is configured with and gives it back as the text of build secrets.

Everything is optional: an ordinary machine has none of it, and then there is nothing to hand to a build. Files and
folders of the host (``find-links``, ``file://`` indexes, ``cafile``) cannot be seen by a build and are left out;
certificates become one bundle.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

# pip's settings that say where packages come from. Its certificate is handled with all the others.
PIP_KEYS = ("index-url", "extra-index-url", "find-links", "trusted-host", "proxy", "timeout", "retries")
PIP_LISTS = ("extra-index-url", "find-links", "trusted-host")

NPM_KEYS = ("registry", "proxy", "https-proxy", "noproxy", "strict-ssl", "ca", "ca[]", "fetch-retries", "fetch-timeout")

CA_VARIABLES = (
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
    "npm_config_cafile",
    "NPM_CONFIG_CAFILE",
)
SYSTEM_PIP_CONF = "/etc/pip.conf"
SYSTEM_NPMRC = "/etc/npmrc"
# Where a distribution keeps the bundle, and where a person puts an authority of their own.
SYSTEM_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem")
LOCAL_ANCHORS = ("/usr/local/share/ca-certificates", "/etc/pki/ca-trust/source/anchors", "/etc/pki/trust/anchors")

_PEM = re.compile(r"-----BEGIN (?:TRUSTED )?CERTIFICATE-----.+?-----END (?:TRUSTED )?CERTIFICATE-----", re.DOTALL)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _read(path: str | Path) -> str:
    """A file's text; nothing where it is not there or may not be read."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _remote(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https")


def homes(env: Mapping[str, str]) -> list[str]:
    """The home folders whose configuration holds, the weakest first: with sudo, its caller's before root's."""
    caller = env.get("SUDO_USER", "")
    found = [os.path.expanduser(f"~{caller}")] if caller and caller != "root" else []
    return [home for home in [*found, env.get("HOME", "")] if home and not home.startswith("~")]


# ---- pip ----------------------------------------------------------------------------------------------------------


def pip_files(env: Mapping[str, str]) -> list[str]:
    """pip's configuration files, the weakest first."""
    if env.get("PIP_CONFIG_FILE") == os.devnull:  # pip's own word for none of them
        return []
    dirs = [f"{folder}/pip" for folder in reversed((env.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"))]
    files = [f"{folder}/pip.conf" for folder in dirs] + [SYSTEM_PIP_CONF]
    for home in homes(env):
        files += [f"{home}/.pip/pip.conf", f"{home}/.config/pip/pip.conf"]
    if env.get("XDG_CONFIG_HOME"):
        files.append(f"{env['XDG_CONFIG_HOME']}/pip/pip.conf")
    if env.get("VIRTUAL_ENV"):
        files.append(f"{env['VIRTUAL_ENV']}/pip.conf")
    if env.get("PIP_CONFIG_FILE"):
        files.append(env["PIP_CONFIG_FILE"])
    return files


def pip_settings(env: Mapping[str, str]) -> dict[str, str]:
    """pip's settings as they hold for ``pip install``: files first, then ``[install]``, then ``PIP_*``."""
    found: dict[str, str] = {}
    install: dict[str, str] = {}
    for path in pip_files(env):
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(_read(path))
        except configparser.Error:
            continue
        for section, into in (("global", found), ("install", install)):
            if parser.has_section(section):
                into.update({key.replace("_", "-"): value for key, value in parser.items(section)})
    found.update(install)
    for name, value in env.items():
        if name.startswith("PIP_") and value:
            found[name[4:].lower().replace("_", "-")] = value
    return found


def pip_conf(env: Mapping[str, str]) -> str:
    """A pip.conf with the host's indexes, or nothing if the host has none of its own."""
    settings = pip_settings(env)
    lines = []
    for key in PIP_KEYS:
        values = settings.get(key, "").split()
        if key in ("index-url", "extra-index-url", "find-links"):
            values = [value for value in values if _remote(value)]
        if not values:
            continue
        separator = "\n    " if key in PIP_LISTS else " "
        lines.append(f"{key} = {separator.join(values)}")
    # Patience alone is nothing to configure a build with.
    if not any(line.split(" = ")[0] not in ("timeout", "retries") for line in lines):
        return ""
    return "[global]\n" + "\n".join(lines) + "\n"


# ---- npm ----------------------------------------------------------------------------------------------------------


def npm_lines(env: Mapping[str, str]) -> dict[str, list[str]]:
    """npm's settings by key: the global file, then the user's, then ``npm_config_*``."""
    lowered = {name.lower(): value for name, value in env.items() if name.lower().startswith("npm_config_")}
    files = [lowered.get("npm_config_globalconfig") or SYSTEM_NPMRC]
    if lowered.get("npm_config_userconfig"):
        files.append(lowered["npm_config_userconfig"])
    else:
        files += [f"{home}/.npmrc" for home in homes(env)]
    found: dict[str, list[str]] = {}
    for path in files:
        for line in _read(path).splitlines():
            line = line.strip()
            if not line or line[0] in "#;" or "=" not in line:
                continue
            key, value = (part.strip() for part in line.split("=", 1))
            # ${NAME} is the host's environment, which the build does not have.
            value = re.sub(r"\$\{(\w+)\}", lambda match: env.get(match.group(1), match.group(0)), value)
            if key.endswith("[]"):
                found.setdefault(key, []).append(value)
            else:
                found[key] = [value]
    for name, value in lowered.items():
        key = name[len("npm_config_") :].replace("_", "-")
        if value and key in NPM_KEYS:
            found[key] = [value]
    return found


def npmrc(env: Mapping[str, str]) -> str:
    """An .npmrc with the host's registries and their logins, or nothing if the host has none of its own."""
    lines = []
    for key, values in npm_lines(env).items():
        desired = key in NPM_KEYS or key.endswith(":registry")
        if key.startswith("//") and not key.endswith((":cafile", ":certfile", ":keyfile")):
            desired = True
        if desired:
            lines += [f"{key}={value}" for value in values]
    return "\n".join(lines) + "\n" if lines else ""


# ---- certificates -------------------------------------------------------------------------------------------------


def ca_files(env: Mapping[str, str]) -> list[str]:
    """The files of certificate authorities that this host is configured with, beside its distribution's own."""
    named = [env.get(name, "") for name in CA_VARIABLES]
    named.append(pip_settings(env).get("cert", ""))
    named += npm_lines(env).get("cafile", [])
    for folder in LOCAL_ANCHORS:
        if os.path.isdir(folder):
            named += [str(path) for path in sorted(Path(folder).rglob("*")) if path.suffix in (".crt", ".pem", ".cer")]
    return [path.strip("\"'") for path in dict.fromkeys(named) if path and os.path.isfile(path.strip("\"'"))]


def ca_bundle(env: Mapping[str, str]) -> str:
    """One bundle of all that is trusted here, or nothing on a host without authorities of its own.

    It holds the distribution's authorities too: a file with one additional authority would otherwise take the place
    of all the others.
    """
    files = ca_files(env)
    if not files:
        return ""
    certificates: dict[str, None] = {}
    for path in [*files, *SYSTEM_BUNDLES]:
        for block in _PEM.findall(_read(path)):
            certificates[block.strip()] = None
    return "\n".join(certificates) + "\n" if certificates else ""


# ---- proxies ------------------------------------------------------------------------------------------------------


def proxies(env: Mapping[str, str]) -> dict[str, str]:
    """The proxy variables of the host's environment, under the names that Docker knows as build arguments."""
    found = {}
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"):
        value = env.get(name) or env.get(name.lower())
        if value:
            found[name] = value
    return found


def needs_host_network(*texts: str) -> bool:
    """Whether one of these configurations names this very machine, which a build sees only in the host's network."""
    urls = re.findall(r"https?://[^\s\"']+", "\n".join(texts))
    return any(urlsplit(url).hostname in _LOOPBACK for url in urls)
