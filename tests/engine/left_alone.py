"""What people say of records that are left alone without a counterpart: send them
again, dismiss what was held, delete after all; and what must hold right after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from notes_zoho_sync.services.sync import guard
from notes_zoho_sync.services.sync.link import Link, other
from notes_zoho_sync.services.sync.person import (
    DELETED_AFTER_ALL,
    SENT_AGAIN,
    retry,
    send_again,
)

from .calendar_machine import CalendarMachine
from .machine import SIDES, ContactMachine, SyncMachine
from .task_machine import TaskMachine

#: New records at once that count as many, where worlds are small.
FEW = 3


@contextmanager
def few_are_many() -> Iterator[None]:
    limits = {"CREATES_AT_LEAST": FEW - 1, "CREATES_SHARE": 0}
    with patch.multiple(guard, **limits):
        yield


class LeftAlone(SyncMachine):
    """To be mixed into a machine of some kind of record."""

    def left_alone(self, codes: frozenset[str]) -> list[Link]:
        return [
            link
            for link in self.bench.store.select(self.kind, states=("closed",))
            if link.reason is not None and link.reason.code in codes
        ]

    def one_of(self, links: list[Link], data: Any) -> Link:
        return links[data.draw(st.integers(0, len(links) - 1), label="link")]

    def save(self, link: Link) -> None:
        self.bench.store.save([link])
        self.bench.store.commit()

    def nobody_disturbs(self) -> None:
        """Runs without faults or edits, until what is open is settled."""
        for wait in (10, 200, 200):
            self.bench.clock.tick(wait)
            self.run()

    def half(self, link: Link) -> tuple[str, str] | None:
        """Side and key of the only record of a link that exists."""
        there = [
            (side, state.key)
            for side, state in link.sides.items()
            if self.lives(side, state.key)
        ]
        return there[0] if len(there) == 1 else None

    def linked_to(self, side: str, key: str) -> list[Link]:
        return [x for x in self.bench.links if x.side(side).key == key]  # type: ignore[arg-type]

    def is_ours(self, side: str, key: str) -> bool:
        """Whether the sync has to do with a record now."""
        record = self.side(side).records[key]
        mine = side == "notes" or record.owner == "1"
        return mine and not (record.deleted or record.private or self.waits(record))

    def check_has_one_counterpart(self, side: str, key: str) -> None:
        """A record that a person wants on both sides is there, once."""
        target = other(side)  # type: ignore[arg-type]
        if not self.is_ours(side, key) or not self.bench.settings.may_write(target):
            return
        links = self.linked_to(side, key)
        assert len(links) == 1, f"{side} {key} on {links}"
        (link,) = links
        if link.state == "linked":
            assert self.lives(target, link.side(target).key), f"not made: {link}"
            return
        assert link.state in ("closed", "failed", "private"), f"forgotten: {link}"
        if link.state == "closed":
            assert link.reason is not None
            assert link.reason.code not in SENT_AGAIN, f"still left alone: {link}"

    def check_stays_alone(self, side: str, key: str, there: set[str]) -> None:
        """Nothing is made of a record that a person left where it is.

        :param there: keys of the other side from before; of those one may turn out
            to be its counterpart.
        """
        if not self.is_ours(side, key):
            return
        target = other(side)  # type: ignore[arg-type]
        links = self.linked_to(side, key)
        assert len(links) == 1, f"{side} {key} on {links}"
        (link,) = links
        counterpart = link.side(target).key
        assert not counterpart or counterpart in there, f"made all the same: {link}"
        assert not link.held, f"held again: {link}"

    # -- unseen

    @rule(data=st.data())
    def the_crm_gives_back_unseen(self, data: Any) -> None:
        """No feed tells of what left the recycle bin with its old time."""
        record = self.pick("zoho", data, deleted=True)
        if record is not None:
            record.deleted = False
            if not self.linked_to("zoho", record.key):
                self.one_more(record)
            self.bench.situations["given back unseen"] += 1

    # -- send again

    @precondition(lambda self: self.left_alone(SENT_AGAIN))
    @rule(data=st.data(), disturbed=st.booleans())
    def what_was_left_alone_is_sent_again(self, data: Any, disturbed: bool) -> None:
        self.bench.store.rollback()
        link = self.one_of(self.left_alone(SENT_AGAIN), data)
        assert link.reason is not None
        code, half = link.reason.code, self.half(link)
        send_again(link)
        self.save(link)
        self.bench.situations[f"sent again: {code}"] += 1
        if not disturbed:
            self.nobody_disturbs()
            if half:
                self.check_has_one_counterpart(*half)

    @rule(
        direction=st.sampled_from(["notes_to_zoho", "zoho_to_notes"]),
        restored=st.sampled_from(["", "just now", "and seen"]),
        data=st.data(),
    )
    def a_copy_is_deleted_and_sent_again(
        self, direction: str, restored: str, data: Any
    ) -> None:
        """Where a one-way sync writes to; at times somebody takes it out of the trash
        as well, before a run or just before it is sent."""
        self.settings_change(direction, self.bench.settings.policy)
        target = direction.rpartition("_")[2]
        self.nobody_disturbs()
        pairs = [
            link
            for link in self.bench.links
            if link.state == "linked"
            and all(self.lives(name, link.side(name).key) for name in SIDES)
            and all(self.is_ours(name, link.side(name).key) for name in SIDES)
        ]
        if not pairs:
            return
        link = self.one_of(pairs, data)
        key = link.side(target).key  # type: ignore[arg-type]
        self.side(target).person_deletes(key)
        self.supersede(target, key)
        self.nobody_disturbs()
        if restored:
            self.side(target).person_restores(key)
        if restored == "and seen":
            self.nobody_disturbs()
            for side, state in link.sides.items():
                if side != target:
                    self.check_has_one_counterpart(side, state.key)
            self.bench.situations["undone: target_deleted"] += 1
        elif self.left_alone(SENT_AGAIN):
            self.what_was_left_alone_is_sent_again(data, False)

    # -- dismiss, and delete after all

    def held(self) -> list[Link]:
        return self.bench.store.select(self.kind, held=True)

    @rule(side=st.sampled_from(SIDES), yes=st.booleans(), again=st.booleans())
    def an_inflow_is_answered(self, side: str, yes: bool, again: bool) -> None:
        self.run()
        with few_are_many():
            for _ in range(FEW):
                self.somebody_is_added(side, True)
            self.run()
            if not self.held():
                return
            if yes:
                self.a_held_run_is_answered(True)
                self.nobody_disturbs()
            else:
                self.a_held_run_is_dismissed(again)

    @rule(side=st.sampled_from(SIDES), again=st.booleans())
    def a_mass_deletion_is_dismissed(self, side: str, again: bool) -> None:
        for _ in range(FEW):
            self.somebody_is_added(side, True)
        self.nobody_disturbs()
        self.everybody_is_deleted(side)
        self.nobody_disturbs()
        if self.held():
            self.a_held_run_is_dismissed(again)

    @precondition(lambda self: self.held())
    @rule(again=st.booleans())
    def a_held_run_is_dismissed(self, again: bool) -> None:
        """New ones stay alone, vanished ones come back or stay alone; nobody is asked
        again. At times somebody thinks better of it, and sends or deletes them all."""
        self.bench.store.rollback()
        settings = self.bench.settings
        fresh, wanted, kept = [], [], []
        for link in self.held():
            gone = [side for side, state in link.sides.items() if state.gone]
            half = self.half(link)
            if half is None:
                continue
            if not gone:
                fresh.append(half)
            elif all(settings.may_write(side) for side in gone):
                wanted.append(half)
            else:
                kept.append(half)
        there = {side: set(self.side(side).records) for side in SIDES}
        self.a_held_run_is_answered(False)
        self.nobody_disturbs()
        for side, key in fresh:
            self.check_stays_alone(side, key, there[other(side)])  # type: ignore[arg-type]
        for side, key in wanted:
            self.check_has_one_counterpart(side, key)
        for side, key in kept:
            assert self.lives(side, key), f"{side} {key} was to stay"
            self.check_stays_alone(side, key, there[other(side)])  # type: ignore[arg-type]
        self.bench.situations["dismissed new ones"] += bool(fresh)
        self.bench.situations["dismissed deletions come back"] += bool(wanted)
        self.bench.situations["dismissed deletions stay"] += bool(kept)
        if again:
            self.somebody_thinks_better_of_it(fresh, kept)

    def somebody_thinks_better_of_it(self, fresh: list[Any], kept: list[Any]) -> None:
        for side, key in fresh:
            for link in self.linked_to(side, key):
                if link in self.left_alone(SENT_AGAIN):
                    send_again(link)
                    self.save(link)
        alone = [
            half
            for half in kept
            for link in self.linked_to(*half)
            if link in self.left_alone(DELETED_AFTER_ALL)
        ]
        for half in alone:
            (link,) = self.linked_to(*half)
            retry(link)
            self.save(link)
        self.nobody_disturbs()
        for half in fresh:
            self.check_has_one_counterpart(*half)
        held = {link.side(side).key for link in self.held() for side in SIDES}
        for side, key in alone:
            if self.is_ours(side, key) and key not in held:
                raise AssertionError(f"{side} {key} was not deleted after all")
        self.bench.situations["sent or deleted after all"] += bool(fresh or alone)

    # -- retry

    @precondition(lambda self: self.bench.store.select(self.kind, states=("failed",)))
    @rule(data=st.data())
    def what_failed_is_tried_again(self, data: Any) -> None:
        self.bench.store.rollback()
        links = self.bench.store.select(self.kind, states=("failed",))
        if links:
            link = self.one_of(links, data)
            retry(link)
            self.save(link)
            self.bench.situations["tried again"] += 1


class KeptByNotes(LeftAlone):
    """Of some records only Notes rules whether they exist."""

    def only_notes_rules(self) -> None:
        """Make such a one in Notes."""
        raise NotImplementedError

    @rule(data=st.data())
    def what_is_kept_is_sent_again(self, data: Any) -> None:
        """The CRM's record was deleted, the one in Notes stays."""
        self.settings_change("two_way", self.bench.settings.policy)
        self.only_notes_rules()
        self.nobody_disturbs()
        (link,) = self.linked_to("notes", self.bench.notes.live()[-1].key) or (None,)
        if link is None or not self.lives("zoho", link.zoho.key):
            return
        self.bench.zoho.person_deletes(link.zoho.key)
        self.nobody_disturbs()
        if self.left_alone(frozenset({"kept"})):
            self.what_was_left_alone_is_sent_again(data, False)


class Contacts(LeftAlone, ContactMachine):
    """People in address books."""


class Tasks(KeptByNotes, TaskMachine):
    """To-dos, some of which repeat."""

    def only_notes_rules(self) -> None:
        self.something_repeats(1, 2)


class Calendar(KeptByNotes, CalendarMachine):
    """Events, some of which have guests."""

    def only_notes_rules(self) -> None:
        self.a_meeting_is_called(1)
