"""Every screen of the app, for `./dev demo --screenshots DIR`: a row each.

A new screen is a new row of `SCREENS`; nothing else is to be changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Width and height in CSS pixels, and whether it is a phone.
WIDE = (1280, 900, False)
PHONE = (390, 844, True)
SIZES = {"": WIDE, "-phone": PHONE}

ACTION = "/odoo/action-notes_zoho_sync."
HOME = "/odoo/notes-sync"
GEAR = ".o_notes_sync_gear"


@dataclass(frozen=True)
class Screen:
    """One screen.

    :param login: who looks.
    :param path: where; ``{id}`` stands for the record that ``find`` finds.
    :param shown: what must be there before the picture is taken.
    :param press: what is pressed before that, one after another.
    :param find: model and domain; the last of these records is shown.
    """

    login: str
    path: str
    shown: str
    press: tuple[str, ...] = ()
    find: tuple[str, list[Any]] | None = None


def form(login: str, action: str, model: str, domain: list[Any]) -> Screen:
    """The form of a record."""
    return Screen(
        login, f"{ACTION}{action}/{{id}}", ".o_form_view", (), (model, domain)
    )


def listed(login: str, action: str) -> Screen:
    """A list with something in it; on a phone it is cards."""
    rows = ".o_data_row, .o_group_header, .o_kanban_record:not(.o_kanban_ghost)"
    return Screen(login, ACTION + action, rows)


def in_gear(login: str, item: str, shown: str = ".modal .o_form_view") -> Screen:
    """What an item of the Sync page's gear opens."""
    return Screen(login, HOME, shown, (GEAR, f".o_notes_sync_{item}"))


RUN, ENTRY, LINK, MEETING = (
    f"notes.zoho.{name}" for name in ("run", "run.entry", "link", "meeting")
)
REAL = ["trigger", "!=", "preview"]

SCREENS = {
    "sync": Screen("anna", HOME, ".o_notes_sync_results"),
    "sync-administrator": Screen("admin", HOME, ".o_notes_sync_tabs, [data-step]"),
    "sync-settings": in_gear("anna", "settings"),
    "manage-users": in_gear("admin", "users"),
    "change-password": in_gear("anna", "password"),
    "das-check": in_gear("anna", "das", ".modal li[data-outcome]"),
    "history": Screen(
        "anna",
        HOME,
        ".o_notes_sync_history .o_data_row, .o_notes_sync_history .o_kanban_record",
        (".o_notes_sync_tabs .nav-link[name='history']",),
    ),
    "runs": listed("admin", "action_run"),
    "run": form("ben", "action_run", RUN, [REAL, ["counter_ids", "!=", False]]),
    "run-worked": form(
        "ben", "action_run", RUN, [REAL, ["entry_ids.outcome", "=", "conflict"]]
    ),
    "preview": form("anna", "action_run", RUN, [["trigger", "=", "preview"]]),
    "entries": listed("anna", "action_run_entry"),
    "entry-conflict": form(
        "anna", "action_run_entry", ENTRY, [REAL, ["outcome", "=", "conflict"]]
    ),
    "entry-skipped": form(
        "ben", "action_run_entry", ENTRY, [REAL, ["outcome", "=", "skipped"]]
    ),
    "links": listed("anna", "action_link"),
    "link": form("anna", "action_link", LINK, [["state", "=", "linked"]]),
    "link-left-alone": form("ben", "action_link", LINK, [["state", "=", "closed"]]),
    "meetings": listed("anna", "action_meeting"),
    "meeting-draft": form("anna", "action_meeting", MEETING, [["state", "=", "draft"]]),
    "meeting-scheduled": form(
        "anna", "action_meeting", MEETING, [["state", "=", "scheduled"]]
    ),
    "accounts": listed("admin", "action_account"),
    "account": form("admin", "action_account", "notes.zoho.account", []),
    "organisation": form("admin", "action_org", "notes.zoho.org", []),
    "domino-server": form(
        "admin", "action_domino_server", "notes.zoho.domino.server", []
    ),
    "licences": listed("admin", "action_license"),
}
