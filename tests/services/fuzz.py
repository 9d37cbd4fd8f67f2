"""What the fuzzing of foreign input shares.

``FUZZ_EXAMPLES`` sets how many examples each test tries, for a long hunt.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "60")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
#: Texts of all sorts, those among them that have broken something somewhere.
WORD = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "-",
            "\r\nX-Evil: 1",
            "\u202egnp.exe",
            "<img src=x onerror=alert(1)>",
            "' OR 1=1 --",
            "%s %(x)s {0} {x}",
            "../../etc/passwd",
            "\u00b2",
            "9" * 5000,
            "1" * 40,
            "-1",
            "true",
            "2026-05-04T10:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
        ]
    ),
)
NUMBER = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, -1, 2**31, 2**63, 10**400]),
)


def json_values() -> st.SearchStrategy[Any]:
    """Whatever JSON can say, not deeply nested."""
    return st.recursive(
        st.one_of(st.none(), st.booleans(), NUMBER, WORD),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(WORD, inner, max_size=3)
        ),
        max_leaves=6,
    )


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """As it should be, most of the time; else anything."""
    return st.one_of(strategy, strategy, strategy, json_values())
