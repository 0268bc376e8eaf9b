# SPDX-License-Identifier: GPL-3.0-or-later
"""Which store plays use, and what the actions secret and store_copy make of it, as Ansible itself runs them."""

from __future__ import annotations

import json
import os
import secrets
import sys

import pytest
import yaml
from ansible.parsing.vault import VaultSecret
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores.ansible_vault import AnsibleVaultStore
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores.hashi_vault import HashiVaultStore
from openbao import openbao
from tree import run

LOOKUP = "lookup('mcp_lan.litellm.secret', 'one'{})"


@pytest.fixture(scope="module")
def bao(tmp_path_factory):
    with openbao(tmp_path_factory.mktemp("openbao")) as server:
        yield server


@pytest.fixture
def play(tmp_path):
    """Runs tasks in one play; gives what each of them returned by its name, and whether all went well."""

    def playing(*tasks: dict, options=(), environment=None, **variables):
        named = [{"name": str(number), **task} for number, task in enumerate(tasks)]
        book = tmp_path / "play.yml"
        variables = {"ansible_python_interpreter": sys.executable, **variables}
        book.write_text(
            yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": named}])
        )
        status, output = run(
            *("ansible-playbook", "-i", "localhost,", "-c", "local", *options, book),
            ANSIBLE_STDOUT_CALLBACK="ansible.posix.json",
            ANSIBLE_LOCAL_TEMP=str(tmp_path / "ansible"),
            HOME=str(tmp_path),
            **(environment or {}),
        )
        report = json.loads(output[output.index("{") : output.rindex("}") + 1])
        results = [one["hosts"]["localhost"] for one in report["plays"][0]["tasks"]]
        return results, output, status == 0

    return playing


def secret(**options) -> dict:
    return {"mcp_lan.litellm.secret": {"name": "one", **options}}


def digest(more: str = "") -> dict:
    """What the lookup gives, without showing it."""
    return {"ansible.builtin.set_fact": {"seen": "{{ " + LOOKUP.format(more) + " | hash('sha256') }}"}}


def seen(result: dict) -> str:
    return result["ansible_facts"]["seen"]


@pytest.mark.parametrize("kind", ["files", "ansible-vault", "hashi-vault"])
def test_a_secret_in_each_kind_of_store(play, tmp_path, kind, request):
    """Made, kept, rotated beside the value in use, settled, removed; the same by its lookup."""
    options, environment = ["--diff"], {}
    if kind == "hashi-vault":
        server, path = request.getfixturevalue("bao"), secrets.token_hex(4)
        place = f"hashi-vault:secret/{path}"
        environment = {"VAULT_TOKEN": server.token}
        variables = {"ansible_hashi_vault_url": "{{ told }}", "told": server.url}
        store = HashiVaultStore(place, server.connect)
    elif kind == "ansible-vault":
        password = secrets.token_hex(8)
        (tmp_path / "password").write_text(password)
        options += ["--vault-password-file", str(tmp_path / "password")]
        place, variables = f"ansible-vault:{tmp_path}/store", {}
        store = AnsibleVaultStore(place, [("default", VaultSecret(password.encode()))])
    else:
        place, variables = f"{tmp_path}/store", {}
        store = FileStore(place)
    results, output, fine = play(
        secret(prefix="sk-"),
        digest(),
        secret(prefix="sk-"),
        secret(prefix="sk-", state="pending"),
        secret(prefix="sk-", state="pending"),
        digest(),
        digest(", api_url='http://127.0.0.1:9'"),
        secret(state="promoted"),
        secret(state="promoted"),
        digest(),
        options=options,
        environment=environment,
        mcp_lan_store="{{ where }}",
        where=place,
        **variables,
    )
    assert fine, output
    assert [one["changed"] for one in results if "name" in one] == [True, False, True, False, True, False]
    first, coming, asked, last = (seen(results[number]) for number in (1, 5, 6, 9))
    assert first != coming == asked == last
    value = store.get("secrets", "one")
    assert value.startswith("sk-") and store.names("secret_successors") == []
    assert value not in output
    results, output, fine = play(
        secret(state="pending"),
        secret(state="absent"),
        options=[*options, "--check"],
        environment=environment,
        mcp_lan_store=place,
        **variables,
    )
    assert fine and [one["changed"] for one in results] == [True, True] and store.get("secrets", "one") == value
    results, output, fine = play(
        secret(state="pending"),
        secret(state="absent"),
        options=options,
        environment=environment,
        mcp_lan_store=place,
        **variables,
    )
    assert fine and store.names("secrets") == store.names("secret_successors") == []


def test_the_option_wins_over_the_variable_and_that_over_the_environment(play, tmp_path):
    places = {name: str(tmp_path / name) for name in ("option", "variable", "environment")}
    for name, place in places.items():
        FileStore(place).put("secrets", "one", name)
    environment = {"MCP_LAN_STORE": places["environment"], "OF_A_TEST": "option"}
    tasks = [
        secret(name="made"),
        {"ansible.builtin.set_fact": {"seen": "{{ " + LOOKUP.format("") + " }}"}},
        secret(name="made", store=f"{tmp_path}/$OF_A_TEST"),
        {"ansible.builtin.set_fact": {"seen": "{{ " + LOOKUP.format(f", store='{places['option']}'") + " }}"}},
    ]
    for variables, expected in (({}, "environment"), ({"mcp_lan_store": places["variable"]}, "variable")):
        results, output, fine = play(*tasks, environment=environment, **variables)
        assert fine, output
        assert [seen(results[1]), seen(results[3])] == [expected, "option"]
        assert FileStore(places[expected]).names("secrets") == ["made", "one"]
    assert FileStore(places["option"]).names("secrets") == ["made", "one"]
    results, output, fine = play(secret())
    assert fine and FileStore(str(tmp_path / ".config/mcp_lan/default")).names("secrets") == ["one"]


@pytest.mark.parametrize(
    ("task", "variables", "sentence"),
    [
        (secret(), {"mcp_lan_store": "vaults:x"}, "'vaults:x' is no store; it is a directory, ansible-vault:DIRECTORY"),
        # Not a folder of plain files that is called that.
        (secret(), {"mcp_lan_store": "hashi_vault:secret/x"}, "'hashi_vault:secret/x' is no store; it is a directory"),
        (secret(), {"mcp_lan_store": "Ansible-Vault:{{ place }}"}, "is no store; it is a directory, ansible-vault:"),
        (secret(), {"mcp_lan_store": "ansible-vault:{{ place }}"}, "was given no vault password"),
        (digest(), {"mcp_lan_store": "ansible-vault:{{ place }}"}, "was given no vault password"),
        (secret(), {"mcp_lan_store": "hashi-vault:secret/x"}, "There is no log-in to the vault: "),
        (secret(state="pending"), {}, "has no secret one that could be rotated"),
        (secret(name="salt_key", state="pending"), {}, "salt_key cannot be rotated: LiteLLM has encrypted with it"),
        (secret(length=8), {}, "can be guessed"),
    ],
)
def test_what_is_wrong_is_one_sentence(play, tmp_path, task, variables, sentence):
    sealed = AnsibleVaultStore(f"ansible-vault:{tmp_path}/sealed", [("default", VaultSecret(os.urandom(8)))])
    sealed.put("secrets", "one", "a value")
    named = {"mcp_lan_store": str(tmp_path / "store"), "place": str(sealed.path), **variables}
    results, output, fine = play(task, **named)
    assert not fine and sentence in " ".join(results[0]["msg"].split()), output


def test_what_is_wrong_with_a_store_has_a_code(play):
    results, output, fine = play(secret(), mcp_lan_store="vaults:x")
    assert not fine and results[0]["code"] == "store_failed", output


def test_a_lost_value_is_recovered_from_the_host(play, tmp_path):
    file, value = tmp_path / "service.env", secrets.token_urlsafe(24)
    file.write_text(f"OTHER=1\nLITELLM_SALT_KEY={value}\n# LITELLM_SALT_KEY=not this\n")
    file.chmod(0o600)
    options = {"recover": {"path": str(file), "variable": "LITELLM_SALT_KEY"}}
    store = FileStore(str(tmp_path / "store"))
    results, output, fine = play(secret(**options), secret(**options), mcp_lan_store=str(store.path))
    assert fine and [(one["changed"], one["recovered"]) for one in results] == [(True, True), (False, False)]
    assert store.get("secrets", "one") == value and value not in output
    odd = 'a "$" and a #'
    file.write_text(project.env_file({"LITELLM_SALT_KEY": odd}))
    results, output, fine = play(secret(**{**options, "name": "odd"}), mcp_lan_store=str(store.path))
    assert fine and results[0]["recovered"] and store.get("secrets", "odd") == odd
    options["recover"]["path"] = str(tmp_path / "nothing.env")
    results, output, fine = play(secret(**{**options, "name": "two"}), mcp_lan_store=str(store.path))
    assert fine and not results[0]["recovered"] and len(store.get("secrets", "two")) > 40
    options["recover"]["path"] = str(tmp_path)
    results, output, fine = play(secret(**{**options, "name": "three"}), mcp_lan_store=str(store.path))
    assert not fine and "cannot be read" in results[0]["msg"] and store.get("secrets", "three") is None


def test_a_store_is_copied_to_another_kind(play, tmp_path, bao):
    source = FileStore(str(tmp_path / "plain"))
    for kind, name in (("keys", "codex"), ("secrets", "master_key"), ("successors", "codex")):
        source.put(kind, name, secrets.token_hex(8))
    place = f"hashi-vault:secret/{secrets.token_hex(4)}"
    copy = {"mcp_lan.litellm.store_copy": {"source": str(source.path)}}
    told = {"mcp_lan_store": place, "ansible_hashi_vault_url": bao.url, "ansible_hashi_vault_token": bao.token}
    target = HashiVaultStore(place, bao.connect)
    results, output, fine = play(copy, options=["--check", "--diff"], **told)
    assert fine and results[0]["changed"] and target.names("keys") == []
    results, output, fine = play(copy, copy, options=["--diff"], **told)
    assert fine and [one["changed"] for one in results] == [True, False], output
    assert results[0]["copied"] == ["keys/codex", "secrets/master_key", "successors/codex"]
    assert target.get("secrets", "master_key") == source.get("secrets", "master_key")
    assert source.get("secrets", "master_key") not in output
    source.put("secrets", "new", "1")
    source.put("keys", "codex", "another")
    results, output, fine = play(copy, **told)
    assert not fine and "has another value of keys/codex" in results[0]["msg"]
    assert target.get("secrets", "new") is None
    empty = {"mcp_lan.litellm.store_copy": {"source": str(tmp_path / "empty")}}
    for task, sentence in ((empty, "holds nothing"), (copy, "are one place")):
        results, output, fine = play(task, mcp_lan_store=f"ansible-vault:{source.path}")
        assert not fine and sentence in results[0]["msg"]


def test_the_salt_key_is_copied_last(play, tmp_path):
    """A restore that was ended in the middle of it takes what is missing out of the backup as long as there is none."""
    source, target = FileStore(str(tmp_path / "source")), tmp_path / "target"
    for kind, name in (("secrets", "salt_key"), ("secrets", "valkey"), ("records", "codex"), ("keys", "codex")):
        source.put(kind, name, secrets.token_hex(8))
    _results, output, fine = play(
        {"mcp_lan.litellm.store_copy": {"source": str(source.path)}}, mcp_lan_store=str(target)
    )
    assert fine, output
    written = sorted(target.glob("*/*"), key=lambda path: path.stat().st_mtime_ns)
    assert len(written) == 4 and written[-1].name == "salt_key"


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ("", "Name what to rotate with -e rotate_secrets=NAME,NAME. There are master_key, postgres_admin"),
        ("master_key,codex", "codex cannot be rotated here. There are master_key, postgres_admin, postgres_litellm"),
        ("valkey", "valkey cannot be rotated here. There are master_key, postgres_admin, postgres_litellm"),
        ("postgres_observability", "postgres_observability cannot be rotated here. There are master_key"),
        ("master_key,salt_key", "salt_key cannot be rotated: LiteLLM has encrypted with it"),
    ],
)
def test_what_cannot_be_rotated_is_said_before_anything_is_begun(tmp_path, named, sentence):
    # What is to go has no password to be rotated.
    parts = {f"{part}_enabled": True for part in ("cache", "observability")}
    gone = ("-e", json.dumps(parts | {"cache_state": "absent", "observability_state": "absent"}))
    store = FileStore(str(tmp_path))
    for name in ("master_key", "salt_key", "postgres_litellm"):
        store.put("secrets", name, secrets.token_hex(8))
    told = ("-e", f"mcp_lan_store={tmp_path}", "-e", f"rotate_secrets={named}")
    status, output = run("ansible-playbook", "playbooks/rotate_secrets.yml", "-i", "inventories/local", *told, *gone)
    assert status != 0 and sentence in " ".join(output.split()), output
    assert store.names("secret_successors") == []
