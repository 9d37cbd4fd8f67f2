"""When deletions and creations wait for a person."""

from notes_zoho_sync.services.sync.guard import holds_creates, holds_deletes


def test_ten_deletions_pass_and_eleven_wait_in_a_small_book():
    assert not holds_deletes(10, 0, 40, all_gone=False)
    assert holds_deletes(11, 0, 40, all_gone=False)


def test_a_tenth_of_a_large_book_passes_and_more_waits():
    assert not holds_deletes(100, 0, 1000, all_gone=False)
    assert holds_deletes(101, 0, 1000, all_gone=False)


def test_what_was_deleted_in_the_last_day_counts():
    assert holds_deletes(2, 9, 40, all_gone=False)


def test_a_side_that_lists_none_any_more_waits_from_three_links_on():
    assert holds_deletes(3, 0, 3, all_gone=True)
    assert not holds_deletes(2, 0, 2, all_gone=True)


def test_nothing_planned_never_waits():
    assert not holds_deletes(0, 50, 40, all_gone=True)
    assert not holds_creates(0, 0, first_run=False)


def test_a_first_run_creates_as_it_likes():
    assert not holds_creates(5000, 0, first_run=True)


def test_later_an_inflow_waits():
    assert not holds_creates(200, 100, first_run=False)
    assert holds_creates(201, 100, first_run=False)
    assert not holds_creates(500, 1000, first_run=False)
    assert holds_creates(501, 1000, first_run=False)
