"""What the Domino side says to people.

Where a switch is turned rests on the Domino 9.0.1 help ("Allow Domino Data Service",
"Enabled services", HTTP methods of the Web Site document).
"""

from __future__ import annotations

from ..reasons import register

register(
    {
        # -- reaching the server ---------------------------------------------------
        "domino_address": "%(address)s is no address of a Domino server: %(detail)s.",
        "domino_dns": "The name %(server)s is not known to the name service. "
        "Check the spelling of the server's address.",
        "domino_refused": "%(server)s does not accept connections there. Check the "
        "port, a firewall, and that the HTTP task runs on the server.",
        "domino_connect_timeout": "%(server)s did not answer when the connection was "
        "opened. Check the address and a firewall in between.",
        "domino_connection": "The connection to %(server)s broke off (%(detail)s). "
        "It is tried again later.",
        "domino_certificate": "%(server)s shows a certificate that is not trusted "
        "(%(detail)s). Give the server record the CA's file, or have the "
        "certificate renewed.",
        "domino_tls": "No secure connection with %(server)s (%(detail)s). Old Domino "
        "releases need a fix pack for TLS 1.2; check the port as well.",
        "domino_no_tls": "%(server)s does not speak https at that port. Use the "
        "address of its secure port.",
        "domino_redirect": "%(server)s sends the sync elsewhere (%(to)s), which it "
        "does not follow. Enter the address that answers itself.",
        "domino_too_big": "An answer of %(server)s was larger than %(limit)s MB and "
        "was not read (%(path)s).",
        "domino_server_error": "%(server)s reports an error (%(detail)s). "
        "It is tried again later.",
        # -- signing in ----------------------------------------------------------------
        "domino_no_access": "%(user)s is signed in at %(server)s but may not open "
        "%(path)s. The mail file's access control list must give this user Editor "
        "access.",
        "domino_wants_form": "%(server)s wants a sign-in by form (session). Set the "
        "server record's sign-in to automatic or session.",
        "domino_wants_basic": "%(server)s has no sign-in by form (session). Set the "
        "server record's sign-in to automatic or basic.",
        "domino_cookie": "%(server)s accepted the sign-in, but its cookie is for "
        "another address or for https only. Enter the server's full host name as "
        "single sign-on knows it.",
        # -- switches ----------------------------------------------------------------
        "domino_no_das": "%(server)s has no Domino Access Services at /api.",
        "domino_forbidden": "%(server)s forbids %(path)s (%(detail)s).",
        "domino_data_off": "The Data service is off on %(server)s.",
        "domino_calendar_off": "The Calendar service is off on %(server)s.",
        "domino_database_off": "The mail file %(mail_file)s does not allow the "
        "Domino data service.",
        "domino_views_only": "The mail file %(mail_file)s allows the Domino data "
        "service for views only.",
        "domino_view_off": "The view %(view)s of %(mail_file)s does not allow the "
        "Domino data service.",
        "domino_view_missing": "The mail file %(mail_file)s has no view %(view)s.",
        "domino_no_mail_file": "There is no %(mail_file)s on %(server)s%(elsewhere)s.",
        "domino_mail_unknown": "%(server)s cannot tell which mail file is "
        "%(user)s's (%(detail)s).",
        "domino_mail_undiscoverable": "%(server)s offers no service that tells which "
        "mail file is %(user)s's.",
        "domino_read_only": "%(user)s may read %(mail_file)s but not change it. The "
        "access control list must give Editor access with the right to delete "
        "documents.",
        "domino_method_blocked": "The site on %(server)s does not allow the HTTP "
        "method %(method)s. In the Web Site document, Configuration tab, allow the "
        "methods GET, POST, PUT and DELETE.",
        # -- reading and writing -----------------------------------------------------
        "domino_view_moving": "The view %(view)s kept changing while it was read. "
        "It is read again in the next run.",
        "domino_unreadable": "Domino cannot read this record (%(detail)s). Open it in "
        "Notes, save it, and it is tried again.",
        "domino_refused_record": "Domino refused the record: %(detail)s",
        "domino_freebusy_off": "The Freebusy service is off, or missing, on "
        "%(server)s.",
        "domino_freebusy_unknown": "%(server)s knows nobody with the address "
        "%(address)s, so it cannot tell when that person is busy.",
        "domino_personal_changes": "Domino does not let the sync change this copy of "
        "somebody else's meeting (%(detail)s). Change it in Notes.",
        "domino_not_accepted": "This invitation is not answered yet, so Domino does "
        "not let it be changed. Answer it in Notes.",
        "domino_under_way": "It is not clear yet whether %(server)s got the last "
        "request. Try again in a minute: nothing is sent twice.",
        "domino_not_organiser": "Only %(organiser)s, who called this meeting, can "
        "change or cancel it.",
        "domino_meeting_unit": "%(unit)s of this meeting cannot be changed from here: "
        "%(why)s",
        "domino_no_meeting": "This calendar entry cannot be changed from here. Open "
        "it in Notes.",
        "domino_calendar_moving": "The calendar kept changing while it was listed. "
        "It is listed again in the next run.",
        "domino_invitation": "This invitation is not answered yet. It is synced once "
        "it is accepted in Notes.",
        "domino_answer_lost": "%(server)s was asked to write, but its answer was lost "
        "(%(detail)s). The next run looks whether it arrived.",
    }
)
