"""The invariants under random edits, faults and crashes, as a stateful machine.

It knows a world only by what people can do there, so that the same machine runs on
the fakes in memory and on the simulators over HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from notes_zoho_sync.services.errors import SyncError
from notes_zoho_sync.services.records import Name
from notes_zoho_sync.services.sync.entry import Entry
from notes_zoho_sync.services.sync.link import Link
from notes_zoho_sync.services.sync.person import (
    confirm,
    create_apart,
    dismiss,
    join,
    restore,
)
from notes_zoho_sync.services.sync.settings import AccountSettings

from .bench import Bench
from .situations import SITUATIONS

SIDES = ("notes", "zoho")
UNITS = ("job_title", "department", "company", "description", "assistant", "fax")
SECRET = "SECRETWORD"
#: which of a machine's units
PLACE = st.integers(0, 11)


@dataclass
class Edit:
    """A value that a person gave a unit, and whether it was given up since."""

    side: str
    key: str
    unit: str
    token: str
    superseded: bool = False


@dataclass
class Person:
    """One human being in the address books, known by the e-mail address."""

    email: str
    #: how many records of this person may exist on one side: added, pasted, or made
    #: beside a private one that must not be looked at
    births: int = 1


@dataclass
class Matter:
    """Something to do or to attend, known by its title; it may repeat."""

    title: str
    #: how many records of it may exist on one side at one time
    births: int = 1


def _act(entry: Entry) -> tuple[str, ...]:
    """What was done to which record, and why."""
    why = entry.reason.code if entry.reason else ""
    if why == "out_of_sight":  # only who tries to write meets it
        return entry.title, "updated", entry.target, ""
    return entry.title, entry.outcome, entry.target, why


class SyncMachine(RuleBasedStateMachine):
    """One account; people act on both sides; runs come, fail and die.

    A subclass says what kind of record it is about, and how people add one.
    """

    #: what must have been met by the end
    situations = SITUATIONS
    kind = "contact"
    #: units that take any text; the one that private words are written into, and the
    #: one that somebody edits while the sync runs
    units: tuple[str, ...] = ()
    secret_unit = ""
    hasty_unit = ""

    def __init__(self) -> None:
        super().__init__()
        self.bench = self.make_bench()
        self.people: list[Person] = []
        self.edits: list[Edit] = []
        self.tokens = 0
        self.hidden = 0
        #: link and unit that somebody wanted back
        self.wished: set[tuple[int, str]] = set()

    def make_bench(self) -> Bench:
        return Bench()

    def somebody_is_added(self, side: str, named: bool) -> None:
        raise NotImplementedError

    def one_more(self, record: Any) -> None:
        """One more of this record may exist on a side from now on."""

    def goes_along(self, side: str, record: Any, copy: Any) -> None:
        """What somebody wrote on a record stands on its copy as well."""
        for edit in self.edits:
            there = str(record.values.get(edit.unit, ""))
            if (edit.side, edit.key) == (side, record.key) and edit.token in there:
                edit.key = copy.key

    def waits(self, record: Any) -> bool:
        """Whether a record is none of the sync's business for now."""
        return False

    def check_no_duplicates(self) -> None:
        raise NotImplementedError

    def unit(self, which: str | int) -> str:
        """A unit by its name or, drawn, by its place."""
        return which if isinstance(which, str) else self.units[which % len(self.units)]

    # -- people ------------------------------------------------------------------

    def side(self, name: str) -> Any:
        return self.bench.notes if name == "notes" else self.bench.zoho

    def token(self, unit: str = "") -> str:
        """A value that nobody used before, for a unit (of any, if not said)."""
        self.tokens += 1
        return f"t{self.tokens}t"

    def lives(self, side: str, key: str) -> bool:
        record = self.side(side).records.get(key)
        return record is not None and not record.deleted

    def pick(self, side: str, data: Any, **conditions: bool) -> Any:
        """A record of a side, drawn by its place."""
        records = [
            record
            for record in self.side(side).records.values()
            if record.deleted == conditions.get("deleted", False)
            and record.private == conditions.get("private", False)
            and (side == "notes" or record.owner == "1")
        ]
        if not records:
            return None
        place = data.draw(st.integers(0, len(records) - 1), label="record")
        return records[place]

    @rule(side=st.sampled_from(SIDES))
    def everybody_is_deleted(self, side: str) -> None:
        for record in self.side(side).live():
            if not record.private and (side == "notes" or record.owner == "1"):
                self.side(side).person_deletes(record.key)
                self.supersede(side, record.key)

    @rule(side=st.sampled_from(SIDES), yes=st.booleans())
    def a_mass_deletion_is_answered(self, side: str, yes: bool) -> None:
        for _ in range(3):
            self.somebody_is_added(side, True)
        self.run()
        self.everybody_is_deleted(side)
        for _ in range(2):
            self.run()
        if any(link.held for link in self.bench.links):
            self.a_held_run_is_answered(yes)

    @rule(side=st.sampled_from(SIDES), unit=PLACE, data=st.data())
    def a_unit_is_edited(self, side: str, unit: str | int, data: Any) -> None:
        record = self.pick(side, data)
        if record is None:
            return
        unit = self.unit(unit)
        token = self.token(unit)
        self.supersede(side, record.key, unit)
        self.side(side).person_edits(record.key, **{unit: token})
        self.edits.append(Edit(side, record.key, unit, token))

    @rule(unit=PLACE, data=st.data())
    def a_unit_is_edited_on_both_sides(self, unit: str | int, data: Any) -> None:
        pairs = [
            link
            for link in self.bench.links
            if link.state == "linked"
            and self.lives("notes", link.notes.key)
            and self.lives("zoho", link.zoho.key)
        ]
        if not pairs:
            return
        unit = self.unit(unit)
        link = pairs[data.draw(st.integers(0, len(pairs) - 1), label="pair")]
        for side, key in (("notes", link.notes.key), ("zoho", link.zoho.key)):
            if self.side(side).records[key].private:
                return
            token = self.token(unit)
            self.supersede(side, key, unit)
            self.side(side).person_edits(key, **{unit: token})
            self.edits.append(Edit(side, key, unit, token))
        self.bench.situations["edited on both sides"] += 1

    @rule(side=st.sampled_from(SIDES), data=st.data())
    def somebody_is_deleted(self, side: str, data: Any) -> None:
        record = self.pick(side, data)
        if record is not None:
            self.side(side).person_deletes(record.key)
            self.supersede(side, record.key)

    @rule(side=st.sampled_from(SIDES), unit=PLACE, data=st.data())
    def a_deletion_meets_an_edit(self, side: str, unit: str | int, data: Any) -> None:
        other = "zoho" if side == "notes" else "notes"
        pairs = [
            (link.side(side).key, link.side(other).key)  # type: ignore[arg-type]
            for link in self.bench.links
            if link.state == "linked"
        ]
        pairs = [
            (key, twin)
            for key, twin in pairs
            if self.lives(side, key)
            and self.lives(other, twin)
            and not self.side(side).records[key].private
            and not self.side(other).records[twin].private
        ]
        if not pairs:
            return
        key, twin = pairs[data.draw(st.integers(0, len(pairs) - 1), label="pair")]
        self.side(side).person_deletes(key)
        self.supersede(side, key)
        unit = self.unit(unit)
        token = self.token(unit)
        self.supersede(other, twin, unit)
        self.side(other).person_edits(twin, **{unit: token})
        self.edits.append(Edit(other, twin, unit, token))

    @rule(side=st.sampled_from(SIDES), data=st.data())
    def somebody_is_restored(self, side: str, data: Any) -> None:
        record = self.pick(side, data, deleted=True)
        if record is not None:
            self.side(side).person_restores(record.key)
            linked = {link.side(side).key for link in self.bench.links}  # type: ignore[arg-type]
            if record.key not in linked:
                self.one_more(record)
            self.bench.situations["restored"] += 1

    @rule(side=st.sampled_from(SIDES), data=st.data())
    def somebody_turns_private(self, side: str, data: Any) -> None:
        record = self.pick(side, data)
        if record is None:
            return
        self.hidden += 1
        self.one_more(record)
        self.side(side).person_hides(record.key, True)
        self.side(side).person_edits(record.key, **{self.secret_unit: SECRET})
        self.supersede(side, record.key)
        for link in self.bench.links:
            if link.side(side).key == record.key:  # type: ignore[arg-type]
                # A conflict's entry, with the other side's lost value, goes blank.
                for name, state in link.sides.items():
                    self.supersede(name, state.key)
        self.bench.situations["turned private"] += 1

    @rule(side=st.sampled_from(SIDES), data=st.data())
    def somebody_turns_public(self, side: str, data: Any) -> None:
        record = self.pick(side, data, private=True)
        if record is None:
            return
        self.side(side).person_edits(record.key, **{self.secret_unit: ""})
        self.side(side).person_hides(record.key, False)
        self.bench.situations["turned public"] += 1

    @rule(data=st.data())
    def somebody_is_given_away(self, data: Any) -> None:
        record = self.pick("zoho", data)
        if record is not None:
            self.bench.zoho.person_gives_away(record.key, "2")
            self.one_more(record)
            self.supersede("zoho", record.key)
            self.bench.situations["owner changed"] += 1

    @rule(data=st.data())
    def somebody_comes_back(self, data: Any) -> None:
        away = [r for r in self.bench.zoho.live() if r.owner == "2"]
        if away:
            place = data.draw(st.integers(0, len(away) - 1), label="record")
            self.bench.zoho.person_gives_away(away[place].key, "1")
            self.bench.situations["owner changed back"] += 1

    # -- settings ----------------------------------------------------------------

    @rule(
        direction=st.sampled_from(["notes_to_zoho", "zoho_to_notes"] + ["two_way"] * 2),
        policy=st.sampled_from(["zoho_wins", "notes_wins"]),
    )
    def settings_change(self, direction: Any, policy: Any) -> None:
        before: AccountSettings = self.bench.settings
        self.bench.settings = replace(before, direction=direction, policy=policy)
        if direction != before.direction:
            self.bench.situations["direction changed"] += 1
        if before.policy != policy:
            self.bench.situations["policy changed"] += 1

    @rule(
        direction=st.sampled_from(["notes_to_zoho", "zoho_to_notes"]),
        unit=PLACE,
        data=st.data(),
    )
    def one_way_meets_edits_on_both_sides(
        self, direction: str, unit: str | int, data: Any
    ) -> None:
        self.settings_change(direction, self.bench.settings.policy)
        self.run()
        self.a_unit_is_edited_on_both_sides(unit, data)
        self.run()

    @rule()
    def crm_fields_change(self) -> None:
        self.bench.zoho.fields += "1"
        self.bench.situations["metadata changed"] += 1

    # -- runs --------------------------------------------------------------------

    def never_written(self) -> Any:
        """The side that a run must not write to now: the source, unless a person wants
        something back."""
        if any(link.wanted is not None for link in self.bench.links):
            return None
        return self.bench.settings.source_side

    def run(self) -> None:
        source = self.never_written()
        before = sum(self.side(source).writes.values()) if source else 0
        result = self.bench.run()
        if source:
            after = sum(self.side(source).writes.values())
            assert after == before, f"one way, but {source} was written"
        if isinstance(result, SyncError):
            self.bench.situations[f"ended by {type(result).__name__}"] += 1
        self.count_entries()

    def count_entries(self) -> None:
        for entry in self.bench.entries:
            code = entry.reason.code if entry.reason else ""
            if code in self.situations:
                self.bench.situations[code] += 1

    @rule()
    def the_sync_runs(self) -> None:
        self.run()

    @rule()
    def the_sync_is_previewed(self) -> None:
        """It writes nothing, and the run right after it does just that."""
        before = self.bench.writes(), len(self.bench.entries), repr(self.bench.links)
        foreseen = self.bench.preview()
        assert before == (
            self.bench.writes(),
            len(self.bench.entries),
            repr(self.bench.links),
        )
        if any(state.intent for x in self.bench.links for state in x.sides.values()):
            return
        self.run()
        done = self.bench.entries[before[1] :]
        if any(entry.outcome == "failed" for entry in done):
            return  # what a server refuses nobody can foresee
        planned, acts = sorted(map(_act, foreseen)), sorted(map(_act, done))
        assert planned == acts, f"previewed {planned}, done {acts}"
        if foreseen:
            self.bench.situations["previewed"] += 1

    @rule(slices=st.integers(1, 4))
    def the_sync_runs_in_slices(self, slices: int) -> None:
        self.bench.slice_after = slices
        self.run()
        self.bench.slice_after = 0

    @rule(
        step=st.integers(1, 40),
        doing=st.sampled_from(["", "before writing", "after writing"]),
        side=st.sampled_from(SIDES),
        unit=PLACE,
        data=st.data(),
    )
    def the_process_dies_while_carrying(
        self, step: int, doing: str, side: str, unit: str | int, data: Any
    ) -> None:
        self.a_unit_is_edited(side, unit, data)
        self.somebody_is_added("zoho" if side == "notes" else "notes", True)
        self.the_process_dies(1 + step % 3 if doing else step, doing)

    @rule(
        at=st.integers(3, 14),
        fault=st.sampled_from(["down", "lost", "refuse"]),
        side=st.sampled_from(SIDES),
        unit=PLACE,
        data=st.data(),
    )
    def an_answer_is_lost_while_carrying(
        self, at: int, fault: str, side: str, unit: str | int, data: Any
    ) -> None:
        self.a_unit_is_edited(side, unit, data)
        self.somebody_is_added(side, True)
        self.the_sync_runs_with_faults({at: fault})

    @rule(step=st.integers(1, 60))
    def the_process_dies(self, step: int, doing: str = "") -> None:
        source = self.never_written()
        before = sum(self.side(source).writes.values()) if source else 0
        if self.bench.run_killed_at(step, doing):
            self.bench.situations["process died"] += 1
        if source:
            assert sum(self.side(source).writes.values()) == before

    @rule(
        faults=st.dictionaries(
            st.integers(1, 40),
            st.sampled_from(["down", "lost", "lost", "refuse"]),
            min_size=1,
            max_size=4,
        )
    )
    def the_sync_runs_with_faults(self, faults: dict[int, str]) -> None:
        base = self.bench.faults.calls
        self.bench.faults.plan = {base + n: fault for n, fault in faults.items()}
        self.run()
        self.bench.faults.plan = {}

    @rule(at=st.integers(1, 14))
    def somebody_edits_in_mid_run(self, at: int) -> None:
        """A person's edit lands between our reading and our writing."""
        left = [at]

        def act(where: str) -> None:
            left[0] -= 1
            if left[0] or not where.startswith("before writing"):
                return
            for name in SIDES:
                for record in list(self.side(name).live()):
                    if record.private or (name == "zoho" and record.owner != "1"):
                        continue
                    token = self.token()
                    self.supersede(name, record.key, self.hasty_unit)
                    edit = Edit(name, record.key, self.hasty_unit, token)
                    self.side(name).person_edits(record.key, **{edit.unit: token})
                    self.edits.append(edit)
                    break
            self.bench.situations["edited in mid-run"] += 1

        self.bench.faults.crash = act
        try:
            self.run()
        finally:
            self.bench.faults.crash = lambda where: None

    @rule(seconds=st.sampled_from([5, 130, 400, 4000, 90000, 8 * 86400, 33 * 86400]))
    def time_passes(self, seconds: int) -> None:
        self.bench.clock.tick(seconds)

    @precondition(lambda self: any(link.held for link in self.bench.links))
    @rule(yes=st.booleans())
    def a_held_run_is_answered(self, yes: bool) -> None:
        store = self.bench.store
        store.rollback()
        links = [link for link in store.select(self.kind, held=True)]
        for link in links:
            if yes:
                confirm(link)
            else:
                dismiss(link, self.bench.settings)
        store.save(links)
        store.commit()
        self.bench.situations["confirmed" if yes else "dismissed"] += 1

    @precondition(lambda self: any(entry.values for entry in self.bench.entries))
    @rule(data=st.data(), before=st.booleans(), once=st.booleans())
    def what_was_lost_is_brought_back(
        self, data: Any, before: bool, once: bool
    ) -> None:
        """From a conflict's entry or a deletion's; at times somebody edits as well."""
        store = self.bench.store
        store.rollback()
        known = [
            (entry, link)
            for entry in self.bench.entries
            if entry.values and entry.link is not None and entry.link.id is not None
            for link in store.by_ids([entry.link.id])
            if link.state != "private"
        ]
        if not known:
            return
        place = data.draw(st.integers(0, len(known) - 1), label="entry")
        entry, link = known[place]
        lost = {unit: sides["lost"] for unit, sides in entry.values.items()}
        restore(link, self.bench.kinds[self.kind].load(lost))
        self.wished |= {(link.id or 0, unit) for unit in lost}
        store.save([link])
        store.commit()
        if before:
            self.edits_of_what_comes_back(link, list(lost))
        if once:
            self.run()
        met = "value" if entry.outcome == "conflict" else "record"
        self.bench.situations[f"brought back a {met}"] += 1

    def edits_of_what_comes_back(self, link: Link, units: list[str]) -> None:
        for side in SIDES:
            key = link.side(side).key  # type: ignore[arg-type]
            record = self.side(side).records.get(key)
            for unit in set(self.units).intersection(units):
                if self.lives(side, key) and not record.private:
                    token = self.token(unit)
                    self.supersede(side, key, unit)
                    self.side(side).person_edits(key, **{unit: token})
                    self.edits.append(Edit(side, key, unit, token))

    def look_alikes(self) -> list[Link]:
        return [
            link
            for link in self.bench.store.select(self.kind, states=("failed",))
            if link.reason is not None and link.reason.code == "ambiguous"
        ]

    @precondition(lambda self: self.look_alikes())
    @rule(data=st.data())
    def a_look_alike_is_set_apart(self, data: Any) -> None:
        store = self.bench.store
        store.rollback()
        links = self.look_alikes()
        link = links[data.draw(st.integers(0, len(links) - 1), label="link")]
        for side in SIDES:
            record = self.side(side).records.get(link.side(side).key)  # type: ignore[arg-type]
            if record is not None:
                self.one_more(record)
        create_apart(link)
        store.save([link])
        store.commit()
        self.bench.situations["set apart"] += 1

    @precondition(lambda self: {bool(x.zoho.key) for x in self.look_alikes()} >= {0, 1})
    @rule(data=st.data())
    def two_look_alikes_are_linked(self, data: Any) -> None:
        store = self.bench.store
        store.rollback()
        lefts = [link for link in self.look_alikes() if not link.zoho.key]
        rights = [link for link in self.look_alikes() if not link.notes.key]
        if not lefts or not rights:
            return
        left = lefts[data.draw(st.integers(0, len(lefts) - 1), label="left")]
        right = rights[data.draw(st.integers(0, len(rights) - 1), label="right")]
        if data.draw(st.booleans(), label="edited just before"):
            for side, link in (("notes", left), ("zoho", right)):
                record = self.side(side).records[link.side(side).key]  # type: ignore[arg-type]
                if not (record.deleted or record.private):
                    token = self.token()
                    self.supersede(side, record.key, self.hasty_unit)
                    self.side(side).person_edits(record.key, **{self.hasty_unit: token})
                    self.edits.append(Edit(side, record.key, self.hasty_unit, token))
        store.remove([right])
        join(left, "zoho", right)
        store.save([left])
        store.commit()
        self.bench.situations["linked by a person"] += 1

    # -- what must hold ------------------------------------------------------------

    def supersede(self, side: str, key: str, unit: str | None = None) -> None:
        for edit in self.edits:
            if edit.side == side and edit.key == key and unit in (None, edit.unit):
                edit.superseded = True

    @invariant()
    def private_words_stay(self) -> None:
        if not self.hidden:
            return
        for side, other in (("notes", "zoho"), ("zoho", "notes")):
            secret_here = any(
                record.private and SECRET in record.values[self.secret_unit]
                for record in self.side(side).live()
            )
            del secret_here
            for record in self.side(other).live():
                if not record.private:
                    assert SECRET not in record.values[self.secret_unit]
        assert SECRET not in repr(self.bench.links)
        assert SECRET not in repr(self.bench.entries)

    def teardown(self) -> None:
        self.bench.quiesce()
        assert self.bench.idle_writes() == 0, "an idle run writes"
        self.check_no_duplicates()
        self.check_agreement()
        self.check_nothing_lost()
        self.situations.count(self.bench.situations)

    def check_agreement(self) -> None:
        for link in self.bench.links:
            if link.state != "linked" or link.pending or link.held:
                continue
            notes = self.side("notes").records.get(link.notes.key)
            zoho = self.side("zoho").records.get(link.zoho.key)
            there = [x for x in (notes, zoho) if x is not None and not x.deleted]
            if any(map(self.waits, there)):
                continue
            if notes is None or zoho is None or len(there) < 2:
                assert link.notes.gone or link.zoho.gone or link.notes.missing
                continue
            apart = self.brought_back_apart(link)
            alike = {unit: notes.values[unit] for unit in apart}
            self.check_same(notes.values, {**zoho.values, **alike})

    def brought_back_apart(self, link: Link) -> set[str]:
        """Units that somebody wanted back of a record of which something is locked."""
        locked = any(
            entry.link is not None
            and entry.link.id == link.id
            and entry.reason is not None
            and entry.reason.code == "not_carried"
            for entry in self.bench.entries
        )
        return {unit for number, unit in self.wished if number == link.id and locked}

    def check_same(self, notes: dict[str, Any], zoho: dict[str, Any]) -> None:
        """Both sides agree in all that can be carried."""
        there = self.bench.zoho.visible(zoho)
        as_zoho = self.bench.zoho.fit(self.kind, notes, there).values
        back = self.bench.notes.fit(self.kind, there, notes).values
        for unit, value in there.items():
            same = self.bench.kinds[self.kind].units[unit].same
            agree = same(value, as_zoho[unit]) or same(
                back.get(unit, notes[unit]), notes[unit]
            )
            assert agree, (unit, notes, there)

    def check_nothing_lost(self) -> None:
        told = repr([entry.values for entry in self.bench.entries])
        reported = {
            (entry.link.id)
            for entry in self.bench.entries
            if entry.link is not None and entry.outcome in ("skipped", "failed", "held")
        }
        for edit in self.edits:
            if edit.superseded:
                continue
            record = self.side(edit.side).records[edit.key]
            if record.private or record.deleted or self.waits(record):
                continue
            other = "zoho" if edit.side == "notes" else "notes"
            arrived = any(edit.token in text for text in self.side(other).history)
            if arrived or edit.token in told:
                continue
            links = [
                link
                for link in self.bench.links
                if link.side(edit.side).key == edit.key  # type: ignore[arg-type]
            ]
            assert links, f"{edit} is on no link"
            link = links[0]
            assert edit.token in record.values[edit.unit], f"{edit} is gone, untold"
            explained = (
                link.id in reported
                or link.state in ("private", "closed")
                or link.pending
                or link.held
            )
            assert explained, f"{edit} was neither carried nor told: {link}"


class ContactMachine(SyncMachine):
    """People in address books."""

    units = UNITS
    secret_unit = "assistant"
    hasty_unit = "department"

    @initialize(
        where=st.lists(st.sampled_from(["notes", "zoho", "both"]), max_size=5),
        synced=st.booleans(),
    )
    def an_address_book(self, where: list[str], synced: bool) -> None:
        for place in where:
            if place == "both":
                self.somebody_is_added_on_both_sides()
            else:
                self.somebody_is_added(place, True)
        if synced:
            self.run()

    @rule(mirrored=st.booleans())
    def twins_are_added(self, mirrored: bool) -> None:
        """Two records with one address here, one there, none equal to another."""
        sides = SIDES[::-1] if mirrored else SIDES
        person = Person(f"p{len(self.people)}@example.com", births=3)
        self.people.append(person)
        for place, side in enumerate((sides[0], sides[0], sides[1])):
            token = self.token()
            record = self.side(side).person_creates(
                name=Name(f"Twin{place}", "Same"),
                emails=(person.email,),
                job_title=token,
            )
            self.edits.append(Edit(side, record.key, "job_title", token))

    @rule(data=st.data())
    def a_locked_description_is_edited_in_the_crm(self, data: Any) -> None:
        self.a_description_gets_a_picture(data)
        self.run()
        self.a_unit_is_edited("zoho", "description", data)
        self.run()

    def one_more(self, record: Any) -> None:
        for person in self.people:
            if person.email in record.values["emails"]:
                person.births += 1

    @rule(side=st.sampled_from(SIDES), named=st.booleans())
    def somebody_is_added(self, side: str, named: bool) -> None:
        number = len(self.people)
        person = Person(f"p{number}@example.com")
        self.people.append(person)
        name = Name(f"First{number}", f"Last{number}" if named else "")
        token = self.token()
        record = self.side(side).person_creates(
            name=name, emails=(person.email,), job_title=token
        )
        self.edits.append(Edit(side, record.key, "job_title", token))

    @rule()
    def somebody_is_added_on_both_sides(self) -> None:
        number = len(self.people)
        person = Person(f"p{number}@example.com")
        self.people.append(person)
        for side in SIDES:
            self.side(side).person_creates(
                name=Name(f"First{number}", f"Last{number}"), emails=(person.email,)
            )
        self.bench.situations["same person on both sides"] += 1

    @rule(data=st.data())
    def a_description_gets_a_picture(self, data: Any) -> None:
        record = self.pick("notes", data)
        if record is not None:
            token = self.token()
            self.supersede("notes", record.key, "description")
            self.side("notes").person_edits(record.key, description=f"{token}<img>")
            self.edits.append(Edit("notes", record.key, "description", token))
            self.bench.situations["locked unit"] += 1

    @rule(side=st.sampled_from(SIDES), data=st.data())
    def somebody_is_cut_and_pasted(self, side: str, data: Any) -> None:
        record = self.pick(side, data)
        if record is None or not record.values["emails"]:
            return
        self.side(side).person_deletes(record.key)
        copy = self.side(side).person_creates(**record.values)
        self.one_more(record)
        if side == "zoho":
            copy.owner = record.owner
        self.goes_along(side, record, copy)
        self.bench.situations["cut and pasted"] += 1

    def check_no_duplicates(self) -> None:
        for person in self.people:
            for side in SIDES:
                held = [
                    record
                    for record in self.side(side).live()
                    if person.email in record.values["emails"]
                ]
                assert len(held) <= person.births, f"{person.email} in {side}"
