# Runs a function right after a module was imported, before anybody else has seen it.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder


class _After(MetaPathFinder):
    def __init__(self, functions: dict[str, Callable]) -> None:
        self.functions = functions
        self.busy: set[str] = set()

    def find_spec(self, name, path=None, target=None):
        if name not in self.functions or name in self.busy:
            return None
        self.busy.add(name)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.busy.discard(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            self.functions[name](module)

        spec.loader.exec_module = exec_module
        return spec


def after(functions: dict[str, Callable]) -> None:
    """Call ``functions[name](module)`` once the module of that name has been run, each time that it is."""
    sys.meta_path.insert(0, _After(functions))
