"""A mail file as the engine sees it, against the simulated server."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notes_zoho_sync.services.domino.data import TRASH_VIEW
from notes_zoho_sync.services.domino.session import ReadFault
from notes_zoho_sync.services.domino.turns import AHEAD, FEW, SECOND, let_settle
from notes_zoho_sync.services.errors import (
    ChangedMeanwhile,
    Gone,
    Misconfigured,
    NeedsSignIn,
    NotSent,
    OutcomeUnknown,
    Rejected,
    RetryLater,
)
from notes_zoho_sync.services.records import Name
from notes_zoho_sync.services.sync.item import (
    Change,
    Identified,
    NewRecord,
    Removal,
    Written,
)
from notes_zoho_sync.services.sync.ports import NotesPort
from tests.simulators.common import FaultRule

from .domino_support import (
    INSTALLATION,
    MAIL,
    USER,
    SmallMapping,
    connect,
    people,
    server,
    side_of,
)

INSTANT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def domino():
    with server() as simulator:
        yield simulator


@pytest.fixture
def side(domino):
    return side_of(connect(domino))


def later(domino, **delta):
    domino.clock.advance(**(delta or {"seconds": 2}))


def new(last, key="key-1"):
    return NewRecord({"name": Name("Ada", last), "job_title": "Buyer"}, key)


def item_of(side, unid):
    [(_, item)] = side.read("contact", [unid])
    return item


def change(item, **values):
    return Change(item.key, values, item.values, item.version, INSTANT)


def removal(item):
    return Removal(item.key, item.version, INSTANT)


def items(domino, unid):
    return domino.document(unid)["items"]


def test_the_side_is_a_notes_port(side):
    port: NotesPort = side
    assert port.source


def test_nothing_is_looked_at_alone_before_it_is_known_that_parts_can_be_read(
    domino, side
):
    side.list_keys("contact")
    assert side.identify_limit == 0
    people(domino, 1)
    side.list_keys("contact")
    assert side.identify_limit == 30


# -- reading -----------------------------------------------------------------------


def test_a_record_is_read_with_version_and_stamp(domino, side):
    unid = domino.act.create_contact(MAIL, FirstName="Ada", LastName="Brook")
    later(domino)
    item = item_of(side, unid)
    assert item.values["name"] == Name("Ada", "Brook")
    assert item.version.endswith(" GMT")
    assert item.stamp == item.modified.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert not item.private


def test_records_come_in_the_order_asked_for_and_missing_ones_are_none(domino, side):
    unids = people(domino, 9)
    unids.insert(4, "A" * 32)
    read = list(side.read("contact", unids))
    assert [key for key, _ in read] == unids
    assert [key for key, item in read if item is None] == ["A" * 32]


def test_what_was_read_before_a_failure_is_given(domino, side):
    unids = people(domino, 6)
    domino.faults.add("status", route="document", path=unids[3], status=418, count=9)
    read = []
    with pytest.raises(RetryLater):
        for key, _ in side.read("contact", unids):
            read.append(key)
    assert read == unids[:3]


def sick(domino, unid, **options):
    body = {"code": 500, "text": "Internal Server Error", "message": "Note is damaged"}
    return domino.faults.add(
        "status", route="document", path=unid, status=500, body=body, **options
    )


@pytest.mark.parametrize("count", [1, 3])
def test_one_damaged_document_is_set_aside(domino, side, count):
    unids = people(domino, count)
    sick(domino, unids[0], count=None)
    read = dict(side.read("contact", unids))
    assert "Note is damaged" in str(read[unids[0]].skip)
    assert all(read[unid].values for unid in unids[1:])


def test_a_document_that_could_not_be_read_once_is_asked_for_again(domino, side):
    unids = people(domino, 3)
    sick(domino, unids[1], count=1)
    assert all(item.skip is None for _, item in side.read("contact", unids))


def test_a_server_that_reads_no_document_at_all_is_no_damaged_document(domino, side):
    sick(domino, "documents/unid", count=None)
    with pytest.raises(RetryLater):
        list(side.read("contact", people(domino, 2)))


def test_a_damaged_document_is_not_written(domino, side):
    first, second = people(domino, 2)
    later(domino)
    changes = [
        change(item, job_title="Head")
        for _, item in side.read("contact", [first, second])
    ]
    sick(domino, first, count=None)
    results = side.update("contact", changes)
    assert [type(r) for r in results] == [ReadFault, Written]


def test_a_damaged_document_is_no_deleted_one(domino, side):
    [unid] = people(domino, 1)
    sick(domino, unid, count=None)
    assert side.presence("contact", [unid]) == {unid: "there"}


def test_a_damaged_mail_does_not_hide_a_new_record(domino, side):
    [unid] = people(domino, 1)
    [mail] = domino.act.receive_mail(MAIL)
    sick(domino, mail, count=None)
    assert side.identify([mail, unid]) == {unid: Identified("contact", unid)}


def test_a_private_record_is_marked(domino, side):
    unid = domino.act.create_contact(MAIL, LastName="Brook")
    domino.act.mark_private(unid)
    assert item_of(side, unid).private


def test_a_conflict_document_is_marked(domino, side):
    unid = domino.act.create_contact(MAIL, LastName="Brook")
    conflict = domino.act.make_conflict(unid, LastName="Brooks")
    assert item_of(side, conflict).skip is not None


def test_what_changed_in_the_second_of_its_reading_is_read_again(domino, side):
    domino.clock.freeze(datetime(2026, 3, 1, 12, 0, 0, 200000, tzinfo=UTC))
    unid = domino.act.create_contact(MAIL, LastName="Brook")
    early = item_of(side, unid)
    domino.act.edit(unid, LastName="Brooks")  # in the same second
    later(domino)
    changed = side.changed_since(domino.clock.now() - timedelta(minutes=5), {})
    assert changed.stamps[unid] != early.stamp
    assert changed.stamps[unid] == item_of(side, unid).stamp


def test_a_listing_counts_everything_in_the_view(domino, side):
    unids = people(domino, 120)
    domino.act.receive_mail(MAIL, n=5)
    listing = side.list_keys("contact")
    assert sorted(listing.keys) == sorted(unids)
    assert listing.total == 120
    assert side.holds("contact", 120)


def test_presence_tells_there_trash_and_gone_apart(domino, side):
    domino.act.set_knob("trashed_get", "document")
    there, trashed, gone = people(domino, 3)
    domino.act.delete(trashed)
    domino.act.hard_delete(gone)
    assert side.presence("contact", [there, trashed, gone]) == {
        there: "there",
        trashed: "trash",
        gone: "gone",
    }


def test_what_is_gone_needs_no_look_into_the_trash(domino, side):
    [unid] = people(domino, 1)
    domino.act.delete(unid)
    domino.act.set_view(MAIL, TRASH_VIEW, False)
    assert side.presence("contact", [unid]) == {unid: "gone"}


def test_a_trash_that_is_closed_proves_no_deletion(domino, side):
    domino.act.set_knob("trashed_get", "document")
    [unid] = people(domino, 1)
    domino.act.delete(unid)
    domino.act.set_view(MAIL, TRASH_VIEW, False)
    assert side.presence("contact", [unid]) == {unid: "there"}


def test_a_lost_mail_file_proves_no_deletion(domino, side):
    [unid] = people(domino, 1)
    domino.world.files.clear()
    with pytest.raises(Misconfigured):
        side.presence("contact", [unid])


# -- telling records from mail -----------------------------------------------------


def test_records_are_told_from_mail_by_form(domino, side):
    unids = people(domino, 2)
    mails = domino.act.receive_mail(MAIL, n=3)
    group = domino.act.create_group(MAIL, "Team", [])
    found = side.identify([*mails, *unids, group])
    assert found == {unid: Identified("contact", unid) for unid in unids}


@pytest.mark.parametrize("fp", [7, 10])
def test_no_mail_content_is_ever_fetched(fp):
    with server(fp=fp, max_view_entries=100) as domino:
        domino.log.keep_bodies = True
        side = side_of(connect(domino))
        unids = people(domino, 2)
        mails = domino.act.receive_mail(MAIL, "Secret plan", "Nobody must know.", n=3)
        assert set(side.identify([*mails, *unids])) == set(unids)
        answers = b"".join(e.response_body for e in domino.log.entries)
        assert b"Secret plan" not in answers
        assert b"Nobody" not in answers


def test_a_server_without_partial_reads_is_not_asked_for_single_mails():
    with server(fp=7) as domino:
        side = side_of(connect(domino))
        people(domino, 1)
        assert side.identify(domino.act.receive_mail(MAIL)) == {}
        assert side.identify_limit == 0


def test_what_is_known_of_the_server_needs_no_trying_out(domino):
    session = connect(domino)
    session.features["fields"] = True
    side = side_of(session)
    people(domino, 1)
    side.identify(domino.act.receive_mail(MAIL))
    assert domino.log.counts() == {"GET document": 1}


def test_a_first_listing_learns_what_the_server_can(domino, side):
    people(domino, 1)
    side.list_keys("contact")
    assert side.session.features == {"fields": True}


# -- creating ----------------------------------------------------------------------


def test_a_created_record_carries_our_keys(domino, side):
    [result] = side.create("contact", [new("Brook", "17:Contacts:9:1")])
    stored = items(domino, result.key)
    assert domino.document(result.key)["form"] == "Person"
    assert stored["ZohoKey"] == ["17:Contacts:9:1"]
    assert stored["ZohoSyncBy"] == [INSTALLATION]
    item = item_of(side, result.key)
    assert (item.sync_key, item.installation) == ("17:Contacts:9:1", INSTALLATION)


def test_a_created_record_is_read_back(side):
    [result] = side.create("contact", [new("Brook")])
    item = item_of(side, result.key)
    assert isinstance(result, Written)
    assert result.values["name"] == Name("Ada", "Brook")
    assert (result.version, result.stamp) == (item.version, item.stamp)


def test_a_create_costs_two_requests(domino, side):
    side.now()
    domino.log.clear()
    side.create("contact", [new(f"B{n}", f"k{n}") for n in range(7)])
    assert domino.log.counts() == {"POST documents": 7, "GET document": 7}


def test_many_writes_of_our_own_are_no_changes_next_time(domino, side):
    results = side.create("contact", [new(f"B{n}", f"k{n}") for n in range(FEW + 1)])
    later(domino)
    changed = side.changed_since(domino.clock.now() - timedelta(minutes=5), {})
    assert changed.stamps == {result.key: result.stamp for result in results}


def test_few_writes_of_our_own_are_not_waited_for_and_read_once_more(domino):
    waits = []
    side = side_of(connect(domino, sleep=waits.append))
    domino.clock.freeze(datetime(2026, 3, 1, 12, 0, 0, 200000, tzinfo=UTC))
    [result] = side.create("contact", [new("Brook")])
    assert waits == []
    later(domino)
    changed = side.changed_since(domino.clock.now() - timedelta(minutes=5), {})
    assert changed.stamps[result.key] != result.stamp
    [(_, item)] = side.read("contact", [result.key])
    assert changed.stamps[result.key] == item.stamp


def test_many_writes_are_waited_for_unless_reading_them_takes_as_long(domino):
    for took, waits in ((0.0, [SECOND]), (SECOND * 4 + 0.1, [])):
        waited = []
        let_settle(connect(domino, sleep=waited.append), FEW + 1, took)
        assert waited == waits


def test_an_edit_right_after_our_write_is_noticed(domino, side):
    domino.clock.freeze(datetime(2026, 3, 1, 12, 0, 0, 200000, tzinfo=UTC))
    [result] = side.create("contact", [new("Brook")])
    domino.act.edit(result.key, JobTitle="Head")
    later(domino)
    changed = side.changed_since(domino.clock.now() - timedelta(minutes=5), {})
    assert changed.stamps[result.key] != result.stamp


def test_a_lost_answer_ends_the_chunk_and_the_rest_is_not_sent(domino, side):
    domino.faults.add("drop_after", route="documents", method="POST", nth=2)
    results = side.create("contact", [new(f"B{n}", f"k{n}") for n in range(4)])
    assert [type(r) for r in results] == [Written, OutcomeUnknown, NotSent, NotSent]
    assert len(domino.documents(MAIL)) == 2


def test_a_first_write_whose_answer_is_lost_has_a_result_of_its_own(domino, side):
    domino.faults.add("drop_after", route="documents", method="POST")
    results = side.create("contact", [new("Brook"), new("Clay", "k2")])
    assert [type(r) for r in results] == [OutcomeUnknown, NotSent]


def test_nothing_is_reported_as_sent_when_the_first_one_was_not(domino, side):
    domino.act.set_access(MAIL, USER, 2)
    with pytest.raises(Misconfigured):
        side.create("contact", [new("Brook"), new("Clay", "key-2")])


def test_a_refused_sign_in_in_the_middle_keeps_what_was_written():
    with server(auth="session") as domino:
        side = side_of(connect(domino))
        side.now()

        class Act(SmallMapping):
            def write(self, kind, values, current, /):
                if values["name"].last == "Clay":
                    domino.act.expire_sessions()
                    domino.act.change_password(USER, "Winter-18")
                return super().write(kind, values, current)

        side._mapping = Act()
        records = [new("Brook"), new("Clay", "k2"), new("Dale", "k3")]
        results = side.create("contact", records)
        assert [type(r) for r in results] == [Written, NeedsSignIn, NotSent]
        assert results[0].values is None  # the reading back failed, the write did not
        assert len(domino.documents(MAIL)) == 1


def test_one_records_refusal_does_not_stop_the_others(domino, side):
    body = {"code": 400, "text": "Bad Request", "message": "Field is too large."}
    fault = {"kind": "status", "status": 400, "body": body}
    domino.faults.add(FaultRule(route="documents", method="POST", nth=1, **fault))
    results = side.create("contact", [new("Brook"), new("Clay", "k2")])
    assert [type(r) for r in results] == [Rejected, Written]
    assert "Field is too large." in str(results[0])


@pytest.mark.parametrize(
    ("when", "outcome"), [("before", RetryLater), ("after", Written)]
)
def test_an_error_of_the_api_is_cleared_up_at_once(domino, side, when, outcome):
    body = {"code": 500, "text": "Internal Server Error", "message": "Oops"}
    fault = {"kind": "status", "status": 500, "body": body, "when": when}
    domino.faults.add(FaultRule(route="documents", method="POST", nth=1, **fault))
    people(domino, 1)
    domino.act.receive_mail(MAIL, n=2)
    first, second = side.create("contact", [new("Brook"), new("Clay", "k2")])
    assert type(first) is outcome
    assert type(second) is Written
    made = [d for d in domino.documents(MAIL) if d["items"].get("ZohoKey")]
    assert len(made) == (2 if when == "after" else 1)


def test_a_record_made_private_at_once_is_not_given_back(domino, side):
    class Hiding(SmallMapping):
        def read(self, kind, document, /):
            return replace(super().read(kind, document), private=True)

    side._mapping = Hiding()
    [result] = side.create("contact", [new("Brook")])
    assert (result.values, result.stamp) == (None, "")


# -- updating ----------------------------------------------------------------------


def test_an_update_changes_only_what_it_names(domino, side):
    unid = domino.act.create_contact(
        MAIL, FirstName="Ada", LastName="Brook", CompanyName="Mill"
    )
    later(domino)
    [result] = side.update("contact", [change(item_of(side, unid), job_title="Head")])
    assert isinstance(result, Written)
    assert result.values["job_title"] == "Head"
    stored = items(domino, unid)
    assert (stored["CompanyName"], stored["JobTitle"]) == (["Mill"], ["Head"])


def test_an_update_can_empty_a_value(domino, side):
    unid = domino.act.create_contact(MAIL, LastName="Brook", JobTitle="Buyer")
    later(domino)
    [result] = side.update("contact", [change(item_of(side, unid), job_title="")])
    assert result.values["job_title"] == ""


def test_an_update_of_something_older_is_changed_meanwhile(domino, side):
    unid = domino.act.create_contact(MAIL, LastName="Brook", JobTitle="Buyer")
    later(domino)
    item = item_of(side, unid)
    domino.act.edit(unid, JobTitle="Head")
    [result] = side.update("contact", [change(item, job_title="Clerk")])
    assert isinstance(result, ChangedMeanwhile)
    assert items(domino, unid)["JobTitle"] == ["Head"]


def test_an_edit_of_something_else_is_changed_meanwhile(domino, side):
    unid = domino.act.create_contact(MAIL, LastName="Brook", JobTitle="Buyer")
    later(domino)
    item = item_of(side, unid)
    domino.act.edit(unid, CompanyName="Mill")
    [result] = side.update("contact", [change(item, job_title="Clerk")])
    assert isinstance(result, ChangedMeanwhile)


def test_a_record_of_this_very_second_is_looked_at_again(domino, side):
    domino.clock.freeze(datetime(2026, 3, 1, 12, 0, 0, 200000, tzinfo=UTC))
    unid = domino.act.create_contact(MAIL, LastName="Brook", JobTitle="Buyer")
    item = item_of(side, unid)

    def edit_and_wait(seconds):
        domino.act.edit(unid, JobTitle="Head")
        later(domino)

    side.session.sleep = edit_and_wait
    [result] = side.update("contact", [change(item, job_title="Clerk")])
    assert isinstance(result, ChangedMeanwhile)


def test_an_edit_in_the_same_second_is_noticed_before_writing(domino, side):
    domino.clock.freeze(datetime(2026, 3, 1, 12, 0, 0, 200000, tzinfo=UTC))
    unid = domino.act.create_contact(MAIL, LastName="Brook", JobTitle="Buyer")
    item = item_of(side, unid)
    domino.act.edit(unid, JobTitle="Head")
    [result] = side.update("contact", [change(item, job_title="Clerk")])
    assert isinstance(result, ChangedMeanwhile)


def test_an_edit_between_our_look_and_our_write_is_refused(domino, side):
    unid = domino.act.create_contact(MAIL, LastName="Brook", JobTitle="Buyer")
    later(domino)
    item = item_of(side, unid)

    class Meddling(SmallMapping):
        def write(self, kind, values, current, /):
            domino.act.edit(unid, JobTitle="Head")
            return super().write(kind, values, current)

    side._mapping = Meddling()
    [result] = side.update("contact", [change(item, job_title="Clerk")])
    assert isinstance(result, ChangedMeanwhile)
    assert items(domino, unid)["JobTitle"] == ["Head"]


def test_a_lost_race_shows_the_values_that_won(domino, side):
    unid = domino.act.create_contact(MAIL, LastName="Brook", JobTitle="Buyer")
    later(domino)
    domino.act.set_knob("methods", ["GET", "PATCH"])
    options = {"items": {"JobTitle": "Head"}}
    domino.faults.add("lost_race", route="document", method="PATCH", options=options)
    [result] = side.update("contact", [change(item_of(side, unid), job_title="Clerk")])
    assert isinstance(result, Written)
    assert result.values["job_title"] == "Head"


def test_an_update_of_a_missing_record_is_gone(domino, side):
    [unid] = people(domino, 1)
    later(domino)
    item = item_of(side, unid)
    domino.act.delete(unid)
    [result] = side.update("contact", [change(item, job_title="Clerk")])
    assert isinstance(result, Gone)


def test_a_record_that_turned_private_is_not_written(domino, side):
    domino.clock.freeze(datetime(2026, 3, 1, 12, 0, 0, 200000, tzinfo=UTC))
    [unid] = people(domino, 1)
    item = item_of(side, unid)
    domino.act.mark_private(unid)  # in the same second: the version does not tell
    [result] = side.update("contact", [change(item, job_title="Clerk")])
    assert isinstance(result, ChangedMeanwhile)
    assert "JobTitle" not in items(domino, unid)


def test_a_record_never_read_is_looked_at_first(domino, side):
    [unid] = people(domino, 1)
    blind = Change(unid, {"job_title": "Head"}, {}, "", INSTANT)
    [result] = side.update("contact", [blind])
    assert isinstance(result, ChangedMeanwhile)


def test_each_change_has_its_own_result(domino, side):
    first, second, third = people(domino, 3)
    later(domino)
    changes = [
        change(i, job_title="Head")
        for _, i in side.read("contact", [first, second, third])
    ]
    domino.act.delete(first)
    domino.act.edit(second, JobTitle="Buyer")
    results = side.update("contact", changes)
    assert [type(r) for r in results] == [Gone, ChangedMeanwhile, Written]
    assert results[2].key == third


# -- deleting ----------------------------------------------------------------------


def test_a_delete_removes_the_record(domino, side):
    [unid] = people(domino, 1)
    [result] = side.delete("contact", [removal(item_of(side, unid))])
    assert isinstance(result, Written)
    assert domino.documents(MAIL) == []


def test_a_record_that_is_gone_already_counts_as_deleted(domino, side):
    [unid] = people(domino, 1)
    item = item_of(side, unid)
    domino.act.delete(unid)
    [result] = side.delete("contact", [removal(item)])
    assert isinstance(result, Written)


def test_a_record_edited_since_is_not_deleted(domino, side):
    [unid] = people(domino, 1)
    item = item_of(side, unid)
    later(domino)
    domino.act.edit(unid, JobTitle="Head")
    [result] = side.delete("contact", [removal(item)])
    assert isinstance(result, ChangedMeanwhile)
    assert len(domino.documents(MAIL)) == 1


def test_a_record_never_read_is_looked_at_before_it_is_deleted(domino, side):
    [unid] = people(domino, 1)
    [result] = side.delete("contact", [Removal(unid, "", INSTANT)])
    assert isinstance(result, ChangedMeanwhile)
    assert len(domino.documents(MAIL)) == 1


# -- what it costs -----------------------------------------------------------------


def test_an_idle_run_of_contacts_costs_three_requests():
    with server(auth="session") as domino:
        people(domino, 5)
        later(domino, minutes=30)
        side = side_of(connect(domino, known_mode="session"))
        changed = side.changed_since(side.now() - timedelta(minutes=10), {"contact": 5})
        assert side.holds("contact", 5)
        assert changed.stamps == {}
        assert domino.log.counts() == {
            "POST login": 1,
            "GET documents": 1,
            "GET entries": 1,
        }


def test_reading_stays_a_little_ahead_of_who_takes_the_records_in():
    with server() as domino:
        unids = people(domino, 100)
        side = side_of(connect(domino))
        drawn = []

        def wanted():
            for unid in unids:
                drawn.append(unid)
                yield unid

        items = side.read("contact", wanted())
        first, _ = next(items)
        ahead = side.session.max_connections * AHEAD
        assert first == unids[0]
        assert ahead <= len(drawn) <= ahead + 2
        items.close()
        assert domino.log.count() <= ahead + 2, "nothing is asked for nobody"


def test_who_stops_drawing_gets_what_was_asked_for():
    with server() as domino:
        unids = people(domino, 40)
        side = side_of(connect(domino))
        read = [key for key, _ in side.read("contact", iter(unids[:35]))]
        assert read == unids[:35]
        assert domino.log.count() == 35


def test_mail_that_arrived_costs_one_request_each():
    with server(auth="session") as domino:
        people(domino, 5)
        session = connect(domino, known_mode="session")
        side = side_of(session)
        session.features["fields"] = True
        domino.act.receive_mail(MAIL, n=4)
        changed = side.changed_since(side.now() - timedelta(minutes=10), {})
        mails = [unid for unid in changed.stamps]
        side.identify(mails)
        side.holds("contact", 0)
        assert domino.log.count() == 3 + len(mails)


def test_a_new_session_that_knows_nothing_costs_one_more():
    with server(auth="session") as domino:
        people(domino, 5)
        later(domino, minutes=30)
        side = side_of(connect(domino, known_mode="session"))
        domino.act.receive_mail(MAIL, n=4)
        changed = side.changed_since(side.now() - timedelta(minutes=10), {})
        side.identify(list(changed.stamps))
        side.holds("contact", 0)
        assert domino.log.count() == 3 + 4 + 1


def test_a_first_run_costs_a_request_a_record_and_one_a_page():
    with server(auth="session") as domino:
        people(domino, 250)
        side = side_of(connect(domino))
        listing = side.list_keys("contact")
        read = list(side.read("contact", listing.keys))
        assert len(read) == 250
        assert domino.log.count() <= 250 + 250 // 100 + 5
