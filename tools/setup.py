"""All set-up that the commands share."""

from tools import databases, odoo, packages
from tools.postgres import Postgres, start_postgres


def ensure_all() -> Postgres:
    """Python packages, Odoo and a running PostgreSQL; quick when all is there."""
    packages.ensure_packages()
    odoo.odoo_folder()
    return start_postgres()


def ensure_template() -> str:
    """`ensure_all`, and the name of the prepared database to copy."""
    ensure_all()
    return databases.template()
