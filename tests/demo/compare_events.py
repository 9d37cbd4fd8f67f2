"""Calendars and the CRM's events: do both stores agree, instance by instance?

A small table of its own once more. An *entry* is one row of a Notes calendar: a
single event, or one instance of a series.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .values import (
    Account,
    Document,
    Record,
    flat,
    is_private_there,
    item,
    marks,
    same_text,
    words,
)

#: Where the demo's people are.
ZONE = ZoneInfo("Europe/Berlin")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
#: How far the range reaches, whatever the choice.
REACH = timedelta(days=365)
#: The CRM takes no more people than that.
CROWD = 50
OURS = "zoho-"
PERIODS = {"minutes": 1, "hours": 60, "days": 1440, "weeks": 10080}
UNANSWERED = ("I", "L")
DECLINED = "R"
Entry = dict[str, Any]
Key = tuple[str, str | None]


# -- values ----------------------------------------------------------------------------


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def lasts(entry: Entry) -> tuple[str, str] | tuple[datetime, datetime]:
    """First and last day; or start and end, which for the CRM differ by a minute at
    least."""
    start, end = entry["start"], entry["end"] or entry["start"]
    if entry["all_day"]:
        return start, max(start, end)
    first = _instant(start)
    return first, max(_instant(end), first + MINUTE)


def lasts_there(record: Record) -> tuple[str, str] | tuple[datetime, datetime]:
    """The same of the CRM's event."""
    start, end = record["Start_DateTime"], record["End_DateTime"]
    if record["All_day"]:
        return start, end
    return _instant(start), _instant(end)


def same_title(entry: Entry, record: Record) -> bool:
    """The CRM insists on a title: one that is missing in Notes is a dash there."""
    return same_text(255)(entry["subject"] or "-", record["Event_Title"])


def same_time(entry: Entry, record: Record) -> bool:
    """Whole days are the same days; anything else begins and ends at once."""
    whole = bool(entry["all_day"]) == bool(record["All_day"])
    return whole and lasts(entry) == lasts_there(record)


def before(entry: Entry) -> int | None:
    """Minutes before the start at which Notes reminds."""
    value = entry["reminder"]
    if value is None or entry["all_day"] and isinstance(value, str):
        return None
    if isinstance(value, str):
        return round((_instant(entry["start"]) - _instant(value)) / MINUTE)
    return -int(value)


def before_there(record: Record) -> int | None:
    """The same for the CRM's first reminder."""
    rows = record["Remind_At"] or []
    return int(rows[0]["unit"]) * PERIODS[rows[0]["period"]] if rows else None


def same_reminder(entry: Entry, record: Record) -> bool:
    """The CRM reminds of nothing that has begun."""
    wanted = before(entry)
    if wanted is not None and wanted < 0:
        wanted = None
    return wanted == before_there(record)


def people_there(record: Record) -> set[str]:
    """Addresses of those who take part in the CRM's event."""
    rows = record["Participants"] or []
    return {str(row["Email"] or row["participant"]).lower() for row in rows}


@dataclass(frozen=True)
class Row:
    """One thing that both systems know of an event."""

    label: str
    same: Callable[[Entry, Record], bool]
    notes: Callable[[Entry], Any]
    zoho: Callable[[Record], Any]


def _text(label: str, name: str, field: str, limit: int) -> Row:
    same = same_text(limit)
    return Row(
        label,
        lambda e, r: same(e[name], r[field]),
        lambda e: e[name],
        lambda r: r[field],
    )


TABLE = (
    Row("title", same_title, lambda e: e["subject"], lambda r: r["Event_Title"]),
    Row("time", same_time, lasts, lasts_there),
    _text("location", "location", "Venue", 255),
    _text("description", "description", "Description", 32000),
    Row("reminder", same_reminder, before, before_there),
)


# -- the range -------------------------------------------------------------------------


def first_day(choice: str, today: date) -> date:
    """Where an account's range begins."""
    if choice == "today":
        return today
    if choice == "all":
        return today - REACH
    end_of_last = today.replace(day=1) - DAY
    return end_of_last.replace(day=min(today.day, end_of_last.day))


def overlaps(span: tuple[Any, Any], first: date, end: date) -> bool:
    """Whether something takes place between the beginnings of two days."""
    if isinstance(span[0], str):
        begin, last = (date.fromisoformat(text) for text in span)
        return begin < end and last >= first
    since, until = (datetime.combine(day, time(), ZONE) for day in (first, end))
    return bool(span[0] < until and span[1] > since)


# -- who belongs to whom ---------------------------------------------------------------


def _day(span: tuple[Any, Any]) -> str:
    start = span[0]
    return (
        start if isinstance(start, str) else start.astimezone(ZONE).date().isoformat()
    )


def _pairs(
    entries: list[Entry], records: list[Record]
) -> Iterator[tuple[Entry, Record]]:
    """By sameness in all, then by title and time, by title and day, by title, by
    time."""
    left, right = list(entries), list(records)
    ways: tuple[Callable[[Entry, Record], bool], ...] = (
        lambda e, r: all(row.same(e, r) for row in TABLE),
        lambda e, r: same_title(e, r) and same_time(e, r),
        lambda e, r: same_title(e, r) and _day(lasts(e)) == _day(lasts_there(r)),
        same_title,
        same_time,
    )
    for belongs in ways:
        for entry in list(left):
            found = next((r for r in right if belongs(entry, r)), None)
            if found is not None:
                left.remove(entry)
                right.remove(found)
                yield entry, found


@dataclass
class Side:
    """What of one account has to have a partner, and what may not have one."""

    account: Account
    entries: list[Entry]
    records: list[Record]
    entries_out: list[Entry]
    records_out: list[Record]
    pairs: list[tuple[Entry, Record]]


class EventComparer:
    """Collects the disagreements about calendars and the CRM's events.

    :param today: the day from which the accounts' ranges count.
    """

    def __init__(
        self,
        domino: dict[str, Any],
        zoho: dict[str, Any],
        accounts: list[Account],
        apart: list[dict[str, str]],
        today: date,
    ) -> None:
        self.domino = domino
        self.zoho = zoho
        self.accounts = accounts
        self.apart = apart
        self.today = today
        self.found: list[str] = []
        self._addresses = {
            user["key"]: str(user["email"]).lower() for user in domino["users"]
        }

    def all(self) -> list[str]:
        """Every disagreement, as a sentence."""
        sides = [self._side(account) for account in self.accounts]
        for side in sides:
            self._agree(side)
            self._range(side)
            self._hidden(side)
            self._uninvited(side)
        self._lonely(sides)
        self._meetings(sides)
        self.private()
        return self.found

    # -- one account -------------------------------------------------------------------

    def _side(self, account: Account) -> Side:
        first = first_day(account.event_range, self.today)
        end = self.today + REACH
        side = Side(account, [], [], [], [], [])
        for entry in self._entries(account):
            if entry["private"] or entry["cancelled"] or self._is_holiday(entry):
                continue
            if not self._known(entry, None):
                inside = overlaps(lasts(entry), first, end)
                (side.entries if inside else side.entries_out).append(entry)
        for record in self.zoho["records"]["Events"]:
            own = record["Owner"]["email"] == account.owner
            if own and not is_private_there(record):
                inside = overlaps(lasts_there(record), first, end)
                (side.records if inside else side.records_out).append(record)
        side.pairs = list(_pairs(side.entries, side.records))
        for entry, record in side.pairs:
            side.entries.remove(entry)
            side.records.remove(record)
        return side

    def _entries(self, account: Account) -> list[Entry]:
        found: list[Entry] = self.domino["mail_files"][account.mail_file]["events"]
        return found

    def _documents(self, account: Account) -> list[Document]:
        found: list[Document] = self.domino["mail_files"][account.mail_file][
            "documents"
        ]
        return found

    def _is_holiday(self, entry: Entry) -> bool:
        return bool(
            entry["all_day"] and entry["free"] and "Holiday" in entry["categories"]
        )

    def _known(
        self, entry: Entry | None, record: Record | None, label: str = ""
    ) -> bool:
        """Whether the story left it apart, as a whole or in one field."""
        ids = {record["id"]} if record else set()
        ids |= {entry["uid"], entry["unid"]} if entry else set()
        return any(a["id"] in ids and a.get("field", "") == label for a in self.apart)

    def _agree(self, side: Side) -> None:
        for entry, record in side.pairs:
            for row in TABLE:
                if row.same(entry, record) or self._known(entry, record, row.label):
                    continue
                self.found.append(
                    f"{side.account.login}: {_called(entry)}: {row.label} is "
                    f"{row.notes(entry)!r} in Notes and {row.zoho(record)!r} in Zoho"
                )
            self._people(side.account, entry, record)

    def _people(self, account: Account, entry: Entry, record: Record) -> None:
        """Those of a Notes meeting are in the CRM; the CRM's own stay there."""
        if str(entry["uid"]).startswith(OURS):
            return
        wanted, there = self.people(entry), people_there(record)
        agree = there <= wanted if len(wanted) > CROWD else there == wanted
        if not agree and not self._known(entry, record, "participants"):
            self.found.append(
                f"{account.login}: {_called(entry)}: participants are "
                f"{sorted(wanted)} in Notes and {sorted(there)} in Zoho"
            )

    def people(self, entry: Entry) -> set[str]:
        """Addresses of those who take part, the one who called the meeting included."""
        if not entry["attendees"]:
            return set()
        named = [entry["organiser"], *entry["attendees"]]
        found = {self._addresses.get(name, str(name).lower()) for name in named}
        return {address for address in found if "@" in address}

    def _range(self, side: Side) -> None:
        """What lies outside waits: it has no partner, but for what was moved out."""
        for entry, record in _pairs(side.entries_out, side.records_out):
            if same_title(entry, record) and not self._known(entry, record, "range"):
                self.found.append(
                    f"{side.account.login}: {_called(entry)} lies outside of the range "
                    "and is on both sides"
                )
        names = [f"{a['id']}" for a in self.apart if a.get("field") == "range"]
        for record in side.records_out:
            if record["id"] in names and not any(
                same_title(entry, record) and same_time(entry, record)
                for entry in side.entries_out
            ):
                self.found.append(
                    f"{side.account.login}: {record['Event_Title']} was moved out of "
                    "the range, and Notes does not know it"
                )

    def _hidden(self, side: Side) -> None:
        """What is no appointment (yet, or any more) is not in the CRM."""
        own = [
            record
            for record in self.zoho["records"]["Events"]
            if record["Owner"]["email"] == side.account.owner
        ]
        for what, title, start in self._no_appointments(side.account):
            for record in own:
                if words(record["Event_Title"]) == title and (
                    _day(lasts_there(record)) == start
                ):
                    self.found.append(
                        f"{side.account.login}: {title} is {what} and in Zoho"
                    )

    def _no_appointments(self, account: Account) -> Iterator[tuple[str, str, str]]:
        for entry in self._entries(account):
            title, start = words(entry["subject"]), _day(lasts(entry))
            if self._is_holiday(entry):
                yield "an imported holiday", title, start
            if entry["cancelled"]:
                yield "cancelled", title.removeprefix("Cancelled: "), start
        for document in self._documents(account):
            notice = item(document, "NoticeType")
            waits = document["form"] == "Notice" and notice in UNANSWERED
            declined = document["form"] == "Appointment" and notice == DECLINED
            if waits or declined:
                title = words(item(document, "Topic", "Subject"))
                what = "declined" if declined else "an unanswered invitation"
                for moment in document["items"].get("StartDateTime") or []:
                    yield what, title, _day((_instant(moment), None))

    def _uninvited(self, side: Side) -> None:
        """Nobody was invited in Notes because of an event of the CRM."""
        for entry in self._entries(side.account):
            if str(entry["uid"]).startswith(OURS) and entry["attendees"]:
                self.found.append(
                    f"{side.account.login}: {_called(entry)} came from Zoho and "
                    f"invites {entry['attendees']}"
                )

    # -- all accounts ------------------------------------------------------------------

    def _lonely(self, sides: list[Side]) -> None:
        """What has no partner, and no colleague who keeps it in step."""
        kept = {_key(entry) for side in sides for entry, _ in side.pairs}
        for side in sides:
            account = side.account
            if account.direction != "zoho_to_notes":
                self.found += [
                    f"{account.login}: {_called(entry)} is in Notes and no event of "
                    f"{account.owner} in Zoho"
                    for entry in side.entries
                    if _key(entry) not in kept
                ]
            if account.direction != "notes_to_zoho":
                self.found += [
                    f"{account.login}: {record['Event_Title']} "
                    f"({record['Start_DateTime']}) is in Zoho and no entry in "
                    f"{account.mail_file}"
                    for record in side.records
                ]
            self._twins(side)

    def _twins(self, side: Side) -> None:
        for record in side.records if side.account.direction == "notes_to_zoho" else []:
            if any(
                same_title(entry, record) and same_time(entry, record)
                for entry, _ in side.pairs
            ):
                self.found.append(
                    f"{side.account.login}: {record['Event_Title']} is in Zoho twice"
                )

    def _meetings(self, sides: list[Side]) -> None:
        """A meeting in several calendars is one event in the CRM."""
        holders: dict[Key, list[str]] = {}
        for side in sides:
            for entry, _ in side.pairs:
                held = holders.setdefault(_key(entry), [])
                held.append(side.account.login)
                if len(held) > 1:
                    self.found.append(
                        f"{' and '.join(held)}: {_called(entry)} is in Zoho once for "
                        "each of them"
                    )

    def private(self) -> None:
        """Nothing of a private entry or event is on the other side."""
        there = flat(self.zoho["records"])
        for account in self.accounts:
            for entry in self._entries(account):
                if not entry["private"]:
                    continue
                names = ("subject", "location", "description")
                for mark in marks(entry[name] for name in names):
                    if mark in there:
                        self.found.append(
                            f"{account.login}: {mark!r} of a private calendar entry is "
                            "in Zoho"
                        )
        here = flat(
            [
                document
                for file in self.domino["mail_files"].values()
                for document in file["documents"]
                if document["form"] in ("Appointment", "Notice")
            ]
        )
        for record in self.zoho["records"]["Events"]:
            if is_private_there(record):
                names = ("Event_Title", "Venue", "Description")
                for mark in marks(record[name] for name in names):
                    if mark in here:
                        self.found.append(
                            f"{mark!r} of a private Zoho event is in Notes"
                        )


def _key(entry: Entry) -> Key:
    """What copies of one meeting, or of one of its dates, have in common."""
    return entry["uid"], entry["recurrence_id"]


def _called(entry: Entry) -> str:
    return f"the event {words(entry['subject']) or '-'} ({entry['start']})"
