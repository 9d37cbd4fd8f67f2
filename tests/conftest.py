"""What all tests share."""

import os

from hypothesis import settings

from tests.standalone import without_odoo

without_odoo()

# No example fails for being slow: the machine may be busy. What passed here passes
# there: the examples are the same each time, unless somebody hunts for new ones
# (HYPOTHESIS_HUNT=1).
HUNTING = bool(os.environ.get("HYPOTHESIS_HUNT"))
settings.register_profile(
    "ours", deadline=None, derandomize=not HUNTING, print_blob=True
)
settings.load_profile("ours")
