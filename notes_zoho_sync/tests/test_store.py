from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.tests import freeze_time, tagged
from odoo.tools import SQL

from ..models.store import ForgetfulStore, OdooFeedStore, OdooStore
from ..services.reasons import reason
from ..services.records import Address, Attendee, Name, When
from ..services.sync.entry import Entry
from ..services.sync.item import FeedRow
from ..services.sync.link import Intent, Link, SideState
from .common import SyncCase

NOW = datetime(2026, 3, 29, 1, 30, 15, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def contact(last, **more):
    return {"name": Name("A", last), "emails": (f"{last}@example.com",), **more}


def link(notes="", zoho="", **more):
    return Link(
        "contact",
        notes=SideState(key=notes, snapshot=contact(notes or zoho)),
        zoho=SideState(key=zoho),
        **more,
    )


def event(key, zoho="", **more):
    """A link of an event whose copy in Notes has that key."""
    organiser = more.pop("organiser", "")
    values = {"title": "Board", "when": When(NOW, LATER)}
    notes = SideState(key=key, snapshot=values, organiser=organiser)
    return Link("event", notes=notes, zoho=SideState(key=zoho), **more)


class StoreCase(SyncCase):
    def setUp(self):
        super().setUp()
        self.account = self.make_account(self.anna)
        self.other = self.make_account(self.ben)
        self.committed = 0
        self.store = self.open(self.account)

    def open(self, account):
        """A store in a run of its own, as a later process would open it."""
        run = self.env["notes.zoho.run"].search(
            [("account_id", "=", account.id), ("state", "=", "running")]
        ) or self.env["notes.zoho.run"].create(
            {"account_id": account.id, "company_id": account.company_id.id}
        )
        self.env.flush_all()
        clock = {"notes": lambda: NOW, "zoho": lambda: NOW}
        store = OdooStore(account, run, account._engine_kinds(), clock, self.commit)
        store.begin()
        return store

    def commit(self):
        self.committed += 1

    def statements(self, act):
        before = self.env.cr.sql_log_count
        act()
        return self.env.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestLinks(StoreCase):
    def test_a_link_comes_back_as_it_was_saved(self):
        values = contact(
            "Ångström",
            company="",
            birthday=date(1900, 2, 28),
            address_home=Address("Weg 1\nHinterhaus", "Köln", "", "50667", "DE"),
        )
        saved = Link(
            "contact",
            state="failed",
            reason=reason("ambiguous", count=2, what="e-mail address"),
            origin="zoho",
            generation=3,
            notes=SideState(
                key="ABC",
                version="Sun, 29 Mar 2026 01:30:15 GMT",
                stamp="2026-03-29T01:30:15Z",
                snapshot=values,
                current={},
                locked={"description": reason("private_deleted")},
                intent=Intent("create", values, NOW, "key:1"),
                unread=True,
                missing=2,
                gone=True,
                told=frozenset({"fax", "company"}),
                sync_key="mine",
                ours=True,
            ),
            zoho=SideState(key="555", snapshot={}),
            dirty=True,
            held=True,
            confirmed=True,
            pending=True,
            wanted={"company": "Old Ltd", "birthday": None},
            apart=True,
            deleted_at=NOW,
        )
        self.store.save([saved])
        self.store.commit()
        self.assertEqual(self.open(self.account).by_ids([saved.id]), [saved])

    def test_empty_values_are_not_absent_ones(self):
        one = Link("contact", notes=SideState(key="A", snapshot={}))
        two = Link("contact", notes=SideState(key="B", snapshot=None))
        self.store.save([one, two])
        self.store.commit()
        loaded = self.open(self.account).by_ids([one.id, two.id])
        self.assertEqual([x.notes.snapshot for x in loaded], [{}, None])

    def test_what_is_saved_is_seen_before_the_commit(self):
        first = link("A", dirty=True)
        self.store.save([first])
        self.assertEqual(self.store.select("contact", dirty=True), [first])
        first.dirty = False  # not saved, so not known
        self.assertTrue(self.store.by_keys("contact", "notes", ["A"])[0].dirty)
        self.store.save([first])
        self.assertFalse(self.store.select("contact", dirty=True))

    def test_links_are_selected_by_every_condition_given(self):
        links = [
            link("A", dirty=True),
            link("B", "2", state="linked"),
            link("C", "3", state="closed"),
            link("", "4", dirty=True, held=True),
            link("E", pending=True),
        ]
        links[1].zoho.unread = True
        links[2].notes.intent = Intent("delete", {}, NOW)
        links[3].zoho.gone = True
        links[4].notes.missing = 1
        self.store.save(links)

        def found(**conditions):
            return [
                links.index(next(x for x in links if x.id == row.id))
                for row in self.store.select("contact", **conditions)
            ]

        self.assertEqual(found(), [0, 1, 2, 3, 4])
        self.assertEqual(found(dirty=True), [0, 3])
        self.assertEqual(found(dirty=False), [1, 2, 4])
        self.assertEqual(found(dirty=True, held=True), [3])
        self.assertEqual(found(unread="zoho"), [1])
        self.assertEqual(found(intent="notes"), [2])
        self.assertEqual(found(gone="zoho"), [3])
        self.assertEqual(found(missing="notes"), [4])
        self.assertEqual(found(pending=True), [4])
        self.assertEqual(found(states=("linked", "closed")), [1, 2])
        self.assertEqual(found(after=links[1].id, limit=2), [2, 3])
        self.assertEqual(self.store.count("contact", states=("new",)), 3)
        self.assertEqual(self.store.count("contact", states=("new",), dirty=True), 2)
        self.assertFalse(self.store.select("task"))

    def test_a_key_may_go_from_one_link_to_another_in_one_commit(self):
        one, two = link("A", "1", state="linked"), link("B", "2", state="linked")
        self.store.save([one, two])
        self.store.commit()
        store = self.open(self.account)
        one, two = store.by_ids([one.id, two.id])
        one.zoho.key, two.zoho.key = two.zoho.key, one.zoho.key
        store.save([one, two])
        self.assertEqual(
            [x.zoho.key for x in store.by_ids([one.id, two.id])], ["2", "1"]
        )

    def test_an_absorbed_link_leaves_its_key_to_the_other(self):
        one, two = link("A"), link("", "2")
        self.store.save([one, two])
        self.store.commit()
        store = self.open(self.account)
        one, two = store.by_ids([one.id, two.id])
        one.zoho.key = "2"
        store.remove([two])
        store.save([one])
        store.commit()
        self.assertEqual(self.store.keys("contact", "zoho"), {"2": "new"})

    def test_another_accounts_open_links_take_a_zoho_record(self):
        theirs = self.open(self.other)
        theirs.save([link("A", "1", state="linked"), link("B", "2", state="closed")])
        theirs.commit()
        self.store.save([link("A", "3", state="linked")])
        self.assertEqual(self.store.taken("contact", ["1", "2", "3", "4"]), {"1"})

    def test_a_thousand_links_take_few_statements(self):
        links = [link(f"K{n}", dirty=True) for n in range(1000)]

        def save_in_hundreds():
            for start in range(0, 1000, 100):
                self.store.save(links[start : start + 100])
                self.store.commit()
            self.store.by_keys("contact", "notes", [f"K{n}" for n in range(1000)])

        self.assertLess(self.statements(save_in_hundreds), 40)

    def test_the_title_is_the_contacts_and_none_for_a_private_one(self):
        one, two = link("Brook"), link("Secret")
        self.store.save([one, two])
        two.turn_private()
        self.store.save([two])
        self.store.commit()
        rows = self.env["notes.zoho.link"].browse([one.id, two.id])
        self.assertEqual(rows.mapped("title"), ["A Brook", False])
        self.assertFalse(rows[1].notes_snapshot)

    def test_a_run_with_nothing_to_do_asks_once_for_what_there_is_to_do(self):
        self.store.save([link("A", "1", state="linked")])
        self.store.commit()
        store = self.open(self.account)

        def ask():
            for kind in ("contact", "task", "event"):
                for side in ("notes", "zoho"):
                    self.assertFalse(store.select(kind, unread=side, limit=100))
                    self.assertFalse(store.select(kind, intent=side))
                    self.assertFalse(store.select(kind, gone=side, dirty=True))
                for flag in ("dirty", "pending", "held"):
                    self.assertFalse(store.select(kind, **{flag: True}))

        self.assertEqual(self.statements(ask), 1)
        (known,) = store.by_keys("contact", "notes", ["A"])
        for change in (
            {"dirty": True},
            {"pending": True},
            {"held": True},
        ):
            for name, value in change.items():
                setattr(known, name, value)
            store.save([known])
            (found,) = store.select("contact", **change)
            self.assertEqual(found.notes.key, "A")
        known.notes.unread = known.zoho.gone = True
        known.notes.missing = 1
        known.zoho.intent = Intent("update", contact("A"), NOW, "")
        store.save([known])
        for asked in (
            {"unread": "notes"},
            {"gone": "zoho"},
            {"missing": "notes"},
            {"intent": "zoho"},
        ):
            self.assertEqual(len(store.select("contact", **asked)), 1)
        self.assertFalse(store.select("contact", unread="zoho"))
        self.assertFalse(store.select("task", dirty=True))


@tagged("post_install", "-at_install")
class TestEventLinks(StoreCase):
    def setUp(self):
        super().setUp()
        (self.account | self.other).sync_events = True
        self.env.flush_all()

    def save(self, *links, account=None):
        store = self.open(account or self.account)
        store.save(links)
        store.commit()
        return links

    def again(self, one, account=None):
        return self.open(account or self.account).by_ids([one.id])[0]

    def shadow(self, key, account, **more):
        why = reason("shadow", holder="Anna")
        one = event(key, state="closed", reason=why, **more)
        return self.save(one, account=account)[0]

    # -- series

    def test_an_event_comes_back_as_it_was_saved(self):
        people = (Attendee("a@x.test", "A", "contact/1"), Attendee("", "B"))
        days = When(date(2026, 3, 29), date(2026, 3, 30))
        one = event("U1", "Z1", organiser="cn=ada/o=x", state="linked", claimed=True)
        one.zoho.snapshot = {"when": days, "attendees": people, "reminder": None}
        self.save(one)
        self.assertEqual(self.again(one), one)

    def test_the_links_of_a_series_are_found_by_its_uid(self):
        keys = ("U1/20260329T073000Z", "U1/20260330", "U1", "U2/20260329", "U1/x")
        self.save(*map(event, keys))
        self.save(event("U1/20260329"), account=self.other)
        found = self.open(self.account).by_groups("event", ["U1"])
        self.assertEqual([x.notes.key for x in found], list(keys[:3]))
        self.save(link("U1"))
        found = self.open(self.account).by_groups("contact", ["U1"])
        self.assertEqual([x.kind for x in found], ["contact"])

    def plan(self, act):
        """How PostgreSQL goes about a query of the store in a large table."""
        plans = []
        run = type(self.env).execute_query

        def explained(env, query):
            env.cr.execute(SQL("EXPLAIN %s", query))
            plans.extend(line for (line,) in env.cr.fetchall())
            return run(env, query)

        self.env.cr.execute("ANALYZE notes_zoho_link")
        with patch.object(type(self.env), "execute_query", explained):
            act()
        return "\n".join(plans)

    def test_series_and_meetings_are_found_by_index(self):
        self.save(*(event(f"U{n}/20260329") for n in range(3000)))
        store = self.open(self.account)
        plan = self.plan(lambda: store.by_groups("event", ["U1", "U2"]))
        self.assertIn("series_idx", plan)
        plan = self.plan(lambda: store.claim([event("U1")]))
        self.assertIn("meeting_idx", plan)

    # -- shared meetings

    def test_who_comes_first_claims_and_the_other_is_told_who(self):
        mine, theirs = event("M", dirty=True), event("M", dirty=True)
        self.save(mine)
        self.save(theirs, account=self.other)
        store = self.open(self.account)
        self.assertEqual(store.claim([mine]), {})
        self.assertTrue(mine.claimed)
        store.save([mine])
        store.commit()
        refused = self.open(self.other).claim([theirs])
        self.assertEqual(refused, {"M": self.anna.name})
        self.assertFalse(theirs.claimed)

    def test_the_organisers_account_goes_first_by_name_or_address(self):
        for who in (self.other.notes_username.upper(), "Ben@X.test"):
            theirs = event("M", organiser=who)
            self.save(theirs, account=self.other)
            refused = self.open(self.account).claim([event("M")])
            self.assertEqual(refused, {"M": self.ben.name}, who)
            store = self.open(self.other)
            store.remove([theirs])
            store.commit()

    def test_an_organiser_who_does_not_write_events_is_not_waited_for(self):
        theirs = event("M", organiser="ben@x.test")
        self.save(theirs, account=self.other)
        for values in (
            {"sync_events": False},
            {"state": "paused"},
            {"direction": "zoho_to_notes"},
        ):
            before = {name: self.other[name] for name in values}
            self.other.write(values)
            self.env.flush_all()
            self.assertEqual(self.open(self.account).claim([event("M")]), {}, values)
            self.other.write(before)

    def test_one_account_only_can_hold_a_claim_and_a_collision_is_no_error(self):
        self.save(event("M", claimed=True))
        with (
            self.assertNoLogs("odoo.sql_db", "ERROR"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.save(event("M", claimed=True), account=self.other)
        self.save(event("M/20260329", claimed=True), account=self.other)

    def test_a_meeting_is_handed_over_with_the_crms_event(self):
        one = event("M", "Z1", state="linked", claimed=True)
        one.zoho.version = "v7"
        self.save(one)
        shadow = self.shadow("M", self.other)
        store = self.open(self.account)
        self.assertTrue(store.hand_over(one))
        one.zoho = SideState()
        one.close(reason("left_meeting"))
        store.save([one])
        store.commit()
        heir = self.again(shadow, self.other)
        self.assertEqual((heir.state, heir.reason.code), ("linked", "inherited"))
        self.assertEqual((heir.zoho.key, heir.zoho.version), ("Z1", "v7"))
        self.assertTrue(heir.claimed and heir.dirty)
        self.assertTrue(heir.notes.unread and heir.zoho.unread)
        self.assertEqual(self.again(one).zoho.key, "")

    def test_nobody_inherits_who_may_not_write_or_has_no_shadow(self):
        one = event("M", "Z1", state="linked", claimed=True)
        self.save(one)
        store = self.open(self.account)
        self.assertFalse(store.hand_over(one))
        self.shadow("N", self.other)
        self.assertFalse(store.hand_over(one))
        self.shadow("M", self.other)
        self.other.direction = "zoho_to_notes"
        self.env.flush_all()
        self.assertFalse(store.hand_over(one))
        self.assertEqual(self.again(one).zoho.key, "Z1")

    def test_shadows_are_free_when_nobody_claims_any_more(self):
        one = event("M", "Z1", state="linked", claimed=True)
        self.save(one)
        shadow = self.shadow("M", self.other)
        self.assertEqual(self.open(self.other).freed("event"), [])
        one.close(reason("owner_changed"))
        self.save(one)
        self.assertEqual(
            [x.id for x in self.open(self.other).freed("event")], [shadow.id]
        )

    # -- the guard's count

    def test_deleted_instances_of_a_series_count_once_and_a_preview_never(self):
        links = self.save(*(event(f"S/2026032{n}", f"{n}") for n in range(3)))
        links += self.save(event("T", "9"))
        gone = [Entry("event", "deleted", "zoho", "Board", link=x) for x in links]
        store = self.open(self.account)
        store.report([*gone, Entry("event", "deleted", "zoho", "forgotten")])
        store.commit()
        self.assertEqual(store.deletes("event", "zoho", NOW), 3)
        run = self.env["notes.zoho.run"].search([("state", "=", "running")])
        run.filtered(lambda r: r.account_id == self.account).trigger = "preview"
        self.env.flush_all()
        self.assertEqual(store.deletes("event", "zoho", NOW), 0)


@tagged("post_install", "-at_install")
class TestForgetful(StoreCase):
    """A preview's transaction is open for long: nobody must have to wait for it."""

    def forgetful(self):
        run = self.open(self.account)._run
        clock = {"notes": lambda: NOW, "zoho": lambda: NOW}
        return ForgetfulStore(
            self.account,
            self.env["notes.zoho.run"].browse(run),
            self.account._engine_kinds(),
            clock,
            lambda: None,
        )

    def test_change_rows_count_as_done_and_stay(self):
        feed = OdooFeedStore(self.org, lambda: NOW, self.commit)
        owner = {"Owner": {"id": self.account.zoho_user_id}}
        feed.keep(
            [FeedRow("Contacts", key, NOW, record=owner) for key in ("1", "2", "3")],
            NOW,
        )
        feed.commit()
        store = self.forgetful()
        first, second, third = (
            number for number, _, _ in store.changes("contact", LATER, 10)
        )
        store.drop_changes([first])
        store.defer_changes([second], LATER)
        seen = [number for number, _, _ in store.changes("contact", LATER, 10)]
        self.assertEqual(seen, [third])
        store.blank(link("A", "3"))
        self.assertFalse(store.changes("contact", LATER, 10))
        rows = self.open(self.account).changes("contact", LATER, 10)
        self.assertEqual([number for number, _, _ in rows], [first, second, third])

    def test_a_claim_is_remembered_and_not_stored(self):
        self.store.save([one := event("M", dirty=True)])
        self.store.commit()
        store = self.forgetful()
        (one,) = store.by_ids([one.id])
        self.assertEqual(store.claim([one]), {})
        store.save([one])
        self.assertTrue(store.by_ids([one.id])[0].claimed)
        self.assertFalse(self.env["notes.zoho.link"].browse(one.id).claimed)
        one.close(reason("left_meeting"))
        store.save([one])
        self.assertFalse(store.by_ids([one.id])[0].claimed)

    def test_anothers_shadow_is_not_touched_by_what_would_be_handed_over(self):
        self.other.sync_events = True
        theirs = self.open(self.other)
        shadow = event("M", state="closed", reason=reason("shadow", holder="Anna"))
        theirs.save([shadow])
        theirs.commit()
        self.assertTrue(
            self.forgetful().hand_over(event("M", "Z1", state="linked", claimed=True))
        )
        self.assertEqual(self.open(self.other).by_ids([shadow.id]), [shadow])


@tagged("post_install", "-at_install")
class TestReport(StoreCase):
    def setUp(self):
        super().setUp()
        self.link = link("A", "1", state="linked")

    def entries(self):
        self.env.invalidate_all()
        return self.account.run_ids.entry_ids

    def report(self, *outcomes, **more):
        one = self.link
        self.store.save([one])
        self.store.report(
            Entry("contact", outcome, "zoho", "A Brook", link=one, **more)
            for outcome in outcomes
        )
        return one

    def test_entries_and_counters_are_stored_with_the_commit(self):
        unseen = reason("out_of_sight", side="Notes")
        self.report("created", "created", "failed", reason=unseen)
        self.store.commit()
        self.report("created")
        self.store.commit()
        run = self.account.run_ids
        run.invalidate_recordset()
        self.assertEqual(
            run.counters, {"contact": {"zoho": {"created": 3, "failed": 1}}}
        )
        self.assertEqual((run.created, run.failed, run.updated), (3, 1, 0))
        entry = run.entry_ids.filtered(lambda e: e.outcome == "failed")
        self.assertEqual(entry.title, "A Brook")
        self.assertIn("cannot be seen in Notes", entry.reason_text)
        self.assertEqual(entry.link_id.zoho_id, "1")

    def test_an_entry_of_a_forgotten_link_stays_without_it(self):
        one = self.report("skipped")
        self.store.remove([one])
        self.store.commit()
        entry = self.entries()
        self.assertEqual((entry.outcome, entry.link_id.id), ("skipped", False))

    def test_a_private_records_values_leave_entries_and_waiting_changes(self):
        one = self.report("conflict", values={"fax": {"kept": "1", "lost": "2"}})
        self.store.commit()
        feed = OdooFeedStore(self.org, lambda: NOW, self.commit)
        feed.keep([FeedRow("Contacts", "1", NOW, record={"Fax": "2"})], NOW)
        feed.commit()
        self.store.blank(one)
        entry = self.entries()
        self.assertFalse(entry.title or entry.lost_values)
        self.assertFalse(self.store.changes("contact", LATER, 10))

    def test_a_private_records_values_leave_entries_whose_link_is_forgotten(self):
        one = self.report("conflict", values={"fax": {"kept": "1", "lost": "2"}})
        self.store.commit()
        self.store.remove([one])
        self.store.commit()
        others = [link("", "1"), link("A", "9")]
        for other in others:
            entry = self.entries()
            self.assertEqual((entry.title, entry.link_id.id), ("A Brook", False))
            self.store.save([other])
            self.store.blank(other)
            entry = self.entries()
            self.assertFalse(entry.title or entry.lost_values)
            entry.title = "A Brook"
            self.env.flush_all()
            self.store.remove([other])
        self.store.blank(link("B", "2"))
        self.assertEqual(self.entries().title, "A Brook")

    def test_deletions_of_a_day_are_counted_by_the_sides_clock(self):
        self.report("deleted", "deleted", "created")
        self.link = link("B", "2", state="linked")
        self.report("deleted")
        self.assertEqual(self.store.deletes("contact", "zoho", NOW), 2)
        later = NOW + timedelta(seconds=1)
        self.assertEqual(self.store.deletes("contact", "zoho", later), 0)
        self.assertEqual(self.store.deletes("contact", "notes", NOW), 0)

    def test_cursor_and_progress_are_stored_by_the_commit_only(self):
        self.store.cursor()["since"] = "x"
        self.store.progress()["done"] = ["contact"]
        self.assertEqual(self.open(self.account).cursor(), {})
        self.store.commit()
        again = self.open(self.account)
        self.assertEqual(again.cursor(), {"since": "x"})
        self.assertEqual(again.progress(), {"done": ["contact"]})
        self.assertEqual(self.open(self.other).cursor(), {})

    def test_a_commit_without_news_costs_no_statement(self):
        self.store.commit()
        self.assertEqual(self.statements(self.store.commit), 0)


@tagged("post_install", "-at_install")
class TestFeed(StoreCase):
    def setUp(self):
        super().setUp()
        self.feed = OdooFeedStore(self.org, lambda: NOW, self.commit)

    def keep(self, *rows, read_at=NOW):
        self.feed.keep(rows, read_at)
        self.feed.commit()

    def row(self, key, owner=None, seconds=0, **more):
        record = {"Last_Name": key, **({"Owner": {"id": owner}} if owner else {})}
        modified = NOW + timedelta(seconds=seconds)
        return FeedRow("Contacts", key, modified, record=record, **more)

    def waiting(self, account):
        return [
            row.key for _, row, _ in self.open(account).changes("contact", LATER, 10)
        ]

    def test_a_row_waits_for_its_owners_account(self):
        self.keep(self.row("1", self.account.zoho_user_id), self.row("2", "stranger"))
        self.assertEqual(self.waiting(self.account), ["1"])
        self.assertEqual(self.waiting(self.other), [])
        ((_, row, read_at),) = self.store.changes("contact", LATER, 10)
        self.assertEqual((row.modified, row.record["Last_Name"]), (NOW, "1"))
        self.assertEqual(read_at, NOW)

    def test_a_row_waits_for_the_linked_account_as_well(self):
        self.store.save([link("A", "1", state="linked")])
        self.store.commit()
        self.keep(self.row("1", self.other.zoho_user_id))
        self.assertEqual(self.waiting(self.account), ["1"])
        self.assertEqual(self.waiting(self.other), ["1"])

    def test_a_deletion_waits_for_linked_accounts_and_for_waiting_rows(self):
        self.store.save([link("A", "1", state="linked")])
        self.store.commit()
        self.keep(self.row("2", self.account.zoho_user_id))
        self.keep(
            *(FeedRow("Contacts", key, NOW, deleted=True) for key in ("1", "2", "3"))
        )
        rows = self.store.changes("contact", LATER, 10)
        self.assertEqual({r.key: r.deleted for _, r, _ in rows}, {"1": True, "2": True})

    def test_the_newest_version_waits_once(self):
        owner = self.account.zoho_user_id
        self.keep(self.row("1", owner, 5), self.row("1", owner, 9))
        self.keep(self.row("1", owner, 7))
        ((_, row, _),) = self.store.changes("contact", LATER, 10)
        self.assertEqual(row.modified, NOW + timedelta(seconds=9))

    def test_a_paused_account_loses_nothing_and_a_retired_one_gets_nothing(self):
        self.account.state = "paused"
        self.other.state = "retired"
        self.env.flush_all()
        self.keep(
            self.row("1", self.account.zoho_user_id),
            self.row("2", self.other.zoho_user_id),
        )
        self.assertEqual(self.waiting(self.account), ["1"])
        self.assertEqual(self.waiting(self.other), [])

    def test_rows_are_dropped_and_put_off_by_number(self):
        owner = self.account.zoho_user_id
        self.keep(*(self.row(key, owner) for key in ("1", "2", "3")))
        numbers = [number for number, _, _ in self.store.changes("contact", LATER, 10)]
        self.store.drop_changes(numbers[:1])
        self.store.defer_changes(numbers[1:2], NOW + timedelta(minutes=5))
        self.assertEqual(self.waiting(self.account), ["3"])

    def test_a_renamed_company_lets_its_contacts_be_read_again(self):
        companies = self.env["notes.zoho.company"]
        companies.create({"org_id": self.org.id, "name": "old ltd", "zoho_id": "77"})
        self.env.flush_all()
        one, two = link("A", "1", state="linked"), link("B", "2", state="linked")
        one.zoho.snapshot = contact("A", company="Old Ltd")
        two.zoho.snapshot = contact("B", company="Other")
        self.store.save([one, two])
        self.store.commit()
        self.keep(FeedRow("Accounts", "77", NOW, record={"Account_Name": "New Ltd"}))
        unread = self.open(self.account).select("contact", unread="zoho")
        self.assertEqual([x.zoho.key for x in unread], ["1"])
        companies.invalidate_model()
        self.assertEqual(companies.search([]).mapped("name"), ["new ltd"])

    def test_rows_read_after_the_run_began_wait_for_the_next(self):
        owner = self.account.zoho_user_id
        self.keep(self.row("1", owner), read_at=NOW)
        self.keep(self.row("2", owner), read_at=LATER)
        rows = self.store.changes("contact", NOW, 10)
        self.assertEqual([row.key for _, row, _ in rows], ["1"])

    def test_rows_are_written_with_the_commit_only(self):
        self.feed.keep([self.row("1", self.account.zoho_user_id)], NOW)
        self.assertEqual(self.waiting(self.account), [])
        self.feed.commit()
        self.assertEqual(self.waiting(self.account), ["1"])

    def test_rows_that_nobody_fetched_go_and_the_account_lists_anew(self):
        owner = self.account.zoho_user_id
        self.keep(self.row("1", owner), read_at=NOW)
        with freeze_time(NOW + timedelta(days=61)):
            self.env["notes.zoho.change"]._gc_changes()
        self.assertEqual(self.waiting(self.account), [])
        cursor = self.open(self.account).cursor()
        self.assertTrue(cursor["zoho"]["contact"]["paused"])

    def test_an_account_taken_into_use_again_lists_anew(self):
        self.account.action_retire()
        self.account.action_reactivate()
        cursor = self.open(self.account).cursor()
        self.assertTrue(cursor["zoho"]["contact"]["paused"])

    def test_the_cursor_is_each_modules_own(self):
        self.feed.set_cursor("Contacts", {"since": NOW.isoformat()})
        self.assertEqual(self.feed.cursor("Accounts"), {})
        self.assertEqual(self.store.feed_instant("contact"), NOW)
