"""Meetings between mail files: invitations, answers, changes, cancellations.

What the calendar service sends is written to the mail log and, where the
recipient is a person of this server, arrives in that mail file as a notice.
What persons do in their Notes clients arrives too, but is not logged.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from .agenda import appt_unid, uid_of
from .entries import (
    CANCELLED,
    Book,
    Entry,
    Person,
    entry_of,
    find_instance,
    in_series,
    instance_id,
    instances,
    put_entry,
    put_times,
)
from .world import Document, MailFile, World

if TYPE_CHECKING:
    from tests.simulators.common.log import RequestLog

# How the subject of a notice begins, and what iCalendar calls it.
PREFIXES = {
    "I": "Invitation: ",
    "U": "Rescheduled: ",
    "C": "Cancelled: ",
    "K": "Update: ",
    "A": "Accepted: ",
    "P": "Tentative: ",
    "R": "Declined: ",
    "T": "Counter Proposal: ",
    "D": "Delegated: ",
    "E": "Refresh: ",
    "L": "Invitation: ",
}
METHODS = {
    "I": "request",
    "L": "request",
    "U": "request",
    "K": "request",
    "C": "cancel",
    "A": "reply",
    "P": "reply",
    "R": "reply",
    "D": "reply",
    "T": "counter",
    "E": "refresh",
}
ANSWERS = {"accept": "A", "tentative": "P", "decline": "R"}


class Post:
    """Carries notices; with `log` false nothing stands in the mail log."""

    def __init__(self, world: World, log: RequestLog) -> None:
        self._world = world
        self._log = log

    def _mail(
        self, file: MailFile, to: Person, notice: str, entry: Entry, uid: str
    ) -> None:
        self._log.mail(
            kind=METHODS[notice],
            notice=notice,
            sender=file.owner,
            to=to.email or to.name,
            subject=PREFIXES[notice] + entry.subject,
            uid=uid,
            time=self._world.now(),
        )

    def file_of(self, person: Person) -> MailFile | None:
        """The mail file of a participant who is a person of this server."""
        user = self._world.user(person.name) or self._world.user(person.email or "-")
        if user is None or user.mail_file is None:
            return None
        return self._world.file(user.mail_file)

    # -- the organiser ---------------------------------------------------------------

    def invite(self, file: MailFile, uid: str, log: bool = True) -> None:
        """Sends invitations for a new meeting."""
        self._spread(file, uid, "I", None, log)

    def update(
        self, file: MailFile, uid: str, rid: str | None, log: bool = True
    ) -> None:
        """Tells participants of a change; an invited person's own edit tells nobody."""
        entry = entry_of(file.agenda.documents(uid)[0])
        if entry.chair == file.owner:
            self._spread(file, uid, "U", [rid] if rid else None, log)

    def withdraw(
        self, file: MailFile, uid: str, rids: list[str] | None, log: bool = True
    ) -> None:
        """What a delete sends: cancellations, or an invited person's refusal."""
        documents = file.agenda.documents(uid)
        entry = entry_of(documents[0])
        if not entry.attendees:
            return
        if entry.chair == file.owner:
            self._spread(file, uid, "C", rids, log)
        else:
            self.reply(file, documents[0], "R", log)

    def _spread(
        self,
        file: MailFile,
        uid: str,
        notice: str,
        rids: list[str] | None,
        log: bool,
    ) -> None:
        documents = file.agenda.documents(uid)
        entry = entry_of(documents[0])
        slots = _slots(documents, rids)
        for person in entry.attendees:
            if log:
                self._mail(file, person, notice, entry, uid)
            theirs = self.file_of(person)
            if theirs is not None and theirs is not file:
                found = self.deliver(theirs, uid, notice, entry, slots[0], slots[1])
                if slots[2]:
                    found.put("RepeatInstanceDates", slots[2])
                if rids is not None:
                    found.put("RescheduleWhich", ["0"])

    def deliver(
        self,
        file: MailFile,
        uid: str,
        notice: str,
        entry: Entry,
        starts: list[datetime],
        ends: list[datetime],
    ) -> Document:
        """Puts a notice into a mail file; it shows on the calendar."""
        document = self._world.create(file)
        document.put("ApptUNID", [appt_unid(uid)])
        alone = replace(entry, alarm=None)
        put_entry(document, alone)
        put_times(document, starts, ends, on_calendar=notice in ("I", "U", "C", "L"))
        document.put("Form", ["Notice"])
        document.put("NoticeType", [notice])
        document.put("Topic", [entry.subject])
        document.put("Subject", [PREFIXES[notice] + entry.subject])
        document.put("_ViewIcon", [{"I": 133, "U": 33, "C": 81}.get(notice, 83)])
        document.put("$CSFlags", ["m"])
        document.put("DeliveredDate", [self._world.now()])
        document.put("From", [entry.chair])
        self._world.save(document, by=entry.chair or None)
        return document

    # -- the invited -----------------------------------------------------------------

    def reply(
        self, file: MailFile, document: Document, notice: str, log: bool = True
    ) -> None:
        """Sends an answer to the organiser."""
        entry = entry_of(document)
        if document.form.lower() == "notice":
            entry.subject = document.text("Topic")
        chair = Person(entry.chair, entry.chair if "@" in entry.chair else "")
        user = self._world.user(entry.chair) if entry.chair else None
        if user is not None:
            chair = Person(user.key, user.email)
        uid = uid_of(document)
        if log:
            self._mail(file, chair, notice, entry, uid)
        theirs = self.file_of(chair)
        if theirs is not None and theirs is not file:
            starts = document.get("StartDateTime")
            self.deliver(theirs, uid, notice, entry, starts, [])

    def delegate(self, file: MailFile, document: Document, person: Person) -> None:
        """Passes an invitation on to somebody else."""
        entry = entry_of(document)
        if document.form.lower() == "notice":
            entry.subject = document.text("Topic")
        uid = uid_of(document)
        self._mail(file, person, "L", entry, uid)
        theirs = self.file_of(person)
        if theirs is not None and theirs is not file:
            starts, ends = document.get("StartDateTime"), document.get("EndDateTime")
            self.deliver(theirs, uid, "L", entry, starts, ends)

    def answer(
        self, file: MailFile, uid: str, action: str, log: bool, rid: str | None = None
    ) -> None:
        """Accepts, tentatively accepts or declines an invitation or an entry.

        Raises LookupError when there is nothing to answer.
        """
        notice = ANSWERS[action]
        waiting = [d for d in file.agenda.notices(uid) if _is_invitation(d)]
        if waiting:
            self.reply(file, waiting[-1], notice, log)
            self._take_in(file, waiting, notice)
            return
        documents = Book(self._world, file).documents(uid)
        if rid is not None:
            self._answer_instance(file, uid, rid, notice, log)
            return
        self.reply(file, documents[0], notice, log)
        self._mark(file, documents, notice)

    def _answer_instance(
        self, file: MailFile, uid: str, rid: str, notice: str, log: bool
    ) -> None:
        book = Book(self._world, file)
        instance = find_instance(book.documents(uid), rid)
        if instance is None:
            raise LookupError(f"no instance {rid} of {uid}")
        self.reply(file, instance.document, notice, log)
        if notice == "R":
            book.drop_instance(uid, rid)
            return
        book.change_instance(uid, rid, entry_of(instance.document, instance.place))
        again = find_instance(book.documents(uid), rid)
        if again is not None:
            self._mark(file, [again.document], notice)

    def _take_in(self, file: MailFile, waiting: list[Document], notice: str) -> None:
        """An answered invitation becomes an entry: the same document, if single."""
        document = waiting[-1]
        for old in waiting[:-1]:
            self._world.hard_delete(old)
        document.put("Subject", [document.text("Topic") or document.text("Subject")])
        starts, ends = document.get("StartDateTime"), document.get("EndDateTime")
        entry = entry_of(document)
        if len(starts) > 1:
            uid = uid_of(document)
            self._world.hard_delete(document)
            book = Book(self._world, file)
            book.add_series(entry, starts, None, uid, ends=ends or None)
            self._mark(file, book.documents(uid), notice)
            return
        put_entry(document, entry)
        document.remove("$CSFlags")
        self._mark(file, [document], notice)

    def _mark(self, file: MailFile, documents: list[Document], notice: str) -> None:
        for document in documents:
            document.put("NoticeType", [notice])
            document.put("_ViewIcon", [158])
            if notice == "R":
                document.remove("CalendarDateTime")
            elif not document.get("CalendarDateTime"):
                if document.parent is not None or not document.get("$CSFlags"):
                    starts = document.get("StartDateTime")
                    document.put("CalendarDateTime", list(starts))
            self._world.save(document, by=file.owner)

    # -- changes that arrive -----------------------------------------------------------

    def process_all(self, file: MailFile, uid: str, remove: bool = False) -> None:
        """Lets the copies of the invited follow at once."""
        for person in entry_of(file.agenda.documents(uid)[0]).attendees:
            theirs = self.file_of(person)
            if theirs is not None and theirs is not file:
                self.process(theirs, uid, remove)

    def process(self, file: MailFile, uid: str, remove: bool) -> int:
        """Takes in waiting changes and cancellations; returns how many.

        Without `remove` a cancelled entry stays, marked.
        """
        waiting = [
            d for d in file.agenda.notices(uid) if d.text("NoticeType") in ("U", "C")
        ]
        for notice in waiting:
            if file.agenda.documents(uid):
                if notice.text("NoticeType") == "U":
                    self._take_change(file, uid, notice)
                else:
                    self._take_cancel(file, uid, notice, remove)
            else:
                self._to_invitation(file, uid, notice)
            self._world.hard_delete(notice)
        return len(waiting)

    def _to_invitation(self, file: MailFile, uid: str, notice: Document) -> None:
        """Not answered yet: the invitation takes the change, or goes."""
        for invitation in file.agenda.notices(uid):
            if not _is_invitation(invitation):
                continue
            if notice.text("NoticeType") == "C":
                self._world.hard_delete(invitation)
            elif not notice.get("RescheduleWhich"):
                starts, ends = notice.get("StartDateTime"), notice.get("EndDateTime")
                put_times(invitation, starts, ends)
                self._world.save(invitation, by=file.owner)

    def _take_change(self, file: MailFile, uid: str, notice: Document) -> None:
        book = Book(self._world, file)
        documents = file.agenda.documents(uid)
        for place in range(len(notice.get("StartDateTime"))):
            theirs = entry_of(notice, place)
            theirs.subject = notice.text("Topic")
            if not in_series(documents):
                mine = entry_of(documents[0])
                theirs.alarm, theirs.private = mine.alarm, mine.private
                book.change(uid, theirs)
                return
            original = notice.get("RepeatInstanceDates")[place]
            found = instances(file.agenda.documents(uid))
            hit = next((i for i in found if i.original == original), None)
            if hit is not None:
                mine = entry_of(hit.document, hit.place)
                theirs.alarm, theirs.private = mine.alarm, mine.private
                book.change_instance(uid, instance_id(hit), theirs)

    def _take_cancel(
        self, file: MailFile, uid: str, notice: Document, remove: bool
    ) -> None:
        book = Book(self._world, file)
        if notice.get("RescheduleWhich"):
            wanted = set(notice.get("RepeatInstanceDates"))
            for instance in instances(file.agenda.documents(uid)):
                if instance.original in wanted:
                    self._cancel_one(book, uid, instance_id(instance), remove)
        elif remove:
            book.remove(uid, soft=True)
        else:
            self._cancelled(file, file.agenda.documents(uid))

    def _cancel_one(self, book: Book, uid: str, rid: str, remove: bool) -> None:
        if remove:
            book.drop_instance(uid, rid)
            return
        found = find_instance(book.documents(uid), rid)
        if found is not None:
            book.change_instance(uid, rid, entry_of(found.document, found.place))
        again = find_instance(book.documents(uid), rid)
        if again is not None:
            self._cancelled(book.file, [again.document])

    def _cancelled(self, file: MailFile, documents: list[Document]) -> None:
        """Marks a copy as cancelled; it stays on the calendar."""
        for document in documents:
            document.put("_ViewIcon", [CANCELLED])
            document.put("NoticeType", ["C"])
            document.put("Subject", [PREFIXES["C"] + document.text("Subject")])
            self._world.save(document, by=document.text("Chair") or file.owner)


def _is_invitation(document: Document) -> bool:
    return document.text("NoticeType") in ("I", "L")


def _slots(
    documents: list[Document], rids: list[str] | None
) -> tuple[list[datetime], list[datetime], list[datetime]]:
    """Starts, ends and, in a series, original starts of what a notice is about."""
    if not in_series(documents):
        first = documents[0]
        return list(first.get("StartDateTime")), list(first.get("EndDateTime")), []
    found = instances(documents)
    if rids is not None:
        found = [i for i in found if instance_id(i) in rids]
    ends = [i.end for i in found if i.end is not None]
    return [i.start for i in found], ends, [i.original for i in found]
