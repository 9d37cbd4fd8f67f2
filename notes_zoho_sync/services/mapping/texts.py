"""The sentences of the mapping.

Those that lock a unit are the second half of "... cannot be written in Notes: ...".
"""

from __future__ import annotations

from ..reasons import _lt, register

register(
    {
        # -- records that are never synced -------------------------------------------
        "skip_group": _lt(
            "This is a group (a mailing list), not a person; it is not synced."
        ),
        "skip_conflict": _lt(
            "This is a replication or save conflict in Notes; it is not synced. Settle "
            "it there: keep one of the two documents."
        ),
        "skip_form": _lt(
            "This Notes document is of another sort (%(form)s); it is not synced."
        ),
        "skip_waiting": _lt(
            "This is a group to-do that waits for an answer in Notes; it is synced "
            "once it is accepted."
        ),
        "skip_rule": _lt(
            "This is the rule of a repeating to-do; its dates are synced one by one."
        ),
        "skip_done": _lt(
            "This was completed on %(date)s, too long ago to be taken; it is not "
            "synced."
        ),
        # -- what Zoho CRM does not take ---------------------------------------------
        "mapping_cut": _lt(
            "%(unit)s: Zoho CRM takes %(limit)s characters in %(field)s; the rest "
            "stands in Notes only."
        ),
        "mapping_phone": _lt(
            "%(unit)s: Zoho CRM does not take %(value)s as a phone number; it stays in "
            "Notes only. Correct it there."
        ),
        "mapping_email": _lt(
            "E-mail: Zoho CRM does not take %(value)s as an address; it stays in Notes "
            "only. Correct it there."
        ),
        "mapping_more_emails": _lt(
            "E-mail: Zoho CRM has room for %(room)s addresses; %(count)s more stay in "
            "Notes only."
        ),
        "mapping_salutation": _lt(
            "Name: Zoho CRM has no salutation %(value)s; it stays in Notes only. Add "
            "it to the field Salutation in Zoho CRM to carry it."
        ),
        "mapping_last_name": _lt(
            "Name: Zoho CRM demands a last name and this contact has none; %(name)s "
            "stands there instead. Enter a last name in Notes."
        ),
        "mapping_no_field": _lt(
            "%(unit)s: Zoho CRM does not let the sync write %(field)s; it stays in "
            "Notes only. Show that field to the connection's Zoho user."
        ),
        "mapping_no_subject": _lt(
            "Subject: Zoho CRM demands one and this to-do has none; a dash stands "
            "there instead. Enter a subject in Notes."
        ),
        "mapping_no_status": _lt(
            "Status: Zoho CRM has no status %(value)s; it stays in Notes only. Add it "
            "to the field Status in Zoho CRM to carry it."
        ),
        "mapping_other_status": _lt(
            "Status: Zoho CRM has no status for %(value)s; %(instead)s stands there "
            "instead."
        ),
        "mapping_no_priority": _lt(
            "Priority: Zoho CRM has no priority like %(value)s; it stays in Notes "
            "only. Add one to the field Priority in Zoho CRM to carry it."
        ),
        "mapping_assignees": _lt(
            "This is a group to-do: its assignees (%(count)s) stay in Notes only."
        ),
        "mapping_more_dates": _lt(
            "This to-do stands for several dates; the %(count)s after the first stay "
            "in Notes only."
        ),
        # -- what Notes does not take ------------------------------------------------
        "mapping_alarm": _lt(
            "Reminder: Domino lets no program set, change or remove the reminder of a "
            "to-do; what Zoho CRM says of it stays there only."
        ),
        "mapping_priority_notes": _lt(
            "Priority: Notes has no priority %(value)s; Medium stands there instead."
        ),
        "mapping_due_range": _lt(
            "Due date: Notes does not take %(value)s; it stays in Zoho CRM only."
        ),
        # -- what Notes holds in another way -----------------------------------------
        "mapping_not_email": _lt(
            "E-mail: %(value)s is no internet address; it stays in Notes only."
        ),
        "mapping_date": _lt(
            "Birthday: %(value)s in Notes is no date; it stays there only. Enter it "
            "again as a date."
        ),
        "mapping_instant": _lt(
            "Birthday: Notes holds an instant (%(value)s) instead of a date; it is "
            "taken as %(date)s. Enter it again if that is wrong."
        ),
        "mapping_due": _lt(
            "Due date: %(value)s in Notes is no date; it stays there only. Enter it "
            "again as a date."
        ),
        "mapping_no_alarm_time": _lt(
            "Reminder: the time of the reminder in Notes cannot be told; it stays "
            "there only."
        ),
        "mapping_repeating": _lt(
            "this is one date of a repeating to-do, which hangs together with the "
            "others. Change it in Notes."
        ),
        "mapping_longer": _lt(
            "what stands there is longer than Zoho CRM takes (%(limit)s characters in "
            "%(field)s), so that its end would be lost. Change it in Notes."
        ),
        "mapping_formatted": _lt(
            "the text there holds %(what)s, which would be lost. Change it in Notes."
        ),
        "mapping_unreadable": _lt(
            "the text there cannot be read whole (%(what)s). Change it in Notes."
        ),
        "mapping_no_date": _lt(
            "what stands there (%(value)s) is no date. Change it in Notes."
        ),
    }
)
