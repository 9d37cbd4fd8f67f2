"""A stateful Zoho CRM (v8) and its accounts server over real HTTP."""

from .knobs import Knobs
from .server import ZohoSimulator

__all__ = ["Knobs", "ZohoSimulator"]
