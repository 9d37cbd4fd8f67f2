import {Component, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useAutofocus, useService} from "@web/core/utils/hooks";

import {DasReport} from "./das_report";

/** The authentication page: server, user name and password of IBM Notes. */
export class ConnectForm extends Component {
    static template = "notes_zoho_sync.ConnectForm";
    static components = {DasReport};
    static props = {
        servers: {type: Array, element: String},
        server: {type: [String, Boolean], optional: true},
        username: {type: [String, Boolean], optional: true},
        onConnected: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.password = useRef("password");
        useAutofocus({refName: "first"});
        const {servers, server, username} = this.props;
        this.state = useState({
            server: server || (servers.length === 1 ? servers[0] : ""),
            username: username || "",
            password: "",
            busy: false,
            report: null,
        });
    }

    async submit() {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        this.state.report = null;
        const {server, username, password} = this.state;
        try {
            const report = await this.orm.call(
                "notes.zoho.account",
                "sync_page_connect",
                [server, username, password]
            );
            if (report.ok) {
                await this.props.onConnected({
                    ...report,
                    message: _t("IBM Notes is connected."),
                });
                return;
            }
            this.state.report = report;
            this.state.password = "";
            this.password.el?.focus();
        } finally {
            this.state.busy = false;
        }
    }
}
