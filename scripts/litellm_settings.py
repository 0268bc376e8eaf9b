# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads out of LiteLLM's package which keys of config.yaml it reads, and of what types.

Nothing of it is run. A key that LiteLLM names in a way that is not looked for here is missed, which is why a new
version's file is compared with the nearest one before it is taken in.
"""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

# Types that YAML has, by the names of Python's; what else is annotated may be any of them.
PLAIN = {
    "bool": "bool",
    "int": "int",
    "float": "float",
    "str": "str",
    "list": "list",
    "List": "list",
    "Sequence": "list",
    "dict": "dict",
    "Dict": "dict",
    "Mapping": "dict",
}
# Names that hold the whole of config.yaml where it is read.
WHOLE = ("config", "new_config", "config_data", "_config")
# Modules that read it.
LOADERS = ("proxy_server.py", "config_includes.py")
MARGIN = " " * 6
READERS = ("get", "pop")
# Modules whose variables the package shows as its own.
SETTINGS_FROM = ("litellm.constants", "litellm._logging")
# Variables of the package that are no settings: what it keeps of models and clients.
NO_SETTINGS = re.compile(
    r"_.*|.*[A-Z].*|.*_models|.*_clients?|.*_session|logging|verbose_logger|openai_compatible_.*|.*_providers"
)
# The classes that name the parameters of a deployment.
DEPLOYMENT = (
    *("CredentialLiteLLMParams", "MirroredPricingParams", "CustomPricingLiteLLMParams", "GenericLiteLLMParams"),
    *("LiteLLM_Params", "LiteLLMParamsTypedDict"),
)
# What config.yaml says once more where it is kept in the database, and what is of one reading alone.
NO_SECTIONS = ("force_reload", "interval_hours")


def modules(package: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Every module of the package, parsed."""
    for path in sorted(package.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def types(annotation: ast.expr | None) -> list[str]:
    """Which plain types an annotation allows; none where it allows what is not plain."""
    if annotation is None:
        return []
    if isinstance(annotation, ast.Constant) and annotation.value is None:
        return ["null"]
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _all(types(annotation.left), types(annotation.right))
    if isinstance(annotation, ast.Subscript):
        name = _name(annotation.value)
        inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        if name == "Optional":
            return _all(types(inner[0]), ["null"])
        if name == "Union":
            return _all(*map(types, inner))
        if name == "Literal":
            values = [type(one.value).__name__ for one in inner if isinstance(one, ast.Constant)]
            return _all(*([PLAIN[value]] if value in PLAIN else [] for value in values))
        if name in ("Final", "ClassVar", "Annotated"):
            return types(inner[0])
        return [PLAIN[name]] if name in PLAIN else []
    name = _name(annotation)
    return [PLAIN[name]] if name in PLAIN else []


def _all(*kinds: list[str]) -> list[str]:
    return sorted({kind for some in kinds for kind in some}) if all(kinds) else []


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _of_default(value: ast.expr | None) -> list[str]:
    if isinstance(value, ast.Constant) and value.value is not None:
        kind = type(value.value).__name__
        return [PLAIN[kind]] if kind in PLAIN else []
    if isinstance(value, ast.Call) and _name(value.func) == "bool":
        return ["bool"]
    if isinstance(value, (ast.List, ast.ListComp)):
        return ["list"]
    return ["dict"] if isinstance(value, (ast.Dict, ast.DictComp)) else []


def keys_read(tree: ast.AST, holders: Iterable[str]) -> set[str]:
    """The texts by which mappings of these names are asked, by C(get), C(pop), C([...]), C(in).

    A text is written there, or in a constant of the module.
    """
    holders = tuple(holders)
    texts = {
        _name(node.target): node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Constant)
    }
    found = set()
    for node in ast.walk(tree):
        holder, key = _asked(node)
        key = texts.get(_name(key), key) if isinstance(key, ast.Name) else key
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and _holds(holder, holders):
            found.add(key.value)
    return found


def _asked(node: ast.AST) -> tuple[ast.expr | None, ast.expr | None]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS and node.args:
        return node.func.value, node.args[0]
    if isinstance(node, ast.Subscript):
        return node.value, node.slice
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        return node.comparators[0], node.left
    return None, None


def _holds(node: ast.expr | None, holders: tuple[str, ...]) -> bool:
    if isinstance(node, ast.BoolOp):
        node = node.values[0]
    return node is not None and _name(node) in holders


def fields(tree: ast.Module, name: str) -> dict[str, list[str]]:
    """The annotated fields of a class, with their types."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            found |= {
                one.target.id: types(one.annotation)
                for one in node.body
                if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
            }
    return found


def arguments(tree: ast.Module, class_name: str) -> dict[str, list[str]]:
    """The arguments with which a class is made, with their types."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            for one in node.body:
                if isinstance(one, ast.FunctionDef) and one.name == "__init__":
                    every = [*one.args.args, *one.args.kwonlyargs]
                    return {each.arg: types(each.annotation) for each in every if each.arg != "self"}
    raise LookupError(class_name)


def attributes(tree: ast.Module, others: Mapping[str, ast.Module] | None = None) -> dict[str, list[str]]:
    """The variables of a module, with their types; others: the modules whose variables are its own as well."""
    found: dict[str, list[str]] = {}
    makers = {one.name: types(one.returns) for one in tree.body if isinstance(one, ast.FunctionDef)}
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            made = makers.get(_name(node.value.func), []) if isinstance(node.value, ast.Call) else []
            found[node.target.id] = types(node.annotation) or made
        elif isinstance(node, ast.ImportFrom) and node.module in SETTINGS_FROM:
            there = attributes(others[node.module]) if others else {}
            found |= {one.asname or one.name: there.get(one.name, []) for one in node.names}
        elif isinstance(node, ast.Assign):
            found |= {target.id: _of_default(node.value) for target in node.targets if isinstance(target, ast.Name)}
    return found


def members(tree: ast.Module, name: str) -> set[str]:
    """The values of an enumeration of texts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            values = [one.value for one in node.body if isinstance(one, ast.Assign)]
            return {one.value for one in values if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    raise LookupError(name)


def dictionary(tree: ast.Module, name: str) -> set[str]:
    """The keys of a dictionary of the module."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if name in [_name(one) for one in targets if one] and isinstance(node.value, ast.Dict):
            return {key.value for key in node.value.keys if isinstance(key, ast.Constant)}
    raise LookupError(name)


def function(tree: ast.Module, name: str) -> ast.AST:
    """The function of that name, wherever it is defined."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            return node
    raise LookupError(name)


def read(package: Path) -> dict[str, dict[str, list[str]]]:
    """Section of config.yaml: {key: types}, no types where any will do. package: the folder C(litellm)."""
    trees = dict(modules(package))
    server = trees[package / "proxy/proxy_server.py"]
    asked = {"general_settings": set(), "litellm_settings": set()}
    for tree in trees.values():
        for section, keys in asked.items():
            keys |= keys_read(tree, (section, f"_{section}", f"proxy_{section}", f"user_{section}"))
    load = function(server, "load_config")
    for node in ast.walk(load):
        if (
            isinstance(node, ast.Compare)
            and _name(node.left) == "key"
            and isinstance(node.comparators[0], ast.Constant)
        ):
            asked["litellm_settings"].add(node.comparators[0].value)
    general = fields(trees[package / "proxy/_types.py"], "ConfigGeneralSettings")
    manager = next(tree for path, tree in trees.items() if path.name == "mcp_server_manager.py")
    others = {name: trees[package / f"{name.rpartition('.')[2]}.py"] for name in SETTINGS_FROM}
    there = attributes(trees[package / "__init__.py"], others)
    own = {name: kinds for name, kinds in there.items() if _is_setting(name)}
    loaders = [tree for path, tree in trees.items() if path.name in LOADERS]
    sections = set().union(*(keys_read(tree, WHOLE) for tree in loaders)) - set(NO_SECTIONS)
    found = {
        "sections": _any(sections),
        "general_settings": {key: general.get(key, []) for key in asked["general_settings"] | set(general)},
        "litellm_settings": _any(asked["litellm_settings"]) | own,
        "router_settings": arguments(trees[package / "router.py"], "Router"),
        "mcp_servers": _any(keys_read(manager, ("server_config",))),
        "litellm_params": _any(_deployment(trees, package)),
        "retry_policy": fields(trees[package / "types/router.py"], "RetryPolicy"),
        "allowed_fails_policy": fields(trees[package / "types/router.py"], "AllowedFailsPolicy"),
        "providers": _any(members(trees[package / "types/utils.py"], "LlmProviders")),
    }
    return {section: dict(sorted(keys.items())) for section, keys in found.items()}


def _deployment(trees: Mapping[Path, ast.Module], package: Path) -> set[str]:
    """What a deployment says to LiteLLM itself or to any model; what is not among it goes to the provider as it is."""
    found = dictionary(trees[package / "constants.py"], "DEFAULT_CHAT_COMPLETION_PARAM_VALUES")
    completion = function(trees[package / "main.py"], "completion").args
    found |= {one.arg for one in (*completion.args, *completion.kwonlyargs)}
    for path in ("types/router.py", "types/utils.py"):
        for name in DEPLOYMENT:
            found |= set(fields(trees[package / path], name))
    return found - {"messages", "model_config"}


def _any(keys: Iterable[str]) -> dict[str, list[str]]:
    return {key: [] for key in keys}


def _is_setting(name: str) -> bool:
    return not NO_SETTINGS.fullmatch(name)


def written(settings: dict[str, dict[str, list[str]]]) -> str:
    """The settings as a version's file has them."""
    lines = ["settings:"]
    for section, keys in settings.items():
        lines.append(f"  {section}:")
        for types in sorted({" ".join(kinds) for kinds in keys.values()}):
            names = " ".join(name for name, kinds in keys.items() if " ".join(kinds) == types)
            lines += [
                f"    {types or 'any'}: >-",
                *textwrap.wrap(names, 112, initial_indent=MARGIN, subsequent_indent=MARGIN, break_on_hyphens=False),
            ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(written(read(Path(sys.argv[1]))), end="")
