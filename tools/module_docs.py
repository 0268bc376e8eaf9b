# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what is made of the kinds' declarations (plugin_utils/_gateway/kinds), so that nobody lists the kinds twice.

    python tools/module_docs.py           writes <kind>.py and <kind>_info.py in plugins/modules and plugins/action, the
                                          lists of gateway_state, and the kinds' modules in meta/runtime.yml
    python tools/module_docs.py --check   exits with 1 and names the files that are not as they would be written

EXAMPLES are kept as they are in the file; all else is generated.
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / ".collections"))
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import KEEP, Field, Resource
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS

TOP = Path(__file__).resolve().parent.parent
PLUGINS, RUNTIME = TOP / "plugins", TOP / "meta" / "runtime.yml"
MODULES, ACTIONS = PLUGINS / "modules", PLUGINS / "action"

HEAD = '''#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""{summary}"""

from __future__ import annotations

DOCUMENTATION = r"""
{documentation}"""

EXAMPLES = r"""{examples}"""

RETURN = r"""
{returns}"""
'''

ACTION = '''# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action {name}."""

from __future__ import annotations

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.objects import {way}

ActionModule = {way}("{kind}")
'''


FAILURE = {
    "code": {
        "description": "What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.",
        "returned": "failure",
        "type": "str",
    },
}
SAID = {
    "said": {
        "description": "A sentence if its value was revoked at the gateway by hand, is not in the store any more, or "
        "was revoked and has been there again, as after the restore of a backup from before.",
        "returned": "success",
        "type": "list",
        "elements": "str",
    },
}


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)


def _dump(data: Any) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True)


def _left_out(declared: Field) -> str:
    """What an option is when it is left out, where its own description says nothing of that."""
    if declared.default is KEEP or declared.required or "eft out" in str(declared.description):
        return ""
    if isinstance(declared.default, (bool, int, float)):
        value = str(declared.default).lower() if isinstance(declared.default, bool) else f"{declared.default:g}"
        return f"Left out, V({value})."
    return f"Left out, V({declared.default})." if declared.default else "Left out, there is none."


def option(declared: Field) -> dict[str, Any]:
    said = [declared.description] if isinstance(declared.description, str) else list(declared.description)
    said[-1] = f"{said[-1]} {_left_out(declared)}".rstrip()
    documented: dict[str, Any] = {"description": said[0] if len(said) == 1 else said, "type": declared.type}
    if declared.elements:
        documented["elements"] = declared.elements
    if declared.choices:
        documented["choices"] = list(declared.choices)
    if declared.required:
        documented["required"] = True
    if declared.options:
        documented["suboptions"] = {name: option(inner) for name, inner in declared.options.items()}
    return documented


def _article(word: str) -> str:
    return "an" if word[0] in "aeioMAEIO" and not word.startswith("us") else "a"


def module(resource: Resource, examples: str) -> str:
    title = resource.title
    summary = f"Manage {_article(title)} {title} of a LiteLLM gateway"
    options = {name: option(each) for name, each in resource.fields.items()}
    for name in resource.needed():
        options[name]["description"] += " Required with O(state=present)."
        del options[name]["required"]
    options["state"] = {
        "description": "Whether it should be there.",
        "type": "str",
        "choices": ["present", "absent"],
        "default": "present",
    }
    for name, declared in resource.controller_options.items():
        options[name] = option(declared) | ({"default": declared.default} if isinstance(declared.default, str) else {})
    documentation = {
        "module": resource.kind,
        "short_description": summary,
        "version_added": "1.0.0",
        "description": [
            f"Creates, changes and removes {_article(title)} {title} through the gateway's admin API.",
            f"An option that is left out is left as it is at the gateway; what its description says of leaving it out "
            f"is how {_article(title)} {title} is created. Lists and dictionaries are stated whole.",
            "For many objects at once use M(mcp_lan.litellm.gateway_state), which costs about what one does and states "
            "everything: there, what is left out has the meaning that its description says, always.",
        ],
        "options": options,
        "extends_documentation_fragment": ["mcp_lan.litellm.gateway", "mcp_lan.litellm.attributes"],
        "author": ["The mcp_lan.litellm maintainers (@mcp-lan)"],
    }
    returns = {
        "outcome": {
            "description": "V(created), V(changed), V(unchanged) or V(removed).",
            "returned": "success",
            "type": "str",
        },
        "changes": {
            "description": "The options in which it differed.",
            "returned": "success",
            "type": "list",
            "elements": "str",
        },
        resource.kind: {
            "description": f"The {title} as it is, in the words of the options and with its C(id), without secrets. "
            "Empty if there is none.",
            "returned": "success",
            "type": "dict",
        },
        **(SAID if resource.kind == "key" else {}),
        **FAILURE,
    }
    return HEAD.format(
        summary=f"{summary}.",
        documentation=_dump(documentation),
        examples=examples,
        returns=_dump(returns),
    )


def info(resource: Resource, examples: str) -> str:
    summary = f"Read the {resource.title}s of a LiteLLM gateway"
    documentation = {
        "module": f"{resource.kind}_info",
        "short_description": summary,
        "version_added": "1.0.0",
        "description": [
            f"Returns {resource.title}s in the words of the options of M(mcp_lan.litellm.{resource.kind}), so that an "
            "entry can be made of each. Secrets are not among them.",
        ],
        "options": {
            "names": {
                "description": "Only those with these names. Left out, all.",
                "type": "list",
                "elements": "str",
            }
        },
        "extends_documentation_fragment": ["mcp_lan.litellm.gateway", "mcp_lan.litellm.attributes.info"],
        "author": ["The mcp_lan.litellm maintainers (@mcp-lan)"],
    }
    returns = {
        resource.returned or resource.plural: {
            "description": "What there is, each with its C(id) and with C(owned), whether this collection made it.",
            "returned": "success",
            "type": "list",
            "elements": "dict",
        },
        **FAILURE,
    }
    return HEAD.format(
        summary=f"{summary}.",
        documentation=_dump(documentation),
        examples=examples,
        returns=_dump(returns),
    )


def _kept_examples(path: Path, otherwise: str) -> str:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    found = re.search(r'EXAMPLES = r"""(.*?)"""', text, re.DOTALL)
    return found[1] if found else textwrap.dedent(otherwise)


def files() -> dict[Path, str]:
    result = {}
    for kind, resource in KINDS.items():
        path = MODULES / f"{kind}.py"
        result[path] = module(
            resource,
            _kept_examples(
                path,
                f"""
                - name: Remove {_article(resource.title)} {resource.title}
                  mcp_lan.litellm.{kind}:
                    name: example
                    state: absent
                  delegate_to: localhost
                """,
            ),
        )
        path = MODULES / f"{kind}_info.py"
        result[path] = info(
            resource,
            _kept_examples(
                path,
                f"""
                - name: Read all {resource.title}s
                  mcp_lan.litellm.{kind}_info:
                  delegate_to: localhost
                  register: found
                """,
            ),
        )
        for name, way in ((kind, "managing"), (f"{kind}_info", "reading")):
            result[ACTIONS / f"{name}.py"] = ACTION.format(name=name, way=way, kind=kind)
    path = MODULES / "gateway_state.py"
    result[path] = _between("\noptions:\n", "  purge:\n", path, _lists())
    result[RUNTIME] = _between("  litellm:\n", "", RUNTIME, _action_group())
    return result


def _between(begin: str, end: str, path: Path, text: str) -> str:
    """The file with this text between two others."""
    before, found, rest = path.read_text(encoding="utf-8").partition(begin)
    kept = rest[rest.index(end) :] if end else ""
    return before + found + text + kept


def _lists() -> str:
    """Of all kinds at once each is a list of entries."""
    options = {
        one.plural: {
            "description": f"{_capital(one.title)}s, each with the options of M(mcp_lan.litellm.{kind}).",
            "type": "list",
            "elements": "dict",
        }
        for kind, one in KINDS.items()
    }
    return textwrap.indent(_dump(options), "  ")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _action_group() -> str:
    """The modules that the action group has: those of the kinds, and the others that are named there."""
    named = yaml.safe_load(RUNTIME.read_text(encoding="utf-8"))["action_groups"]["litellm"]
    others = {name for name in named if name.startswith("gateway_")}
    names = sorted({*KINDS, *(f"{kind}_info" for kind in KINDS), *others})
    return "".join(f"    - {name}\n" for name in names)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    differing = []
    check = parser.parse_args().check
    for path, text in files().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            differing.append(path.name)
            if not check:
                path.write_text(text, encoding="utf-8")
    if differing:
        print(("not as generated: " if check else "written: ") + ", ".join(differing))
    return int(check and bool(differing))


if __name__ == "__main__":
    sys.exit(main())
