"""Names, subjects and errors are text on every screen, whoever wrote them."""

import json

from markupsafe import escape

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from ..services.reasons import reason
from .common import SyncCase

#: Runs if it becomes part of a page.
EVIL = "<img src=data:x onerror=window.ran=(window.ran||0)+1>"

CODE = """
(async () => {
    const pause = (time) => new Promise((done) => setTimeout(done, time));
    const until = async (what, test) => {
        for (let n = 0; n < 200; n++) {
            if (test()) return;
            await pause(50);
        }
        throw new Error(`never: ${what}`);
    };
    try {
        const action = odoo.__WOWL_DEBUG__.root.env.services.action;
        for (const [name, asked, told] of SCREENS) {
            await action.doAction(asked, { clearBreadcrumbs: true });
            await until(name, () => document.body.textContent.includes(told));
            for (const tab of document.querySelectorAll(".o_notebook .nav-link")) {
                tab.click();
                await pause(50);
            }
            await pause(100);
            if (window.ran) throw new Error(`markup ran on: ${name}`);
        }
        // It would have been seen.
        document.body.insertAdjacentHTML("beforeend", EVIL);
        await until("the probe itself runs", () => window.ran);
        console.log("test successful");
    } catch (error) {
        console.error(error.message);
    }
})();
"""


@tagged("post_install", "-at_install", "tour")
class TestMarkup(HttpCase, SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.evil = new_test_user(
            cls.env,
            "evil",
            groups="notes_zoho_sync.group_admin",
            name=f"Eve {EVIL}",
            email="evil@x.test",
        )
        why = reason("rejected", server=EVIL, field=EVIL, detail=EVIL).to_json()
        cls.org.write(
            {
                "name": f"Org {EVIL}",
                "zoho_org_name": EVIL,
                "zoho_user_name": EVIL,
                "edition": EVIL,
                "scopes": EVIL,
                "error": why,
            }
        )
        cls.server.write({"name": f"Server {EVIL}", "contact_view": EVIL})
        cls.license.name = f"Seats {EVIL}"
        cls.account = cls.make_account(
            cls.evil,
            notes_username=EVIL,
            mail_file=f"/{EVIL}.nsf",
            foreign_installation=EVIL,
            error=why,
        )
        own = {"account_id": cls.account.id, "company_id": cls.company.id}
        cls.told_run = cls.env["notes.zoho.run"].create(
            {
                **own,
                "state": "failed",
                "finished": fields.Datetime.now(),
                "reasons": [why],
            }
        )
        cls.account.last_run_id = cls.told_run
        cls.link = cls.env["notes.zoho.link"].create(
            {
                **own,
                "org_id": cls.org.id,
                "kind": "contact",
                "title": f"Link {EVIL}",
                "state": "failed",
                "reason_code": "rejected",
                "reason": why,
                "notes_key": EVIL,
                "zoho_id": EVIL,
                "notes_organiser": EVIL,
            }
        )
        cls.entry = cls.env["notes.zoho.run.entry"].create(
            {
                **own,
                "run_id": cls.told_run.id,
                "link_id": cls.link.id,
                "kind": "contact",
                "outcome": "conflict",
                "target": "zoho",
                "title": f"Entry {EVIL}",
                "reason_code": "rejected",
                "reason": why,
                "remarks": [why],
                "lost_values": {
                    "job_title": {"kept": EVIL, "lost": EVIL},
                    EVIL: {"lost": {EVIL: [EVIL]}},
                },
                "moment": fields.Datetime.now(),
            }
        )
        guest = cls.env["res.partner"].create({"name": EVIL, "email": "guest@x.test"})
        cls.meeting = cls.env["notes.zoho.meeting"].create(
            {
                "account_id": cls.account.id,
                "subject": f"Meeting {EVIL}",
                "location": EVIL,
                "description": EVIL,
                "participant_ids": [(4, guest.id)],
                "participant_emails": EVIL,
            }
        )
        cls.meeting.write({"error_message": EVIL, "notice": EVIL})

    def screens(self):
        """Every screen of the app, and a text that stands there."""
        yield "the Sync page", "notes_zoho_sync.action_sync_page", EVIL
        told = {
            "notes.zoho.account": (self.account, "Eve <img"),
            "notes.zoho.org": (self.org, "Org <img"),
            "notes.zoho.domino.server": (self.server, "Server <img"),
            "notes.zoho.license": (self.license, "Seats <img"),
            "notes.zoho.run": (self.told_run, "Eve <img"),
            "notes.zoho.run.entry": (self.entry, "Entry <img"),
            "notes.zoho.link": (self.link, "Link <img"),
            "notes.zoho.meeting": (self.meeting, "Meeting <img"),
        }
        views = self.env["ir.ui.view"].search([("model", "in", list(told))])
        for view in views.sorted("model"):
            if view.type not in ("list", "kanban", "form", "calendar"):
                continue
            record, text = told[view.model]
            form = view.type == "form"
            yield (
                view.name,
                {
                    "type": "ir.actions.act_window",
                    "res_model": view.model,
                    "views": [[view.id, view.type]],
                    "view_mode": view.type,
                    "target": "current",
                    **({"res_id": record.id} if form else {}),
                },
                # A form shows names in inputs, which are no text of the page.
                "" if form else text,
            )
        for name in ("notes.zoho.connect", "notes.zoho.sync.settings"):
            yield (
                name,
                {
                    "type": "ir.actions.act_window",
                    "res_model": name,
                    "views": [[False, "form"]],
                    "target": "new",
                    "context": {"default_account_id": self.account.id},
                },
                "",
            )

    def test_no_screen_runs_what_names_and_errors_hold(self):
        screens = list(self.screens())
        self.assertGreater(len(screens), 15)
        code = CODE.replace("SCREENS", json.dumps(screens))
        self.browser_js(
            "/odoo/action-notes_zoho_sync.action_sync_page",
            code.replace("EVIL", json.dumps(EVIL)),
            ready="!!odoo.__WOWL_DEBUG__?.root?.env?.services?.action",
            login="evil",
            timeout=180,
        )

    def test_the_page_of_a_failed_consent_shows_text(self):
        self.authenticate("evil", "evil")
        for query in (f"error={EVIL}&state=x", f"state={EVIL}&code={EVIL}"):
            answer = self.url_open(f"/notes_zoho_sync/oauth?{query}")
            self.assertEqual(answer.status_code, 400)
            self.assertNotIn(EVIL, answer.text)

    def test_texts_that_become_html_are_escaped_first(self):
        self.assertIn(str(escape(EVIL)), self.entry.values_html)
        for record in (self.entry, self.account, self.meeting):
            for name, field in record._fields.items():
                if field.type == "html" and record[name]:
                    self.assertNotIn("<img", record[name], name)
