"""README and docs say what the code does, where that can be told."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.standalone import without_odoo

without_odoo()

from notes_zoho_sync.services.mapping.contact import CONTACT  # noqa: E402
from notes_zoho_sync.services.mapping.event import EVENT  # noqa: E402
from notes_zoho_sync.services.mapping.names import NameItems  # noqa: E402
from notes_zoho_sync.services.mapping.rows import Table  # noqa: E402
from notes_zoho_sync.services.mapping.task import TASK  # noqa: E402
from notes_zoho_sync.services.zoho.datacenters import DATA_CENTERS  # noqa: E402
from notes_zoho_sync.services.zoho.oauth import SCOPES  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXTS = [
    ROOT / "README.md",
    ROOT / "notes_zoho_sync" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


def field_table(table: Table, notes: str) -> list[str]:
    """README's table of a kind's fields, as the mapping has them."""
    lines = [f"| what | {notes} | Zoho CRM fields |", "|---|---|---|"]
    for row in table.rows:
        fields = [name for name in row.zoho.fields if name != "Full_Name"]
        items = list(row.notes.items)
        if isinstance(row.notes, NameItems):
            items.remove("FullName")
        shown = items[:6]
        more = f" and {len(items) - 6} more" if len(items) > 6 else ""
        label = str(table.kind.units[row.unit].label)
        lines.append(f"| {label} | {_code(shown)}{more} | {_code(fields)} |")
    return lines


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


@pytest.mark.parametrize(
    ("table", "notes"),
    [
        (CONTACT, "Notes items"),
        (TASK, "Notes items"),
        (EVENT, "Notes (calendar service)"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.kind.name,
)
def test_readmes_tables_of_fields_are_the_mappings(table: Table, notes: str) -> None:
    wanted = "\n".join(field_table(table, notes))
    assert wanted in README, f"README.md should hold this table:\n{wanted}"


def test_the_scopes_in_the_guide_are_those_asked_for() -> None:
    guide = (ROOT / "docs" / "zoho.md").read_text(encoding="utf-8")
    assert f"\n{','.join(SCOPES)}\n" in guide


def test_the_guide_names_every_data_centre() -> None:
    guide = (ROOT / "docs" / "zoho.md").read_text(encoding="utf-8")
    listed = guide.split("## Data centres")[1].split(";")[0]
    assert listed.count(",") + 1 == len(DATA_CENTERS)


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_pictures_lead_to_files(text: Path) -> None:
    found = re.findall(r"\]\(([^)#]+)\)", text.read_text(encoding="utf-8"))
    for target in found:
        if not target.startswith("http"):
            assert (text.parent / target).exists(), target


def test_commands_named_in_readme_exist() -> None:
    source = ast.parse((ROOT / "tools" / "commands.py").read_text())
    assign = next(
        node
        for node in source.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id == "COMMANDS"
    )
    commands = ast.literal_eval(
        ast.Expression(ast.List(elts=list(_keys(assign)), ctx=ast.Load()))
    )
    named = set(re.findall(r"(?:`|^)\./dev (\w+)", README, re.MULTILINE))
    assert named <= set(commands)
    assert {"demo", "test", "lint"} <= named


def _keys(assign: ast.AnnAssign) -> list[ast.expr]:
    assert isinstance(assign.value, ast.Dict)
    return [key for key in assign.value.keys if key is not None]


def test_python_packages_to_install_are_the_manifests() -> None:
    manifest = ast.literal_eval(
        (ROOT / "notes_zoho_sync" / "__manifest__.py").read_text()
    )
    for package in manifest["external_dependencies"]["python"]:
        assert package in README
