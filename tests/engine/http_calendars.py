"""A mail file's calendar and the CRM's events as people see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from notes_zoho_sync.services.records.event import When
from notes_zoho_sync.services.records.instance import join, split
from notes_zoho_sync.services.sync.window import Window

from .http_servers import Crm, MailFile, Seen

OURS = "zoho-"
#: Minutes of the CRM's words for periods.
PERIODS = {"minutes": 1, "hours": 60, "days": 1440, "weeks": 10080}


def addresses(people: Iterable[Any]) -> list[str]:
    """Of people, or of addresses."""
    return [getattr(who, "email", who) for who in people]


def is_past(row: Mapping[str, Any]) -> bool:
    """Whether an entry was cancelled or declined: it stands there, but for nobody."""
    return row["cancelled"] or row["answer"] == "R"


class NotesCalendar(MailFile):
    """The calendar of a mail file. A record is an entry or an instance of a series."""

    #: what of it is synced, as the bench chose it for the last run
    window: Window | None = None

    def look(self) -> dict[str, Seen]:
        found = {}
        for row in self.sim.events(self.mail_file):
            key = join(row["uid"], row["recurrence_id"] or "")
            ours = row["uid"] if row["uid"].startswith(OURS) else ""
            found[key] = Seen(
                key,
                self.values(row),
                row["private"],
                deleted=is_past(row),
                sync_key=ours,
            )
        return found

    @staticmethod
    def values(row: Mapping[str, Any]) -> dict[str, Any]:
        alarm, start, end = row["reminder"], row["start"], row["end"]
        if isinstance(alarm, datetime):
            alarm = round((alarm - start).total_seconds() / 60)
        return {
            "title": row["subject"],
            "when": When(start, end if end is not None else start),
            "location": row["location"],
            "description": row["description"],
            "attendees": tuple(sorted(row["attendees"])),
            "reminder": None if alarm is None else -alarm,
        }

    def create(self, values: Mapping[str, Any]) -> str:
        when: When = values["when"]
        words = self._words(values)
        title = words.pop("subject")
        made: str = self.sim.act.create_event(
            self.mail_file, title, when.start, when.end, **words
        )
        return made

    @staticmethod
    def _words(values: Mapping[str, Any]) -> dict[str, Any]:
        """Values but the time in the words of the acts."""
        words = {
            word: values[name]
            for name, word in (
                ("title", "subject"),
                ("location", "location"),
                ("description", "body"),
                ("reminder", "reminder"),
            )
            if values.get(name) is not None
        }
        if values.get("attendees"):
            words["attendees"] = [
                getattr(who, "email", who) for who in values["attendees"]
            ]
        return words

    def edit(self, key: str, values: Mapping[str, Any]) -> None:
        uid, rid = split(key)
        words = self._words(values)
        if "when" in values:
            words |= {"start": values["when"].start, "end": values["when"].end}
        self.sim.act.edit_event(self.mail_file, uid, rid or None, **words)

    # -- people

    def person_deletes(self, key: str) -> None:
        self.clock.tick()
        uid, rid = split(key)
        if rid:
            self.sim.act.cancel_instance(self.mail_file, uid, rid)
        else:
            self.sim.act.delete_event(self.mail_file, uid)

    def person_restores(self, key: str) -> None:
        """Out of the trash, if it is there still; of a series all of it."""
        self.clock.tick()
        with suppress(LookupError):
            self.sim.act.restore_event(self.mail_file, split(key)[0])

    def person_hides(self, key: str, private: bool) -> None:
        self.clock.tick()
        uid, rid = split(key)
        self.sim.act.mark_event_private(self.mail_file, uid, rid or None, private)

    def person_pastes(self, key: str) -> Seen:
        """Cut and pasted: the same again, with another UID."""
        self.clock.tick()
        made: str = self.sim.act.recreate_event(self.mail_file, split(key)[0])
        self.remember()
        return self.records[made]

    def person_makes_series(self, starts: Sequence[datetime], **values: Any) -> str:
        """A series by explicit dates; its UID."""
        self.clock.tick()
        words = self._words(values)
        title = words.pop("subject")
        uid: str = self.sim.act.create_series(
            self.mail_file, title, starts[0], dates=list(starts), **words
        )
        self.remember()
        return uid

    def person_makes_it_a_series(self, key: str, days: Sequence[int]) -> None:
        """An entry starts to repeat daily; the UID stays."""
        self.clock.tick()
        rule = f"FREQ=DAILY;COUNT={len(days) + 1}"
        self.sim.act.make_series(self.mail_file, key, rule)
        self.remember()

    def person_edits_series(self, uid: str, **values: Any) -> None:
        """All instances at once."""
        self.clock.tick()
        self.sim.act.edit_series(self.mail_file, uid, **self._words(values))
        self.remember()

    def series(self, uid: str) -> list[Seen]:
        return [x for x in self.live() if split(x.key)[0] == uid and x.key != uid]


class ZohoEvents(Crm):
    """The module Events."""

    module = "Events"

    def values(self, record: Mapping[str, Any]) -> dict[str, Any]:
        people = record["Participants"] or []
        return {
            "title": record["Event_Title"] or "",
            "when": When(
                _moment(record["Start_DateTime"]), _moment(record["End_DateTime"])
            ),
            "location": record["Venue"] or "",
            "description": record["Description"] or "",
            "attendees": tuple(sorted(x["Email"] or x["participant"] for x in people)),
            "reminder": _minutes(record["Remind_At"]),
        }

    def fields(self, values: Mapping[str, Any]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if "title" in values:
            fields["Event_Title"] = values["title"]
        if "when" in values:
            when = values["when"]
            end = when.end
            if when.is_moment:
                end += timedelta(minutes=1)
            fields |= {"Start_DateTime": when.start, "End_DateTime": end}
            fields["All_day"] = when.all_day
        for name, field in (("location", "Venue"), ("description", "Description")):
            if name in values:
                fields[field] = values[name] or None
        if values.get("attendees"):
            fields["Participants"] = addresses(values["attendees"])
        if values.get("reminder") is not None:
            fields["Remind_At"] = values["reminder"]
        return fields


def _moment(text: str) -> datetime | date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _minutes(rows: Any) -> int | None:
    if not rows:
        return None
    row = rows[0]
    return int(row["unit"]) * PERIODS[row["period"]]


__all__ = ["NotesCalendar", "ZohoEvents"]
