import os
import stat
import tempfile
from pathlib import Path
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models import secret
from ..models.secret import FINGERPRINT, VARIABLE, SecretKeyError
from .common import PASSWORD, SECRET, SyncCase


@tagged("post_install", "-at_install")
class TestSecrets(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account(cls.anna)
        cls.env.flush_all()

    def everything_readable(self, record):
        """All that the RPC methods give an administrator of a record."""
        record = record.with_user(self.admin)
        names = list(record.fields_get())
        yield str(record.read(names))
        yield str(record.web_read({name: {} for name in names}))
        yield str(record.export_data(names)["datas"])
        yield str(record.search_read([("id", "=", record.id)], names))
        yield str(record.copy_data() if record._name != "notes.zoho.account" else "")

    def test_no_rpc_way_gives_a_secret_to_an_administrator(self):
        for record in (self.account, self.org):
            cipher = record._secrets[0] + "_cipher"
            for text in self.everything_readable(record):
                self.assertNotIn(PASSWORD, text)
                self.assertNotIn(SECRET, text)
                self.assertNotIn("1000.refresh", text)
                self.assertNotIn(record.sudo()[cipher], text)

    def test_the_cipher_column_can_be_neither_read_searched_nor_written(self):
        account = self.account.with_user(self.admin)
        self.assertNotIn("notes_password_cipher", account.fields_get())
        with self.assertRaises(AccessError):
            account.read(["notes_password_cipher"])
        with self.assertRaises(AccessError):
            account.search([("notes_password_cipher", "like", "g")])
        with self.assertRaises(AccessError):
            account.write({"notes_password_cipher": "x"})
        with self.assertRaises(AccessError):
            account.export_data(["notes_password_cipher"])
        with self.assertRaises(AccessError):
            account.formatted_read_group([], ["notes_password_cipher"], ["__count"])

    def test_the_database_holds_no_secret_in_clear(self):
        self.env.cr.execute("SELECT row_to_json(a)::text FROM notes_zoho_account a")
        self.assertNotIn(PASSWORD, str(self.env.cr.fetchall()))
        self.env.cr.execute("SELECT row_to_json(o)::text FROM notes_zoho_org o")
        self.assertNotIn(SECRET, str(self.env.cr.fetchall()))

    def test_a_secret_is_not_given_back_in_the_call_that_writes_it(self):
        org = self.org.with_user(self.admin)
        answer = org.web_save({"client_secret": "new-one"}, {"client_secret": {}})
        self.assertNotIn("new-one", str(answer))
        self.assertEqual(self.org._get_secret("client_secret"), "new-one")

    def test_empty_input_changes_nothing(self):
        self.org.with_user(self.admin).write({"client_secret": False})
        self.assertEqual(self.org._get_secret("client_secret"), SECRET)

    def test_a_copy_has_no_secret(self):
        copy = self.org.copy({"name": "Second"})
        self.assertEqual(copy._get_secret("client_secret"), "")

    def test_another_key_is_refused_and_changes_nothing(self):
        other = Fernet.generate_key().decode()
        parameters = self.env["ir.config_parameter"].sudo()
        before = parameters.get_param(FINGERPRINT)
        with (
            patch.dict(os.environ, {VARIABLE: other}),
            self.assertRaisesRegex(SecretKeyError, "another key"),
        ):
            self.account._get_secret("notes_password")
        with (
            patch.dict(os.environ, {VARIABLE: other}),
            self.assertRaisesRegex(SecretKeyError, "another key"),
        ):
            self.account.notes_password = "something"
        self.assertEqual(parameters.get_param(FINGERPRINT), before)
        self.assertEqual(self.account._get_secret("notes_password"), PASSWORD)

    def test_a_key_that_is_none_is_refused_with_the_way_to_make_one(self):
        with (
            patch.dict(os.environ, {VARIABLE: "short"}),
            self.assertRaisesRegex(SecretKeyError, "generate_key"),
        ):
            self.account._get_secret("notes_password")


@tagged("post_install", "-at_install")
class TestKeyFile(SyncCase):
    """Without a configured key one is made in Odoo's data folder."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name) / "notes_zoho_sync"
        self.startPatcher(patch.dict(os.environ))
        del os.environ[VARIABLE]
        self.startPatcher(patch.object(secret, "config", {"data_dir": folder.name}))
        self.env["ir.config_parameter"].set_param(FINGERPRINT, False)
        for model in ("notes.zoho.org", "notes.zoho.account"):
            self.env[model].search([])._forget_secrets()
        self.env.flush_all()

    def key_files(self):
        return list(self.folder.glob("*"))

    def test_the_key_is_made_once_for_the_owner_only(self):
        self.org.client_secret = "first"
        self.org.refresh_token = "second"
        (path,) = self.key_files()
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(self.org._get_secret("client_secret"), "first")
        self.assertEqual(self.org._get_secret("refresh_token"), "second")

    def test_a_lost_key_is_never_replaced_while_secrets_exist(self):
        self.org.client_secret = "first"
        self.env.flush_all()
        (path,) = self.key_files()
        path.unlink()
        with self.assertRaisesRegex(SecretKeyError, "another key"):
            self.org._get_secret("client_secret")
        with self.assertRaisesRegex(SecretKeyError, "another key"):
            self.org.client_secret = "again"
        self.assertFalse(self.key_files())

    def test_without_secrets_a_lost_key_is_made_anew(self):
        self.org.client_secret = "first"
        self.key_files()[0].unlink()
        self.org._forget_secrets()
        self.env.flush_all()
        self.org.client_secret = "second"
        self.assertEqual(self.org._get_secret("client_secret"), "second")

    def test_uninstalling_removes_the_key_of_this_database_only(self):
        self.org.client_secret = "first"
        (path,) = self.key_files()
        parameters = self.env["ir.config_parameter"]
        uuid = parameters.get_param("database.uuid")
        parameters.set_param("database.uuid", "copied-database")
        secret.remove_key_file(self.env)
        self.env.cr.postcommit.run()
        self.assertTrue(path.exists())
        parameters.set_param("database.uuid", uuid)
        secret.remove_key_file(self.env)
        self.assertTrue(path.exists(), "an uninstall may still be rolled back")
        self.env.cr.postcommit.run()
        self.assertFalse(path.exists())
