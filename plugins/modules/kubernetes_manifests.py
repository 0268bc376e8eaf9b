#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of kubernetes_manifests, which is an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubernetes_manifests
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Writes what runs on a gateway host as Kubernetes manifests
version_added: 1.0.0
description:
  - Reads the Compose file that M(mcp_lan.litellm.compose_project) has written on a host, with the environments and
    files of its services, and writes the same services as a kustomize base on the controller. The host is
    only looked at.
  - Each service becomes a Deployment, or a StatefulSet where it has a volume of its own, held to Pod Security's level
    C(restricted); a Service of the container's name; a ConfigMap, and Secrets of its environment and of its files
    that are not for everybody to read; and a NetworkPolicy by which two services reach each other where they share a
    network of the Compose file.
  - Refuses what a cluster has not, or what its level C(restricted) does not allow, before anything is written.
attributes:
  check_mode:
    description: Says what would be written, and writes nothing.
    support: full
  diff_mode:
    description: The manifests, without the Secrets.
    support: full
options:
  file:
    description: The Compose file on the host.
    type: path
    required: true
  dest:
    description:
      - The folder on the controller. Files of it that an earlier run wrote and that are none any more are removed;
        others stay.
      - What such files had and a cluster is to delete is in C(to_delete.yaml), until that is removed.
      - The Secrets are in C(secrets.yaml), with mode V(0600), in plain text but for base64.
    type: path
    required: true
  cluster_networks:
    description:
      - The networks of the cluster's pods and of its services, in CIDR form.
      - LiteLLM's request filter answers these alone, the front door takes nobody of them for an administrator, and a
        service with a way out reaches none of them by it.
    type: list
    elements: str
    required: true
  namespace:
    description: The namespace.
    type: str
    default: mcp-lan
  registry:
    description: What is put before the reference of each image that was built on the host. Needed where there is one.
    type: str
  replicas:
    description:
      - For a service the number of its pods, or a dictionary of C(min) and C(max) for a HorizontalPodAutoscaler. It
        gets a PodDisruptionBudget. A service without an entry has one pod.
      - A service with a volume of its own has one. So has LiteLLM, unless its version has workers that know of each
        other, and C(litellm_gateway_workers) is more than one.
    type: dict
    default: {}
  storage_class:
    description: StorageClass of the volumes; the cluster's default one if not given.
    type: str
  volume_size:
    description: The size of each volume.
    type: str
    default: 10Gi
  volume_sizes:
    description: For volumes of the Compose file another size.
    type: dict
    default: {}
  claims:
    description: >-
      For a folder of the host that others fill, such as that of the MCP server of a folder, the PersistentVolumeClaim
      in the namespace that holds it.
    type: dict
    default: {}
  gateway:
    description: The Gateway of the Gateway API by which O(routes) come in, as NAMESPACE/NAME.
    type: str
  gateway_pods_namespace:
    description: >-
      The namespace of the pods that pass on what O(gateway) lets in, such as C(envoy-gateway-system); that of
      O(gateway) if not given.
    type: str
  routes:
    description:
      - What is let in from outside, each a dictionary of C(service), C(port), a number, and C(hostnames), a list. It
        gets an HTTPRoute, and its pods take requests from the pods of O(gateway_pods_namespace).
    type: list
    elements: dict
    default: []
  docker_host:
    description: Address of the engine. The environment's E(DOCKER_HOST), or the client's own default, if not given.
    type: str
seealso:
  - module: mcp_lan.litellm.compose_project
  - name: Pod Security Standards
    description: What the level restricted allows.
    link: https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

EXAMPLES = r"""
- name: Write the gateway as manifests
  mcp_lan.litellm.kubernetes_manifests:
    file: /etc/mcp_lan/compose.yaml
    dest: ~/gateway-manifests
    cluster_networks: [10.244.0.0/16, 10.96.0.0/12]
    registry: registry.lan:5000
    replicas:
      front-door: {min: 2, max: 4}
    claims:
      /srv/share: share
    gateway: gateways/public
    routes:
      - service: front-door
        port: 4000
        hostnames: [gateway.lan]
"""

RETURN = r"""
dest:
  description: The folder.
  returned: success
  type: str
  sample: /home/ann/gateway-manifests
files:
  description: >-
    The files of manifests, in the order in which they are applied. C(kustomization.yaml) names all but the first, with
    which all data would be deleted.
  returned: success
  type: list
  elements: str
  sample: [namespace.yaml, network-policies.yaml, secrets.yaml, litellm.yaml]
images:
  description: The images that are to be pushed, each with C(image), as the host has it, and C(reference).
  returned: success
  type: list
  elements: dict
  sample:
    - image: mcp-lan/valkey:8.1-36bcac787a47
      reference: registry.lan:5000/mcp-lan/valkey:8.1-36bcac787a47
removed:
  description: >-
    What former files of O(dest) had and these have not, which a cluster still has, in each run until
    C(to_delete.yaml) is removed: each C(api_version), C(kind), C(namespace) and C(name). Never what holds data (a
    Namespace, a PersistentVolumeClaim), nor a Job, which ends by itself.
  returned: success
  type: list
  elements: dict
  sample:
    - api_version: autoscaling/v2
      kind: HorizontalPodAutoscaler
      namespace: mcp-lan
      name: front-door
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
