"""Records to what the two servers hold, and back. Pure: no I/O.

One table a kind (``contact``, ``task``, ``event``): a row says how Notes holds a unit
and how Zoho does.

- ``mapping.notes``: ``read``, ``write``, ``fit``, ``for_org``, ``FORMS``.
- ``mapping.calendar``: the same for calendar entries, which the calendar service has.
- ``mapping.zoho``: ``fields``, ``read``, ``write``, ``fit``, ``for_account``.
- ``mapping.metadata``: ``Fields``, what a Zoho module's fields take.
"""

from .metadata import Fields
from .notes import NotesMapping, NotesReading
from .zoho import ZohoBody, ZohoReading

__all__ = ["Fields", "NotesMapping", "NotesReading", "ZohoBody", "ZohoReading"]
