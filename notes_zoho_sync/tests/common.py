"""What the tests share: people, an organisation, both simulators."""

from contextlib import contextmanager
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo import Command
from odoo.tests import TransactionCase, new_test_user

from tests.simulators.domino import DominoSimulator
from tests.simulators.zoho import ZohoSimulator

from ..models.secret import VARIABLE

PASSWORD = "Sommer-17"
SECRET = "zoho-client-secret"


class SyncCase(TransactionCase):
    """Two users, an administrator, an organisation and a server that nobody calls."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.dict("os.environ", {VARIABLE: Fernet.generate_key().decode()})
        )
        cls.company = cls.env.company
        cls.admin = new_test_user(
            cls.env,
            "boss",
            groups="notes_zoho_sync.group_admin,base.group_allow_export",
            email="boss@x.test",
        )
        cls.anna = new_test_user(
            cls.env, "anna", groups="notes_zoho_sync.group_user", email="anna@x.test"
        )
        cls.ben = new_test_user(
            cls.env, "ben", groups="notes_zoho_sync.group_user", email="ben@x.test"
        )
        cls.stranger = new_test_user(cls.env, "eve", groups="base.group_user")
        cls.org = cls.env["notes.zoho.org"].create(
            {
                "name": "Fjordlicht",
                "client_id": "1000.CLIENT",
                "client_secret": SECRET,
                "refresh_token": "1000.refresh",
                "state": "connected",
                "zgid": "4711",
                "zoho_user_id": "1",
            }
        )
        cls.server = cls.env["notes.zoho.domino.server"].create(
            {"name": "mail.x.test", "base_url": "https://mail.x.test"}
        )
        cls.license = cls.env["notes.zoho.license"].create(
            {"name": "Ten seats", "seats": 10}
        )

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        # Odoo's guard knows time-outs of one number only.
        timeout = kwargs.get("timeout")
        if isinstance(timeout, tuple):
            kwargs["timeout"] = max(timeout)
        return super()._request_handler(session, request, **kwargs)

    @classmethod
    def make_foreign_admin(cls):
        """An administrator of another company, and of no other."""
        elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        return new_test_user(
            cls.env,
            "foreign",
            groups="notes_zoho_sync.group_admin",
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )

    @classmethod
    def make_account(cls, user, **values):
        """A connected account of this user."""
        return cls.env["notes.zoho.account"].create(
            {
                "user_id": user.id,
                "org_id": cls.org.id,
                "server_id": cls.server.id,
                "notes_username": user.name,
                "notes_password": PASSWORD,
                "mail_file": f"/mail/{user.login}.nsf",
                "zoho_user_id": str(9000 + user.id),
                "zoho_user_email": user.email,
                "state": "connected",
                "settings_chosen": True,
                **values,
            }
        )

    @contextmanager
    def transactions(self):
        """An environment whose commits are savepoints of the test's transaction."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            yield self.env(cr=cr)

    def press(self, records, name, user=None):
        """Somebody presses a button; as after a request, all of it is committed."""
        with self.transactions() as env:
            user_env = env(user=(user or self.anna).id)
            answer = getattr(records.with_env(user_env), name)()
            env.cr.commit()
        return answer

    def sync_now(self, accounts):
        """Run the accounts once, as somebody in a shell does."""
        with self.transactions() as env:
            runs = accounts.with_env(env).sync_now()
        return self.env["notes.zoho.run"].browse(runs.ids)


class SimulatedCase(SyncCase):
    """Both simulators over HTTP, new for every test, with Anna and Ben on both sides.

    ``mail`` has the mail file of a user, ``owner`` the Zoho user's id.
    """

    domino_knobs: dict = {"auth": "session"}

    def setUp(self):
        super().setUp()
        self.domino = DominoSimulator(**self.domino_knobs)
        self.zoho = ZohoSimulator()
        for simulator in (self.domino, self.zoho):
            simulator.start()
            self.addCleanup(simulator.stop)
        self.server.write({"base_url": self.domino.url, "allow_http": True})
        self.org.write(
            {
                "data_center": "custom",
                "accounts_url": self.zoho.url,
                "api_url": self.zoho.url,
                "client_id": self.zoho.client_id,
                "client_secret": self.zoho.client_secret,
                "zgid": False,
                "state": "draft",
            }
        )
        self.org._forget_secrets("refresh_token", "access_token")
        self.org.exchange_code(self.zoho.act.make_self_client_code())
        self.mail, self.owner = {}, {}
        for user in (self.anna, self.ben):
            first = user.login.title()
            self.mail[user] = self.domino.act.add_user(f"{first} Test", PASSWORD)
            self.owner[user] = self.zoho.act.add_user(user.email, first, "Test")

    def make_account(self, user, **values):
        return super().make_account(
            user,
            **{
                "notes_username": f"{user.login.title()} Test",
                "mail_file": f"/{self.mail[user]}",
                "zoho_user_id": self.owner[user],
                **values,
            },
        )

    def add_contacts(self, user, number, prefix="Person"):
        """Contacts in a user's mail file; their UNIDs."""
        return [
            self.domino.act.create_contact(
                self.mail[user],
                FirstName=prefix,
                LastName=f"{prefix} {index:04}",
                MailAddress=f"{prefix.lower()}{index}@example.com",
                CompanyName=f"Company {index % 7}",
            )
            for index in range(number)
        ]

    def zoho_contacts(self, user):
        """The user's contacts in Zoho CRM, by id."""
        return {
            record["id"]: record
            for record in self.zoho.records("Contacts")
            if record["Owner"]["id"] == self.owner[user]
        }

    def notes_contacts(self, user):
        """The contacts in the user's mail file."""
        return self.domino.documents(self.mail[user], "Person")

    def move_clocks(self, **delta):
        """Let time go by on both servers (ten seconds if nothing is said)."""
        for simulator in (self.domino, self.zoho):
            simulator.clock.advance(**(delta or {"seconds": 10}))

    def clear_logs(self):
        self.domino.log.clear()
        self.zoho.log.clear()
