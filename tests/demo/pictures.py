"""Pictures of a running demo, taken with a headless Chromium.

    python -m tests.demo.pictures --odoo URL --database NAME --password PASSWORD \\
        --chromium PATH --to FOLDER

Chromium is driven over its DevTools protocol, as Odoo's own browser tests do.
"""

from __future__ import annotations

import argparse
import base64
import io
import itertools
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import websocket
from PIL import Image

SIZE = (1200, 800)
PATIENCE_SECONDS = 60
# Name of the picture: who looks, at what, what to press first, what then must be there.
PICTURES = {
    "account": (
        "anna",
        "/odoo/notes-sync",
        None,
        ".o_notes_sync_results",
    ),
    "runs": (
        "admin",
        "/odoo/action-notes_zoho_sync.action_run",
        None,
        ".o_list_view .o_data_row",
    ),
    "records": (
        "ben",
        "/odoo/action-notes_zoho_sync.action_run/{run}",
        ".nav-link[name='entries']",
        ".o_field_x2many .o_data_row",
    ),
}


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
    with tempfile.TemporaryDirectory() as profile:
        process = subprocess.Popen(
            [
                path,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-port=0",
                f"--user-data-dir={profile}",
                f"--window-size={SIZE[0]},{SIZE[1]}",
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


def second_run(http: requests.Session, odoo: str) -> int:
    """The number of this person's second run, the one after the edits."""
    params = {
        "model": "notes.zoho.run",
        "method": "search",
        "args": [[]],
        "kwargs": {"order": "id", "offset": 1, "limit": 1},
    }
    found: list[int] = _call(http, f"{odoo}/web/dataset/call_kw", params)
    return found[0]


def take(
    browser: Browser, odoo: str, database: str, name: str, password: str
) -> Image.Image:
    """One of the pictures."""
    login, path, press, shown = PICTURES[name]
    secret = password if login != "admin" else "admin"
    http = session(odoo, database, login, secret)
    where = odoo + path.format(run=second_run(http, odoo))
    cookie = http.cookies.get("session_id")
    browser.ask("Network.setCookie", name="session_id", value=cookie, url=odoo)
    browser.ask("Page.navigate", url=where)
    if press:
        browser.wait_for(press)
        browser.run(f"document.querySelector({json.dumps(press)}).click()")
    browser.wait_for(shown)
    # Pictures, fonts and transitions come a moment after the element.
    time.sleep(1.5)
    shot = browser.ask("Page.captureScreenshot", format="png")
    return Image.open(io.BytesIO(base64.b64decode(shot["data"])))


def main() -> None:
    """Takes all pictures, in few colours so that they stay small."""
    parser = argparse.ArgumentParser(prog="python -m tests.demo.pictures")
    parser.add_argument("--odoo", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--chromium", required=True)
    parser.add_argument("--to", required=True, type=Path)
    options = parser.parse_args()
    with chromium(options.chromium) as browser:
        for name in PICTURES:
            picture = take(
                browser, options.odoo, options.database, name, options.password
            )
            small = picture.convert("RGB").quantize(64)
            target = options.to / f"{name}.png"
            small.save(target, optimize=True)
            print(f"{target.name}: {target.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
