"""The bench's report says what was measured, and plainly what falls short."""

from __future__ import annotations

from typing import Any

from tests.demo.people import Person

from . import report
from .peer import vcard
from .servers import copied_unid

UNID = "0123456789ABCDEF0123456789ABCDEF"


def run(cpu: float, **more: Any) -> dict[str, Any]:
    side = {"requests": 8, "writes": 0, "peak_connections": 4}
    return {
        **{"cpu": cpu, "database_cpu": 0.0, "wall": cpu, "peak": 100.0, "grown": 1.0},
        **{"domino": dict(side), "zoho": dict(side), **more},
    }


def theirs(cpu: float) -> dict[str, float]:
    return {"cpu": cpu, "wall": cpu, "peak": 50.0}


def results(first: float) -> dict[str, Any]:
    """Two sizes, with that many CPU seconds for our first syncs."""
    steps = ("first", "settled", "idle", "changed")
    peer = {
        size: {
            "start": theirs(0.5),
            **{step: theirs(1.5) for step in steps},
            **{f"{step}_requests": 2 for step in steps},
        }
        for size in ("100", "200")
    }
    ours = {
        f"{size} notes": {"first": run(first), "idle": run(0.1)}
        for size in ("100", "200")
    }
    about = {"when": "2026-01-01T00:00", "machine": "one core", "load": [0.0, 1.0]}
    return {
        "peer": {**about, "found": peer},
        "contacts": {**about, "found": ours},
    }


def test_what_falls_short_is_told_by_how_much():
    summary = "\n".join(report.summary(results(first=1.5)))
    assert "| 15.00 ms, vdirsyncer 10.00 ms (1.50 x) | **no** |" in summary
    assert "| 0.100 s, vdirsyncer 1.00 s (10 times cheaper) | yes |" in summary


def test_what_is_met_is_told_with_the_machine_it_was_measured_on():
    page = report.text(results(first=0.9))
    assert "Measured on one core, with a load of 0 to 1 " in page
    assert "| 9.00 ms, vdirsyncer 10.00 ms (0.90 x) | yes |" in page
    assert "**no**" not in page


def test_the_peers_start_is_taken_off():
    page = report.text(results(first=0.9))
    assert "| first sync, 100, Notes to CRM | 0.900 | 9.00 | 1.000 | 10.00 |" in page


def test_writes_to_notes_go_one_at_a_time_in_the_ideal_too():
    side = {"requests": 12, "writes": 4, "peak_connections": 1}
    nothing = {"requests": 0, "writes": 0, "peak_connections": 1}
    done = run(0.0, domino=side, zoho=nothing)
    assert report._ideal(done, {"domino": 1.0, "zoho": 1.0}) == 8 / 4 + 4


def test_copies_of_a_document_have_unids_of_their_own():
    copies = {copied_unid(UNID, number) for number in range(1, 100)}
    assert len(copies) == 99
    assert UNID not in copies
    assert {len(unid) for unid in copies} == {32}


def test_what_a_vcard_means_by_its_signs_is_escaped():
    person = Person("Ada; Bea", "Lind", company="Lind, Sons", note="One\nTwo")
    text = vcard(person, "1")
    assert "N:Lind;Ada\\; Bea;;;" in text
    assert "ORG:Lind\\, Sons;" in text
    assert "NOTE:One\\nTwo" in text
