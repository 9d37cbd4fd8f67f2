from odoo.tests import tagged

from ..hooks import post_init_hook, uninstall_hook
from ..models.account import INSTALLATION
from ..models.secret import FINGERPRINT
from .common import SimulatedCase


@tagged("post_install", "-at_install")
class TestUninstall(SimulatedCase):
    def setUp(self):
        super().setUp()
        self.parameters = self.env["ir.config_parameter"]
        self.clear_logs()

    def test_the_grant_is_handed_back_and_the_parameters_go(self):
        uninstall_hook(self.env)
        self.assertEqual(self.zoho.log.count("oauth/revoke"), 1)
        left = self.parameters.search([("key", "like", "notes_zoho_sync.%")])
        self.assertFalse(left)

    def test_what_people_were_asked_for_goes_before_its_types(self):
        self.org._ask("consent", self.admin | self.anna)
        activities = self.org.activity_ids
        activities[0].action_done()
        uninstall_hook(self.env)
        self.assertFalse(activities.exists())

    def test_zoho_out_of_reach_does_not_keep_the_addon_installed(self):
        self.zoho.stop()
        uninstall_hook(self.env)
        self.assertFalse(self.parameters.get_param(FINGERPRINT))

    def test_a_neutralized_copy_leaves_the_grant_to_the_original(self):
        self.parameters.set_param("database.is_neutralized", "true")
        uninstall_hook(self.env)
        self.assertEqual(self.zoho.log.count(), 0)

    def test_what_people_keep_under_our_models_names_goes_and_the_rest_stays(self):
        ours = [
            self.env["ir.filters"].create(
                {"name": "Ours", "model_id": "notes.zoho.run", "active": False}
            ),
            self.env["ir.exports"].create(
                {"name": "Ours", "resource": "notes.zoho.account"}
            ),
        ]
        theirs = [
            self.env["ir.filters"].create({"name": "Theirs", "model_id": "res.users"}),
            self.env["ir.exports"].create(
                {"name": "Theirs", "resource": "res.partner"}
            ),
        ]
        self.parameters.set_param("notes_zoho_sync.of_a_later_release", "x")
        self.parameters.set_param("notes_zoho_syncx", "another addon's")
        uninstall_hook(self.env)
        self.assertFalse([record for record in ours if record.exists()])
        self.assertTrue(all(record.exists() for record in theirs))
        self.assertFalse(
            self.parameters.get_param("notes_zoho_sync.of_a_later_release")
        )
        self.assertTrue(self.parameters.get_param("notes_zoho_syncx"))

    def test_every_installation_has_its_own_number(self):
        before = self.parameters.get_param(INSTALLATION)
        post_init_hook(self.env)
        self.assertEqual(self.parameters.get_param(INSTALLATION), before)
        self.parameters.set_param(INSTALLATION, False)
        post_init_hook(self.env)
        self.assertNotIn(self.parameters.get_param(INSTALLATION), (False, before))
