"""Which unlinked records of two sides are the same thing. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from ..reasons import Reason
from ..records import Values
from ..records.identity import Tier


@dataclass
class Matches:
    """The outcome: pairs, and records that several others resemble.

    :param pairs: left id to right id.
    :param ambiguous: per side, id to (what they share, how many look alike).
    """

    pairs: dict[int, int] = field(default_factory=dict)
    ambiguous_left: dict[int, tuple[Reason, int]] = field(default_factory=dict)
    ambiguous_right: dict[int, tuple[Reason, int]] = field(default_factory=dict)


def match(
    left: Mapping[int, Values],
    right: Mapping[int, Values],
    tiers: Sequence[Tier],
    equal: Callable[[Values, Values], bool],
    region: str = "",
) -> Matches:
    """Pair records off, tier by tier, strongest first.

    Within a tier, records that share a key form a group. In a group, records equal
    in every mapped unit pair off in order; of the rest exactly one with one is a
    pair, several are ambiguous, and a side without rest leaves new records.

    :param left: id to values; equal records pair off by ascending id.
    :param right: the same of the other side.
    :param equal: whether a left and a right record are equal in every unit.
    """
    result = Matches()
    open_left, open_right = dict(left), dict(right)
    for tier in tiers:
        if not open_left or not open_right:
            break
        for group in _groups(open_left, open_right, tier, region):
            _settle(group, left, right, tier, equal, result)
        for done in (*result.pairs, *result.ambiguous_left):
            open_left.pop(done, None)
        for done in (*result.pairs.values(), *result.ambiguous_right):
            open_right.pop(done, None)
    return result


def _groups(
    left: Mapping[int, Values],
    right: Mapping[int, Values],
    tier: Tier,
    region: str,
) -> list[tuple[list[int], list[int]]]:
    """Connected groups of left and right records with a key in common."""
    edges = _edges(left, right, tier, region)
    back: dict[int, list[int]] = defaultdict(list)
    for number, candidates in edges.items():
        for candidate in candidates:
            back[candidate].append(number)
    groups = []
    seen: set[int] = set()
    for number in edges:
        if number in seen:
            continue
        lefts, rights, todo = {number}, set[int](), [number]
        while todo:
            for candidate in edges[todo.pop()]:
                rights.add(candidate)
                friends = [item for item in back[candidate] if item not in lefts]
                lefts.update(friends)
                todo.extend(friends)
        seen |= lefts
        groups.append((sorted(lefts), sorted(rights)))
    return groups


def _edges(
    left: Mapping[int, Values],
    right: Mapping[int, Values],
    tier: Tier,
    region: str,
) -> dict[int, list[int]]:
    """Left id to the right ids that share a key with it."""
    by_key: dict[Hashable, list[int]] = defaultdict(list)
    for number, values in right.items():
        for key in tier.keys(values, region):
            by_key[key].append(number)
    edges = {}
    for number, values in left.items():
        found = {
            candidate: None
            for key in tier.keys(values, region)
            for candidate in by_key.get(key, ())
            if tier.compatible(values, right[candidate])
        }
        if found:
            edges[number] = list(found)
    return edges


def _settle(
    group: tuple[list[int], list[int]],
    left: Mapping[int, Values],
    right: Mapping[int, Values],
    tier: Tier,
    equal: Callable[[Values, Values], bool],
    result: Matches,
) -> None:
    lefts, rights = list(group[0]), list(group[1])
    size = len(lefts) + len(rights)
    for number in list(lefts):
        twin = next((item for item in rights if equal(left[number], right[item])), None)
        if twin is not None:
            result.pairs[number] = twin
            lefts.remove(number)
            rights.remove(twin)
    if not lefts or not rights:
        return  # what is left over is new, not ambiguous
    if len(lefts) == 1 and len(rights) == 1:
        if tier.compatible(left[lefts[0]], right[rights[0]]):
            result.pairs[lefts[0]] = rights[0]
        return
    for number in lefts:
        result.ambiguous_left[number] = (tier.what, size)
    for number in rights:
        result.ambiguous_right[number] = (tier.what, size)
