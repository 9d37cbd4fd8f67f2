import {Component} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";

const LOOKS = {
    ok: "fa-check-circle text-success",
    warning: "fa-exclamation-triangle text-warning",
    failed: "fa-times-circle text-danger",
    skipped: "fa-minus-circle text-muted",
};

/** The DAS check: a line a step, green or red, with advice for what is wrong. */
export class DasReport extends Component {
    static template = "notes_zoho_sync.DasReport";
    static props = {checks: {type: Array, element: Object}};

    setup() {
        this.looks = LOOKS;
        this.words = {
            ok: _t("All right"),
            warning: _t("Look at this"),
            failed: _t("Wrong"),
            skipped: _t("Not looked at"),
        };
    }
}

export class DasReportDialog extends Component {
    static template = "notes_zoho_sync.DasReportDialog";
    static components = {Dialog, DasReport};
    static props = {report: Object, close: Function};

    setup() {
        this.title = _t("DAS check");
    }
}
