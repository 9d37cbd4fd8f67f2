"""The data service of a mail file, and where a mail file is."""

from datetime import UTC, datetime, timedelta

import pytest

from notes_zoho_sync.services.domino.data import DataService
from notes_zoho_sync.services.domino.discovery import (
    MailFile,
    find_mail_file,
    normalise_path,
    services,
    stored_spelling,
)
from notes_zoho_sync.services.errors import (
    ChangedMeanwhile,
    Misconfigured,
    OutcomeUnknown,
    RetryLater,
)

from .domino_support import MAIL, USER, connect, people, server

VIEW = "($Contacts)"


@pytest.fixture
def domino():
    with server() as simulator:
        yield simulator


@pytest.fixture
def data(domino):
    return DataService(connect(domino), f"/{MAIL}")


# -- views -------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 199, 250])
def test_a_view_is_enumerated_whole(domino, data, size):
    unids = people(domino, size)
    entries = data.entries(VIEW)
    assert sorted(entries.unids) == sorted(unids)
    assert entries.total == size


def test_an_enumeration_reads_a_hundred_a_request(domino, data):
    people(domino, 250)
    data.entries(VIEW)
    assert domino.log.counts() == {"GET entries": 3}


@pytest.mark.parametrize("limit", [40, 11, 99])
def test_a_smaller_page_limit_is_taken_over_and_remembered(domino, data, limit):
    domino.act.set_knob("max_view_entries", limit)
    unids = people(domino, 95)
    assert sorted(data.entries(VIEW).unids) == sorted(unids)
    data.entries(VIEW)
    assert sum(entry.status == 400 for entry in domino.log.entries) == 1


def test_a_page_limit_that_is_not_named_is_found_by_halving(domino, data):
    unids = people(domino, 30)
    body = {"code": 400, "text": "Bad Request", "message": "Zu viele Zeilen."}
    domino.faults.add(
        "status", status=400, body=body, path="count=(100|50)&", count=None
    )
    assert sorted(data.entries(VIEW).unids) == sorted(unids)


def test_pages_that_are_smaller_than_asked_for_are_followed_one_by_one(domino, data):
    unids = people(domino, 250)
    entries = data._entries
    data._entries = lambda view, start, count: entries(view, start, 40 if start else 99)
    assert sorted(data.entries(VIEW).unids) == sorted(unids)


def test_a_count_costs_one_small_request(domino, data):
    people(domino, 3)
    assert data.count(VIEW) == 3
    [entry] = domino.log.entries
    assert "count=1&" in entry.query and "systemcolumns=0x2" in entry.query


def test_an_empty_view_counts_nothing(data):
    assert data.count(VIEW) == 0


def between_pages(data, act, page=1):
    """Let something happen after so many answers of the session."""
    answers = 0
    get = data.session.get

    def watched(*args, **kwargs):
        nonlocal answers
        answer = get(*args, **kwargs)
        answers += 1
        if answers == page:
            act()
        return answer

    data.session.get = watched


def test_a_deletion_between_two_pages_is_noticed(domino, data):
    unids = people(domino, 150)
    between_pages(data, lambda: domino.act.delete(unids[0]))
    assert sorted(data.entries(VIEW).unids) == sorted(unids[1:])


def test_a_new_entry_between_two_pages_is_noticed(domino, data):
    unids = people(domino, 150)
    new = []
    between_pages(data, lambda: new.extend(people(domino, 1)))
    assert sorted(data.entries(VIEW).unids) == sorted(unids + new)


def test_a_new_last_entry_between_two_pages_is_noticed(domino, data):
    unids = people(domino, 199)  # the second page ends exactly at the old total
    new = []

    def add():
        new.append(domino.act.create_contact(MAIL, LastName="Z"))

    between_pages(data, add)
    assert sorted(data.entries(VIEW).unids) == sorted(unids + new)


def test_an_entry_that_moves_to_a_page_already_read_is_not_lost(domino, data):
    unids = people(domino, 150)
    between_pages(data, lambda: domino.act.edit(unids[149], LastName="A"))
    assert sorted(data.entries(VIEW).unids) == sorted(unids)


def test_entries_that_change_places_are_not_lost(domino, data):
    unids = people(domino, 150)

    def swap():
        domino.act.edit(unids[149], LastName="A")
        domino.act.edit(unids[0], LastName="Z")

    between_pages(data, swap)
    assert sorted(data.entries(VIEW).unids) == sorted(unids)


def test_one_deleted_and_one_new_entry_between_two_pages_are_noticed(domino, data):
    unids = people(domino, 150)
    new = []

    def exchange():
        domino.act.delete(unids[0])
        new.append(domino.act.create_contact(MAIL, LastName="Z"))

    between_pages(data, exchange)
    assert sorted(data.entries(VIEW).unids) == sorted(unids[1:] + new)


def test_a_view_that_never_stands_still_is_an_error(domino, data):
    people(domino, 150)
    get = data.session.get

    def restless(*args, **kwargs):
        answer = get(*args, **kwargs)
        people(domino, 1)
        return answer

    data.session.get = restless
    with pytest.raises(RetryLater) as caught:
        data.entries(VIEW)
    assert caught.value.reason.code == "domino_view_moving"


def test_category_rows_are_counted_but_are_no_keys(domino, data):
    row = {"@entryid": "1", "$21": "Friends"}
    rows = [row, {"@entryid": "1.1", "@unid": "ab" * 16}]
    headers = {"Content-Range": "items 0-1/2"}
    domino.faults.add("status", status=200, body=rows, headers=headers)
    entries = data.entries(VIEW)
    assert (entries.unids, entries.total) == (("AB" * 16,), 2)


def test_rows_without_a_total_are_no_complete_listing(domino, data):
    domino.faults.add("status", status=200, body=[{"@unid": "A" * 32}], count=None)
    with pytest.raises(RetryLater):
        data.entries(VIEW)


def test_a_view_that_is_off_is_named(domino, data):
    domino.act.set_view(MAIL, VIEW, False)
    with pytest.raises(Misconfigured) as caught:
        data.count(VIEW)
    assert caught.value.setting == "view"
    assert VIEW in str(caught.value)


def test_a_view_that_does_not_exist_is_named(data):
    with pytest.raises(Misconfigured) as caught:
        data.count("($Friends)")
    assert caught.value.reason.code == "domino_view_missing"


# -- documents ---------------------------------------------------------------------


def test_changed_documents_come_with_their_stamps(domino, data):
    since = domino.clock.now() - timedelta(minutes=5)
    unid = domino.act.create_contact(MAIL, LastName="Brook")
    stamps, began = data.since(since)
    assert list(stamps) == [unid]
    assert data.get(unid).modified == stamps[unid]
    assert abs((began - domino.clock.now()).total_seconds()) < 60


def test_the_since_date_is_sent_in_utc_and_whole_seconds(domino, data):
    data.since(datetime(2026, 3, 1, 12, 30, 15, 999999, tzinfo=UTC))
    assert "since=2026-03-01T12%3A30%3A15Z" in domino.log.entries[0].query


def test_a_server_that_cannot_read_the_date_has_no_such_list(domino, data):
    body = {"code": 400, "text": "Bad Request", "message": "Unable to interpret"}
    domino.faults.add("status", route="documents", status=400, body=body)
    assert data.since(datetime(2026, 3, 1, tzinfo=UTC)) is None


def test_reading_leaves_mail_unread_marks_alone(domino, data):
    unid = domino.act.create_contact(MAIL, LastName="Brook")
    data.get(unid)
    data.get(unid, ("Type",))
    assert all("markread=false" in entry.query for entry in domino.log.entries)


def test_a_document_is_read_with_hidden_items_and_version(domino, data):
    domino.log.keep_bodies = True
    unid = domino.act.create_contact(MAIL, LastName="Brook")
    document = data.get(unid)
    assert document.items["$PublicAccess"] == "1"
    assert (document.unid, document.form) == (unid, "Person")
    assert document.version.endswith(" GMT")


def test_a_document_read_in_part_holds_nothing_else(domino, data):
    [unid] = domino.act.receive_mail(MAIL, "Secret plan", "Nobody must know.")
    document = data.get(unid, ("Type", "ApptUNID"))
    assert {name for name in document.items if name[0] != "@"} == set()
    assert document.form == "Memo"


def test_a_version_that_a_proxy_took_out_is_made_up_for(domino, data):
    unid = domino.act.create_contact(MAIL, LastName="Brook")
    whole = data.get(unid)
    body = dict(whole.items)
    domino.faults.add("status", route="document", status=200, body=body)
    assert data.get(unid).version == whole.version


def test_a_missing_document_is_none(data):
    assert data.get("A" * 32) is None


def test_a_created_document_is_known_by_its_location(domino, data):
    domino.act.set_knob("public_origin", "http://behind.the.proxy:8080")
    unid = data.create("Person", {"LastName": "Brook", "Type": "Person"})
    assert domino.document(unid)["items"]["LastName"] == ["Brook"]


def test_a_create_without_location_may_have_happened(domino, data):
    domino.faults.add("status", route="documents", status=201, when="after")
    with pytest.raises(OutcomeUnknown):
        data.create("Person", {"LastName": "Brook"})


def test_a_patch_changes_only_what_it_names(domino, data):
    unid = domino.act.create_contact(MAIL, LastName="Brook", JobTitle="Buyer")
    data.patch(unid, {"JobTitle": "Head"}, data.get(unid).version)
    items = domino.document(unid)["items"]
    assert (items["LastName"], items["JobTitle"]) == (["Brook"], ["Head"])


def test_a_patch_of_an_older_version_is_refused(domino, data):
    unid = domino.act.create_contact(MAIL, LastName="Brook")
    version = data.get(unid).version
    domino.clock.advance(seconds=2)
    domino.act.edit(unid, JobTitle="Buyer")
    with pytest.raises(ChangedMeanwhile):
        data.patch(unid, {"JobTitle": "Head"}, version)


# -- discovery ---------------------------------------------------------------------


def test_services_tell_what_is_on(domino):
    domino.act.set_knob("services", ["data"])
    assert services(connect(domino)) == {
        "core": True,
        "data": True,
        "calendar": False,
        "freebusy": False,
    }


@pytest.mark.parametrize(
    "text",
    [
        "mail\\jdoe",
        "mail/jdoe",
        "/mail/jdoe.nsf",
        " mail/jdoe.nsf ",
        "https://domino.example/mail/jdoe.nsf/api/calendar/events",
        "mail/jdoe.nsf/",
    ],
)
def test_a_mail_file_path_is_normalised(text):
    assert normalise_path(text) == "/mail/jdoe.nsf"


def test_a_path_keeps_its_spelling_and_blanks():
    assert normalise_path("Mail\\Jane Doe.NSF") == "/Mail/Jane Doe.NSF"
    assert normalise_path("/mail/Jane%20Doe.nsf") == "/mail/Jane%20Doe.nsf"
    assert normalise_path("https://d/mail/Jane%20Doe.nsf") == "/mail/Jane Doe.nsf"


@pytest.mark.parametrize(
    "text", ["", "/", "mail/../names.nsf", "mail//x.nsf", "a?b.nsf", "a\nb", ".nsf"]
)
def test_what_is_no_path_of_a_mail_file_is_refused(text):
    with pytest.raises(Misconfigured):
        normalise_path(text)


@pytest.mark.parametrize("absolute", [False, True])
def test_the_mail_file_is_discovered(domino, absolute):
    domino.act.set_knob("absolute_urls", absolute)
    found = find_mail_file(connect(domino))
    assert found == MailFile(
        "/mail/jdoe.nsf", "Jane Doe/Acme", "jane.doe@acme.example", "Mail1/Acme"
    )


def test_the_mail_service_helps_where_the_calendar_is_off(domino):
    domino.act.set_knob("services", ["data"])
    links = [{"rel": "inbox", "href": "/mail/jdoe.nsf/api/mail/inbox"}]
    box = {"owner": {"distinguishedName": "Jane Doe/Acme"}, "links": links}
    domino.faults.add("status", path="/api/mail", status=200, body={"mailboxes": [box]})
    assert find_mail_file(connect(domino)).path == "/mail/jdoe.nsf"


def test_no_service_that_knows_the_mail_file_is_named(domino):
    domino.act.set_knob("services", ["data"])
    with pytest.raises(Misconfigured) as caught:
        find_mail_file(connect(domino))
    assert caught.value.reason.code == "domino_mail_undiscoverable"


def test_a_person_without_mail_file_is_named(domino):
    domino.act.move_user(USER, mail_file=None)
    with pytest.raises(Misconfigured) as caught:
        find_mail_file(connect(domino))
    assert caught.value.reason.code == "domino_mail_unknown"
    assert "Cannot build service resource address" in str(caught.value)


def test_the_database_list_tells_the_stored_spelling(domino):
    domino.act.add_mail_file("Mail/JSmith.nsf")
    session = connect(domino)
    assert stored_spelling(session, "/mail/jsmith.nsf") == "/Mail/JSmith.nsf"
    assert stored_spelling(session, "/mail/nobody.nsf") is None
