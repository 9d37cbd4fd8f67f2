"""What the engine says to people."""

from __future__ import annotations

from ..reasons import _lt, register

register(
    {
        "direction": _lt(
            "%(side)s is not written to: the sync goes one way. The edit stays where "
            "it is until the direction changes."
        ),
        "direction_new": _lt(
            "Made in %(side)s; the sync goes the other way only, so it stays there."
        ),
        "target_deleted": _lt(
            "Deleted in %(side)s, which the sync only writes to. The pair is left "
            "alone; send it again if it was a mistake."
        ),
        "stays": _lt(
            "Deleted in %(side)s; somebody decided that the one in %(other)s stays. "
            "Retry deletes it after all."
        ),
        "left_there": _lt(
            "Somebody decided that it stays in %(side)s only. Send it again to change "
            "that."
        ),
        "kept": _lt("Deleted on the other side; the one in %(side)s stays: %(why)s"),
        "notes_rules": _lt(
            "it was changed in Notes, whose formatting must not be lost"
        ),
        "shadow": _lt("The CRM holds this meeting once, synced by %(holder)s."),
        "left_meeting": _lt(
            "No longer in this calendar; a colleague's copy of the meeting keeps the "
            "CRM's event in step."
        ),
        "inherited": _lt("Taken over from a colleague who no longer takes part."),
        "private_copy": _lt(
            "Turned private in Notes; its copy in Zoho CRM goes to the recycle bin."
        ),
        "owner_changed": _lt(
            "It belongs to another user in Zoho CRM now. The copy in Notes stays."
        ),
        "private_deleted": _lt(
            "A private record was deleted; its former copy in the CRM stays as it is."
        ),
        "ambiguous": _lt(
            "%(count)s records look alike (same %(what)s), so none was linked. Link it "
            "to the right one, or create it apart."
        ),
        "edit_won": _lt(
            "Deleted in %(side)s, but changed on the other side: the change wins and "
            "the record is made again."
        ),
        "delete_won": _lt(
            "Deleted in %(side)s; a change made on the other side is lost. It can be "
            "restored from here."
        ),
        "both_changed": _lt("Changed on both sides; %(side)s wins in: %(units)s."),
        "source_wins": _lt(
            "Changed in %(side)s, which follows the other side: overwritten in: "
            "%(units)s."
        ),
        "brought_back": _lt(
            "Somebody brought an earlier value back; what was changed in %(side)s "
            "since is overwritten in: %(units)s."
        ),
        "first_match": _lt(
            "Linked for the first time with different values; %(side)s wins in: "
            "%(units)s."
        ),
        "held_deletes": _lt(
            "%(count)s deletions in %(side)s at once are more than usual. They wait: "
            "confirm them, or dismiss them to bring the records back."
        ),
        "held_creates": _lt(
            "%(count)s new records for %(side)s at once are more than usual (somebody "
            "else's address book?). They wait for your word."
        ),
        "out_of_sight": _lt(
            "The record cannot be seen in %(side)s at the moment; it is neither "
            "changed nor deleted until that is clear."
        ),
        "foreign_installation": _lt(
            "The mail file holds records of another installation of this addon. An "
            "administrator must take the account over first."
        ),
        "view_untrusted": _lt(
            "The view %(view)s does not list records that still exist. Nothing is "
            "deleted; check the view's design and selection."
        ),
        "not_carried": _lt("%(unit)s cannot be written in %(side)s: %(why)s"),
        "not_held": _lt(
            "%(side)s cannot hold this value of %(unit)s; it stays where it is until "
            "one of the two changes."
        ),
    }
)
