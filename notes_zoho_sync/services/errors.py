"""Errors are types that carry the decision; the runner acts on the type alone.

Each holds a ``Reason`` (what a person reads). An answer that nobody foresaw is
``RetryLater``, never success.
"""

from __future__ import annotations

from .reasons import Reason, _lt, reason, register

register(
    {
        "bug": _lt(
            "The addon met a situation it does not understand (%(detail)s). Nothing "
            "was changed; please report it with the log."
        ),
        "unexpected_answer": _lt(
            "%(server)s gave an unexpected answer (%(detail)s). It is tried again "
            "later."
        ),
        "unreachable": _lt(
            "%(server)s cannot be reached (%(detail)s). It is tried again later."
        ),
        "timed_out": _lt("%(server)s did not answer in time. It is tried again later."),
        "throttled": _lt("%(server)s asks to slow down. It goes on later by itself."),
        "sign_in": _lt(
            "%(server)s refused the sign-in of %(user)s. Enter the password again."
        ),
        "changed_meanwhile": _lt(
            "The record was changed meanwhile; it is merged again in the next run."
        ),
        "gone": _lt("The record no longer exists in %(server)s."),
        "rejected": _lt("%(server)s refused %(field)s: %(detail)s"),
        "duplicate": _lt(
            "%(server)s already has a record with the same %(field)s (%(detail)s). "
            "Merge the two or change one of them."
        ),
    }
)


class SyncError(Exception):
    """Base of all decisions.

    :param reason: what a person reads.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


class RetryLater(SyncError):
    """Nothing is wrong with our data; try again.

    :param after: seconds to wait, when the server or the case names them.
    """

    def __init__(self, reason: Reason, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Throttled(RetryLater):
    """The server asks to slow down (HTTP 429, 503 with Retry-After, token limit)."""


class NotSent(RetryLater):
    """The request never reached the server: even a write may be repeated."""


class OutcomeUnknown(RetryLater):
    """A write was sent and its answer is lost: it may have been applied."""


class NeedsSignIn(SyncError):
    """Password or grant refused: only a person can go on."""


class Rejected(SyncError):
    """The server refused this record; the rest of the run goes on.

    :param field: the server's name of the field, if it named one.
    """

    def __init__(self, reason: Reason, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


class Duplicate(Rejected):
    """Refused because a unique value is taken.

    :param key: the record that has it, if the server named it.
    """

    def __init__(self, reason: Reason, field: str = "", key: str = "") -> None:
        super().__init__(reason, field)
        self.key = key


class ChangedMeanwhile(SyncError):
    """The optimistic check failed: read, merge again."""

    def __init__(self) -> None:
        super().__init__(reason("changed_meanwhile"))


class Gone(SyncError):
    """The record does not exist (any more) on that side."""

    def __init__(self, server: str) -> None:
        super().__init__(reason("gone", server=server))


class Misconfigured(SyncError):
    """A switch is wrong; the reason names it and who can turn it.

    :param setting: technical name of the switch (a check's code of the diagnosis,
        or a field).
    """

    def __init__(self, reason: Reason, setting: str = "") -> None:
        super().__init__(reason)
        self.setting = setting


class Bug(SyncError):
    """Our mistake (a malformed request, a broken invariant)."""

    def __init__(self, detail: str) -> None:
        super().__init__(reason("bug", detail=detail))
