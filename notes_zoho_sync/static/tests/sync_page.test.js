import {defineMailModels, start} from "@mail/../tests/mail_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {click, edit, queryAllTexts, waitFor} from "@odoo/hoot-dom";
import {advanceTime, animationFrame} from "@odoo/hoot-mock";
import {
    getService,
    MockServer,
    mountWithCleanup,
    onRpc,
    serverState,
} from "@web/../tests/web_test_helpers";

import {ConnectForm} from "@notes_zoho_sync/sync_page/connect_form";
import {RunGraph} from "@notes_zoho_sync/sync_page/run_graph";
import {RunResults, totals} from "@notes_zoho_sync/sync_page/run_results";
import {MESSAGE, SyncPage} from "@notes_zoho_sync/sync_page/sync_page";

describe.current.tags("desktop");
defineMailModels();

const KINDS = [
    ["contact", "Contacts"],
    ["task", "Tasks"],
    ["event", "Events"],
];
const OUTCOMES = [
    ["created", "Created"],
    ["updated", "Updated"],
    ["failed", "Failed"],
    ["held", "Held"],
];

const account = (values = {}) => ({
    id: 7,
    name: "Anna",
    state: "connected",
    state_label: "Connected",
    server: "mail.x.test",
    username: "Anna Test",
    direction: "two_way",
    direction_label: "Both ways",
    policy_label: "CRM always wins",
    settings_chosen: true,
    kinds: ["contact"],
    linked: {contact: 3},
    obstacle: false,
    requested: false,
    next_run: "2026-11-26 10:00:00",
    ...values,
});

const page = (values = {}) => ({
    admin: false,
    meetings: false,
    neutralized: false,
    kinds: KINDS,
    outcomes: OUTCOMES,
    account: account(),
    attention: [],
    run: false,
    progress: false,
    recent: [],
    ...values,
});

const RESULT = {
    id: 12,
    started: "2026-11-26 09:00:00",
    finished: "2026-11-26 09:01:00",
    state: "done",
    state_label: "Done",
    changed: 5,
    trouble: 0,
    message: false,
    counters: {contact: {zoho: {created: 5}}},
};

/** The page, with what the server says, and a way to let it hear a message. */
async function open(data) {
    const server = {data, asked: 0};
    onRpc("notes.zoho.account", "sync_page_data", () => {
        server.asked++;
        return server.data;
    });
    await start();
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "notes_zoho_sync.sync_page",
    });
    await waitFor(".o_notes_sync");
    server.hear = (message) =>
        MockServer.env["bus.bus"]._sendone(serverState.partnerId, MESSAGE, {
            account: 7,
            run: 12,
            ...message,
        });
    return server;
}

test("a run's numbers come in while it is at work, its result when it has ended", async () => {
    const server = await open(page());
    expect(".o_notes_sync_progress").toHaveCount(0);
    server.hear({state: "running", counters: {}});
    await waitFor(".o_notes_sync_state:contains(Syncing)");
    expect(".o_notes_sync_start").not.toBeEnabled();
    server.hear({state: "running", counters: {contact: {zoho: {created: 2}}}});
    await waitFor(
        ".o_notes_sync_progress [data-row='contact-zoho'] [data-outcome='created']:contains(2)"
    );
    expect(server.asked).toBe(1);
    server.data = page({run: RESULT, recent: [RESULT]});
    server.hear({state: "done", counters: RESULT.counters});
    await waitFor(".o_notes_sync_state:contains(Connected)");
    expect(server.asked).toBe(2);
    expect(".o_notes_sync_progress").toHaveCount(0);
    expect("[data-row='contact-zoho'] [data-outcome='created']").toHaveText("5");
    await waitFor("[role='status'][aria-live='polite']:contains(Changed: 5.)");
});

test("another person's run changes nothing here until a while after its end", async () => {
    const server = await open(page());
    server.hear({account: 8, state: "running", counters: {}});
    server.hear({account: 8, state: "done", counters: {}});
    server.hear({state: "running", counters: {}});
    await waitFor(".o_notes_sync_progress");
    expect(server.asked).toBe(1);
    await advanceTime(10_000);
    expect(server.asked).toBe(2);
});

test("what is needed first is said and the sync cannot be started", async () => {
    await open(page({account: account({obstacle: "No Zoho user yet."})}));
    expect(".o_notes_sync").toHaveText(/No Zoho user yet/);
    expect(".o_notes_sync_start").not.toBeEnabled();
});

test("what needs the person is said after a run and has a button each", async () => {
    const server = await open(page());
    expect("[data-act]").toHaveCount(0);
    const item = (act, title) => ({act, id: 0, level: "warning", title, text: "<i>"});
    server.data = page({
        run: RESULT,
        attention: [
            item("held", "Held back"),
            item("failed", "Refused"),
            item("", "It"),
        ],
    });
    server.hear({state: "held", counters: {}});
    await waitFor("[aria-live='polite']:contains(Needs attention: Held back, Refused)");
    expect("[data-act='held'] button").toHaveText("Decide");
    expect("[data-act='failed'] button").toHaveText("Show them");
    expect("[data-act=''] button").toHaveCount(0);
    expect("[data-act='']").toHaveText(/<i>/);
});

test("without a seat the page says whom to ask", async () => {
    await open(page({account: false, servers: [], ask: ["Boss", "Chief"]}));
    expect(".o_notes_sync_no_seat").toHaveText(/Boss, Chief/);
    expect(".o_notes_sync_tabs").toHaveCount(0);
});

test("each way that is synced has a row, and each number opens its records", async () => {
    const opened = [];
    await mountWithCleanup(RunResults, {
        props: {
            account: account({direction: "notes_to_zoho", kinds: ["contact", "event"]}),
            counters: {
                contact: {zoho: {created: 1200}},
                task: {notes: {failed: 1}},
            },
            kinds: KINDS,
            outcomes: OUTCOMES,
            open: (cell) => opened.push(cell),
        },
    });
    const rows = [...document.querySelectorAll("[data-row]")];
    expect(rows.map((row) => row.dataset.row)).toEqual([
        "contact-zoho",
        "task-notes",
        "event-zoho",
    ]);
    expect(queryAllTexts("thead th")).toEqual([
        "What",
        "Direction",
        "Created",
        "Updated",
        "Failed",
    ]);
    expect("[data-row='contact-zoho'] button").toHaveText("1,200");
    await click("[data-row='task-notes'] button");
    expect(opened).toEqual([{kind: "task", target: "notes", outcome: "failed"}]);
});

test("numbers add up over kinds and directions", () => {
    expect(
        totals({
            contact: {zoho: {created: 2, failed: 1}, notes: {created: 3}},
            task: {zoho: {created: 1}},
        })
    ).toEqual({created: 6, failed: 1});
});

test("a bar tells its numbers in words, and the most is the highest", async () => {
    const runs = [
        {...RESULT, id: 1, changed: 2000, trouble: 10},
        {...RESULT, id: 2, changed: 3, trouble: 0},
        {...RESULT, id: 3, changed: 0, trouble: 0, state: "failed"},
    ];
    await mountWithCleanup(RunGraph, {
        props: {runs, open: (id) => expect.step(`run ${id}`)},
    });
    const bars = [...document.querySelectorAll(".o_notes_sync_bar button")];
    expect(bars[0].getAttribute("aria-label")).toMatch(
        /Done: 2000 changed, 10 with trouble/
    );
    const heights = bars.map((bar) => bar.querySelector(".bg-primary").offsetHeight);
    expect(heights[0]).toBeGreaterThan(heights[1]);
    expect(heights[1]).toBeGreaterThan(0);
    expect(heights[2]).toBe(0);
    expect(".o_notes_sync_idle.bg-danger").toHaveCount(1);
    await click(bars[1]);
    expect.verifySteps(["run 2"]);
});

test("a refused sign-in is shown line by line and the password is asked anew", async () => {
    onRpc("notes.zoho.account", "sync_page_connect", ({args}) => {
        expect.step(args.join("/"));
        return {
            ok: false,
            message: "The connection failed, nothing was stored:",
            checks: [
                {
                    label: "Sign-in",
                    outcome: "failed",
                    detail: "<b>no</b>",
                    advice: "Ask.",
                },
            ],
        };
    });
    await mountWithCleanup(ConnectForm, {
        props: {
            servers: ["mail.x.test"],
            username: "Anna Test",
            onConnected: () => expect.step("connected"),
        },
    });
    await click("input[type='password']");
    await edit("wrong");
    await animationFrame();
    await click("button[type='submit']");
    await waitFor("[role='alert']");
    await animationFrame();
    expect.verifySteps(["mail.x.test/Anna Test/wrong"]);
    expect("[role='alert']").toHaveText(/nothing was stored/);
    expect("li[data-outcome='failed']").toHaveText(/<b>no<\/b>/);
    expect("input[type='password']").toHaveValue("");
    expect("input[type='password']").toBeFocused();
});
