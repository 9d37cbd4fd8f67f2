"""What Zoho's meetings need beyond a table of fields: who is who, and midnight.

Rests on the Zoho fact sheet, sections 2.1, 3.3 and 6 (traps 3 and 13).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..errors import SyncError
from ..records import Attendee, Values
from .metadata import FieldsView, current_user, list_users
from .records import IN_VALUES, Record, Records, quoted

KIND, MODULE, CONTACTS = "event", "Events", "Contacts"
PARTICIPANTS = "Participants"
MAX_PARTICIPANTS = 50
#: Nobody gets an invitation because of the sync.
QUIET: Mapping[str, Any] = {"$send_notification": False}
_TIMES = ("Start_DateTime", "End_DateTime", "Remind_At")
Row = Mapping[str, Any]


class Meetings:
    """Of one run.

    :param private_tag: of records so tagged nothing is fetched.
    """

    def __init__(self, records: Records, private_tag: str) -> None:
        self.records = records
        self.session = records.session
        self.private_tag = private_tag
        self._people: dict[str, Row | None] = {}
        self._users: dict[str, Row] | None = None
        self._zone: tzinfo | None = None

    # -- reading

    def whole(
        self, found: Iterable[Record], view: FieldsView, fields: Sequence[str]
    ) -> Iterator[Record]:
        """Records of a list with their participants, which a list may lack (2.1).

        What cannot be had alone stays as the list told it.
        """
        for record in found:
            lacks = view.has(PARTICIPANTS) and PARTICIPANTS not in record
            if not lacks or self._is_private(record):
                yield record
                continue
            yield self.records.single(MODULE, str(record.get("id")), fields) or record

    def _is_private(self, record: Record) -> bool:
        tags = record.get("Tag")
        names = [
            str(tag.get("name") or "").strip().casefold()
            for tag in (tags if isinstance(tags, list) else [])
            if isinstance(tag, Mapping)
        ]
        return self.private_tag.strip().casefold() in names

    # -- writing

    def know(self, values: Iterable[Values]) -> None:
        """Look up who takes part, fifty addresses a call; whom Zoho does not know, or
        cannot tell now, is invited by address."""
        wanted = {
            _key(who.email)
            for each in values
            for who in each.get("attendees") or ()
            if who.email and not who.ref
        } - self._people.keys()
        if not wanted:
            return
        users = self._known_users()
        self._people.update((key, users[key]) for key in wanted & users.keys())
        self._look_up(sorted(wanted - users.keys()))

    def _known_users(self) -> Mapping[str, Row]:
        if self._users is None:
            try:
                users = list_users(self.session, "ActiveUsers")
            except SyncError:
                return {}
            self._users = {
                _key(user.email): {"type": "user", "participant": user.id}
                for user in users
                if user.email
            }
        return self._users

    def _look_up(self, addresses: Sequence[str]) -> None:
        for start in range(0, len(addresses), IN_VALUES):
            part = addresses[start : start + IN_VALUES]
            listed = ", ".join(map(quoted, part))
            text = (
                f"select id, Email from {CONTACTS} where Email in ({listed}) "
                f"order by id limit 200"
            )
            try:
                rows, _ = self.records.query(text)
            except SyncError:
                return
            self._people.update(dict.fromkeys(part))
            for row in reversed(rows):
                key = _key(str(row.get("Email") or ""))
                if key in self._people:
                    known = {"type": "contact", "participant": str(row.get("id"))}
                    self._people[key] = known

    def finish(self, fields: dict[str, Any], current: Values | None = None) -> None:
        """Make a body of it that can be sent.

        :param fields: as the mapping wrote them: participants by address, days
            without an offset.
        :param current: what Zoho is known to hold; empty for a new meeting.
        """
        held: Sequence[Attendee] = (current or {}).get("attendees") or ()
        if PARTICIPANTS in fields:
            rows = [self._row(row, held) for row in fields[PARTICIPANTS] or ()]
            kept = [_reference(who) for who in held if who.ref and not who.email]
            rows += [row for row in kept if row not in rows]
            fields[PARTICIPANTS] = rows[:MAX_PARTICIPANTS] or None
        for name in _TIMES:
            value = fields.get(name)
            if isinstance(value, str):
                fields[name] = self._with_offset(value)

    def _row(self, row: Row, held: Sequence[Attendee]) -> Row:
        """A participant as Zoho knows them: as before, by record, or by address."""
        if row.get("type") != "email":
            return row
        key = _key(str(row.get("Email") or ""))
        for who in held:
            if _key(who.email) == key:
                return _reference(who) if who.ref else row
        return self._people.get(key) or row

    def _with_offset(self, text: str) -> str:
        """Of a day's midnight: the offset of the grant's user on that day, in whose
        zone Zoho understands a day (trap 3)."""
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return text
        return moment.replace(tzinfo=self._home()).isoformat()

    def _home(self) -> tzinfo:
        if self._zone is None:
            name = current_user(self.session).time_zone
            try:
                self._zone = ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                self._zone = UTC
        return self._zone


def _reference(who: Attendee) -> Row:
    kind, _, key = who.ref.partition("/")
    return {"type": kind, "participant": key}


def _key(email: str) -> str:
    return email.strip().casefold()
