"""Reminders of to-dos: from Notes to Zoho only.

The data service does not let ``$Alarm*`` be written (mail file schema, section 1), so
what the CRM says of a reminder stays there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..reasons import reason
from ..records import Reminder, Values
from . import clean
from .columns import no_field, string
from .days import DUE, START, first_filled, instant, zoned
from .items import Items
from .metadata import Fields
from .rows import ABSENT, Cell

_UNITS = {"": 1, "M": 1, "H": 60, "D": 24 * 60}
_AT = "DATE-TIME:"


def whole_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


@dataclass(frozen=True)
class AlarmItems:
    """An alarm at an instant, or some minutes, hours or days from the start (mail file
    schema, section 2.2)."""

    items: tuple[str, ...] = (
        "$Alarm",
        "$AlarmTime",
        "$AlarmOffset",
        "$AlarmUnit",
    )

    def read(self, items: Items) -> Cell:
        if "1" not in items.texts("$Alarm"):
            return Cell(None)
        at = instant(clean.line(items.text("$AlarmTime")))
        if at is None:
            at = self._from_start(items)
        if at is None:
            return Cell(None, (reason("mapping_no_alarm_time"),))
        return Cell(Reminder(whole_minute(at)))

    def write(self, value: Reminder | None, items: Items) -> dict[str, Any]:
        return {}

    def fit(
        self, value: Reminder | None, current: Reminder | None, seen: Reminder | None
    ) -> Cell:
        if value == seen:
            return Cell(current)
        return Cell(ABSENT, (reason("mapping_alarm"),))

    def _from_start(self, items: Items) -> datetime | None:
        start = instant(first_filled(items, (*START, *DUE)))
        factor = _UNITS.get(clean.line(items.text("$AlarmUnit")).upper())
        try:
            # Some hosts write a decimal comma; 95 minutes may be 1.58333 hours.
            offset = float(clean.line(items.text("$AlarmOffset")).replace(",", "."))
            if start is None or factor is None:
                return None
            return start + timedelta(minutes=round(offset * factor))
        except (OverflowError, ValueError):
            return None


@dataclass(frozen=True)
class AlarmField:
    """``Remind_At`` of a task: an object whose ``ALARM`` says when and how (Zoho fact
    sheet, section 3.2). A pop-up, so that nobody gets mail from a sync."""

    unit: str
    field: str = "Remind_At"

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.field,)

    def read(self, record: Mapping[str, Any]) -> Reminder | None:
        value = record.get(self.field)
        if not isinstance(value, Mapping):
            at = zoned(string(record, self.field))
            return Reminder(whole_minute(at)) if at else None
        text = string(value, "ALARM")
        parts = dict(part.partition("=")[::2] for part in text.split(";"))
        trigger = parts.get("TRIGGER", "")
        at = zoned(trigger.removeprefix(_AT)) if trigger.startswith(_AT) else None
        if at is not None:
            return Reminder(whole_minute(at))
        rule = ";".join(
            f"{name}={parts[name]}"
            for name in ("TRIGGER", "TRIGGER_TIME")
            if parts.get(name)
        )
        return Reminder(rule=rule) if rule else None

    def write(self, value: Reminder | None, fields: Fields) -> dict[str, Any]:
        if not self._takes(fields):
            return {}
        if value is None:
            return {self.field: None}
        when = value.rule
        if value.at is not None:
            when = f"TRIGGER={_AT}{value.at.isoformat(timespec='seconds')}"
        return {self.field: {"ALARM": f"FREQ=NONE;ACTION=POPUP;{when}"}}

    def fit(self, value: Reminder | None, values: Values, fields: Fields) -> Cell:
        if not self._takes(fields):
            return no_field(self.unit, value, self.field)
        return Cell(value)

    def _takes(self, fields: Fields) -> bool:
        alarm = fields.data_type(self.field).casefold() == "alarm"
        return alarm and fields.writable(self.field)
