import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

export const openApp = () => [
    stepUtils.showAppsMenuItem(),
    {
        content: "Open the app",
        trigger: ".o_app[data-menu-xmlid='notes_zoho_sync.menu_root']",
        run: "click",
    },
];

export const submit = (password) => [
    {
        content: "Enter the password",
        trigger: ".o_notes_sync_connect input[type='password']",
        run: `edit ${password}`,
    },
    {
        content: "Submit",
        trigger: ".o_notes_sync_connect button[type='submit']",
        run: "click",
    },
];

export const gear = (item) => [
    {
        content: "Open the gear menu",
        trigger: ".o_notes_sync_gear",
        run: "click",
    },
    {
        content: `Choose ${item}`,
        trigger: `.o_notes_sync_${item}`,
        run: "click",
    },
];

const back = () => ({
    content: "Go back to the page",
    trigger: ".o_breadcrumb a:contains('IBM Notes Sync'), .o_back_button",
    run: "click",
});

registry.category("web_tour.tours").add("notes_zoho_sync_connect", {
    steps: () => [
        ...openApp(),
        {
            content: "Choose the server",
            trigger: ".o_notes_sync_connect select",
            run: "selectByLabel mail.x.test",
        },
        {
            content: "Enter the user name",
            trigger: ".o_notes_sync_connect input[autocomplete='username']",
            run: "edit Anna Test",
        },
        ...submit("wrong"),
        {
            content: "The check says what is wrong",
            trigger:
                ".o_notes_sync_connect li[data-outcome='failed']:contains('Sign-in'):contains('Internet password')",
        },
        ...submit("Sommer-17"),
        {
            content: "The check is green",
            trigger:
                ".o_notes_sync_report li[data-outcome='ok']:contains('Mail file found')",
        },
        {
            content: "The account is connected: start the sync",
            trigger: ".o_notes_sync_start",
            run: "click",
        },
        {
            content: "The settings come first; sync both ways",
            trigger: ".modal div[name='direction'] input[data-value='two_way']",
            run: "click",
        },
        {
            content: "Save and sync",
            trigger: ".modal button[name='action_save']",
            run: "click",
        },
        {
            content: "The sync goes on in the background",
            trigger: ".o_notification:contains('The sync starts')",
        },
        {
            content: "The dialog is gone, the page shows that a sync is coming",
            trigger: "body:not(:has(.modal)) .o_notes_sync_progress",
        },
    ],
});

registry.category("web_tour.tours").add("notes_zoho_sync_result", {
    steps: () => [
        ...openApp(),
        {
            content: "Three records are in step",
            trigger: ".o_notes_sync_linked[data-kind='contact']:contains('3')",
        },
        {
            content: "Three contacts were made in Zoho CRM: see them",
            trigger:
                "[data-row='contact-zoho'] [data-outcome='created'] button:contains('3')",
            run: "click",
        },
        {
            content: "Each record is listed",
            trigger: ".o_list_view .o_data_row:contains('Person Person 0001')",
        },
        back(),
        {
            content: "A bar of the graph opens its run",
            trigger: ".o_notes_sync_graph button[aria-label*='3 changed']",
            run: "click",
        },
        {
            content: "Its numbers are behind a tab",
            trigger: ".o_form_view .nav-link[name='summary']",
            run: "click",
        },
        {
            content: "Its counters say where they were made",
            trigger: ".o_field_widget[name='counter_ids'] td:contains('Zoho CRM')",
        },
        back(),
        {
            content: "What would a sync do now?",
            trigger: ".o_notes_sync_preview:enabled",
            run: "click",
        },
        {
            content: "Nothing was written",
            trigger:
                ".o_form_view .alert-info:contains('This is what a sync would do now')",
        },
        back(),
        {
            content: "See the history",
            trigger: ".o_notes_sync_tabs .nav-link[name='history']",
            run: "click",
        },
        {
            content:
                "The run is done and made three records; the preview is listed too",
            trigger:
                ".o_notes_sync_history .o_data_row:has(td[name='created']:contains('3')) td[name='state']:contains('Done')",
        },
        {
            content: "It has two runs",
            trigger: ".o_notes_sync_history .o_data_row:eq(1)",
        },
    ],
});

registry.category("web_tour.tours").add("notes_zoho_sync_gear", {
    steps: () => [
        ...openApp(),
        {
            content: "All is well",
            trigger: ".o_notes_sync_state:contains('Connected')",
        },
        ...gear("das"),
        {
            content: "The check is green",
            trigger:
                ".modal .alert-success:contains('All is ready') + .o_notes_sync_checks:has(li[data-outcome='ok']:contains('Sign-in'))",
        },
        {
            content: "Close it",
            trigger: ".modal footer button",
            run: "click",
        },
        {
            content: "It is closed",
            trigger: "body:not(:has(.modal))",
        },
        ...gear("password"),
        {
            content: "Enter a wrong one",
            trigger: ".modal div[name='password'] input",
            run: "edit wrong",
        },
        {
            content: "Change it",
            trigger: ".modal footer button:contains('Change password')",
            run: "click",
        },
        {
            content: "It is refused",
            trigger: ".modal .alert-danger:contains('stays in place')",
        },
        {
            content: "Enter the right one",
            trigger: ".modal div[name='password'] input",
            run: "edit Winter-18",
        },
        {
            content: "Change it",
            trigger: ".modal footer button:contains('Change password')",
            run: "click",
        },
        {
            content: "It is stored",
            trigger: ".o_notification:contains('The password was changed')",
        },
        {
            content: "The dialog is gone",
            trigger: "body:not(:has(.modal))",
        },
        ...gear("settings"),
        {
            content: "Let IBM Notes win",
            trigger:
                ".modal div[name='conflict_policy'] input[data-value='notes_wins']",
            run: "click",
        },
        {
            content: "Save",
            trigger: ".modal button[name='action_save']",
            run: "click",
        },
        {
            content: "The page shows the new settings",
            trigger:
                "body:not(:has(.modal)) .o_notes_sync:contains('IBM Notes always wins')",
        },
        ...gear("pause"),
        {
            content: "The account is paused",
            trigger: ".o_notes_sync_state:contains('Paused')",
        },
        ...gear("resume"),
        {
            content: "It goes on",
            trigger: ".o_notes_sync_state:contains('Syncing')",
        },
    ],
});

registry.category("web_tour.tours").add("notes_zoho_sync_checklist", {
    steps: () => [
        ...openApp(),
        {
            content: "Zoho CRM is connected already",
            trigger: "[data-step='org'] .text-success",
        },
        {
            content: "The licence is missing: enter it",
            trigger: "[data-step='license'] button",
            run: "click",
        },
        {
            content: "The licences are listed",
            trigger: ".o_list_view .o_list_button_add, .o_view_nocontent",
        },
        back(),
        {
            content: "The administrator may connect, too",
            trigger: ".o_notes_sync_connect",
        },
    ],
});

registry.category("web_tour.tours").add("notes_zoho_sync_no_seat", {
    steps: () => [
        ...openApp(),
        {
            content: "It says whom to ask",
            trigger:
                ".o_notes_sync_no_seat:contains('Ask an administrator'):contains('boss')",
        },
    ],
});
