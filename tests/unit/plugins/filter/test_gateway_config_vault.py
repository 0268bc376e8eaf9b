# SPDX-License-Identifier: GPL-3.0-or-later
"""A value that is vaulted where it stands gets into config.yaml as what it is."""

from __future__ import annotations

import os
import subprocess
import textwrap

import pytest
import yaml
from tree import TOP

SECRET = "words of no meaning"
PLAY = """
- hosts: localhost
  gather_facts: false
  vars:
    wanted:
      environment_variables:
        LANGFUSE_HOST: {value}
    ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"
  tasks:
    - ansible.builtin.copy:
        content: "{{{{ wanted | mcp_lan.litellm.gateway_config(version='1.77.3', guard={guard}) | to_nice_yaml }}}}"
        dest: config.yaml
        mode: "0600"
"""


def run(folder, *command):
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(TOP / ".collections")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("guard", [True, False])
def test_a_value_that_is_vaulted_inline_is_written_as_what_it_is(tmp_path, guard):
    (tmp_path / "password").write_text("of the test\n")
    vault = ("--vault-password-file", "password")
    encrypted = run(tmp_path, "ansible-vault", "encrypt_string", *vault, SECRET)
    first, *rest = map(str.strip, encrypted.splitlines())
    value = f"{first}\n" + textwrap.indent("\n".join(filter(None, rest)), " " * 10)
    (tmp_path / "play.yml").write_text(PLAY.format(value=value, guard=guard))
    run(tmp_path, "ansible-playbook", "-i", "localhost,", "-c", "local", *vault, "play.yml")
    written = yaml.safe_load((tmp_path / "config.yaml").read_text())
    assert written["environment_variables"] == {"LANGFUSE_HOST": SECRET}
