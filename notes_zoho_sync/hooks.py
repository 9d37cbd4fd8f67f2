import logging
import uuid

from odoo.exceptions import UserError

from .models import connect
from .models.account import INSTALLATION
from .models.secret import FINGERPRINT, remove_key_file
from .services.errors import SyncError

_logger = logging.getLogger(__name__)


def post_init_hook(env):
    """Number this installation, so that its records in Notes are known as its own."""
    parameters = env["ir.config_parameter"].sudo()
    if not parameters.get_param(INSTALLATION):
        parameters.set_param(INSTALLATION, str(uuid.uuid4()))


def uninstall_hook(env):
    """Leave nothing: hand Zoho's grants back, remove the key and the parameters."""
    parameters = env["ir.config_parameter"].sudo()
    if not parameters.get_param("database.is_neutralized"):
        for org in env["notes.zoho.org"].sudo().search([("state", "!=", "draft")]):
            try:
                connect.revoke(org)
            except (SyncError, UserError) as error:
                _logger.info("The grant of %s was not revoked: %s", org.name, error)
        remove_key_file(env)
    parameters.search(
        [("key", "in", (INSTALLATION, FINGERPRINT))],
    ).unlink()
    # Their types could not go before them.
    everything = env["mail.activity"].sudo().with_context(active_test=False)
    everything.search([("res_model", "like", "notes.zoho.%")]).unlink()
