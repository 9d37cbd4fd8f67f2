"""Chromium, which the browser tours drive."""

import shutil

from tools import packages

NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def ensure_browser() -> str:
    """The path of a Chromium or Chrome; root gets Debian's installed if none is there.

    Anybody else gets a `Failure` that names the command to run.
    """
    found = _find()
    if found is None:
        packages.install_system_packages(
            ["chromium"], "Chromium is missing (the browser tours need it)"
        )
        found = _find()
    assert found is not None, "chromium was installed but is not on the PATH"
    return found


def _find() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)
