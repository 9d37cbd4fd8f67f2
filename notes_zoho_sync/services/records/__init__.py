"""What both sides mean: frozen dataclasses, no I/O."""

from .base import Kind, Unit, Values
from .contact import Address, Contact, Name, contact_kind

__all__ = [
    "Address",
    "Contact",
    "Kind",
    "Name",
    "Unit",
    "Values",
    "contact_kind",
]
