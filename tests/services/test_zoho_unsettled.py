"""What no source settles: a whole round works with either answer."""

from __future__ import annotations

from typing import Any

import pytest

from notes_zoho_sync.services.errors import ChangedMeanwhile
from notes_zoho_sync.services.records import Name
from notes_zoho_sync.services.sync.item import Change, NewRecord, Removal, Written
from tests.services.zoho_support import Bench

UNSETTLED: list[dict[str, Any]] = [
    {},
    {"bearer": False},
    {"coql_in": 100},
    {"coql_limit": 200},
    {"coql_pairs": False},
    {"deleted_304": True},
    {"deleted_errors_wrapped": True},
    {"length_unit": "utf16"},
    {"lookup_by_name": "create"},
    {"lookup_by_name": "match"},
    {"max_ids": 20},
    {"multiple_errors": True},
    {"name_rule": "either"},
    {"noop_bumps": False},
    {"old_expires": True},
    {"old_write_status": True},
    {"page_token_bound_to_header": False},
    {"page_token_position": "offset"},
    {"picklist": "refuse"},
    {"read_only_fields": "refuse"},
    {"token_scope": False},
    {"trim": True},
    {"unknown_fields": "refuse"},
    {"unknown_list_fields": "refuse"},
]


def named(knobs: dict[str, Any]) -> str:
    return ",".join(f"{name}={value}" for name, value in knobs.items()) or "usual"


@pytest.mark.parametrize("knobs", UNSETTLED, ids=named)
def test_a_round_works(knobs: dict[str, Any]) -> None:
    bench = Bench(**knobs)
    try:
        go_round(bench)
    finally:
        bench.close()


def go_round(bench: Bench) -> None:
    """First sync of 230 contacts, edits on both sides, a lost race, deletions."""
    side = bench.side()
    feed = bench.feed()
    since = side.now()
    new = [
        NewRecord({"name": Name("", f"N{n}"), "company": f"F{n % 210}"}, f"k{n}")
        for n in range(230)
    ]
    made = side.create("contact", new)
    assert all(isinstance(result, Written) for result in made)
    keys = [result.key for result in made if isinstance(result, Written)]
    assert len(bench.sim.records("Accounts")) == 210

    listed: list[str] = []
    more = True
    while more:
        part, more = side.list_keys("contact", listed[-1] if listed else "")
        listed += part
    assert listed == keys
    assert {item.key for item in side.created_since("contact", since)} == set(keys)

    rows = []
    page = ""
    while True:
        got = feed.modified("Contacts", since, page)
        rows += got.rows
        page = got.more
        if not page:
            break
    assert {row.key for row in rows} == set(keys)

    items = side.read("contact", keys[:100])
    assert [items[key].values["company"] for key in keys[:3]] == ["F0", "F1", "F2"]
    as_of = side.now()
    bench.sim.clock.advance(seconds=5)
    bench.sim.act.edit("Contacts", keys[0], Title="Theirs")
    results = side.update(
        "contact",
        [
            Change(key, {"job_title": "Ours"}, items[key].values, "", as_of)
            for key in keys[:100]
        ],
    )
    assert isinstance(results[0], ChangedMeanwhile)
    assert all(isinstance(result, Written) for result in results[1:])
    titles = [bench.record(key)["Title"] for key in keys[:3]]
    assert titles == ["Theirs", "Ours", "Ours"]

    bench.sim.clock.advance(seconds=5)
    now = bench.sim.clock.now()
    removals = [Removal(key, "", now) for key in keys[100:]]
    gone = side.delete("contact", removals)
    assert all(isinstance(result, Written) for result in gone)
    deleted = feed.deleted("Contacts", since, "")
    assert {row.key for row in deleted.rows} == set(keys[100:])
    assert feed.deleted("Accounts", since, "").rows == ()
    assert bench.sim.log.mails == []
