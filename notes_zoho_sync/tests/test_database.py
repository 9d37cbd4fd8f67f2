from psycopg2 import IntegrityError

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import SyncCase

MODELS = (
    "notes.zoho.org",
    "notes.zoho.domino.server",
    "notes.zoho.license",
    "notes.zoho.account",
    "notes.zoho.cursor",
    "notes.zoho.company",
    "notes.zoho.link",
    "notes.zoho.change",
    "notes.zoho.run",
    "notes.zoho.run.counter",
    "notes.zoho.run.entry",
)


@tagged("post_install", "-at_install")
class TestDatabase(SyncCase):
    def test_every_declared_constraint_and_index_is_in_the_catalog(self):
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes"
        )
        present = {name for (name,) in self.env.cr.fetchall()}
        declared = [
            item.full_name(self.env[model])
            for model in MODELS
            for item in self.env.registry[model]._table_objects.values()
        ]
        self.assertGreater(len(declared), 30)
        self.assertFalse(set(declared) - present)

    def link(self, account, **values):
        return self.env["notes.zoho.link"].create(
            {
                "account_id": account.id,
                "org_id": self.org.id,
                "company_id": self.company.id,
                "kind": "contact",
                "state": "linked",
                **values,
            }
        )

    def refused(self, act):
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            act()
            self.env.flush_all()

    def test_a_record_of_either_side_is_in_one_open_link_only(self):
        anna, ben = self.make_account(self.anna), self.make_account(self.ben)
        self.link(anna, notes_key="U1", zoho_id="Z1")
        self.refused(lambda: self.link(anna, notes_key="U1"))
        self.refused(lambda: self.link(ben, zoho_id="Z1"))
        self.link(ben, notes_key="U1")  # a UNID may exist in two mail files
        self.link(ben, zoho_id="Z1", state="closed")
        self.link(anna, notes_key="U1", state="closed")

    def test_users_mail_files_and_zoho_users_have_one_account(self):
        account = self.make_account(self.anna)
        self.refused(lambda: self.make_account(self.anna, mail_file=False))
        self.refused(
            lambda: self.make_account(self.ben, mail_file=account.mail_file.upper())
        )
        self.refused(
            lambda: self.make_account(self.ben, zoho_user_id=account.zoho_user_id)
        )
        account.state = "retired"
        self.env.flush_all()
        self.make_account(self.anna)

    def test_an_account_has_one_open_run(self):
        account = self.make_account(self.anna)
        values = {"account_id": account.id, "company_id": self.company.id}
        run = self.env["notes.zoho.run"].create(values)
        self.refused(lambda: self.env["notes.zoho.run"].create(values))
        run.state = "done"
        self.env.flush_all()
        self.env["notes.zoho.run"].create(values)

    def test_old_runs_go_with_their_entries_and_the_last_one_stays(self):
        account = self.make_account(self.anna)
        old = fields.Datetime.subtract(fields.Datetime.now(), days=100)
        runs = self.env["notes.zoho.run"].create(
            [
                {
                    "account_id": account.id,
                    "company_id": self.company.id,
                    "state": "done",
                    "started": old,
                }
                for _ in range(3)
            ]
        )
        entry = self.env["notes.zoho.run.entry"].create(
            {
                "run_id": runs[0].id,
                "account_id": account.id,
                "company_id": self.company.id,
                "kind": "contact",
                "outcome": "created",
                "target": "zoho",
                "moment": old,
            }
        )
        account.last_run_id = runs[2]
        self.env["notes.zoho.run"]._gc_runs()
        self.assertFalse(runs[:2].exists())
        self.assertFalse(entry.exists())
        self.assertTrue(runs[2].exists())

    def test_every_model_has_access_rights(self):
        self.env.cr.execute(
            "SELECT m.model FROM ir_model m WHERE m.model LIKE 'notes.zoho.%' "
            "AND NOT m.abstract AND NOT EXISTS "
            "(SELECT 1 FROM ir_model_access a WHERE a.model_id = m.id)"
        )
        self.assertFalse(self.env.cr.fetchall())

    def test_every_stored_model_has_a_company_rule(self):
        for model in MODELS:
            if model == "notes.zoho.cursor":
                continue
            rules = self.env["ir.rule"].search([("model_id.model", "=", model)])
            self.assertTrue(
                any("company" in (rule.domain_force or "") for rule in rules), model
            )
