# The action plugin of the module image: it knows the images' folders, which are on the controller.
# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an image's definition, works out its tag, and sends its folder to the host only if it must be built there.

An image's folder has a Dockerfile (or, for the base image, a ``build.sh``) and ``image.yml``: ``name``,
``description``, ``base`` (built on the base image?), ``user``, ``version`` (the default), ``version_arg`` (the build
argument that takes it), ``versions`` (those that can be built, each with ``pull``, its published reference) and
``published``, how a published image is run otherwise: its ``user``, its ``healthcheck`` where it has none, and whether
its root file system may be ``read_only``. A folder with ``locks`` has a version for each lock, ``locks/VERSION.txt``,
whether ``versions`` has more to say of it or not.
"""

from __future__ import annotations

import contextvars
import copy
import hashlib
import json
import tarfile
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.compat.version import LooseVersion
from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.module_utils.image_build import references, refused
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.yaml_core import load_own

IMAGES = Path(__file__).resolve().parents[2] / "images"
# How many are pulled or built at the same time: one waits for the network while another has the processor.
AT_ONCE = 3
# Not part of what an image becomes.
LEFT_OUT = {"image.yml", "README.md", "__pycache__", "node_modules"}


def locks_of(folder: Path) -> dict[str, Path]:
    """The locked packages of each version of an image that has several."""
    return {path.stem: path for path in (folder / "locks").glob("*.txt")}


def files_of(folder: Path, version: str) -> list[Path]:
    """The files of an image's folder that the build of a version can see, in a fixed order."""
    others = {path for name, path in locks_of(folder).items() if name != version}
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path not in others and not LEFT_OUT.intersection(path.relative_to(folder).parts)
    )


def digest_of(folder: Path, version: str, *more: Any) -> str:
    """A short digest of the files of a version (names, contents, whether executable) and of some data."""
    digest = hashlib.sha256(json.dumps(more, sort_keys=True, default=str).encode())
    for path in files_of(folder, version):
        executable = bool(path.stat().st_mode & 0o100)
        digest.update(f"\0{path.relative_to(folder).as_posix()}\0{executable}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def load(folder: Path) -> dict[str, Any]:
    """An image's definition."""
    path = folder / "image.yml"
    if not path.is_file():
        known = ", ".join(sorted(found.parent.name for found in IMAGES.glob("*/image.yml")))
        raise AnsibleActionFail(f"There is no image definition {path}: the collection's images are {known}.")
    definition = load_own(path.read_text(encoding="utf-8"))
    given = {str(key): value or {} for key, value in definition.get("versions", {}).items()}
    both = {**{version: {} for version in locks_of(folder)}, **given}
    definition["versions"] = {version: both[version] for version in sorted(both, key=LooseVersion)}
    definition["version"] = str(definition["version"])
    return definition


def run_as(definition: dict[str, Any], source: str) -> dict[str, Any]:
    """How the image is run; a published one may want it otherwise than the one that is built here."""
    published = definition.get("published") or {} if source == "pull" else {}
    return {
        "user": published.get("user", definition.get("user")) or "",
        "healthcheck": published.get("healthcheck") or [],
        "read_only": bool(published.get("read_only", True)),
    }


def present(arguments: dict[str, Any], definition: dict[str, Any], there: Mapping[str, str]) -> dict[str, Any] | None:
    """What the module would say of an image that is there already; ``there`` has references and their ids."""
    if arguments.get("rebuild"):
        return None
    for source, reference in references(arguments).items():
        if reference in there:
            said = {"image": reference, "image_id": there[reference], "source_used": source}
            return said | run_as(definition, source) | {"changed": False}
    return None


class ActionModule(ActionBase):
    """Completes the module's arguments; the module does the work on the host."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        given = {key: value for key, value in self._task.args.items() if value is not None}
        if "images" in given:
            return self._all(given, task_vars or {})
        if not given.get("name"):
            raise AnsibleActionFail("The module image needs the name of an image's folder (name).")
        try:
            return self._one(given, task_vars or {})
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)

    def _all(self, given: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Several at once; a person sees which are begun and how long each took."""
        listed = given["images"]
        if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
            raise AnsibleActionFail("images is a list of dictionaries, each with the options of one image.")
        if beside := sorted(given.keys() - {"images", "docker_host"}):
            raise AnsibleActionFail(f"{beside[0]} is beside images: give it to each of them that it is for.")
        images = [{key: value for key, value in each.items() if value not in (None, "", {})} for each in listed]
        for each in images:
            if not each.get("name"):
                raise AnsibleActionFail("Each of the images needs the name of an image's folder (name).")
            if given.get("docker_host"):
                each.setdefault("docker_host", given["docker_host"])
        results = self._present(images, given.get("docker_host"))
        missing = [at for at, result in enumerate(results) if result is None]
        where = task_vars.get("inventory_hostname", "the host")
        if missing and not self._task.check_mode:
            names = ", ".join(dict.fromkeys(images[at]["name"] for at in missing))
            self._display.display(f"  images to pull or build on {where}: {names} ...")
        done: list[int] = []

        def have(at: int) -> dict[str, Any]:
            began = time.monotonic()
            result = self._apart()._one(images[at], task_vars)
            result.pop("invocation", None)
            if not self._task.check_mode and not result.get("failed"):
                done.append(at)
                which = f"image {len(done)} of {len(missing)}, {images[at]['name']}"
                signed = f" ({result['signature']})" if result.get("signature") else ""
                how = f"pulled{signed}" if result["source_used"] == "pull" else "built"
                self._display.display(f"  {which}: {how} in {time.monotonic() - began:.0f} s")
            return result

        with ThreadPoolExecutor(AT_ONCE) as pool:
            # What Ansible knows of the task is in the context.
            begun = {at: pool.submit(contextvars.copy_context().run, have, at) for at in missing}
        for at, one in begun.items():
            results[at] = one.result()
        failed = [each for each in results if each.get("failed")]
        if failed:
            # An exception of the module's has no sentence of its own.
            said = [str(each.get("msg") or each.get("exception") or "").strip() for each in failed]
            return {**failed[0], "msg": " ".join(dict.fromkeys(said))}
        return {"changed": any(each["changed"] for each in results), "images": results}

    def _present(self, images: list[dict[str, Any]], docker_host: str | None) -> list[Any]:
        """What is there of them, from one look; None for what is not."""
        definitions, all_arguments = [], []
        for each in images:
            context = Path(each.get("context") or IMAGES / each["name"])
            definitions.append(load(context))
            all_arguments.append(self.complete(each, definitions[-1], context))
        quote = self._connection._shell.quote
        names = [quote(name) for arguments in all_arguments for name in references(arguments).values()]
        client = "docker" + (f" --host {quote(docker_host)}" if docker_host else "")
        look = f'{client} image inspect --format "$image {{{{.Id}}}}" "$image"'
        script = f"for image in {' '.join(names)}; do {look}; done; true"
        command = f"{self._compute_environment_string()} sh -c {quote(script)}".strip()
        answer = self._low_level_execute_command(command, sudoable=True)
        there = dict(line.split(" ", 1) for line in answer["stdout"].splitlines() if " " in line)
        return [present(*both, there) for both in zip(all_arguments, definitions, strict=True)]

    def _apart(self) -> ActionModule:
        """Another one of itself, whose connection keeps its state (temporary folder, prompt) to itself."""
        connection = copy.copy(self._connection)
        connection._shell = copy.copy(connection._shell)
        connection._shell.tmpdir = None
        connection.become = copy.copy(connection.become)
        other = copy.copy(self)
        other._connection = connection
        return other

    def _one(self, given: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        context = Path(given.get("context") or IMAGES / given["name"])
        definition = load(context)
        arguments = self.complete(given, definition, context)

        result = self._execute_module("mcp_lan.litellm.image", module_args=arguments, task_vars=task_vars)
        if result.pop("needs_archive", False):
            note = result.get("note")
            folders = {given["name"]: (context, arguments["version"]), "base": (IMAGES / "base", "")}
            shell = self._connection._shell
            sent = shell.join_path(shell.tmpdir or self._make_tmp_path(), "image.tar")
            with tempfile.NamedTemporaryFile(suffix=".tar") as local:
                with tarfile.open(fileobj=local, mode="w") as archive:
                    for name, (folder, version) in folders.items():
                        for path in files_of(folder, version):
                            archive.add(path, arcname=f"{name}/{path.relative_to(folder).as_posix()}")
                local.flush()
                self._transfer_file(local.name, sent)
            self._fixup_perms2((sent,))
            source = "build" if arguments.get("source") != "auto" or note else arguments["source"]
            arguments = {**arguments, "archive": sent, "source": source}
            result = self._execute_module("mcp_lan.litellm.image", module_args=arguments, task_vars=task_vars)
            if note:
                result["note"] = note
        if not result.get("failed"):
            result |= run_as(definition, result["source_used"])
        return result

    @staticmethod
    def complete(given: dict[str, Any], definition: dict[str, Any], context: Path) -> dict[str, Any]:
        """The module's arguments: version, references, build arguments and tags."""
        name = given["name"]
        version = str(given.get("version") or definition["version"])
        source = given.get("source") or "auto"
        reason = refused(name, version, given.get("pull"), str(given.get("repository") or ""))
        if reason:
            raise AnsibleActionFail(reason)
        known = definition["versions"].get(version)
        pull = given.get("pull") or (known or {}).get("pull")
        if source == "auto" and "@" in str(pull or ""):
            # Who names a digest wants that image and no other.
            source = "pull"
        if source == "pull" and not pull:
            # Nobody publishes it.
            source = "build"
        if known is None and not (given.get("pull") and source != "build"):
            raise AnsibleActionFail(
                f"{name} {version} is not a version that this collection can build: it has locks for "
                f"{', '.join(definition['versions'])}. Choose one of them, or name a published image (pull)."
            )
        if known is None:
            # Nothing to fall back on.
            source = "pull"
        args = dict(given.get("args") or {})
        if definition.get("version_arg"):
            args.setdefault(definition["version_arg"], version)
        arguments = {
            **{key: value for key, value in given.items() if key != "context"},
            "version": version,
            "source": source,
            "pull": pull,
            "args": args,
        }
        base_digest: Any = None
        if definition.get("base"):
            base = load(IMAGES / "base")
            base_digest = given.get("base") or digest_of(IMAGES / "base", "", base["version"])
            arguments["base_tag"] = f"{base['version']}-{digest_of(IMAGES / 'base', '', base['version'])}"
            arguments["base_pull"] = base["versions"][base["version"]].get("pull")
        # The base image's own tag is worked out in the same way wherever it is needed.
        more = [args, base_digest] if definition.get("base") else [version]
        arguments.setdefault("tag", f"{version}-{digest_of(context, version, *more)}")
        return arguments
