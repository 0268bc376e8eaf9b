# SPDX-License-Identifier: GPL-3.0-or-later
"""The Compose file: a golden file, what stays when one service changes, and what a diff shows of it."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import yaml_core
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

# Without the line that says its licence.
GOLDEN = (Path(__file__).parent / "compose.yaml").read_text(encoding="utf-8").partition("\n")[2]
NOTES = {
    "name": "mcp-notes",
    "image": {"name": "mcp-bridge"},
    "command": ["--greeting", "a $HOME of one's own"],
    "env": {"HOME": "/tmp", "PRICE": "5$", "PORT": 8000},
    "env_file": "/etc/mcp_lan/mcp/notes.env",
    "networks": [{"name": "mcp-notes-net", "internal": True}, {"name": "mcp-out-net"}],
    "expose": [8000],
    "published_ports": ["127.0.0.1:48001:8000"],
    "volumes": ["/srv/notes:/data:ro", "notes-data:/var/lib/notes"],
    "tmpfs": ["/tmp:rw,noexec,nosuid,size=64m"],
    "memory": "256m",
    "pids_limit": "128",
    "ulimits": ["data:201326592", "nofile:1024:2048"],
    "capabilities": ["CHOWN"],
    "healthcheck": {"test": ["CMD", "true"], "interval": "5s"},
    "wait_timeout": 300,
    "labels": {"mcp_lan.service": "mcp-notes"},
    "extra_hosts": {"printer.lan": "192.0.2.7"},
    "stop_timeout": 5,
}
PLAIN = {"name": "plain", "networks": [], "memory": "64m", "read_only": False}
ALIASED = {"name": "aliased", "networks": [{"name": "one"}, {"name": "two", "aliases": ["db"]}], "memory": "64m"}

OWN = ["CMD", "is-it", "well"]
PULLED = {"image": "registry.lan/plain:1", "source_used": "pull"}


def built(name: str, user: str) -> dict:
    """As the module image returns one that was built."""
    image = {"image": f"mcp-lan/{name}:1", "source_used": "build", "user": user, "healthcheck": [], "read_only": True}
    return image | {"changed": False, "image_id": "sha256:1"}


def services() -> dict:
    return {
        "plain": project.service(PLAIN, PULLED),
        "mcp-notes": project.service(NOTES, built("mcp-notes", "10006:10006"), checked=OWN),
        "aliased": project.service(ALIASED, built("aliased", "10009"), checked=OWN),
    }


def test_the_file_is_as_it_was():
    assert project.text(project.document("mcp-lan", services())) == GOLDEN


def test_what_a_service_logs_is_bound_wherever_it_goes():
    for driver in ("json-file", "local", "journald", "syslog"):
        given = {"name": "one", "log_driver": driver, "log_max_size": "1m", "log_options": {"mode": "blocking", "n": 2}}
        said = project.service(given, {"image": "one", "source_used": "build"}, checked=OWN)["logging"]
        options = {name.removeprefix("cache-"): value for name, value in said["options"].items()}
        assert said["driver"] == driver and (options["max-size"], options["max-file"]) == ("1m", "3")
        assert (options["mode"], options["n"]) == ("blocking", "2"), "what the inventory says comes first"


def test_only_what_has_a_health_check_is_waited_for_by_it():
    """Compose ends with an error where a container's health check has no test."""
    given = {"name": "plain", "wait_timeout": 90}
    published = PULLED | {"healthcheck": ["CMD", "is-it-there"], "read_only": False, "user": ""}
    assert "healthcheck" not in project.service(given, PULLED)
    # Whether what others have published has a shell is not known.
    assert project.service(given, PULLED, checked=OWN)["healthcheck"] == {"start_period": "90s"}
    own = project.service(given | {"healthcheck": {"test": ["CMD", "true"]}}, PULLED)
    assert own["healthcheck"] == {"start_period": "90s", "test": ["CMD", "true"]}
    made = project.service(given, published)
    assert made["healthcheck"]["test"][-1] == "is-it-there" and made["healthcheck"]["start_period"] == "90s"
    assert "read_only" in made and made["read_only"] is False and "user" not in made
    # A mirror of the image that is built here has its own.
    assert project.service(given, published, checked=OWN)["healthcheck"]["test"][-2:] == OWN[1:]


def checks(shell: str, *command: str) -> tuple[int, float]:
    """What a health check comes to that waits for 3 s and not for 44, and how long it takes."""
    began = time.monotonic()
    done = subprocess.run(["sh", "-c", shell, "check", *command], check=False, capture_output=True, text=True)
    assert not done.stderr
    return done.returncode, time.monotonic() - began


def test_a_check_waits_while_all_is_well_and_not_once_it_is_not(tmp_path):
    given = project.service({"name": "plain"}, built("plain", "1"), checked=["CMD-SHELL", "[ -e $FILE ]"])[
        "healthcheck"
    ]
    assert given["test"][0] == "CMD" and given["test"][-3:] == ["sh", "-c", "[ -e $$FILE ]"]
    well, there = tmp_path / "well", tmp_path / "there"
    shell = given["test"][3].replace("$$", "$").replace("/dev/shm/well", str(well))
    starting = shell.replace("sleep 0.5", "sleep 0.05")
    shell = shell.replace("sleep 44", "sleep 3").replace("+ 4", "+ 0")
    asks = ("sh", "-c", f"[ -e {there} ]")
    code, took = checks(shell, *asks)
    assert code == 1 and took < 2.5 and not well.exists(), "not well yet: the next one is soon"
    there.touch()
    code, took = checks(shell, *asks)
    assert code == 0 and took < 2.5 and well.exists(), "the first that finds it well says so at once"
    code, took = checks(shell, *asks)
    assert code == 0 and took >= 3 and well.exists()
    there.unlink()
    code, took = checks(shell, *asks)
    assert code == 1 and took >= 3 and not well.exists()
    assert checks(shell, *asks)[1] < 2.5
    # A start is waited for no longer than it takes.
    later = f"n=$(cat {tmp_path}/n 2>/dev/null || echo 0); echo $((n + 1)) >{tmp_path}/n; [ $n -ge 3 ]"
    code, took = checks(starting, "sh", "-c", later)
    assert code == 0 and took < 2.5 and well.exists() and (tmp_path / "n").read_text() == "4\n"
    # What hangs has taken its time already.
    well.unlink()
    code, took = checks(starting.replace("timeout 5", "timeout 0.3"), "sleep", "9")
    assert code == 1 and took < 2.5
    # What takes long and says no, as a check with a limit of its own does, is not asked for ever.
    code, took = checks(starting.replace("+ 4", "+ 1"), "sh", "-c", "sleep 0.8; exit 3")
    assert code == 1 and took < 2.5
    # Where there is nothing to keep it in, each is a check all the same.
    assert checks(shell.replace(str(well), "/proc/none"), "true")[0] == 0


def test_whoever_says_how_often_is_obeyed():
    def of(**own) -> dict:
        return project.service({"name": "plain", "healthcheck": own}, built("plain", "1"), checked=OWN)["healthcheck"]

    patient = of(test=["CMD-SHELL", "it is"])
    assert patient["test"][-1] == "it is" and patient["interval"] == "200ms"
    for own in ({"test": ["CMD", "true"], "interval": "9s"}, {"interval": "9s"}, {"disable": True}, {"test": ["NONE"]}):
        assert of(**own) == own


def test_a_check_has_time_for_its_wait_and_its_command():
    given = project.service({"name": "plain"}, built("plain", "1"), checked=OWN)["healthcheck"]
    seconds = [int(number) for number in re.findall(r"(?:sleep|timeout) (\d+)", given["test"][3])]
    assert sum(seconds) < int(given["timeout"].removesuffix("s"))


def test_what_is_read_again_is_what_was_written():
    document = project.document("mcp-lan", services())
    names = {"networks": dict.fromkeys(document["networks"], False), "volumes": tuple(document["volumes"])}
    closed = project.text(project.document("mcp-lan", services(), internal=["mcp-notes-net", "gone-net"]))
    assert project.read(closed, "compose.yaml").networks == {**names["networks"], "mcp-notes-net": True}
    assert project.read(GOLDEN, "compose.yaml") == project.Written(services(), **names)
    paths = {"plain": ["/etc/mcp_lan/plain", "/etc/mcp_lan/plain/a.conf"]}
    written = project.text(project.document("mcp-lan", services(), {**paths, "gone": ["/etc/x"], "aliased": []}))
    assert project.read(written, "compose.yaml") == project.Written(services(), paths, **names)


def test_what_is_a_text_is_one_to_every_reader():
    """To PyYAML 1e3 is a text anyway, and to Compose it would be 1000."""
    texts = ["1e3", "1.5e3", "0o17", "0800", "12", "true", "~", "", "8000:8000", "1e3x"]
    written = project.text({"services": {"a": {"command": texts, "environment": {"1e5": "1e5"}}}})
    for reader in (yaml_core.load_own, lambda text: yaml_core.load(text, 20)):
        assert reader(written)["services"]["a"] == {"command": texts, "environment": {"1e5": "1e5"}}


@pytest.mark.parametrize("text", ["y", "N", "0X1F", "0B101", "2026-1-5"])
def test_what_is_none_to_the_libraries_of_go_is_in_quotes(text):
    assert project.text({"services": {"a": {"environment": {text: text}}}}).endswith(f"'{text}': '{text}'\n")


def test_networks_and_volumes_go_with_the_last_service_that_has_them():
    left = {name: each for name, each in services().items() if name != "mcp-notes"}
    document = project.document("mcp-lan", left)
    assert set(document["networks"]) == {"one", "two"} and "volumes" not in document


@pytest.mark.parametrize(
    "text", ["services: [", "services: {notes: 5}", "- a list", "services: text", "x-mcp-lan-paths: 5"]
)
def test_a_file_that_is_not_ours_is_a_sentence(text):
    with pytest.raises(UserError, match="is not the Compose file that the collection wrote: remove it"):
        project.read(text, "/etc/mcp_lan/compose.yaml")


def test_a_diff_shows_of_an_environment_which_values_are_others_and_none_of_them():
    before = project.document("mcp-lan", services())
    changed = services()
    changed["mcp-notes"]["environment"] |= {"PRICE": "6$$", "NEW": "hidden-too"}
    old, new = project.shown(before, project.document("mcp-lan", changed))
    environment = yaml.safe_load(new)["services"]["mcp-notes"]["environment"]
    assert environment["PRICE"] == "(not shown, another one)"
    assert environment["HOME"] == environment["NEW"] == "(not shown)"
    for hidden in ("5$", "6$", "hidden-too"):
        assert hidden not in old + new
    assert before == project.document("mcp-lan", services())


def test_an_environment_file_is_plain_where_it_can_be():
    assert project.env_file({"KEY": "sk-1_a", "URL": "postgresql://a:b%20@c:5432/d"}) == (
        "KEY=sk-1_a\nURL=postgresql://a:b%20@c:5432/d\n"
    )


def test_a_word_of_any_language_can_be_read_in_the_file():
    assert "Büro" in project.text({"services": {"a": {"command": ["Büro"]}}})
