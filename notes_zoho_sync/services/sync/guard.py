"""When more happens at once than people do, it waits for a person. Pure."""

from __future__ import annotations

DELETES_AT_LEAST = 10
DELETES_SHARE = 0.10
CREATES_AT_LEAST = 200
CREATES_SHARE = 0.50
EMPTY_SIDE_LINKS = 3


def holds_deletes(planned: int, lately: int, links: int, all_gone: bool) -> bool:
    """Whether deletions must wait.

    :param planned: deletions this run wants on one side, a series as one.
    :param lately: done there in the last 24 hours.
    :param links: pairs of the kind before those deletions.
    :param all_gone: the other side lists none at all any more.
    """
    if not planned:
        return False
    if all_gone and links >= EMPTY_SIDE_LINKS:
        return True
    return planned + lately > max(DELETES_AT_LEAST, DELETES_SHARE * links)


def holds_creates(planned: int, links: int, first_run: bool) -> bool:
    """Whether creations must wait; a first run may create as it likes."""
    if first_run or not planned:
        return False
    return planned > max(CREATES_AT_LEAST, CREATES_SHARE * links)
