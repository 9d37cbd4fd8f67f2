"""What the tests share: people, an organisation, both simulators."""

from contextlib import contextmanager
from unittest.mock import patch

from cryptography.fernet import Fernet

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

    def sync_now(self, accounts):
        """Run the accounts once, as somebody in a shell does."""
        with self.transactions() as env:
            runs = accounts.with_env(env).sync_now()
        return self.env["notes.zoho.run"].browse(runs.ids)


class SimulatedCase(SyncCase):
    """Both simulators over HTTP, with Anna on both sides."""

    domino_knobs: dict = {"auth": "session"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domino = DominoSimulator(**cls.domino_knobs)
        cls.domino.start()
        cls.addClassCleanup(cls.domino.stop)
        cls.zoho = ZohoSimulator()
        cls.zoho.start()
        cls.addClassCleanup(cls.zoho.stop)
        cls.server.write({"base_url": cls.domino.url, "allow_http": True})
        cls.org.write(
            {
                "data_center": "custom",
                "accounts_url": cls.zoho.url,
                "api_url": cls.zoho.url,
                "client_id": cls.zoho.client_id,
                "client_secret": cls.zoho.client_secret,
                "zgid": False,
                "state": "draft",
            }
        )
        cls.org._forget_secrets("refresh_token", "access_token")
        cls.org.exchange_code(cls.zoho.act.make_self_client_code())
        cls.mail = {}
        cls.owner = {}
        for user in (cls.anna, cls.ben):
            cls.add_person(user)

    @classmethod
    def add_person(cls, user):
        """The same person as a user of Domino and of Zoho."""
        cls.mail[user] = cls.domino.act.add_user(f"{user.login.title()} Test", PASSWORD)
        cls.owner[user] = cls.zoho.act.add_user(user.email, user.login.title(), "Test")

    @classmethod
    def make_account(cls, user, **values):
        return super().make_account(
            user,
            **{
                "notes_username": f"{user.login.title()} Test",
                "mail_file": f"/{cls.mail[user]}",
                "zoho_user_id": cls.owner[user],
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
