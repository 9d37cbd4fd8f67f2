from datetime import date, timedelta

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import SyncCase


@tagged("post_install", "-at_install")
class TestSeats(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.license.seats = 2
        cls.first = cls.make_account(cls.anna)
        cls.second = cls.make_account(cls.ben)

    def add(self, user):
        return (
            self.env["notes.zoho.account"]
            .with_user(self.admin)
            .create({"user_id": user.id, "org_id": self.org.id})
        )

    def test_the_next_account_is_refused_when_all_seats_are_taken(self):
        with self.assertRaisesRegex(UserError, "All 2 seats"):
            self.add(self.stranger)

    def test_draft_connected_and_error_take_a_seat_paused_and_retired_do_not(self):
        for state in ("draft", "connected", "error"):
            self.second.state = state
            with self.assertRaises(UserError, msg=state), self.env.cr.savepoint():
                self.add(self.stranger)
        for state in ("paused", "retired"):
            self.second.state = state
            self.add(self.stranger).unlink()

    def test_retiring_frees_the_seat_and_taking_up_again_needs_one(self):
        self.second.with_user(self.admin).action_retire()
        third = self.add(self.stranger)
        with self.assertRaisesRegex(UserError, "seats"), self.env.cr.savepoint():
            self.second.with_user(self.admin).action_reactivate()
        third.unlink()
        self.second.with_user(self.admin).action_reactivate()
        self.assertEqual(self.second.state, "draft")

    def test_resuming_needs_a_seat(self):
        self.second.with_user(self.ben).action_pause()
        self.add(self.stranger)
        with self.assertRaisesRegex(UserError, "seats"):
            self.second.with_user(self.ben).action_resume()

    def test_seats_of_several_licences_add_up(self):
        self.license.copy({"seats": 1})
        self.add(self.stranger)

    def test_a_licence_counts_within_its_dates_only(self):
        self.license.valid_until = fields.Date.today()
        self.license.valid_from = fields.Date.today() - timedelta(3)
        self.second.state = "paused"
        self.second.state = "connected"
        self.license.valid_from = date(2020, 1, 1)
        self.license.valid_until = date(2020, 12, 31)
        with self.assertRaisesRegex(UserError, "no valid licence"):
            self.add(self.stranger)

    def test_another_companys_seats_do_not_count(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.license.copy({"company_id": company.id, "seats": 5})
        with self.assertRaises(UserError):
            self.add(self.stranger)

    def test_a_user_who_has_synced_cannot_be_removed(self):
        self.env["notes.zoho.run"].create(
            {"account_id": self.first.id, "company_id": self.company.id}
        )
        with self.assertRaisesRegex(UserError, "Retire"):
            self.first.with_user(self.admin).unlink()
        self.second.with_user(self.admin).unlink()

    def test_all_accounts_pause_when_the_licence_has_ended(self):
        self.license.write(
            {"valid_from": date(2020, 1, 1), "valid_until": date(2020, 12, 31)}
        )
        self.env["notes.zoho.account"]._check_licenses()
        self.assertEqual((self.first | self.second).mapped("state"), ["paused"] * 2)
        self.assertIn("licence", self.first.error_message)

    def test_administrators_are_warned_before_a_licence_ends(self):
        self.license.valid_until = fields.Date.today() + timedelta(7)
        self.env["notes.zoho.account"]._check_licenses()
        self.assertIn(self.admin, self.org.activity_ids.user_id)
        self.assertEqual(self.first.state, "connected")


@tagged("post_install", "-at_install")
class TestSeatsAtOnce(SyncCase):
    """Two administrators press at once: real transactions, cleared away after."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            company = env["res.company"].create({"name": "Two at once"})
            org = env["notes.zoho.org"].create({"company_id": company.id})
            license = env["notes.zoho.license"].create(
                {"name": "One seat", "seats": 1, "company_id": company.id}
            )
            users = [
                new_test_user(
                    env,
                    f"at_once_{number}",
                    groups="base.group_user",
                    company_id=company.id,
                    company_ids=[(6, 0, company.ids)],
                )
                for number in range(4)
            ]
            cls.ids = {
                "company": company.id,
                "org": org.id,
                "license": license.id,
                "users": [user.id for user in users],
            }
        cls.addClassCleanup(cls.clear_away)

    @classmethod
    def clear_away(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["notes.zoho.account"].search(
                [("company_id", "=", cls.ids["company"])]
            ).unlink()
            env["notes.zoho.org"].browse(cls.ids["org"]).unlink()
            env["notes.zoho.license"].browse(cls.ids["license"]).unlink()
            users = env["res.users"].browse(cls.ids["users"])
            partners = users.partner_id
            users.unlink()
            partners.unlink()
            env["res.company"].browse(cls.ids["company"]).unlink()

    def tearDown(self):
        with self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["notes.zoho.account"].search(
                [("company_id", "=", self.ids["company"])]
            ).unlink()
        super().tearDown()

    def add(self, cr, *numbers):
        env = api.Environment(cr, SUPERUSER_ID, {})
        accounts = env["notes.zoho.account"].with_company(self.ids["company"])
        accounts._seat_users(
            env["res.users"].browse(self.ids["users"][number] for number in numbers),
            env["notes.zoho.org"].browse(self.ids["org"]),
        )
        env.flush_all()

    def seated(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return (
                env["notes.zoho.account"]
                .search([("company_id", "=", self.ids["company"])])
                .user_id.ids
            )

    def two_add(self, first, second, words):
        """Both begin, one is done; the other is run again, as Odoo does it."""
        with self.registry.cursor() as one, self.registry.cursor() as two:
            two.execute("SELECT 1")  # the second administrator has begun, too
            self.add(one, *first)
            one.commit()
            with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
                self.add(two, *second)
            two.rollback()
            with self.assertRaisesRegex(UserError, words):
                self.add(two, *second)
            two.rollback()
        self.assertEqual(self.seated(), [self.ids["users"][n] for n in first])

    def test_one_of_two_at_once_gets_the_last_seat(self):
        self.two_add([0], [1], "All 1 seats")

    def test_of_two_batches_at_once_one_is_seated_whole_and_the_other_not_at_all(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["notes.zoho.license"].browse(self.ids["license"]).seats = 3
        self.addCleanup(self.one_seat)
        self.two_add([0, 1], [2, 3], "2 seats .* only 1 of 3 free")

    def one_seat(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["notes.zoho.license"].browse(self.ids["license"]).seats = 1
