"""The Comment item: text, rich text and MIME, read as text and written back."""

import base64
import quopri
from typing import Any

import pytest

from notes_zoho_sync.services.mapping import body, notes


def comment(value: Any) -> notes.NotesReading:
    return notes.read("contact", {"@form": "Person", "Comment": value})


def part(text: str, kind: str = "text/html; charset=UTF-8", **more: str) -> Any:
    raw = quopri.encodestring(text.encode("utf-8")).decode("ascii")
    encoded = raw.replace("\n", "\r\n") + "=\r\n"
    return {
        "contentType": kind,
        "contentTransferEncoding": "quoted-printable",
        "data": encoded,
        "boundary": "--x",
        **more,
    }


CONTAINER = {"contentType": 'multipart/alternative; Boundary="x"'}


def mime(*parts: Any) -> Any:
    return {"type": "multipart", "content": [CONTAINER, *parts]}


def richtext(html: str, **more: Any) -> Any:
    return {"type": "richtext", "contentType": "text/html", "data": html, **more}


def test_a_text_list_is_read_as_lines() -> None:
    assert comment(["one", "two"]).values["description"] == "one\ntwo"


def test_what_a_client_wraps_in_font_is_plain() -> None:
    html = (
        '<html><head><meta charset="utf-8"><title>no</title></head><body text="#0">'
        '<font size="2" face="sans-serif">Gr\u00fc\u00dfe &amp; mehr<br>\r\n'
        "zweite &nbsp;Zeile</font><p><span>Absatz</span></p><div>Ende</div>"
        "</body></html>"
    )
    reading = comment(mime(part("ignored", "text/plain; charset=UTF-8"), part(html)))
    assert reading.values["description"] == (
        "Gr\u00fc\u00dfe & mehr\nzweite  Zeile\nAbsatz\nEnde"
    )
    assert reading.locked == {}


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a<br><br>b", "a\n\nb"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<p>a</p>\r\n<p>b</p>", "a\nb"),
        ("<div>a<br></div>b", "a\nb"),
        ("a\r\n   b", "a b"),
        ("&lt;b&gt; &#8364;", "<b> \u20ac"),
        ("<style>p {}</style>a<!-- c -->", "a"),
        ("", ""),
        (" ", ""),
    ],
)
def test_html_is_read_as_a_browser_shows_it(html: str, text: str) -> None:
    assert comment(richtext(html)).values["description"] == text


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ('see <a href="http://x.test">x</a>', "links"),
        ("<table><tr><td>x</td></tr></table>", "a table"),
        ("<ul><li>x</ul>", "a list"),
        ('<img src="cid:1">x', "pictures"),
        ("<b>x</b>", "formatting"),
        ("<hr>x", "formatting"),
    ],
)
def test_what_plain_text_cannot_hold_is_readable_but_locked(
    html: str, what: str
) -> None:
    reading = comment(mime(part(html)))
    assert "x" in reading.values["description"] or what == "links"
    assert reading.locked["description"].code == "mapping_formatted"
    assert what in str(reading.locked["description"])


@pytest.mark.parametrize(
    "file",
    [
        {"contentType": 'application/pdf; name="x.pdf"', "data": "AAAA"},
        {
            "contentType": "text/plain",
            "contentDisposition": 'attachment; filename="x.txt"',
            "data": "AAAA",
        },
        {"contentType": 'application/pdf; name="x.pdf"', "href": "/x.pdf"},
        {"contentType": "message/rfc822", "data": "x"},
    ],
)
def test_attachments_lock_the_text_and_are_not_read(file: dict[str, str]) -> None:
    reading = comment(mime(part("hello"), {**file, "boundary": "--x"}))
    assert reading.values["description"] == "hello"
    assert "attachments" in str(reading.locked["description"])


def test_attachments_of_a_single_html_part_lock_it_too() -> None:
    reading = comment(richtext("hello", attachments=[{"href": "/x.pdf"}]))
    assert set(reading.locked) == {"description"}


def test_a_pasted_picture_locks_the_text() -> None:
    picture = {"contentType": "image/gif", "contentID": "<1>", "data": "AAAA"}
    reading = comment(mime(part("hello"), picture))
    assert "pictures" in str(reading.locked["description"])


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [("ISO-8859-1", "base64"), ("windows-1252", "base64"), ("UTF-8", "base64")],
)
def test_parts_are_decoded_by_their_encoding_and_charset(
    charset: str, encoding: str
) -> None:
    data = base64.encodebytes("Stra\u00dfe".encode(charset)).decode("ascii")
    found = {
        "contentType": f'text/html; charset="{charset}"',
        "contentTransferEncoding": encoding,
        "data": data,
    }
    reading = comment(mime(found))
    assert reading.values["description"] == "Stra\u00dfe"
    assert reading.locked == {}


def test_eight_bit_parts_are_read_as_they_are() -> None:
    found = {"contentType": "text/plain", "contentTransferEncoding": "8bit"}
    reading = comment(mime({**found, "data": "Stra\u00dfe <b>"}))
    assert reading.values["description"] == "Stra\u00dfe <b>"
    assert reading.locked == {}


@pytest.mark.parametrize(
    "found",
    [
        {"contentTransferEncoding": "base64", "data": "A"},
        {
            "contentType": "text/html; charset=x-unknown",
            "contentTransferEncoding": "base64",
            "data": "AAAA",
        },
        {
            "contentType": "text/html; charset=utf-8",
            "contentTransferEncoding": "base64",
            "data": base64.b64encode(b"\xff\xfe").decode(),
        },
    ],
)
def test_a_part_that_cannot_be_decoded_locks_the_text(found: dict[str, str]) -> None:
    reading = comment(mime(found))
    assert reading.locked["description"].code == "mapping_unreadable"


@pytest.mark.parametrize(
    "value",
    [{}, {"type": "multipart"}, {"type": "multipart", "content": ["x", None]}],
)
def test_an_odd_object_is_an_empty_text(value: dict[str, Any]) -> None:
    reading = comment(value)
    assert (reading.values["description"], reading.locked) == ("", {})


def write(document: Any, text: str) -> dict[str, Any]:
    current = {"@form": "Person", "Comment": document}
    return notes.write("contact", {"description": text}, current)


def test_a_text_item_stays_a_text_item() -> None:
    assert write("old", "<b>\nnew") == {"Comment": "<b>\nnew"}


def test_rich_text_stays_rich_text_with_crm_text_escaped() -> None:
    assert write(mime(part("old")), "<b>&\nnew  x") == {
        "Comment": richtext("&lt;b&gt;&amp;<br>\nnew &nbsp;x")
    }


def test_an_emptied_rich_text_is_written_empty() -> None:
    assert write(mime(part("old")), "") == {"Comment": richtext("")}


def test_a_text_too_long_for_a_text_item_becomes_rich_text() -> None:
    text = "\u00e4" * 16_000
    written = write("old", text)["Comment"]
    assert written == richtext(text)
    assert comment(written).values["description"] == text


@pytest.mark.parametrize("text", ["  a\n   b", "a\tb", "a   b", "a\n\n\nb", "&nbsp;"])
def test_blanks_survive_rich_text(text: str) -> None:
    assert body.read(body.write(text)).text == text.replace("\t", "    ").strip()
