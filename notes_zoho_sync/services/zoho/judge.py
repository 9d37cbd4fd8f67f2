"""What Zoho says of one record of a write: the type that decides what follows.

Rests on the Zoho fact sheet, sections 2.3 to 2.6 and 5. The code decides, never the
message, whose wording varies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import (
    ChangedMeanwhile,
    Duplicate,
    Gone,
    Misconfigured,
    NeedsSignIn,
    NotSent,
    OutcomeUnknown,
    Rejected,
    RetryLater,
    SyncError,
    Throttled,
)
from ..reasons import Reason, reason
from .session import EDITION, FULL, NOT_ALLOWED, refusal
from .transport import Answer

SERVER = "Zoho CRM"

_BUSY = {
    "RECORD_LOCKED",
    "NOT_APPROVED",
    "NOT_REVIEWED",
    "RECORD_IN_BLUEPRINT",
    "CONVERTED_RECORD",
    "CANNOT_PERFORM_ACTION",
    "NOT_ALLOWED",
    "CANNOT_DELETE",
    "CANNOT_PROCESS",
    "DEPENDENT_SERVICE_ERROR",
}
_MANDATORY = {
    "MANDATORY_NOT_FOUND",
    "DEPENDENT_FIELD_MISSING",
    "EXPECTED_FIELD_MISSING",
}
_INVALID = {
    "INVALID_DATA",
    "DEPENDENT_MISMATCH",
    "MAPPING_MISMATCH",
    "PATTERN_NOT_MATCHED",
}
_BROKEN = {"INTERNAL_ERROR", "INTERNAL_SERVER_ERROR"}
#: A record that stays locked is asked about again after this many seconds.
BUSY_WAIT = 900.0


@dataclass(frozen=True)
class Accepted:
    """A record that Zoho took.

    :param modified: its ``Modified_Time`` as sent (ISO 8601); empty for a deletion.
    :param action: of an upsert: ``insert`` or ``update``.
    """

    key: str
    modified: str = ""
    action: str = ""


#: Errors of a record or a batch after which nothing more is sent.
_STOP = (Throttled, NotSent, OutcomeUnknown, NeedsSignIn, Misconfigured)

Judged = Accepted | SyncError


def number(value: Any) -> str:
    """A record's id, which is part of addresses: digits; empty when it is none."""
    text = str(value) if isinstance(value, str | int) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= 30 else ""


def judge_all(answer: Answer, count: int) -> list[Judged]:
    """The records of a write, in the order they were sent.

    :param count: how many were sent. An answer of another length cannot be matched
        to them: each may have been applied or not.
    """
    data = answer.data
    items = data.get("data") if isinstance(data, dict) else None
    if isinstance(items, list) and len(items) == count:
        return [judge(item) for item in items]
    if answer.code:
        return [refusal(answer)] * count
    why = reason("zoho_answer_lost", detail="records are missing in it")
    return [OutcomeUnknown(why)] * count


def not_sent(count: int, cause: SyncError) -> list[Judged]:
    """For what was held back after ``cause`` had stopped the sending."""
    after = cause.after if isinstance(cause, RetryLater) else None
    return [NotSent(reason("zoho_after_stop", detail=cause.reason), after)] * count


def stopped(results: Sequence[Judged]) -> SyncError | None:
    """The error after which nothing more is to be sent, if there is one."""
    return next((result for result in results if isinstance(result, _STOP)), None)


def judge(item: Any) -> Judged:
    """One record."""
    if not isinstance(item, Mapping):
        return OutcomeUnknown(reason("zoho_answer_lost", detail="no object"))
    found = item.get("details")
    details: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    code = str(item.get("code", ""))
    if item.get("status") == "success" and code == "SUCCESS":
        return _accepted(item, details)
    if code == "MULTIPLE_OR_MULTI_ERRORS":
        return _first(details.get("errors"))
    return _refused(code, details)


def _accepted(item: Mapping[str, Any], details: Mapping[str, Any]) -> Judged:
    key = number(details.get("id"))
    if not key:
        return OutcomeUnknown(reason("zoho_answer_lost", detail="no id"))
    return Accepted(
        key, str(details.get("Modified_Time") or ""), str(item.get("action", ""))
    )


def _first(errors: Any) -> Judged:
    """Of several faults the first that is no unforeseen one."""
    judged = [judge(error) for error in errors] if isinstance(errors, Sequence) else []
    known = [x for x in judged if not isinstance(x, RetryLater | Accepted)]
    why = reason("zoho_refused", detail="MULTIPLE_OR_MULTI_ERRORS")
    return known[0] if known else Rejected(why)


def _refused(code: str, details: Mapping[str, Any]) -> SyncError:
    if code == "ALREADY_MODIFIED":
        return ChangedMeanwhile()
    if code == "DUPLICATE_DATA":
        return _duplicate(details)
    if code in _MANDATORY:
        field = _field(details)
        return Rejected(reason("zoho_mandatory", field=field or "-"), field)
    if code in _INVALID:
        return _invalid(code, details)
    if code in _BUSY:
        return RetryLater(reason("zoho_busy", detail=code), BUSY_WAIT)
    if code in FULL:
        return Misconfigured(reason("zoho_full", detail=code), "storage")
    if code in NOT_ALLOWED or code in EDITION or code == "LIMIT_EXCEEDED":
        return Rejected(reason("zoho_refused", detail=_told(code, details)))
    if code in _BROKEN:
        return OutcomeUnknown(reason("zoho_answer_lost", detail=code))
    detail = f"record: {code or 'no code'}"
    return RetryLater(reason("unexpected_answer", server=SERVER, detail=detail))


def _duplicate(details: Mapping[str, Any]) -> Duplicate:
    """The twin's id is in ``duplicate_record`` or, in older answers, in ``id``."""
    twin = details.get("duplicate_record")
    twin = twin if isinstance(twin, Mapping) else {}
    key = number(twin.get("id")) or number(details.get("id"))
    owner = twin.get("Owner")
    name = str(owner.get("name") or "") if isinstance(owner, Mapping) else ""
    where: Reason | str = ""
    if key and name:
        where = reason("zoho_twin_owner", record=key, owner=name)
    elif key:
        where = reason("zoho_twin", record=key)
    field = _field(details)
    why = reason("zoho_duplicate", field=field or "-", where=where)
    return Duplicate(why, field, key)


def _invalid(code: str, details: Mapping[str, Any]) -> SyncError:
    field = _field(details)
    if field == "id" or (not field and (details.keys() & _ID_HINTS)):
        return Gone(SERVER)
    if field == "Owner":
        return Misconfigured(reason("zoho_owner"), "zoho_user_id")
    if "maximum_length" in details:
        limit = details["maximum_length"]
        return Rejected(reason("zoho_too_long", field=field, limit=limit), field)
    if "expected_data_type" in details:
        wanted = details["expected_data_type"]
        return Rejected(reason("zoho_type", field=field, type=wanted), field)
    detail = code
    if details.get("supported_values"):
        detail = f"{code}: {details['supported_values']}"[:120]
    return Rejected(reason("zoho_invalid", field=field or "-", detail=detail), field)


#: Marks of a refusal that means the record itself (2.4, 2.6).
_ID_HINTS = {"id", "resource_path_index"}


def _field(details: Mapping[str, Any]) -> str:
    found = details.get("api_name")
    return found if isinstance(found, str) else ""


def _told(code: str, details: Mapping[str, Any]) -> str:
    said = details.get("permissions") or details.get("limit") or details.get("api_name")
    return f"{code}: {said}"[:120] if said else code
