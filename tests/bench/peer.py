"""The peer: vdirsyncer between two Radicale servers, with the same people.

Both come from the package index into an environment of their own in the cache.
Requests are counted by the servers' logs, CPU and memory by the operating system
when vdirsyncer's process ends.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.demo.people import Person, people
from tools import cache, odoo, packages, ui

from .machine import Used

PINS = cache.ROOT / "requirements" / "bench.txt"
COLLECTION = "u/contacts"
_REQUEST = re.compile(
    r"\b(GET|HEAD|PUT|POST|DELETE|PROPFIND|REPORT|OPTIONS) request for"
)

#: Radicale, quicker than it comes, since its time is not what is measured: it does not
#: wait for the disk, and does not read the whole book at each PUT to see whether the
#: UID is taken, which the name of the file tells as well.
RADICALE = """\
import os, sys
from radicale import config, log, server
from radicale.storage.multifilesystem import Collection
Collection.has_uid = lambda self, uid: os.path.exists(
    os.path.join(self._filesystem_path, uid + ".vcf")
)
log.setup()
log.set_level("info", True)
settings = config.load()
settings.update(
    {
        "server": {"hosts": "127.0.0.1:" + sys.argv[1], "max_connections": "100"},
        "auth": {"type": "none"},
        "storage": {
            "filesystem_folder": sys.argv[2],
            "use_mtime_and_size_for_item_cache": "True",
            "_filesystem_fsync": "False",
        },
    },
    "bench",
    privileged=True,
)
server.serve(settings)
"""

VDIRSYNCER = """\
[general]
status_path = "{folder}/status/"

[pair people]
a = "left"
b = "right"
collections = ["contacts"]
conflict_resolution = "a wins"

[storage left]
type = "carddav"
url = "{left}"
username = "u"
password = "p"

[storage right]
type = "carddav"
url = "{right}"
username = "u"
password = "p"
"""


def environment() -> Path:
    """The folder of the virtual environment with vdirsyncer and Radicale."""
    return packages.environment("bench", PINS)


def measure(folder: Path, size: int, idle_runs: int = 3) -> dict[str, Used | int]:
    """First sync of ``size`` contacts, idle, 1 % changed.

    :returns: step to what vdirsyncer's process used, and ``<step>_requests``;
        ``start`` is what it uses without doing anything.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    found: dict[str, Used | int] = {}
    with ExitStack() as stack:
        left = _Server(folder / "left")
        right = _Server(folder / "right")
        left.fill(people(size))
        right.fill([])
        for server in (left, right):
            stack.enter_context(server.running())
        config = folder / "config"
        config.write_text(
            VDIRSYNCER.format(folder=folder, left=left.url, right=right.url)
        )

        def step(name: str, *arguments: str) -> None:
            before = left.requests() + right.requests()
            found[name] = _run(config, *arguments)
            after = left.requests() + right.requests()
            found[f"{name}_requests"] = after - before

        found["start"] = _run(config, "--version")
        _run(config, "discover")
        step("first", "sync")
        if right.count() != size:
            raise ui.Failure(f"vdirsyncer carried {right.count()} of {size} contacts")
        idle = []
        for _ in range(idle_runs):
            step("idle", "sync")
            idle.append(found["idle"])
        found["idle"] = min(idle, key=lambda used: used.cpu)  # type: ignore[union-attr]
        changed = max(size // 100, 2)
        left.edit(range(0, changed // 2))
        right.edit(range(changed // 2, changed))
        step("changed", "sync")
        step("settled", "sync")
    return found


def _run(config: Path, *arguments: str) -> Used:
    """Run vdirsyncer; what its process used in all."""
    command = [str(environment() / "bin" / "vdirsyncer"), "-c", str(config), *arguments]
    log = config.with_name("vdirsyncer.log")
    with open(log, "ab") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ui.Failure(f"vdirsyncer failed:\n{log.read_text()[-2000:]}")
    return Used(
        wall=wall, cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss / 1024
    )


class _Server:
    """A Radicale server with one address book."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.book = folder / "store" / "collection-root" / COLLECTION
        self.port = odoo.free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.log = folder / "log"

    def fill(self, persons: Sequence[Person]) -> None:
        self.book.mkdir(parents=True)
        (self.book / ".Radicale.props").write_text(
            json.dumps({"tag": "VADDRESSBOOK", "D:displayname": "contacts"})
        )
        for number, person in enumerate(persons):
            uid = f"person-{number:06}"
            (self.book / f"{uid}.vcf").write_text(vcard(person, uid), newline="")

    def edit(self, numbers: Sequence[int]) -> None:
        """Another job title, as somebody's own client would store it."""
        files = sorted(self.book.glob("*.vcf"))
        for number in numbers:
            text = files[number].read_bytes().decode()
            changed = re.sub(r"(?m)^TITLE:.*?\r?$", f"TITLE:Chief {number}\r", text)
            files[number].write_bytes(changed.encode())

    def count(self) -> int:
        return len(list(self.book.glob("*.vcf")))

    def requests(self) -> int:
        return len(_REQUEST.findall(self.log.read_text(errors="replace")))

    @contextmanager
    def running(self) -> Iterator[None]:
        command = [
            *(str(environment() / "bin" / "python"), "-c", RADICALE),
            *(str(self.port), str(self.folder / "store")),
        ]
        with open(self.log, "wb") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        try:
            _wait(self.url, process)
            yield
        finally:
            process.terminate()
            process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}.web/", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise ui.Failure("Radicale does not start.")


def vcard(person: Person, uid: str) -> str:
    """The person as vCard 3.0."""
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"UID:{uid}",
        "N:" + _parts(person.last, person.first, "", person.salutation, ""),
        "FN:" + _parts(f"{person.first} {person.last}"),
        "ORG:" + _parts(person.company, person.department),
        "TITLE:" + _parts(person.job),
        "EMAIL;TYPE=work:" + _parts(person.email),
    ]
    for kind, number in (
        ("work", person.office_phone),
        ("cell", person.mobile),
        ("home", person.home_phone),
        ("other", person.other_phone),
        ("fax", person.fax),
    ):
        if number:
            lines.append(f"TEL;TYPE={kind}:" + _parts(number))
    if person.second_email:
        lines.append("EMAIL;TYPE=home:" + _parts(person.second_email))
    for kind, place in (("work", person.office), ("home", person.home)):
        if place:
            where = (place.street, place.city, place.state, place.zip, place.country)
            lines.append(f"ADR;TYPE={kind}:" + _parts("", "", *where))
    if person.birthday:
        lines.append(f"BDAY:{person.birthday}")
    if person.note:
        lines.append("NOTE:" + _parts(person.note))
    return "\r\n".join([*lines, "END:VCARD", ""])


def _parts(*values: str) -> str:
    """A structured value of a vCard (RFC 2426, 2.4.2)."""
    table = str.maketrans({"\\": r"\\", ",": r"\,", ";": r"\;", "\n": r"\n", "\r": ""})
    return ";".join(value.translate(table) for value in values)
