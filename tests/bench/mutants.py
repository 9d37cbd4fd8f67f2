"""Deliberate breakages of the engine; each must make a test of its behaviour fail.

A mutant is one replacement in one file. It is applied to a copy of the engine and
its tests, so the work tree stays as it is. ``MUTANT_SAMPLES`` sets how many random
examples a machine tries before a mutant counts as a survivor.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SYNC = Path("notes_zoho_sync/services/sync")
COPIED = (
    "notes_zoho_sync/services",
    "tests/engine",
    "tests/bench",
    "tests/__init__.py",
    "tests/conftest.py",
    "tests/standalone.py",
    "pyproject.toml",
)
MACHINES = "tests/engine/test_properties.py"
#: Not about behaviour (the list of mutants fits no broken engine), or over HTTP.
LEFT_OUT = (
    "*test_mutants*",
    "*http*",
    "*golden*",
    "*fault_matrix*",
    "*long_life*",
)
SAMPLES = int(os.environ.get("MUTANT_SAMPLES", "1500"))


@dataclass(frozen=True)
class Mutant:
    """One breakage: in ``file`` the only ``old`` becomes ``new``."""

    name: str
    file: str
    old: str
    new: str


MUTANTS = (
    Mutant(
        "a private entry's copy is binned though it is somebody else's",
        "observe.py",
        '            and link.state != "closed"  # then the copy is left alone, or '
        "another's\n",
        "",
    ),
    Mutant(
        "intents are sent before they are committed",
        "carry.py",
        "            self._intend(side, operation, items)\n"
        "        self._store(links)\n",
        "            self._intend(side, operation, items)\n",
    ),
    Mutant(
        "a create whose answer was lost is sent again at once",
        "carry.py",
        "        if isinstance(result, OutcomeUnknown):\n",
        "        if isinstance(result, OutcomeUnknown):\n"
        "            state.intent = None\n",
    ),
    Mutant(
        "a lost create is not waited for",
        "carry.py",
        '"notes": timedelta(seconds=60), "zoho": timedelta(seconds=120)',
        '"notes": timedelta(seconds=0), "zoho": timedelta(seconds=0)',
    ),
    Mutant(
        "what a lost create made is not adopted",
        "pairing.py",
        "    if not waiting:\n        return []\n    candidates",
        "    if waiting or not waiting:\n        return []\n    candidates",
    ),
    Mutant(
        "a deletion in Notes is believed at first sight",
        "collect.py",
        "        if state.missing > 1:",
        "        if state.missing > 0:",
    ),
    Mutant(
        "a slice of the same run is a second proof",
        "collect.py",
        "    fresh = [key for key in missing if key not in missed]\n",
        "    fresh = list(missing)\n",
    ),
    Mutant(
        "a contact that cannot be seen in Zoho counts as deleted",
        "collect.py",
        "            _not_there(link, link.zoho)  #",
        "            link.zoho.gone = link.dirty = True\n"
        "            _not_there(link, link.zoho)  #",
    ),
    Mutant(
        "the losing side wins",
        "settings.py",
        'return "zoho" if self.policy == "zoho_wins" else "notes"',
        'return "notes" if self.policy == "zoho_wins" else "zoho"',
    ),
    Mutant(
        "a conflict is decided and not told",
        "plan.py",
        "    result.entries.extend(_clash_entries(kind, link, settings, merged))\n",
        "",
    ),
    Mutant(
        "a lost edit of a deleted record is not told",
        "plan.py",
        "    if edited:\n        result.entries.append(",
        "    if edited and not edited:\n        result.entries.append(",
    ),
    Mutant(
        "a deletion always wins over an edit",
        "plan.py",
        "if edited and settings.winner == target:",
        "if edited and settings.winner == side:",
    ),
    Mutant(
        "one way writes both ways",
        "settings.py",
        'return direction == "two_way" or direction.endswith(f"to_{side}")',
        "return True",
    ),
    Mutant(
        "a private record is carried",
        "observe.py",
        "    if item.private:\n",
        "    if item.private and not item:\n",
    ),
    Mutant(
        "entries of a record that turned private keep its values",
        "observe.py",
        "        ctx.store.blank(link)\n",
        "",
    ),
    Mutant(
        "a link that turned private keeps its snapshots",
        "link.py",
        "        self.snapshot = self.current = None\n",
        "        pass\n",
    ),
    Mutant(
        "another owner's record stays linked",
        "observe.py",
        'if side == "zoho" and is_foreign(ctx, item):',
        'if side == "zoho" and not item.owner:',
    ),
    Mutant(
        "an update claims to know everything until now",
        "context.py",
        '        if side == "notes":\n            return self.notes.now()\n',
        '        if side == "zoho":\n            return self.zoho.now()\n',
    ),
    Mutant(
        "a refused optimistic check counts as done",
        "carry.py",
        "        if isinstance(result, ChangedMeanwhile):\n"
        "            state.unread = bool(state.key)",
        "        if isinstance(result, ChangedMeanwhile):\n"
        "            link.dirty = False",
    ),
    Mutant(
        "an answer for one side closes what is open on the other",
        "carry.py",
        "            or any(state.intent or state.unread for state in "
        "link.sides.values())\n",
        "",
    ),
    Mutant(
        "the snapshot advances although the write was refused",
        "carry.py",
        "        elif isinstance(result, Rejected):\n",
        "        elif isinstance(result, Rejected):\n"
        "            source = link.side(other(side))\n"
        "            settle_units(\n"
        "                self.kind, source, source.values, list(source.values)\n"
        "            )\n",
    ),
    Mutant(
        "the snapshot does not advance after a write",
        "carry.py",
        "        settle_units(self.kind, source, source.values, list(values))\n",
        "",
    ),
    Mutant(
        "our own write comes back as a change",
        "observe.py",
        "        name in snapshot and kind.units[name].same(value, snapshot[name])\n"
        "        for name, value in values.items()\n    )\n"
        "    state.current = None if settled else dict(values)",
        "        name in snapshot and kind.units[name].same(value, snapshot[name])\n"
        "        for name, value in values.items()\n    )\n"
        "    state.snapshot = None if settled else snapshot\n"
        "    state.current = dict(values)",
    ),
    Mutant(
        "an open deletion is taken for done",
        "carry.py",
        "        if state.key in there:\n",
        "        if state.key in there and not state.key:\n",
    ),
    Mutant(
        "a mass deletion is not held",
        "guard.py",
        "    return planned + lately > max(DELETES_AT_LEAST, DELETES_SHARE * links)",
        "    return False",
    ),
    Mutant(
        "an emptied side is not held",
        "guard.py",
        "    if all_gone and links >= EMPTY_SIDE_LINKS:\n        return True\n",
        "",
    ),
    Mutant(
        "held deletions go through in the next run",
        "carry.py",
        "        and not (link.held and not link.confirmed)\n",
        "",
    ),
    Mutant(
        "an uncarried edit is told in every run",
        "plan.py",
        "if item.quiet or item.unit in link.side(item.side).told:",
        "if item.quiet:",
    ),
    Mutant(
        "a locked unit is written",
        "merge.py",
        "    why = link.side(target).locked.get(name)\n",
        "    why = None\n",
    ),
    Mutant(
        "what a new direction allows is not decided again",
        "collect.py",
        "            links = ctx.store.select(kind, pending=True)\n",
        "            links = []\n",
    ),
    Mutant(
        "refused records are not tried when the CRM's fields change",
        "collect.py",
        '        links = ctx.store.select(kind, states=("failed",))\n'
        "        for link in links:\n            link.dirty = True\n",
        '        links = ctx.store.select(kind, states=("failed",))\n',
    ),
    Mutant(
        "look-alikes are paired by guess",
        "match.py",
        "    for number in lefts:\n        result.ambiguous_left",
        "    result.pairs.update(zip(lefts, rights, strict=False))\n"
        "    for number in ():\n        result.ambiguous_left",
    ),
    Mutant(
        "a vanished record's new copy is a new record",
        "pairing.py",
        "    if not vanished:\n        return\n",
        "    if vanished or not vanished:\n        return\n",
    ),
    Mutant(
        "what arrived though its answer was lost is settled on one side only",
        "observe.py",
        "        settle_units(kind, source, intent.values, known)\n",
        "        pass\n",
    ),
    Mutant(
        "a restored pair is made a second time",
        "carry.py",
        "        self._look_before_remaking(links)\n",
        "",
    ),
    Mutant(
        "rows of a later pull are taken into a running slice",
        "collect.py",
        '    as_of = instant(ctx.store.progress()["as_of"][kind])\n'
        "    if as_of is None:",
        "    as_of = ctx.zoho.now()\n    if as_of is None:",
    ),
    Mutant(
        "the feed's cursor moves although the rows were not read",
        "feed.py",
        "        first, seen_now = _walk(store, feed.modified, module, since, seen)\n",
        "        store.set_cursor(\n"
        '            module, {"since": start.isoformat(), "seen": seen}\n'
        "        )\n        store.commit()\n"
        "        first, seen_now = _walk(store, feed.modified, module, since, seen)\n",
    ),
    Mutant(
        "the Notes cursor moves by our reading, not by the answer",
        "collect.py",
        '        cursor["since"] = changed.began.isoformat()\n',
        '        cursor["since"] = (changed.began + timedelta(hours=1)).isoformat()\n',
    ),
    Mutant(
        "the expected number in the view forgets what we made",
        "carry.py",
        '(1 if operation == "create" else -1)',
        '(0 if operation == "create" else -1)',
    ),
    # -- windows
    Mutant(
        "a record that left the list counts as deleted though it is there",
        "collect.py",
        '    if presence == "there":\n        state.missing = 0\n',
        '    if presence == "there" and not presence:\n        state.missing = 0\n',
    ),
    Mutant(
        "what slid out of the window is looked for in every list",
        "collect.py",
        "            if span is None or window.is_listed(span):\n",
        "            if span is None or window:\n",
    ),
    Mutant(
        "a move out of the window is not carried",
        "observe.py",
        "    return not known or any(window.overlaps(span) for span in known)\n",
        "    return not known or all(window.overlaps(span) for span in known)\n",
    ),
    Mutant(
        "what lies outside the window is carried on",
        "carry.py",
        "        if not in_scope(self.ctx, link):\n",
        "        if not in_scope(self.ctx, link) and not link:\n",
    ),
    Mutant(
        "a CRM event that is still to come is forgotten",
        "observe.py",
        '    return side == "zoho" and (span is None or not window.is_past(span))\n',
        "    return False\n",
    ),
    Mutant(
        "what waited outside the window is not decided on another day",
        "collect.py",
        "    if not _window_moved(ctx, cursor, kind):\n        return\n",
        "    if _window_text(ctx, kind) or not _window_moved(ctx, cursor, kind):\n"
        "        return\n",
    ),
    Mutant(
        "a new day does not list the window",
        "collect.py",
        "        or _window_moved(ctx, cursor, kind)\n",
        "",
    ),
    Mutant(
        "a wider range does not list the CRM's events",
        "collect.py",
        '    if before is not None and before.get("window") != chosen["window"]:\n',
        "    if before is not None and before != before:\n",
    ),
    Mutant(
        "the list's times and titles are not looked at",
        "collect.py",
        "    elif blind:\n        _compare_glimpses(ctx, kind, listing)\n",
        "",
    ),
    Mutant(
        "reading again in turn never ends",
        "collect.py",
        "        del queue[kind]\n",
        "        queue[kind] = 0\n",
    ),
    Mutant(
        "where edits pass unseen nothing is read again",
        "collect.py",
        "        link.notes.unread = bool(link.notes.key)\n"
        "    ctx.store.save(links)\n    if len(links) < REREAD:\n",
        "        pass\n    ctx.store.save(links)\n    if len(links) < REREAD:\n",
    ),
    Mutant(
        "what is about to be made is not read again in turn",
        "collect.py",
        'states: tuple[LinkState, ...] = ("new", "linked",',
        'states: tuple[LinkState, ...] = ("linked",',
    ),
    # -- series
    Mutant(
        "an instance that its series lacks is not missed",
        "collect.py",
        "    if not absent or ctx.kinds[kind].span is None:\n        return\n",
        "    if absent or not absent:\n        return\n",
    ),
    Mutant(
        "instances that come along are ignored",
        "collect.py",
        "        alone |= _take_siblings(ctx, kind, beside, done, lost)\n",
        "",
    ),
    Mutant(
        "an edited series is not read again",
        "collect.py",
        "    for link in links:\n        link.notes.unread = True\n"
        "    ctx.store.save(links)\n    known = {ctx.kinds[kind]",
        "    known = {ctx.kinds[kind]",
    ),
    Mutant(
        "the guard counts every instance of a series",
        "carry.py",
        "    things = len({group_of(link.notes.key) for link in planned})",
        "    things = len([group_of(link.notes.key) for link in planned])",
    ),
    Mutant(
        "an entry that another link made is taken for one's own",
        "carry.py",
        "            and holders.get(result.key, item.link.id) != item.link.id\n",
        "            and not holders.get(result.key, item.link.id)\n",
    ),
    # -- meetings
    Mutant(
        "the CRM deletes a meeting with guests",
        "plan.py",
        "    kept = state.locked.get(EXISTENCE)\n",
        "    kept = None\n",
    ),
    Mutant(
        "a shared meeting is not claimed",
        "sharing.py",
        "    refused = ctx.store.claim(wanting) if wanting else {}\n",
        "    refused: dict[str, str] = {}\n",
    ),
    Mutant(
        "a shadow writes",
        "sharing.py",
        "            link.close(why)\n            shadows.append",
        "            shadows.append",
    ),
    Mutant(
        "who leaves a meeting takes the CRM's event along",
        "sharing.py",
        "        if link.claimed and link.notes.gone and ctx.store.hand_over(link):\n",
        "        if link.claimed and link.notes.gone and not link:\n",
    ),
    Mutant(
        "who takes a meeting over does not become its owner",
        "sharing.py",
        "    results = ctx.zoho.take_over(kind, [link.zoho.key for link in links])\n",
        "    results = [\n"
        "        Written(link.zoho.key, link.zoho.version, link.zoho.stamp)\n"
        "        for link in links\n    ]\n",
    ),
    Mutant(
        "a meeting that nobody claims any more stays unclaimed",
        "sharing.py",
        "    freed = ctx.store.freed(kind)\n",
        "    freed: list[Link] = []\n",
    ),
    Mutant(
        "a meeting goes with the copy that turned private",
        "observe.py",
        "        handed = link.claimed and ctx.store.hand_over(link)\n",
        "        handed = False\n",
    ),
    Mutant(
        "who turns a shared meeting private keeps a hand on the CRM's event",
        "observe.py",
        "            link.zoho = SideState()  # it is the heir's\n",
        "            pass\n",
    ),
    # -- other accounts
    Mutant(
        "a record that came back is taken before the other account lets go",
        "collect.py",
        'if link is None or (link.state == "closed" and row.key in wait):',
        "if link is None:",
    ),
    Mutant(
        "what was left alone opens on another account's record",
        "observe.py",
        "        if link.zoho.key not in taken:\n            continue\n",
        "        continue\n",
    ),
    Mutant(
        "a counterpart is looked for among another account's records",
        "pairing.py",
        "    links += [link for link in alone if link.zoho.key not in taken]\n",
        "    links += alone\n",
    ),
    Mutant(
        "a row that tells of another owner waits",
        "collect.py",
        "    wait = taken - foreign\n",
        "    wait = taken\n",
    ),
    Mutant(
        "an account that does not run keeps its records",
        "collect.py",
        "    taken -= ctx.store.let_go(kind, items.keys() - foreign)\n",
        "",
    ),
    Mutant(
        "an account that does not run keeps its records at a first listing",
        "collect.py",
        "        taken -= ctx.store.let_go(kind, taken)\n",
        "",
    ),
    Mutant(
        "an account that does not run lets go of what is its own user's",
        "collect.py",
        "let_go(kind, items.keys() - foreign)",
        "let_go(kind, items.keys())",
    ),
    Mutant(
        "what a last run left open takes back what was given away",
        "link.py",
        'if state.intent is not None and state.intent.operation != "create":',
        "if state.intent is None:",
    ),
    Mutant(
        "a copy that turns up opens the pair that was given away",
        "pairing.py",
        "    if given_away is not None:\n",
        "    if given_away is None:\n",
    ),
    Mutant(
        "a copy that turns up after its record was given away is a new record",
        "link.py",
        "        return bool(self.notes.key) or self.creating\n",
        "        return bool(self.notes.key)\n",
    ),
    Mutant(
        "a meeting is tried for before what the feed gave is known",
        "run.py",
        "        collect_zoho(ctx, kind)\n        free_meetings(ctx, kind)\n",
        "        free_meetings(ctx, kind)\n        collect_zoho(ctx, kind)\n",
    ),
    # -- private ones
    Mutant(
        "the copy of what turned private stays in the CRM",
        "observe.py",
        '            link.reason, link.dirty = reason("private_copy"), True\n',
        "            pass\n",
    ),
    Mutant(
        "a private copy goes although the sync only reads the CRM",
        "observe.py",
        '            and settings.may_write("zoho")\n',
        "",
    ),
    Mutant(
        "a private copy goes although it is to stay",
        "observe.py",
        "            and settings.bins_private\n",
        "",
    ),
    Mutant(
        "what was born in the CRM goes when Notes hides it",
        "observe.py",
        '            and link.origin == "notes"\n',
        "",
    ),
    Mutant(
        "what the CRM hides is deleted there",
        "observe.py",
        '            side == "notes"\n            and link.state != "closed"',
        '            link.state != "closed"',
    ),
    Mutant(
        "a contact's copy goes when Notes hides it",
        "observe.py",
        '_BINNED = {"task", "event"}\n',
        '_BINNED = {"task", "event", "contact"}\n',
    ),
    Mutant(
        "a private copy that the CRM keeps makes the link a failed one",
        "carry.py",
        '            if link.state != "private":\n'
        "                link.state, link.reason",
        "            if link.state:\n                link.state, link.reason",
    ),
    Mutant(
        "a private copy that went is remembered as a deleted record",
        "carry.py",
        '    if link.state == "private":\n        link.zoho, link.reason',
        '    if link.state == "private" and not link:\n        link.zoho, link.reason',
    ),
    # -- previews
    Mutant(
        "a preview writes to Notes",
        "preview.py",
        "    left: Any = _Dry(notes)\n",
        "    left: Any = notes\n",
    ),
    Mutant(
        "a preview writes to the CRM",
        "preview.py",
        "    right: Any = _Dry(zoho)\n",
        "    right: Any = zoho\n",
    ),
    # -- what a person says
    Mutant(
        "what a person sends again, or brings back, is held again",
        "person.py",
        "    link.dirty = link.confirmed = True\n",
        "    link.dirty = True\n",
    ),
    Mutant(
        "what a person left on one side gets a twin there",
        "pairing.py",
        'MAY_PAIR = frozenset({"direction_new", "left_there"})',
        'MAY_PAIR = frozenset({"direction_new"})',
    ),
    Mutant(
        "what came back unseen is made a second time",
        "pairing.py",
        "            if link.side(side).key not in there:\n",
        "            if link.side(side).key:\n",
    ),
    Mutant(
        "what lies in the trash counts as back",
        "collect.py",
        'if where == "there"}\n        else:\n            found',
        'if where != "gone"}\n        else:\n            found',
    ),
    Mutant(
        "what somebody made anew empties the one that was left",
        "link.py",
        "        if rest.snapshot is not None:\n",
        "        if rest.snapshot is rest:\n",
    ),
    Mutant(
        "a confirmed deletion is carried though it was undone",
        "carry.py",
        "                    link.confirmed\n                    if link.state",
        "                    False\n                    if link.state",
    ),
    Mutant(
        "a dismissed new record is made all the same",
        "person.py",
        '        link.close(reason("left_there", side=SIDE_LABELS[here]))\n',
        "        confirm(link)\n",
    ),
    Mutant(
        "a dismissed deletion is asked about again",
        "person.py",
        '            link.close(reason("stays", **what))\n',
        "            link.dirty = bool(what)\n",
    ),
    Mutant(
        "a dismissed deletion never happens after all",
        "person.py",
        'DELETED_AFTER_ALL = frozenset({"stays"})',
        "DELETED_AFTER_ALL: frozenset[str] = frozenset()",
    ),
    Mutant(
        "a person is asked about what is gone on both sides",
        "link.py",
        "        if self.notes.gone and self.zoho.gone:\n            self.held",
        "        if self.notes is self.zoho:\n            self.held",
    ),
    Mutant(
        "a pair stays alone though the deletion was undone",
        "link.py",
        "        if self.left_for_a_deletion:\n",
        "        if self.left_for_a_deletion and self.notes is self.zoho:\n",
    ),
    Mutant(
        "a copy that comes back without its source is deleted again",
        "link.py",
        '("deleted" if rest.gone else "linked"), None',
        '"linked", None',
    ),
    Mutant(
        "a value is brought back on one side only",
        "plan.py",
        "**link.side(model).values}\n    for side in SIDES:\n",
        "**link.side(model).values}\n    for side in SIDES[:1]:\n",
    ),
    Mutant(
        "of a record that is gone only the wanted value is made again",
        "plan.py",
        "            fitted = fit(side, {**base, **wanted}, {})\n",
        "            fitted = fit(side, wanted, {})\n",
    ),
    Mutant(
        "the direction stops what a person brings back",
        "plan.py",
        "    if link.wanted is not None:\n",
        "    if link.wanted is not None and settings.source_side is None:\n",
    ),
    Mutant(
        "what was brought back stands for ever",
        "carry.py",
        "            link.wanted = None\n",
        "            pass\n",
    ),
    Mutant(
        "bringing back writes a locked unit",
        "plan.py",
        "            name: fitted.values[name] for name in differing "
        "if name not in state.locked\n",
        "            name: fitted.values[name] for name in differing\n",
    ),
    Mutant(
        "an edit that gives way to what is brought back is not told",
        "plan.py",
        "            result.entries.extend(_overwritten(kind, link, side, changed))\n",
        "",
    ),
    Mutant(
        "what is locked is silently not brought back",
        "plan.py",
        "                result.entries.append("
        "_not_brought_back(kind, link, side, name))\n",
        "",
    ),
    Mutant(
        "what a person set apart is linked all the same",
        "pairing.py",
        "        and not link.apart\n",
        "",
    ),
    Mutant(
        "an edit that was told of is given up later",
        "merge.py",
        "        told = any(name in link.side(side).told for side in SIDES)\n",
        "        told = False\n",
    ),
    # -- tasks
    Mutant(
        "what was completed long ago is taken",
        "observe.py",
        "    return None if paired or item.sync_key else item.skip_new\n",
        "    return None\n",
    ),
    Mutant(
        "a linked task is let go when it was completed long ago",
        "observe.py",
        "    return None if paired or item.sync_key else item.skip_new\n",
        "    return item.skip_new\n",
    ),
    Mutant(
        "an edit of what the other side never took is not told",
        "merge.py",
        "            quiet = first and not edited\n",
        "            quiet = first\n",
    ),
    Mutant(
        "what Notes could not be given is measured against the CRM's",
        "carry.py",
        "{k: v for k, v in held.items() if k not in values}",
        "{}",
    ),
    Mutant(
        "what one side could not take waits for ever",
        "merge.py",
        "        if obstacle is not None and new and not edited and settings",
        "        if obstacle is None and new and edited and settings",
    ),
)


def main(names: Sequence[str]) -> int:
    """Try the mutants whose name contains one of ``names`` (all without any).

    :returns: 0 when every one was caught.
    """
    chosen = [
        mutant
        for mutant in MUTANTS
        if not names or any(name in mutant.name for name in names)
    ]
    failure = _failure(None, SAMPLES // 10)
    if failure:
        print("The tests fail without any mutant:\n" + failure)
        return 1
    survivors = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for mutant, failure in zip(chosen, pool.map(_failure, chosen), strict=True):
            survivors += not failure
            print(f"{'caught  ' if failure else 'SURVIVED'} {mutant.name}", flush=True)
            if failure:
                print(f"         by {_test_of(failure)}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} mutants caught")
    return 1 if survivors else 0


def apply(mutant: Mutant, root: Path) -> None:
    """Break the copy at ``root``.

    :raises ValueError: the code has moved on; the mutant must too.
    """
    path = root / SYNC / mutant.file
    text = path.read_text()
    if text.count(mutant.old) != 1:
        raise ValueError(
            f"{mutant.name}: found {text.count(mutant.old)} times in {mutant.file}"
        )
    path.write_text(text.replace(mutant.old, mutant.new))


def _failure(mutant: Mutant | None, samples: int = SAMPLES) -> str:
    """The end of the tests' output if they fail on the broken copy, else nothing."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        root = Path(folder)
        for name in COPIED:
            source, target = ROOT / name, root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(
                    source, target, ignore=shutil.ignore_patterns("__pycache__")
                )
            else:
                shutil.copy(source, target)
        (root / "notes_zoho_sync" / "__init__.py").touch()
        if mutant is not None:
            apply(mutant, root)
        environment = {
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "1",
            "SYNC_SITUATIONS": "0",
            "SYNC_SHRINK": "0",
            "SYNC_EXAMPLES": str(samples),
            "SYNC_STEPS": "14",
        }
        # What is quick goes first: a machine is asked only if no scenario fails.
        for tests in (["tests/engine", f"--ignore={MACHINES}"], [MACHINES]):
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
                + [*tests, *(f"--ignore-glob={name}" for name in LEFT_OUT)],
                cwd=root,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0:
                return done.stdout[-1500:] + done.stderr[-500:]
        return ""


def _test_of(output: str) -> str:
    """The failed test that the end of pytest's output names."""
    named = [line for line in output.splitlines() if line.startswith("FAILED ")]
    return named[0].split(" ")[1].partition("::")[2] if named else "an error"
