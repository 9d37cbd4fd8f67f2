import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

const openApp = () => [
    stepUtils.showAppsMenuItem(),
    {
        content: "Open the app",
        trigger: ".o_app[data-menu-xmlid='notes_zoho_sync.menu_root']",
        run: "click",
    },
];

const submit = (password) => [
    {
        content: "Enter the password",
        trigger: ".modal div[name='password'] input",
        run: `edit ${password}`,
    },
    {
        content: "Submit",
        trigger: ".modal button[name='action_submit']",
        run: "click",
    },
];

registry.category("web_tour.tours").add("notes_zoho_sync_connect", {
    steps: () => [
        ...openApp(),
        {
            content: "Name the server",
            trigger: ".modal div[name='server_name'] input",
            run: "edit mail.x.test",
        },
        {
            content: "Enter the user name",
            trigger: ".modal div[name='username'] input",
            run: "edit Anna Test",
        },
        ...submit("wrong"),
        {
            content: "The check says what is wrong",
            trigger:
                ".modal .o_data_row:contains('Sign-in'):contains('Wrong'):contains('Internet password')",
        },
        ...submit("Sommer-17"),
        {
            content: "The account is connected: start the sync",
            trigger: ".o_form_view:not(.modal *) button[name='action_start_sync']",
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
            content: "The dialog is gone",
            trigger: "body:not(:has(.modal))",
        },
    ],
});

registry.category("web_tour.tours").add("notes_zoho_sync_result", {
    steps: () => [
        ...openApp(),
        {
            content: "Three records are linked; see the runs",
            trigger: "button[name='action_view_links']:contains('3')",
        },
        {
            content: "See the runs",
            trigger: "button[name='action_view_runs']",
            run: "click",
        },
        {
            content: "The run is done and made three records",
            trigger:
                ".o_data_row:has(td[name='created']:contains('3')) td[name='state']:contains('Done')",
            run: "click",
        },
        {
            content: "Its counters say where they were made",
            trigger: ".o_field_widget[name='counter_ids'] td:contains('Zoho CRM')",
        },
        {
            content: "Look at the records",
            trigger: ".o_notebook .nav-link:contains('Records')",
            run: "click",
        },
        {
            content: "Each record is listed",
            trigger:
                ".o_field_widget[name='entry_ids'] td:contains('Person Person 0001')",
        },
    ],
});
