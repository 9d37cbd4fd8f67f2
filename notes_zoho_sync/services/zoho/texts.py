"""The sentences of the Zoho side."""

from __future__ import annotations

from ..reasons import register

register(
    {
        "zoho_foreign_server": "Zoho named %(server)s as its server, which is not one "
        "of Zoho's. Nothing was sent there. Check the data centre of the Zoho "
        "organisation.",
        "zoho_data_center": "The data centre %(name)s is not known. Choose another "
        "one in the Zoho organisation.",
        "zoho_custom_server": "The data centre is 'custom': enter the addresses of "
        "the accounts server and of the API in the Zoho organisation, as "
        "https://host.",
        "zoho_not_connected": "The Zoho organisation is not connected. An "
        "administrator must connect it.",
        "zoho_grant_ended": "Zoho no longer accepts the connection of the Zoho "
        "organisation (%(detail)s). An administrator must connect it again.",
        "zoho_code_refused": "Zoho did not accept the code (%(detail)s). Codes live "
        "only a few minutes and serve once: make a new one and try again at once.",
        "zoho_no_refresh_token": "Zoho granted access for an hour only, without a "
        "refresh token. Connect again and accept Zoho's question.",
        "zoho_consent_denied": "Zoho reports that access was not granted "
        "(%(detail)s). Connect again and accept Zoho's question.",
        "zoho_client": "Zoho does not know the client (%(detail)s). Check client ID, "
        "client secret and data centre of the Zoho organisation, and that the client "
        "is enabled for that data centre in Zoho's API console.",
        "zoho_redirect": "Zoho does not accept the redirect address %(uri)s. Enter "
        "it in Zoho's API console as the client's authorised redirect URI.",
        "zoho_scope": "The connection to Zoho lacks a permission (scope). An "
        "administrator must connect the Zoho organisation again.",
        "zoho_permission": "The Zoho user of the connection may not do this in Zoho "
        "CRM (%(detail)s). Give that user's profile the permission.",
        "zoho_module": "Zoho CRM has no module %(detail)s for the Zoho user of the "
        "connection. Switch the module on in Zoho CRM, or stop syncing it.",
        "zoho_edition": "This edition of Zoho CRM lacks what the sync needs "
        "(%(detail)s).",
        "zoho_full": "Zoho CRM is full (%(detail)s). Free space there or buy more; "
        "nothing can be added until then.",
        "zoho_mandatory": "Zoho CRM demands the field %(field)s, which this record "
        "does not have. Fill it in, or make it optional in Zoho CRM.",
        "zoho_too_long": "Zoho CRM takes at most %(limit)s characters in the field "
        "%(field)s. Shorten it.",
        "zoho_type": "Zoho CRM does not take the value of the field %(field)s as "
        "%(type)s. Correct it.",
        "zoho_invalid": "Zoho CRM does not take the value of the field %(field)s "
        "(%(detail)s). Correct it.",
        "zoho_refused": "Zoho CRM refused the record (%(detail)s).",
        "zoho_duplicate": "Zoho CRM already has a record with the same %(field)s"
        "%(where)s. Merge the two or change one of them.",
        "zoho_owner": "Zoho CRM does not accept the account's Zoho user as owner of "
        "records: the user is probably inactive. Choose another Zoho user for the "
        "account.",
        "zoho_busy": "Zoho CRM keeps the record locked (%(detail)s). It is tried "
        "again later.",
        "zoho_company_refused": "Zoho CRM refused the company %(company)s: %(detail)s "
        "Make the company in Zoho CRM.",
        "zoho_company_unknown": "Zoho CRM has no company named %(company)s; the "
        "contact was carried without it. Make it in Zoho CRM, or let the sync create "
        "missing companies.",
        "zoho_company_cut": "The company's name is longer than Zoho CRM takes "
        "(%(limit)s characters) and was cut.",
        "zoho_after_stop": "Not sent to Zoho CRM, because it stopped before: "
        "%(detail)s",
        "zoho_token_refused": "Zoho does not accept an access token that it has just "
        "made. It is tried again later; if that does not help, an administrator must "
        "connect the Zoho organisation again.",
        "zoho_certificate": "This machine does not trust the certificate of Zoho's "
        "server (%(detail)s). Something in between (a proxy, a virus scanner) may "
        "replace it; let its certificate be trusted on the machine that runs Odoo.",
        "zoho_answer_lost": "Zoho's answer was lost (%(detail)s). Whether it was "
        "done is found out in the next run.",
    }
)
