import inspect
import logging
import os
import stat
import tempfile
import traceback
import uuid
from pathlib import Path
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..hooks import uninstall_hook
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

    def test_no_column_of_any_table_holds_a_secret_in_clear(self):
        """As somebody with a dump of the database would look."""
        dialog = self.env["notes.zoho.connect"].with_user(self.anna)
        dialog.create({"username": "Anna", "password": PASSWORD})
        self.account.message_post(body="Something happened")
        self.env.flush_all()
        tables = self.env.execute_query(
            SQL(
                "SELECT table_name FROM information_schema.tables "
                "WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
            )
        )
        self.assertGreater(len(tables), 50)
        secrets = [PASSWORD, SECRET, "1000.refresh", os.environ[VARIABLE]]
        for (table,) in tables:
            for text in secrets:
                found = self.env.execute_query(
                    SQL(
                        "SELECT 1 FROM %s AS t WHERE t::text LIKE %s LIMIT 1",
                        SQL.identifier(table),
                        f"%{text}%",
                    )
                )
                self.assertFalse(found, table)

    def test_no_search_finds_out_a_secret_by_its_value(self):
        """Neither the field nor the column serves in a domain, an order or a group,
        directly or by way of another record."""
        run = self.env["notes.zoho.run"].create(
            {"account_id": self.account.id, "company_id": self.company.id}
        )
        cipher = "notes_password_cipher"
        for user in (self.anna, self.admin):
            accounts, runs = self.account.with_user(user), run.with_user(user)
            for act in (
                lambda a, r: a.search([(cipher, "=like", "g%")]),
                lambda a, r: a.search_count([(cipher, "!=", False)]),
                lambda a, r: r.search([(f"account_id.{cipher}", "!=", False)]),
                lambda a, r: r.search([("account_id", "any", [(cipher, ">", "g")])]),
                lambda a, r: a.search([], order=f"{cipher} desc"),
                lambda a, r: r.search([], order=f"account_id.{cipher}"),
                lambda a, r: a.formatted_read_group([], [], [f"{cipher}:max"]),
                lambda a, r: a.filtered_domain([(cipher, "like", "g")]),
                lambda a, r: a.mapped(cipher),
                lambda a, r: r.mapped(f"account_id.{cipher}"),
                lambda a, r: a.web_read({cipher: {}}),
                lambda a, r: r.web_read({"account_id": {"fields": {cipher: {}}}}),
                lambda a, r: a.web_search_read([], {cipher: {}}),
                lambda a, r: r.export_data([f"account_id/{cipher}"]),
                lambda a, r: a.search_read([], [cipher]),
                lambda a, r: a.copy_data({cipher: "x"}) and a.create({cipher: "x"}),
                lambda a, r: a.load([cipher], [["x"]])["messages"] and a.read([cipher]),
            ):
                try:
                    found = act(accounts, runs)
                except (UserError, ValueError):
                    continue
                self.fail(f"{user.login}: {inspect.getsource(act)} {found}")
            self.env.invalidate_all()

    def test_the_secret_field_itself_cannot_be_searched(self):
        for operator, value in (("=", PASSWORD), ("like", "S%"), ("!=", False)):
            with mute_logger("odoo.models", "odoo.orm.domains", "odoo.fields"):
                try:
                    found = self.account.with_user(self.admin).search(
                        [("notes_password", operator, value)]
                    )
                except (UserError, ValueError):
                    continue
            self.assertNotEqual(bool(found), value == PASSWORD)

    def test_a_form_gives_no_secret_back_when_something_changes_in_it(self):
        account = self.account.with_user(self.admin)
        spec = {name: {} for name in ("notes_password", "notes_username", "server_id")}
        for values, changed in (
            ({}, []),
            ({"notes_username": "x"}, ["notes_username"]),
            ({"notes_password": "typed-1"}, ["notes_password"]),
        ):
            for record in (account, account.browse()):
                answer = record.onchange(values, changed, spec)
                self.assertNotIn(PASSWORD, str(answer))
                self.assertNotIn("typed-1", str(answer))

    def test_the_history_of_a_record_tells_no_secret(self):
        self.assertFalse(
            [
                name
                for model in (self.account, self.org)
                for name in model._track_get_fields()
                if name.removesuffix("_cipher") in model._secrets
            ]
        )
        self.account.notes_password = "another-1"
        self.env.flush_all()
        messages = self.account.sudo().message_ids
        told = str(messages.mapped("body")) + str(messages.tracking_value_ids.read())
        self.assertNotIn("another-1", told)

    def test_the_most_talkative_log_tells_no_secret(self):
        loggers = [
            logging.getLogger(name)
            for name in ("", "odoo", "odoo.sql_db", "odoo.service.model", "urllib3")
        ]
        levels = [logger.level for logger in loggers]
        lines = []
        handler = logging.Handler()
        handler.emit = lambda record: lines.append(record.getMessage())
        try:
            for logger in loggers:
                logger.setLevel(logging.DEBUG)
            logging.getLogger().addHandler(handler)
            logging.getLogger("odoo").addHandler(handler)
            account = self.account.with_user(self.admin)
            call_kw(account, "write", [account.ids, {"notes_password": "typed-1"}], {})
            values = {"client_secret": "typed-2"}
            org = self.org.with_user(self.admin)
            call_kw(org, "web_save", [org.ids, values, {"name": {}}], {})
            page = self.env["notes.zoho.account"].with_user(self.anna)
            call_kw(page, "sync_page_connect", ["nowhere", "Anna", "typed-3"], {})
            self.env.flush_all()
            self.assertEqual(self.account._get_secret("notes_password"), "typed-1")
        finally:
            logging.getLogger("odoo").removeHandler(handler)
            logging.getLogger().removeHandler(handler)
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
        told = "\n".join(lines)
        self.assertIn("notes_password_cipher", told)
        self.assertIn("sync_page_connect", told)
        for secret_text in (PASSWORD, SECRET, "typed-1", "typed-2", "typed-3"):
            self.assertNotIn(secret_text, told)

    def test_no_exception_tells_a_secret(self):
        typed = uuid.uuid4().hex  # else the source would tell it
        told = []
        with patch.dict(os.environ, {VARIABLE: Fernet.generate_key().decode()}):
            for act in (
                lambda: self.account.write({"notes_password": typed}),
                lambda: self.account._get_secret("notes_password"),
            ):
                try:
                    act()
                except SecretKeyError:
                    told.append(traceback.format_exc())
        self.assertEqual(len(told), 2)
        text = "".join(told)
        for secret_text in (PASSWORD, typed, os.environ[VARIABLE]):
            self.assertNotIn(secret_text, text)

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
class TestKey(SyncCase):
    """Another key, a lost key, a wrong key."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account(cls.anna)
        cls.system = new_test_user(cls.env, "root2", groups="base.group_system")
        cls.dialog = cls.env["notes.zoho.secret.key"].with_user(cls.system)
        cls.env.flush_all()
        cls.old = os.environ[VARIABLE]
        cls.new = Fernet.generate_key().decode()

    def secrets(self):
        return [
            self.account._get_secret("notes_password"),
            self.org._get_secret("client_secret"),
            self.org._get_secret("refresh_token"),
        ]

    def test_a_new_key_takes_the_place_of_the_old_one(self):
        before = self.secrets()
        parameters = self.env["ir.config_parameter"].sudo()
        with patch.dict(os.environ, {VARIABLE: f"{self.new} {self.old}"}):
            self.assertEqual(self.secrets(), before)
            self.account.notes_password = "between"
            with patch.dict(os.environ, {VARIABLE: self.old}):
                # A host that was not started again yet.
                self.assertEqual(self.secrets()[0], "between")
            self.dialog.action_encrypt_again()
            self.assertEqual(self.secrets(), ["between", *before[1:]])
            with self.assertRaisesRegex(UserError, "already"):
                self.dialog.action_encrypt_again()
        self.assertEqual(
            parameters.get_param(FINGERPRINT), secret.fingerprint(self.new.encode())
        )
        with patch.dict(os.environ, {VARIABLE: self.new}):
            self.assertEqual(self.secrets(), ["between", *before[1:]])
        with self.assertRaises(SecretKeyError):
            self.secrets()

    def test_nothing_is_encrypted_again_unless_all_of_it_can_be(self):
        self.env.cr.execute(
            "UPDATE notes_zoho_org SET client_secret_cipher = 'spoiled' WHERE id = %s",
            [self.org.id],
        )
        self.env.invalidate_all()
        with (
            patch.dict(os.environ, {VARIABLE: f"{self.new} {self.old}"}),
            self.assertRaisesRegex(UserError, "Fjordlicht"),
            self.env.cr.savepoint(),
        ):
            self.dialog.action_encrypt_again()
        self.env.invalidate_all()
        self.assertEqual(self.account._get_secret("notes_password"), PASSWORD)

    def test_with_a_wrong_key_nothing_syncs_and_everything_else_works(self):
        with patch.dict(os.environ, {VARIABLE: self.new}):
            run = self.sync_now(self.account)
            self.assertEqual(run.state, "failed")
            self.assertIn("another key", run.message)
            self.assertIn("another key", self.org.error_message)
            page = self.env["notes.zoho.account"].with_user(self.anna)
            self.assertTrue(page.sync_page_data()["account"])
            for record in (self.account, self.org, self.server):
                shown = record.with_user(self.admin)
                shown.web_read({name: {} for name in shown.fields_get()})
            self.account.with_user(self.anna).action_pause()
            self.org.with_user(self.admin).action_disconnect()
            self.assertEqual(self.org.state, "draft")
            self.account.with_user(self.admin).action_retire()
            dialog = self.dialog.create({})
            self.assertIn("another key", dialog.missing)

    def test_with_a_wrong_key_the_addon_can_be_uninstalled(self):
        with patch.dict(os.environ, {VARIABLE: self.new}):
            with self.assertRaises(SecretKeyError):
                self.secrets()
            uninstall_hook(self.env)
        parameters = self.env["ir.config_parameter"].sudo()
        self.assertFalse(parameters.get_param(FINGERPRINT))

    def test_a_lost_key_is_given_up_by_a_system_administrator_only(self):
        with patch.dict(os.environ, {VARIABLE: self.new}):
            with self.assertRaises(SecretKeyError):
                self.account.notes_password = "again"
            for user in (self.anna, self.admin):
                with self.assertRaises(AccessError):
                    self.dialog.with_user(user).action_forget()
            self.dialog.action_forget()
            self.assertEqual(self.secrets(), ["", "", ""])
            self.assertEqual((self.account.state, self.org.state), ("draft", "draft"))
            self.account.notes_password = "again"
            self.assertEqual(self.account._get_secret("notes_password"), "again")
            self.assertFalse(self.dialog.create({}).missing)

    def test_a_key_stands_in_a_section_of_its_own_of_odoos_settings(self):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(f"[options]\n[notes_zoho_sync]\nkey = {self.old}\n")
            file.flush()
            environment = {k: v for k, v in os.environ.items() if k != VARIABLE}
            with (
                patch.dict(os.environ, environment, clear=True),
                patch.object(secret, "config", {"config": file.name, "data_dir": "/x"}),
            ):
                self.assertEqual(self.account._get_secret("notes_password"), PASSWORD)
                file.write("=\n[")
                file.flush()
                with self.assertRaisesRegex(SecretKeyError, "another key"):
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

    def test_a_configured_key_takes_the_place_of_the_file(self):
        self.org.client_secret = "first"
        key = Fernet.generate_key().decode()
        with patch.dict(os.environ, {VARIABLE: key}):
            self.assertEqual(self.org._get_secret("client_secret"), "first")
            self.env["notes.zoho.secret.key"].action_encrypt_again()
            self.assertEqual(self.org._get_secret("client_secret"), "first")
            self.env.cr.postcommit.run()
            self.assertFalse(self.key_files())

    def test_without_a_configured_key_a_new_file_is_made(self):
        self.org.client_secret = "first"
        (old,) = self.key_files()
        self.env["notes.zoho.secret.key"].action_encrypt_again()
        self.assertEqual(self.org._get_secret("client_secret"), "first")
        self.env.cr.postcommit.run()
        (new,) = self.key_files()
        self.assertNotEqual(old, new)

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
