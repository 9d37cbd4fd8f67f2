"""Answers that are not data: errors in Domino's forms, HTML pages, login forms."""

from __future__ import annotations

import html
import json
from http import HTTPStatus

from tests.simulators.common import Response

from . import wire

REASONS = {s.value: s.phrase for s in HTTPStatus}
REASONS[412] = "Precondition Failed"


class DasError(Exception):
    """An error answer of the API; `java` names the exception behind it.

    `cserror` is the calendar's own number (1024 and up).

    Without `java` the body is the message form, with it the exception form.
    """

    def __init__(
        self,
        status: int,
        message: str,
        java: str | None = None,
        cause: str = "",
        cserror: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.java = java
        self.cause = cause
        self.cserror = cserror


class NotesError(Exception):
    """An error of the Notes layer; resources turn it into a DasError."""


def error_response(error: DasError, stack_traces: bool) -> Response:
    """The JSON error body, message form or exception form."""
    body: dict[str, object] = {
        "code": error.status,
        "text": REASONS[error.status],
    }
    if error.cserror is not None:
        body["cserror"] = error.cserror
    body["message"] = error.message
    if error.java is not None and stack_traces:
        body["type"] = "text"
        body["data"] = _stack(error)
    return json_error(error.status, body)


def json_error(status: int, body: dict[str, object]) -> Response:
    """An error body in the layout of the wire."""
    return Response(status, wire.stream(body).encode(), content_type="application/json")


def _stack(error: DasError) -> str:
    lines = [f"{error.java}: {error.message}"]
    package = "com.ibm.domino"
    lines += [
        f"\tat {package}.services.content.Content.process(Content.java:{n})"
        for n in (118, 204, 97)
    ]
    lines += [
        f"\tat {package}.das.servlet.DasServlet.doService(DasServlet.java:231)",
        "\tat org.apache.wink.server.internal.RequestProcessor.handleRequest"
        "(RequestProcessor.java:195)",
    ]
    if error.cause:
        lines.append(f"Caused by: {error.cause}")
    return "\n".join(lines) + "\n"


def page(status: int, message: str) -> Response:
    """An error page of the HTTP task."""
    body = (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">\n'
        "<html>\n<head>\n<title>Error</title></head>\n"
        f'<body text="#000000">\n<h1>Error {status}</h1>{html.escape(message)}'
        "</body>\n</html>"
    )
    return Response(status, body.encode(), content_type="text/html; charset=US-ASCII")


def unauthorized(realm: str) -> Response:
    """The 401 of Basic authentication."""
    answer = page(401, "You are not authorized to perform this operation")
    return answer.add("WWW-Authenticate", f'Basic realm="{realm}"')


def login_form(target: str, *, status: int, form: str, reason: int = 0) -> Response:
    """The login form, or a site's own in JSON; normally under status 200."""
    if form == "json":
        body = json.dumps({"status": "401", "error": "Please log in."}).encode()
        kind = "application/json; charset=UTF-8"
    else:
        extra = (
            f'<input name="reasonType" type="hidden" value="{reason}">'
            if reason
            else ""
        )
        body = (
            "<!DOCTYPE html>\n<html><head><title>Server Login</title></head><body>"
            '<form action="/names.nsf?Login" method="post" name="_DominoForm">'
            '<input name="%%ModDate" type="hidden" value="6D0A5F1E00000000">'
            '<input maxlength="256" name="Username" value="">'
            '<input maxlength="256" name="Password" type="password" value="">'
            f'{extra}<input name="RedirectTo" type="hidden" '
            f'value="{html.escape(target, quote=True)}">'
            '<input type="submit" value="Log In"></form></body></html>'
        ).encode()
        kind = "text/html; charset=UTF-8"
    return Response(
        status,
        body,
        [
            ("Expires", "Tue, 01 Jan 1980 06:00:00 GMT"),
            ("Cache-Control", "no-cache"),
        ],
        content_type=kind,
    )
