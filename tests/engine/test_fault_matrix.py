"""A part of the fault matrix; ``./dev bench --faults`` plays all of it."""

from __future__ import annotations

import random

import pytest

from . import fault_matrix
from .fault_matrix import Cell

#: How many of the cells are played here.
PART = 24
SEED = 20261126


def part() -> list[Cell]:
    """Always the same ones, spread over the committed table."""
    return random.Random(SEED).sample(list(fault_matrix.read()), PART)


@pytest.mark.parametrize("cell", part(), ids=lambda cell: " ".join(vars(cell).values()))
def test_the_run_ends_and_heals_as_the_table_says(cell: Cell):
    assert fault_matrix.play(cell) == fault_matrix.read()[cell]


def test_the_table_knows_every_route_of_the_run_and_every_fault():
    table, counts = fault_matrix.read(), fault_matrix.undisturbed().counts
    routes = {(server, route) for server, routes in counts.items() for route in routes}
    assert {(cell.server, cell.route) for cell in table} == routes
    faults = {
        (server, fault)
        for server, faults in fault_matrix.FAULTS.items()
        for fault in faults
        if fault not in fault_matrix.NEVER
    }
    assert {(cell.server, cell.fault) for cell in table} == faults
