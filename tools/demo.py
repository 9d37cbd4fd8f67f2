"""`./dev demo`: both systems simulated, a real Odoo between them, three people in it.

The simulators and the comparer run as processes of their own. What Odoo is asked to
do, and the story that is played, are in `tests/demo`.
"""

import argparse
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tools import browser, cache, databases, odoo, packages, ui
from tools.postgres import start_postgres
from tools.setup import ensure_all

PORTS = {"odoo": 8069, "domino": 8085, "zoho": 8086}
#: Mails that arrive in each mail file before the idle run; each costs one request.
MAILS = 3
FIRST_SYNC_SECONDS = 300
FINGERPRINT = "notes_zoho_sync.key_fingerprint"


def main(arguments: list[str]) -> int:
    """Run the demo; 0 when the idle run wrote nothing and both stores agree."""
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop after the summary")
    parser.add_argument("--json", action="store_true", help="the summary as JSON too")
    parser.add_argument(
        "--screenshots",
        metavar="DIR",
        type=Path,
        help="take a picture of every screen, wide and as on a phone",
    )
    parser.add_argument(
        "--database",
        default=databases.DEMO,
        help=f"made anew each time (default: {databases.DEMO})",
    )
    options = parser.parse_args(arguments)
    ensure_all()
    chromium = browser.ensure_browser() if options.screenshots else ""
    with _alone(options.database), ExitStack() as stack:
        demo = Demo(options.database, stack)
        demo.begin()
        found = demo.play()
        agree = not demo.disagreements
        quiet = not any(found["writes"].values())
        demo.tell(found)
        if options.json:
            places = {"urls": demo.urls, "log": str(demo.log("odoo"))}
            print(json.dumps({**_as_json(found), **places}), flush=True)
        if options.screenshots:
            with ui.step("Taking pictures of every screen"):
                ui.say(demo.pictures(chromium, options.screenshots.resolve(), True))
        if not options.once:
            demo.stay()
        return 0 if agree and quiet else 1


@contextmanager
def _alone(database: str) -> Iterator[None]:
    """Two demos do not share a database: the second one would drop the first one's."""
    with open(cache.cache() / f"demo-{database}.lock", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ui.Failure(
                f"Another demo is using the database {database}.\n"
                "Stop it first, or give this one a database of its own: "
                "`./dev demo --database NAME`."
            ) from None
        yield


def _as_json(found: dict[str, Any]) -> dict[str, Any]:
    """The summary for machines; `run` is the first sync, `idle` the last run."""
    runs = found["runs"]

    def short(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"login": row["login"], "run": row["run"]} for row in rows]

    return {
        "accounts": short(runs["first"]),
        "after_edits": short(runs["after"]),
        "settled": short(runs["settled"]),
        "proven": short(runs["proven"]),
        "idle": {
            "accounts": short(runs["idle"]),
            "requests": found["requests"],
            "writes": found["writes"],
            "mails": found["mails"],
        },
        "disagreements": found["disagreements"],
    }


def folder(database: str) -> Path:
    """Where a demo keeps its logs and its story."""
    return cache.cache() / "demo" / database


class Demo:
    """One demo: its processes live as long as `stack`."""

    def __init__(self, database: str, stack: ExitStack) -> None:
        self.database = database
        self.stack = stack
        self.folder = folder(database)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.story = self.folder / "story.json"
        self.urls: dict[str, str] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.disagreements: list[str] = []

    # -- from nothing to the first sync ----------------------------------------

    def begin(self) -> None:
        """Database, simulators with data, Odoo, three connected users."""
        source = databases.with_addon()
        with ui.step(f"Making the database {self.database}"):
            forget_key(self.database)
            databases.copy_template(self.database, source)
        with ui.step("Starting the Domino and Zoho CRM simulators"):
            self._simulator("domino", "--auth=session")
            self._simulator("zoho", "--knob=unique_email=true")
        with ui.step("Filling them with invented contacts, to-dos and mail"):
            ui.say(f"  {self._python('tests.demo', *self._sides()).strip()}")
        port = free_port(PORTS["odoo"])
        self.urls["odoo"] = self.stack.enter_context(
            odoo.odoo_server(
                self.database,
                "--max-cron-threads=2",
                "--log-level=info",
                port=port,
                log=self.log("odoo"),
            )
        )
        with ui.step("Connecting the organisation and three users"):
            self._in_odoo(
                "connect",
                json.loads(self.story.read_text(encoding="utf-8")),
                self.urls["domino"],
                json.loads(self.log("zoho").read_text().splitlines()[0]),
                self.urls["odoo"],
            )
        with ui.step("First sync, by Odoo's own cron"):
            self._wait_for_runs()

    def log(self, name: str) -> Path:
        """Where a process prints to: `odoo`, `domino` or `zoho`."""
        return self.folder / f"{name}.log"

    def _simulator(self, name: str, *options: str) -> None:
        port = free_port(PORTS[name])
        process = self.stack.enter_context(
            _process(
                [
                    str(packages.python()),
                    "-m",
                    f"tests.simulators.{name}",
                    f"--port={port}",
                    *options,
                ],
                self.log(name),
            )
        )
        self.processes[name] = process
        self.urls[name] = f"http://127.0.0.1:{port}"
        end = time.monotonic() + 60
        while not answers(f"{self.urls[name]}/__sim__/clock"):
            if process.poll() is not None or time.monotonic() > end:
                raise ui.Failure(
                    f"The {name} simulator does not start:\n"
                    + self.log(name).read_text(errors="replace")[-2000:]
                )
            time.sleep(0.1)

    def _sides(self) -> list[str]:
        return [
            f"--domino={self.urls['domino']}",
            f"--zoho={self.urls['zoho']}",
            f"--story={self.story}",
        ]

    def _python(self, module: str, *options: str) -> str:
        return ui.run(
            [packages.python(), "-m", module, *options],
            env={**os.environ, "PYTHONPATH": str(cache.ROOT)},
            cwd=cache.ROOT,
            advice="That is a fault of the demo itself.",
        )

    def _in_odoo(self, function: str, *values: Any) -> Any:
        """Call a function of `tests.demo.odoo_side` in Odoo's shell."""
        script = (
            "import json\n"
            "from tests.demo import odoo_side\n"
            f"result = odoo_side.{function}(env, *json.loads({json.dumps(values)!r}))\n"
            "env.cr.commit()\n"
            "print(json.dumps(result))\n"
        )
        printed = databases.run_script(self.database, script)
        return json.loads(printed.splitlines()[-1])

    def _wait_for_runs(self) -> None:
        end = time.monotonic() + FIRST_SYNC_SECONDS
        while self._running():
            if time.monotonic() > end:
                raise ui.Failure(
                    f"The first sync does not end. Odoo's log: {self.log('odoo')}"
                )
            time.sleep(0.5)

    def _running(self) -> bool:
        rows = start_postgres().query(
            "SELECT 1 FROM notes_zoho_account a "
            "LEFT JOIN notes_zoho_run r ON r.id = a.last_run_id "
            "WHERE r.id IS NULL OR r.state = 'running' "
            "OR a.run_requested IS NOT NULL LIMIT 1",
            self.database,
        )
        return bool(rows)

    # -- the story ---------------------------------------------------------------------

    def play(self) -> dict[str, Any]:
        """Edits, syncs, an idle run; then the comparer has its say."""
        with ui.step("People work on both sides; syncs after it, one with nothing new"):
            found: dict[str, Any] = self._in_odoo(
                "play",
                str(self.story),
                self.urls["domino"],
                self.urls["zoho"],
                MAILS,
            )
        with ui.step("Comparing both stores"):
            self.disagreements = self._compare()
        found["disagreements"] = self.disagreements
        return found

    def _compare(self) -> list[str]:
        done = subprocess.run(
            [packages.python(), "-m", "tests.demo.compare", *self._sides()],
            env={**os.environ, "PYTHONPATH": str(cache.ROOT)},
            cwd=cache.ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode not in (0, 1) or (done.returncode == 1 and done.stderr):
            raise ui.Failure(f"The comparer itself failed:\n{done.stderr.strip()}")
        return done.stdout.splitlines()

    def pictures(self, chromium: str, target: Path, every: bool = False) -> str:
        """Take the pictures of README and app page, or of every screen; returns what
        was made."""
        story = json.loads(self.story.read_text(encoding="utf-8"))
        return self._python(
            "tests.demo.pictures",
            f"--odoo={self.urls['odoo']}",
            f"--database={self.database}",
            f"--password={story['password']}",
            f"--chromium={chromium}",
            f"--to={target}",
            *(["--screens"] if every else []),
        )

    # -- the summary -----------------------------------------------------------

    def tell(self, found: dict[str, Any]) -> None:
        """What happened, and where to look."""
        story = json.loads(self.story.read_text(encoding="utf-8"))
        heroes = {hero["login"]: hero for hero in story["heroes"]}
        titles = {
            "first": "First sync",
            "after": "Sync after a day's work",
            "settled": "Sync after it",
            "proven": "And another one",
            "idle": "Sync with nothing to do",
        }
        say = ui.say
        for phase, title in titles.items():
            if done := {"after": "told", "settled": "told_later"}.get(phase):
                say("\nWhat people did")
                for line in found[done]:
                    say(f"  {line}")
            say(f"\n{title}")
            for row in found["runs"][phase]:
                hero = heroes[row["login"]]
                say(
                    f"  {row['login']} ({hero['direction']}, {hero['policy']}): "
                    f"{row['run']['state']} {row['run']['message']}".rstrip()
                )
                for line in _counted(row["run"]["counters"]):
                    say(f"    {line}")
                for line in _reasons(row["entries"]):
                    say(f"    {line}")
        say(
            "\nCounted by the simulators during that last one, "
            f"{found['mails']} mails having arrived"
        )
        for side, name in (("domino", "Domino"), ("zoho", "Zoho CRM")):
            say(
                f"  {name}: {found['requests'][side]} requests, "
                f"{found['writes'][side]} of them writes"
            )
        if self.disagreements:
            say(f"\nThe two stores DISAGREE in {len(self.disagreements)} things")
            for line in self.disagreements:
                say(f"  {line}")
        else:
            say("\nThe two stores agree, but for what the story left apart:")
            for entry in story["apart"]:
                say(f"  {entry['who']}: {entry['why']}")
        say("\nWhere to look")
        say(f"  Odoo              {self.urls['odoo']}/odoo")
        say("                    administrator: admin / admin")
        for hero in story["heroes"]:
            say(
                f"                    {hero['name']}: {hero['login']} / "
                f"{story['password']}"
            )
        say(
            f"  Domino simulator  {self.urls['domino']}/api, "
            f"{self.urls['domino']}/__sim__/dump"
        )
        say(f"  Zoho simulator    {self.urls['zoho']}/__sim__/dump")
        say(f"  Logs              {self.folder}")
        hero = story["heroes"][0]
        box = next(a for a in story["accounts"] if a["login"] == hero["login"])
        new = {"mailfile": box["mail_file"], "FirstName": "Nora", "LastName": "Neu"}
        say(
            f"\nTo play {hero['name']} in Notes: a new contact, then Start sync in Odoo"
        )
        say(f"  curl -d '{json.dumps(new)}' \\")
        say(f"    {self.urls['domino']}/__sim__/act/create_contact")

    def stay(self) -> None:
        """Until Ctrl-C, or until one of the processes ends by itself."""
        ui.say("\nAll this stays up until you press Ctrl-C.")
        while True:
            time.sleep(1)
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise ui.Failure(f"The {name} simulator ended: {self.log(name)}")
            if not answers(f"{self.urls['odoo']}/web/health"):
                raise ui.Failure(f"Odoo no longer answers: {self.log('odoo')}")


def _counted(counters: dict[str, Any]) -> list[str]:
    """`contact -> Zoho: 81 created, 3 skipped`, a line each."""
    names = {"notes": "Notes", "zoho": "Zoho CRM"}
    lines = [
        f"{kind} -> {names[target]}: "
        + ", ".join(f"{number} {outcome}" for outcome, number in outcomes.items())
        for kind, targets in counters.items()
        for target, outcomes in targets.items()
    ]
    return lines or ["nothing to do"]


def _reasons(entries: list[dict[str, Any]]) -> list[str]:
    """What needs a word, the records of one reason on one line."""
    titles: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        words = [(entry["outcome"], entry["why"])] if entry["why"] else []
        words += [("left out", text) for text in entry["left_out"]]
        for key in words:
            titles.setdefault(key, []).append(entry["title"])
    return [
        f"{outcome}: {', '.join(names[:3])}"
        + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        + f": {why}"
        for (outcome, why), names in titles.items()
    ]


def forget_key(database: str) -> None:
    """Remove the key that a demo database made; it goes with the database."""
    if not databases.exists(database):
        return
    for mark in start_postgres().query(
        f"SELECT value FROM ir_config_parameter WHERE key = '{FINGERPRINT}'", database
    ):
        key = odoo.data_folder() / "notes_zoho_sync" / f"{mark}.key"
        key.unlink(missing_ok=True)


# -- processes and ports ---------------------------------------------------------


def free_port(wanted: int) -> int:
    """This port if nobody listens on it, else a free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return odoo.free_port()
    return wanted


def answers(url: str) -> bool:
    """Whether somebody answers there with status 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def _process(command: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a process until the block ends; what it prints goes to `log`."""
    with open(log, "w") as output:
        process = subprocess.Popen(
            command,
            cwd=cache.ROOT,
            env={**os.environ, "PYTHONPATH": str(cache.ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C is for us alone: we end it.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
