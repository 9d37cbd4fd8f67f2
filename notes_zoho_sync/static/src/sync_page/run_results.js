import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {formatInteger} from "@web/views/fields/formatters";
import {useService} from "@web/core/utils/hooks";

export const KIND_ICONS = {
    contact: "fa-address-book-o",
    task: "fa-check-square-o",
    event: "fa-calendar-o",
};
const OUTCOME_COLOURS = {
    conflict: "text-warning",
    failed: "text-danger",
    held: "text-warning",
};

/** Outcome to number, all kinds and directions together. */
export function totals(counters) {
    const sums = {};
    for (const targets of Object.values(counters)) {
        for (const outcomes of Object.values(targets)) {
            for (const [outcome, number] of Object.entries(outcomes)) {
                sums[outcome] = (sums[outcome] || 0) + number;
            }
        }
    }
    return sums;
}

/** What a run did: a row per kind and direction, a number per outcome. */
export class RunResults extends Component {
    static template = "notes_zoho_sync.RunResults";
    static props = {
        account: Object,
        counters: Object,
        kinds: {type: Array, element: Array},
        outcomes: {type: Array, element: Array},
        open: Function,
    };

    setup() {
        this.ui = useState(useService("ui"));
        this.icons = KIND_ICONS;
        this.colours = OUTCOME_COLOURS;
        this.formatInteger = formatInteger;
        this.ways = {
            zoho: _t("IBM Notes to Zoho CRM"),
            notes: _t("Zoho CRM to IBM Notes"),
        };
    }

    get outcomes() {
        const held = totals(this.props.counters).held;
        return this.props.outcomes.filter(([code]) => code !== "held" || held);
    }

    get rows() {
        const {account, counters, kinds} = this.props;
        const written = {zoho: "notes_to_zoho", notes: "zoho_to_notes"};
        const rows = [];
        for (const [kind, label] of kinds) {
            for (const target of ["zoho", "notes"]) {
                const numbers = counters[kind]?.[target];
                const expected =
                    account.kinds.includes(kind) &&
                    ["two_way", written[target]].includes(account.direction);
                if (numbers || expected) {
                    rows.push({kind, label, target, numbers: numbers || {}});
                }
            }
        }
        return rows;
    }
}
