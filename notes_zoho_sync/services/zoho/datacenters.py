"""Zoho's data centres, and which servers may be trusted with a grant.

Rests on the Zoho fact sheet, section 1.1: accounts server and API domain do not
follow one pattern, and a grant belongs to one data centre. Zoho itself names both
servers (``accounts-server`` in the redirect, ``api_domain`` in token answers); what
it names is taken only when it is one of Zoho's, or of the custom ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from ..errors import Misconfigured
from ..reasons import reason
from . import texts  # noqa: F401  (registers the sentences)

CUSTOM = "custom"


@dataclass(frozen=True)
class DataCenter:
    """One data centre.

    :param accounts_url: origin of the accounts server (OAuth).
    :param api_url: origin of the API, until a token answer names another.
    :param crm_url: origin of the pages that people see; empty: not known.
    """

    code: str
    accounts_url: str
    api_url: str
    crm_url: str = ""

    def check_accounts_server(self, url: str) -> str:
        """An accounts server that a redirect named, as an origin.

        :raises Misconfigured: it is none of Zoho's (``custom``: not the one entered).
        """
        origins = [self.accounts_url] if self.code == CUSTOM else _ACCOUNTS
        return _known(url, origins)

    def check_api_domain(self, url: str) -> str:
        """An API domain that a token answer named, as an origin.

        :raises Misconfigured: it is none of Zoho's (``custom``: not the one entered).
        """
        origins = [self.api_url] if self.code == CUSTOM else _APIS
        return _known(url, origins)


def _center(code: str, accounts: str, api: str) -> DataCenter:
    return DataCenter(
        code,
        f"https://accounts.{accounts}",
        f"https://www.{api}",
        f"https://crm.{accounts}",
    )


DATA_CENTERS: Mapping[str, DataCenter] = {
    center.code: center
    for center in (
        _center("us", "zoho.com", "zohoapis.com"),
        _center("eu", "zoho.eu", "zohoapis.eu"),
        _center("in", "zoho.in", "zohoapis.in"),
        _center("au", "zoho.com.au", "zohoapis.com.au"),
        _center("jp", "zoho.jp", "zohoapis.jp"),
        _center("cn", "zoho.com.cn", "zohoapis.com.cn"),
        _center("ca", "zohocloud.ca", "zohoapis.ca"),
        _center("sa", "zoho.sa", "zohoapis.sa"),
        _center("uk", "zoho.uk", "zohoapis.uk"),
    )
}

_ACCOUNTS = [center.accounts_url for center in DATA_CENTERS.values()]
#: The production hosts, and those of sandbox and developer editions.
_APIS = [
    center.api_url.replace("//www.", f"//{environment}.")
    for center in DATA_CENTERS.values()
    for environment in ("www", "sandbox", "developer")
]


def record_url(crm_url: str, module: str, key: str) -> str:
    """The page of a record; Zoho adds the organisation of who is signed in there."""
    return f"{crm_url.rstrip('/')}/crm/tab/{quote(module)}/{quote(key, safe='')}"


def data_center(code: str, accounts_url: str = "", api_url: str = "") -> DataCenter:
    """A data centre by its code.

    :param accounts_url: origin of the accounts server, for ``custom`` only.
    :param api_url: origin of the API, for ``custom`` only.
    :raises Misconfigured: unknown code, or ``custom`` without proper origins.
    """
    if code == CUSTOM:
        origins = _origin(accounts_url), _origin(api_url)
        if not all(origins):
            raise Misconfigured(reason("zoho_custom_server"), "data_center")
        return DataCenter(CUSTOM, *origins)
    if code not in DATA_CENTERS:
        raise Misconfigured(reason("zoho_data_center", name=code), "data_center")
    return DATA_CENTERS[code]


def _known(url: str, origins: list[str]) -> str:
    origin = _origin(url)
    if not origin or origin not in origins:
        raise Misconfigured(
            reason("zoho_foreign_server", server=_shown(url)), "data_center"
        )
    return origin


def _origin(url: str) -> str:
    """``scheme://host[:port]`` in lower case; empty when there is more, or less."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return ""
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return ""
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        return ""
    if ":" in host:
        host = f"[{host}]"
    default = {"http": 80, "https": 443}[parts.scheme]
    tail = "" if port in (None, default) else f":{port}"
    return f"{parts.scheme}://{host}{tail}"


def _shown(url: str) -> str:
    """An address as it may be shown: short, without user, path and query."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return (host or url)[:100]
