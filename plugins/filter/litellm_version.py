# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter litellm_version."""

from __future__ import annotations

DOCUMENTATION = r"""
name: litellm_version
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: What a version of LiteLLM is called, and is told
version_added: 1.0.0
description:
  - From a version of LiteLLM to the tag of its published image, to how that is signed, and to the settings of
    config.yaml that this collection gives to it.
  - A version that is none, or that must not be used, has no tag, no signature and no settings;
    M(mcp_lan.litellm.gateway_check) says what is wrong with it.
options:
  _input:
    description: The version, such as V(1.108.7).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: See how the image of this version is tagged
  ansible.builtin.debug:
    msg: "{{ ('1.108.7' | mcp_lan.litellm.litellm_version).image_tag }}"
"""

RETURN = r"""
_value:
  description: >-
    C(image_tag), a text; C(signature), how the image is signed (C(key), or C(identity) and C(issuer); empty where
    that is not known); C(config), sections of config.yaml; C(log_cleanup), whether it deletes old rows of its spend
    log by the clock; and C(several_workers), what is wrong with more than one worker, if anything is.
  type: dict
"""

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import CapabilityError, for_version, require
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm.settings import (
    image_tag,
    own_settings,
    signature,
)


def litellm_version(version):
    """The image's tag and the settings of a version."""
    try:
        known = for_version(version)
    except CapabilityError:
        return {"image_tag": "", "signature": {}, "config": {}, "log_cleanup": False, "several_workers": ""}
    return {
        "image_tag": image_tag(version),
        "signature": signature(version),
        "config": own_settings(version),
        "log_cleanup": known.log_cleanup,
        "several_workers": require(version, "several_workers") or "",
    }


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"litellm_version": litellm_version}
