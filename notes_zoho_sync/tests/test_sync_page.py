import json
from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..models import dashboard
from ..services.reasons import reason
from .common import PASSWORD, SimulatedCase, SyncCase


@tagged("post_install", "-at_install")
class TestSyncPage(SyncCase):
    def page(self, user=None):
        accounts = self.env["notes.zoho.account"].with_user(user or self.anna)
        return accounts.sync_page_data()

    def acts(self, user=None):
        return [item["act"] for item in self.page(user)["attention"]]

    def add_run(self, account, counters=(), **values):
        run = self.env["notes.zoho.run"].create(
            {
                "account_id": account.id,
                "company_id": account.company_id.id,
                "state": "done",
                **values,
            }
        )
        self.env["notes.zoho.run.counter"].create(
            [
                {
                    "run_id": run.id,
                    "kind": kind,
                    "target": target,
                    "outcome": outcome,
                    "number": number,
                }
                for kind, target, outcome, number in counters
            ]
        )
        return run

    def add_conflict(self, run):
        return self.env["notes.zoho.run.entry"].create(
            {
                "run_id": run.id,
                "account_id": run.account_id.id,
                "company_id": run.company_id.id,
                "kind": "contact",
                "outcome": "conflict",
                "target": "zoho",
                "moment": fields.Datetime.now(),
            }
        )

    def add_links(self, account, number, **values):
        return self.env["notes.zoho.link"].create(
            [
                {
                    "account_id": account.id,
                    "org_id": self.org.id,
                    "company_id": account.company_id.id,
                    "kind": "contact",
                    "state": "linked",
                    "notes_key": f"{account.id}/{values}/{index}",
                    **values,
                }
                for index in range(number)
            ]
        )

    def test_a_person_without_account_is_told_whom_to_ask(self):
        user = new_test_user(self.env, "newcomer", groups="notes_zoho_sync.group_user")
        data = self.page(user)
        self.assertFalse(data["account"])
        self.assertIn(self.admin.name, data["ask"])
        self.assertIn(self.server.name, data["servers"])
        self.assertNotIn("people", data)

    def test_a_stranger_is_refused(self):
        with self.assertRaises(AccessError):
            self.page(self.stranger)

    def test_the_first_steps_of_an_administrator_are_told(self):
        self.license.active = False
        steps = dict(self.page(self.admin)["checklist"])
        self.assertEqual(
            steps,
            {
                "org": True,
                "server": True,
                "license": False,
                "users": False,
                "self": False,
            },
        )
        self.license.active = True
        self.make_account(self.anna)
        steps = dict(self.page(self.admin)["checklist"])
        self.assertTrue(steps["license"] and steps["users"])
        self.assertFalse(steps["self"])

    def test_results_are_told_by_kind_and_direction_without_previews(self):
        account = self.make_account(self.anna)
        self.add_links(account, 3)
        run = self.add_run(
            account,
            [
                ("contact", "zoho", "created", 3),
                ("contact", "notes", "updated", 2),
                ("task", "zoho", "conflict", 1),
            ],
        )
        self.add_run(account, [("contact", "zoho", "deleted", 9)], trigger="preview")
        data = self.page()
        self.assertEqual(data["account"]["linked"], {"contact": 3})
        self.assertEqual(data["run"]["id"], run.id)
        self.assertEqual(
            data["run"]["counters"],
            {
                "contact": {"zoho": {"created": 3}, "notes": {"updated": 2}},
                "task": {"zoho": {"conflict": 1}},
            },
        )
        (bar,) = data["recent"]
        self.assertEqual((bar["changed"], bar["trouble"]), (5, 1))
        self.assertFalse(data["progress"])

    def test_a_run_at_work_is_told_beside_the_last_result(self):
        account = self.make_account(self.anna)
        last = self.add_run(account)
        at_work = self.add_run(
            account, [("contact", "zoho", "created", 7)], state="running"
        )
        data = self.page()
        self.assertEqual(data["run"]["id"], last.id)
        self.assertEqual(
            data["progress"],
            {"id": at_work.id, "counters": {"contact": {"zoho": {"created": 7}}}},
        )

    def test_what_needs_a_person_is_told_with_its_act(self):
        account = self.make_account(self.anna)
        self.assertEqual(self.acts(), [])
        run = self.add_run(account, [("contact", "zoho", "conflict", 2)], state="held")
        late, decided, early = (self.add_conflict(run) for _ in range(3))
        decided.decision = "kept"
        early.moment = fields.Datetime.subtract(fields.Datetime.now(), days=8)
        self.add_conflict(self.add_run(account, trigger="preview"))
        self.add_links(account, 2, held=True)
        self.add_links(account, 1, held=True, confirmed=True)
        self.add_links(account, 4, state="failed")
        held, failed, conflicts = self.page()["attention"]
        self.assertEqual((held["act"], held["id"]), ("held", run.id))
        self.assertIn("2 changes", held["text"])
        self.assertEqual(failed["act"], "failed")
        self.assertIn("4 records", failed["text"])
        self.assertEqual(conflicts["act"], "conflicts")
        self.assertIn("1 in the last 7 days", conflicts["text"])
        self.assertEqual(self.shown_conflicts(account), late)
        late.moment = early.moment
        self.assertEqual(self.acts(), ["held", "failed"])

    def shown_conflicts(self, account):
        """What the list shows with the filters that the page's button sets."""
        view = self.env.ref("notes_zoho_sync.view_run_entry_search")
        filters = etree.fromstring(view.arch)
        domain = [("account_id", "=", account.id), ("trigger", "!=", "preview")]
        for name in ("undecided", "week"):
            (found,) = filters.xpath(f"//filter[@name='{name}']/@domain")
            domain += safe_eval(found)
        return self.env["notes.zoho.run.entry"].search(domain)

    def test_a_refused_password_and_a_dead_grant_are_told_to_who_can_mend_them(self):
        account = self.make_account(self.anna, state="error")
        account.error = reason("odoo", detail="The password was refused.").to_json()
        self.make_account(self.admin)
        dead = reason("odoo", detail="invalid_code")
        self.org.write({"state": "error", "error": dead.to_json()})
        self.assertEqual(self.acts(), ["", "password"])
        self.assertNotIn("invalid_code", str(self.page()["attention"]))
        self.assertEqual(self.acts(self.admin), ["org"])
        self.assertEqual(self.page(self.admin)["attention"][0]["text"], "invalid_code")

    def test_what_keeps_an_account_from_syncing_is_told(self):
        self.make_account(self.anna, zoho_user_id=False)
        self.assertIn("no Zoho user", self.page()["account"]["obstacle"])

    def test_everybodys_states_and_seats_are_for_administrators(self):
        self.make_account(self.anna)
        self.make_account(self.ben, state="paused")
        data = self.page(self.admin)
        self.assertEqual(data["seats"], {"taken": 1, "bought": 10})
        states = {state: number for state, _label, number in data["people"]}
        self.assertEqual(states["connected"], 1)
        self.assertEqual(states["paused"], 1)
        self.assertNotIn("seats", self.page(self.anna))

    def test_an_administrator_of_another_company_sees_nothing_of_this_one(self):
        self.make_account(self.anna)
        foreign = self.make_foreign_admin()
        data = self.page(foreign)
        self.assertEqual(data["seats"], {"taken": 0, "bought": 0})
        self.assertFalse(any(number for _state, _label, number in data["people"]))
        self.assertEqual(data["servers"], [])
        self.assertFalse(any(done for _step, done in data["checklist"]))

    def test_no_secret_is_in_the_answer(self):
        account = self.make_account(self.admin)
        answer = json.dumps(self.page(self.admin))
        self.assertNotIn(PASSWORD, answer)
        self.assertNotIn(account.sudo().notes_password_cipher, answer)

    def test_more_records_and_runs_take_no_more_queries(self):
        account = self.make_account(self.admin)

        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            self.page(self.admin)  # what is cached beyond records
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.page(self.admin)
            return self.env.cr.sql_log_count - before

        self.add_links(account, 1)
        self.add_links(account, 1, state="failed")
        self.add_run(account, [("contact", "zoho", "conflict", 1)])
        few = queries()
        self.add_links(account, 60, kind="task")
        self.add_links(account, 30, kind="task", state="failed")
        for _number in range(20):
            self.add_run(
                account,
                [("task", "zoho", "conflict", 1), ("contact", "notes", "created", 4)],
            )
        self.assertEqual(queries(), few)


@tagged("post_install", "-at_install")
class TestSyncPageActs(SimulatedCase):
    def messages(self, channel):
        """What was told on a channel, oldest first."""
        rows = self.env["bus.bus"].search(
            [("channel", "=", json.dumps(channel, separators=(",", ":")))], order="id"
        )
        told = [json.loads(row.message) for row in rows]
        return [m["payload"] for m in told if m["type"] == dashboard.MESSAGE]

    def own_channel(self, user):
        return [self.env.cr.dbname, "res.partner", user.partner_id.id]

    def test_a_run_tells_its_person_and_administrators_how_far_it_is(self):
        account = self.make_account(self.anna)
        self.add_contacts(self.anna, 3)
        with patch.object(dashboard, "PACE", 0):
            run = self.sync_now(account)
        told = self.messages(self.own_channel(self.anna))
        self.assertEqual({message["run"] for message in told}, {run.id})
        self.assertEqual(told[0]["state"], "running")
        self.assertEqual(told[0]["counters"], {})
        made = {"contact": {"zoho": {"created": 3}}}
        self.assertTrue(
            any(m["state"] == "running" and m["counters"] == made for m in told)
        )
        self.assertEqual(told[-1]["state"], "done")
        self.assertEqual(told[-1]["counters"], made)
        company = [
            self.env.cr.dbname,
            "res.company",
            account.company_id.id,
            dashboard.CHANNEL,
        ]
        self.assertEqual(self.messages(company), told)
        self.assertFalse(self.messages(self.own_channel(self.ben)))

    def test_messages_tell_numbers_and_nothing_of_the_records(self):
        account = self.make_account(self.anna)
        self.add_contacts(self.anna, 3)
        with patch.object(dashboard, "PACE", 0):
            self.sync_now(account)
        told = self.messages(self.own_channel(self.anna))
        self.assertNotIn("Person", json.dumps(told))
        self.assertTrue(
            all(set(m) == {"account", "run", "state", "counters"} for m in told)
        )

    def test_a_quick_run_tells_its_begin_and_end_only(self):
        account = self.make_account(self.anna)
        with patch.object(dashboard, "PACE", 3600):
            self.sync_now(account)
        told = self.messages(self.own_channel(self.anna))
        self.assertEqual([m["state"] for m in told], ["running", "done"])

    def test_a_run_that_nobody_asked_for_tells_its_end_when_it_is_quick(self):
        account = self.make_account(self.anna)
        with self.transactions() as env:
            account.with_env(env)._run("cron")
        told = self.messages(self.own_channel(self.anna))
        self.assertEqual([m["state"] for m in told], ["done"])

    def test_a_failed_run_tells_its_end(self):
        account = self.make_account(self.anna, notes_password="wrong")
        run = self.sync_now(account)
        self.assertEqual(run.state, "failed")
        told = self.messages(self.own_channel(self.anna))
        self.assertEqual(told[-1]["state"], "failed")

    def test_administrators_hear_their_companies_and_nobody_else_does(self):
        def channels(user):
            websocket = self.env["ir.websocket"].with_user(user)
            with patch(
                "odoo.addons.bus.models.ir_websocket.request",
                type("Request", (), {"session": type("S", (), {"uid": user.id})}),
            ):
                return [
                    channel
                    for channel in websocket._build_bus_channel_list([])
                    if isinstance(channel, tuple) and channel[1] == dashboard.CHANNEL
                ]

        self.assertFalse(channels(self.anna))
        self.assertEqual(
            [company for company, _channel in channels(self.admin)],
            list(self.admin.company_ids),
        )

    def test_the_authentication_page_stores_nothing_on_failure(self):
        account = self.make_account(
            self.anna, state="draft", server_id=False, mail_file=False
        )
        account._forget_secrets()
        self.add_contacts(self.anna, 1)
        accounts = self.env["notes.zoho.account"].with_user(self.anna)
        answer = accounts.sync_page_connect("mail.x.test", "Anna Test", "wrong")
        self.assertFalse(answer["ok"])
        self.assertIn("nothing was stored", answer["message"])
        failed = [c for c in answer["checks"] if c["outcome"] == "failed"]
        self.assertEqual([c["label"] for c in failed], ["Sign-in"])
        self.assertTrue(failed[0]["advice"])
        self.assertEqual(account.state, "draft")
        self.assertFalse(account.server_id)
        answer = accounts.sync_page_connect("elsewhere", "Anna Test", PASSWORD)
        self.assertIn("not listed", answer["message"])
        answer = accounts.sync_page_connect("mail.x.test", "Anna Test", PASSWORD)
        self.assertTrue(answer["ok"])
        self.assertEqual(account.state, "connected")
        self.assertEqual({c["outcome"] for c in answer["checks"]}, {"ok"})

    def test_the_check_uses_what_is_stored_and_says_what_is_wrong(self):
        account = self.make_account(self.anna)
        answer = account.with_user(self.anna).action_das_check()
        self.assertTrue(answer["ok"])
        self.domino.act.change_password("Anna Test", "Winter-18")
        answer = account.with_user(self.anna).action_das_check()
        self.assertFalse(answer["ok"])
        self.assertIn(
            ("Sign-in", "failed"),
            [(line["label"], line["outcome"]) for line in answer["checks"]],
        )
        with self.assertRaises(AccessError):
            account.with_user(self.ben).action_das_check()
        account.state = "draft"
        account._forget_secrets()
        with self.assertRaises(UserError):
            account.with_user(self.anna).action_das_check()

    def test_a_wrong_new_password_leaves_the_old_one_in_place(self):
        account = self.make_account(self.anna)
        self.domino.act.change_password("Anna Test", "Winter-18")
        dialog = (
            self.env["notes.zoho.connect"]
            .with_user(self.anna)
            .with_context(default_account_id=account.id)
        )
        wrong = dialog.create({"password": "Herbst-19"})
        self.assertTrue(wrong.changes)
        wrong.action_submit()
        self.assertTrue(wrong.failed)
        self.assertIn("stays in place", wrong.message)
        self.assertEqual(account._get_secret("notes_password"), PASSWORD)
        right = dialog.create({"password": "Winter-18"})
        answer = right.action_submit()
        self.assertEqual(answer["tag"], "display_notification")
        self.assertEqual(account._get_secret("notes_password"), "Winter-18")
