"""Using the addon's service layer where there is no Odoo."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ADDON = Path(__file__).resolve().parent.parent / "notes_zoho_sync"


def without_odoo() -> None:
    """Make `notes_zoho_sync.services` importable without running the addon's own
    `__init__`, which imports the Odoo models.

    For pytest and scripts. Never call it in an Odoo process: there the addon is
    `odoo.addons.notes_zoho_sync`, with a real parent.
    """
    if ADDON.name in sys.modules:
        return
    package = ModuleType(ADDON.name, "Stands in for the addon's package.")
    package.__path__ = [str(ADDON)]
    package.__spec__ = importlib.util.spec_from_loader(
        ADDON.name, loader=None, is_package=True
    )
    sys.modules[ADDON.name] = package
