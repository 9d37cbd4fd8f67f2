"""What the Domino side says to people.

Where a switch is turned rests on the Domino 9.0.1 help ("Allow Domino Data Service",
"Enabled services", HTTP methods of the Web Site document).
"""

from __future__ import annotations

from ..reasons import _lt, register

register(
    {
        # -- reaching the server ---------------------------------------------------
        "domino_address": _lt(
            "%(address)s is no address of a Domino server: %(detail)s."
        ),
        "domino_dns": _lt(
            "The name %(server)s is not known to the name service. Check the spelling "
            "of the server's address."
        ),
        "domino_refused": _lt(
            "%(server)s does not accept connections there. Check the port, a firewall, "
            "and that the HTTP task runs on the server."
        ),
        "domino_connect_timeout": _lt(
            "%(server)s did not answer when the connection was opened. Check the "
            "address and a firewall in between."
        ),
        "domino_connection": _lt(
            "The connection to %(server)s broke off (%(detail)s). It is tried again "
            "later."
        ),
        "domino_certificate": _lt(
            "%(server)s shows a certificate that is not trusted (%(detail)s). Give the "
            "server record the CA's file, or have the certificate renewed."
        ),
        "domino_tls": _lt(
            "No secure connection with %(server)s (%(detail)s). Old Domino releases "
            "need a fix pack for TLS 1.2; check the port as well."
        ),
        "domino_no_tls": _lt(
            "%(server)s does not speak https at that port. Use the address of its "
            "secure port."
        ),
        "domino_redirect": _lt(
            "%(server)s sends the sync elsewhere (%(to)s), which it does not follow. "
            "Enter the address that answers itself."
        ),
        "domino_too_big": _lt(
            "An answer of %(server)s was larger than %(limit)s MB and was not read "
            "(%(path)s)."
        ),
        "domino_server_error": _lt(
            "%(server)s reports an error (%(detail)s). It is tried again later."
        ),
        "domino_no_address": _lt("This is no address of a Domino server: %(detail)s."),
        "domino_no_path": _lt("it is no path of a mail file, such as mail/jdoe.nsf"),
        "address_port": _lt("the port is no number"),
        "address_plain": _lt("plain http is not allowed for this server"),
        "address_scheme": _lt("it must begin with https://"),
        "address_no_host": _lt("the host name is missing"),
        "address_host": _lt("the host name is not well formed"),
        "address_user": _lt("it must not hold a user name"),
        "address_rest": _lt("it must end after the host name and port"),
        # -- signing in ----------------------------------------------------------------
        "domino_no_access": _lt(
            "%(user)s is signed in at %(server)s but may not open %(path)s. The mail "
            "file's access control list must give this user Editor access."
        ),
        "domino_wants_form": _lt(
            "%(server)s wants a sign-in by form (session). Set the server record's "
            "sign-in to automatic or session."
        ),
        "domino_wants_basic": _lt(
            "%(server)s has no sign-in by form (session). Set the server record's "
            "sign-in to automatic or basic."
        ),
        "domino_cookie": _lt(
            "%(server)s accepted the sign-in, but its cookie is for another address or "
            "for https only. Enter the server's full host name as single sign-on knows "
            "it."
        ),
        # -- switches ----------------------------------------------------------------
        "domino_no_das": _lt("%(server)s has no Domino Access Services at /api."),
        "domino_forbidden": _lt("%(server)s forbids %(path)s (%(detail)s)."),
        "domino_data_off": _lt("The Data service is off on %(server)s."),
        "domino_calendar_off": _lt("The Calendar service is off on %(server)s."),
        "domino_database_off": _lt(
            "The mail file %(mail_file)s does not allow the Domino data service."
        ),
        "domino_views_only": _lt(
            "The mail file %(mail_file)s allows the Domino data service for views only."
        ),
        "domino_view_off": _lt(
            "The view %(view)s of %(mail_file)s does not allow the Domino data service."
        ),
        "domino_view_missing": _lt("The mail file %(mail_file)s has no view %(view)s."),
        "domino_no_mail_file": _lt(
            "There is no %(mail_file)s on %(server)s%(elsewhere)s."
        ),
        "domino_mail_unknown": _lt(
            "%(server)s cannot tell which mail file is %(user)s's (%(detail)s)."
        ),
        "domino_none_named": _lt("no mail file named"),
        "domino_mail_undiscoverable": _lt(
            "%(server)s offers no service that tells which mail file is %(user)s's."
        ),
        "domino_read_only": _lt(
            "%(user)s may read %(mail_file)s but not change it. The access control "
            "list must give Editor access with the right to delete documents."
        ),
        "domino_method_blocked": _lt(
            "The site on %(server)s does not allow the HTTP method %(method)s. In the "
            "Web Site document, Configuration tab, allow the methods GET, POST, PUT "
            "and DELETE."
        ),
        # -- reading and writing -----------------------------------------------------
        "domino_view_moving": _lt(
            "The view %(view)s kept changing while it was read. It is read again in "
            "the next run."
        ),
        "domino_view_endless": _lt(
            "The view %(view)s shows more rows than any mail file holds. Ask the "
            "administrator of the Domino server what stands between it and Odoo."
        ),
        "domino_unreadable": _lt(
            "Domino cannot read this record (%(detail)s). Open it in Notes, save it, "
            "and it is tried again."
        ),
        "domino_refused_record": _lt("Domino refused the record: %(detail)s"),
        "domino_freebusy_off": _lt(
            "The Freebusy service is off, or missing, on %(server)s."
        ),
        "domino_freebusy_unknown": _lt(
            "%(server)s knows nobody with the address %(address)s, so it cannot tell "
            "when that person is busy."
        ),
        "domino_personal_changes": _lt(
            "Domino does not let the sync change this copy of somebody else's meeting "
            "(%(detail)s). Change it in Notes."
        ),
        "domino_not_accepted": _lt(
            "This invitation is not answered yet, so Domino does not let it be "
            "changed. Answer it in Notes."
        ),
        "domino_under_way": _lt(
            "It is not clear yet whether %(server)s got the last request. Try again in "
            "a minute: nothing is sent twice."
        ),
        "domino_not_organiser": _lt(
            "Only %(organiser)s, who called this meeting, can change or cancel it."
        ),
        "domino_meeting_unit": _lt(
            "%(unit)s of this meeting cannot be changed from here: %(why)s"
        ),
        "domino_no_meeting": _lt(
            "This calendar entry cannot be changed from here. Open it in Notes."
        ),
        "domino_calendar_moving": _lt(
            "The calendar kept changing while it was listed. It is listed again in the "
            "next run."
        ),
        "domino_calendar_endless": _lt(
            "The calendar's list shows more entries than any mail file holds. Ask the "
            "administrator of the Domino server what stands between it and Odoo."
        ),
        "domino_invitation": _lt(
            "This invitation is not answered yet. It is synced once it is accepted in "
            "Notes."
        ),
        "domino_answer_lost": _lt(
            "%(server)s was asked to write, but its answer was lost (%(detail)s). The "
            "next run looks whether it arrived."
        ),
    }
)
