"""Runs the simulator alone: `python -m tests.simulators.domino --port N`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from .server import DominoSimulator


def main() -> None:
    """Starts the server, prints its address and stays up."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.domino")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8085)
    parser.add_argument(
        "--auth", choices=("basic", "session", "session_override"), default="basic"
    )
    parser.add_argument("--fp", type=int, default=10, help="fix pack of 9.0.1")
    parser.add_argument("--force401", action="store_true")
    parser.add_argument("--seed", type=Path, help="JSON file, see Acts.load")
    options = parser.parse_args()
    server = DominoSimulator(
        auth=options.auth, fp=options.fp, force401=options.force401
    )
    if options.seed:
        server.act.load(json.loads(options.seed.read_text(encoding="utf-8")))
    else:
        server.act.add_user("Jane Doe", "secret")
        server.act.create_contact(
            "mail/jdoe.nsf",
            FirstName="Ada",
            LastName="Brook",
            MailAddress="ada.brook@example.org",
        )
    server.start(options.port, host=options.host)
    print(f"Domino simulator: {server.url}", flush=True)
    try:
        server.join()
    except KeyboardInterrupt:
        server.stop()


if __name__ == "__main__":
    main()
