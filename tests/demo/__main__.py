"""Fills the two simulators with what the demo begins with.

    python -m tests.demo --domino URL --zoho URL --story FILE

writes FILE, which the comparer and Odoo's side read, and prints how much there is.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.simulators.common import ControlClient

from . import story


def main() -> None:
    """Seeds both and says how much there is."""
    parser = argparse.ArgumentParser(prog="python -m tests.demo")
    parser.add_argument("--domino", required=True)
    parser.add_argument("--zoho", required=True)
    parser.add_argument("--story", required=True, type=Path)
    options = parser.parse_args()
    plot = story.seed(ControlClient(options.domino), ControlClient(options.zoho))
    story.save(options.story, plot)
    print(f"{len(plot.notes)} records in Notes, {len(plot.zoho)} in Zoho CRM")


if __name__ == "__main__":
    main()
