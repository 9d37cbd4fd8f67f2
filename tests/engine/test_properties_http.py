"""The invariants for contacts over HTTP (see ``http_machine``)."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from .http_machine import COMMON, OverHttp, hunt
from .http_world import HttpBench
from .machine import SIDES, UNITS, ContactMachine
from .situations import Situations

EXAMPLES = 80


class HttpMachine(OverHttp, ContactMachine):
    """People in the simulators' address books."""

    situations = Situations(
        (
            *COMMON,
            "cut and pasted",
            "direction",
            "held run",
            "locked unit",
            "owner_changed",
            "same person on both sides",
        )
    )

    def make_bench(self) -> HttpBench:
        return HttpBench()

    def token(self, unit: str = "") -> str:
        """A fax number must be one."""
        token = super().token(unit)
        return f"+49 30 {100000 + self.tokens}" if unit == "fax" else token

    @rule(side=st.sampled_from(SIDES), data=st.data())
    def somebody_is_cut_and_pasted(self, side: str, data: Any) -> None:
        """In Notes whatever stands on the document goes along, our key too."""
        if side == "zoho":
            super().somebody_is_cut_and_pasted(side, data)
            return
        record = self.pick(side, data)
        if record is None:
            return
        copy = self.bench.notes.person_pastes(record.key)
        self.one_more(record)
        self.goes_along(side, record, copy)
        self.bench.situations["cut and pasted"] += 1

    def check_same(self, notes: dict[str, Any], zoho: dict[str, Any]) -> None:
        """By the two stores' own words; nothing of ours has a say."""
        pair = (notes, zoho)
        for unit in UNITS:
            assert notes[unit] == zoho[unit], (unit, *pair)
        assert notes["emails"] == zoho["emails"], pair
        if notes["name"].last:
            assert notes["name"] == zoho["name"], pair
        else:
            assert zoho["name"].last, pair  # stands in; it never comes back


def test_invariants_hold_over_http():
    hunt(HttpMachine, EXAMPLES)
