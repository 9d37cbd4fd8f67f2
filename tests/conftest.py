"""What all tests share."""

import os

from hypothesis import settings

from tests.standalone import without_odoo

without_odoo()

# No example fails for being slow: the machine may be busy.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
