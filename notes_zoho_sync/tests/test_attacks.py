"""What people try with calls of their own: no client and no form in between."""

import inspect
import json

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import PASSWORD, SECRET, SyncCase

#: Who may call a public method. ORM: as access rights and rules say; ALL: everybody
#: of the app, on what is their own by itself; OWN: the account's person, and
#: administrators of its company; ADMIN: these alone; SYSTEM: of the whole system.
ORM, ALL, OWN, ADMIN, SYSTEM = "orm", "all", "own", "admin", "system"
METHODS = {
    "base.module.uninstall": {},
    "ir.websocket": {},
    "notes.zoho.account": {
        "create": ORM,
        "write": ORM,
        "action_open_app": ALL,
        "sync_page_data": ALL,
        "sync_page_connect": ALL,
        "action_change_password": OWN,
        "action_das_check": OWN,
        "action_pause": OWN,
        "action_preview": OWN,
        "action_resume": OWN,
        "action_start_sync": OWN,
        "action_sync_settings": OWN,
        "action_view_links": ALL,
        "action_view_runs": ALL,
        "action_manage_users": ADMIN,
        "action_propose_zoho_user": ADMIN,
        "action_reactivate": ADMIN,
        "action_retire": ADMIN,
        "action_take_over": ADMIN,
    },
    "notes.zoho.domino.server": {"write": ORM, "action_test": ADMIN},
    "notes.zoho.link": {
        "action_change_with_notices": OWN,
        "action_create_apart": OWN,
        "action_link_to": OWN,
        "action_open_in_zoho": OWN,
        "action_retry": OWN,
        "action_send_again": OWN,
    },
    "notes.zoho.meeting": {
        "create": ORM,
        "write": ORM,
        "action_cancel": OWN,
        "action_change_with_notices": OWN,
        "action_check_times": OWN,
        "action_discard_changes": OWN,
        "action_refresh": OWN,
        "action_schedule": OWN,
        "action_send_changes": OWN,
        "action_take_suggestion": OWN,
        "free_busy": OWN,
    },
    "notes.zoho.org": {
        "write": ORM,
        "action_connect": ADMIN,
        "action_disconnect": ADMIN,
        "action_self_client": ADMIN,
    },
    "notes.zoho.run": {
        "action_confirm_held": OWN,
        "action_dismiss_held": OWN,
        "action_open_entries": ALL,
    },
    "notes.zoho.run.entry": {
        "action_change_with_notices": OWN,
        "action_confirm": OWN,
        "action_create_apart": OWN,
        "action_dismiss": OWN,
        "action_keep": OWN,
        "action_link_to": OWN,
        "action_open_in_zoho": OWN,
        "action_restore": OWN,
        "action_retry": OWN,
        "action_send_again": OWN,
    },
    "notes.zoho.connect": {"action_submit": OWN},
    "notes.zoho.link.to": {"action_link": OWN},
    "notes.zoho.manage.users": {
        "action_add": ADMIN,
        "action_confirm_all": ADMIN,
        "action_retire_instead": ADMIN,
    },
    "notes.zoho.manage.users.line": {
        "action_confirm": ADMIN,
        "action_reactivate": ADMIN,
        "action_remove": ADMIN,
        "action_retire": ADMIN,
    },
    "notes.zoho.secret.key": {"action_encrypt_again": SYSTEM, "action_forget": SYSTEM},
    "notes.zoho.self.client": {"action_submit": ADMIN},
    "notes.zoho.sync.settings": {"action_save": OWN},
}
ARGUMENTS = {"sync_page_connect": ["mail.x.test", "Eve", "p"]}


def public_methods(model):
    """The methods of a model that this addon adds and that anybody may try to call."""
    found = set()
    for each in type(model).mro():
        if not each.__module__.startswith("odoo.addons.notes_zoho_sync"):
            continue
        for name, value in vars(each).items():
            if name.startswith("_") or not inspect.isroutine(value):
                continue
            try:
                get_public_method(model, name)
            except AccessError:
                continue
            found.add(name)
    return found


class AttackCase(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.make_foreign_admin()
        cls.elsewhere = cls.foreign.company_id
        cls.system = new_test_user(cls.env, "root2", groups="base.group_system")
        cls.mine = cls.make_account(cls.anna)
        cls.other = cls.make_account(cls.ben)
        cls.theirs = {"notes.zoho.org": cls.org, "notes.zoho.domino.server": cls.server}
        for account, kept in ((cls.other, cls.theirs),):
            kept.update(cls.make_records(account))
        cls.own = {**cls.theirs, **cls.make_records(cls.mine)}
        cls.env.flush_all()

    @classmethod
    def make_records(cls, account):
        """A record of each model that belongs to one person."""
        company = {"account_id": account.id, "company_id": account.company_id.id}
        run = cls.env["notes.zoho.run"].create(company)
        link = cls.env["notes.zoho.link"].create(
            {
                **company,
                "org_id": cls.org.id,
                "kind": "contact",
                "notes_key": f"KEY{account.id}",
                "zoho_id": f"47{account.id}",
            }
        )
        entry = cls.env["notes.zoho.run.entry"].create(
            {
                **company,
                "run_id": run.id,
                "link_id": link.id,
                "kind": "contact",
                "outcome": "failed",
                "target": "zoho",
                "moment": fields.Datetime.now(),
            }
        )
        meeting = cls.env["notes.zoho.meeting"].create(
            {"account_id": account.id, "subject": "Review"}
        )
        records = {each._name: each for each in (account, run, link, entry, meeting)}
        user = account.user_id
        for name, values in (
            ("notes.zoho.connect", {"username": "x", "server_name": "mail.x.test"}),
            ("notes.zoho.link.to", {"link_id": link.id}),
            ("notes.zoho.sync.settings", {"account_id": account.id}),
        ):
            dialogs = cls.env[name].with_user(user)
            dialogs = dialogs.with_context(default_account_id=account.id)
            records[name] = dialogs.create(values)
        return records

    def call(self, user, record, name, *args, context=None):
        """As a request of this user."""
        own = {"allowed_company_ids": user.company_ids.ids}
        record = record.with_user(user).with_context(**{**own, **(context or {})})
        method = getattr(type(record), name)
        rest = ARGUMENTS.get(name, args)
        ids = [] if getattr(method, "_api_model", False) else [record.ids]
        with self.env.cr.savepoint():
            return call_kw(record, name, [*ids, *rest], {})

    def refused(self, user, record, name, *args):
        with (
            self.subTest(user=user.login, method=f"{record._name}.{name}"),
            self.assertRaises(AccessError),
        ):
            self.call(user, record, name, *args)


@tagged("post_install", "-at_install")
class TestCalls(AttackCase):
    def test_every_public_method_is_listed_with_who_may_call_it(self):
        found = {}
        for name, model in self.env.items():
            if methods := public_methods(model):
                found[name] = methods
        listed = {name: set(methods) for name, methods in METHODS.items() if methods}
        self.assertEqual(found, listed)

    def targets(self, *kinds):
        """A record of somebody else for each method, with an empty one where none
        could be made by a person of the app."""
        for model, methods in METHODS.items():
            for name, who in methods.items():
                if who in kinds:
                    yield self.theirs.get(model, self.env[model]), name, who

    def test_nobody_acts_on_what_is_anothers(self):
        for record, name, _who in self.targets(OWN, ADMIN):
            if not record:
                continue
            for user in (self.anna, self.foreign, self.stranger):
                self.refused(user, record, name)

    def test_what_is_for_administrators_is_refused_on_the_own_records_too(self):
        for model, methods in METHODS.items():
            for name, who in methods.items():
                record = self.own.get(model)
                if who == ADMIN and record:
                    self.refused(self.anna, record, name)

    def test_dialogs_of_administrators_cannot_be_opened_by_users(self):
        for name in ("notes.zoho.manage.users", "notes.zoho.self.client"):
            with self.assertRaises(AccessError):
                self.env[name].with_user(self.anna).create({"org_id": self.org.id})

    def test_the_key_is_for_system_administrators(self):
        for record, name, _who in self.targets(SYSTEM):
            for user in (self.anna, self.admin, self.foreign, self.stranger):
                self.refused(user, record, name)
            with self.assertRaises(AccessError):
                record.with_user(self.admin).create({})
        key = self.env["notes.zoho.secret.key"].with_user(self.system).create({})
        self.assertFalse(key.missing)

    def test_dialogs_are_their_makers_alone(self):
        rules = self.env["ir.rule"].search([])
        for name, model in self.env.items():
            if not (model._transient and name.startswith("notes.zoho.")):
                continue
            own = rules.filtered(
                lambda rule, name=name: (
                    rule.model_id.model == name
                    and "create_uid" in (rule.domain_force or "")
                    and not rule.groups
                )
            )
            self.assertTrue(own, f"{name} has no rule for its maker")
        for dialog in self.theirs.values():
            if dialog._transient:
                for user in (self.anna, self.admin, self.foreign):
                    self.refused(user, dialog, "read", ["display_name"])
                    self.refused(user, dialog, "write", {})

    def test_what_everybody_may_call_tells_of_the_own_account_only(self):
        data = self.call(self.anna, self.env["notes.zoho.account"], "sync_page_data")
        self.assertEqual(data["account"]["id"], self.mine.id)
        self.assertNotIn("company", data)
        told = json.dumps(data, default=str)
        for word in (PASSWORD, SECRET, self.ben.name, self.ben.email):
            self.assertNotIn(word, told)
        for name in ("sync_page_data", "sync_page_connect"):
            self.refused(self.stranger, self.env["notes.zoho.account"], name)
        # These lead to lists, in which the rules count.
        for name in ("action_view_runs", "action_view_links"):
            self.call(self.anna, self.other, name)

    def test_a_context_does_not_widen_what_one_may_do(self):
        for context in (
            {"default_account_id": self.other.id},
            {"default_state": "connected", "active_test": False},
            {"default_user_id": self.ben.id, "uid": 1},
        ):
            dialogs = self.env["notes.zoho.sync.settings"].with_user(self.anna)
            try:
                found = dialogs.with_context(**context).default_get(["account_id"])
            except (AccessError, UserError):
                continue
            self.assertNotEqual(
                self.other.notes_username, str(found.get("notes_username"))
            )
        with self.assertRaises(AccessError):
            self.call(
                self.anna,
                self.env["notes.zoho.account"],
                "search_read",
                [],
                context={"allowed_company_ids": self.elsewhere.ids},
            )

    def test_a_user_writes_creates_and_removes_nothing_by_calls(self):
        for record in self.theirs.values():
            for user in (self.anna, self.foreign, self.stranger):
                self.refused(user, record, "unlink")
                self.refused(user, record, "write", {"create_date": False})
        for model in ("account", "org", "domino.server", "license", "link", "run"):
            for user in (self.anna, self.stranger):
                self.refused(user, self.env[f"notes.zoho.{model}"], "create", {})

    def test_a_meeting_is_not_given_to_anothers_account(self):
        meeting = self.own["notes.zoho.meeting"]
        self.refused(self.anna, meeting, "write", {"account_id": self.other.id})
        values = {"account_id": self.other.id, "subject": "x"}
        self.refused(self.anna, self.env["notes.zoho.meeting"], "create", values)
        for name in ("state", "uid", "sent_at", "link_id", "notes_values"):
            self.refused(self.anna, meeting, "write", {name: False})


@tagged("post_install", "-at_install")
class TestPointing(AttackCase):
    """Leading an account, or what it keeps, to somewhere else."""

    def test_a_user_does_not_lead_the_own_account_elsewhere(self):
        for name, value in (
            ("mail_file", self.other.mail_file),
            ("zoho_user_id", self.other.zoho_user_id),
            ("server_id", self.server.id),
            ("org_id", self.org.id),
            ("user_id", self.ben.id),
            ("notes_password", "x"),
            ("notes_username", "Ben"),
        ):
            self.refused(self.anna, self.mine, "write", {name: value})
            dialog = self.own["notes.zoho.sync.settings"]
            self.assertNotIn(name, set(dialog._fields) - {"account_id"})

    def test_a_mail_file_and_a_zoho_user_belong_to_one_account(self):
        for name in ("mail_file", "zoho_user_id"):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(UniqueViolation),
                self.env.cr.savepoint(),
            ):
                self.mine.with_user(self.admin).write({name: self.other[name]})
                self.env.flush_all()

    def test_a_name_that_is_not_listed_is_never_called(self):
        named = self.env["notes.zoho.domino.server"].with_user(self.anna)._named
        self.assertEqual(named("MAIL.X.TEST"), self.server)
        for text in (
            "",
            "evil.example",
            "http://169.254.169.254/",
            "https://mail.x.test@evil.example",
            "https://mail.x.test.evil.example",
            "mail.x.test#@evil.example",
            "mail.x.test\r\nHost: evil.example",
            "//evil.example",
            "%",
        ):
            self.assertFalse(named(text), text)

    def test_a_server_of_another_company_is_not_found(self):
        hidden = self.server.create(
            {
                "name": "hidden",
                "base_url": "https://hidden.x.test",
                "company_id": self.elsewhere.id,
            }
        )
        self.assertFalse(hidden.with_user(self.anna)._named("hidden"))

    def test_an_administrator_does_not_lead_stored_passwords_elsewhere(self):
        server = self.server.with_user(self.admin)
        for values in (
            {"base_url": "https://evil.example"},
            {"base_url": "http://mail.x.test", "allow_http": True},
            {"verify_tls": False},
            {"ca_file": "/etc/ssl/evil.pem"},
        ):
            with self.assertRaisesRegex(UserError, "whole system", msg=str(values)):
                server.write(values)
        server.write({"name": "Mail", "base_url": server.base_url})
        self.server.with_user(self.system).base_url = "https://new.x.test"
        self.assertEqual(self.mine._get_secret("notes_password"), PASSWORD)

    def test_a_password_is_not_taken_along_to_another_server(self):
        other = self.server.with_user(self.admin).create(
            {"name": "evil", "base_url": "https://evil.example"}
        )
        self.mine.with_user(self.admin).server_id = other
        self.assertEqual(self.mine._get_secret("notes_password"), "")
        self.assertEqual(self.mine.state, "draft")

    def test_an_administrator_does_not_lead_the_client_secret_elsewhere(self):
        org = self.org.with_user(self.admin)
        with self.assertRaisesRegex(UserError, "whole system"):
            org.write(
                {
                    "data_center": "custom",
                    "accounts_url": "https://evil.example",
                    "api_url": "https://evil.example",
                }
            )
        org.data_center = "eu"
        self.assertEqual(org.accounts_url, "https://accounts.zoho.eu")

    def test_addresses_are_web_addresses(self):
        for name in ("crm_url", "api_url", "accounts_url"):
            for url in ("javascript:alert(1)", "data:text/html,x", "https://a@b"):
                with self.assertRaises(UserError, msg=url), self.env.cr.savepoint():
                    self.org.with_user(self.admin).write({name: url})

    def test_who_is_gone_cannot_be_called_back(self):
        self.mine.with_user(self.admin).action_retire()
        with self.assertRaises(UserError):
            self.call(self.anna, self.mine, "action_resume")
        self.refused(self.anna, self.mine, "action_reactivate")


@tagged("post_install", "-at_install")
class TestRoutes(HttpCase, SyncCase):
    """What another site can make a signed-in browser ask."""

    def setUp(self):
        super().setUp()
        self.authenticate("boss", "boss")

    def test_no_route_changes_anything_when_it_is_only_visited(self):
        before = self.org.read(["state", "zgid", "write_date"])
        for path in (
            f"/notes_zoho_sync/oauth/start?org={self.org.id}",
            "/notes_zoho_sync/oauth?code=1000.stolen&state=",
            "/notes_zoho_sync/oauth?code=1000.stolen&state=guessed",
        ):
            self.url_open(path, allow_redirects=False)
        self.env.invalidate_all()
        self.assertEqual(self.org.read(["state", "zgid", "write_date"]), before)

    def test_nothing_can_be_posted_to_them(self):
        for path in ("/notes_zoho_sync/oauth/start", "/notes_zoho_sync/oauth"):
            answer = self.url_open(path, data={"org": self.org.id, "code": "x"})
            self.assertIn(answer.status_code, (400, 405))

    def test_odd_numbers_find_nothing(self):
        for number in ("", "abc", "-1", "1e3", "%C2%B2", "9" * 40, "0", "1%00"):
            answer = self.url_open(f"/notes_zoho_sync/oauth/start?org={number}")
            self.assertEqual(answer.status_code, 404, number)

    def test_the_way_to_consent_leads_to_zoho_alone(self):
        answer = self.url_open(
            f"/notes_zoho_sync/oauth/start?org={self.org.id}&redirect_uri=https://evil"
            "&accounts_url=https://evil",
            allow_redirects=False,
        )
        where = answer.headers["Location"]
        self.assertTrue(where.startswith("https://accounts.zoho.com/oauth/v2/auth?"))
        self.assertNotIn("evil", where)

    def test_who_is_not_signed_in_is_sent_to_the_sign_in(self):
        self.authenticate(None, None)
        for path in ("oauth/start?org=1", "oauth?code=x&state=y"):
            answer = self.url_open(f"/notes_zoho_sync/{path}", allow_redirects=False)
            self.assertIn("/web/login", answer.headers.get("Location", ""))
