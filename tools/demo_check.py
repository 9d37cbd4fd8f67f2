"""`./dev test demo`: the demo as a newcomer starts it, judged by what it prints."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools import cache, databases, demo, odoo, ui
from tools.setup import ensure_all

#: Requests of an idle run: a Domino account, and the whole Zoho organisation.
DOMINO_EACH, ZOHO_ALL = 6, 9
KINDS = ("contact", "task", "event")
PATIENCE_SECONDS = 120
MARK = "NZS_DEMO_MARK"


def main(arguments: list[str]) -> int:
    """Run the demo once, and once more until it is stopped; 0 when all is well."""
    ensure_all()
    database = f"{databases.TEST_PREFIX}{os.getpid()}"
    checks = {
        "the demo ends well and its idle run costs what it may": _once,
        "the demo stays up, Start sync works, stopping leaves nothing behind": _stopped,
    }
    failed = 0
    try:
        for title, check in checks.items():
            wrong = check(database)
            print(f"  {title}: {'FAILED' if wrong else 'ok'}", flush=True)
            for line in wrong:
                print(f"    {line}", flush=True)
            failed += bool(wrong)
    finally:
        demo.forget_key(database)
        databases.drop(database)
        shutil.rmtree(demo.folder(database), ignore_errors=True)
    print(f"demo: {len(checks) - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def _once(database: str) -> list[str]:
    with ui.step("Running `./dev demo --once --json`"), _demo(database, "--once") as it:
        printed = it.process.communicate()[0]
    wrong = it.left_behind()
    if it.process.returncode != 0:
        wrong.append(f"it ended with status {it.process.returncode}")
    lines = printed.splitlines()
    if not lines:
        return [*wrong, "it printed no summary"]
    return wrong + judge(json.loads(lines[-1]))


def _stopped(database: str) -> list[str]:
    with ui.step("Running `./dev demo`, then stopping it"), _demo(database) as it:
        assert it.process.stdout is not None
        line = it.process.stdout.readline()
        urls = json.loads(line)["urls"] if line else {}
        wrong = [
            f"{name} does not answer at {url}"
            for name, url in urls.items()
            if not it.answers(name, url)
        ]
        if not wrong:
            wrong += _button(urls, database)
        it.process.send_signal(signal.SIGTERM)
        it.process.communicate()
    if not urls:
        wrong.append("it printed no summary")
    if it.process.returncode != 128 + signal.SIGTERM:
        wrong.append(f"stopped, it ended with status {it.process.returncode}")
    return wrong + it.left_behind()


def _button(urls: dict[str, str], database: str) -> list[str]:
    """A new contact in Notes, *Start sync* in Odoo: the cron brings it to Zoho."""
    folder = demo.folder(database)
    story = json.loads((folder / "story.json").read_text(encoding="utf-8"))
    login, password = story["heroes"][0]["login"], story["password"]
    new = {"mailfile": story["accounts"][0]["mail_file"], "LastName": "Neuzugang"}
    _post(f"{urls['domino']}/__sim__/act/create_contact", new)
    jar = urllib.request.HTTPCookieProcessor()
    odoo_http = urllib.request.build_opener(jar)

    def call(path: str, params: dict[str, Any]) -> Any:
        answer = _post(f"{urls['odoo']}{path}", {"params": params}, odoo_http)
        if "error" in answer:
            raise ui.Failure(f"{path}: {answer['error']['data']['message']}")
        return answer["result"]

    def model(method: str, *values: Any) -> Any:
        name = "notes.zoho.account"
        params = {"model": name, "method": method, "args": values, "kwargs": {}}
        return call("/web/dataset/call_kw", params)

    call(
        "/web/session/authenticate",
        {"db": database, "login": login, "password": password},
    )
    own = model("search", [["user_id.login", "=", login]])
    model("action_start_sync", own)
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with urllib.request.urlopen(f"{urls['zoho']}/__sim__/dump") as answer:
            contacts = json.loads(answer.read())["records"]["Contacts"]
        if any(record["Last_Name"] == "Neuzugang" for record in contacts):
            return []
        time.sleep(0.5)
    return ["Start sync did not bring a new contact from Notes to Zoho"]


def _post(
    url: str,
    data: dict[str, Any],
    http: urllib.request.OpenerDirector | None = None,
) -> Any:
    request = urllib.request.Request(
        url, json.dumps(data).encode(), {"Content-Type": "application/json"}
    )
    http = http or urllib.request.build_opener()
    with http.open(request, timeout=60) as answer:
        return json.loads(answer.read())


def judge(summary: dict[str, Any]) -> list[str]:
    """What of the summary is not as promised."""
    wrong = [f"disagreement: {line}" for line in summary["disagreements"]]
    accounts, idle = summary["accounts"], summary["idle"]
    if len(accounts) != 3:
        wrong.append(f"{len(accounts)} accounts instead of 3")
    for row in accounts:
        made = row["run"]["counters"]
        wrong += [
            f"the first sync of {row['login']} made no {kind} in Zoho CRM"
            for kind in KINDS
            if not made.get(kind, {}).get("zoho", {}).get("created")
        ]
    phases = ("after_edits", "settled", "proven")
    runs = [row["run"] for phase in phases for row in summary[phase]]
    for outcome in ("updated", "deleted", "conflict"):
        wrong += [
            f"no {kind} was {outcome} after the edits"
            for kind in KINDS
            if not any(_counted(run, kind, outcome) for run in runs)
        ]
    if not any(run["failed"] for run in runs):
        wrong.append("nothing failed after the edits")
    for row in idle["accounts"]:
        if row["run"]["state"] != "done" or row["run"]["counters"]:
            wrong.append(f"the idle run of {row['login']} was not idle: {row['run']}")
    for side, number in idle["writes"].items():
        if number:
            wrong.append(f"the idle run wrote {number} times to {side}")
    bounds = {"domino": DOMINO_EACH * len(accounts) + idle["mails"], "zoho": ZOHO_ALL}
    for side, most in bounds.items():
        if not 0 < idle["requests"][side] <= most:
            wrong.append(
                f"the idle run made {idle['requests'][side]} requests to {side}, "
                f"at most {most} are promised"
            )
    allowed = odoo.allowed_messages()
    for line in Path(summary["log"]).read_text(errors="replace").splitlines():
        if odoo.is_trouble(line, allowed):
            wrong.append(f"in Odoo's log: {line}")
    return wrong


def _counted(run: dict[str, Any], kind: str, outcome: str) -> int:
    """How often in a run, on both sides together."""
    targets = run["counters"].get(kind, {}).values()
    return sum(outcomes.get(outcome, 0) for outcomes in targets)


class _Running:
    """A demo that runs; all its processes carry a mark in their environment."""

    def __init__(self, process: "subprocess.Popen[str]", mark: str) -> None:
        self.process = process
        self._mark = f"{MARK}={mark}".encode()

    def left_behind(self) -> list[str]:
        """Processes that are still there though the demo has ended."""
        found = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdecimal():
                continue
            try:
                variables = (folder / "environ").read_bytes().split(b"\0")
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
            except OSError:  # it ended meanwhile, or is somebody else's
                continue
            if self._mark in variables:
                found.append(f"left behind: {command.decode(errors='replace')}")
        return found

    def answers(self, name: str, url: str) -> bool:
        """Whether Odoo or a simulator is up."""
        path = "/web/health" if name == "odoo" else "/__sim__/log"
        return demo.answers(url + path)


@contextmanager
def _demo(database: str, *options: str) -> Iterator[_Running]:
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        [
            sys.executable,
            cache.ROOT / "dev",
            "demo",
            "--json",
            f"--database={database}",
            *options,
        ],
        env={**os.environ, MARK: mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield _Running(process, mark)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
