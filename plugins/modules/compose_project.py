#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of compose_project, which is an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: compose_project
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Has services of one Compose project run on a host, hardened and healthy
version_added: 1.0.0
description:
  - Puts services into the Compose file of a host, or takes them out of it, has Compose start what is new or another
    one (by C(community.docker.docker_compose_v2)), and waits until all that are named are healthy. Services of the file
    that are not named stay as they are.
  - Each service drops all capabilities but those in C(capabilities), gains no privileges, has a read-only root file
    system unless C(read_only) says otherwise, and keeps what it logs within bounds.
  - Refuses a port that something else has, a file or folder of the host that is missing, and a container of the same
    name that it did not make, before anything is changed. What else runs on the host is not touched.
  - Images are had as by M(mcp_lan.litellm.image). Networks and volumes that are missing are made; they are external to
    the project, so that they outlive it.
  - The roles of this collection use it by C(container_service).
attributes:
  check_mode:
    description: Says what would be changed, and changes nothing.
    support: full
  diff_mode:
    description: The Compose file. Of an environment it shows the names and which values are others.
    support: full
options:
  project:
    description: The project's name.
    type: str
    required: true
  file:
    description:
      - The Compose file on the host. It is written anew where what is asked for differs from it, with mode V(0600), and
        removed with its last service.
    type: path
    required: true
  state:
    description:
      - With V(checked) it is only seen whether the ports of O(services) are free, on a host without an engine too.
      - With V(absent) the whole project goes - its containers, those of O(deployment), its networks, and the files that
        were written for it. Networks on which others have put containers, and folders in which others have put files,
        stay, and so do the volumes unless O(data=false). No other option than these is read then.
    type: str
    choices: [present, checked, absent]
    default: present
  services:
    description:
      - The services that are to run, each a dictionary.
      - C(name) is what the container and the service are called, C(image) a reference, or a dictionary with options of
        M(mcp_lan.litellm.image).
      - The others are optional - C(command), C(entrypoint), C(user), C(env), C(env_file), C(networks) (each with
        C(name), C(internal), C(aliases)), C(expose), C(published_ports), C(port_variables), C(port_predecessors),
        C(volumes), C(tmpfs), C(memory), C(shm_size), C(pids_limit), C(ulimits), C(healthcheck), C(restart_policy),
        C(stop_timeout), C(read_only), C(capabilities), C(labels), C(extra_hosts), C(log_driver), C(log_options),
        C(log_max_size), C(log_max_files), C(wait_timeout), C(drain), C(folders), C(files), C(other_files),
        C(absent), C(absent_networks) and C(absent_paths), as the role C(container_service) has them with its prefix.
      - The label C(mcp_lan.service) marks a container as the collection's own.
    type: list
    elements: dict
    default: []
  absent:
    description: Names of services that are to be neither in the file nor on the host. Volumes and networks stay.
    type: list
    elements: str
    default: []
  absent_networks:
    description: Networks that are not to be there.
    type: list
    elements: str
    default: []
  absent_paths:
    description: Files and folders that are not to be on the host; a folder goes with all that is in it.
    type: list
    elements: path
    default: []
  absent_own:
    description:
      - Whether with the services in O(absent) goes what the Compose file says was made for them alone - files, folders
        in which nothing else is, and networks on which nobody else is.
    type: bool
    default: false
  networks:
    description: Networks to have beside those of the services, each with C(name) and C(internal).
    type: list
    elements: dict
    default: []
  deployment:
    description: Look for the containers of this deployment, which have it in their label C(mcp_lan.deployment).
    type: str
  data:
    description: Whether the volumes stay where O(state=absent).
    type: bool
    default: true
  docker_host:
    description: Address of the engine. The environment's E(DOCKER_HOST), or the client's own default, if not given.
    type: str
  engine_expected:
    description: Whether check mode may ask the engine. Without one, it says what would be started.
    type: bool
    default: true
requirements:
  - Docker Compose 2.18 or newer as the docker client's plugin, on the host
seealso:
  - module: mcp_lan.litellm.image
  - name: The Compose specification
    description: What a Compose file may say.
    link: https://github.com/compose-spec/compose-spec
"""

EXAMPLES = r"""
- name: Have a cache beside the gateway
  mcp_lan.litellm.compose_project:
    project: mcp-lan
    file: /etc/mcp_lan/compose.yaml
    services:
      - name: cache
        image: "valkey/valkey:8"
        memory: 128m
        networks:
          - name: litellm-net
        folders:
          - path: /etc/mcp_lan/cache
        files:
          - path: /etc/mcp_lan/cache/valkey.conf
            content: |
              maxmemory 100mb
        volumes: ["/etc/mcp_lan/cache:/etc/valkey:ro"]
        command: [valkey-server, /etc/valkey/valkey.conf]
        labels:
          mcp_lan.service: cache

- name: See that a port is free
  mcp_lan.litellm.compose_project:
    project: mcp-lan
    file: /etc/mcp_lan/compose.yaml
    state: checked
    services:
      - name: cache
        published_ports: ["127.0.0.1:6379:6379"]

- name: Do without it again
  mcp_lan.litellm.compose_project:
    project: mcp-lan
    file: /etc/mcp_lan/compose.yaml
    absent: [cache]

- name: Remove all of it, and keep the data
  mcp_lan.litellm.compose_project:
    project: mcp-lan
    file: /etc/mcp_lan/compose.yaml
    state: absent
"""

RETURN = r"""
images:
  description: For each service the image that it runs.
  returned: when services are given
  type: dict
  sample:
    postgresql:
      image: mcp-lan/postgresql:17-0f3c9a5d2b71
      source_used: build
      changed: false
addresses:
  description: For each service its address on each of its networks; none where it does not run.
  returned: when services are given
  type: dict
  sample:
    postgresql:
      postgres-net: 172.20.0.2
networks:
  description: Those that are named, each with C(internal) and its C(subnets) (with C(Subnet) and perhaps C(Gateway)).
  returned: where O(state=present)
  type: dict
  sample:
    postgres-net:
      internal: true
      subnets:
        - Subnet: 172.20.0.0/16
          Gateway: 172.20.0.1
deployed:
  description: Names of the containers of O(deployment), running or not, from before the changes of this task.
  returned: where O(state=present)
  type: list
  elements: str
  sample: [litellm, postgresql]
removed:
  description: What has gone, as C(containers), C(networks), C(paths) and C(volumes). A path goes with its folder.
  returned: where O(state=absent)
  type: dict
  sample:
    containers: [litellm, postgresql]
    networks: [litellm-net]
    paths: [/etc/mcp_lan/litellm, /etc/mcp_lan/front-door]
kept:
  description:
    - What could have gone and has stayed, as C(networks), C(paths) and C(volumes). The Compose file stays with networks
      and volumes, and names them.
  returned: where O(state=absent)
  type: dict
  sample:
    volumes: [postgresql-data]
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
