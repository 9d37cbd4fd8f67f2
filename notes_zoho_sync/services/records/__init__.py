"""What both sides mean: frozen dataclasses, no I/O."""

from .base import Kind, Unit, Values
from .contact import Address, Contact, Name, contact_kind
from .event import Attendee, Event, When, event_kind
from .task import Reminder, Status, Task, TaskDates, task_kind

__all__ = [
    "Address",
    "Attendee",
    "Contact",
    "Event",
    "Kind",
    "Name",
    "Reminder",
    "Status",
    "Task",
    "TaskDates",
    "Unit",
    "Values",
    "When",
    "contact_kind",
    "event_kind",
    "task_kind",
]
