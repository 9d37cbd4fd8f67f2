"""What all acts lean on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .items import to_values
from .world import Document, MailFile, User

if TYPE_CHECKING:
    from .server import DominoSimulator


class BaseActs:
    """The server, and the primitives of finding and saving."""

    def __init__(self, server: DominoSimulator) -> None:
        self._server = server
        self._world = server.world
        self._lock = server.lock

    def _file(self, path: str) -> MailFile:
        file = self._world.file(path)
        if file is None:
            raise LookupError(f"no mail file {path!r}")
        return file

    def _user(self, name: str) -> User:
        user = self._world.user(name)
        if user is None:
            raise LookupError(f"no user {name!r}")
        return user

    def _put(self, document: Document, items: dict[str, Any]) -> None:
        for name, value in items.items():
            if value is None:
                document.remove(name)
            else:
                document.put(name, to_values(value))

    def _new(
        self, mailfile: str, items: dict[str, Any], by: str | None = None
    ) -> Document:
        file = self._file(mailfile)
        document = self._world.create(file)
        self._put(document, items)
        self._world.save(document, by=by or file.owner)
        return document
