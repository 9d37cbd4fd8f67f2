"""Databases: prepared once, copied for each use."""

import ast
import os
import shutil
import subprocess

from tools import cache, ui
from tools.odoo import MODULE, data_folder, odoo_command, odoo_env, odoo_version
from tools.postgres import start_postgres

TEMPLATE_PREFIX = "nzs_base_"
# Copies of the template with the addon installed.
ADDON_PREFIX = "nzs_addon_"
DEMO = "nzs_demo"
# With the number of the process that uses it.
TEST_PREFIX = "nzs_test_"
BASE_MODULES = ("base", "web", "mail", "bus")


def exists(name: str) -> bool:
    """Whether the database is there."""
    found = start_postgres().query(
        f"SELECT 1 FROM pg_database WHERE datname = '{name}'"
    )
    return bool(found)


def template() -> str:
    """The name of a database with all that the addon depends on, without the addon.

    It is made when the Odoo in use or this list of modules is new.
    """
    modules = ",".join(dict.fromkeys((*BASE_MODULES, *dependencies())))
    name = TEMPLATE_PREFIX + cache.digest(odoo_version(), modules)
    if exists(name):
        return name
    with cache.locked("template"):
        if exists(name):
            return name
        for old in start_postgres().query(
            f"SELECT datname FROM pg_database WHERE datname LIKE '{TEMPLATE_PREFIX}%'"
        ):
            drop(old)
        partial = "nzs_making_template"
        drop(partial)
        _create(partial, "template0")
        with ui.step(f"Preparing a database with {modules}"):
            ui.run(
                odoo_command(
                    f"--database={partial}",
                    f"--init={modules}",
                    "--stop-after-init",
                    "--no-http",
                ),
                env=odoo_env(),
                advice="This is Odoo itself without the addon; see the lines above.",
            )
        start_postgres().query(f'ALTER DATABASE "{partial}" RENAME TO "{name}"')
        _move_files(partial, name)
    return name


def dependencies() -> tuple[str, ...]:
    """The modules that the addon's manifest names in `depends`."""
    manifest = ast.literal_eval((cache.ROOT / MODULE / "__manifest__.py").read_text())
    return tuple(manifest["depends"])


def with_addon() -> str:
    """The name of a database with the addon installed as its sources are now."""
    source = template()
    addon = cache.ROOT / MODULE
    files = sorted(
        path
        for path in addon.rglob("*")
        if path.suffix in (".py", ".xml", ".csv", ".sql", ".js", ".po")
        and "tests" not in path.relative_to(addon).parts
    )
    name = ADDON_PREFIX + cache.digest(source, *map(str, files), *files)
    with cache.locked("addon"):
        if exists(name):
            return name
        for old in start_postgres().query(
            f"SELECT datname FROM pg_database WHERE datname LIKE '{ADDON_PREFIX}%'"
        ):
            drop(old)
        partial = "nzs_making_addon"
        copy_template(partial)
        install_addon(partial)
        start_postgres().query(f'ALTER DATABASE "{partial}" RENAME TO "{name}"')
        _move_files(partial, name)
    return name


def copy_template(name: str, source: str | None = None) -> str:
    """Make the database `name` anew as a copy of `source`, files included.

    Without `source` it is a copy of the template.
    """
    source = source or template()
    drop(name)
    _create(name, source)
    files = data_folder() / "filestore"
    if (files / source).is_dir():
        # The file store never changes a file, so links do for copies.
        shutil.copytree(files / source, files / name, copy_function=os.link)
    return name


def drop(name: str) -> None:
    """Remove the database and its files; nothing happens if there is none."""
    start_postgres().query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(data_folder() / "filestore" / name, ignore_errors=True)


def drop_abandoned() -> None:
    """Remove the test databases of `./dev` processes that are no more."""
    for name in start_postgres().query(
        f"SELECT datname FROM pg_database WHERE datname LIKE '{TEST_PREFIX}%'"
    ):
        if not os.path.exists(f"/proc/{name.removeprefix(TEST_PREFIX)}"):
            drop(name)


def _create(name: str, source: str) -> None:
    # As Odoo does it; a copy of ours has these from its source.
    kind = " ENCODING 'UTF8' LC_COLLATE 'C'" if source == "template0" else ""
    start_postgres().query(f'CREATE DATABASE "{name}" TEMPLATE "{source}"{kind}')


def _move_files(source: str, target: str) -> None:
    files = data_folder() / "filestore"
    shutil.rmtree(files / target, ignore_errors=True)
    if (files / source).is_dir():
        (files / source).rename(files / target)


def install_addon(name: str) -> None:
    """Install the addon in the database `name`, a copy of the template."""
    with ui.step(f"Installing {MODULE} in {name}"):
        ui.run(
            odoo_command(
                f"--database={name}",
                f"--init={MODULE}",
                "--stop-after-init",
                "--no-http",
            ),
            env=odoo_env(),
            advice=f"`./dev odoo -d NAME -i {MODULE}` shows the whole log.",
        )


def run_script(name: str, script: str) -> str:
    """Run Python `script` in Odoo's shell on the database `name`: its standard output.

    It sees `env` (superuser) and `odoo`; what it writes lasts if it calls
    `env.cr.commit()`. Raises `Failure` when it raises.
    """
    done = subprocess.run(
        odoo_command("shell", f"--database={name}", "--no-http", "--log-level=warn"),
        env=odoo_env(),
        input=script,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ui.Failure(f"A script in Odoo's shell failed:\n{done.stderr.strip()}")
    return done.stdout


def run_odoo(*options: str) -> int:
    """Run Odoo in the foreground with the terminal's input and output; its status."""
    return subprocess.run(odoo_command(*options), env=odoo_env()).returncode
