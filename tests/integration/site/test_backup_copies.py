# SPDX-License-Identifier: GPL-3.0-or-later
"""The site's backups copied to another host by its playbook, and a bare host that is given nothing but the copy."""

from __future__ import annotations

import shutil

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import Server
from copies import ssh_host, ssh_key

pytestmark = pytest.mark.slow

KEYS = 'SELECT token, key_alias, spend FROM "LiteLLM_VerificationToken" ORDER BY token;'


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with ssh_host(tmp_path_factory.mktemp("host")) as made:
        yield made


@pytest.fixture(scope="module")
def options(site, host):
    password = site.output.with_name(f"{site.output.name}-vault-password")
    password.write_text("of this test alone\n")
    password.chmod(0o600)
    variables = {
        "backup_dir": str(site.output / "backups"),
        "backup_copy_repository": host.repository("gateway"),
        "backup_copy_ssh_key": host.key,
        "backup_copy_known_hosts": host.known_hosts,
    }
    yield ["--vault-password-file", str(password)], variables
    password.unlink()


def run(site, options, playbook, *more, **variables):
    return site.run(*options[0], *more, playbook=playbook, **{**options[1], **variables})


def keys(site) -> str:
    return Server(f"{site.prefix}-postgresql", "postgres").sql("litellm", KEYS)


@pytest.fixture(scope="module")
def backup(site, options):
    """A backup and its copy: the keys in it."""
    first = site.run()
    assert first.status == 0, first.output[-3000:]
    before = site.footprint()
    expected = run(site, options, "backup", "--check")
    assert expected.status == 0 and site.footprint() == before, expected.output[-3000:]
    taken = run(site, options, "backup", backup_name="one")
    assert taken.status == 0, taken.output[-3000:]
    assert "got one" in taken.output and "/7 of it read" in taken.output, taken.output[-3000:]
    return keys(site)


def test_a_copy_that_fails_leaves_the_backup_and_the_next_run_makes_up_for_it(site, options, backup, host, tmp_path):
    _, public = ssh_key(tmp_path / "other")
    wrong = f"[127.0.0.1]:{host.port} {public}"
    failed = run(site, options, "backup", backup_name="two", backup_copy_known_hosts=wrong)
    assert failed.status and "the host shows another key than the known one" in failed.message, failed.output[-3000:]
    assert "are whole; the next run copies what is missing" in failed.message
    assert (site.output / "backups/two/manifest.json").is_file()
    after = run(site, options, "backup", backup_name="three")
    assert after.status == 0 and "got two, three" in after.output, after.output[-3000:]
    # And without a place nothing is copied.
    plain = run(site, options, "backup", backup_name="four", backup_copy_repository="")
    assert plain.status == 0 and "Copies" not in plain.output


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"backup": "none"}, "There is no copy none of "),
        ({"backup": "one", "backup_copy_repository": ""}, "backup_copy_repository says no place"),
        (
            {"backup": "one", "backup_copy_password": "of someone else"},
            "its password is another one than that of this run",
        ),
    ],
)
def test_what_cannot_be_fetched_is_said_and_nothing_is_touched(site, options, backup, variables, sentence):
    shutil.rmtree(site.output / "backups", ignore_errors=True)
    before = site.footprint()
    failed = run(site, options, "restore", backup_from="copy", **variables)
    assert failed.status and sentence in failed.message, failed.output[-3000:]
    assert site.footprint() == before


def test_a_bare_host_has_all_of_it_again_from_the_copy(site, options, backup):
    password = site.store.get("secrets", "backup_repository")
    removed = site.run("-e", "remove_data=true", "-e", "remove_store=true", playbook="remove")
    assert removed.status == 0 and not site.containers() and not site.store.names("keys"), removed.output[-3000:]
    shutil.rmtree(site.output / "backups", ignore_errors=True)
    nowhere = run(site, options, "restore", backup="one", backup_from="copy")
    assert nowhere.status and "give it from where you keep it" in nowhere.message, nowhere.output[-3000:]
    given = {"backup": "one", "backup_from": "copy", "backup_copy_password": password}
    expected = run(site, options, "restore", "--check", **given)
    assert not site.containers() and not (site.output / "backups").exists(), expected.output[-3000:]
    restored = run(site, options, "restore", **given)
    assert restored.status == 0, restored.output[-3000:]
    assert keys(site) == backup and site.unknown_keys() == []
    assert site.store.get("secrets", "backup_repository") == password
    print(f"from a bare host with images present: {restored.seconds:.0f} s")
