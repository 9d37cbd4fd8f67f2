from odoo.tests import HttpCase, tagged

from .common import SimulatedCase


@tagged("post_install", "-at_install", "tour")
class TestDecisionTour(HttpCase, SimulatedCase):
    def sync(self, account):
        """A whole run; a test with a browser has cursors that can commit already."""
        self.env.flush_all()
        with self.registry.cursor() as cr:
            account.with_env(self.env(cr=cr)).sync_now()
        self.env.invalidate_all()

    def test_a_user_links_and_restores_from_the_list_of_records(self):
        account = self.make_account(self.anna)
        (unid,) = self.add_contacts(self.anna, 1)
        self.sync(account)
        ((number, _),) = self.zoho_contacts(self.anna).items()
        self.move_clocks()
        self.domino.act.edit(unid, JobTitle="Captain")
        self.zoho.act.edit("Contacts", number, Title="Pilot")
        for title in ("T1", "T2"):
            self.domino.act.create_contact(
                self.mail[self.anna],
                LastName="Twin",
                JobTitle=title,
                MailAddress="twin@example.com",
            )
        self.zoho.act.create(
            "Contacts",
            Last_Name="Twin",
            Email="twin@example.com",
            owner=self.owner[self.anna],
        )
        self.move_clocks()
        self.sync(account)
        self.start_tour(
            "/odoo/action-notes_zoho_sync.action_run_entry",
            "notes_zoho_sync_decide",
            login="anna",
        )
        self.env.invalidate_all()
        links = account.env["notes.zoho.link"].search([])
        self.assertEqual(sorted(links.mapped("state")), ["failed", "linked", "linked"])
        self.assertEqual(
            [link.wanted for link in links if link.wanted], [{"job_title": "Captain"}]
        )
