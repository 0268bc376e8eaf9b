# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What looks like a secret, by what it is called or by how it is written, and how it is hidden.

Rather one too many than one too few. Diffs, messages, exports and build logs all ask here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

HIDDEN = "(hidden)"

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET = frozenset(
    "apikey apikeys auth authentication authorization bearer connstr cookie cookies cred creds credential credentials "
    "dsn headers header jwt key keys mnemonic oauth otp pass passcode passkey passphrase passwd password passwords "
    "pat pats pem pwd sas secret secrets sig signature token tokens totp webhook webhooks".split()
)
# Written together with what they are of: PGPASSWORD, dbpass, ngrokauthtoken, accesskey.
_TOGETHER = re.compile(
    r"secret.*|passw.*|credential.*|apikey.*|.*(pass|passwd|password|passphrase|pwd|secret|token|apikey|cookie|credentials?)"
    r"|.*(access|account|api|app|auth|client|encryption|license|master|preshared|priv|private|service|shared|signing"
    r"|subscription)keys?"
    r"|(admin|db|root|user)pw|.*sess(ion)?id"
)
# What a name has to end with: SALT and WIFI_PSK, and not SALT_STACK, PIN_MODE or SESSION_STORE.
_AT_THE_END = frozenset("csrf hmac licence license nsec pepper pin psk pw salt session xsrf".split())
_WHOLE_WORDS = frozenset("bypass compass overpass secretariat secretary surpass trespass underpass".split())
_TOGETHER_WITH = (
    ("access", "code"),
    ("access", "key", "id"),
    ("connection", "string"),
    ("conn", "string"),
    ("master", "seed"),
    ("recovery", "phrase"),
    ("sas", "url"),
    ("secret", "id"),
    ("seed", "phrase"),
    ("service", "account", "json"),
    ("session", "id"),
    ("session", "string"),
    ("wallet", "seed"),
)
# What a name ends with that is about a secret and not the secret: AUTH_TYPE, TOKEN_URL, PASSWORD_FILE.
_ABOUT = frozenset(
    "age alg algorithm at audience bytes class column columns count date dir directory disabled domain enabled "
    "endpoint expiration expires expiry field fields file filename folder host hours id ids interval issuer length "
    "limit location method minutes mode ms name names path paths port prefix provider realm region required rotation "
    "schema scheme scope scopes seconds server size suffix time timeout ttl type uri url version".split()
)
# What is counted or looked up, and keys that open nothing.
_COUNTED = frozenset(
    "budget completion context cost count input limit max maximum min minimum num output per prompt total".split()
)
_OPENS_NOTHING = frozenset("cache foreign group partition primary public sort".split())
_SWITCH = re.compile(r"true|false|yes|no|on|off|none|null|[01]", re.IGNORECASE)
# A number of fewer digits is a count; a PIN has four.
_LEAST_NUMBER = 1000
_VALUE = re.compile(
    r"""
      \b(sk|pk|rk|tvly|hf|gsk|xai|pplx|napi|nvapi)[-_][A-Za-z0-9_\-]{8,}   # what providers begin their keys with
    | \b(gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-|AKIA|ASIA|AIza)[A-Za-z0-9_\-]{8,}
    | \beyJ[A-Za-z0-9_\-]{8,}\.                                            # a JSON web token
    | \b(bearer|basic)\s+\S{6,}
    | ://[^/\s@]*:[^/\s@]+@                                                # a password in a URL
    | [?&;\#][^=&\s]*(key|token|secret|passw|auth|sig|code)[^=&\s]*=[^&\s]+  # or a parameter
    | ://hooks\.slack\.com/\w+/[^/\s]+/\S+                                   # an address that is itself the secret
    | ://([\w-]+\.)?discord(app)?\.com/api/(v\d+/)?webhooks/\d+/\S+
    | ://[\w.-]+\.webhook\.office\.com/\S{8,}
    | litellm_enc::
    | \*{4,}                                                               # one that is masked
    | -----BEGIN
    """,
    re.IGNORECASE | re.VERBOSE,
)
# What others begin their keys with, in their own case: in another one sg.example.lan would be one, too.
_VALUE_AS_WRITTEN = re.compile(
    r"""
      \b(ntn|lin_api|lin_oauth|do[opr]_v1|shp(at|ca|pa|ss)|figd|glsa|r8|sbp|dckr_pat|sntry[su])_[A-Za-z0-9_\-]{8,}
    | \bnpm_[A-Za-z0-9]{16,}(?![A-Za-z0-9_])
    | \bpypi-(?=[\w\-]*[A-Z])[\w\-]{12,}
    | \bhv[bsr]\.[A-Za-z0-9_\-]{12,}(?![\w\-]|\.\w)
    | \bSG\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}
    | \bAT(ATT|CTT|BB)[A-Za-z0-9_\-=]{8,}
    | (?<![\w:.\-])(bot)?\d{8,10}:[A-Za-z0-9_\-]{30,}              # of a Telegram bot
    """,
    re.VERBOSE,
)
_OPTION = re.compile(r"--?[A-Za-z][\w\-]*")
# NAME=value and name: value, among them options of a program and headers.
_ASSIGNED = re.compile(r"([A-Za-z][\w.\-]*)[\"']?\s*[=:]\s*[\"']?([^\s\"';&,]+)")
# The same in a log: of what follows an authorization's name both words, and no version of a package (PyJWT==2).
_ASSIGNED_IN_TEXT = re.compile(
    r"""(?P<name>[A-Za-z][\w.\-]*)(?P<sign>["']?[ \t]*(?:=(?!=)|:(?!//))[ \t]*["']?)"""
    r"""(?P<value>(?:(?:bearer|basic|token)[ \t]+)?[^\s"';&,]+)""",
    re.IGNORECASE,
)
_KEY = re.compile(r"sk-[A-Za-z0-9_\-]{6,}")
_LOGIN = re.compile(r"(\w+://)[^\s/@]+@")
# A variable as LiteLLM and client programs write one, alone or where a header or an option has its value. With a
# default (${NAME:-value}, or ${NAME:value} as Spring has it) it is that value.
_OF_LITELLM = re.compile(r"os\.environ/\w+")
_REFERENCE = re.compile(
    rf"{_OF_LITELLM.pattern}"
    r"|(?:[\w\-]+\s*[:=]\s*)?(?:(?:bearer|basic|token)\s+)?"
    r"(?:\$\{[a-z_][\w.]*\}|\$\{env:[a-z_]\w*\}|\$\{(?:command|config|file|input|secrets?):[\w./~\-]+\}"
    r"|\$\{\{\s*[a-z_][\w.\-]*\s*\}\}|\{env:[a-z_]\w*\}|\{file:[\w./~\-]+\})",
    re.IGNORECASE,
)


def is_reference(value: str) -> bool:
    """Whether it only says where a secret is."""
    return _REFERENCE.fullmatch(value) is not None


def names_secret(name: str) -> bool:
    """Whether something of this name is a secret: an option, a variable, a header, a field."""
    words = [word.lower() for word in _WORD.findall(name)]
    if not words:
        return False
    ends = [at + len(one) for one in _TOGETHER_WITH for at in range(len(words)) if tuple(words[at:][: len(one)]) == one]
    if len(words) in ends:
        return True
    if words[-1] in _ABOUT:
        return "webhook" in words
    return bool(ends) or any(_is_secret_word(words, at) for at in range(len(words)))


def _is_secret_word(words: list[str], at: int) -> bool:
    word = words[at]
    if word in _AT_THE_END:
        return at == len(words) - 1
    if word in ("token", "tokens") and _COUNTED & set(words):
        return False
    if word in ("key", "keys") and at and words[at - 1] in _OPENS_NOTHING:
        return False
    if word == "pass" and words[at + 1 : at + 2] == ["through"]:
        return False
    return word in _SECRET or (word not in _WHOLE_WORDS and _TOGETHER.fullmatch(word) is not None)


def looks_secret(name: str, value: Any) -> bool:
    """Whether the value of this name is one that nobody should read."""
    if _is_number(value):
        return names_secret(name)
    if not isinstance(value, str) or not value or is_reference(value):
        return False
    if (
        _VALUE.search(value)
        or _VALUE_AS_WRITTEN.search(value)
        or any(names_secret(said) and not _SWITCH.fullmatch(what) for said, what in _ASSIGNED.findall(value))
    ):
        return True
    return name != "litellm_credential_name" and names_secret(name) and not _SWITCH.fullmatch(value)


def is_secret(parameter: str, value: Any) -> bool:
    """Whether a parameter of LiteLLM's is one by its name; a reference to a variable or a credential may be read."""
    if parameter == "litellm_credential_name" or (isinstance(value, str) and _OF_LITELLM.fullmatch(value)):
        return False
    return (isinstance(value, (str, dict)) or _is_number(value)) and names_secret(parameter)


def _is_number(value: Any) -> bool:
    """Whether it is a number that may be a PIN, a password or a key, which YAML has taken for one."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) >= _LEAST_NUMBER


def _hidden(_path: tuple[str, ...]) -> str:
    return HIDDEN


def without_secrets(
    value: Any,
    stand_in: Callable[[tuple[str, ...]], Any] = _hidden,
    name: str = "",
    all_of_it: bool = False,
    path: tuple[str, ...] = (),
) -> Any:
    """The same, with I(stand_in) (called with the path to it) in place of each text that is or may be a secret."""
    if isinstance(value, Mapping):
        return {
            inner: without_secrets(
                one, stand_in, str(inner), all_of_it or _holds_secrets(str(inner), one), (*path, str(inner))
            )
            for inner, one in value.items()
        }
    if isinstance(value, list):
        return [
            without_secrets(one, stand_in, "", all_of_it or _follows_option(value, number), (*path, str(number)))
            for number, one in enumerate(value)
        ]
    if looks_secret(name, value) or (all_of_it and _may_be_one(value)):
        return stand_in(path)
    return value


def _may_be_one(value: Any) -> bool:
    """Whether a value among secrets may itself be one."""
    return (isinstance(value, str) and bool(value) and not is_reference(value)) or _is_number(value)


def text_without_secrets(text: str) -> str:
    """A text such as a log, without the logins of URLs and without what is assigned to the name of a secret."""

    def hide(found: re.Match[str]) -> str:
        if names_secret(found["name"]) and not _SWITCH.fullmatch(found["value"]):
            return found["name"] + found["sign"] + HIDDEN
        return found["name"] + found["sign"] + _ASSIGNED_IN_TEXT.sub(hide, found["value"])

    return _ASSIGNED_IN_TEXT.sub(hide, _LOGIN.sub(rf"\1{HIDDEN}@", text))


def without_keys(text: str, *secrets: str | None) -> str:
    """What a gateway says: LiteLLM repeats keys in some of its errors, and names much that is none (key_alias)."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "sk-...")
    return _KEY.sub("sk-...", text)


def _holds_secrets(name: str, value: Any) -> bool:
    return isinstance(value, (Mapping, list)) and names_secret(name)


def _follows_option(words: list[Any], number: int) -> bool:
    """Whether the word before is an option that a secret follows, such as --api-key."""
    before = words[number - 1] if number else None
    return isinstance(before, str) and _OPTION.fullmatch(before) is not None and names_secret(before)
