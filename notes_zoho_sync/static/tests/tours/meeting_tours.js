import {registry} from "@web/core/registry";

const press = (name) => ({
    content: `Press ${name}`,
    trigger: `.o_form_view button[name='${name}']:enabled`,
    run: "click",
});

const state = (name) => ({
    content: `It is ${name}`,
    trigger: `.o_statusbar_status .o_arrow_button_current[data-value='${name}']`,
});

registry.category("web_tour.tours").add("notes_zoho_sync_meeting", {
    steps: () => [
        {
            content: "Name the meeting",
            trigger: "div[name='subject'] input",
            run: "edit New hall",
        },
        {
            content: "Nobody takes part yet",
            trigger: "div[name='people_problem']:contains('somebody else')",
        },
        {
            content: "Look for a participant",
            trigger: "div[name='participant_ids'] input",
            run: "edit ben",
        },
        {
            content: "Choose that person",
            trigger: ".o-autocomplete--dropdown-item a:contains('ben')",
            run: "click",
        },
        {
            content: "The person shows with a picture",
            trigger: "div[name='participant_ids'] .o_tag:contains('ben') img",
        },
        press("action_check_times"),
        {
            content: "The time clashes",
            trigger: "div[name='availability_html']:contains('clashes')",
        },
        {
            content: "Take another one",
            trigger: "button[name='action_take_suggestion']:first",
            run: "click",
        },
        {
            content: "That one suits everybody",
            trigger: "div[name='availability_html']:not(:contains('clashes'))",
        },
        press("action_schedule"),
        state("scheduled"),
        {
            content: "Change the place",
            trigger: "div[name='location'] input",
            run: "edit Room 2",
        },
        {
            content: "Leave the field",
            trigger: "div[name='location'] input",
            run: "press Tab",
        },
        {
            content: "Nobody knows of it yet",
            trigger: ".alert:contains('not in Notes yet')",
        },
        press("action_send_changes"),
        {
            content: "Now everybody does",
            trigger:
                ".o_form_view:not(:has(.alert:contains('not in Notes yet'))) .o_form_saved",
        },
        press("action_cancel"),
        {
            content: "Yes",
            trigger: ".modal .modal-footer button.btn-primary",
            run: "click",
        },
        state("cancelled"),
    ],
});
