"""One run of one account, made of slices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..reasons import Reason
from ..records import Kind
from .carry import carry, hold, settle_creates, settle_first
from .collect import (
    collect_notes,
    collect_zoho,
    fix_feed_instants,
    read_unread,
    settings_changed,
)
from .context import Context, SliceOver
from .link import SIDES
from .pairing import pair
from .ports import NotesPort, Store, ZohoPort
from .settings import AccountSettings
from .sharing import free_meetings, take_over_meetings


@dataclass(frozen=True)
class RunResult:
    """How a slice ended.

    :param finished: the run is complete; else call ``slice`` again.
    :param held: something waits for a person's word.
    :param retry_at: when (UTC) something that waits can go on.
    :param reasons: what the person should know of the run as a whole.
    """

    finished: bool
    held: bool = False
    retry_at: datetime | None = None
    reasons: tuple[Reason, ...] = ()


class Run:
    """Runs an account; everything that must survive lies in the store.

    :param kinds: kind name to kind.
    :param time_left: seconds this slice may still use.
    """

    def __init__(
        self,
        settings: AccountSettings,
        kinds: Mapping[str, Kind],
        notes: NotesPort,
        zoho: ZohoPort,
        store: Store,
        time_left: Callable[[], float] = lambda: float("inf"),
    ) -> None:
        self.context = Context(settings, kinds, notes, zoho, store, time_left)

    def slice(self) -> RunResult:
        """Go on with the run until it is complete or the slice's time is up.

        :raises SyncError: what stops this account for now. What was committed is
            consistent; the caller rolls the rest back and acts on the type.
        """
        ctx = self.context
        try:
            self._steps()
        except SliceOver:
            return RunResult(False, ctx.held, ctx.retry_at, tuple(ctx.reasons))
        return RunResult(True, ctx.held, ctx.retry_at, tuple(ctx.reasons))

    def _steps(self) -> None:
        ctx = self.context
        progress = ctx.store.progress()
        settings_changed(ctx)
        fix_feed_instants(ctx)
        for kind in ctx.settings.kinds:
            settle_first(ctx, kind)
        collect_notes(ctx)
        done = progress.setdefault("done", [])
        for kind in ctx.settings.kinds:
            if kind not in done:
                self._kind(kind)
                done.append(kind)
                ctx.store.commit()
        self._finish()

    def _kind(self, kind: str) -> None:
        ctx = self.context
        take_over_meetings(ctx, kind)
        collect_zoho(ctx, kind)
        free_meetings(ctx, kind)
        self._read(kind)
        pair(ctx, kind)
        settle_creates(ctx, kind)
        self._read(kind)
        pair(ctx, kind)
        hold(ctx, kind)
        carry(ctx, kind)
        ctx.store.cursor().setdefault("first_done", {})[kind] = True

    def _read(self, kind: str) -> None:
        for side in SIDES:
            read_unread(self.context, kind, side)

    def _finish(self) -> None:
        ctx = self.context
        notes = ctx.store.cursor().get("notes", {})
        if notes.get("hold_deletes") and not any(
            ctx.store.select(kind, missing="notes", limit=1)
            or ctx.store.select(kind, gone="notes", dirty=True, limit=1)
            for kind in ctx.settings.kinds
        ):
            notes.pop("hold_deletes")
        ctx.store.commit()
