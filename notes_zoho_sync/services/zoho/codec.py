"""What this side asks of the mapping between records and Zoho's fields.

The mapping is handed in, so that neither knows the other: the module
``services.mapping.zoho`` fulfils ``Codec`` as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..reasons import Reason
from ..records import Values
from ..sync.item import Fitted

#: Zoho's module of each kind.
MODULES: Mapping[str, str] = {
    "contact": "Contacts",
    "task": "Tasks",
    "event": "Events",
}
KINDS: Mapping[str, str] = {module: kind for kind, module in MODULES.items()}
#: A unique text field that an administrator may add: it keeps our key of a record.
NOTES_KEY = "Notes_Key"
#: Fields that one list takes (Zoho fact sheet, section 2.1).
MAX_FIELDS = 50


class Reading(Protocol):
    """A record as read."""

    @property
    def values(self) -> Values: ...

    @property
    def remarks(self) -> Sequence[Reason]: ...

    @property
    def private(self) -> bool: ...

    @property
    def skip_new(self) -> Reason | None: ...


class Body(Protocol):
    """A record as it is to be written; ``company`` is a name that needs an id, empty
    to unlink, ``None`` when the company is not touched."""

    @property
    def fields(self) -> Mapping[str, Any]: ...

    @property
    def company(self) -> str | None: ...


class Codec(Protocol):
    """Records to Zoho's fields and back; ``metadata`` is a ``FieldsView``."""

    def fields(self, kind: str, metadata: Any) -> Sequence[str]:
        """API names to ask for, system fields included."""

    def read(
        self,
        kind: str,
        record: Mapping[str, Any],
        metadata: Any,
        private_tag: str = ...,
    ) -> Reading:
        """A record's values."""

    def write(
        self, kind: str, values: Values, metadata: Any, current: Values | None = ...
    ) -> Body:
        """Values as fields; ``current`` is what Zoho holds, ``None`` for a new
        record."""

    def fit(self, kind: str, values: Values, current: Values, metadata: Any) -> Fitted:
        """Values as Zoho would hold them."""
