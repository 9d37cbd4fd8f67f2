"""Plays the whole fault matrix and holds it against the committed table."""

from __future__ import annotations

import os
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.standalone import without_odoo


def _play(number: int) -> tuple[int, object]:
    from tests.engine import fault_matrix

    ((_cell, row),) = fault_matrix.play_all([fault_matrix.cells()[number]])
    return number, row


def main(write: bool) -> int:
    """Play every cell; the exit status says whether all is as the table has it.

    :param write: make the table anew from what was seen.
    """
    without_odoo()
    from tests.engine import fault_matrix

    started = time.monotonic()
    cells = fault_matrix.cells()
    known = {} if write else fault_matrix.read()
    rows, broken, healed = [], 0, Counter[str]()
    with ProcessPoolExecutor(os.cpu_count(), initializer=without_odoo) as pool:
        for number, row in pool.map(_play, range(len(cells)), chunksize=4):
            cell = cells[number]
            if isinstance(row, str):
                broken += 1
                print(f"{cell}: {row}", flush=True)
                continue
            if isinstance(row, fault_matrix.Row):
                rows.append(row)
                healed[row.healed] += 1
            if not write and row != known.get(cell):
                broken += 1
                print(f"{cell}:\n  seen {row}\n  table {known.get(cell)}", flush=True)
    if write:
        fault_matrix.write(rows)
    words = ", ".join(f"{name}: {number}" for name, number in healed.most_common())
    print(
        f"{len(rows)} faults in {time.monotonic() - started:.0f} s, {broken} not as "
        f"expected. Both sides agree again in the {words}"
    )
    return 1 if broken else 0
