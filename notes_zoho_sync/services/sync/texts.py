"""What the engine says to people."""

from __future__ import annotations

from ..reasons import register

register(
    {
        "direction": "%(side)s is not written to: the sync goes one way. "
        "The edit stays where it is until the direction changes.",
        "direction_new": "Made in %(side)s; the sync goes the other way only, "
        "so it stays there.",
        "target_deleted": "Deleted in %(side)s, which the sync only writes to. "
        "The pair is left alone; send it again if it was a mistake.",
        "kept": "Deleted on the other side; the one in %(side)s stays: %(why)s",
        "notes_rules": "it was changed in Notes, whose formatting must not be lost",
        "shadow": "The CRM holds this meeting once, synced by %(holder)s.",
        "left_meeting": "No longer in this calendar; a colleague's copy of the meeting "
        "keeps the CRM's event in step.",
        "inherited": "Taken over from a colleague who no longer takes part.",
        "private_copy": "Turned private in Notes; its copy in Zoho CRM goes to the "
        "recycle bin.",
        "owner_changed": "It belongs to another user in Zoho CRM now. "
        "The copy in Notes stays.",
        "private_deleted": "A private record was deleted; its former copy in the CRM "
        "stays as it is.",
        "ambiguous": "%(count)s records look alike (same %(what)s), so none was "
        "linked. Link it to the right one, or create it apart.",
        "edit_won": "Deleted in %(side)s, but changed on the other side: "
        "the change wins and the record is made again.",
        "delete_won": "Deleted in %(side)s; a change made on the other side is lost. "
        "It can be restored from here.",
        "both_changed": "Changed on both sides; %(side)s wins in: %(units)s.",
        "source_wins": "Changed in %(side)s, which follows the other side: "
        "overwritten in: %(units)s.",
        "brought_back": "Somebody brought an earlier value back; what was changed in "
        "%(side)s since is overwritten in: %(units)s.",
        "first_match": "Linked for the first time with different values; "
        "%(side)s wins in: %(units)s.",
        "held_deletes": "%(count)s deletions in %(side)s at once are more than usual. "
        "They wait: confirm them, or dismiss them to bring the records back.",
        "held_creates": "%(count)s new records for %(side)s at once are more than "
        "usual (somebody else's address book?). They wait for your word.",
        "out_of_sight": "The record cannot be seen in %(side)s at the moment; "
        "it is neither changed nor deleted until that is clear.",
        "foreign_installation": "The mail file holds records of another installation "
        "of this addon. An administrator must take the account over first.",
        "view_untrusted": "The view %(view)s does not list records that still exist. "
        "Nothing is deleted; check the view's design and selection.",
        "not_carried": "%(unit)s cannot be written in %(side)s: %(why)s",
        "not_held": "%(side)s cannot hold this value of %(unit)s; it stays where it is "
        "until one of the two changes.",
    }
)
