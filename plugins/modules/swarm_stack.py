#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of swarm_stack, which is an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: swarm_stack
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Has services of a Compose file run in replicas on a Docker Swarm
version_added: 1.0.0
description:
  - Makes a stack file of the Compose file that M(mcp_lan.litellm.compose_project) has written on a manager of the
    swarm, has the swarm take it (C(docker stack deploy)), and waits until all tasks run and are healthy.
  - Files that a service reads go with it as configs of the swarm, and those that not everybody may read as secrets,
    its environment file among them. Their names carry a digest, so that a service is rolled when one of them changes.
  - A task without a port of its machine is there before the one that it follows goes. Where the new ones do not become
    healthy, the former are put back.
  - An image is given by its ID, so that no machine looks for it in a registry; each has to have it.
  - What Swarm cannot say of a service is refused, and a container that its engine lets gain privileges does not start.
attributes:
  check_mode:
    description:
      - Compares with the Compose file that the host has, and changes nothing. Where the host has none yet, lacks an
        image or has networks that are its own alone, it says so, and that something would be changed.
    support: full
  diff_mode:
    description: The stack file. Of an environment it shows the names and which values are others.
    support: full
options:
  name:
    description: The stack's name.
    type: str
    required: true
  file:
    description:
      - The stack file on the host, which is written with mode V(0600). Environments are in a folder beside it, of the
        same name without its suffix.
    type: path
    required: true
  state:
    description:
      - With V(prepared) it is only seen to it that O(networks) are networks of the swarm.
      - With V(absent) the stack goes with its configs, secrets and files. Networks stay.
    type: str
    choices: [prepared, present, absent]
    default: present
  compose_file:
    description: The Compose file on the host. Needed where O(state=present).
    type: path
  services:
    description: The services of the stack. Needed where O(state=present).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Its name, which is a host name on its networks.
        type: str
        required: true
      source:
        description: Its name in the Compose file.
        type: str
        required: true
      replicas:
        description: How many tasks. One on each machine if not given.
        type: int
      env:
        description: Variables of its environment that are others than in the Compose file.
        type: dict
        default: {}
      without_networks:
        description: Networks of the Compose file that it is not on here.
        type: list
        elements: str
        default: []
      shared_networks:
        description: Networks that are there, as by O(networks), that it is on as well.
        type: list
        elements: str
        default: []
      extra_networks:
        description: Networks of the stack alone, with a route out, that it is on as well. A published port needs one.
        type: list
        elements: str
        default: []
      published_ports:
        description: Ports of each machine with a task, C(PORT:CONTAINERPORT). Swarm has them on all addresses.
        type: list
        elements: str
        default: []
      in_memory:
        description: Volumes of which each task has an empty one of its own in memory. Other volumes are refused.
        type: list
        elements: str
        default: []
      files:
        description:
          - What files hold that are others here, by their paths in the container. Each has to be one that the service
            of the Compose file reads. Everybody may read them.
        type: dict
        default: {}
      constraints:
        description: On which machines tasks may run, as C(node.labels.gateway==true).
        type: list
        elements: str
        default: []
      drain:
        description: For how many seconds a task that is to end still answers those who have its address yet.
        type: int
        default: 0
      stop_timeout:
        description: For how many seconds what is under way may then go on. That of the Compose file if not given.
        type: int
  networks:
    description:
      - Networks that containers of the host and services of the swarm are to share, where O(state=prepared). One that
        is of the host alone is made anew; the collection's containers on it are stopped, and
        M(mcp_lan.litellm.compose_project) starts them on the new one.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The network's name.
        type: str
        required: true
      internal:
        description: Whether it has no route out.
        type: bool
        default: false
  encrypted:
    description:
      - Whether what goes from one machine to another over networks that are made is encrypted (IPsec). It takes a
        kernel that has it.
    type: bool
    default: false
  wait_timeout:
    description: For how many seconds it is waited for the tasks.
    type: int
    default: 300
  docker_host:
    description: Address of the engine. The environment's E(DOCKER_HOST), or the client's own default, if not given.
    type: str
requirements:
  - Docker 20.10 or newer on each machine of the swarm
seealso:
  - module: mcp_lan.litellm.compose_project
  - name: Deploy a stack to a swarm
    description: How Docker reads a stack file.
    link: https://docs.docker.com/engine/swarm/stack-deploy/
"""

EXAMPLES = r"""
- name: Have networks that containers and services share
  mcp_lan.litellm.swarm_stack:
    name: mcp-lan
    file: /etc/mcp_lan/stack.yaml
    state: prepared
    networks:
      - {name: litellm-net, internal: true}

- name: Run the gateway in two replicas
  mcp_lan.litellm.swarm_stack:
    name: mcp-lan
    file: /etc/mcp_lan/stack.yaml
    compose_file: /etc/mcp_lan/compose.yaml
    services:
      - name: litellm-replicas
        source: litellm
        replicas: 2
        drain: 10

- name: Do without it again
  mcp_lan.litellm.swarm_stack:
    name: mcp-lan
    file: /etc/mcp_lan/stack.yaml
    state: absent
"""

RETURN = r"""
services:
  description:
    - For each service of the stack how many tasks it has that run and are healthy, and should have, and which ports of
      machines. Where O(state=absent) those that were there.
  returned: where O(state=present) or O(state=absent)
  type: dict
  sample:
    mcp-lan_litellm-replicas:
      running: 2
      wanted: 2
      ports: []
networks:
  description: The networks that were made, or would be.
  returned: where O(state=prepared)
  type: list
  elements: str
  sample: [litellm-net]
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
