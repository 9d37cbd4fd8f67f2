"""The demo's acts on the two simulators, for `./dev demo`.

    python -m tests.demo seed|edit --domino URL --zoho URL --story FILE

`seed` writes FILE, `edit` reads and writes it; both print what happened.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tests.simulators.common import ControlClient

from . import story
from .story import BY_LOGIN, COMPANY, HEROES, PASSWORD, Plot


def _save(path: Path, plot: Plot) -> None:
    """The plot, and what the comparer and Odoo's side need of it."""
    keys = {"notes": plot.notes, "zoho": plot.zoho}
    apart = [
        {**entry, "id": entry.get("id") or keys[entry["side"]][entry["label"]]}
        for entry in plot.apart
    ]
    data: dict[str, Any] = {
        "company": COMPANY,
        "password": PASSWORD,
        "accounts": [
            {
                "login": hero.login,
                "mail_file": hero.mail_file,
                "owner": hero.email,
                "direction": hero.direction,
            }
            for hero in HEROES
        ],
        "heroes": [
            {
                "login": hero.login,
                "name": hero.name,
                "email": hero.email,
                "direction": hero.direction,
                "policy": hero.policy,
            }
            for hero in BY_LOGIN.values()
        ],
        "apart": apart,
        "plot": plot.as_json(),
    }
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")


def main() -> None:
    """Plays one part of the story."""
    parser = argparse.ArgumentParser(prog="python -m tests.demo")
    parser.add_argument("part", choices=("seed", "edit"))
    parser.add_argument("--domino", required=True)
    parser.add_argument("--zoho", required=True)
    parser.add_argument("--story", required=True, type=Path)
    options = parser.parse_args()
    domino, zoho = ControlClient(options.domino), ControlClient(options.zoho)
    if options.part == "seed":
        plot = story.seed(domino, zoho)
        print(f"{len(plot.notes)} contacts in Notes, {len(plot.zoho)} in Zoho")
    else:
        data = json.loads(options.story.read_text(encoding="utf-8"))
        plot = Plot(**data["plot"])
        print("\n".join(story.edit(domino, zoho, plot)))
    _save(options.story, plot)


if __name__ == "__main__":
    main()
