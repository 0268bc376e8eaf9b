# The docker command line: which client builds, what it is told, and what is said when it fails.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
import os
import secrets
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import image_build
from ansible_collections.mcp_lan.litellm.plugins.module_utils.image_build import DockerCli, ImageError


class Host:
    """Answers the commands by their words, and keeps what was run."""

    def __init__(self, answers: dict[str, tuple[int, str, str]]) -> None:
        self.answers = answers
        self.calls: list[tuple[list[str], dict[str, str]]] = []
        self.seen: dict[str, str] = {}

    def run(self, command: list[str], environ_update: dict[str, str] | None = None) -> tuple[int, str, str]:
        self.calls.append((command, environ_update or {}))
        for option, value in itertools.pairwise(command):
            if option == "--secret":
                path = Path(value.split("src=")[1])
                self.seen[path.name] = path.read_text()
                assert os.stat(path).st_mode & 0o777 == 0o600
        for words, answer in self.answers.items():
            if words in " ".join(command):
                return answer
        return 0, "", ""


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two docker clients on PATH, and an engine that sees no others."""
    paths = []
    for name in ("new", "old"):
        path = tmp_path / name / "docker"
        path.parent.mkdir()
        path.write_text(f"#!{name}")
        path.chmod(0o755)
        paths.append(str(path))
    real = os.access
    monkeypatch.setattr(
        image_build.os, "access", lambda path, mode: real(path, mode) and str(path).startswith(str(tmp_path))
    )
    for name in ("ca_bundle", "pip_conf", "npmrc"):
        monkeypatch.setattr(image_build.build_config, name, lambda env: "")

    def make(answers: dict[str, tuple[int, str, str]], **env: str) -> tuple[DockerCli, Host]:
        host = Host(answers)
        path = os.pathsep.join(os.path.dirname(path) for path in paths)
        return DockerCli(host.run, {"PATH": path, **env}), host

    make.new, make.old = paths  # type: ignore[attr-defined]
    return make


def test_a_client_with_buildx_builds(clients: Any) -> None:
    engine, _host = clients({})
    assert engine.builder() == ([clients.new, "buildx", "build", "--load"], {})


def test_an_older_client_further_down_the_path_builds(clients: Any) -> None:
    engine, _host = clients(
        {
            "buildx version": (1, "", "docker: 'buildx' is not a docker command"),
            f"{clients.new} version": (0, "28.2.2\n", ""),
            f"{clients.old} version": (0, "20.10.24+dfsg1\n", ""),
        }
    )
    assert engine.builder() == ([clients.old, "build"], {"DOCKER_BUILDKIT": "1"})


def test_without_buildkit_the_sentence_names_the_plugin(clients: Any) -> None:
    engine, _host = clients({"buildx version": (1, "", ""), "version": (0, "28.2.2\n", "")})
    with pytest.raises(ImageError, match="install the plugin buildx"):
        engine.builder()


def test_no_client_at_all() -> None:
    host = Host({})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(image_build.os, "access", lambda path, mode: False)
        with pytest.raises(ImageError, match=r"no docker client on PATH"):
            DockerCli(host.run, {"PATH": "/nonexistent"})


def test_an_image_that_is_not_here_is_none_and_a_dead_engine_is_an_error(clients: Any) -> None:
    engine, _host = clients({"inspect": (1, "", "Error: No such image: x")})
    assert engine.image_id("x") is None
    engine, _host = clients({"inspect": (1, "", "Cannot connect to the Docker daemon at unix:///x.sock.")})
    with pytest.raises(ImageError, match="engine does not answer: Cannot connect"):
        engine.image_id("x")


def test_secrets_go_by_file_and_proxies_by_environment(
    clients: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = secrets.token_urlsafe(8)
    monkeypatch.setattr(image_build.build_config, "pip_conf", lambda env: f"index-url = https://u:{token}@pypi.lan/")
    engine, host = clients({}, https_proxy=f"http://u:{token}@proxy.lan:3128")
    engine.build(tmp_path, "x:1", {"BASE": "debian"}, tmp_path)
    command, env = host.calls[-1]
    assert token not in " ".join(command)
    assert env["HTTPS_PROXY"] == f"http://u:{token}@proxy.lan:3128"
    assert list(host.seen) == ["pipconf"]
    assert "BASE=debian" in command
    assert "--network" not in command


def test_an_index_of_this_machine_is_reached_by_its_own_network(
    clients: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_build.build_config, "npmrc", lambda env: "registry=http://localhost:4873/\n")
    engine, host = clients({})
    engine.build(tmp_path, "x:1", {}, tmp_path)
    assert host.calls[-1][0][-3:] == ["--network", "host", str(tmp_path)]


@pytest.mark.parametrize("cached", [True, False])
def test_a_rebuild_does_not_use_what_is_cached(clients: Any, tmp_path: Path, cached: bool) -> None:
    engine, host = clients({})
    engine.build(tmp_path, "x:1", {}, tmp_path, cached=cached)
    assert ("--no-cache" in host.calls[-1][0]) is not cached


@pytest.mark.parametrize(
    "said, builds",
    [
        ("error: failed to receive status: rpc error: code = Unavailable desc = error reading from server: EOF", 2),
        ("rpc error: code = Internal desc = unexpected EOF", 2),
        ("#9 1.2 npm error: unexpected EOF", 1),
    ],
)
def test_a_build_whose_connection_broke_off_is_repeated_once(
    clients: Any, tmp_path: Path, said: str, builds: int
) -> None:
    engine, host = clients({"buildx build": (1, "", said)})
    with pytest.raises(ImageError, match="EOF"):
        engine.build(tmp_path, "thing:1", {}, tmp_path)
    assert sum("--load" in command for command, _env in host.calls) == builds


def test_a_full_disk_is_said(clients: Any, tmp_path: Path) -> None:
    engine, _host = clients({"--progress=plain": (1, "", "#5 write /x: no space left on device\n")})
    with pytest.raises(ImageError, match=r"Building x:1 failed because the disk is full .* make room"):
        engine.build(tmp_path, "x:1", {}, tmp_path)


def test_what_the_engine_could_not_do_is_the_last_word() -> None:
    log = (
        "#9 [lock 3/3] RUN echo was malicious and is refused\n#9 CACHED\n"
        "#6 12.5 Setting up node-error-ex (1.3.2-4) ...\n#11 [build 3/8] RUN pip install x\n"
        "#11 ERROR: executor failed running [/bin/sh -c pip install x]: could not find bridge docker0\n"
    )
    assert image_build.last_words(log) == "could not find bridge docker0"


def test_only_the_failed_step_is_quoted() -> None:
    log = (
        "#6 12.5 Setting up node-error-ex (1.3.2-4) ...\n#11 [build 3/8] RUN pip install x\n"
        "#11 1.2 Collecting x\n#11 2.5 ERROR: No matching distribution found for x\n"
        "#6 12.9 E: unrelated\n"
        "#11 ERROR: executor failed running [/bin/sh -c pip install x]: exit code: 1\n"
    )
    assert image_build.last_words(log) == "ERROR: No matching distribution found for x"


def test_the_last_words_are_the_real_error() -> None:
    log = "\n".join(
        [
            "#7 [build 2/4] RUN pip install",
            "#9 1.2 Looking in indexes: https://name:word@pypi.lan/simple",
            "#9 3.4 ERROR: No matching distribution found for litellm==0.0.1",
            "#9 ERROR: executor failed running [/bin/sh -c pip]: exit code: 1",
            "------",
            " > [build 2/4] RUN pip install:",
            "failed to solve: executor failed running",
        ]
    )
    assert image_build.last_words(log) == "ERROR: No matching distribution found for litellm==0.0.1"
    assert image_build.last_words("") == "it printed nothing"


@pytest.mark.parametrize(
    ("name", "text", "is_refused"),
    [
        ("litellm", "1.82.7", True),
        ("litellm", "1.82.8", True),
        ("litellm", "1.82.6", False),
        ("litellm", "1.82.70", False),
        ("litellm", "11.82.7", False),
        ("litellm", None, False),
        ("gateway", "ghcr.io/berriai/litellm:main-v1.82.8-stable", True),
        ("postgresql", "1.82.7", False),
    ],
)
def test_malicious_releases_are_refused_by_name(name: str, text: str | None, is_refused: bool) -> None:
    assert bool(image_build.refused(name, text)) is is_refused


COSIGN = "mcp-lan.example/image:1"
CLAIMS = '[{"critical": {"image": {"docker-manifest-digest": "sha256:abc"}}}]'


@pytest.fixture
def cosign(tmp_path: Path) -> Path:
    """A program of that name on PATH: the real one is in no package that the tests can have."""
    path = tmp_path / "new/cosign"
    path.write_text("#!")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("signature", "options"),
    [
        ({"key": "/etc/key.pub", "identity": None}, "--key /etc/key.pub"),
        ({"identity": "me", "issuer": "you"}, "--certificate-identity me --certificate-oidc-issuer you"),
    ],
)
def test_the_signature_is_checked_and_then_that_image_pulled(
    clients: Any, cosign: Path, signature: dict[str, str], options: str
) -> None:
    engine, host = clients(
        {"cosign verify": (0, CLAIMS, ""), "RepoDigests": (0, '["mcp-lan.example/image@sha256:abc"]', "")}
    )
    assert engine.pull_signed(COSIGN, signature) == (None, "it is signed as it has to be")
    calls = [" ".join(command) for command, _env in host.calls]
    assert calls[0] == f"{cosign} verify --output json {options} {COSIGN}"
    assert calls[1].endswith(f"pull --quiet {COSIGN}")


@pytest.mark.parametrize("answer", [(1, "", "Error: no signatures found"), (0, "", ""), (0, "[]", ""), (0, "{}", "")])
def test_an_image_without_the_signature_is_not_pulled(clients: Any, cosign: Path, answer: tuple[int, str, str]) -> None:
    engine, host = clients({"cosign verify": answer})
    with pytest.raises(ImageError, match=f"{COSIGN} is not signed by /etc/key.pub, or .* It was not pulled"):
        engine.pull_signed(COSIGN, {"key": "/etc/key.pub"})
    assert len(host.calls) == 1


def test_another_image_than_the_checked_one_is_given_back(clients: Any, cosign: Path) -> None:
    engine, host = clients(
        {"cosign verify": (0, CLAIMS, ""), "RepoDigests": (0, '["mcp-lan.example/image@sha256:def"]', "")}
    )
    with pytest.raises(ImageError, match=r"is not the image whose signature was checked \(sha256:abc\)"):
        engine.pull_signed(COSIGN, {"key": "/etc/key.pub"})
    assert host.calls[-1][0][1:] == ["image", "rm", COSIGN]


def test_a_registry_that_is_silent_to_cosign_is_a_pull_that_failed(clients: Any, cosign: Path) -> None:
    engine, host = clients({"cosign verify": (1, "", "Error: dial tcp: lookup mcp-lan.example: no such host")})
    why, said = engine.pull_signed(COSIGN, {"key": "/etc/key.pub"})
    assert why.startswith(f"Pulling {COSIGN} failed: mcp-lan.example does not answer the host") and not said
    assert len(host.calls) == 1


def test_without_cosign_it_is_said(clients: Any) -> None:
    engine, _host = clients({})
    said = "its signature was not checked: there is no cosign on the host"
    assert engine.pull_signed(COSIGN, {"key": "k"}) == (None, said)
    assert engine.pull_signed(COSIGN, {}) == (None, "")


@pytest.mark.parametrize(
    ("reference", "registry"),
    [
        ("postgres:17", "docker.io"),
        ("litellm/litellm:v1", "docker.io"),
        ("registry.lan/a/b", "registry.lan"),
        ("registry:5000/a", "registry:5000"),
        ("localhost/a", "localhost"),
    ],
)
def test_which_registry_is_asked(reference: str, registry: str) -> None:
    assert image_build.registry_of(reference) == registry


def test_a_mirror_without_updates_still_makes_a_base(
    clients: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["deb http://m.lan/debian trixie main", "deb http://m.lan/security trixie-security main"]
    monkeypatch.setattr(image_build.apt_sources, "for_suite", lambda *_args: lines)
    engine, host = clients({})
    tried = []

    def run(command: list[str], environ_update: dict[str, str] | None = None) -> tuple[int, str, str]:
        if command[0] == "sh":
            tried.append(Path(command[2]).read_text().splitlines())
            return (1, "", "E: no Release file") if len(tried) == 1 else (0, "", "")
        return host.run(command, environ_update)

    engine._run = run
    engine.make_base(tmp_path, "mcp-lan/base:x", "trixie", tmp_path)
    assert tried == [lines, lines[:1]]
    assert host.calls[-1][0][1] == "import"
