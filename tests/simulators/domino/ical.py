"""Between the API's JSON and iCalendar text (`format=icalendar`, `text/calendar`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

# JSON key, property, kind of value.
_SIMPLE = (
    ("id", "UID", "raw"),
    ("summary", "SUMMARY", "text"),
    ("location", "LOCATION", "text"),
    ("description", "DESCRIPTION", "text"),
    ("start", "DTSTART", "date"),
    ("end", "DTEND", "date"),
    ("recurrenceRule", "RRULE", "raw"),
    ("recurrenceId", "RECURRENCE-ID", "raw"),
    ("class", "CLASS", "word"),
    ("transparency", "TRANSP", "word"),
    ("status", "STATUS", "word"),
    ("sequence", "SEQUENCE", "number"),
    ("last-modified", "LAST-MODIFIED", "raw"),
    ("duration", "DURATION", "raw"),
    ("categories", "CATEGORIES", "text"),
    ("priority", "PRIORITY", "number"),
    ("comment", "COMMENT", "text"),
)
_BY_NAME = {prop: (key, kind) for key, prop, kind in _SIMPLE}
_PEOPLE = (
    ("role", "ROLE"),
    ("userType", "CUTYPE"),
    ("status", "PARTSTAT"),
    ("displayName", "CN"),
    ("sentBy", "SENT-BY"),
)


class BadText(ValueError):
    """Text that is no iCalendar."""


# -- writing -------------------------------------------------------------------------


def text(body: Json, method: str | None = None) -> str:
    """A calendar with the time zones and events of a JSON answer."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Lotus Development//NOTES//EN"]
    if method is not None:
        lines.append(f"METHOD:{method.upper()}")
    for zone in body.get("timezones", []):
        lines += _zone(zone)
    for event in body.get("events", []):
        lines += _event(event)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _fold(line))


def _fold(line: str) -> Iterator[str]:
    yield line[:70]
    for at in range(70, len(line), 69):
        yield f" {line[at : at + 69]}"


def _escape(value: str) -> str:
    value = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return value.replace("\r\n", "\\n").replace("\n", "\\n")


def _digits(value: Json) -> str:
    day = str(value["date"]).replace("-", "")
    if "time" not in value:
        return day
    return (
        f"{day}T{str(value['time']).replace(':', '')}{'Z' if value.get('utc') else ''}"
    )


def _dated(name: str, value: Json) -> str:
    if "time" not in value:
        return f"{name};VALUE=DATE:{_digits(value)}"
    if "tzid" in value:
        return f'{name};TZID="{value["tzid"]}":{_digits(value)}'
    return f"{name}:{_digits(value)}"


def _zone(zone: Json) -> list[str]:
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone['tzid']}"]
    for key in ("standard", "daylight"):
        if key not in zone:
            continue
        part = zone[key]
        lines += [
            f"BEGIN:{key.upper()}",
            f"DTSTART:{_digits(part['start'])}",
            f"TZOFFSETFROM:{part['offsetFrom']}",
            f"TZOFFSETTO:{part['offsetTo']}",
        ]
        if "recurrenceRule" in part:
            lines.append(f"RRULE:{part['recurrenceRule']}")
        lines.append(f"END:{key.upper()}")
    return [*lines, "END:VTIMEZONE"]


def _event(event: Json) -> list[str]:
    lines = ["BEGIN:VEVENT"]
    for key, name, kind in _SIMPLE:
        if key not in event:
            continue
        value = event[key]
        if kind == "date":
            lines.append(_dated(name, value))
        elif key == "categories":
            lines.append(f"{name}:{','.join(map(_escape, value.split(';')))}")
        else:
            shown = {"text": _escape, "word": str.upper}.get(kind, str)(value)
            lines.append(f"{name}:{shown}")
    if dates := event.get("exceptDates"):
        head = "EXDATE" if "time" in dates[0] else "EXDATE;VALUE=DATE"
        lines.append(f"{head}:{','.join(map(_digits, dates))}")
    if periods := event.get("recurrenceDates"):
        timed = "time" in periods[0]["start"]
        head = "RDATE;VALUE=PERIOD" if timed else "RDATE;VALUE=DATE"
        lines.append(f"{head}:{','.join(_period(p, timed) for p in periods)}")
    for person in event.get("attendees", []):
        rsvp = ";RSVP=TRUE" if person.get("rsvp") else ""
        lines.append(f"ATTENDEE{rsvp}{_person(person)}")
    if organizer := event.get("organizer"):
        lines.append(f"ORGANIZER{_person(organizer)}")
    for key, value in event.items():
        if key.startswith("x-"):
            lines.append(f"{key.upper()}:{_escape(str(value.get('data', '')))}")
    for alarm in event.get("alarm", []):
        lines += _alarm(alarm)
    return [*lines, "END:VEVENT"]


def _period(period: Json, timed: bool) -> str:
    start = _digits(period["start"])
    return f"{start}/{_digits(period['end'])}" if timed else start


def _person(value: Json) -> str:
    words = "".join(
        f';{name}="{value[key]}"'
        if key in ("displayName", "sentBy")
        else f";{name}={str(value[key]).upper()}"
        for key, name in _PEOPLE
        if key in value
    )
    return f"{words}:mailto:{value.get('email', '')}"


def _alarm(alarm: Json) -> list[str]:
    trigger = alarm["trigger"]
    kind = ";VALUE=DATE-TIME" if trigger.get("valueDataType") else ""
    return [
        "BEGIN:VALARM",
        f"ACTION:{alarm['action'].upper()}",
        f"TRIGGER{kind}:{trigger['value']}",
        f"DESCRIPTION:{_escape(alarm.get('description', ''))}",
        "END:VALARM",
    ]


# -- reading -------------------------------------------------------------------------


_LINE = re.compile(r'(?P<name>[\w-]+)(?P<params>(?:;[\w-]+=(?:"[^"]*"|[^";:]*))*):')


def parse(raw: str) -> Json:
    """A JSON body for iCalendar text. Raises BadText."""
    lines = re.sub(r"\r?\n[ \t]", "", raw).replace("\r\n", "\n").split("\n")
    body: Json = {"timezones": [], "events": []}
    stack: list[tuple[str, Json]] = []
    for line in filter(None, lines):
        found = _LINE.match(line)
        if found is None:
            raise BadText(f"Error at line: {line[:60]}")
        name, value = found["name"].upper(), line[found.end() :]
        params = {
            key.upper(): word.strip('"')
            for key, word in re.findall(r';([\w-]+)=("[^"]*"|[^";:]*)', found["params"])
        }
        if name == "BEGIN":
            stack.append((value.upper(), {}))
        elif name == "END":
            if not stack or stack[-1][0] != value.upper():
                raise BadText(f"Unexpected END:{value}")
            _close(stack, body)
        elif stack:
            _property(stack[-1], name, params, value)
    if stack or not lines[0].startswith("BEGIN:VCALENDAR"):
        raise BadText("Not a calendar")
    return body


def _close(stack: list[tuple[str, Json]], body: Json) -> None:
    kind, value = stack.pop()
    match kind:
        case "VEVENT":
            body["events"].append(value)
        case "VTIMEZONE":
            body["timezones"].append(value)
        case "STANDARD" | "DAYLIGHT" if stack:
            stack[-1][1][kind.lower()] = value
        case "VALARM" if stack:
            stack[-1][1].setdefault("alarm", []).append(value)


def _plain(value: str) -> str:
    def one(found: re.Match[str]) -> str:
        return "\n" if found[1] in "nN" else found[1]

    return re.sub(r"\\(.)", one, value)


def _date(value: str, tzid: str | None = None) -> Json:
    found = re.match(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$", value)
    if found is None:
        raise BadText(f"Unparseable date {value}")
    shown: Json = {"date": "-".join(found.group(1, 2, 3))}
    if found[4]:
        shown["time"] = ":".join(found.group(4, 5, 6))
        if found[7]:
            shown["utc"] = True
        elif tzid:
            shown["tzid"] = tzid
    return shown


def _property(
    frame: tuple[str, Json], name: str, params: dict[str, str], value: str
) -> None:
    kind, into = frame
    tzid = params.get("TZID")
    if kind in ("STANDARD", "DAYLIGHT"):
        key = {
            "DTSTART": "start",
            "TZOFFSETFROM": "offsetFrom",
            "TZOFFSETTO": "offsetTo",
            "RRULE": "recurrenceRule",
        }.get(name)
        if key:
            into[key] = _date(value) if key == "start" else value
    elif kind == "VTIMEZONE" and name == "TZID":
        into["tzid"] = value
    elif kind == "VALARM":
        _alarm_property(into, name, params, value)
    elif kind != "VEVENT":
        return
    elif name in _BY_NAME:
        key, sort = _BY_NAME[name]
        into[key] = _value(sort, value, tzid)
        if key == "categories":
            into[key] = ";".join(map(_plain, re.split(r"(?<!\\),", value)))
    elif name == "EXDATE" and "exceptDates" not in into:
        into["exceptDates"] = [_date(v, tzid) for v in value.split(",")]
    elif name == "RDATE" and "recurrenceDates" not in into:
        into["recurrenceDates"] = [_read_period(v, tzid) for v in value.split(",")]
    elif name == "ATTENDEE":
        into.setdefault("attendees", []).append(_read_person(params, value))
    elif name == "ORGANIZER":
        into["organizer"] = _read_person(params, value)
    elif name.startswith("X-"):
        into.setdefault(name.lower(), {"data": _plain(value)})


def _value(sort: str, value: str, tzid: str | None) -> Any:
    match sort:
        case "text":
            return _plain(value)
        case "date":
            return _date(value, tzid)
        case "word":
            return value.lower()
        case "number":
            try:
                return int(value)
            except ValueError as error:
                raise BadText(f"Not a number: {value}") from error
    return value


def _read_period(value: str, tzid: str | None) -> Json:
    start, _, end = value.partition("/")
    shown = {"start": _date(start, tzid)}
    if end:
        shown["end"] = _date(end, tzid)
    return shown


def _read_person(params: dict[str, str], value: str) -> Json:
    words = ("role", "userType", "status")
    shown: Json = {
        key: params[name].lower() if key in words else params[name]
        for key, name in _PEOPLE
        if name in params
    }
    if "RSVP" in params:
        shown["rsvp"] = params["RSVP"].upper() == "TRUE"
    shown["email"] = re.sub(r"^mailto:", "", value, flags=re.I)
    return shown


def _alarm_property(into: Json, name: str, params: dict[str, str], value: str) -> None:
    match name:
        case "TRIGGER":
            trigger: Json = {"value": value}
            if params.get("VALUE", "").upper() == "DATE-TIME":
                trigger["valueDataType"] = "date-time"
            trigger["related"] = params.get("RELATED", "START").lower()
            into["trigger"] = trigger
        case "ACTION":
            into["action"] = value.lower()
        case "DESCRIPTION":
            into["description"] = _plain(value)
