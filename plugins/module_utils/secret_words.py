# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What looks like a secret, by what it is called or by how it is written. Rather one too many than one too few."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NAME = re.compile(
    r"(api_?key|secret|token|passw|pwd|passphrase|credentials?$|[_\-]key$|^key$|headers?$|^auth|authorization|cookie|dsn$)",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"""
      \b(sk|pk|rk|tvly|hf|gsk|xai|pplx|napi|nvapi)[-_][A-Za-z0-9_\-]{8,}   # what providers begin their keys with
    | \b(gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-|AKIA|ASIA|AIza)[A-Za-z0-9_\-]{8,}
    | \beyJ[A-Za-z0-9_\-]{8,}\.                                            # a JSON web token
    | \b(bearer|basic)\s+\S{6,}
    | ://[^/\s@]*:[^/\s@]+@                                                # a password in a URL
    | [?&;][^=&\s]*(key|token|secret|passw|auth|sig|code)[^=&\s]*=[^&\s]+  # or a parameter
    | (^|\s)--?[\w\-]*(key|token|secret|passw|auth)[\w\-]*[=:]\S+          # an option of a program
    | \b(password|passwd|pwd|secret|token)\s*[=:]\s*\S+
    | litellm_enc::
    | \*{4,}                                                               # one that is masked
    | -----BEGIN
    """,
    re.IGNORECASE | re.VERBOSE,
)
_OPTION = re.compile(r"--?[\w\-]*(key|token|secret|passw|auth|header)[\w\-]*", re.IGNORECASE)


def is_reference(value: str) -> bool:
    """Whether it only says where a secret is."""
    return value.startswith("os.environ/")


def looks_secret(name: str, value: Any) -> bool:
    """Whether the value of this name is one that nobody should read."""
    if not isinstance(value, str) or not value or is_reference(value):
        return False
    return bool(_VALUE.search(value)) or (name != "litellm_credential_name" and bool(NAME.search(name)))


def without_secrets(
    value: Any, stand_in: Any, name: str = "", all_of_it: bool = False, path: tuple[str, ...] = ()
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
    if isinstance(value, str) and value and (looks_secret(name, value) or (all_of_it and not is_reference(value))):
        return stand_in(path)
    return value


def _holds_secrets(name: str, value: Any) -> bool:
    return isinstance(value, (Mapping, list)) and bool(NAME.search(name))


def _follows_option(words: list[Any], number: int) -> bool:
    """Whether the word before is an option that a secret follows, such as --api-key."""
    before = words[number - 1] if number else None
    return isinstance(before, str) and _OPTION.fullmatch(before) is not None
