"""`./dev test uninstall`: a used installation leaves nothing behind when it goes."""

import json
import os
import subprocess

from tools import cache, databases, odoo, ui
from tools.setup import ensure_all, ensure_template

SCRIPT = """
import json
from tests import uninstall
print(json.dumps(uninstall.check(env.cr.dbname)))
"""
# The key that a developer's environment holds would be no key file.
VARIABLE = "NOTES_ZOHO_SYNC_KEY"


def main(arguments: list[str]) -> int:
    """Install, use and uninstall the addon in a database of its own; 0 when clean."""
    ensure_all()
    ensure_template()
    databases.drop_abandoned()
    database = databases.copy_template(f"{databases.TEST_PREFIX}{os.getpid()}")
    try:
        with ui.step("Odoo: installing the addon, using it, uninstalling it"):
            wrong = _check(database)
    finally:
        databases.drop(database)
    for line in wrong:
        print(f"  {line}", flush=True)
    print(f"uninstall: {'FAILED' if wrong else 'nothing is left'}", flush=True)
    return 1 if wrong else 0


def _check(database: str) -> list[str]:
    """What is left or was lost, and what is wrong in Odoo's log."""
    env = odoo.odoo_env()
    env.pop(VARIABLE, None)
    log = cache.cache() / "uninstall.log"
    with open(log, "w") as errors:
        done = subprocess.run(
            odoo.odoo_command("shell", f"--database={database}", "--no-http"),
            env=env,
            input=SCRIPT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    lines = log.read_text(errors="replace").splitlines()
    allowed = odoo.allowed_messages()
    wrong = [line for line in lines if odoo.is_trouble(line, allowed)]
    if done.returncode or not done.stdout.strip():
        return [*wrong, *lines[-15:], f"it did not end well; the whole log: {log}"]
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return wrong + found
