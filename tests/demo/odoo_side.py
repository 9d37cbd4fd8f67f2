"""The demo's acts in Odoo: runs in Odoo's shell, as administrator and as the users.

The dialogs are used as a person uses them, so that what the demo shows is what an
installation does.
"""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from tests.simulators.common import ControlClient

from . import story
from .story import Plot

ADMINISTRATOR = "admin"
#: What people may do between two syncs; both servers' clocks are moved by it.
PAUSE_MINUTES = 20


def connect(
    env: Any, data: dict[str, Any], domino: str, zoho: dict[str, str], url: str
) -> None:
    """Set up company, organisation, server, licence and users; start the first sync."""
    admin = env.ref("base.user_admin")
    admin.password = ADMINISTRATOR
    env["ir.config_parameter"].set_param("web.base.url", url)
    company = env.company
    company.write({"name": data["company"], "country_id": env.ref("base.de").id})
    admin_env = env(user=admin)
    org = admin_env["notes.zoho.org"].create(
        {
            "name": data["company"],
            "data_center": "custom",
            "accounts_url": zoho["url"],
            "api_url": zoho["url"],
            "client_id": zoho["client_id"],
            "client_secret": zoho["client_secret"],
        }
    )
    code = ControlClient(zoho["url"]).act("make_self_client_code")
    admin_env["notes.zoho.self.client"].create(
        {"org_id": org.id, "code": code}
    ).action_submit()
    # Each act of a person is a transaction; the grant is read in another one.
    env.cr.commit()
    server = admin_env["notes.zoho.domino.server"].create(
        {"name": "mail.fjordlicht.example", "base_url": domino, "allow_http": True}
    )
    admin_env["notes.zoho.license"].create({"name": "Demo", "seats": 5})
    for hero in data["heroes"]:
        user = (
            env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": hero["name"],
                    "login": hero["login"],
                    "email": hero["email"],
                    "password": data["password"],
                    "tz": "Europe/Berlin",
                    "group_ids": [(6, 0, [env.ref("base.group_user").id])],
                }
            )
        )
        account = admin_env["notes.zoho.account"].create(
            {"user_id": user.id, "org_id": org.id}
        )
        env.cr.commit()
        account.action_propose_zoho_user()
        env.cr.commit()
        _connect_as(env(user=user), hero, server, data["password"])
        env.cr.commit()


def _connect_as(env: Any, hero: dict[str, str], server: Any, password: str) -> None:
    """What a licensed user does: sign in, choose the settings, start."""
    dialog = env["notes.zoho.connect"].create(
        {"server_name": server.name, "username": hero["name"], "password": password}
    )
    dialog.action_submit()
    if dialog.failed:
        checks = [f"{c.name}: {c.detail} {c.advice}" for c in dialog.check_ids]
        raise RuntimeError("\n".join([dialog.message, *checks]))
    account = env["notes.zoho.account"]._own()
    action = account.with_env(env).action_start_sync()
    env[action["res_model"]].with_context(**action["context"]).create(
        {
            "sync_tasks": True,
            "sync_events": True,
            "event_range": hero["event_range"],
            "direction": hero["direction"],
            "conflict_policy": hero["policy"],
        }
    ).action_save()


def play(
    env: Any, path: str, domino_url: str, zoho_url: str, mails: int
) -> dict[str, Any]:
    """After the first sync: a day's work, three syncs, then one with nothing to do.

    Returns `told` (what people did), `runs` (`first`, `after`, `settled`, `proven`,
    `idle`) and what the simulators counted during the idle run.
    """
    domino, zoho = ControlClient(domino_url), ControlClient(zoho_url)
    file = Path(path)
    data = json.loads(file.read_text(encoding="utf-8"))
    plot = Plot(**data["plot"])
    accounts = env["notes.zoho.account"].search([], order="id")
    runs = {"first": _told(accounts.last_run_id)}

    def pause() -> None:
        for simulator in (domino, zoho):
            simulator.clock(advance={"minutes": PAUSE_MINUTES})

    pause()
    told = story.edit(domino, zoho, plot)
    story.save(file, plot)
    pause()
    # So that the colleague's run of the same round takes the meeting over.
    accounts = accounts.sorted(lambda account: account.user_id.login != plot.leaver)
    runs["after"] = _told(accounts.sync_now())
    # A deletion in Notes counts once two runs have missed the document, and the first
    # of them may look only because the one before came upon something.
    pause()
    told_later = story.unlock(zoho, plot)
    runs["settled"] = _told(accounts.sync_now())
    pause()
    runs["proven"] = _told(accounts.sync_now())
    pause()
    arrived = story.receive(domino, mails)
    before = {name: s.log() for name, s in (("domino", domino), ("zoho", zoho))}
    runs["idle"] = _told(accounts.sync_now())
    after = {name: s.log() for name, s in (("domino", domino), ("zoho", zoho))}
    return {
        "told": told,
        "told_later": told_later,
        "runs": runs,
        "mails": arrived,
        **{
            what: {name: after[name][what] - before[name][what] for name in before}
            for what in ("requests", "writes")
        },
    }


def _told(runs: Any) -> list[dict[str, Any]]:
    """Each account's run as plain data."""
    return [
        {
            "login": run.account_id.user_id.login,
            "run": {
                "state": run.state,
                "message": run.message or "",
                "counters": run.counters or {},
                **{
                    name: run[name]
                    for name in (
                        "created",
                        "updated",
                        "deleted",
                        "skipped",
                        "conflicts",
                        "failed",
                        "held",
                    )
                },
            },
            "entries": [
                {
                    "title": textwrap.shorten(entry.title or "", 60, placeholder="…"),
                    "outcome": entry.outcome,
                    "target": entry.target,
                    "why": entry.reason_text or "",
                    "left_out": (entry.remark_text or "").splitlines(),
                }
                for entry in run.entry_ids
                if entry.reason_text or entry.remark_text
            ],
        }
        for run in runs.sorted("account_id")
    ]
