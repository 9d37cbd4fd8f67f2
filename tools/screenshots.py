"""Take the pictures of README and app page anew: `python3 -m tools.screenshots`."""

import sys
from contextlib import ExitStack

from tools import browser, cache, databases, odoo, ui
from tools.demo import Demo
from tools.setup import ensure_all

TARGET = cache.ROOT / odoo.MODULE / "static" / "description"


def main() -> int:
    """Play the demo, then take the pictures of it."""
    ensure_all()
    with ExitStack() as stack:
        demo = Demo(databases.DEMO, stack)
        demo.begin()
        demo.play()
        with ui.step("Taking pictures"):
            print(demo.pictures(browser.ensure_browser(), TARGET), end="")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ui.Failure as failure:
        ui.say(str(failure))
        sys.exit(1)
