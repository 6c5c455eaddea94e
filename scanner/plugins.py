"""The folder is the registry: every module of a package that ends in a named, typed line."""

import importlib
import pkgutil
from typing import Any


def load(package: str, attribute: str) -> tuple[Any, ...]:
    """The `attribute` of each module of the package, in module name order."""
    path = importlib.import_module(package).__path__
    names = sorted(module.name for module in pkgutil.iter_modules(path))
    modules = (importlib.import_module(f"{package}.{name}") for name in names)
    return tuple(getattr(m, attribute) for m in modules if hasattr(m, attribute))
