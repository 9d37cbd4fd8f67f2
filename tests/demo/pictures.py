"""Pictures of a running demo, taken with a headless Chromium.

    python -m tests.demo.pictures --odoo URL --database NAME --password PASSWORD \\
        --chromium PATH --to FOLDER [--screens [NAME ...]]

Chromium is driven over its DevTools protocol, as Odoo's own browser tests do.
"""

from __future__ import annotations

import argparse
import base64
import io
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import requests
import websocket
from PIL import Image

from .screens import SCREENS, SIZES, Screen

PATIENCE_SECONDS = 60
#: Pictures of README and app page: what, in which width and height.
SHOWN = (1200, 800, False)
README = {
    "account": SCREENS["sync"],
    "runs": SCREENS["runs"],
    "records": SCREENS["run-worked"],
    "settings": SCREENS["sync-settings"],
    "users": SCREENS["manage-users"],
    "meeting": SCREENS["meeting-scheduled"],
}
#: Where who looks is; a browser shows times as its own clock does.
ZONE = "Europe/Berlin"
#: Transitions, fonts and pictures come a moment after what is waited for.
MOMENT = 1.5


class Browser:
    """One page of a Chromium."""

    def __init__(self, port: int) -> None:
        pages = requests.get(f"http://127.0.0.1:{port}/json/list", timeout=30).json()
        page = next(p for p in pages if p["type"] == "page")
        self._socket = websocket.create_connection(
            page["webSocketDebuggerUrl"], timeout=60, suppress_origin=True
        )
        self._numbers = itertools.count(1)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """One command and its answer."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    def wait_for(self, selector: str) -> None:
        """Until an element is there."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.run(f"!!document.querySelector({json.dumps(selector)})"):
            if time.monotonic() > end:
                raise RuntimeError(f"no {selector} at {self.run('location.href')}")
            time.sleep(0.2)


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """A headless Chromium until the block ends."""
    # Chromium may still write while it ends.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [
                path,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-port=0",
                f"--user-data-dir={profile}",
                f"--window-size={SHOWN[0]},{SHOWN[1]}",
                "about:blank",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            told = Path(profile, "DevToolsActivePort")
            end = time.monotonic() + PATIENCE_SECONDS
            while not told.exists() or not told.read_text().strip():
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError("Chromium does not start")
                time.sleep(0.1)
            yield Browser(int(told.read_text().split()[0]))
        finally:
            process.terminate()
            process.wait()


def session(odoo: str, database: str, login: str, password: str) -> requests.Session:
    """Signed in to Odoo."""
    http = requests.Session()
    asked = {"db": database, "login": login, "password": password}
    _call(http, f"{odoo}/web/session/authenticate", asked)
    return http


def _call(http: requests.Session, url: str, params: dict[str, Any]) -> Any:
    answer = http.post(url, json={"params": params}, timeout=60).json()
    if "error" in answer:
        raise RuntimeError(f"{url}: {answer['error']}")
    return answer["result"]


def call(http: requests.Session, odoo: str, model: str, method: str, *args: Any) -> Any:
    """What a method of a model answers to whoever is signed in."""
    params = {"model": model, "method": method, "args": list(args), "kwargs": {}}
    return _call(http, f"{odoo}/web/dataset/call_kw", params)


def find(http: requests.Session, odoo: str, model: str, domain: list[Any]) -> int:
    """The number of the last record of a domain."""
    found: list[int] = call(http, odoo, model, "search", domain)
    if not found:
        raise RuntimeError(f"no {model} of {domain}")
    return max(found)


def prepare(http: requests.Session, odoo: str) -> None:
    """What the demo's story lacks, as one of its users: a preview, and meetings."""

    def act(model: str, method: str, *args: Any) -> Any:
        return call(http, odoo, f"notes.zoho.{model}", method, *args)

    act("account", "action_preview", act("account", "search", []))
    start = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    start += timedelta(days=1)
    while start.weekday() > 4:  # a working day
        start += timedelta(days=1)
    guests = call(
        http,
        odoo,
        "res.partner",
        "search",
        [["user_ids.login", "in", ["ben", "carla"]]],
    )
    for subject in ("Angebot für die neue Halle", "Jahresplanung"):
        (meeting,) = act(
            "meeting",
            "create",
            [
                {
                    "subject": subject,
                    "participant_ids": [[6, 0, guests]],
                    "location": "Raum 2",
                    "start": f"{start:%Y-%m-%d %H:%M:%S}",
                    "stop": f"{start + timedelta(hours=1):%Y-%m-%d %H:%M:%S}",
                }
            ],
        )
        act("meeting", "action_check_times", [meeting])
    act("meeting", "action_schedule", [meeting])


def take(
    browser: Browser,
    http: requests.Session,
    odoo: str,
    screen: Screen,
    size: tuple[int, int, bool],
) -> Image.Image:
    """A picture of a screen, as somebody sees it who is signed in."""
    number = find(http, odoo, *screen.find) if screen.find else 0
    cookie = http.cookies.get("session_id")
    browser.ask("Network.setCookie", name="session_id", value=cookie, url=odoo)
    width, height, phone = size
    browser.ask(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=1,
        mobile=phone,
    )
    browser.ask("Emulation.setTimezoneOverride", timezoneId=ZONE)
    # An address that differs in its anchor alone would not be loaded anew.
    browser.ask("Page.navigate", url="about:blank")
    browser.ask("Page.navigate", url=odoo + screen.path.format(id=number))
    for selector in screen.press:
        browser.wait_for(selector)
        browser.run(f"document.querySelector({json.dumps(selector)}).click()")
    browser.wait_for(screen.shown)
    time.sleep(MOMENT)
    shot = browser.ask("Page.captureScreenshot", format="png")
    return Image.open(io.BytesIO(base64.b64decode(shot["data"])))


def main() -> int:
    """Takes pictures, in few colours so that they stay small; 0: all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.demo.pictures")
    parser.add_argument("--odoo", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--chromium", required=True)
    parser.add_argument("--to", required=True, type=Path)
    parser.add_argument(
        "--screens",
        nargs="*",
        help="every screen, wide and as on a phone (or these), instead of those of "
        "README and app page",
    )
    options = parser.parse_args()
    options.to.mkdir(parents=True, exist_ok=True)

    @cache
    def signed_in(login: str) -> requests.Session:
        secret = login if login == "admin" else options.password
        return session(options.odoo, options.database, login, secret)

    wanted = {name: (screen, SHOWN) for name, screen in README.items()}
    prepare(signed_in("anna"), options.odoo)
    if options.screens is not None:
        wanted = {
            f"{name}{suffix}": (screen, size)
            for name, screen in SCREENS.items()
            for suffix, size in SIZES.items()
            if name in (options.screens or SCREENS)
        }
    missing = 0
    with chromium(options.chromium) as browser:
        for name, (screen, size) in wanted.items():
            try:
                picture = take(
                    browser, signed_in(screen.login), options.odoo, screen, size
                )
            except RuntimeError as error:
                missing += 1
                print(f"{name}: NOT TAKEN: {error}")
                continue
            target = options.to / f"{name}.png"
            picture.convert("RGB").quantize(64).save(target, optimize=True)
            print(f"{target.name}: {target.stat().st_size // 1024} KB")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
