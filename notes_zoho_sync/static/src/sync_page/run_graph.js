import {Component} from "@odoo/owl";
import {deserializeDateTime, toLocaleDateTimeString} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";

/** Height of a bar in percent: a first sync of thousands leaves the others visible. */
function height(number, most) {
    return number ? 8 + (92 * Math.log1p(number)) / Math.log1p(most) : 0;
}

/** Recent runs as bars, the oldest first; each opens its run. */
export class RunGraph extends Component {
    static template = "notes_zoho_sync.RunGraph";
    static props = {runs: {type: Array, element: Object}, open: Function};

    get bars() {
        const sums = this.props.runs.map((run) => run.changed + run.trouble);
        const most = Math.max(1, ...sums);
        return this.props.runs.map((run, index) => {
            const whole = height(sums[index], most);
            const bad = sums[index] ? (whole * run.trouble) / sums[index] : 0;
            return {
                id: run.id,
                sum: sums[index],
                failed: run.state === "failed",
                good: whole - bad,
                bad,
                label: _t(
                    "%(time)s, %(state)s: %(changed)s changed, %(trouble)s with trouble",
                    {
                        time: toLocaleDateTimeString(deserializeDateTime(run.started), {
                            showSeconds: false,
                        }),
                        state: run.state_label,
                        changed: run.changed,
                        trouble: run.trouble,
                    }
                ),
            };
        });
    }
}
