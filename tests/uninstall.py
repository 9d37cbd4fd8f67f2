"""An installation that is used and uninstalled: what is left of it.

Runs in Odoo's shell, on a database that the addon was never in, with both simulators.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import SQL, config

from tests.simulators.domino import DominoSimulator
from tests.simulators.zoho import ZohoSimulator

MODULE = "notes_zoho_sync"
PASSWORD = "Sommer-17"
#: Tables whose rows tell what happened in Odoo, not what is there; with the reason.
IGNORED = {
    "base_module_uninstall": "the dialog itself, vacuumed by Odoo",
    "base_module_uninstall_ir_module_module_rel": "the dialog itself",
    "orm_signaling_registry": "Odoo tells its other processes of the change",
    "ir_attachment": "looked at apart: Odoo makes bundles of assets anew",
    "bus_bus": "looked at apart: Odoo's messages to browsers, kept for a day",
    "ir_cron_trigger": "Odoo's queue of e-mails; ours go with their scheduled actions",
    "ir_cron_progress": "Odoo's own count of cron passes",
}
Rows = dict[str, set[str]]


def check(database: str) -> list[str]:
    """Install, use, uninstall; what is not as it should be, in words."""
    with DominoSimulator(auth="session") as domino, ZohoSimulator() as zoho:
        with _environment(database) as env:
            people = _people(env)
        with _environment(database) as env:
            before = {**_schema(env), **_rows(env)}
            env["ir.module.module"].search(
                [("name", "=", MODULE)]
            ).button_immediate_install()
        with _environment(database) as env:
            _use(env, people, domino, zoho)
        with _environment(database) as env:
            key, token = _key_file(env), _token(env)
            wrong = [] if key.exists() else ["there is no key file to go"]
            _leave_traces(env, people[0])
        in_notes, in_zoho = domino.dump(), zoho.dump()["records"]
        if not in_zoho["Contacts"]:
            wrong.append("nothing was synced before the addon went")
        with _environment(database) as env:
            _uninstall(env)
        with _environment(database) as env:
            wrong += _difference(env, before, {**_schema(env), **_rows(env)})
        if key.exists():
            wrong.append(f"the key file {key.name} is left")
        if zoho.log.count("oauth/revoke") != 1 or zoho.act.revoke(token):
            wrong.append("Zoho's grant was not handed back")
        if domino.dump() != in_notes:
            wrong.append("records in Notes were changed")
        if zoho.dump()["records"] != in_zoho:
            wrong.append("records in Zoho CRM were changed")
        return wrong


@contextmanager
def _environment(database: str) -> Iterator[Any]:
    """As a request has it: new, and committed at its end."""
    with Registry(database).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})


# -- a life of the addon -----------------------------------------------------------


def _people(env: Any) -> list[int]:
    users = env["res.users"].with_context(no_reset_password=True)
    return [
        users.create(
            {
                "name": f"{name} Test",
                "login": name.lower(),
                "email": f"{name.lower()}@x.test",
                "group_ids": [(6, 0, env.ref("base.group_user").ids)],
            }
        ).id
        for name in ("Anna", "Ben")
    ]


def _use(
    env: Any, people: list[int], domino: DominoSimulator, zoho: ZohoSimulator
) -> None:
    """Set up as an administrator does, let both connect, and sync."""
    org = env["notes.zoho.org"].create(
        {
            "name": "Fjordlicht",
            "data_center": "custom",
            "accounts_url": zoho.url,
            "api_url": zoho.url,
            "client_id": zoho.client_id,
            "client_secret": zoho.client_secret,
        }
    )
    org.exchange_code(zoho.act.make_self_client_code())
    server = env["notes.zoho.domino.server"].create(
        {"name": "mail.x.test", "base_url": domino.url, "allow_http": True}
    )
    env["notes.zoho.license"].create({"name": "Two seats", "seats": 2})
    env.cr.commit()
    users = env["res.users"].browse(people)
    for user in users:
        mail = domino.act.add_user(user.name, PASSWORD)
        zoho.act.add_user(user.email, user.name.split()[0], "Test")
        for number in range(3):
            domino.act.create_contact(
                mail, LastName=f"Person {number} of {user.name}", CompanyName="Acme"
            )
    dialog = env["notes.zoho.manage.users"].create({"user_ids": [(6, 0, people)]})
    dialog.action_add()
    dialog.action_confirm_all()
    accounts = env["notes.zoho.account"].search([])
    for account in accounts:
        account.connect_notes(server, account.user_id.name, PASSWORD)
    accounts.settings_chosen = True
    env.cr.commit()
    accounts.sync_now()


def _leave_traces(env: Any, user: int) -> None:
    """What people make of an addon's records in Odoo's own tables."""
    account = env["notes.zoho.account"].search([("user_id", "=", user)])
    account.message_post(body="A word")
    account.message_subscribe(env["res.users"].browse(user).partner_id.ids)
    account.activity_schedule("mail.mail_activity_data_todo", user_id=user)
    name = account._name
    model = env["ir.model"]._get(name)
    env["ir.attachment"].create(
        {"name": "a.txt", "raw": b"a", "res_model": name, "res_id": account.id}
    )
    env["ir.filters"].create({"name": "Mine", "model_id": name, "user_ids": [user]})
    env["ir.exports"].create({"name": "List", "resource": name})
    env["ir.default"].set(name, "interval_minutes", 30, user_id=user)
    env["ir.actions.server"].with_context(tracking_disable=True).create(
        {"name": "Do", "model_id": model.id, "state": "code", "code": ""}
    )
    action = env.ref(f"{MODULE}.action_sync_page")
    env["res.users"].browse(user).action_id = action.id
    env["ir.config_parameter"].set_param(f"{MODULE}.of_a_later_release", "x")


def _uninstall(env: Any) -> None:
    """Press *Uninstall* in Odoo's dialog, as its administrator."""
    admin = env(user=env.ref("base.user_admin"))
    module = admin["ir.module.module"].search([("name", "=", MODULE)])
    action = module.button_uninstall_wizard()
    dialogs = admin[action["res_model"]].with_context(**action["context"])
    dialog = dialogs.create({})
    if not dialog.removes_notes_sync:
        raise RuntimeError("the dialog does not say what goes")
    dialog.action_uninstall()


def _key_file(env: Any) -> Path:
    from odoo.addons.notes_zoho_sync.models.secret import FINGERPRINT

    mark = env["ir.config_parameter"].get_param(FINGERPRINT)
    return Path(config["data_dir"]) / MODULE / f"{mark}.key"


def _token(env: Any) -> str:
    token: str = env["notes.zoho.org"].search([])._get_secret("refresh_token")
    return token


# -- what is in the database -------------------------------------------------------


def _schema(env: Any) -> Rows:
    """Everything that PostgreSQL knows by name."""
    queries = {
        "columns": "SELECT table_name || '.' || column_name || ' ' || data_type "
        "FROM information_schema.columns WHERE table_schema = 'public'",
        "indexes": "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'",
        "constraints": "SELECT conrelid::regclass || ' ' || conname "
        "FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        "sequences": "SELECT sequencename FROM pg_sequences "
        "WHERE schemaname = 'public'",
        "functions": "SELECT proname FROM pg_proc "
        "WHERE pronamespace = 'public'::regnamespace",
    }
    return {
        f"the {what} of the database": _set(env, SQL(query))
        for what, query in queries.items()
    }


def _rows(env: Any) -> Rows:
    """The rows of every table: by number where they have one, else whole."""
    tables = _set(
        env,
        SQL(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        ),
    )
    numbered = _set(
        env,
        SQL(
            "SELECT table_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND column_name = 'id'"
        ),
    )
    found = {}
    for table in sorted(tables - IGNORED.keys()):
        what = SQL("t.id::text") if table in numbered else SQL("t::text")
        found[table] = _set(
            env, SQL("SELECT %s FROM %s t", what, SQL.identifier(table))
        )
    found["ir_attachment"] = _set(
        env,
        SQL(
            "SELECT id::text FROM ir_attachment "
            "WHERE coalesce(url, '') NOT LIKE '/web/assets/%%'"
        ),
    )
    found["bus_bus"] = _set(
        env, SQL("SELECT id::text FROM bus_bus WHERE message LIKE %s", f"%{MODULE}%")
    )
    found["res_users.action_id"] = _set(
        env, SQL("SELECT id || ' ' || action_id FROM res_users WHERE action_id > 0")
    )
    return found


def _set(env: Any, query: SQL) -> set[str]:
    return {row[0] for row in env.execute_query(query)}


def _difference(env: Any, before: Rows, after: Rows) -> list[str]:
    wrong = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, set()), after.get(name, set())
        for row in sorted(new - old):
            wrong.append(f"left in {name}: {_whole(env, name, row)}")
        for row in sorted(old - new):
            wrong.append(f"missing in {name}: {row}")
    return wrong


def _whole(env: Any, name: str, row: str) -> str:
    """A row of a table, for whom it is left to."""
    if not row.isdecimal():
        return row
    table = SQL.identifier(name)
    found = _set(env, SQL("SELECT t::text FROM %s t WHERE id = %s", table, int(row)))
    return found.pop()[:300]
