# SPDX-License-Identifier: GPL-3.0-or-later
"""Every spelling of a path that the expression of a listed route fits."""

from __future__ import annotations

import itertools
import re


def spellings(pattern: str, sample: str = "one") -> list[str]:
    """One for each alternative, and with and without what is optional; where any name may stand, the sample does."""
    found = _of(re._parser.parse(pattern), sample)
    return sorted({path for path in found if re.fullmatch(pattern, path)})


def _of(tokens, sample: str) -> list[str]:
    return ["".join(parts) for parts in itertools.product(*(_texts(token, sample) for token in tokens))]


def _texts(token, sample: str) -> list[str]:
    kind, value = str(token[0]), token[1]
    if kind == "LITERAL":
        return [chr(value)]
    if kind == "BRANCH":
        return [text for branch in value[1] for text in _of(branch, sample)]
    if kind == "ASSERT_NOT":
        return [""]
    if kind == "SUBPATTERN":
        return _of(value[3], sample)
    assert kind == "MAX_REPEAT", kind
    low, high, inner = value
    if [str(one[0]) for one in inner] == ["IN"]:
        return [sample]
    assert (low, high) == (0, 1), "what repeats and is not a name would have endless spellings"
    return ["", *_of(inner, sample)]
