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

const back = () => ({
    content: "Go back to the page",
    trigger: ".o_breadcrumb a:contains('IBM Notes Sync'), .o_back_button",
    run: "click",
});

const decide = (button) => [
    ...openApp(),
    {
        content: "The page says what is held back and why",
        trigger:
            "[data-act='held']:contains('12 changes wait'):contains('more than usual')",
    },
    {
        content: "An activity asks for it, too",
        trigger: ".o-mail-ActivityMenu-counter:contains('1')",
    },
    {
        content: "Decide",
        trigger: "[data-act='held'] button",
        run: "click",
    },
    {
        content: "Each record is listed with the reason",
        trigger:
            ".o_form_view div[name='entry_ids'] .o_data_row:contains('Person 0001'):contains('more than usual')",
    },
    {
        content: "Say what is to happen with all of them",
        trigger: `.o_form_view button[name='${button}']`,
        run: "click",
    },
    {
        content: "Yes",
        trigger: ".modal .modal-footer button.btn-primary",
        run: "click",
    },
    {
        content: "Nothing waits any longer",
        trigger: `body:not(:has(.modal)):not(:has(button[name='${button}'])) .o_form_view`,
    },
    back(),
    {
        content: "The page asks for nothing",
        trigger: "body:not(:has([data-act='held'])) .o_notes_sync_state",
    },
    {
        content: "The activity is gone",
        trigger: "body:not(:has(.o-mail-ActivityMenu-counter))",
    },
];

registry.category("web_tour.tours").add("notes_zoho_sync_held_dismiss", {
    steps: () => decide("action_dismiss_held"),
});

registry.category("web_tour.tours").add("notes_zoho_sync_held_confirm", {
    steps: () => decide("action_confirm_held"),
});

registry.category("web_tour.tours").add("notes_zoho_sync_password", {
    steps: () => [
        ...openApp(),
        {
            content: "An activity asks for the password",
            trigger: ".o-mail-ActivityMenu-counter:contains('1')",
        },
        {
            content: "The page says so, too",
            trigger: "[data-act='password']:contains('refused the sign-in') button",
            run: "click",
        },
        {
            content: "The user name is known; enter a wrong password",
            trigger:
                ".modal:has(div[name='username'] input:value(Anna Test)) div[name='password'] input",
            run: "edit wrong",
        },
        {
            content: "Change it",
            trigger: ".modal footer button:contains('Change password')",
            run: "click",
        },
        {
            content: "It is refused; the old one stays",
            trigger: ".modal .alert-danger:contains('stays in place')",
        },
        {
            content: "Sign in by e-mail",
            trigger: ".modal div[name='username'] input",
            run: "edit anna.test@acme.example",
        },
        {
            content: "Enter the right password",
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
            content: "Nothing needs attention any more",
            trigger:
                "body:not(:has(.modal)):not(:has([data-act='password'])):not(:has(.o-mail-ActivityMenu-counter)) .o_notes_sync_state",
        },
    ],
});

const says = (name, text) => ({
    content: `It says: ${text}`,
    trigger: `.modal div[name='${name}']:contains("${text}")`,
});

registry.category("web_tour.tours").add("notes_zoho_sync_settings", {
    steps: () => [
        ...openApp(),
        {
            content: "The first start of the sync",
            trigger: ".o_notes_sync_start",
            run: "click",
        },
        says("start_words", "Saving starts the first sync"),
        says("policy_words", "changed on both sides"),
        {
            content: "One way",
            trigger: ".modal div[name='direction'] input[data-value='notes_to_zoho']",
            run: "click",
        },
        says("direction_words", "IBM Notes is the source and is never changed"),
        {
            content: "Nobody needs to win then",
            trigger: ".modal:not(:has(div[name='conflict_policy']))",
        },
        {
            content: "Events as well",
            trigger: ".modal div[name='sync_events'] input",
            run: "click",
        },
        {
            content: "From today",
            trigger: ".modal div[name='event_range'] input[data-value='today']",
            run: "click",
        },
        says("events_words", "From "),
        {
            content: "See the advanced settings",
            trigger: ".modal .o_notes_sync_advanced summary",
            run: "click",
        },
        {
            content: "Sync too often",
            trigger: ".modal div[name='interval_minutes'] input",
            run: "edit 0",
        },
        {
            content: "See how many days ahead",
            trigger: ".modal div[name='days_ahead'] input",
            run: "edit 30",
        },
        says("interval_minutes_problem", "enter a number from 1 to"),
        {
            content: "Every hour",
            trigger: ".modal div[name='interval_minutes'] input",
            run: "edit 60",
        },
        {
            content: "Make no companies",
            trigger: ".modal div[name='create_companies'] input",
            run: "click",
        },
        says("companies_words", "is synced without it"),
        {
            content: "Save and sync",
            trigger: ".modal button[name='action_save']",
            run: "click",
        },
        {
            content: "The page shows that a sync is coming",
            trigger: "body:not(:has(.modal)) .o_notes_sync_progress",
        },
    ],
});

registry.category("web_tour.tours").add("notes_zoho_sync_connect_zoho", {
    steps: () => [
        {
            content: "The redirect URI is there to be copied",
            trigger:
                ".o_form_view div[name='redirect_uri']:contains('/notes_zoho_sync/oauth') .o_clipboard_button",
        },
        {
            content: "Enter the client's secret",
            trigger: ".o_form_view div[name='client_secret'] input",
            run: "edit simulator-secret",
        },
        {
            content: "Connect: Zoho asks, and leads back here",
            trigger: ".o_form_view button[name='action_connect']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is connected, and says as whom",
            trigger:
                ".o_form_view:has(.o_arrow_button_current:contains('Connected')) div[name='zoho_user_name']:contains('integration@')",
        },
        {
            content: "What calls cost is told",
            trigger: ".o_form_view div[name='credits_text']:contains('24 hours')",
        },
        {
            content: "The secret is not shown again",
            trigger:
                ".o_form_view div[name='client_secret'] input[placeholder*='Stored']:placeholder-shown",
        },
        {
            content: "Disconnect",
            trigger: ".o_form_view button[name='action_disconnect']",
            run: "click",
        },
        {
            content: "Yes",
            trigger: ".modal .modal-footer button.btn-primary",
            run: "click",
        },
        {
            content: "Zoho has ended the grant",
            trigger: ".o_notification:contains('Zoho CRM has ended the grant')",
        },
        {
            content: "It can be connected again",
            trigger: ".o_form_view button[name='action_self_client']",
            run: "click",
        },
        {
            content: "The scopes are there to be copied",
            trigger:
                ".modal div[name='needed_scopes']:contains('ZohoCRM.modules.ALL') .o_clipboard_button",
        },
        {
            content: "Paste a code that is none",
            trigger: ".modal div[name='code'] input",
            run: "edit 1000.wrong",
        },
        {
            content: "Connect",
            trigger: ".modal button[name='action_submit']",
            run: "click",
        },
        {
            content: "It says what is wrong",
            trigger: ".modal [role='alert']:contains('did not accept the code')",
        },
        {
            content: "Leave it",
            trigger: ".modal button[special='cancel'], .modal .btn-close",
            run: "click",
        },
        {
            content: "It is not connected",
            trigger:
                "body:not(:has(.modal)) .o_arrow_button_current:contains('Not connected')",
        },
    ],
});
