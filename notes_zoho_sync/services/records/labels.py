"""What people call the units of records."""

from __future__ import annotations

from ..reasons import Reason, _lt, reason, register

register(
    {
        # -- contacts --------------------------------------------------------------
        "unit_name": _lt("Name"),
        "unit_job_title": _lt("Job title"),
        "unit_department": _lt("Department"),
        "unit_company": _lt("Company"),
        "unit_emails": _lt("E-mail"),
        "unit_phone_office": _lt("Office phone"),
        "unit_phone_mobile": _lt("Mobile phone"),
        "unit_phone_home": _lt("Home phone"),
        "unit_phone_other": _lt("Other phone"),
        "unit_fax": _lt("Fax"),
        "unit_assistant": _lt("Assistant"),
        "unit_phone_assistant": _lt("Assistant's phone"),
        "unit_address_business": _lt("Business address"),
        "unit_address_home": _lt("Home address"),
        "unit_birthday": _lt("Birthday"),
        # -- tasks -----------------------------------------------------------------
        "unit_subject": _lt("Subject"),
        "unit_status": _lt("Status"),
        "unit_dates": _lt("Due date"),
        "unit_priority": _lt("Priority"),
        # -- events ----------------------------------------------------------------
        "unit_title": _lt("Title"),
        "unit_when": _lt("Time"),
        "unit_location": _lt("Location"),
        "unit_attendees": _lt("Participants"),
        # -- several kinds -----------------------------------------------------------
        "unit_description": _lt("Description"),
        "unit_reminder": _lt("Reminder"),
    }
)


def label(unit: str) -> Reason:
    """What people call a unit."""
    return reason(f"unit_{unit}")
