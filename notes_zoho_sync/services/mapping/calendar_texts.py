"""The sentences of the mapping of events.

Those that lock a unit are the second half of "... cannot be written in Notes: ...".
"""

from __future__ import annotations

from ..reasons import _lt, register

register(
    {
        # -- entries that are never synced, or not as they are -------------------------
        "calendar_invitation": _lt(
            "This invitation is not answered yet. It is synced once it is accepted in "
            "Notes."
        ),
        "calendar_holiday": _lt(
            "This is an imported public holiday; it is not synced."
        ),
        "calendar_no_start": _lt(
            "This calendar entry has no start. Open it in Notes, enter one, and it is "
            "synced."
        ),
        "calendar_moment": _lt(
            "Domino gives a time of this calendar entry that cannot be read "
            "(%(value)s). Open it in Notes and enter the time again."
        ),
        "calendar_zone": _lt(
            "Domino names the time zone %(zone)s of this calendar entry without saying "
            "what it is, so its time is not known. Open it in Notes and choose the "
            "time zone again."
        ),
        "calendar_rule": _lt(
            "The repeat rule of this calendar entry cannot be understood (%(rule)s). "
            "Open it in Notes and set the repeat anew."
        ),
        # -- what is mended or not carried ---------------------------------------------
        "calendar_no_end": _lt(
            "Time: the entry has no end in Notes; it is taken to end as it starts."
        ),
        "calendar_end_first": _lt(
            "Time: the entry ends before it starts in Notes; it is taken to end as it "
            "starts."
        ),
        "calendar_floating": _lt(
            "Time: Notes gives the entry's time without a zone; it is taken in the "
            "zone of the account (%(zone)s)."
        ),
        "calendar_reminder_after": _lt(
            "Reminder: Zoho CRM reminds of no event after its start; this reminder "
            "stays in Notes only."
        ),
        "calendar_reminders": _lt(
            "Reminder: the first of %(count)s reminders is carried; the others stay in "
            "Notes only."
        ),
        "calendar_reminder_field": _lt(
            "Reminder: this Zoho CRM organisation has no reminder of events that the "
            "sync can write; it stays in Notes only."
        ),
        "calendar_people_no_address": _lt(
            "Participants: known without an e-mail address that Zoho CRM takes, and in "
            "Notes only: %(names)s."
        ),
        "calendar_people_more": _lt(
            "Participants: Zoho CRM takes %(limit)s; %(count)s more stand in Notes "
            "only."
        ),
        "calendar_people_left": _lt(
            "Participants: the sync invites nobody in Notes; in Zoho CRM only: "
            "%(names)s."
        ),
        # -- why Notes is not written --------------------------------------------------
        "calendar_meeting": _lt(
            "this is a meeting with participants; Notes rules time, place and "
            "existence. Change it there, so that they are told."
        ),
        "calendar_text": _lt(
            "the entry was made in Notes, and its text may hold formatting or "
            "attachments that would be lost. Change it in Notes."
        ),
        "calendar_rich_text": _lt(
            "the text there holds formatting that would be lost. Change it in Notes."
        ),
        "calendar_room": _lt("the place is a booked room. Change it in Notes."),
        "calendar_other_reminder": _lt(
            "Notes holds a reminder there that Zoho CRM does not know (after the "
            "start, or several). Change it in Notes."
        ),
    }
)
