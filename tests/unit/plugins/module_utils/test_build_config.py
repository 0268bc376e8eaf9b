# What an image build is told of the host's package configuration, and what it is not.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import build_config

PEM = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of a host without any configuration of its own."""
    monkeypatch.setattr(build_config, "LOCAL_ANCHORS", (str(tmp_path / "anchors"),))
    monkeypatch.setattr(build_config, "SYSTEM_BUNDLES", (str(tmp_path / "system.pem"),))
    monkeypatch.setattr(build_config, "SYSTEM_PIP_CONF", str(tmp_path / "etc-pip.conf"))
    monkeypatch.setattr(build_config, "SYSTEM_NPMRC", str(tmp_path / "etc-npmrc"))
    (tmp_path / "system.pem").write_text(PEM.format("c3lzdGVt"))
    return {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "xdg")}


def pip_conf(home: dict[str, str], text: str) -> None:
    folder = Path(home["HOME"], ".config/pip")
    folder.mkdir(parents=True)
    (folder / "pip.conf").write_text(text)


def test_an_ordinary_host_gives_nothing(home: dict[str, str]) -> None:
    assert build_config.pip_conf(home) == ""
    assert build_config.npmrc(home) == ""
    assert build_config.ca_bundle(home) == ""
    assert build_config.proxies(home) == {}


def test_an_index_and_its_login_reach_the_build(home: dict[str, str]) -> None:
    token = secrets.token_urlsafe(8)
    pip_conf(home, f"[global]\nindex-url = https://user:{token}@python.lan/simple\ntrusted-host = python.lan\n")
    made = build_config.pip_conf(home)
    assert f"index-url = https://user:{token}@python.lan/simple" in made
    assert "trusted-host = python.lan" in made


def test_what_only_the_host_can_see_stays_there(home: dict[str, str]) -> None:
    pip_conf(
        home,
        "[global]\nfind-links = /srv/wheels\nextra-index-url = file:///srv/simple\n    https://more.lan/simple\n"
        "cert = /srv/ca.pem\n",
    )
    made = build_config.pip_conf({**home, "PIP_INDEX_URL": "file:///srv/index"})
    assert made == "[global]\nextra-index-url = https://more.lan/simple\n"


def test_patience_alone_is_no_configuration(home: dict[str, str]) -> None:
    assert build_config.pip_conf({**home, "PIP_DEFAULT_TIMEOUT": "180", "PIP_TIMEOUT": "9"}) == ""


def test_the_environment_and_the_install_section_win(home: dict[str, str]) -> None:
    pip_conf(home, "[global]\nindex-url = https://one.lan/\n[install]\nindex-url = https://two.lan/\n")
    assert "https://two.lan/" in build_config.pip_conf(home)
    assert "https://three.lan/" in build_config.pip_conf({**home, "PIP_INDEX_URL": "https://three.lan/"})


def test_a_host_may_have_pip_read_no_file(home: dict[str, str]) -> None:
    pip_conf(home, "[global]\nindex-url = https://one.lan/\n")
    assert build_config.pip_conf({**home, "PIP_CONFIG_FILE": "/dev/null"}) == ""


def test_with_sudo_its_callers_configuration_holds(home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    pip_conf(home, "[global]\nindex-url = https://python.lan/simple\n")
    Path(home["HOME"], ".npmrc").write_text("registry=https://node.lan/\n")
    monkeypatch.setattr(build_config.os.path, "expanduser", lambda path: path.replace("~someone", home["HOME"]))
    under_sudo = {**home, "HOME": "/nonexistent", "SUDO_USER": "someone"}
    assert "https://python.lan/simple" in build_config.pip_conf(under_sudo)
    assert "https://node.lan/" in build_config.npmrc(under_sudo)
    assert build_config.pip_conf({**under_sudo, "SUDO_USER": "~nobody"}) == ""


def test_a_broken_pip_conf_is_passed_over(home: dict[str, str]) -> None:
    pip_conf(home, "index-url without a section")
    assert build_config.pip_conf(home) == ""


def test_npm_keeps_registries_and_logins(home: dict[str, str]) -> None:
    token = secrets.token_urlsafe(8)
    Path(home["HOME"], ".npmrc").write_text(
        "; a remark\nregistry=https://node.lan/\n@team:registry = https://team.lan/\n"
        "//node.lan/:_authToken=${NPM_TOKEN}\n//node.lan/:certfile=/srv/cert\ncafile=/srv/ca.pem\nfund=false\n"
    )
    made = build_config.npmrc({**home, "NPM_TOKEN": token}).splitlines()
    assert made == [
        "registry=https://node.lan/",
        "@team:registry=https://team.lan/",
        f"//node.lan/:_authToken={token}",
    ]


def test_one_more_authority_comes_with_the_systems(home: dict[str, str]) -> None:
    own = Path(home["HOME"], "own.pem")
    own.write_text(PEM.format("b3du"))
    made = build_config.ca_bundle({**home, "NODE_EXTRA_CA_CERTS": str(own)})
    assert PEM.format("b3du") in made
    assert PEM.format("c3lzdGVt") in made


def test_a_certificate_is_there_once(home: dict[str, str]) -> None:
    bundle = Path(home["HOME"], "bundle.pem")
    bundle.write_text(PEM.format("c3lzdGVt") + "\n" + PEM.format("b3du"))
    made = build_config.ca_bundle({**home, "PIP_CERT": str(bundle), "SSL_CERT_FILE": str(bundle)})
    assert made.count("BEGIN CERTIFICATE") == 2


def test_an_authority_of_the_host_is_found_without_a_variable(home: dict[str, str]) -> None:
    anchors = Path(home["HOME"], "anchors")
    anchors.mkdir()
    (anchors / "lan.crt").write_text(PEM.format("bGFu"))
    assert PEM.format("bGFu") in build_config.ca_bundle(home)


def test_a_cafile_that_is_gone_is_passed_over(home: dict[str, str]) -> None:
    assert build_config.ca_bundle({**home, "PIP_CERT": "/nonexistent/ca.pem"}) == ""


def test_proxies_have_the_names_that_docker_knows() -> None:
    env = {"http_proxy": "http://proxy.lan:3128", "NO_PROXY": ".lan", "https_proxy": ""}
    assert build_config.proxies(env) == {"HTTP_PROXY": "http://proxy.lan:3128", "NO_PROXY": ".lan"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("index-url = http://localhost:3141/simple", True),
        ("registry=http://127.0.0.1:4873/", True),
        ("index-url = https://localhost.lan/simple", False),
        ("", False),
    ],
)
def test_this_very_machine_is_seen_in_the_hosts_network_only(text: str, expected: bool) -> None:
    assert build_config.needs_host_network("", text) is expected
