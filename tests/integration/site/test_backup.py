# SPDX-License-Identifier: GPL-3.0-or-later
"""The site backed up and restored: onto itself, and onto a bare host with nothing but the backup and the inventory."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
import zlib

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import Server
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import MINIMUM, NEWEST_TESTED
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import sha256

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def options(site):
    """Where the backups are, and the vault password."""
    folder = site.output / "backups"
    password = site.output / "vault-password"
    password.write_text("of this test alone\n")
    password.chmod(0o600)
    return {"extra": ["--vault-password-file", str(password)], "backup_dir": str(folder)}


def run(site, options, playbook, *more, **variables):
    return site.run(*options["extra"], *more, playbook=playbook, backup_dir=options["backup_dir"], **variables)


def rows(site) -> dict[str, dict[str, int]]:
    server = Server(f"{site.prefix}-postgresql", "postgres")
    return {name: server.counts(name) for name in ("litellm", "demo")}


def sql(site, text: str) -> str:
    return Server(f"{site.prefix}-postgresql", "postgres").sql("litellm", text)


KEYS = 'SELECT token, key_alias, spend, max_budget FROM "LiteLLM_VerificationToken" ORDER BY token;'


@pytest.fixture(scope="module")
def backup(site, options):
    """A backup of the site: its name, and what there was."""
    first = site.run()
    assert first.status == 0, first.output[-3000:]
    sql(site, 'UPDATE "LiteLLM_VerificationToken" SET spend = 1.25;')
    before = site.footprint()
    expected = run(site, options, "backup", "--check")
    assert expected.status == 0 and site.footprint() == before, expected.output[-3000:]
    taken = run(site, options, "backup", backup_name="one")
    assert taken.status == 0, taken.output[-3000:]
    assert "restored for a trial in" in taken.output
    manifest = json.loads((site.output / "backups/one/manifest.json").read_text())
    return manifest, sql(site, KEYS)


def test_it_holds_no_secret_that_can_be_read(site, options, backup):
    folder = site.output / "backups/one"
    assert folder.stat().st_mode & 0o777 == 0o700
    values = [site.store.get(kind, name) for kind in ("keys", "secrets") for name in site.store.names(kind)]
    values = [value.encode() for value in values if value]
    assert len(values) > 5
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
        content = path.read_bytes()
        if path.name.endswith(".gz"):
            content = zlib.decompress(content, 47)
        assert not [value for value in values if value in content], path
    with tarfile.open(folder / "config.tar.gz") as archive:
        names = archive.getnames()
    assert any(name.endswith("litellm/config/config.yaml") for name in names)
    assert not [name for name in names if name.endswith(".env")]
    with tarfile.open(folder / "store.tar") as archive:
        member = archive.extractfile("store/secrets/salt_key")
        assert member.read().startswith(b"$ANSIBLE_VAULT;")


def test_without_a_vault_password_it_says_what_to_do(site, options):
    failed = site.run(playbook="backup", backup_dir=options["backup_dir"], backup_name="two")
    assert failed.status and "this run was given no vault password: add --vault-password-file FILE" in failed.message
    assert "Or leave the store out (-e backup_store=false) and keep" in failed.message
    assert [path.name for path in (site.output / "backups").iterdir()] == ["one"]


def test_a_restore_brings_back_the_moment(site, options, backup):
    manifest, keys = backup
    sql(site, 'DELETE FROM "LiteLLM_SpendLogs"; DELETE FROM "LiteLLM_VerificationToken";')
    before, lost = site.footprint(), rows(site)
    expected = run(site, options, "restore", "--check", backup="one")
    assert expected.status == 0, expected.output[-3000:]
    assert site.footprint() == before and rows(site) == lost
    restored = run(site, options, "restore", backup="one")
    assert restored.status == 0, restored.output[-3000:]
    assert sql(site, KEYS) == keys
    for table, count in manifest["databases"]["litellm"]["rows"].items():
        # The run proves it, which adds rows to the audit.
        assert rows(site)["litellm"][table] >= count, table
    again = site.run()
    assert again.status == 0 and again.changed == [], again.output[-3000:]


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("cut off", "it was cut off. Take another one"),
        ("changed", "is not as it was written (another checksum)"),
        ("unknown", "There is no backup"),
        ("none", "Name the backup with -e backup=NAME"),
        ("salt", "was made with another salt key than the store"),
        ("newer", "has been changed by LiteLLM 1.108.7"),
    ],
)
def test_what_cannot_be_restored_is_said_and_nothing_is_touched(site, options, backup, what, sentence):
    folder = site.output / "backups/bad"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(site.output / "backups/one", folder)
    dump, path = folder / "litellm.dump", folder / "manifest.json"
    manifest = json.loads(path.read_text())
    if what == "cut off":
        dump.write_bytes(dump.read_bytes()[:-100])
    elif what == "changed":
        dump.write_bytes(dump.read_bytes()[:-100] + bytes(100))
    elif what == "salt":
        manifest["salt_key"] = "0" * 64
    elif what == "newer":
        manifest["databases"]["litellm"]["last_migration"] = "20261015000000_something"
    path.write_text(json.dumps(manifest))
    before = site.footprint()
    named = {"unknown": "two", "none": ""}.get(what, "bad")
    failed = run(site, options, "restore", backup=named)
    assert failed.status and sentence in failed.message, failed.output[-3000:]
    assert site.footprint() == before
    shutil.rmtree(folder)


def test_a_bare_host_has_all_of_it_again(site, options, backup):
    _manifest, keys = backup
    values = {name: site.store.get("keys", name) for name in site.store.names("keys")}
    kept = site.output.with_name(f"{site.output.name}-kept")
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(site.output / "backups", kept)
    removed = site.run("-e", "remove_data=true", "-e", "remove_store=true", playbook="remove")
    assert removed.status == 0 and not site.containers() and not site.store.names("keys"), removed.output[-3000:]
    try:
        restored = run(site, options | {"backup_dir": str(kept)}, "restore", backup="one")
        assert restored.status == 0, restored.output[-3000:]
        assert {name: site.store.get("keys", name) for name in values} == values
        assert sql(site, KEYS) == keys and site.unknown_keys() == []
        print(f"from a bare host with images present: {restored.seconds:.0f} s")
    finally:
        shutil.rmtree(kept)


def test_what_was_revoked_since_is_not_brought_back(site, options, backup):
    name = site.store.names("keys")[0]
    seen = site.store.get("keys", name)
    revoked = site.run(playbook="rotate_keys", rotate_keys=name, rotate_revoke=True)
    assert revoked.status == 0, revoked.output[-3000:]
    restored = run(site, options, "restore", backup="one")
    assert restored.status == 0, restored.output[-3000:]
    assert f"the gateway had a value of key '{name}' that was revoked" in " ".join(restored.output.split())
    tokens = sql(site, KEYS)
    assert sha256(seen) not in tokens and sha256(site.store.get("keys", name)) in tokens
    again = site.run()
    assert again.status == 0 and again.changed == [], again.output[-3000:]


def test_an_upgrade_and_the_way_back(site, options, backup, images):
    """With the newest version the data is the same, and with what was taken before so it is with the old one."""
    keys = sql(site, KEYS)
    upgraded = run(site, options, "upgrade", litellm_gateway_version=NEWEST_TESTED)
    assert upgraded.status == 0, upgraded.output[-3000:]
    said = re.search(r"restore\.yml -i INVENTORY -e backup=(\S+) -e litellm_gateway_version=(\S+)", upgraded.output)
    assert said and said[2] == MINIMUM, upgraded.output[-3000:]
    assert f"(LiteLLM {NEWEST_TESTED}, database connected)" in upgraded.output
    assert f"has to say so from now on (litellm_gateway_version: {NEWEST_TESTED})" in " ".join(upgraded.output.split())
    refused = site.run()  # the inventory still has the old one
    assert refused.status and f"has been changed by LiteLLM {NEWEST_TESTED}" in refused.message
    back = run(site, options, "restore", backup=said[1], litellm_gateway_version=said[2])
    assert back.status == 0, back.output[-3000:]
    assert f"(LiteLLM {MINIMUM}, database connected)" in back.output
    assert sql(site, KEYS) == keys and site.unknown_keys() == []
