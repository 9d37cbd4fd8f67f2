"""Python packages: pinned with hashes, in one virtual environment in the cache."""

import importlib.util
import os
import platform
import shutil
import sys
import venv
from pathlib import Path

from tools import cache, ui

PINS = cache.ROOT / "requirements" / "dev.txt"
NODE_PINS = cache.ROOT / "requirements" / "node.txt"
OLDEST, NEWEST = (3, 11), (3, 13)


def ensure_packages() -> Path:
    """The folder of the virtual environment with all of `requirements/dev.txt`."""
    here = Path(sys.prefix)
    if here.parent == cache.cache() and here.name.startswith("venv-"):
        return here  # this very Python is one of it
    return environment("venv", PINS)


def python() -> Path:
    """The virtual environment's Python."""
    return ensure_packages() / "bin" / "python"


def node_packages() -> Path:
    """A virtual environment that carries Node.js, for machines without one."""
    return environment("node", NODE_PINS)


def environment(kind: str, pins: Path) -> Path:
    """The folder of a virtual environment with all of a file of pins."""
    _check_python()
    key = cache.digest(pins, sys.version, sys.executable)
    return cache.made_once(kind, key, lambda folder: _make(folder, pins))


def _check_python() -> None:
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        raise ui.Failure(
            f"This is Python {platform.python_version()}; Odoo 19 and the pinned "
            "packages need 3.11 to 3.13.\nRun it with another one: "
            "`python3.11 dev …` (Debian 12's own python3 is right)."
        )
    if importlib.util.find_spec("ensurepip") is None:
        install_system_packages(
            ["python3-venv"], "Python's virtual environments (ensurepip) are missing"
        )


def _make(folder: Path, pins: Path) -> None:
    with ui.step(f"Installing the Python packages of {pins.name}"):
        venv.create(folder, with_pip=True, clear=True)
        ui.run(
            [
                folder / "bin" / "python",
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--no-input",
                "--require-hashes",
                "--requirement",
                pins,
            ],
            advice="Is the package index reachable from here (pip's own settings and "
            "proxies are used)? Then try again: what was made is kept.",
        )


def install_system_packages(names: list[str], why: str) -> None:
    """Install Debian packages when root; otherwise fail with the command to run."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *names]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ui.Failure(f"{why}. Run `sudo {' '.join(command)}` once, then try again.")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with ui.step(f"{why}: running `{' '.join(command)}`"):
        ui.run(
            ["apt-get", "update"],
            env=env,
            advice="Check the machine's apt sources, then try again.",
        )
        ui.run(command, env=env, advice="Install it by hand, then try again.")
