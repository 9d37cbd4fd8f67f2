"""Runs the simulator alone: `python -m tests.simulators.zoho --port N`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .server import ZohoSimulator


def _knob(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def main() -> None:
    """Prints one line of JSON with URL and credentials, then serves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--knob",
        action="append",
        type=_knob,
        default=[],
        metavar="NAME=VALUE",
        help="a switch of Knobs; the value is JSON or text",
    )
    parser.add_argument(
        "--seed", type=Path, help="JSON file with the arguments of the act `seed`"
    )
    options = parser.parse_args()
    sim = ZohoSimulator(**dict(options.knob))
    if options.seed is not None:
        sim.act.seed(**json.loads(options.seed.read_text(encoding="utf-8")))
    sim.start(options.port, host=options.host)
    ready = {
        "url": sim.url,
        "client_id": sim.client_id,
        "client_secret": sim.client_secret,
        "refresh_token": sim.act.make_refresh_token(),
    }
    print(json.dumps(ready), flush=True)
    try:
        sim.join()
    except KeyboardInterrupt:
        sim.stop()


if __name__ == "__main__":
    main()
