# SPDX-License-Identifier: GPL-3.0-or-later
"""An entry with an OpenAPI document: what runs, what is secret, and what is said of one that cannot be."""

from __future__ import annotations

import json
import re
import secrets
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_openapi import mcp_openapi
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_services import mcp_services
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services import mcp_openapi as mcp_openapi_parts
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.openapi import tools
from tree import TOP

TEXT = """
openapi: 3.1.0
info: {title: Notes, version: 2026-01-01}
paths:
  /notes:
    get:
      operationId: list_notes
      parameters:
        - {name: state, in: query, schema: {type: string, enum: [on, off, no], default: on, example: 2026-01-01}}
        - {name: all, in: query, schema: {type: boolean, default: false}}
"""


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "notes.yml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def entry(path, **more):
    return {"name": "my-notes", "openapi": {"document": str(path), "base_url": "http://notes.lan/api/", **more}}


def one(given):
    (made,) = mcp_services([given])
    return made


def prepared(given):
    return json.loads(mcp_openapi(one(given)["openapi"]))


def wrong(what, *arguments):
    with pytest.raises(AnsibleFilterError) as caught:
        what(*arguments)
    assert "\n" not in caught.value.message
    return caught.value.message


def test_what_runs_and_what_is_registered(document):
    value = secrets.token_urlsafe(16)
    made = one({**entry(document, auth={"X-Api-Key": value, "Authorization": f"Bearer {value}"}), "internet": True})
    assert made["image"] == {"name": "mcp-openapi"} and made["command"] == []
    assert made["environment"] == {"MCP_OPENAPI_BASE_URL": "http://notes.lan/api"}
    assert made["secret_environment"] == {
        "MCP_OPENAPI_HEADER_1": f"Authorization: Bearer {value}",
        "MCP_OPENAPI_HEADER_2": f"X-Api-Key: {value}",
    }
    assert made["registration"] == {"name": "my_notes", "transport": "http", "url": "http://mcp-my-notes:8000/mcp"}
    # What reads the document knows the headers' names, and no value.
    assert made["openapi"]["headers"] == ["Authorization", "X-Api-Key"] and value not in str(made["openapi"])


def test_one_without_a_document_or_that_goes_has_none(document):
    assert one({"name": "time"})["openapi"] == {}
    assert one({**entry(document), "state": "absent"})["openapi"] == {}


def test_the_documents_text_means_what_openapi_means(document):
    made = prepared(entry(document))["paths"]["/notes"]["get"]["x-mcp"]["input"]["properties"]
    text = {"type": "string", "enum": ["on", "off", "no"], "default": "on", "examples": ["2026-01-01"]}
    assert made == {"state": text, "all": {"type": "boolean", "default": False}}


MADE = json.dumps({"openapi": "3.0.3", "paths": {"/ä": {"get": {"operationId": "a"}}}}, ensure_ascii=False)


@pytest.mark.parametrize(
    "data",
    [
        *(text.encode(code) for text in (TEXT, MADE) for code in ("utf-8", "utf-8-sig", "utf-16", "utf-32")),
        *(MADE.encode(code) for code in ("utf-16-le", "utf-16-be")),
        # What editors and shells leave around it.
        f"\r\n\n{MADE}\n\n".encode(),
        TEXT.replace("\n", "\r\n").encode(),
        f"---\n{TEXT}\n...\n".encode(),
        f"%YAML 1.2\n---\n{TEXT}".encode(),
        # YAML that begins like JSON.
        b"{openapi: 3.0.3, paths: {/a: {get: {description: true or false}}}}",
        b'{"openapi": "3.0.3", "paths": {"/a": {"get": {}},},} # a',
    ],
)
def test_a_document_as_editors_write_it(document, data):
    document.write_bytes(data)
    assert len(tools(prepared(entry(document)))) == 1


@pytest.mark.parametrize("version", ["3.0", "3.1", "'3.0'", "3.0.0", "3.1.2", "3.0.0-rc2", "3.0.3 # the newest"])
def test_a_version_as_people_write_it(document, version):
    document.write_text(TEXT.replace("3.1.0", version), encoding="utf-8")
    assert set(tools(prepared(entry(document)))) == {"list_notes"}


@pytest.mark.parametrize(
    ("text", "path", "description"),
    [
        ("true if it is deleted", "/a", "true if it is deleted"),
        ("falsely told", "/a", "falsely told"),
        ("yes", "/a", "yes"),
        ("12:30:45", "/on", "12:30:45"),
        ("2026-01-01", "/no", "2026-01-01"),
        ("1.10", "/010", "1.10"),
        ("true", "/1.10", "true"),
    ],
)
def test_a_text_as_people_write_it(document, text, path, description):
    lines = ["openapi: 3.0.3", "paths:", f"  {path}:", "    get:", "      operationId: a", f"      description: {text}"]
    document.write_text("\n".join(lines), encoding="utf-8")
    assert prepared(entry(document))["paths"][path]["get"]["description"] == description


def test_numbers_that_are_texts(document):
    schema = "{type: string, enum: [010, 1.0, 0x1F, true, no], default: 010}"
    parameter = f"{{name: 1.10, in: query, schema: {schema}}}"
    document.write_text(f"openapi: 3.0.3\npaths: {{/a: {{get: {{parameters: [{parameter}]}}}}}}", encoding="utf-8")
    made = prepared(entry(document))["paths"]["/a"]["get"]["x-mcp"]["input"]["properties"]
    assert made == {"1.10": {"type": "string", "enum": ["010", "1.0", "0x1F", "true", "no"], "default": "010"}}


def test_what_unfolds_without_end_is_said(document, monkeypatch):
    monkeypatch.setattr(mcp_openapi_parts, "LARGEST_DOCUMENT", 100)
    document.write_text(TEXT + "x-a: &a [1, 2, 3, 4, 5]\nx-b: [" + "*a, " * 20 + "*a]\n", encoding="utf-8")
    assert "unfolds to more than 100 values: write it without so many aliases" in wrong(prepared, entry(document))


def test_what_has_no_end_is_said(document):
    document.write_text(TEXT + "x-a: &a [*a]\n", encoding="utf-8")
    assert "is nested too deeply to be one: name another" in wrong(prepared, entry(document))
    document.write_text('{"openapi": ' + "[" * 150 + "]" * 150 + "}", encoding="utf-8")
    assert "is nested too deeply to be one: name another" in wrong(prepared, entry(document))


def test_a_document_that_is_too_large_is_said(document, monkeypatch):
    monkeypatch.setattr(mcp_openapi_parts, "LARGEST", len(TEXT) - 1)
    assert "has over 0 MB: name a smaller one" in wrong(prepared, entry(document))


def test_no_sentence_has_the_password_of_an_address():
    value = secrets.token_urlsafe(16)
    for rest in ("127.0.0.1:1/a.yml", "[/a.yml", "127.0.0.1:port/"):
        said = wrong(prepared, entry(f"http://me:{value}@{rest}"))
        assert value not in said and "cannot be fetched by the controller" in said


def test_a_document_that_is_fetched(document):
    handler = partial(SimpleHTTPRequestHandler, directory=str(document.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            assert "/notes" in prepared(entry(f"{url}/notes.yml"))["paths"]
            assert "cannot be fetched by the controller: HTTP Error 404" in wrong(prepared, entry(f"{url}/other.yml"))
        finally:
            server.shutdown()
    assert "cannot be fetched by the controller" in wrong(prepared, entry(f"{url}/notes.yml"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "cannot be read on the controller: No such file"),
        ("{", "is neither JSON nor YAML"),
        ("a: [", "is neither JSON nor YAML"),
        ("- a", "is not an OpenAPI document"),
        ("", "is not an OpenAPI document"),
        ('{"swagger": "2.0"}', "is of Swagger 2.0: convert it to OpenAPI 3"),
        ("swagger: 2.0", "is of Swagger 2.0: convert it to OpenAPI 3"),
        ("openapi: 2.0", "is of OpenAPI 2.0: only 3.0 and 3.1 can be read"),
        ("openapi: 3.2.0", "is of OpenAPI 3.2.0: only 3.0 and 3.1 can be read"),
        ("openapi: {a: b}", "is of OpenAPI {'a': 'b'}: only"),
        ("openapi: 3.0.3\npaths: [", "is neither JSON nor YAML in line [0-9], column [0-9] .*: correct it there"),
        ("a: !own b", "is neither JSON nor YAML in line 1, column 4 .*!own.*: correct it there"),
        ("a: 1\n---\nb: 2", "is neither JSON nor YAML in line"),
        ("a: \x07", "is neither JSON nor YAML .*: correct it there"),
        ("<!DOCTYPE html><html></html>", "is not an OpenAPI document, which is a dictionary"),
        (b"openapi: \xff", "cannot be read on the controller: it is not UTF-8 at byte 10"),
        (b"\xff\xfe", "is not an OpenAPI document"),
    ],
)
def test_a_document_that_cannot_be(document, text, sentence):
    if text is None:
        document.unlink()
    else:
        document.write_bytes(text if isinstance(text, bytes) else text.encode())
    said = wrong(prepared, entry(document))
    assert re.match(rf"MCP service 'my-notes': the document {document} {sentence}", said), said


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"openapi": "/srv/notes.yml"}, "openapi is a dictionary"),
        ({"openapi": {"url": "http://notes.lan"}}, "openapi has url, and can have document, base_url"),
        ({"document": "notes.yml"}, "a file of the controller by its whole path.*not 'notes.yml'"),
        ({"base_url": ""}, "openapi.base_url is the API's address"),
        ({"base_url": "notes.lan"}, "not 'notes.lan'"),
        ({"base_url": "ftp://notes.lan"}, "not 'ftp://notes.lan'"),
        ({"base_url": "http://[notes"}, "openapi.base_url is"),
        ({"base_url": "http://notes.lan/?a=b"}, "openapi.base_url is"),
        ({"auth": "Bearer"}, "openapi.auth is a dictionary"),
        ({"auth": {"X Key": "v"}}, "'X Key', which is no header's name"),
        ({"auth": {"X-Key": ""}}, "no value.* for the header X-Key"),
        ({"auth": {"X-Key": "a\nb"}}, "one of several lines, for the header X-Key"),
        ({"operations": []}, "operations is a list"),
        ({"operations": "GET *"}, "operations is a list"),
        ({"names": ["a"]}, "names is a dictionary"),
        ({"package": {"pypi": "notes", "version": "1"}}, "package does not go with openapi"),
        ({"command": ["serve"]}, "command does not go with openapi"),
        ({"transport": "stdio"}, "transport: stdio does not go with openapi"),
    ],
)
def test_an_entry_that_cannot_be(document, more, sentence):
    beside = {field: value for field, value in more.items() if field in ("openapi", "package", "command", "transport")}
    given = {**entry(document, **{field: value for field, value in more.items() if field not in beside}), **beside}
    said = wrong(one, given)
    assert re.search(sentence, said), said


def test_the_example_of_the_docs_is_short_and_what_it_makes_is_right(tmp_path):
    text = (TOP / "docs/services.md").read_text(encoding="utf-8")
    example = re.search(r"## An OpenAPI document.*?```yaml\n(mcp_services:\n.*?)```", text, re.DOTALL)[1]
    assert len(example.splitlines()) < 15
    (given,) = yaml.safe_load(example.replace("{{ inventory_dir }}", str(tmp_path)))["mcp_services"]
    create = "    post: {operationId: create_note}\n"
    (tmp_path / "notes.yml").write_text(TEXT + create, encoding="utf-8")
    assert set(tools(prepared(given))) == {"list_notes", "create_note"}
    assert list(one(given)["secret_environment"].values()) == ["X-Api-Key: {{ vault_notes_key }}"]


def test_no_value_of_a_header_is_ever_said(document):
    value = secrets.token_urlsafe(16)
    said = [
        wrong(one, entry(document, auth={"X-Key": f"{value}\n"}, base_url=f"http://me:{value}@notes.lan")),
        wrong(one, entry(document, auth={"X-Key": f"{value}\nb"})),
        wrong(prepared, entry("/nowhere.yml", auth={"X-Key": value})),
    ]
    assert not any(value in sentence for sentence in said)
