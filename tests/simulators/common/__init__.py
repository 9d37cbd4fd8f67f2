"""What every simulator shares: server, clock, request log, faults, control."""

from .clock import Clock
from .control import ControlClient
from .faults import FaultRule, Faults
from .log import LogEntry, RequestLog
from .server import Request, Response, SimulatorServer

__all__ = [
    "Clock",
    "ControlClient",
    "FaultRule",
    "Faults",
    "LogEntry",
    "Request",
    "RequestLog",
    "Response",
    "SimulatorServer",
]
