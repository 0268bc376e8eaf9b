# SPDX-License-Identifier: GPL-3.0-or-later
"""What playbooks are told on the command line: names with commas between them, or as a list; a person among others."""

from __future__ import annotations

import yaml
from plays import run_playbook, run_tasks
from tree import TOP


def _play(playbook: str, name: str) -> dict:
    plays = yaml.safe_load((TOP / f"playbooks/{playbook}.yml").read_text(encoding="utf-8"))
    return next(each for each in plays if each["name"] == name)


def test_names_are_told_as_a_text_or_a_list(tmp_path):
    keys = _play("rotate_keys", "Generate new values")["vars"]
    secrets = _play("rotate_secrets", "Generate new values, beside those that are in use")["vars"]
    names = ("rotate_keys", "rotate_teams", "rotate_secrets")
    named = {f"{name}_named": {**keys, **secrets}[f"{name}_named"] for name in names}
    told = [("a, b", ["a", "b"]), (["a", "b"], ["a", "b"]), (",", []), (7, ["7"]), ("*", ["*"]), (None, [])]
    tasks = [
        {
            "ansible.builtin.assert": {"that": [f"{name} == {expected!r}" for name in named]},
            "vars": dict.fromkeys(names, said),
        }
        for said, expected in told
    ]
    tasks.append({"ansible.builtin.assert": {"that": [f"{name} == []" for name in named]}})
    done, output = run_tasks(tmp_path, tasks, **named)
    assert len(done) == len(tasks) and not [each for each in done if each.get("failed")], output


def test_a_run_that_is_told_no_name_is_refused_and_one_with_a_key_or_a_team_is_not(tmp_path):
    play = _play("rotate_keys", "Generate new values")
    refusal = next(each for each in play["tasks"] if "ansible.builtin.assert" in each)
    told = [({}, False), ({"rotate_keys": "a"}, True), ({"rotate_teams": "t"}, True)]
    told.append(({"rotate_keys": ["a"], "rotate_teams": ["t"]}, True))
    tasks = [{**refusal, "vars": said, "ignore_errors": True} for said, _passes in told]
    done, output = run_tasks(tmp_path, tasks, **play["vars"])
    assert [not each.get("failed") for each in done] == [passes for _said, passes in told], output
    assert done[0]["msg"].startswith("Name what to rotate: "), output


def test_a_person_is_one_of_those_that_are_named(tmp_path):
    tasks = _play("bundle", "Write bundles for machines that are not managed")["tasks"]
    made = next(each for each in tasks if "vars" in each)
    clients = [{"client": "codex"}, {"client": "codex", "user": "carol"}, {"client": "codex", "user": "dora"}]
    told = {**made["vars"], "litellm_clients": clients, "bundle_user": "carol"}
    shown = {"ansible.builtin.debug": {"msg": made["mcp_lan.litellm.client_bundle"]["clients"]}}
    (done,), output = run_tasks(tmp_path, [shown], **told)
    assert done["msg"] == clients[1:2], output


def test_an_upgrade_to_the_version_that_nobody_has_named_ends_with_it(tmp_path):
    defaults = yaml.safe_load((TOP / "roles/litellm_gateway/defaults/main.yml").read_text(encoding="utf-8"))
    book = tmp_path / "book.yml"
    book.write_text(yaml.safe_dump([_play("upgrade", "Say what is left to do")]), encoding="utf-8")
    inventory = tmp_path / "inventory.yml"
    there = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    inventory.write_text(yaml.safe_dump({"gateway": {"hosts": {"one": there}}}), encoding="utf-8")
    said = run_playbook(str(book), "-i", str(inventory))
    assert f"LiteLLM {defaults['litellm_gateway_version']} runs." in said
