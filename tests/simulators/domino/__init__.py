"""A stateful Domino server: contacts, to-dos and mail over its REST API.

Use:

    with DominoSimulator(auth="session") as sim:        # knobs: see Knobs
        path = sim.act.add_user("Jane Doe", "secret")   # "mail/jdoe.nsf"
        unid = sim.act.create_contact(path, LastName="Brook")
        ...                                             # requests to sim.url
        sim.faults.add("drop_after", route="documents", method="POST")
        sim.clock.advance(hours=1)
        assert sim.log.writes() == 0
        sim.documents(path)                             # plain dicts
"""

from .items import Attachment, RichText
from .knobs import Knobs
from .server import DominoSimulator

__all__ = ["Attachment", "DominoSimulator", "Knobs", "RichText"]
