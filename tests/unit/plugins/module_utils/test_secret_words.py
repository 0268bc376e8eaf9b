# SPDX-License-Identifier: GPL-3.0-or-later
"""What is a secret, by the names that MCP servers, gateways and their client programs use."""

from __future__ import annotations

import json

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import image_build
from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import (
    HIDDEN,
    is_secret,
    looks_secret,
    names_secret,
    text_without_secrets,
    without_secrets,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import _open_webui
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients import plan
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from hypothesis import given
from hypothesis import strategies as st

# Variables that the READMEs of MCP servers on npm and PyPI name, headers of their APIs, and fields of programs.
SECRETS = """
    ADO_MCP_AUTH_TOKEN AIRTABLE_API_KEY APIFY_TOKEN ATLASSIAN_API_TOKEN AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    AWS_SESSION_TOKEN AZURE_CLIENT_SECRET AZURE_DEVOPS_EXT_PAT AZURE_DEVOPS_PAT AZURE_STORAGE_CONNECTION_STRING
    BASIC_AUTH BRAVE_API_KEY CLICKHOUSE_PASSWORD CONFLUENCE_PERSONAL_TOKEN DB_PASS DBPASS DD_APP_KEY DD_API_KEY
    DISCORD_TOKEN DISCORD_WEBHOOK_URL EMAIL_PASSWORD ES_API_KEY ELASTICSEARCH_PASSWORD EXA_API_KEY FIGMA_API_KEY
    FIRECRAWL_API_KEY GITHUB_PAT GITHUB_PERSONAL_ACCESS_TOKEN GITLAB_PERSONAL_ACCESS_TOKEN
    GOOGLE_APPLICATION_CREDENTIALS GOOGLE_PRIVATE_KEY_BASE64 GOOGLE_SERVICE_ACCOUNT_JSON GRAFANA_API_KEY
    GRAFANA_SERVICE_ACCOUNT_TOKEN HASS_TOKEN HF_TOKEN IMAP_PASS JIRA_API_TOKEN JWT KAGI_API_KEY LINEAR_API_KEY
    LINKEDIN_COOKIE MDB_MCP_API_CLIENT_SECRET MDB_MCP_CONNECTION_STRING MNEMONIC MYSQL_PASS MYSQL_PWD N8N_API_KEY
    NEO4J_PASSWORD NGROK_AUTHTOKEN NOTION_TOKEN NPM_CONFIG__AUTH OBSIDIAN_API_KEY OPENAPI_MCP_HEADERS
    OP_SERVICE_ACCOUNT_TOKEN PAGERDUTY_USER_API_KEY PGPASSWORD PLEX_TOKEN POSTGRES_PASSWORD PROXMOX_TOKEN_VALUE
    REDDIT_CLIENT_SECRET REDIS_PWD SENTRY_AUTH_TOKEN SENTRY_DSN SLACK_BOT_TOKEN SLACK_MCP_XOXC_TOKEN SLACK_WEBHOOK_URL
    SMTP_PASS SNOWFLAKE_PASSWORD SPOTIFY_CLIENT_SECRET SSH_KEY_PASSPHRASE SSH_PRIVATE_KEY STRIPE_SECRET_KEY
    SUPABASE_ACCESS_TOKEN SUPABASE_SERVICE_ROLE_KEY TAVILY_API_KEY TELEGRAM_SESSION_STRING TODOIST_API_TOKEN
    TWILIO_AUTH_TOKEN WALLET_SEED_PHRASE ZOTERO_API_KEY API_KEYS API_KEY_1 Authorization Proxy-Authorization X-API-Key
    X-Auth X-Goog-Api-Key Ocp-Apim-Subscription-Key Cookie Set-Cookie auth pwd pass passphrase cookie dsn apiKey
    apikey accessToken clientSecret bearerToken authtoken privateKey httpHeaders api_key aws_access_key_id
    aws_secret_access_key azure_ad_token vertex_credentials extra_headers azure_password
    DB_PW ROOT_PW PW DBPW PIN SIM_PIN userPin PSK WIFI_PSK PRESHAREDKEY SALT PASSWORD_SALT PEPPER WALLET_SEED
    MASTER_SEED SESSION SESSION_ID sessionId JSESSIONID PHPSESSID TELEGRAM_SESSION CSRF X-CSRF-Token HMAC PRIVKEY
    WALLET_PRIVKEY NSEC NOSTR_NSEC ACCESS_CODE SAS_URL STORAGE_SAS_URL SECRET_ID VAULT_SECRET_ID LICENSE LITELLM_LICENSE
    LICENSE_KEY
    GOOGLE_SERVICE_ACCOUNT_JSON_BASE64
""".split()
OTHERS = """
    ALLOWED_DIRECTORIES AUTHOR AUTH0_DOMAIN AUTH_METHOD AUTH_TYPE AWS_PROFILE AWS_REGION AZURE_TENANT_ID BYPASS
    CACHE_KEY CLICKHOUSE_HOST CLIENT_ID COMPASS_HOME COOKIE_DOMAIN CREDENTIALS_PATH DEBUG GITHUB_HOST GITHUB_OWNER
    GOOGLE_CLIENT_ID GRAFANA_URL HOME KEYBOARD_LAYOUT KUBECONFIG LANG LOG_LEVEL MAX_TOKENS MEMORY_FILE_PATH MONKEY
    MYSQL_DATABASE MYSQL_USER NODE_ENV OAUTH_SCOPES PASSTHROUGH PASSWORD_FILE PATH PATTERN PORT PRIMARY_KEY PUBLIC_KEY
    PYTHONUNBUFFERED SSH_KEY_PATH TOKENIZERS_PARALLELISM TOKEN_URL TRANSPORT TZ WORKSPACE X-Region Accept model
    api_base api_version max_tokens input_cost_per_token output_cost_per_token rpm tpm timeout temperature
    SESSION_TIMEOUT SESSION_STORE SESSION_NAME SESSIONS PIN_MODE PINNED SPIN SALT_STACK SALT_ROUNDS BASALT PEPPERMINT
    TOKEN_LIMIT PRIMARY_KEY_COLUMN API_KEY_FIELD KEY_COLUMN SEED RANDOM_SEED CSRF_ENABLED CSRF_TRUSTED_ORIGINS
    HMAC_ALGORITHM HMAC_SHA LICENSE_TYPE LICENSE_URL LICENSE_FILE LICENSED PWDEBUG PW_BROWSER PSKOV ACCESS_CODE_LENGTH
    SESSION_ID_LENGTH SERVICE_ACCOUNT_JSON_PATH SECRETARY pass_through PASS_THROUGH_ENDPOINTS BASE_CODE STATUS_CODE
    TWILIO_ACCOUNT_SID KEY_CREATED_AT SENSEC
""".split()


@pytest.mark.parametrize("name", SECRETS)
def test_names_of_secrets(name):
    assert names_secret(name) and looks_secret(name, "placeholder-1")


@pytest.mark.parametrize("name", OTHERS)
def test_names_of_what_everybody_may_read(name):
    assert not names_secret(name) and not looks_secret(name, "plain")


@pytest.mark.parametrize("value", ["true", "False", "0", "1", "off", "", "os.environ/X"])
def test_a_switch_is_no_secret_whatever_it_is_called(value):
    assert not looks_secret("DANGEROUSLY_OMIT_AUTH", value)


@pytest.mark.parametrize(
    "value",
    [
        "--pat=abc",
        "MYSQL_PASS=abc",
        "X-Api-Key: abc",
        "Cookie: a=b",
        '{"password": "abc"}',
        "host=db user=u password=abc",
        "Server=db;Pwd=abc",
        "https://u:abc@h/",
        "https://h/?sig=abc",
        "Authorization: Basic abcdefgh",
    ],
)
def test_a_text_that_holds_one(value):
    assert looks_secret("ARG", value)


def letters(number):
    """So many letters and digits, as keys have them."""
    return "aB3dE5gH7j" * (number // 10) + "kL9mN1pQ2r"[: number % 10]


# Put together here, so that none stands in the repository.
FORMS = {
    "Slack": "https://hooks.slack.com" + "/services/T0/B0/" + letters(24),
    "a workflow of Slack": "https://hooks.slack.com" + "/workflows/T0/A0/" + letters(24),
    "Discord": "https://discord.com" + "/api/webhooks/1/" + letters(40),
    "an older one of Discord": "https://ptb.discordapp.com" + "/api/v10/webhooks/1/" + letters(40),
    "Teams": "https://us.webhook.office.com" + "/webhookb2/" + letters(20),
    "Notion": "ntn" + "_" + letters(40),
    "Linear": "lin" + "_api_" + letters(40),
    "npm": "npm" + "_" + letters(36),
    "PyPI": "pypi" + "-" + letters(60),
    "HashiCorp Vault": "hvs" + "." + letters(60),
    "SendGrid": "SG" + "." + letters(22) + "." + letters(43),
    "DigitalOcean": "dop" + "_v1_" + letters(64),
    "Atlassian": "ATATT" + "3" + letters(60),
    "Shopify": "shpat" + "_" + letters(32),
    "Figma": "figd" + "_" + letters(40),
    "Grafana": "glsa" + "_" + letters(32),
    "Telegram": "123456789" + ":" + letters(35),
    "an address with Telegram's": "https://api.telegram.org/bot123456789" + ":" + letters(35) + "/getMe",
    "behind #": "https://h/#" + "token=" + letters(10),
    "behind #, and others": "https://h/#a=b&access_" + "token=" + letters(10),
}


@pytest.mark.parametrize("value", FORMS.values(), ids=FORMS)
def test_a_value_that_is_one_whatever_it_is_called(value):
    assert looks_secret("ARG", value) and without_secrets({"ARG": f"see {value}"}) == {"ARG": HIDDEN}


@pytest.mark.parametrize(
    "value",
    [
        "npm_config_cache",
        "npm_lifecycle_event_of_it",
        "pypi-attestations-verifier",
        "hvs.longer-host-name.lan",
        "sg.example-company.internal-name",
        "https://discord.com/api/v10/users/1",
        "https://hooks.slack.com/help",
        "https://h/#section-two",
        "https://h:12345678/a-path-that-is-longer-than-thirty-letters",
        "2026-01-01T12:30:00",
        "ATTACHMENTS",
        "do_v1_x",
    ],
)
def test_a_value_that_only_begins_like_one(value):
    assert not looks_secret("ARG", value)


@pytest.mark.parametrize("value", [12345678, 1234, -5000, 2.0**40])
def test_a_number_of_a_secrets_name_is_one(value):
    """YAML takes a password of digits for a number."""
    words = {"API_KEY": value, "PIN": value, "headers": {"X-A": value}, "args": ["--pin", value], "PORT": value}
    hidden = {"API_KEY": HIDDEN, "PIN": HIDDEN, "headers": {"X-A": HIDDEN}, "args": ["--pin", HIDDEN], "PORT": value}
    assert without_secrets(words) == hidden
    assert looks_secret("API_KEY", value) and is_secret("api_key", value)


@pytest.mark.parametrize("value", [True, False, None, 0, 1, 3, 0.5])
def test_a_count_or_a_switch_is_none(value):
    assert without_secrets({"keys": value}) == {"keys": value} and not is_secret("api_key", value)


@pytest.mark.parametrize(
    "value", ["--auth-type=none", "MAX_TOKENS=100", "https://h:8080/path", "key", "mode: fast", "a=b"]
)
def test_a_text_that_holds_none(value):
    assert not looks_secret("ARG", value)


def test_what_follows_an_option():
    words = ["--pat", "a1", "--dsn", "b1", "--auth-type", "none", "-e", "SMTP_PASS=c1", "--header", "d1", "--port", "1"]
    hidden = without_secrets(words, lambda _path: "?")
    assert hidden == ["--pat", "?", "--dsn", "?", "--auth-type", "none", "-e", "?", "--header", "?", "--port", "1"]


def test_one_detector_for_models_too():
    assert is_secret("azure_ad_token", "x") and is_secret("extra_headers", {"a": "b"})
    assert not is_secret("max_tokens", "100") and not is_secret("api_key", "os.environ/X")


VALUE = "placeholder-of-a-value"


def _of_a_client(name):
    file = json.dumps({"mcpServers": {"gateway": {"env": {name: VALUE}, name: VALUE}}}).encode()
    return plan.Place("f.json", "json", ("mcpServers", "gateway"), None).shown(file)


def _of_open_webui(name):
    desired = _open_webui.Wanted("gateway", "http://gateway.lan", "a key")
    return _open_webui.shown(
        {}, [{"type": "mcp", "info": {"id": "gateway"}, "headers": {name: VALUE}, name: VALUE}], desired
    )


MASKS = {
    "a diff of a model": lambda name: KINDS["model"].shown({"litellm_params": {name: VALUE}}),
    "a diff of a guardrail": lambda name: KINDS["guardrail"].shown({"litellm_params": {name: VALUE}}),
    "a diff of a client's file": _of_a_client,
    "a diff of Open WebUI": _of_open_webui,
    "a message of a build": lambda name: image_build.last_words(f"ERROR: failed {name}={VALUE} and {name}: {VALUE}"),
}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_whatever_is_shown_hides_the_same(mask, name):
    text = str(mask(name))
    assert VALUE not in text and HIDDEN in text


@pytest.mark.parametrize("name", OTHERS)
def test_what_everybody_may_read_is_shown_everywhere(name):
    for what, mask in MASKS.items():
        assert VALUE in str(mask(name)), what


@pytest.mark.parametrize(
    "value",
    [
        *[
            "${MCP_LAN_KEY}",
            "Bearer ${env:MCP_LAN_KEY}",
            "${{ secrets.KEY }}",
            "Bearer {env:KEY}",
            "Authorization:${KEY}",
        ],
        *["${input:notes-token}", "{file:~/.notes/token}", "os.environ/NOTES_TOKEN"],
    ],
)
def test_a_reference_to_a_variable_is_shown(value):
    words = {"headers": {"Authorization": value}, "args": ["--header", value], "apiKey": value}
    assert without_secrets(words) == words


@pytest.mark.parametrize(
    "value",
    [
        *[
            "${MCP_LAN_KEY}abcdef",
            "pa$$word",
            "$ecret",
            "a{b}c",
            "***",
            "${KEY:-abcdef}",
            "${KEY-abcdef}",
            "${KEY:abcdef}",
        ],
        *["Bearer ${KEY:-abcdef}", "${env:KEY:-abcdef}", "${KEY:=abcdef}", "${{ secrets.KEY || 'abcdef' }}"],
        *["{env:KEY:-abcdef}", "os.environ/KEY or abcdef", "${}"],
    ],
)
def test_a_value_that_only_looks_like_a_reference_is_not(value):
    assert without_secrets({"apiKey": value}) == {"apiKey": HIDDEN}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET https://user:abc@python.lan/simple failed", "GET https://(hidden)@python.lan/simple failed"),
        ("//node.lan/:_authToken=abc and _password = abc", "//node.lan/:_authToken=(hidden) and _password = (hidden)"),
        ("Authorization: Bearer abc, again", "Authorization: (hidden), again"),
        ("env: API_KEY=abc;DEBUG=1", "env: API_KEY=(hidden);DEBUG=1"),
        ("no version satisfies PyJWT==2.8", "no version satisfies PyJWT==2.8"),
        ("http://h.lan:8080/a?b=c", "http://h.lan:8080/a?b=c"),
        ("password:\nnext line", "password:\nnext line"),
    ],
)
def test_a_log_is_hidden_where_it_has_to_be(text, shown):
    assert text_without_secrets(text) == shown


@given(st.text(), st.one_of(st.text(), st.integers(), st.none()))
def test_whatever_it_is_called(name, value):
    assert looks_secret(name, value) in (True, False)
