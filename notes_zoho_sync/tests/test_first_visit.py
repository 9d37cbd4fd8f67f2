"""The authentication page and its DAS check, as its answers are."""

from urllib.parse import urlsplit

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tests.common import _super_send

from tests.simulators.domino import DominoSimulator

from .common import PASSWORD, SimulatedCase


class FirstVisitCase(SimulatedCase):
    """Anna has a seat and has not connected yet."""

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        # A name that nobody has is looked up in earnest.
        if (urlsplit(request.url).hostname or "").endswith(".invalid"):
            return _super_send(session, request, **kwargs)
        return super()._request_handler(session, request, **kwargs)

    def setUp(self):
        super().setUp()
        self.account = self.make_account(
            self.anna,
            state="draft",
            server_id=False,
            mail_file=False,
            notes_username=False,
            settings_chosen=False,
        )
        self.account._forget_secrets()
        self.add_contacts(self.anna, 1)
        self.env.flush_all()
        self.clear_logs()
        self.in_notes = self.domino.dump()
        self.in_zoho = self.zoho.dump()

    def assertNothingStored(self):
        self.env.invalidate_all()
        account = self.account
        self.assertEqual(account.state, "draft")
        self.assertFalse(account.server_id or account.mail_file)
        self.assertFalse(account.notes_username or account.notes_password_cipher)
        self.assertFalse(
            self.env["notes.zoho.connect"].search([("password_cipher", "!=", False)])
        )
        self.assertUntouched()

    def assertConnected(self, mode):
        self.env.invalidate_all()
        account = self.account
        self.assertEqual(account.state, "connected")
        self.assertEqual(account.server_id, self.server)
        self.assertEqual(account.notes_username, "Anna Test")
        self.assertEqual(account._get_secret("notes_password"), PASSWORD)
        self.assertEqual(account.notes_auth_mode, mode)
        self.assertEqual(account.mail_file, f"/{self.mail[self.anna]}")
        self.assertUntouched()

    def assertUntouched(self):
        """Signing in and checking write nothing on either side."""
        self.assertEqual(self.domino.dump(), self.in_notes)
        self.assertEqual(self.zoho.dump(), self.in_zoho)
        self.assertFalse(self.zoho.log.count())

    def add_servers(self):
        """Listed, but not there: no such name, nobody at home, and without DAS."""
        plain = DominoSimulator()
        plain.faults.add("status", path="^/api", status=404, count=None)
        plain.start()
        self.addCleanup(plain.stop)
        servers = self.env["notes.zoho.domino.server"]
        return servers.create(
            [
                {"name": "typo", "base_url": "https://mail.invalid"},
                {
                    "name": "gone",
                    "base_url": "http://127.0.0.1:9",
                    "allow_http": True,
                },
                {"name": "plain", "base_url": plain.url, "allow_http": True},
            ]
        )


@tagged("post_install", "-at_install")
class TestFirstVisit(FirstVisitCase):
    def connect(self, server="mail.x.test", username="Anna Test", password=PASSWORD):
        accounts = self.env["notes.zoho.account"].with_user(self.anna)
        return accounts.sync_page_connect(server, username, password)

    def failed(self, answer):
        return [line for line in answer["checks"] if line["outcome"] == "failed"]

    def test_every_way_to_sign_in_takes_the_right_password_only(self):
        for knob, mode in (
            ("basic", "basic"),
            ("session", "session"),
            ("session_override", "basic"),
        ):
            with self.subTest(knob):
                self.domino.act.set_knob("auth", knob)
                (line,) = self.failed(self.connect(password="wrong"))
                self.assertEqual(line["label"], "Sign-in")
                self.assertIn("Internet password", line["advice"])
                self.assertNothingStored()
                answer = self.connect()
                self.assertTrue(answer["ok"])
                self.assertEqual({c["outcome"] for c in answer["checks"]}, {"ok"})
                self.assertConnected(mode)
                self.account.write(
                    {
                        "state": "draft",
                        "server_id": False,
                        "mail_file": False,
                        "notes_username": False,
                    }
                )
                self.account._forget_secrets()

    def test_a_server_that_cannot_be_used_is_told_and_nothing_is_stored(self):
        self.add_servers()
        answer = self.connect("elsewhere")
        self.assertFalse(answer["ok"] or answer["checks"])
        self.assertIn("elsewhere is not listed", answer["message"])
        self.assertNothingStored()
        for name, words in (
            ("typo", "mail.invalid is not known to the name service"),
            ("gone", "does not accept connections"),
            ("plain", "has no Domino Access Services"),
        ):
            with self.subTest(name):
                answer = self.connect(name)
                self.assertFalse(answer["ok"])
                (line,) = self.failed(answer)
                self.assertEqual(line["label"], "Server reachable")
                self.assertIn(words, line["detail"])
                self.assertTrue(line["advice"])
                self.assertNothingStored()

    def test_each_switch_that_is_off_is_named_with_the_place_where_it_is(self):
        act, mail = self.domino.act, self.mail[self.anna]
        faults = self.domino.faults
        self.account.write({"sync_tasks": True, "sync_events": True})
        services = ("Data", "Calendar", "Freebusy")

        def knob(name, off, on):
            return (lambda: act.set_knob(name, off), lambda: act.set_knob(name, on))

        def view(name):
            return (
                lambda: act.set_view(mail, name, False),
                lambda: act.set_view(mail, name, True),
            )

        def level(number):
            return (
                lambda: act.set_level(mail, number),
                lambda: act.set_level(mail, 2),
            )

        def access(number):
            return (
                lambda: act.set_access(mail, "Anna Test", number),
                lambda: act.set_access(mail, "Anna Test", 6),
            )

        def home(path):
            return (
                lambda: act.move_user("Anna Test", path),
                lambda: act.move_user("Anna Test", mail),
            )

        switches = [
            (
                "Server reachable",
                "Domino 9.0.1 or later",
                (
                    lambda: faults.add("status", path="^/api", status=404, count=None),
                    faults.clear,
                ),
            ),
            (
                "Data service on",
                "Enabled services: add Data",
                knob("services", services[1:], services),
            ),
            (
                "Calendar service on",
                "Enabled services: add Calendar",
                knob("services", ("Data", "Freebusy"), services),
            ),
            ("Mail file found", "Person document, Mail tab", home("mail/nobody.nsf")),
            ("Mail file found", "Access Control", access(0)),
            (
                "Mail file allows views and documents",
                "Allow Domino Data Service: Views and documents",
                level(0),
            ),
            (
                "Mail file allows views and documents",
                "Allow Domino Data Service: Views and documents",
                level(1),
            ),
            ("View ($Contacts)", "open the view ($Contacts)", view("($Contacts)")),
            ("View ($ToDo)", "open the view ($ToDo)", view("($ToDo)")),
        ]
        for label, advice, (off, on) in switches:
            with self.subTest(label, advice=advice):
                off()
                self.in_notes = self.domino.dump()
                answer = self.connect()
                on()
                self.assertFalse(answer["ok"])
                first = self.failed(answer)[0]
                self.assertEqual(first["label"], label)
                self.assertIn(advice, first["advice"])
                self.in_notes = self.domino.dump()
                self.assertNothingStored()
        self.in_notes = self.domino.dump()
        self.assertTrue(self.connect()["ok"])
        self.assertConnected("session")

    def test_what_does_not_stop_the_sync_is_a_warning(self):
        act, mail = self.domino.act, self.mail[self.anna]
        act.set_view(mail, "($SoftDeletions)", False)
        for document in self.notes_contacts(self.anna):
            act.hard_delete(document["unid"])
        self.in_notes = self.domino.dump()
        answer = self.connect()
        self.assertTrue(answer["ok"])
        warnings = {
            line["label"]: line["advice"]
            for line in answer["checks"]
            if line["outcome"] == "warning"
        }
        self.assertIn("Replicator", warnings["Contacts copied to the server"])
        self.assertIn("($SoftDeletions)", warnings["Trash can be looked into"])
        self.assertConnected("session")

    def test_what_one_enters_is_for_nobody_else(self):
        dialog = (
            self.env["notes.zoho.connect"]
            .with_user(self.anna)
            .create(
                {
                    "server_name": "mail.x.test",
                    "username": "Anna Test",
                    "password": PASSWORD,
                }
            )
        )
        for user in (self.ben, self.admin):
            others = dialog.with_user(user)
            self.assertFalse(others.search([("id", "=", dialog.id)]))
            with self.assertRaises(AccessError):
                others.read(["username"])
            with self.assertRaises(AccessError):
                others.write({"server_name": "elsewhere"})
            with self.assertRaises(AccessError):
                others.action_submit()
        self.assertFalse(self.domino.log.count())
