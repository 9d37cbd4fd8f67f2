"""A stateful Domino server: contacts, to-dos and mail over its REST API."""

from .items import Attachment, RichText
from .knobs import Knobs
from .server import DominoSimulator

__all__ = ["Attachment", "DominoSimulator", "Knobs", "RichText"]
