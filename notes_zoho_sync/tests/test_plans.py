"""Every statement of the engine, the lanes and the Sync page is served by an index.

The daily sweeps may read a table from end to end.
"""

import re
from contextlib import contextmanager
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.store import OdooFeedStore
from ..models.zoho_store import OdooCompanyCache
from ..services.sync.item import FeedRow
from .test_store import LATER, NOW, StoreCase, link

#: Tables that grow with the records and the years.
GROWING = re.compile(r"\bnotes_zoho_(link|change|run|run_entry|run_counter|company)")
ROWS = 2_000


def _nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


@tagged("post_install", "-at_install")
class TestPlans(StoreCase):
    """With rows and statistics, and without the choice of reading a whole table: what
    is read whole all the same has no index."""

    def setUp(self):
        super().setUp()
        for account in (self.account, self.other):
            self.env.cr.execute(
                SQL(
                    "INSERT INTO notes_zoho_link (account_id, org_id, company_id, kind,"
                    " state, notes_key, zoho_id, notes_snapshot, zoho_snapshot,"
                    " generation, notes_missing, zoho_missing) "
                    "SELECT %(account)s, %(org)s, %(company)s,"
                    " (ARRAY['contact', 'event'])[n %% 2 + 1], 'linked',"
                    " %(account)s || '-' || n, %(account)s || '0' || n,"
                    " '{}'::jsonb, '{}'::jsonb, 0, 0, 0 "
                    "FROM generate_series(1, %(rows)s) n",
                    account=account.id,
                    org=self.org.id,
                    company=self.company.id,
                    rows=ROWS,
                )
            )
            self.env.cr.execute(
                SQL(
                    "WITH runs AS (INSERT INTO notes_zoho_run (account_id, company_id,"
                    " trigger, state, started) SELECT %(account)s, %(company)s, 'cron',"
                    " 'done', %(now)s::timestamp - n * interval '1 hour' "
                    "FROM generate_series(1, %(rows)s) n RETURNING id, started) "
                    "INSERT INTO notes_zoho_run_entry (run_id, account_id, company_id,"
                    " kind, target, outcome, moment) "
                    "SELECT id, %(account)s, %(company)s, 'contact', 'zoho',"
                    " (ARRAY['updated', 'deleted'])[n], started "
                    "FROM runs, generate_series(1, 2) n",
                    account=account.id,
                    company=self.company.id,
                    now=NOW.replace(tzinfo=None),
                    # As with many accounts: most of what there is belongs to others.
                    rows=ROWS // 100 if account == self.account else ROWS,
                )
            )
        # Else the plans depend on when PostgreSQL has last looked at them by itself.
        for table in ("link", "run", "run_entry"):
            self.env.cr.execute(
                SQL("ANALYZE %s", SQL.identifier(f"notes_zoho_{table}"))
            )
        self.env.cr.execute("SET LOCAL enable_seqscan = off")

    @contextmanager
    def noted(self):
        """Note the statements that touch a growing table."""
        noted = []
        original = Cursor.execute

        def execute(cursor, query, params=None, log_exceptions=True):
            text = query.code if isinstance(query, SQL) else query
            if GROWING.search(text):
                values = query.params if isinstance(query, SQL) else params
                noted.append((text, values))
            return original(cursor, query, params, log_exceptions)

        with patch.object(Cursor, "execute", execute):
            yield noted

    def whole_tables(self, statements):
        """The growing tables that a statement reads from end to end, each with it."""
        self.env.cr.execute(
            "SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
            "WHERE x.indpred IS NOT NULL"
        )
        partial = {name for (name,) in self.env.cr.fetchall()}
        found = []
        for text, values in statements:
            self.env.cr.execute(f"EXPLAIN (FORMAT JSON) {text}", values)
            for node in _nodes(self.env.cr.fetchone()[0][0]["Plan"]):
                scan = node["Node Type"]
                place = node.get("Relation Name") or node.get("Index Name", "")
                # An index is read whole as well, unless it holds a part only.
                whole = scan == "Seq Scan" or (
                    "Index" in scan
                    and not node.get("Index Cond")
                    and node.get("Index Name") not in partial
                )
                if whole and GROWING.search(place):
                    found.append((place, text))
        return found

    def check(self, act, at_least):
        self.env.flush_all()
        with self.noted() as statements:
            act()
            self.env.flush_all()
        self.assertGreaterEqual(len(statements), at_least)
        self.assertEqual(self.whole_tables(statements), [])

    def test_the_plan_of_a_table_without_an_index_is_told(self):
        lacking = [("SELECT 1 FROM notes_zoho_link WHERE title = 'x'", None)]
        self.assertEqual(len(self.whole_tables(lacking)), 1)

    def test_what_a_run_asks_of_links(self):
        store = self.store
        key = f"{self.account.id}-7"

        # As if there were something to do; else one statement says that there is not.
        store._none = {kind: set() for kind in ("contact", "event")}

        def act():
            for kind in ("contact", "event"):
                store.by_keys(kind, "notes", [key])
                store.by_keys(kind, "zoho", ["1"])
                store.by_groups(kind, [key])
                store.keys(kind, "notes")
                store.count(kind, states=("linked", "failed"))
                store.taken(kind, ["1"])
                store._resting_holders(kind, ["1"])
                for side in ("notes", "zoho"):
                    store.select(kind, unread=side, after=5, limit=100)
                    store.select(kind, intent=side)
                    store.select(kind, gone=side, dirty=True)
                    store.select(kind, missing=side)
                store.select(kind, dirty=True, after=5, limit=100)
                store.select(kind, pending=True)
                store.select(kind, held=True)
                store.select(kind, states=("new", "failed"), dirty=True, limit=1)
                store.select(kind, states=("closed",))
            store.by_ids([1, 2])

        self.check(act, 30)

    def test_what_a_run_with_nothing_to_do_asks(self):
        self.check(lambda: self.store.select("contact", dirty=True), 1)

    def test_what_a_run_writes(self):
        store = self.store

        def act():
            known = store.by_keys("contact", "notes", [f"{self.account.id}-8"])
            store.save([*known, link("A", "1")])
            store.flush()
            store.remove(known)
            store.flush()
            store.blank(link("A", "1"))
            store.deletes("contact", "zoho", NOW)
            store.begin()

        self.check(act, 5)

    def test_what_shared_meetings_ask(self):
        store = self.store
        key = f"{self.account.id}-9"

        def act():
            meeting = store.by_keys("event", "notes", [key])[0]
            store.claim([meeting])
            store.hand_over(meeting)
            store.freed("event")

        self.check(act, 4)

    def test_what_the_feed_brings_and_an_account_takes(self):
        feed = OdooFeedStore(self.org, lambda: NOW, lambda: None)
        owner = {"Owner": {"id": self.account.zoho_user_id}}
        rows = [
            FeedRow("Contacts", "1", NOW, record=owner),
            FeedRow("Contacts", "2", NOW, deleted=True),
            FeedRow("Accounts", "3", NOW, record={"Account_Name": "Ada Ltd"}),
        ]

        def act():
            feed.keep(rows, NOW)
            feed.commit()
            ((number, _, _),) = self.store.changes("contact", LATER, 100)
            self.store.defer_changes([number], LATER)
            self.store.drop_changes([number])

        self.check(act, 6)

    def test_what_the_companies_cache_asks(self):
        self.check(lambda: OdooCompanyCache(self.org).get_many(["ada ltd"]), 1)

    def test_what_the_lanes_and_the_sync_page_ask(self):
        page = self.env["notes.zoho.account"].with_user(self.anna)

        def act():
            page.env.invalidate_all()
            page.sync_page_data()
            self.account._unfinished_run()
            self.account._next_due(set())

        self.check(act, 3)
