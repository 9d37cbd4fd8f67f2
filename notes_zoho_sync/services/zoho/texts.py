"""The sentences of the Zoho side."""

from __future__ import annotations

from ..reasons import _lt, register

register(
    {
        "zoho_foreign_server": _lt(
            "Zoho named %(server)s as its server, which is not one of Zoho's. Nothing "
            "was sent there. Check the data centre of the Zoho organisation."
        ),
        "zoho_data_center": _lt(
            "The data centre %(name)s is not known. Choose another one in the Zoho "
            "organisation."
        ),
        "zoho_custom_server": _lt(
            "The data centre is 'custom': enter the addresses of the accounts server "
            "and of the API in the Zoho organisation, as https://host."
        ),
        "zoho_not_connected": _lt(
            "The Zoho organisation is not connected. An administrator must connect it."
        ),
        "zoho_grant_ended": _lt(
            "Zoho no longer accepts the connection of the Zoho organisation "
            "(%(detail)s). An administrator must connect it again."
        ),
        "zoho_code_refused": _lt(
            "Zoho did not accept the code (%(detail)s). Codes live only a few minutes "
            "and serve once: make a new one and try again at once."
        ),
        "zoho_no_refresh_token": _lt(
            "Zoho granted access for an hour only, without a refresh token. Connect "
            "again and accept Zoho's question."
        ),
        "zoho_consent_denied": _lt(
            "Zoho reports that access was not granted (%(detail)s). Connect again and "
            "accept Zoho's question."
        ),
        "zoho_client": _lt(
            "Zoho does not know the client (%(detail)s). Check client ID, client "
            "secret and data centre of the Zoho organisation, and that the client is "
            "enabled for that data centre in Zoho's API console."
        ),
        "zoho_redirect": _lt(
            "Zoho does not accept the redirect address %(uri)s. Enter it in Zoho's API "
            "console as the client's authorised redirect URI."
        ),
        "zoho_scope": _lt(
            "The connection to Zoho lacks a permission (scope). An administrator must "
            "connect the Zoho organisation again."
        ),
        "zoho_permission": _lt(
            "The Zoho user of the connection may not do this in Zoho CRM (%(detail)s). "
            "Give that user's profile the permission."
        ),
        "zoho_module": _lt(
            "Zoho CRM has no module %(detail)s for the Zoho user of the connection. "
            "Switch the module on in Zoho CRM, or stop syncing it."
        ),
        "zoho_edition": _lt(
            "This edition of Zoho CRM lacks what the sync needs (%(detail)s)."
        ),
        "zoho_full": _lt(
            "Zoho CRM is full (%(detail)s). Free space there or buy more; nothing can "
            "be added until then."
        ),
        "zoho_mandatory": _lt(
            "Zoho CRM demands the field %(field)s, which this record does not have. "
            "Fill it in, or make it optional in Zoho CRM."
        ),
        "zoho_too_long": _lt(
            "Zoho CRM takes at most %(limit)s characters in the field %(field)s. "
            "Shorten it."
        ),
        "zoho_type": _lt(
            "Zoho CRM does not take the value of the field %(field)s as %(type)s. "
            "Correct it."
        ),
        "zoho_invalid": _lt(
            "Zoho CRM does not take the value of the field %(field)s (%(detail)s). "
            "Correct it."
        ),
        "zoho_refused": _lt("Zoho CRM refused the record (%(detail)s)."),
        "zoho_duplicate": _lt(
            "Zoho CRM already has a record with the same %(field)s%(where)s. Merge the "
            "two or change one of them."
        ),
        "zoho_twin": _lt(" (record %(record)s)"),
        "zoho_twin_owner": _lt(" (record %(record)s, owner %(owner)s)"),
        "zoho_owner": _lt(
            "Zoho CRM does not accept the account's Zoho user as owner of records: the "
            "user is probably inactive. Choose another Zoho user for the account."
        ),
        "zoho_busy": _lt(
            "Zoho CRM keeps the record locked (%(detail)s). It is tried again later."
        ),
        "zoho_company_refused": _lt(
            "Zoho CRM refused the company %(company)s: %(detail)s Make the company in "
            "Zoho CRM."
        ),
        "zoho_company_unknown": _lt(
            "Zoho CRM has no company named %(company)s; the contact was carried "
            "without it. Make it in Zoho CRM, or let the sync create missing companies."
        ),
        "zoho_company_cut": _lt(
            "The company's name is longer than Zoho CRM takes (%(limit)s characters) "
            "and was cut."
        ),
        "zoho_after_stop": _lt(
            "Not sent to Zoho CRM, because it stopped before: %(detail)s"
        ),
        "zoho_token_refused": _lt(
            "Zoho does not accept an access token that it has just made. It is tried "
            "again later; if that does not help, an administrator must connect the "
            "Zoho organisation again."
        ),
        "zoho_certificate": _lt(
            "This machine does not trust the certificate of Zoho's server "
            "(%(detail)s). Something in between (a proxy, a virus scanner) may replace "
            "it; let its certificate be trusted on the machine that runs Odoo."
        ),
        "zoho_not_revoked": _lt(
            "Odoo has forgotten the connection, but Zoho could not be told: "
            "%(detail)s The grant goes on at Zoho until somebody ends it there: sign "
            "in to %(server)s as %(user)s and remove the app from the connected apps."
        ),
        "zoho_answer_lost": _lt(
            "Zoho's answer was lost (%(detail)s). Whether it was done is found out in "
            "the next run."
        ),
    }
)
