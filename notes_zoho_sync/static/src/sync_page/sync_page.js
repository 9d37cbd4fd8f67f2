import {Component, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {deserializeDateTime, toLocaleDateTimeString} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {Notebook} from "@web/core/notebook/notebook";
import {registry} from "@web/core/registry";
import {useBus, useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {View} from "@web/views/view";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

import {ConnectForm} from "./connect_form";
import {DasReport, DasReportDialog} from "./das_report";
import {RunGraph} from "./run_graph";
import {RunResults, totals} from "./run_results";

export const ACCOUNT = "notes.zoho.account";
export const MESSAGE = "notes_zoho_sync/progress";
// Of other people's runs only the outcome matters here, and not at once.
const OTHERS_DELAY = 10_000;
// A screen reader is not told every second how far a run is.
const SPEECH_DELAY = 5_000;

const STATE_COLOURS = {
    draft: "warning",
    connected: "success",
    paused: "secondary",
    error: "danger",
};
const RUN_COLOURS = {
    done: "success",
    partial: "warning",
    held: "warning",
    failed: "danger",
};

/** The app's page: how the sync stands, what it did, and what may be done about it. */
export class SyncPage extends Component {
    static template = "notes_zoho_sync.SyncPage";
    static components = {
        ConnectForm,
        DasReport,
        Dropdown,
        DropdownItem,
        Layout,
        Notebook,
        RunGraph,
        RunResults,
        View,
    };
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.busService = useService("bus_service");
        this.state = useState({data: null, busy: "", said: "", report: null});
        this.spoken = 0;
        this.tabs = {
            sync: _t("Synchronization"),
            meetings: _t("Schedule meetings"),
            history: _t("History"),
        };
        this.words = {done: _t("Done"), todo: _t("To do")};
        this.onProgress = this.onProgress.bind(this);
        this.busService.subscribe(MESSAGE, this.onProgress);
        // What was told meanwhile is lost.
        useBus(this.busService, "BUS:RECONNECT", () => this.reload());
        onWillStart(() => this.reload());
        onWillUnmount(() => {
            this.busService.unsubscribe(MESSAGE, this.onProgress);
            browser.clearTimeout(this.othersTimer);
        });
    }

    // -- data ------------------------------------------------------------------

    async reload() {
        this.state.data = await this.orm.call(ACCOUNT, "sync_page_data", []);
    }

    get account() {
        return this.state.data.account;
    }

    get connected() {
        return this.account && this.account.state !== "draft";
    }

    /** An administrator who runs the app for others, and need not sync. */
    get backOffice() {
        return this.state.data.admin && this.setUp && !this.connected;
    }

    get running() {
        return Boolean(this.state.data.progress || this.account.requested);
    }

    onProgress(message) {
        if (!this.state.data) {
            return;
        }
        const running = message.state === "running";
        if (message.account !== this.account.id) {
            if (!running && !this.othersTimer) {
                this.othersTimer = browser.setTimeout(() => {
                    this.othersTimer = null;
                    this.reload();
                }, OTHERS_DELAY);
            }
            return;
        }
        if (running) {
            this.account.requested = false;
            this.state.data.progress = {id: message.run, counters: message.counters};
            this.say(this.progressText, SPEECH_DELAY);
            return;
        }
        this.reload().then(() =>
            this.say([this.resultText, this.attentionText].filter(Boolean).join(" "))
        );
    }

    /** Let a screen reader say something, if it did not just now. */
    say(text, delay = 0) {
        const now = Date.now();
        if (now - this.spoken >= delay) {
            this.spoken = now;
            this.state.said = text;
        }
    }

    // -- words -----------------------------------------------------------------

    get badge() {
        if (this.running && this.account.state !== "paused") {
            return {colour: "info", text: _t("Syncing")};
        }
        return {
            colour: STATE_COLOURS[this.account.state],
            text: this.account.state_label,
        };
    }

    get runColour() {
        return RUN_COLOURS[this.state.data.run.state];
    }

    get progressText() {
        if (!this.state.data.progress) {
            return _t("The sync starts as soon as the server is free.");
        }
        const sums = totals(this.state.data.progress.counters);
        const parts = this.state.data.outcomes
            .filter(([code]) => sums[code])
            .map(([code, label]) => `${label}: ${sums[code]}`);
        return parts.length
            ? _t("Syncing. %(numbers)s", {numbers: parts.join(", ")})
            : _t("Syncing. Looking for changes.");
    }

    get resultText() {
        const run = this.state.data.run;
        if (!run) {
            return "";
        }
        return _t("Sync ended: %(state)s. Changed: %(changed)s.", {
            state: run.state_label,
            changed: run.changed,
        });
    }

    /** What needs the person, in one line for a screen reader. */
    get attentionText() {
        const titles = this.state.data.attention.map((item) => item.title);
        return titles.length
            ? _t("Needs attention: %(what)s.", {what: titles.join(", ")})
            : "";
    }

    /** What is synced, which way and who wins, in one line. */
    get settingsText() {
        const labels = this.state.data.kinds
            .filter(([kind]) => this.account.kinds.includes(kind))
            .map((pair) => pair[1]);
        const parts = [labels.join(", "), this.account.direction_label];
        if (this.account.direction === "two_way") {
            parts.push(this.account.policy_label);
        }
        return parts.filter(Boolean).join(" · ");
    }

    when(instant) {
        return toLocaleDateTimeString(deserializeDateTime(instant), {
            showSeconds: false,
        });
    }

    ago(instant) {
        return deserializeDateTime(instant).toRelative();
    }

    // -- acts ------------------------------------------------------------------

    /** Do something of a button's; meanwhile that button shows that it is at work. */
    async doing(name, act) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = name;
        try {
            return await act();
        } finally {
            this.state.busy = "";
        }
    }

    /** A button's method of the account; afterwards the page shows what came of it. */
    press(name, busy = name) {
        return this.doing(busy, () =>
            this.action.doActionButton({
                type: "object",
                name,
                resModel: ACCOUNT,
                resId: this.account.id,
                context: {},
                onClose: () => this.reload(),
            })
        );
    }

    start() {
        if (!this.account.settings_chosen) {
            return this.press("action_sync_settings", "start");
        }
        return this.doing("start", async () => {
            await this.orm.call(ACCOUNT, "action_start_sync", [[this.account.id]]);
            await this.reload();
            this.say(this.progressText);
        });
    }

    dasCheck() {
        return this.doing("das", async () => {
            const report = await this.orm.call(ACCOUNT, "action_das_check", [
                [this.account.id],
            ]);
            this.dialog.add(DasReportDialog, {report});
        });
    }

    async onConnected(report) {
        await this.reload();
        this.state.report = report;
        this.say(_t("Connected with IBM Notes."));
    }

    openList(name, model, domain, context = {}) {
        return this.action.doAction(
            {
                type: "ir.actions.act_window",
                name,
                res_model: model,
                context,
                // Cards are for phones.
                views: [
                    [false, "list"],
                    ...(model === ACCOUNT ? [] : [[false, "kanban"]]),
                    [false, "form"],
                ],
                domain,
            },
            {onClose: () => this.reload()}
        );
    }

    openForm(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id || false,
            views: [[false, "form"]],
        });
    }

    openRun(id) {
        return this.openForm("notes.zoho.run", id);
    }

    /** The records behind a number of a run's. */
    openEntries(run, {kind, target, outcome}) {
        return this.openList(_t("Records"), "notes.zoho.run.entry", [
            ["run_id", "=", run],
            ["kind", "=", kind],
            ["target", "=", target],
            ["outcome", "=", outcome],
        ]);
    }

    openLinks(kind) {
        return this.openList(_t("Linked records"), "notes.zoho.link", [
            ["account_id", "=", this.account.id],
            ["kind", "=", kind],
            ["state", "=", "linked"],
        ]);
    }

    openPeople(state) {
        return this.openList(_t("Accounts"), ACCOUNT, [["state", "=", state]]);
    }

    get attentionLabels() {
        return {
            password: _t("Enter the password"),
            org: _t("Connect again"),
            account: _t("Open the account"),
            held: _t("Decide"),
            failed: _t("Show them"),
            conflicts: _t("Show them"),
        };
    }

    attend({act, id}) {
        const mine = ["account_id", "=", this.account.id];
        switch (act) {
            case "password":
                return this.press("action_change_password");
            case "org":
                return this.openForm("notes.zoho.org", id);
            case "account":
                return this.openForm(ACCOUNT, id);
            case "held":
                if (id) {
                    return this.openRun(id);
                }
                return this.openList(_t("Held back"), "notes.zoho.link", [
                    mine,
                    ["held", "=", true],
                ]);
            case "failed":
                return this.openList(_t("Refused"), "notes.zoho.link", [
                    mine,
                    ["state", "=", "failed"],
                ]);
            case "conflicts":
                return this.openList(
                    _t("Conflicts"),
                    "notes.zoho.run.entry",
                    [mine, ["trigger", "!=", "preview"]],
                    {search_default_undecided: 1, search_default_week: 1}
                );
        }
    }

    // -- an administrator's first visit ------------------------------------------

    get steps() {
        const steps = {
            org: [
                _t("Connect Zoho CRM"),
                _t("Choose the data centre and give consent once, for everybody."),
            ],
            server: [
                _t("Add a Domino server"),
                _t("Users may name the servers that are listed, and no others."),
            ],
            license: [
                _t("Enter the licence"),
                _t("It says how many people may sync, and how long."),
            ],
            users: [_t("Add users"), _t("Each takes a seat of the licence.")],
            self: [
                _t("Connect yourself"),
                _t("If you sync too: server, user name and password, below."),
            ],
        };
        return this.state.data.checklist.map(([code, done]) => ({
            code,
            done,
            title: steps[code][0],
            text: steps[code][1],
        }));
    }

    get setUp() {
        const done = Object.fromEntries(this.state.data.checklist || []);
        const ready = done.org && done.server && done.license;
        return !this.state.data.admin || (ready && (done.users || done.self));
    }

    takeStep(code) {
        switch (code) {
            case "org":
                return this.openForm("notes.zoho.org", this.state.data.org);
            case "server":
                return this.action.doAction("notes_zoho_sync.action_domino_server");
            case "license":
                return this.action.doAction("notes_zoho_sync.action_license");
            case "users":
                return this.manageUsers();
            case "self":
                document.querySelector(".o_notes_sync_connect input")?.focus();
        }
    }

    manageUsers() {
        return this.doing("users", async () => {
            const dialog = await this.orm.call(ACCOUNT, "action_manage_users", []);
            return this.action.doAction(dialog, {onClose: () => this.reload()});
        });
    }

    // -- the other tabs ------------------------------------------------------------

    /** A list of records; on a phone it is cards. */
    listProps(resModel, domain) {
        const type = this.env.isSmall ? "kanban" : "list";
        return {
            resModel,
            type,
            views: [
                [false, type],
                [false, "search"],
            ],
            display: {controlPanel: false},
            ...(type === "list" ? {allowSelectors: false} : {}),
            context: {},
            domain,
            selectRecord: (id) => this.openForm(resModel, id),
        };
    }

    get historyProps() {
        const mine = this.account ? [["account_id", "=", this.account.id]] : [];
        return this.listProps("notes.zoho.run", mine);
    }

    get meetingProps() {
        return this.listProps("notes.zoho.meeting", []);
    }
}

registry.category("actions").add("notes_zoho_sync.sync_page", SyncPage);
