"""The arrows between the layers go one way (imports, read from the source)."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ADDON = "notes_zoho_sync"
SERVICES = f"{ADDON}.services"
PURE_MODULES = {"guard", "match", "merge", "plan"}
# Modules through which a program reaches files, the network, other processes, threads,
# the clock or chance.
OUTSIDE_WORLD = {
    *("aiohttp", "asyncio", "ctypes", "fcntl", "ftplib", "glob", "http", "io"),
    *("logging", "multiprocessing", "os", "pathlib", "pickle", "psycopg2", "queue"),
    *("random", "requests", "secrets", "select", "selectors", "shelve", "shutil"),
    *("signal", "smtplib", "socket", "sqlite3", "ssl", "subprocess", "sys"),
    *("tempfile", "threading", "time", "urllib.request", "urllib3"),
}
OUTSIDE_CALLS = {"open", "input", "print", "now", "utcnow", "today"}


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Full names of the modules that a file imports, and of what it takes from them."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*parents, *((node.module,) if node.module else ())))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def offending(path: Path, *forbidden: str) -> list[str]:
    """The imports of `path` that are one of `forbidden` or lie inside one of them."""
    return [
        name
        for name in imported(path)
        if any(name == part or name.startswith(f"{part}.") for part in forbidden)
    ]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def pure_files() -> list[Path]:
    whole = files(f"{ADDON}/services/records") + files(f"{ADDON}/services/mapping")
    engine = files(f"{ADDON}/services/sync")
    return whole + [path for path in engine if path.stem in PURE_MODULES]


@pytest.mark.parametrize("path", files(f"{ADDON}/services"), ids=named)
def test_services_know_neither_odoo_nor_its_database(path: Path) -> None:
    outside = [n for n in offending(path, ADDON) if not n.startswith(SERVICES)]
    assert outside == []
    assert offending(path, "odoo", "psycopg2", "tests", "tools") == []


@pytest.mark.parametrize("path", files(f"{ADDON}/services/sync"), ids=named)
def test_the_engine_knows_no_side_and_no_http(path: Path) -> None:
    sides = [f"{SERVICES}.{name}" for name in ("domino", "zoho", "mapping")]
    assert offending(path, "requests", "urllib3", "http", "socket", *sides) == []


@pytest.mark.parametrize("path", files(f"{ADDON}/services/records"), ids=named)
def test_records_rest_on_no_other_layer(path: Path) -> None:
    layers = [f"{SERVICES}.{n}" for n in ("domino", "zoho", "mapping", "sync")]
    assert offending(path, *layers) == []


@pytest.mark.parametrize(("one", "other"), [("domino", "zoho"), ("zoho", "domino")])
def test_one_side_does_not_know_the_other(one: str, other: str) -> None:
    for path in files(f"{ADDON}/services/{one}"):
        assert offending(path, f"{SERVICES}.{other}", f"{SERVICES}.mapping") == []


@pytest.mark.parametrize("path", pure_files(), ids=named)
def test_pure_modules_touch_nothing_outside(path: Path) -> None:
    assert offending(path, *OUTSIDE_WORLD) == []
    calls = [
        node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name | ast.Attribute)
    ]
    assert OUTSIDE_CALLS.isdisjoint(calls)


@pytest.mark.parametrize("path", files("tests/simulators"), ids=named)
def test_simulators_share_no_code_with_what_they_test(path: Path) -> None:
    assert offending(path, ADDON, "odoo", "tools") == []


@pytest.mark.parametrize("path", files("tools"), ids=named)
def test_the_door_needs_only_the_standard_library(path: Path) -> None:
    known = {*sys.stdlib_module_names, "tools"}
    assert {name.split(".")[0] for name in imported(path)} <= known


def test_services_import_in_a_python_without_odoo() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in files(f"{ADDON}/services")
    ]
    assert modules
    code = (
        "import importlib, sys\n"
        "from tests.standalone import without_odoo\n"
        "without_odoo()\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "assert 'odoo' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *modules],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import odoo.fields", ["odoo.fields"]),
        ("from odoo import api", ["odoo", "odoo.api"]),
        ("from . import x", [f"{SERVICES}.sync", f"{SERVICES}.sync.x"]),
        ("from ..zoho import y", [f"{SERVICES}.zoho", f"{SERVICES}.zoho.y"]),
    ],
)
def test_imports_are_recognised(
    source: str, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / ADDON / "services" / "sync" / "made.py"
    path.parent.mkdir(parents=True)
    path.write_text(source)
    assert list(imported(path)) == names
