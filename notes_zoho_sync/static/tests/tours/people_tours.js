import {registry} from "@web/core/registry";

import {gear, openApp, submit} from "./sync_tours";

const server = (name) => ({
    content: `Choose the server ${name}`,
    trigger: ".o_notes_sync_connect select",
    run: `selectByLabel ${name}`,
});

const username = () => ({
    content: "Enter the user name",
    trigger: ".o_notes_sync_connect input[autocomplete='username']",
    run: "edit Anna Test",
});

const wrong = (label, words) => ({
    content: `${label} is red: ${words}`,
    trigger: `.o_notes_sync_connect li[data-outcome='failed']:contains('${label}'):contains('${words}')`,
});

registry.category("web_tour.tours").add("notes_zoho_sync_first_visit", {
    steps: () => [
        ...openApp(),
        server("mail.x.test"),
        username(),
        ...submit("wrong"),
        wrong("Sign-in", "Internet password"),
        {
            content: "The server itself is green, nothing was stored",
            trigger:
                ".o_notes_sync_connect:has(.alert-danger:contains('nothing was stored')) li[data-outcome='ok']:contains('Server reachable')",
        },
        {
            content: "The cursor is in the password, which is empty",
            trigger: ".o_notes_sync_connect input[type='password']:focus",
            run() {
                if (this.anchor.value) {
                    throw new Error("The refused password is still there");
                }
            },
        },
        ...submit("Sommer-17"),
        {
            content: "All is green",
            trigger:
                ".o_notes_sync_report:not(:has(li:not([data-outcome='ok']))) li:contains('Mail file found')",
        },
        {
            content: "The Sync page is there",
            trigger: ".o_notes_sync_state:contains('Connected')",
        },
    ],
});

registry.category("web_tour.tours").add("notes_zoho_sync_wrong_servers", {
    steps: () => [
        ...openApp(),
        username(),
        server("typo"),
        ...submit("Sommer-17"),
        wrong("Server reachable", "is not known to the name service"),
        server("gone"),
        ...submit("Sommer-17"),
        wrong("Server reachable", "does not accept connections"),
        server("plain"),
        ...submit("Sommer-17"),
        wrong("Server reachable", "has no Domino Access Services"),
    ],
});

registry.category("web_tour.tours").add("notes_zoho_sync_switch_off", {
    steps: () => [
        ...openApp(),
        server("mail.x.test"),
        username(),
        ...submit("Sommer-17"),
        wrong("View ($Contacts)", "Domino Designer: open the mail file"),
        {
            content: "What works is green",
            trigger:
                ".o_notes_sync_connect li[data-outcome='ok']:contains('Sign-in') .text-success",
        },
        {
            content: "What is wrong is red",
            trigger:
                ".o_notes_sync_connect li[data-outcome='failed'] .text-danger + div .visually-hidden:contains('Wrong')",
        },
    ],
});

const seats = (words) => ({
    content: `Seats: ${words}`,
    trigger: `.modal .o_notes_sync_seats:contains(/${words}/)`,
});

const choose = (name) => [
    {
        content: `Look for ${name}`,
        trigger: ".modal div[name='user_ids'] input",
        run: `edit ${name}`,
    },
    {
        content: `Choose ${name}`,
        trigger: `.o-autocomplete--dropdown-item a:contains('${name}')`,
        run: "click",
    },
    {
        content: `${name} shows with a picture`,
        trigger: `.modal div[name='user_ids'] .o_tag:contains('${name}') img`,
    },
];

const press = (name, scope = "") => ({
    content: `Press ${name} ${scope}`,
    trigger: `.modal ${scope} button[name='${name}']:enabled`,
    run: "click",
});

const row = (name) => `.o_data_row:contains('${name}')`;

const confirm = (label) => ({
    content: `Yes, ${label}`,
    trigger: `.modal .modal-footer button.btn-primary:contains('${label}')`,
    run: "click",
});

const told = (words) => ({
    content: `It is done: ${words}`,
    trigger: `.modal .alert-success[role='status']:contains('${words}')`,
});

const refused = (words) => ({
    content: `It is refused: ${words}`,
    trigger: `.modal .alert-warning[role='alert']:contains('${words}')`,
});

registry.category("web_tour.tours").add("notes_zoho_sync_manage_users", {
    steps: () => [
        ...openApp(),
        ...gear("users"),
        seats("1 of 3"),
        {
            content: "Who is there is listed with server and state",
            trigger: `.modal ${row("anna")}:contains('mail.x.test'):contains('Connected')`,
        },
        ...choose("ben"),
        ...choose("carla"),
        ...choose("dora"),
        press("action_add"),
        refused("only 2 of 3 free"),
        seats("1 of 3"),
        {
            content: "Leave out dora",
            trigger: ".modal div[name='user_ids'] .o_tag:contains('dora')",
            run: "hover && click .modal div[name='user_ids'] .o_tag:contains('dora') .o_delete",
        },
        {
            content: "She is left out",
            trigger: ".modal div[name='user_ids']:not(:has(.o_tag:contains('dora')))",
        },
        press("action_add"),
        told("Added: ben"),
        seats("3 of 3"),
        {
            content: "Carla's Zoho user is proposed",
            trigger: `.modal ${row("carla")}:contains('Carla Test <carla@x.test>'):contains('Not connected')`,
        },
        ...choose("dora"),
        press("action_add"),
        refused("All 3 seats"),
        press("action_confirm", row("carla")),
        told("Zoho user confirmed: carla"),
        press("action_remove", row("ben")),
        confirm("Remove"),
        told("Removed: ben"),
        press("action_remove", row("anna")),
        confirm("Remove"),
        refused("has synced already"),
        press("action_retire_instead"),
        told("Retired: anna"),
        {
            content: "She is listed as retired",
            trigger: `.modal ${row("anna")}:contains('Retired') button[name='action_reactivate']`,
        },
        seats("1 of 3"),
        press("action_add"),
        told("Added: dora"),
        {
            content: "Nobody in Zoho has her address",
            trigger: `.modal ${row("dora")}:contains('no active user with the e-mail address dora@x.test')`,
        },
        {
            content: "Close it",
            trigger: ".modal footer button:contains('Close')",
            run: "click",
        },
        {
            content: "The page shows the seats",
            trigger:
                "body:not(:has(.modal)) .o_notes_sync_people .o_notes_sync_seats:contains(/2\\s+of\\s+3/)",
        },
    ],
});

registry.category("web_tour.tours").add("notes_zoho_sync_uninstall", {
    steps: () => [
        {
            content: "Look for the app",
            trigger: ".o_searchview_input",
            run: "edit IBM Notes Sync",
        },
        {
            content: "Search",
            trigger: ".o_searchview_input",
            run: "press Enter",
        },
        {
            content: "Open its menu",
            trigger:
                ".o_kanban_record:contains('IBM Notes Sync') .o_dropdown_kanban button",
            run: "click",
        },
        {
            content: "Uninstall",
            trigger:
                ".o_popover a:contains('Uninstall'), .dropdown-menu a:contains('Uninstall')",
            run: "click",
        },
        {
            content: "The app is named",
            trigger:
                ".modal .o_field_widget[name='impacted_module_ids']:contains('IBM Notes Sync')",
        },
        {
            content: "It says that all goes for good",
            trigger: ".modal .alert-danger:contains('cannot be brought back')",
        },
        {
            content: "It says what stays",
            trigger: ".modal .alert-danger:contains('Zoho CRM'):contains('stay')",
        },
        {
            content: "The documents are listed",
            trigger:
                ".modal .o_field_widget[name='model_ids'] .o_data_row:contains('Notes Sync Account')",
        },
        {
            content: "Not yet",
            trigger: ".modal footer button:contains('Discard')",
            run: "click",
        },
        {
            content: "The app stays",
            trigger:
                "body:not(:has(.modal)) .o_kanban_record:contains('IBM Notes Sync')",
        },
    ],
});
