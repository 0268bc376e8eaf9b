#!/usr/bin/python
# The module image: a container image that is there, pulled or built.
# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image
short_description: Have one of the collection's container images on a host
version_added: 1.0.0
author: The mcp_lan.litellm maintainers (@mcp-lan)
description:
  - Makes sure that one of the images of the collection's folder C(images/) is on the engine of a host, by pulling what
    its makers publish, or by building it there from Debian, PyPI and npm packages with locked versions.
  - A built image's tag holds a digest of its folder and its build arguments. If nothing changed, the module is one
    look-up.
  - Package indexes, registries, mirrors, certificates and proxies come from the host's own configuration of pip, npm
    and apt and from its environment. They reach the build as BuildKit secrets and leave no trace in the image.
  - The image's folder is on the controller. It is sent to the host only if there is something to build.
options:
  name:
    description: Name of the image's folder below C(images/), for example V(litellm). Either this or O(images).
    type: str
  images:
    description:
      - More than one image, each with the options of a single one. Those that are missing are pulled or built several
        at a time, and each is said when it is ready.
      - Of the other options O(docker_host) alone may stand beside it; it holds for all of them.
    type: list
    elements: dict
  context:
    description: The image's folder on the controller. The collection's own C(images/<name>) by default.
    type: path
  repository:
    description: Name of the built image without a tag. C(mcp-lan/<name>) by default.
    type: str
  version:
    description: Version of the software in the image. The default is the folder's own.
    type: str
  source:
    description:
      - Where the image comes from.
      - V(auto) takes what is there, else pulls it, else builds it.
      - V(pull) and V(build) do only that, but what nobody publishes is built.
    type: str
    choices: [auto, pull, build]
    default: auto
  pull:
    description:
      - Reference of a published image to use instead of the one known for O(version).
      - With C(@sha256:) and a digest, of an image or of an index, that very image is used. With O(source=auto) none is
        built in its place then.
    type: str
  signature:
    description:
      - How a published image is signed with cosign. It is checked before the image is pulled, where C(cosign) is on the
        host; where it is not, RV(signature) says so.
      - An image that does not have it is refused, with O(source=auto) as well, and is not pulled.
    type: dict
    suboptions:
      key:
        description: File, URL or address of a key management service of the public key, as C(cosign --key) takes it.
        type: str
      identity:
        description: Of a signature without a key, the identity in its certificate.
        type: str
      issuer:
        description: Of a signature without a key, who says that identity. Needed with O(signature.identity).
        type: str
  args:
    description: More build arguments.
    type: dict
    default: {}
  base:
    description:
      - Reference of a Debian image to build on.
      - By default it is C(debian:trixie-slim), or made from the host's own mirror where that cannot be pulled.
    type: str
  rebuild:
    description:
      - Pull or build again, without what the engine has cached, even if the image is there, for the security updates of
        its parts. The base image is an image of its own; rebuild it first for its updates.
    type: bool
    default: false
  docker_host:
    description: Address of the engine. The environment's E(DOCKER_HOST), or the client's own default, if not given.
    type: str
  tag:
    description: Tag of the image to build. The action plugin works it out; give it to call the result something else.
    type: str
  base_tag:
    description: Tag of the base image to build. Worked out by the action plugin.
    type: str
  base_pull:
    description: Reference of the published base image. Worked out by the action plugin.
    type: str
  archive:
    description: The image's folder as it was sent to the host. Made by the action plugin.
    type: path
requirements:
  - A container engine that answers, and its client
  - BuildKit (built into the docker client up to 22; the plugin buildx from 23 on) to build
  - mmdebstrap or debootstrap to make the base image where it cannot be pulled
attributes:
  check_mode:
    description: Says whether the image would be pulled or built, and does neither.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
"""

EXAMPLES = r"""
- name: Have the gateway's image, from wherever it can be had
  mcp_lan.litellm.image:
    name: litellm
    version: 1.77.3
  register: gateway_image

- name: Have several images, built beside each other
  mcp_lan.litellm.image:
    images:
      - {name: litellm, version: 1.77.3}
      - {name: postgresql}
      - {name: front-door}

- name: Use one published image and no other
  mcp_lan.litellm.image:
    name: litellm
    source: pull
    pull: "registry.lan/litellm@sha256:{{ gateway_digest }}"
"""

RETURN = r"""
image:
  description: Reference of the image to run.
  returned: where O(name) is given
  type: str
  sample: mcp-lan/postgresql:17-0f3c9a5d2b71
image_id:
  description: Id of the image. Empty in check mode if it is not there yet.
  returned: where O(name) is given
  type: str
source_used:
  description: Whether the image is a pulled or a built one.
  returned: where O(name) is given
  type: str
  sample: build
user:
  description: User and group that the image runs as, from its definition. Empty if it has none.
  returned: where O(name) is given
  type: str
  sample: "10004:10004"
healthcheck:
  description: Health check for a published image, which may have none of its own. Empty for one that is built here.
  returned: where O(name) is given
  type: list
  elements: str
read_only:
  description: Whether the image runs with a root file system that is read-only.
  returned: where O(name) is given
  type: bool
images:
  description: The results above for each of O(images), in their order.
  returned: where O(images) is given
  type: list
  elements: dict
signature:
  description: Whether the signature was checked, as a sentence.
  returned: when an image was pulled and O(signature) is given
  type: str
  sample: it is signed as it has to be
note:
  description: Why the image was built and not pulled, if a pull was tried first.
  returned: when a pull failed and the image was built
  type: str
"""

import fcntl
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mcp_lan.litellm.plugins.module_utils.image_build import (
    DockerCli,
    ImageError,
    references,
    refused,
)


def ensure_base(engine: DockerCli, module: AnsibleModule, folder: Path, scratch: Path) -> str:
    """The base image to build on, made if it has to be."""
    params = module.params
    if params["base"]:
        return params["base"]
    made = f"mcp-lan/base:{params['base_tag']}"
    for reference in (params["base_pull"], made):
        if reference and engine.image_id(reference):
            return reference
    why = engine.pull(params["base_pull"]) if params["base_pull"] and params["source"] != "build" else ""
    if why is None:
        return params["base_pull"]
    # Others that are built at the same time wait for it.
    with open(os.path.join(tempfile.gettempdir(), f"mcp_lan-base-{os.getuid()}.lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not engine.image_id(made):
            engine.make_base(folder, made, params["base_tag"].split("-")[0], scratch)
    return made


def build(engine: DockerCli, module: AnsibleModule, reference: str) -> None:
    """Build the image from the folder that was sent."""
    params = module.params
    scratch = Path(tempfile.mkdtemp(prefix="image-", dir=module.tmpdir))
    try:
        # Python 3.11 has the filter from 3.11.4 on only; the archive is the action plugin's own.
        safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        with tarfile.open(params["archive"]) as archive:
            archive.extractall(scratch / "contexts", **safe)
        context = scratch / "contexts" / params["name"]
        if (context / "build.sh").exists():
            engine.make_base(context, reference, params["tag"].split("-")[0], scratch)
            return
        args = dict(params["args"])
        args["BASE"] = ensure_base(engine, module, scratch / "contexts" / "base", scratch)
        engine.build(context, reference, args, scratch, cached=not params["rebuild"])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def ensure(engine: DockerCli, module: AnsibleModule) -> dict:
    """What has to be done, done: the module's result."""
    params = module.params
    built = f"{params['repository'] or 'mcp-lan/' + params['name']}:{params['tag']}"
    pulled = params["pull"]
    before = {}
    for source, reference in references(params).items():
        before[source] = engine.image_id(reference)
        if before[source] and not params["rebuild"]:
            return {"changed": False, "image": reference, "image_id": before[source], "source_used": source}

    note = ""
    if pulled and params["source"] in ("auto", "pull"):
        if module.check_mode:
            return {"changed": True, "image": pulled, "image_id": "", "source_used": "pull"}
        why, signed = engine.pull_signed(pulled, params["signature"] or {})
        if why is None:
            found = engine.image_id(pulled) or ""
            said = {"signature": signed} if signed else {}
            done = {"image": pulled, "image_id": found, "source_used": "pull", **said}
            return {"changed": found != before.get("pull"), **done}
        if params["source"] == "pull":
            raise ImageError(why)
        note = why

    if module.check_mode:
        return {"changed": True, "image": built, "image_id": "", "source_used": "build"}
    if not params["archive"]:
        # The action plugin sends the folder and calls again.
        return {"changed": False, "needs_archive": True, "note": note}
    build(engine, module, built)
    found = engine.image_id(built) or ""
    return {"changed": found != before.get("build"), "image": built, "image_id": found, "source_used": "build"}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str"},
            "images": {"type": "list", "elements": "dict"},
            "context": {"type": "path"},
            "repository": {"type": "str"},
            "version": {"type": "str"},
            "source": {"type": "str", "choices": ["auto", "pull", "build"], "default": "auto"},
            "pull": {"type": "str"},
            "signature": {
                "type": "dict",
                # A public one.
                "options": {
                    "key": {"type": "str", "no_log": False},
                    "identity": {"type": "str"},
                    "issuer": {"type": "str"},
                },
                "mutually_exclusive": [["key", "identity"]],
                "required_together": [["identity", "issuer"]],
            },
            "args": {"type": "dict", "default": {}},
            "base": {"type": "str"},
            "rebuild": {"type": "bool", "default": False},
            "docker_host": {"type": "str"},
            "tag": {"type": "str"},
            "base_tag": {"type": "str"},
            "base_pull": {"type": "str"},
            "archive": {"type": "path"},
        },
        required_one_of=[["name", "images"]],
        supports_check_mode=True,
    )
    reason = refused(module.params["name"], module.params["version"], module.params["pull"], module.params["tag"])
    if reason:
        module.fail_json(msg=reason)
    try:
        engine = DockerCli(module.run_command, os.environ, module.params["docker_host"])
        result = ensure(engine, module)
    except ImageError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
