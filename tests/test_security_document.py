"""docs/security.md names tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMED = re.findall(
    r"`(test_\w+)`", (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
)


def defined() -> set[str]:
    """All test functions of this repository."""
    folders = (ROOT / "tests", ROOT / "notes_zoho_sync" / "tests")
    return {
        name
        for folder in folders
        for path in folder.rglob("test_*.py")
        for name in re.findall(r"^ *def (test_\w+)\(", path.read_text(), re.MULTILINE)
    }


def test_many_claims_have_a_test() -> None:
    assert len(set(NAMED)) > 30


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_a_named_test_exists(name: str) -> None:
    assert name in defined()
