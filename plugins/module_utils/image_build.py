# The docker command line: images looked up, pulled, built with BuildKit, or made from a root file system.
# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Speaks to the engine through whichever docker client is there, and says in one sentence what went wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils import apt_sources, build_config
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import MALICIOUS
from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import text_without_secrets

REFUSED = {"litellm": tuple(MALICIOUS)}

_STEP = re.compile(r"^#\d+\s+(?:\d+\.\d+\s+)?")
_TELLING = re.compile(r"(?i)\berror\b|^E: |no matching|not found|cannot|could not|failed|refused|denied|timed out")
_NOISE = re.compile(r"(?i)executor failed running|failed to solve|did not complete successfully|^ERROR: \[|^CANCELED")

# Why an image could not be pulled, from the words of the engine: {registry} and {what} it asked it for.
_SILENT = r"connection refused|no such host|server misbehaving|i/o timeout|network is unreachable|no route to host"
_NOT_PULLED = (
    (
        r"no basic auth credentials|unauthorized|authentication required|incorrect username or password|\bdenied\b",
        "{registry} wants a login, or does not take the one it was shown. Log in on the host with `docker login "
        "{registry}`, as the user that Ansible becomes there, or correct the reference",
    ),
    (r"manifest unknown|not found", "{registry} has no such {what}. Correct the reference"),
    (
        r"no matching manifest",
        "there is none for this host's kind of processor under that reference. Take another, or let it be built "
        "(source: build)",
    ),
    (
        r"x509|certificate",
        "the engine does not trust the certificate of {registry}. Put its authority into "
        "/etc/docker/certs.d/{registry}/ca.crt on the host",
    ),
    (
        r"server gave HTTP response to HTTPS client",
        "{registry} speaks plain HTTP, and the engine wants TLS. Give it a certificate, or name it under "
        "insecure-registries in the engine's /etc/docker/daemon.json",
    ),
    (
        r"verification failed|verifying|\bEOF\b|connection reset|Client\.Timeout|TLS handshake timeout",
        "{registry} broke off, or sent something else than what it promised. Nothing of it is used; run again, and "
        "look at the registry if it stays",
    ),
    (
        _SILENT,
        "{registry} does not answer the host. Check its name, the network and the engine's proxy, or let the image be "
        "built (source: build)",
    ),
)

_FAILED_STEP = re.compile(r"^#(\d+) ERROR: (.*)$", re.MULTILINE)
_ENGINE_ITSELF = re.compile(r"(?:executor failed running \[.*\]|process \".*\" did not complete successfully): (.+)")

# The connection between client and engine broke off; nothing is wrong with the build (moby/buildkit issue 1983).
_BROKEN_OFF = re.compile(r"rpc error: code = (?:Internal|Unavailable) desc = .*\bEOF\b")

Runner = Callable[..., "tuple[int, str, str]"]


class ImageError(Exception):
    """One sentence: what is wrong, where, what to do."""


def refused(name: str, *texts: str | None) -> str | None:
    """Why an image must not be used, if it must not: the name of the software, and its version or reference."""
    for software, versions in REFUSED.items():
        for text in texts:
            if not text or (software not in name and software not in text):
                continue
            for version in versions:
                if re.search(rf"(?<![\d.]){re.escape(version)}(?![\d.])", text):
                    return (
                        f"{software} {version} is refused: PyPI's releases {' and '.join(versions)} were malicious. "
                        "Choose another version."
                    )
    return None


def references(arguments: Mapping[str, Any]) -> dict[str, str]:
    """What the image may be called on the engine, the preferred one first: its source to its reference."""
    built = f"{arguments.get('repository') or 'mcp-lan/' + arguments['name']}:{arguments['tag']}"
    source = arguments.get("source") or "auto"
    both = {"pull": arguments.get("pull"), "build": built}
    return {name: reference for name, reference in both.items() if reference and source in ("auto", name)}


def last_words(log: str, count: int = 4) -> str:
    """The lines of a build log that say why it failed, as one line."""
    log = text_without_secrets(log)
    failed = _FAILED_STEP.search(log)
    if failed:
        engine = _ENGINE_ITSELF.search(failed[2])
        if engine and not engine[1].startswith("exit code"):  # the engine could not even run the step
            return engine[1][:300]
        # Only what the failed step itself printed: others merely ran beside it.
        log = "\n".join(re.findall(rf"^(#{failed[1]} \d+\.\d+ .*)$", log, re.MULTILINE)) or failed[2]
    lines = [_STEP.sub("", line).strip() for line in log.splitlines()]
    lines = [line for line in lines if line and not _NOISE.search(line) and not set(line) <= set("-=> ")]
    telling = [line for line in lines if _TELLING.search(line)]
    chosen = list(dict.fromkeys(telling or lines))[-count:]
    return " | ".join(line[:300] for line in chosen) or "it printed nothing"


def explain(doing: str, log: str) -> str:
    """The sentence for a failed pull or build."""
    lowered = log.lower()
    if "no space left on device" in lowered:
        return (
            f"{doing} failed because the disk is full (no space left on device): make room in the engine's data "
            "folder, for example with `docker system prune`, and run again."
        )
    return f"{doing} failed: {last_words(log)}"


def registry_of(reference: str) -> str:
    """The registry that the engine asks for a reference: its first part where that is a host, else Docker's own."""
    first, slash, _rest = reference.partition("/")
    return first if slash and (set(".:") & set(first) or first == "localhost") else "docker.io"


def explain_pull(reference: str, log: str) -> str:
    """The sentence for a pull that failed."""
    doing = f"Pulling {reference}"
    for pattern, sentence in _NOT_PULLED:
        if re.search(pattern, log, re.IGNORECASE) and "no space left" not in log.lower():
            what = "digest" if "@" in reference else "tag"
            said = sentence.format(registry=registry_of(reference), what=what)
            return f"{doing} failed: {said}. The engine says: {last_words(log, 1)}"
    return explain(doing, log)


class DockerCli:
    """An engine, through the docker clients that are on PATH."""

    def __init__(self, run: Runner, env: Mapping[str, str], docker_host: str | None = None) -> None:
        self._run = run
        self._env = dict(env)
        self._extra = {"DOCKER_HOST": docker_host} if docker_host else {}
        self.clients = self._find_clients()
        if not self.clients:
            raise ImageError("There is no docker client on PATH: install the package docker.io (or docker-cli).")
        self.client = self.clients[0]

    def _find_clients(self) -> list[str]:
        found: dict[str, str] = {}
        for folder in [*self._env.get("PATH", "").split(os.pathsep), "/usr/bin", "/usr/local/bin"]:
            path = os.path.join(folder, "docker")
            if folder and os.access(path, os.X_OK) and not os.path.isdir(path):
                found.setdefault(os.path.realpath(path), path)
        return list(found.values())

    def call(self, command: list[str], **env: str) -> tuple[int, str, str]:
        """Run a command: exit status, standard output, standard error."""
        return self._run(command, environ_update={**self._extra, **env})

    def image_id(self, reference: str) -> str | None:
        """The id of an image that is here; None if it is not."""
        status, out, err = self.call([self.client, "image", "inspect", "--format", "{{.Id}}", reference])
        if status == 0:
            return out.strip()
        if "no such image" in err.lower() or "not found" in err.lower():
            return None
        raise ImageError(f"The container engine does not answer: {last_words(err, 1)}")

    def pull(self, reference: str) -> str | None:
        """Pull an image; the sentence why not, if it could not be."""
        status, out, err = self.call([self.client, "pull", "--quiet", reference])
        return None if status == 0 else explain_pull(reference, f"{out}\n{err}")

    def pull_signed(self, reference: str, signature: Mapping[str, Any]) -> tuple[str | None, str]:
        """Pull an image whose signature is good: the sentence why it could not be pulled, and what to say of that."""
        said, digest = "", ""
        given = {key: value for key, value in signature.items() if value}
        if given:
            try:
                said, digest = self._check_signature(reference, given)
            except ConnectionError as error:
                return explain_pull(reference, str(error)), ""
        why = self.pull(reference)
        if why is None and digest:
            self._keep_if(reference, digest)
        return why, said

    def _check_signature(self, reference: str, given: Mapping[str, str]) -> tuple[str, str]:
        """What to say of an image's signature, and the digest that is signed, where it was checked.

        ``cosign verify`` prints the claims of each signature that is good as JSON, with the digest that it is for.
        """
        cosign = shutil.which("cosign", path=self._env.get("PATH") or os.defpath)
        if not cosign:
            return "its signature was not checked: there is no cosign on the host", ""
        if "key" in given:
            how = ["--key", given["key"]]
        else:
            how = ["--certificate-identity", given["identity"], "--certificate-oidc-issuer", given["issuer"]]
        status, out, err = self.call([cosign, "verify", "--output", "json", *how, reference])
        try:
            digest = str(json.loads(out)[0]["critical"]["image"]["docker-manifest-digest"])
        except (ValueError, LookupError, TypeError):
            status, digest = status or 1, ""
        if status and re.search(_SILENT, err, re.IGNORECASE):
            raise ConnectionError(err)
        if status:
            by = given.get("key") or given.get("identity")
            raise ImageError(
                f"{reference} is not signed by {by}, or that could not be found out: {last_words(err or out, 2)}. It "
                "was not pulled. Find out why before you use it; if its makers sign in another way now, say so "
                "(signature), or let it be built (source: build)."
            )
        return "it is signed as it has to be", digest

    def _keep_if(self, reference: str, digest: str) -> None:
        """Give a pulled image back where it is not the one whose signature was checked."""
        command = [self.client, "image", "inspect", "--format", "{{json .RepoDigests}}", reference]
        status, out, _err = self.call(command)
        if status == 0 and any(one.endswith(f"@{digest}") for one in json.loads(out) or []):
            return
        self.call([self.client, "image", "rm", reference])
        raise ImageError(
            f"{reference} is not the image whose signature was checked ({digest}): the registry gave another one. It "
            "was removed. Run again, and look at the registry if it stays."
        )

    def builder(self) -> tuple[list[str], dict[str, str]]:
        """The command that builds with BuildKit, and its environment."""
        for client in self.clients:
            if self.call([client, "buildx", "version"])[0] == 0:
                return [client, "buildx", "build", "--load"], {}
        for client in self.clients:
            status, out, _err = self.call([client, "version", "--format", "{{.Client.Version}}"])
            major = re.match(r"\d+", out.strip())
            # Up to 22 the client has BuildKit built in; from 23 on it is the plugin buildx.
            if status == 0 and major and int(major.group()) < 23:
                return [client, "build"], {"DOCKER_BUILDKIT": "1"}
        raise ImageError(
            f"No docker client here can build with BuildKit (looked at: {', '.join(self.clients)}): install the plugin "
            "buildx (package docker-buildx or docker-buildx-plugin), or let the images be pulled."
        )

    def build(self, context: Path, reference: str, args: Mapping[str, Any], scratch: Path, cached: bool = True) -> None:
        """Build a folder with BuildKit, with the host's own package configuration as secrets."""
        command, env = self.builder()
        command = [*command, "--progress=plain", "--tag", reference]
        if not cached:
            command.append("--no-cache")
        for name, value in args.items():
            command += ["--build-arg", f"{name}={value}"]
        proxies = build_config.proxies(self._env)
        for name in proxies:
            # Without a value here: it comes from the environment, as it may hold a login.
            command += ["--build-arg", name]
        secrets = {
            "cabundle": build_config.ca_bundle(self._env),
            "pipconf": build_config.pip_conf(self._env),
            "npmrc": build_config.npmrc(self._env),
        }
        for name, text in secrets.items():
            if text:
                path = scratch / name
                path.touch(mode=0o600)
                path.write_text(text, encoding="utf-8")
                command += ["--secret", f"id={name},src={path}"]
        if build_config.needs_host_network(secrets["pipconf"], secrets["npmrc"], *proxies.values()):
            command += ["--network", "host"]
        for _attempt in range(2):
            status, out, err = self.call([*command, str(context)], **env, **proxies)
            if status == 0:
                return
            if not _BROKEN_OFF.search(err):
                break
        raise ImageError(explain(f"Building {reference}", f"{out}\n{err}"))

    def make_base(self, context: Path, reference: str, suite: str, scratch: Path) -> None:
        """Make the base image from the host's own Debian mirror."""
        lines = apt_sources.for_suite(apt_sources.read_sources(), apt_sources.os_release(), suite)
        sources, tarball = scratch / "sources.list", scratch / "rootfs.tar"
        # Not every mirror has the security and update suites of another release: the system alone is enough then.
        first_error = ""
        for attempt in [lines, lines[:1]] if len(lines) > 1 else [lines]:
            sources.write_text("".join(f"{line}\n" for line in attempt), encoding="utf-8")
            status, out, err = self.call(["sh", str(context / "build.sh"), str(sources), str(tarball)], SUITE=suite)
            if status == 0:
                break
            first_error = first_error or f"{out}\n{err}"
        else:
            raise ImageError(explain(f"Making the base image (Debian {suite})", first_error))
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        changes = ["--change", 'CMD ["bash"]', "--change", f"ENV PATH={path}"]
        status, out, err = self.call([self.client, "import", *changes, str(tarball), reference])
        if status != 0:
            raise ImageError(explain(f"Importing {reference}", f"{out}\n{err}"))
