"""What the engine gets from a side and gives to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..reasons import Reason
from ..records import Values

#: Pseudo unit in ``Item.locked``: the record must not be deleted on that side.
EXISTENCE = "existence"


@dataclass(frozen=True)
class Item:
    """A record as one side holds it now.

    :param values: the units this side can carry (absent is not empty).
    :param read_at: instant (UTC) of that server's clock at which it was read.
    :param modified: instant (UTC) of the last modification, if known.
    :param private: never to be carried; ``values`` should be empty then.
    :param owner: Zoho's owner id; empty on the Notes side.
    :param created_by: Zoho's user id of who made it; empty on the Notes side.
    :param skip: why a record of this sort is never synced (group, conflict document).
    :param skip_new: why it is left alone unless it is linked (completed long ago).
    :param locked: units that must not be written on this side, with the reason.
    :param remarks: what of it cannot be carried.
    :param sync_key: our own key found on the record.
    :param installation: which installation of the addon made it, if one did.
    :param organiser: of a meeting: address or Notes name of who rules it.
    """

    key: str
    values: Values
    version: str
    stamp: str
    read_at: datetime
    modified: datetime | None = None
    private: bool = False
    owner: str = ""
    created_by: str = ""
    skip: Reason | None = None
    skip_new: Reason | None = None
    locked: Mapping[str, Reason] = field(default_factory=dict)
    remarks: tuple[Reason, ...] = ()
    sync_key: str = ""
    installation: str = ""
    organiser: str = ""


@dataclass(frozen=True)
class Identified:
    """What a changed document is.

    :param key: the record's key; of a calendar entry its UID.
    :param single: ``False``: a series, of which it is not known how many instances
        lie in the window.
    """

    kind: str
    key: str
    single: bool = True


@dataclass(frozen=True)
class Fitted:
    """Values as a side would hold them after being written there.

    :param values: unit to value; a unit the side cannot carry is absent.
    :param remarks: what was cut or left out, and why.
    """

    values: Values
    remarks: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class NewRecord:
    """A record to create; ``sync_key`` is stored with it where the side can."""

    values: Values
    sync_key: str


@dataclass(frozen=True)
class Change:
    """Units to change in an existing record, and what it held when decided.

    :param values: only the units to change.
    :param current: all values the side was known to hold.
    :param version: the version those values were read with.
    :param as_of: instant (UTC, that server's clock) up to which every change there
        is known to us.
    """

    key: str
    values: Values
    current: Values
    version: str
    as_of: datetime


@dataclass(frozen=True)
class Removal:
    """A record to delete, if it is still as it was known."""

    key: str
    version: str
    as_of: datetime


@dataclass(frozen=True)
class Written:
    """A write that is known to have happened.

    :param values: what was read back, or ``None`` where the side's word suffices.
    :param remarks: what the side could not take.
    """

    key: str
    version: str
    stamp: str
    values: Values | None = None
    locked: Mapping[str, Reason] = field(default_factory=dict)
    remarks: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Listing:
    """A complete enumeration of one kind on one side.

    :param keys: every key, each once.
    :param total: what the server says the view holds (other records included).
    :param began: the server's clock (UTC) at the first answer.
    :param glimpses: by key, units that the list itself tells.
    """

    keys: tuple[str, ...]
    total: int
    began: datetime
    glimpses: Mapping[str, Values] = field(default_factory=dict)


@dataclass(frozen=True)
class Changed:
    """Documents of a mail file modified since an instant, of any kind.

    :param stamps: UNID to ``@modified`` text.
    :param began: the server's clock (UTC) at the answer: the next cursor.
    """

    stamps: Mapping[str, str]
    began: datetime


@dataclass(frozen=True)
class FeedRow:
    """One record that Zoho says was modified or deleted.

    :param record: the record as JSON; empty for a deletion.
    :param modified: instant (UTC) of the change.
    """

    module: str
    key: str
    modified: datetime
    deleted: bool = False
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FeedPage:
    """One page of the feed.

    :param began: Zoho's clock (UTC) at this answer.
    :param more: token of the next page, empty at the end.
    """

    rows: tuple[FeedRow, ...]
    began: datetime
    more: str = ""
