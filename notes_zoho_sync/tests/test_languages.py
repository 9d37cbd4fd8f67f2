"""The languages: every sentence in each, and shown to who speaks it."""

from odoo import fields
from odoo.tests import tagged
from odoo.tools.translate import code_translations

from tests.translations import LANGUAGES, TEMPLATE, export, faults, translations

from ..models.words import MODULE
from ..services.reasons import TEXTS, reason
from ..services.records.labels import label
from .common import SyncCase

PORTUGUESE = "pt_BR"
#: Nothing but what others say.
BARE = {"odoo", "found_mail_file"}


@tagged("post_install", "-at_install")
class TestLanguages(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = export(cls.env)

    def test_the_template_holds_the_addons_terms_and_no_others(self):
        committed = TEMPLATE.read_text().rstrip()
        self.assertEqual(
            committed, str(self.template).rstrip(), "Renew it with: ./dev i18n"
        )

    def test_every_language_says_all_of_it(self):
        wrong = [
            fault
            for language in LANGUAGES
            for fault in faults(self.template, translations(language), language)
        ]
        self.assertFalse(wrong, "\n".join(wrong))

    def test_every_sentence_of_the_services_is_a_term(self):
        known = {term.msgid for term in self.template}
        lost = [code for code, text in TEXTS.items() if text not in known]
        self.assertLessEqual(set(lost), BARE)

    def test_browsers_get_every_term_of_theirs(self):
        mine = {
            term.msgid
            for term in self.template
            if "odoo-javascript" in term.comment.split()
        }
        self.assertTrue(mine)
        for language in LANGUAGES:
            found = code_translations.get_web_translations(MODULE, language)
            told = {term["id"]: term["string"] for term in found["messages"]}
            self.assertLessEqual(mine, told.keys(), language)


@tagged("post_install", "-at_install")
class TestPortuguese(SyncCase):
    """A user in Brazil, while the sync itself speaks no language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang(PORTUGUESE)
        modules = cls.env["ir.module.module"]
        modules._load_module_terms([MODULE], [PORTUGUESE])
        cls.anna.lang = PORTUGUESE
        cls.account = cls.make_account(cls.anna)
        cls.brazil = cls.env(user=cls.anna.id, context={"lang": PORTUGUESE})

    def test_an_entry_of_the_crons_run_is_told_in_portuguese(self):
        run = self.env["notes.zoho.run"].create(
            {
                "account_id": self.account.id,
                "company_id": self.account.company_id.id,
                "state": "held",
                "reasons": [
                    reason("held_deletes", count=7, side="Notes").to_json(),
                ],
            }
        )
        clash = reason(
            "both_changed",
            side="Zoho CRM",
            units=(label("phone_mobile"), label("birthday")),
        )
        entry = self.env["notes.zoho.run.entry"].create(
            {
                "run_id": run.id,
                "account_id": self.account.id,
                "company_id": self.account.company_id.id,
                "kind": "contact",
                "outcome": "conflict",
                "target": "notes",
                "reason": clash.to_json(),
                "moment": fields.Datetime.now(),
            }
        )
        self.assertEqual(
            entry.with_env(self.brazil).reason_text,
            "Alterado nos dois lados; Zoho CRM vence em: Celular, Aniversário.",
        )
        self.assertIn("7 exclusões em Notes", run.with_env(self.brazil).message)
        self.assertIn("7 deletions in Notes", run.message)
        self.assertIn("Mobile phone, Birthday", entry.reason_text)

    def test_the_sync_page_speaks_portuguese(self):
        self.account.error = reason("timed_out", server="mail.x.test").to_json()
        page = self.brazil["notes.zoho.account"].sync_page_data()
        self.assertEqual([name for _, name in page["kinds"]][0], "Contatos")
        self.assertEqual(
            page["attention"][0]["text"],
            "mail.x.test não respondeu a tempo. Uma nova tentativa será feita mais "
            "tarde.",
        )
        self.assertEqual(page["account"]["policy_label"], "CRM sempre ganha")
        found = code_translations.get_web_translations(MODULE, PORTUGUESE)
        told = {term["id"]: term["string"] for term in found["messages"]}
        self.assertEqual(told["Start sync"], "Iniciar sincronização")
        self.assertEqual(told["Sync settings"], "Configurações de sincronização")
        self.assertEqual(told["Change password"], "Alterar senha")
        self.assertEqual(told["Manage users"], "Gerenciar usuários")
        self.assertEqual(told["Schedule meetings"], "Programar reuniões")
        menu = self.brazil.ref("notes_zoho_sync.menu_root")
        self.assertEqual(menu.name, "Sincronização do IBM Notes")

    def test_who_is_asked_for_something_is_asked_in_portuguese(self):
        why = reason("timed_out", server="mail.x.test")
        self.account._ask("sign_in", self.anna, why)
        activity = self.account.activity_ids
        self.assertIn("não respondeu a tempo", activity.note)
        self.assertEqual(activity.summary, "Digite novamente a sua senha do IBM Notes")
