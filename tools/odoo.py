"""Running Odoo with this addon."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools import cache, debian, packages, ui
from tools.postgres import start_postgres

MODULE = "notes_zoho_sync"
SERIES = "19.0"
# Messages that are no fault of ours; one a line in the file, with its reason.
ALLOWED = cache.ROOT / "tools" / "odoo_log_allowed.txt"


def odoo_folder() -> Path:
    """The folder that holds the Python package `odoo`: of `ODOO_PATH`, else Debian's.

    Raises `Failure` when `ODOO_PATH` holds no Odoo 19.
    """
    chosen = os.environ.get("ODOO_PATH")
    if not chosen:
        return debian.ensure_odoo()
    folder = Path(chosen).expanduser().resolve()
    for candidate in (folder, folder.parent):
        release = candidate / "odoo" / "release.py"
        if release.exists():
            if re.search(
                r"^version_info = \(19, 0,", release.read_text(), re.MULTILINE
            ):
                return candidate
            raise ui.Failure(f"ODOO_PATH={chosen} holds another Odoo than {SERIES}.")
    raise ui.Failure(
        f"ODOO_PATH={chosen} holds no Odoo: there is no odoo/release.py in it.\n"
        "Name the folder of an Odoo 19 checkout, or unset it to use Debian's package."
    )


def odoo_version() -> str:
    """A short name for the Odoo in use: changes when its code does."""
    folder = odoo_folder()
    return cache.digest(
        str(folder),
        folder / "odoo" / "release.py",
        folder / "odoo" / "addons" / "base" / "__manifest__.py",
    )


def data_folder() -> Path:
    """Odoo's data folder (file store, sessions)."""
    folder = cache.cache() / "data"
    folder.mkdir(exist_ok=True)
    return folder


def odoo_env() -> dict[str, str]:
    """The environment of Odoo's processes: database, PYTHONPATH, no settings of yours.

    PYTHONPATH includes this repository, so that Odoo tests can use `tests.simulators`.
    """
    server = start_postgres()
    env = {
        k: v for k, v in os.environ.items() if not k.startswith(("ODOO_", "OPENERP_"))
    }
    settings = cache.cache() / "odoo.conf"
    if not settings.exists():
        settings.write_text("[options]\n")
    bin_folder = packages.ensure_packages() / "bin"
    env.update(server.env)
    env.update(
        ODOO_RC=str(settings),
        PYTHONPATH=os.pathsep.join([str(odoo_folder()), str(cache.ROOT)]),
        PYTHONUNBUFFERED="1",
        PATH=os.pathsep.join([str(bin_folder), env.get("PATH", os.defpath)]),
        # Else the log's times would depend on the machine.
        TZ="UTC",
    )
    return env


def odoo_command(*options: str) -> list[str]:
    """The command line of Odoo with our addons path; `options` follow the common ones.

    A subcommand (`shell`, `db`, ...) comes first in `options`.
    """
    subcommand = [options[0]] if options and not options[0].startswith("-") else []
    rest = options[len(subcommand) :]
    addons = [str(cache.ROOT)]
    beside = odoo_folder() / "addons"
    if (beside / "web").is_dir():
        addons.insert(0, str(beside))
    common = [
        f"--addons-path={','.join(addons)}",
        f"--data-dir={data_folder()}",
        "--http-interface=127.0.0.1",
    ]
    return [
        str(packages.python()),
        "-m",
        "odoo",
        *(subcommand or ["server"]),
        *common,
        *rest,
    ]


def free_port() -> int:
    """A TCP port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def odoo_server(
    database: str, *options: str, port: int, log: Path, wait_seconds: float = 120
) -> Iterator[str]:
    """Run Odoo on `database` until the block ends; gives its URL once it answers.

    `log` receives everything it prints. Raises `Failure` with the end of the log when
    it ends early or does not answer within `wait_seconds`.
    """
    url = f"http://127.0.0.1:{port}"
    with _running(
        f"--database={database}",
        f"--db-filter=^{database}$",
        "--no-database-list",
        f"--http-port={port}",
        *options,
        log=log,
    ) as process:
        with ui.step(f"Starting Odoo on {url}"):
            _wait_until_up(process, url, log, wait_seconds)
        yield url


@contextmanager
def odoo_crons(database: str, *options: str, log: Path) -> Iterator[None]:
    """Run the scheduled actions of `database` in two worker processes until the block
    ends, as a server with workers does; nothing else.

    `log` receives everything that is printed.
    """
    workers = ("--no-http", "--workers=1", "--max-cron-threads=2")
    with _running(f"--database={database}", *workers, *options, log=log):
        yield


@contextmanager
def _running(*options: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with open(log, "w") as output:
        process = subprocess.Popen(
            odoo_command(*options),
            env=odoo_env(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_up(
    process: subprocess.Popen[bytes], url: str, log: Path, wait_seconds: float
) -> None:
    end = time.monotonic() + wait_seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/web/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise ui.Failure(f"Odoo did not come up on {url}:\n{tail}\nThe whole log: {log}")


LEVELS = ("WARNING", "ERROR", "CRITICAL")
_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) (?P<rest>.*)"
)


def allowed_messages() -> list[re.Pattern[str]]:
    """The messages that do not count as trouble, as patterns."""
    lines = ALLOWED.read_text().splitlines()
    return [re.compile(line) for line in lines if line and not line.startswith("#")]


def is_log_line(line: str) -> bool:
    """Whether a line begins a message (others go on with the one before)."""
    return _LINE.match(line) is not None


def is_trouble(line: str, allowed: Sequence[re.Pattern[str]]) -> bool:
    """Whether a line of Odoo's log is a warning or an error that is not allowed."""
    found = _LINE.match(line)
    return bool(
        found
        and found["level"] in LEVELS
        and not any(pattern.search(line) for pattern in allowed)
    )
