"""Deliberate breakages of the engine; each must make a test fail.

A mutant is one replacement in one file. It is applied to a copy of the engine and
its tests, so the work tree stays as it is.
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


@dataclass(frozen=True)
class Mutant:
    """One breakage: in ``file`` the only ``old`` becomes ``new``."""

    name: str
    file: str
    old: str
    new: str


MUTANTS = (
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
        'return self.direction == "two_way" or self.direction.endswith(f"to_{side}")',
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
        'if side == "zoho" and item.owner and item.owner != ctx.settings.zoho_user:',
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
        "            state.unread = True",
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
    sound = _tests_fail(None)
    if sound:
        print("The tests fail without any mutant:\n" + sound)
        return 1
    survivors = []
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for mutant, failure in zip(chosen, pool.map(_tests_fail, chosen), strict=True):
            print(f"{'caught  ' if failure else 'SURVIVED'} {mutant.name}", flush=True)
            if not failure:
                survivors.append(mutant)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants caught")
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


def _tests_fail(mutant: Mutant | None) -> str:
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
            "SYNC_EXAMPLES": os.environ.get("SYNC_EXAMPLES", "3000"),
            "SYNC_STEPS": os.environ.get("SYNC_STEPS", "14"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
            + ["tests/engine", "--ignore-glob=*http*"],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return "" if done.returncode == 0 else done.stdout[-1500:]
