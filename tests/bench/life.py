"""Follows one account for many days, with all that happens in them."""

from __future__ import annotations

import time

from tests.standalone import without_odoo


def main(days: int, seed: int) -> int:
    """Tell of each incident; 1 if anything was lost or doubled."""
    without_odoo()
    from tests.engine.long_life import Life

    started = time.monotonic()
    life = Life(days, seed)
    try:
        life.live()
    except AssertionError as error:
        print(error)
        return 1
    finally:
        life.close()
        print("\n".join(life.told))
    print(
        f"{life.day} days, {len(life.ledger.records)} records, seed {seed}: "
        f"both sides agree with what people did ({time.monotonic() - started:.0f} s)"
    )
    return 0
