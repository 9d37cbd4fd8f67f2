"""A stateful Domino server: contacts, to-dos, calendars, mail over its REST API.

Use:

    with DominoSimulator(auth="session") as sim:        # knobs: see Knobs
        path = sim.act.add_user("Jane Doe", "secret")   # "mail/jdoe.nsf"
        unid = sim.act.create_contact(path, LastName="Brook")
        uid = sim.act.create_event(path, "Lunch", "2026-03-12T11:00:00+00:00")
        ...                                             # requests to sim.url
        sim.faults.add("drop_after", route="documents", method="POST")
        sim.clock.advance(hours=1)
        assert sim.log.writes() == 0
        sim.documents(path)                             # plain dicts
        sim.events(path)                                # one row an instance
"""

from .items import Attachment, RichText
from .knobs import Knobs
from .server import DominoSimulator

__all__ = ["Attachment", "DominoSimulator", "Knobs", "RichText"]
