"""Every codec faces bytes from strangers, so every codec has a property test."""

import ast
from pathlib import Path

import pytest

from scanner.collect import wire

TESTS = Path(__file__).parents[1]
PACKAGE = "scanner.collect.wire"
MODULES = sorted(p.stem for p in Path(wire.__path__[0]).glob("*.py") if p.stem != "__init__")


def imported_names(tree: ast.Module, module: str) -> set[str]:
    """Names under which a test file knows a codec or something of it."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            names |= {a.asname or a.name for a in node.names if a.name == module}
        elif isinstance(node, ast.ImportFrom) and node.module == f"{PACKAGE}.{module}":
            names |= {a.asname or a.name for a in node.names}
    return names


def property_names(tree: ast.Module) -> set[str]:
    """Every name used inside a function that Hypothesis feeds."""
    fed = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any("given(" in ast.unparse(d) for d in node.decorator_list)
    ]
    return {n.id for f in fed for n in ast.walk(f) if isinstance(n, ast.Name)}


@pytest.mark.parametrize("module", MODULES)
def test_module_has_a_property_test(module: str) -> None:
    trees = [ast.parse(p.read_text("utf-8")) for p in TESTS.rglob("test_*.py")]
    assert any(imported_names(t, module) & property_names(t) for t in trees), (
        f"no @given test uses {PACKAGE}.{module}"
    )
