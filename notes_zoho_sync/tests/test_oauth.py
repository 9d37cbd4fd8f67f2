from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from tests.simulators.zoho import ZohoSimulator

from ..models import connect
from .common import SyncCase


@tagged("post_install", "-at_install")
class TestOAuth(HttpCase, SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.zoho = ZohoSimulator()
        cls.zoho.start()
        cls.addClassCleanup(cls.zoho.stop)
        for user in (cls.admin, cls.anna):
            user.password = user.login

    def setUp(self):
        super().setUp()
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
        self.env["ir.config_parameter"].set_param("web.base.url", self.base_url())
        # Zoho gives ten codes in ten minutes.
        self.zoho.clock.advance(minutes=11)

    def start(self, user="boss"):
        """Press Connect; the address of Zoho's consent page."""
        self.authenticate(user, user)
        url = self.org.with_user(self.admin).action_connect()["url"]
        return self.url_open(url, allow_redirects=False)

    def consent(self, answer):
        """What Zoho's redirect asks of us, as the browser would."""
        back = self.url_open(answer.headers["Location"], allow_redirects=False)
        return back.headers["Location"]

    def test_the_way_to_consent_and_back_connects_the_organisation(self):
        answer = self.start()
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        self.assertEqual(query["access_type"], ["offline"])
        self.assertIn("ZohoCRM.modules.ALL", query["scope"][0])
        back = self.url_open(self.consent(answer), allow_redirects=False)
        self.assertEqual(back.status_code, 303)
        self.assertEqual(self.org.state, "connected")
        self.assertTrue(self.org._get_secret("refresh_token"))
        self.assertIn("integration@", self.org.zoho_user_name)
        self.assertTrue(self.org.zgid)

    def test_an_answer_is_good_for_one_use(self):
        back = self.consent(self.start())
        self.url_open(back, allow_redirects=False)
        again = self.url_open(back, allow_redirects=False)
        self.assertEqual(again.status_code, 400)
        self.assertIn("not asked for", again.text)

    def test_an_answer_of_another_session_is_refused(self):
        back = self.consent(self.start())
        self.authenticate(None, None)
        self.authenticate("boss", "boss")
        answer = self.url_open(back, allow_redirects=False)
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.org.state, "draft")

    def test_a_wrong_state_is_refused_and_spends_the_right_one(self):
        back = self.consent(self.start())
        right = parse_qs(urlsplit(back).query)["state"][0]
        answer = self.url_open(back.replace(right, "guessed"), allow_redirects=False)
        self.assertEqual(answer.status_code, 400)
        answer = self.url_open(back, allow_redirects=False)
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.org.state, "draft")

    def test_a_refused_consent_is_said_and_connects_nothing(self):
        self.zoho.knobs.consent = "deny"
        self.addCleanup(setattr, self.zoho.knobs, "consent", "auto")
        answer = self.url_open(self.consent(self.start()), allow_redirects=False)
        self.assertEqual(answer.status_code, 400)
        self.assertIn("refused", answer.text)
        self.assertEqual(self.org.state, "draft")

    def test_a_foreign_accounts_server_is_not_given_the_code(self):
        back = self.consent(self.start())
        self.zoho.log.clear()
        server = parse_qs(urlsplit(back).query)["accounts-server"][0]
        self.assertTrue(server)
        url = back.split("accounts-server=")[0] + "accounts-server=https://evil.test"
        answer = self.url_open(url, allow_redirects=False)
        self.assertEqual(answer.status_code, 400)
        self.assertIn("evil.test", answer.text)
        self.assertEqual(self.zoho.log.count(), 0)

    def test_a_user_cannot_begin_to_connect(self):
        self.authenticate("anna", "anna")
        with mute_logger("odoo.http"):
            answer = self.url_open(
                f"/notes_zoho_sync/oauth/start?org={self.org.id}",
                allow_redirects=False,
            )
        self.assertEqual(answer.status_code, 403)

    def test_markup_in_an_answer_is_shown_as_text(self):
        back = self.consent(self.start())
        url = back.split("accounts-server=")[0] + "accounts-server=https://<b>x</b>"
        answer = self.url_open(url, allow_redirects=False)
        self.assertNotIn("<b>x</b>", answer.text)

    def test_a_pasted_code_of_a_self_client_connects(self):
        wizard = (
            self.env["notes.zoho.self.client"]
            .with_user(self.admin)
            .create(
                {
                    "org_id": self.org.id,
                    "code": self.zoho.act.make_self_client_code(),
                }
            )
        )
        wizard.action_submit()
        self.assertEqual(self.org.state, "connected")
        self.assertFalse(wizard.sudo().code_cipher)

    def test_a_code_that_is_too_old_is_refused_in_words(self):
        code = self.zoho.act.make_self_client_code(minutes=1)
        self.zoho.clock.advance(minutes=2)
        with self.assertRaisesRegex(UserError, "code"):
            self.org.with_user(self.admin).exchange_code(code)
        self.assertEqual(self.org.state, "draft")

    def test_disconnecting_hands_the_grant_back_and_forgets_it(self):
        self.org.exchange_code(self.zoho.act.make_self_client_code())
        self.zoho.log.clear()
        self.org.with_user(self.admin).action_disconnect()
        self.assertEqual(self.zoho.log.count("oauth/revoke"), 1)
        self.assertFalse(self.org._get_secret("refresh_token"))
        self.assertEqual(self.org.state, "draft")

    def test_zoho_out_of_reach_is_told_with_what_remains_to_do_there(self):
        self.org.exchange_code(self.zoho.act.make_self_client_code())
        self.zoho.faults.add("drop_before", route="oauth/revoke")
        answer = self.org.with_user(self.admin).action_disconnect()["params"]
        self.assertEqual((answer["type"], answer["sticky"]), ("warning", True))
        for words in ("could not be told", self.zoho.url, "integration@"):
            self.assertIn(words, answer["message"])
            self.assertIn(words, self.org.error_message)
        self.assertFalse(self.org._get_secret("refresh_token"))
        self.assertEqual(self.org.state, "draft")
        self.org.exchange_code(self.zoho.act.make_self_client_code())
        self.assertFalse(self.org.error_message)

    def test_a_grant_that_cannot_be_opened_any_more_is_forgotten_all_the_same(self):
        self.org.exchange_code(self.zoho.act.make_self_client_code())
        self.org.sudo().refresh_token_cipher = "made with another key"
        answer = self.org.with_user(self.admin).action_disconnect()["params"]
        self.assertIn("until somebody ends it there", answer["message"])
        self.assertEqual(self.org.state, "draft")
        self.assertFalse(self.org.sudo().refresh_token_cipher)

    def test_a_wrong_pasted_code_is_told_at_it_and_another_can_be_tried(self):
        wizard = self.env["notes.zoho.self.client"].with_user(self.admin)
        wizard = wizard.create({"org_id": self.org.id, "code": "1000.wrong"})
        answer = wizard.action_submit()
        self.assertEqual((answer["res_id"], answer["target"]), (wizard.id, "new"))
        self.assertIn("did not accept the code", wizard.message)
        self.assertFalse(wizard.sudo().code_cipher)
        self.assertIn("Paste the code", (wizard.action_submit(), wizard.message)[1])
        wizard.code = self.zoho.act.make_self_client_code()
        self.assertEqual(wizard.action_submit()["tag"], "soft_reload")
        self.assertEqual(self.org.state, "connected")

    def test_an_organisation_that_is_none_cannot_be_connected(self):
        self.authenticate("boss", "boss")
        for org in ("", "999999", "x", "-1", "9" * 40):
            answer = self.url_open(f"/notes_zoho_sync/oauth/start?org={org}")
            self.assertEqual(answer.status_code, 404)

    def test_credits_are_shown_as_they_are_spent(self):
        self.org.exchange_code(self.zoho.act.make_self_client_code())
        org = self.org.with_user(self.admin)
        self.assertIn("of 60,000 in the last 24 hours", org.credits_text)
        self.zoho.credits.clear()
        self.make_account(self.anna, zoho_user_id=self.zoho.act.add_user("a@x.test"))
        for _pull in range(2):
            before = self.zoho.credits.total
            self.env.flush_all()
            with self.registry.cursor() as cr:
                self.assertFalse(self.org.with_env(self.env(cr=cr))._pull_feed())
            self.env.invalidate_all()
            spent = self.zoho.credits.total
            self.assertGreater(spent, before)
            self.assertIn(f"{spent} of 60,000", org.credits_text)
        with self.assertRaises(AccessError):
            _ = self.org.with_user(self.anna).credits_text

    def test_zohos_clock_is_known_before_zoho_is_asked_again(self):
        self.zoho.clock.advance(hours=3)
        self.org.exchange_code(self.zoho.act.make_self_client_code())
        self.env.invalidate_all()
        with connect.zoho_session(self.org) as session:
            theirs = session.now()
        self.assertAlmostEqual(
            theirs, self.zoho.clock.now(), delta=timedelta(minutes=5)
        )

    def test_a_user_can_neither_exchange_nor_disconnect(self):
        with self.assertRaises(AccessError):
            self.org.with_user(self.anna).action_disconnect()
        with self.assertRaises(AccessError):
            self.org.with_user(self.anna).exchange_code("x")

    def test_zoho_users_are_found_by_e_mail(self):
        self.org.exchange_code(self.zoho.act.make_self_client_code())
        number = self.zoho.act.add_user("Anna@x.test", "Anna", "Test")
        account = self.make_account(self.anna, zoho_user_id=False)
        self.env.flush_all()
        account.with_user(self.admin).action_propose_zoho_user()
        self.assertEqual(account.zoho_user_id, number)
