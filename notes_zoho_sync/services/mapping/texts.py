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
        "skip_form": "This Notes document is no contact (%(form)s); it is not synced.",
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
        # -- what Notes holds in another way -----------------------------------------
        "mapping_not_email": "E-mail: %(value)s is no internet address; it stays in "
        "Notes only.",
        "mapping_date": "Birthday: %(value)s in Notes is no date; it stays there only. "
        "Enter it again as a date.",
        "mapping_instant": "Birthday: Notes holds an instant (%(value)s) instead of a "
        "date; it is taken as %(date)s. Enter it again if that is wrong.",
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
