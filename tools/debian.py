"""Odoo 19 out of Debian's package, unpacked into the cache without installing it.

A private apt configuration reads the signed package index of the mirror that the
machine itself uses; nothing of the machine's own apt state is touched.
"""

import getpass
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from tools import cache, ui

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
APT = Path("/etc/apt")
ODOO_SUITE = "unstable"
# Odoo's links point to Font Awesome 4 and to Inconsolata.otf; unstable's font packages
# have moved on to other file names, those of Debian 12 still have them.
FONT_SUITE = "bookworm"
PACKAGES = (
    f"odoo-19/{ODOO_SUITE}",
    f"libjs-jquery/{ODOO_SUITE}",
    f"libjs-jquery-form/{ODOO_SUITE}",
    f"libjs-underscore/{ODOO_SUITE}",
    f"fonts-roboto-unhinted/{FONT_SUITE}",
    f"fonts-dejavu-core/{FONT_SUITE}",
    f"fonts-font-awesome/{FONT_SUITE}",
    f"fonts-inconsolata/{FONT_SUITE}",
)
# What of the machine's own apt settings also holds here: proxies, and how old an index
# it accepts (a mirror frozen at some day needs that).
FETCH_SETTINGS = (
    "Acquire::http",
    "Acquire::https",
    "Acquire::Retries",
    "Acquire::Check-Date",
    "Acquire::Check-Valid-Until",
    "Acquire::Max-ValidTime",
)
# Debian leaves this library out (blurring one's background in video calls) but not its
# name in the web client's bundle, which makes an error of every page. Empty will do.
LEFT_OUT = ("odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js",)
PYTHON_FOLDER = Path("usr/lib/python3/dist-packages")


def ensure_odoo() -> Path:
    """The folder that holds the Python package `odoo`, fetched if it is not there."""
    key = cache.digest(*PACKAGES, *LEFT_OUT)
    return cache.made_once("odoo", key, _fetch) / PYTHON_FOLDER


def mirror() -> str:
    """The Debian mirror: `DEBIAN_MIRROR`, else the first one in the machine's sources.

    Raises `Failure` when neither names one.
    """
    chosen = os.environ.get("DEBIAN_MIRROR")
    if chosen:
        return chosen.rstrip("/")
    for uri in _source_uris():
        if re.search(r"/debian/?$", uri):
            return uri.rstrip("/")
    raise ui.Failure(
        f"No Debian mirror is named in {APT}/sources.list or {APT}/sources.list.d.\n"
        "Set DEBIAN_MIRROR to the address of one (it ends in /debian), or set "
        "ODOO_PATH to an Odoo 19 that is on this machine."
    )


def _source_uris() -> Iterator[str]:
    lists = [APT / "sources.list", *sorted((APT / "sources.list.d").glob("*"))]
    for path in lists:
        if not path.is_file():
            continue
        text = path.read_text(errors="replace")
        if path.suffix == ".sources":
            yield from _deb822_uris(text)
        else:
            yield from re.findall(
                r"^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)", text, flags=re.MULTILINE
            )


def _deb822_uris(text: str) -> Iterator[str]:
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        if re.search(r"^Enabled:\s*no\s*$", stanza, flags=re.MULTILINE | re.IGNORECASE):
            continue
        found = re.search(
            r"^URIs:((?:.*)(?:\n[ \t]+.*)*)", stanza, flags=re.MULTILINE | re.IGNORECASE
        )
        if found:
            yield from found.group(1).split()


def _fetch(folder: Path) -> None:
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise ui.Failure(
                f"`{tool}` is not on this machine, so Odoo cannot be unpacked from "
                "Debian.\nSet ODOO_PATH to an Odoo 19 that is there."
            )
    source = mirror()
    apt, downloads = folder / ".apt", folder / ".debs"
    configuration = _configure(apt, source)
    env = {**os.environ, "APT_CONFIG": str(configuration)}
    advice = (
        f"Is {source} reachable from here? DEBIAN_MIRROR names another mirror, "
        "ODOO_PATH an Odoo 19 that is on this machine."
    )
    with ui.step("Reading Debian's package index"):
        ui.run(["apt-get", "update"], env=env, advice=advice)
    downloads.mkdir()
    with ui.step("Downloading Odoo 19 (about 125 MB)"):
        ui.run(
            ["apt-get", "download", *PACKAGES], env=env, cwd=downloads, advice=advice
        )
    with ui.step("Unpacking Odoo 19 (1.2 GB)"):
        for package in sorted(downloads.glob("*.deb")):
            ui.run(["dpkg", "-x", package, folder], advice="Is the disk full?")
    for link in _absolute_links(folder):
        inside = folder / os.readlink(link).lstrip("/")
        link.unlink()
        link.symlink_to(os.path.relpath(inside, link.parent))
    for name in LEFT_OUT:
        path = folder / PYTHON_FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    shutil.rmtree(apt)
    shutil.rmtree(downloads)


def _absolute_links(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            if path.is_symlink() and os.readlink(path).startswith("/"):
                yield path


def _configure(apt: Path, source: str) -> Path:
    if not KEYRING.exists():
        raise ui.Failure(
            f"{KEYRING} is missing, so Debian's signatures cannot be checked.\n"
            "Run `sudo apt-get install debian-archive-keyring`, then try again."
        )
    for part in ("lists/partial", "cache/archives/partial", "etc/apt.conf.d"):
        (apt / part).mkdir(parents=True)
    (apt / "status").touch()
    (apt / "etc" / "sources.list").write_text(
        "".join(
            f"deb [signed-by={KEYRING}] {source} {suite} main\n"
            for suite in (ODOO_SUITE, FONT_SUITE)
        )
    )
    fetching = ui.run(
        ["apt-config", "dump", "--format", '%F "%v";%n', *FETCH_SETTINGS],
        advice="Check the machine's apt configuration.",
    )
    configuration = apt / "apt.conf"
    configuration.write_text(
        fetching + f'Dir::Etc "{apt}/etc";\n'
        f'Dir::State "{apt}";\n'
        f'Dir::State::lists "{apt}/lists";\n'
        f'Dir::State::status "{apt}/status";\n'
        f'Dir::Cache "{apt}/cache";\n'
        'Acquire::Languages "none";\n'
        'APT::Update::Error-Mode "any";\n'
        f'APT::Sandbox::User "{getpass.getuser()}";\n'
    )
    return configuration
