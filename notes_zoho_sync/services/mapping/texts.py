"""The sentences of the mapping.

Those that lock a unit are the second half of "... cannot be written in Notes: ...".
"""

from __future__ import annotations

from ..reasons import register

register(
    {
        # -- records that are never synced -------------------------------------------
        "skip_group": "This is a group (a mailing list), not a person; it is not "
        "synced.",
        "skip_conflict": "This is a replication or save conflict in Notes; it is not "
        "synced. Settle it there: keep one of the two documents.",
        "skip_form": "This Notes document is of another sort (%(form)s); it is not "
        "synced.",
        "skip_waiting": "This is a group to-do that waits for an answer in Notes; it "
        "is synced once it is accepted.",
        "skip_rule": "This is the rule of a repeating to-do; its dates are synced one "
        "by one.",
        "skip_done": "This was completed on %(date)s, too long ago to be taken; it is "
        "not synced.",
        # -- what Zoho CRM does not take ---------------------------------------------
        "mapping_cut": "%(unit)s: Zoho CRM takes %(limit)s characters in %(field)s; "
        "the rest stands in Notes only.",
        "mapping_phone": "%(unit)s: Zoho CRM does not take %(value)s as a phone "
        "number; it stays in Notes only. Correct it there.",
        "mapping_email": "E-mail: Zoho CRM does not take %(value)s as an address; it "
        "stays in Notes only. Correct it there.",
        "mapping_more_emails": "E-mail: Zoho CRM has room for %(room)s addresses; "
        "%(count)s more stay in Notes only.",
        "mapping_salutation": "Name: Zoho CRM has no salutation %(value)s; it stays in "
        "Notes only. Add it to the field Salutation in Zoho CRM to carry it.",
        "mapping_last_name": "Name: Zoho CRM demands a last name and this contact has "
        "none; %(name)s stands there instead. Enter a last name in Notes.",
        "mapping_no_field": "%(unit)s: Zoho CRM does not let the sync write %(field)s; "
        "it stays in Notes only. Show that field to the connection's Zoho user.",
        "mapping_no_subject": "Subject: Zoho CRM demands one and this to-do has none; "
        "a dash stands there instead. Enter a subject in Notes.",
        "mapping_no_status": "Status: Zoho CRM has no status %(value)s; it stays in "
        "Notes only. Add it to the field Status in Zoho CRM to carry it.",
        "mapping_other_status": "Status: Zoho CRM has no status for %(value)s; "
        "%(instead)s stands there instead.",
        "mapping_no_priority": "Priority: Zoho CRM has no priority like %(value)s; it "
        "stays in Notes only. Add one to the field Priority in Zoho CRM to carry it.",
        "mapping_assignees": "This is a group to-do: its assignees (%(count)s) stay in "
        "Notes only.",
        "mapping_more_dates": "This to-do stands for several dates; the %(count)s "
        "after the first stay in Notes only.",
        # -- what Notes does not take ------------------------------------------------
        "mapping_alarm": "Reminder: Domino lets no program set, change or remove the "
        "reminder of a to-do; what Zoho CRM says of it stays there only.",
        "mapping_priority_notes": "Priority: Notes has no priority %(value)s; Medium "
        "stands there instead.",
        "mapping_due_range": "Due date: Notes does not take %(value)s; it stays in "
        "Zoho CRM only.",
        # -- what Notes holds in another way -----------------------------------------
        "mapping_not_email": "E-mail: %(value)s is no internet address; it stays in "
        "Notes only.",
        "mapping_date": "Birthday: %(value)s in Notes is no date; it stays there only. "
        "Enter it again as a date.",
        "mapping_instant": "Birthday: Notes holds an instant (%(value)s) instead of a "
        "date; it is taken as %(date)s. Enter it again if that is wrong.",
        "mapping_due": "Due date: %(value)s in Notes is no date; it stays there only. "
        "Enter it again as a date.",
        "mapping_no_alarm_time": "Reminder: the time of the reminder in Notes cannot "
        "be told; it stays there only.",
        "mapping_repeating": "this is one date of a repeating to-do, which hangs "
        "together with the others. Change it in Notes.",
        "mapping_longer": "what stands there is longer than Zoho CRM takes "
        "(%(limit)s characters in %(field)s), so that its end would be lost. Change "
        "it in Notes.",
        "mapping_formatted": "the text there holds %(what)s, which would be lost. "
        "Change it in Notes.",
        "mapping_unreadable": "the text there cannot be read whole (%(what)s). Change "
        "it in Notes.",
        "mapping_no_date": "what stands there (%(value)s) is no date. Change it in "
        "Notes.",
    }
)
