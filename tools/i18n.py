"""`./dev i18n`: the addon's terms anew, and what of them lacks a translation."""

import argparse

from tools import databases, ui
from tools.setup import ensure_all

SCRIPT = "from tests.translations import renew\nprint(renew(env))\n"


def main(arguments: list[str]) -> int:
    """Export the terms with Odoo, merge them into the languages' files, and tell."""
    parser = argparse.ArgumentParser(prog="./dev i18n", description=__doc__)
    parser.parse_args(arguments)
    ensure_all()
    name = databases.with_addon()
    with ui.step("Exporting the terms"):
        said = databases.run_script(name, SCRIPT)
    print(said, end="")
    return 0
