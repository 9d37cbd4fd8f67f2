"""How a person is written down in Notes and in Zoho CRM, by the demo's own hand."""

from __future__ import annotations

from typing import Any

from .people import Person, Place


def notes_items(person: Person) -> dict[str, Any]:
    """Items of a Notes contact; only what is filled."""
    items: dict[str, Any] = {
        "FirstName": person.first,
        "LastName": person.last,
        "Title": person.salutation,
        "JobTitle": person.job,
        "Department": person.department,
        "CompanyName": person.company,
        "MailAddress": person.email,
        "InternetAddress": person.second_email,
        "OfficePhoneNumber": person.office_phone,
        "CellPhoneNumber": person.mobile,
        "PhoneNumber": person.home_phone,
        "OtherPhone": person.other_phone,
        "OfficeFAXPhoneNumber": person.fax,
        "Assistant": person.assistant,
        "AssistantPhone": person.assistant_phone,
        "Comment": person.note,
        "primaryPhoneNumber": person.office_phone,
        **_notes_place(person.office, "Office", "ZIP", "OfficeCountry"),
        **_notes_place(person.home, "", "Zip", "country"),
    }
    if person.birthday:
        items["Birthday"] = {"type": "date", "data": person.birthday}
    return {name: value for name, value in items.items() if value}


def _notes_place(
    place: Place | None, prefix: str, code: str, country: str
) -> dict[str, str]:
    if place is None:
        return {}
    return {
        f"{prefix}StreetAddress": place.street,
        f"{prefix}City": place.city,
        f"{prefix}State": place.state,
        f"{prefix}{code}": place.zip,
        country: place.country,
    }


def zoho_fields(person: Person) -> dict[str, Any]:
    """Fields of a Zoho contact; only what is filled."""
    fields: dict[str, Any] = {
        "First_Name": person.first,
        "Last_Name": person.last,
        "Salutation": person.salutation,
        "Title": person.job,
        "Department": person.department,
        "Account_Name": person.company,
        "Email": person.email,
        "Secondary_Email": person.second_email,
        "Phone": person.office_phone,
        "Mobile": person.mobile,
        "Home_Phone": person.home_phone,
        "Other_Phone": person.other_phone,
        "Fax": person.fax,
        "Assistant": person.assistant,
        "Asst_Phone": person.assistant_phone,
        "Description": person.note,
        "Date_of_Birth": person.birthday,
        **_zoho_place(person.office, "Mailing"),
        **_zoho_place(person.home, "Other"),
    }
    return {name: value for name, value in fields.items() if value}


def _zoho_place(place: Place | None, prefix: str) -> dict[str, str]:
    if place is None:
        return {}
    return {
        f"{prefix}_Street": place.street,
        f"{prefix}_City": place.city,
        f"{prefix}_State": place.state,
        f"{prefix}_Zip": place.zip,
        f"{prefix}_Country": place.country,
    }
