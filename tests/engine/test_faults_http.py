"""One busy run over HTTP, again and again, with another of its steps failing.

Every write fails in every way; of the readings and of the steps at which the process
may die every third does, and with ``SYNC_HTTP_SWEEP=all`` every one.
"""

from __future__ import annotations

import os
from functools import cache

import pytest

from .http_world import RULES
from .machine import Edit
from .test_properties_http import HttpMachine

STRIDE = 1 if os.environ.get("SYNC_HTTP_SWEEP") == "all" else 3
#: What may happen to a request that asks for nothing but an answer.
OF_READING = ("down", "throttled", "challenge", "half", "broken")


def set_up() -> HttpMachine:
    """Pairs in step, then much to do: each operation on each side, a conflict, mail."""
    machine = HttpMachine()
    machine.somebody_is_added_on_both_sides()
    for side in ("notes", "zoho", "notes", "zoho", "notes", "zoho"):
        machine.somebody_is_added(side, True)
    machine.run()
    links = sorted(machine.bench.links, key=lambda link: link.id)
    assert [link.state for link in links] == ["linked"] * 7

    def edit(side: str, number: int, unit: str) -> None:
        key = links[number].side(side).key  # type: ignore[arg-type]
        token = machine.token(unit)
        machine.supersede(side, key, unit)
        machine.side(side).person_edits(key, **{unit: token})
        machine.edits.append(Edit(side, key, unit, token))

    def delete(side: str, number: int) -> None:
        key = links[number].side(side).key  # type: ignore[arg-type]
        machine.side(side).person_deletes(key)
        for name, state in links[number].sides.items():
            machine.supersede(name, state.key)

    delete("notes", 5)
    machine.run()  # the first proof of that deletion
    edit("notes", 0, "job_title")
    edit("notes", 0, "description")
    edit("zoho", 1, "company")
    edit("zoho", 1, "fax")
    edit("notes", 2, "assistant")
    edit("zoho", 2, "assistant")
    edit("notes", 3, "department")
    edit("zoho", 3, "job_title")
    delete("zoho", 4)
    machine.somebody_is_added("notes", False)
    machine.somebody_is_added("zoho", True)
    machine.bench.notes.mail_arrives(2)
    return machine


def go_on(machine: HttpMachine) -> None:
    """Once more after a while; then everything must hold."""
    try:
        machine.private_words_stay()
        machine.bench.clock.tick(130)
        machine.run()
        machine.private_words_stay()
    finally:
        machine.teardown()


@cache
def steps() -> tuple[str, ...]:
    """What the busy run does: ``before reading notes``, ``after writing zoho``, ..."""
    machine = set_up()
    seen: list[str] = []
    machine.bench.faults.crash = machine.bench.store.crash = seen.append
    machine.run()
    machine.bench.faults.crash = machine.bench.store.crash = lambda where: None
    go_on(machine)
    return tuple(seen)


def requests(doing: str) -> list[int]:
    """The run's requests of that sort, counted from 1."""
    before = ("before reading", "before writing")
    asked = [step for step in steps() if step.startswith(before)]
    return [n for n, step in enumerate(asked, 1) if doing in step]


def sweep(doing: str, fault: str, stride: int = 1) -> int:
    """The fault at each request of that sort in turn; how often it struck."""
    struck = 0
    for at in requests(doing)[::stride]:
        machine = set_up()
        faults = machine.bench.faults
        faults.plan = {faults.calls + at: fault}
        machine.run()
        faults.clear()
        struck += sum(faults.hit.values())
        go_on(machine)
    return struck


@pytest.mark.parametrize("fault", OF_READING)
@pytest.mark.parametrize("side", ["notes", "zoho"])
def test_any_reading_may_fail(side: str, fault: str):
    assert sweep(f"reading {side}", fault, STRIDE)


@pytest.mark.parametrize(
    ("side", "fault"),
    [(side, fault) for side, rules in RULES.items() for fault in ("down", *rules)],
)
def test_any_writing_may_fail(side: str, fault: str):
    assert sweep(f"writing {side}", fault)


def test_the_process_may_die_at_any_step():
    for at in range(1, len(steps()) + 1, STRIDE):
        machine = set_up()
        assert machine.bench.run_killed_at(at)
        go_on(machine)


def test_a_race_lost_on_one_side_is_not_forgotten_for_a_write_on_the_other():
    machine = HttpMachine()
    machine.somebody_is_added_on_both_sides()
    machine.run()
    (link,) = machine.bench.links
    machine.bench.notes.person_edits(link.notes.key, fax="+49 30 1", job_title="Chair")
    machine.bench.zoho.person_edits(link.zoho.key, fax="+49 30 2")
    faults = machine.bench.faults
    faults.plan_writes = {faults.writes + n: "raced" for n in (1, 2)}
    machine.run()
    faults.clear()
    assert faults.hit["raced writing notes"] == 2  # the first one asks for a method
    held = [side.live()[0].values for side in (machine.bench.notes, machine.bench.zoho)]
    assert [(values["fax"], values["job_title"]) for values in held] == [
        ("+49 30 2", "Chair"),
        ("+49 30 2", "Chair"),
    ]
    go_on(machine)
