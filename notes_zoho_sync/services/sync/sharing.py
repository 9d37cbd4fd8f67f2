"""Meetings that lie in several accounts' calendars: one of them makes the CRM's event.

That one has *claimed* it; the others' links are closed, its shadows. When the holder's
copy goes, the CRM's event passes on to a shadow; when its claim goes otherwise, the
shadows try again.
"""

from __future__ import annotations

from ..errors import Gone
from ..reasons import Reason, reason
from .context import Context
from .item import Written
from .link import Link, SideState
from .observe import in_scope


def take_over_meetings(ctx: Context, kind: str) -> None:
    """Become the owner of what colleagues left to this account."""
    if not _shares(ctx, kind):
        return
    inherited = [
        link
        for link in ctx.store.select(kind, states=("linked",), dirty=True)
        if link.inherited
    ]
    if inherited:
        _take_over(ctx, kind, inherited)
    ctx.store.commit()


def free_meetings(ctx: Context, kind: str) -> None:
    """Try for what nobody claims any more. After the feed was taken in: an event that
    this account has got thereby is the one of its copy in Notes."""
    if not _shares(ctx, kind):
        return
    freed = ctx.store.freed(kind)
    for link in freed:
        link.state, link.reason = "new", None
        link.notes.unread = link.dirty = True
    ctx.store.save(freed)
    ctx.store.commit()


def _shares(ctx: Context, kind: str) -> bool:
    """Whether records of the kind may be several accounts' (meetings), and this one
    may make them in the CRM."""
    return ctx.kinds[kind].span is not None and ctx.settings.may_write("zoho")


def _take_over(ctx: Context, kind: str, links: list[Link]) -> None:
    """Become the owner. Doing so twice does no harm, so no intent is needed."""
    results = ctx.zoho.take_over(kind, [link.zoho.key for link in links])
    for link, result in zip(links, results, strict=True):
        if isinstance(result, Written):
            link.reason = None
            link.zoho.version, link.zoho.stamp = result.version, result.stamp
        elif isinstance(result, Gone):
            link.reason, link.zoho = None, SideState()
            link.state = "new"
        else:
            ctx.set_aside.add(link.id or 0)
    ctx.store.save(links)


def let_go_or_claim(ctx: Context, links: list[Link]) -> list[tuple[Link, Reason]]:
    """Before a chunk is decided: pass on what this account leaves, claim what it is
    about to make.

    :returns: links closed as shadows, and why.
    """
    for link in links:
        if link.claimed and link.notes.gone and ctx.store.hand_over(link):
            link.zoho = SideState()
            link.close(reason("left_meeting"))
    wanting = [link for link in links if _wants_claim(ctx, link)]
    refused = ctx.store.claim(wanting) if wanting else {}
    shadows = []
    for link in wanting:
        holder = refused.get(link.notes.key)
        # One that has an event of its own keeps it, colleague or not.
        if holder is not None and not link.zoho.key:
            why = reason("shadow", holder=holder)
            link.close(why)
            shadows.append((link, why))
    return shadows


def _wants_claim(ctx: Context, link: Link) -> bool:
    """Whether a link is about to make an event, or was linked to one just now."""
    return (
        link.dirty
        and not link.claimed
        and bool(link.notes.key)
        and not link.notes.gone
        and link.state not in ("private", "closed")
        and ctx.settings.may_write("zoho")
        and in_scope(ctx, link)
    )
