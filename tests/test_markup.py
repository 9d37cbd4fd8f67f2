"""Text of others never becomes markup, as far as that can be told from the sources.

`notes_zoho_sync/tests/test_attacks_markup.py` tries it in a browser.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ADDON = Path(__file__).resolve().parent.parent / "notes_zoho_sync"
#: What makes markup of text, by kind of source.
WAYS = {
    ".xml": r"t-raw|widget=\"html|\bt-out=\"[^\"]*markup|\bMarkup\(",
    ".js": r"innerHTML|outerHTML|insertAdjacentHTML|\bmarkup\(|document\.write",
    ".py": r"\bMarkup\(|fields\.Html\(|sanitize(?:_\w+)?=False|Markup\.",
}
#: Where it is done on purpose, each value escaped on its way, and what proves it.
ALLOWED = {
    "models/run_entry.py": "test_texts_that_become_html_are_escaped_first",
    "models/meeting_times.py": "test_texts_that_become_html_are_escaped_first",
}
SOURCES = sorted(
    path
    for path in ADDON.rglob("*")
    if path.suffix in WAYS and "tests" not in path.relative_to(ADDON).parts
)


def test_markup_is_made_only_where_it_is_known() -> None:
    found = {
        str(path.relative_to(ADDON))
        for path in SOURCES
        if re.search(WAYS[path.suffix], path.read_text(encoding="utf-8"))
    }
    assert found == set(ALLOWED)


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_markup_is_made_of_constant_shapes(name: str) -> None:
    """`Markup("...") % values` escapes the values; what stands in the shape itself is
    not escaped, so it may be the name of a tag at most."""
    tree = ast.parse((ADDON / name).read_text(encoding="utf-8"))
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Markup"
    ]
    assert calls
    for call in calls:
        (shape,) = call.args
        parts = shape.values if isinstance(shape, ast.JoinedStr) else [shape]
        for part in parts:
            inner = part.value if isinstance(part, ast.FormattedValue) else None
            tag = isinstance(inner, ast.Name) and inner.id == "tag"
            assert tag or isinstance(part, ast.Constant), ast.unparse(call)
    proof = ADDON / "tests" / "test_attacks_markup.py"
    assert ALLOWED[name] in proof.read_text(encoding="utf-8")
