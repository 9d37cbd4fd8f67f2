"""People who leave, or rest: what the new owner of their records gets."""

from odoo.tests import tagged

from ..models.lock import session_lock
from ..services.reasons import reason
from ..services.sync.link import Intent
from .common import PASSWORD, SimulatedCase
from .test_store import NOW, StoreCase, contact, link


@tagged("post_install", "-at_install")
class TestLeaving(SimulatedCase):
    """Ben's contact, which both sides hold; then Ben is gone, and it is Anna's."""

    def setUp(self):
        super().setUp()
        self.account = self.make_account(self.anna)
        self.bens = self.make_account(self.ben)
        self.add_contacts(self.ben, 1)
        self.sync_now(self.bens)
        ((self.number, _),) = self.zoho_contacts(self.ben).items()

    def give_to(self, user):
        self.move_clocks()
        self.zoho.act.change_owner("Contacts", self.number, self.owner[user])
        self.move_clocks()

    def sync(self, account, times=1):
        for _ in range(times):
            self.move_clocks(minutes=6)
            run = self.sync_now(account)
            self.assertEqual(run.state, "done", run.message)

    def state(self, account):
        account.env.invalidate_all()
        domain = [("account_id", "=", account.id), ("zoho_id", "=", self.number)]
        link = self.env["notes.zoho.link"].search(domain)
        return link.reason_code or link.state

    def assertAnnaHasIt(self):
        self.assertEqual(self.state(self.account), "linked")
        self.assertEqual(self.state(self.bens), "owner_changed")
        for user in (self.anna, self.ben):
            self.assertEqual(len(self.notes_contacts(user)), 1)
        self.assertEqual(list(self.zoho_contacts(self.anna)), [self.number])
        self.assertFalse(self.zoho_contacts(self.ben))

    def test_the_records_of_an_archived_user_come_to_their_new_owner(self):
        self.ben.active = False
        self.env["notes.zoho.account"]._pause_archived()
        self.assertEqual(self.bens.state, "paused")
        self.sync(self.account)
        self.assertFalse(self.state(self.account), "they are not Anna's yet")
        self.give_to(self.anna)
        self.sync(self.account)
        self.assertAnnaHasIt()
        self.clear_logs()
        self.sync(self.account)
        self.assertEqual(self.domino.log.writes() + self.zoho.log.writes(), 0)

    def test_those_of_a_retired_account_come_as_well(self):
        self.bens.action_retire()
        self.give_to(self.anna)
        self.sync(self.account)
        self.assertAnnaHasIt()

    def test_a_preview_leaves_them_where_they_are(self):
        self.bens.action_pause()
        self.give_to(self.anna)
        with self.transactions() as env:
            self.account.with_env(env).sync_now(preview=True)
        self.assertEqual(self.state(self.bens), "linked")

    def test_who_comes_back_has_nothing_twice_and_gets_what_is_given_back(self):
        for pause, back in (("pause", "resume"), ("retire", "reactivate")):
            with self.subTest(pause=pause):
                getattr(self.bens, f"action_{pause}")()
                self.give_to(self.anna)
                self.sync(self.account)
                getattr(self.bens, f"action_{back}")()
                self.bens.write({"notes_password": PASSWORD, "state": "connected"})
                self.sync(self.bens, 2)
                self.assertAnnaHasIt()
                self.give_to(self.ben)
                self.sync(self.account)
                self.sync(self.bens, 2)
                self.assertEqual(self.state(self.bens), "linked")
                self.assertEqual(self.state(self.account), "owner_changed")
                self.assertEqual(len(self.notes_contacts(self.ben)), 1)
                self.assertEqual(list(self.zoho_contacts(self.ben)), [self.number])


@tagged("post_install", "-at_install")
class TestLettingGo(StoreCase):
    """Which links another account may let go of."""

    def setUp(self):
        super().setUp()
        self.theirs = self.open(self.other)

    def hold(self, **more):
        one = link("A", "1", state="linked", **more)
        one.zoho.snapshot = contact("A")
        self.theirs.save([one])
        self.theirs.commit()
        return one

    def again(self, one):
        found = self.open(self.other).by_ids([one.id])
        return found[0] if found else None

    def let_go(self):
        self.env.flush_all()
        return self.store.let_go("contact", ["1", "2"])

    def test_only_accounts_that_the_lanes_do_not_run_let_go(self):
        for values, expected in (
            ({}, False),
            ({"state": "error", "run_requested": NOW.replace(tzinfo=None)}, False),
            ({"state": "error"}, True),
            ({"state": "paused"}, True),
            ({"state": "retired"}, True),
            ({"state": "draft"}, True),
            ({"sync_contacts": False}, True),
            ({"zoho_user_id": False}, True),
            ({"mail_file": False}, True),
            ({"settings_chosen": False}, True),
        ):
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                one = self.hold()
                self.other.write(values)
                self.assertEqual(self.let_go(), {"1"} if expected else set())
                gone = self.again(one).state == "closed"
                self.assertEqual(gone, expected)
                self.assertEqual(bool(self.store.taken("contact", ["1"])), not gone)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_it_is_left_as_its_own_run_would_leave_it(self):
        one = self.hold(dirty=True, held=True, pending=True)
        one.notes.intent = Intent("delete", {}, NOW)
        fresh = link("", "2", state="new")
        self.theirs.save([one, fresh])
        self.theirs.commit()
        self.other.state = "paused"
        self.assertEqual(self.let_go(), {"1", "2"})
        self.assertEqual(self.again(one).reason, reason("owner_changed"))
        one.lose_owner()
        self.assertEqual(self.again(one), one)
        self.assertIsNone(self.again(fresh), "it had no copy")
        stored = self.env["notes.zoho.link"].browse(one.id)
        self.assertEqual((stored.reason_code, stored.title), ("owner_changed", "A A"))

    def test_what_it_inherits_it_keeps(self):
        self.hold(reason=reason("inherited"))
        self.other.state = "paused"
        self.assertEqual(self.let_go(), set())

    def test_other_organisations_are_not_touched(self):
        one = self.hold()
        elsewhere = self.org.copy({"name": "Elsewhere", "zgid": "4712"})
        self.other.write({"org_id": elsewhere.id, "state": "paused"})
        self.env["notes.zoho.link"].browse(one.id).org_id = elsewhere
        self.assertEqual(self.let_go(), set())

    def test_a_run_that_still_goes_on_is_waited_for(self):
        one = self.hold()
        self.other.state = "paused"
        with session_lock(self.env, "account", self.other.id):
            self.assertEqual(self.let_go(), set())
        self.assertEqual(self.again(one).state, "linked")
        self.assertEqual(self.let_go(), {"1"})
