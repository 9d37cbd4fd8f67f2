import {registry} from "@web/core/registry";

const row = (title) =>
    `.o_list_view .o_data_row:has(td[name='title']:contains('${title}'))`;

registry.category("web_tour.tours").add("notes_zoho_sync_decide", {
    steps: () => [
        {
            content: "What was made offers nothing to decide",
            trigger: `${row("Person 0000")}:not(:has(button))`,
        },
        {
            content: "Of three that look alike one is to be linked",
            trigger: `${row("Twin")} button[name='action_create_apart']`,
        },
        {
            content: "Link it",
            trigger: `${row("Twin")} button[name='action_link_to']`,
            run: "click",
        },
        {
            content: "What looks alike is shown",
            trigger: ".modal div[name='alike_ids']:contains('Twin')",
        },
        {
            content: "Look for the other one",
            trigger: ".modal div[name='donor_id'] input",
            run: "edit Twin",
        },
        {
            content: "Choose it",
            trigger: ".modal .ui-menu-item a:contains('Twin')",
            run: "click",
        },
        {
            content: "It is chosen",
            trigger: ".modal div[name='donor_id'] input:value(Twin)",
        },
        {
            content: "Link the two",
            trigger: ".modal button[name='action_link']",
            run: "click",
        },
        {
            content: "The dialog is gone",
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "A lost value can be brought back",
            trigger: `${row("Person 0000")} button[name='action_restore']`,
            run: "click",
        },
        {
            content: "Yes",
            trigger: ".modal .modal-footer button.btn-primary",
            run: "click",
        },
        {
            content: "The list is there again",
            trigger: "body:not(:has(.modal)) .o_list_view",
        },
    ],
});
