"""Rules that make a simulator misbehave."""

from __future__ import annotations

import random
import re
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

GENERIC_KINDS = frozenset(
    {
        "status",
        "throttle",
        "drop_before",
        "drop_after",
        "slow",
        "bad_json",
        "html",
    }
)

PROXY_PAGE = (
    "<html><head><title>502 Bad Gateway</title></head>\r\n"
    "<body><center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>proxy</center></body></html>\r\n"
)


@dataclass
class FaultRule:
    """One kind of misbehaviour and when it strikes.

    A request matches by `route` (exact name, or a prefix that ends in `*`),
    `method` (one or several, comma separated) and `path` (regular expression
    on the raw path and query). Of the matching requests the first `skip` are
    let through; `nth` is short for skip = nth - 1, count = 1. The rule then
    strikes `count` times (None: for ever), each time with `probability`
    (seeded, so that runs repeat).

    Kinds (`when` says whether the request is applied first; the default of
    each kind is in brackets):

    - status: answers `status` with `body` and `headers` [before]
    - throttle: `status` (default 429), `Retry-After` if `retry_after` is set
    - drop_before: closes the connection, nothing applied
    - drop_after: applies the request, closes the connection without an answer
    - slow: waits `seconds` [before], then goes on
    - bad_json: applies, answers the first half of the body
    - html: a proxy's page with `status` (default 502) [before]
    - any other kind belongs to the simulator
    """

    kind: str
    route: str | None = None
    method: str | None = None
    path: str | None = None
    nth: int | None = None
    skip: int = 0
    count: int | None = 1
    probability: float = 1.0
    seed: int = 0
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    retry_after: int | str | None = None
    seconds: float = 0.0
    when: str = "before"
    options: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    fired: int = 0

    def __post_init__(self) -> None:
        if self.when not in ("before", "after"):
            raise ValueError("when is 'before' or 'after'")
        if self.nth is not None:
            self.skip = self.nth - 1
            self.count = 1
        self._random = random.Random(self.seed)
        self._path = re.compile(self.path) if self.path else None

    def matches(self, route: str, method: str, target: str) -> bool:
        """Whether a request is one that the rule looks at."""
        if self.route is not None:
            if self.route.endswith("*"):
                if not route.startswith(self.route[:-1]):
                    return False
            elif route != self.route:
                return False
        if self.method is not None and method not in self.method.split(","):
            return False
        return self._path is None or self._path.search(target) is not None

    def strike(self, route: str, method: str, target: str) -> bool:
        """Counts a request and says whether the rule fires on it."""
        if not self.matches(route, method, target):
            return False
        self.seen += 1
        if self.seen <= self.skip:
            return False
        if self.count is not None and self.fired >= self.count:
            return False
        if self.probability < 1.0 and self._random.random() >= self.probability:
            return False
        self.fired += 1
        return True

    def as_dict(self) -> dict[str, Any]:
        """A JSON-able form."""
        return asdict(self)


class Faults:
    """The rules in force, in order; several may strike one request."""

    def __init__(self, own_kinds: frozenset[str] = frozenset()) -> None:
        self.kinds = GENERIC_KINDS | own_kinds
        self.rules: list[FaultRule] = []
        self._lock = threading.Lock()

    def add(self, rule: FaultRule | str, **values: Any) -> FaultRule:
        """Adds a rule, given whole or as kind and keywords.

        Raises ValueError for a kind that this simulator does not know.
        """
        if isinstance(rule, str):
            rule = FaultRule(rule, **values)
        if rule.kind not in self.kinds:
            raise ValueError(f"unknown fault kind {rule.kind!r}")
        with self._lock:
            self.rules.append(rule)
        return rule

    def remove(self, rule: FaultRule) -> None:
        """Takes one rule out."""
        with self._lock:
            self.rules = [r for r in self.rules if r is not rule]

    def clear(self) -> None:
        """Takes all rules out."""
        with self._lock:
            self.rules.clear()

    def strike(self, route: str, method: str, target: str) -> list[FaultRule]:
        """The rules that fire on this request."""
        if not self.rules:
            return []
        with self._lock:
            return [r for r in self.rules if r.strike(route, method, target)]
