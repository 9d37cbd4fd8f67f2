import logging
import uuid

from odoo.exceptions import UserError

from .models import connect
from .models.account import INSTALLATION
from .models.dashboard import MESSAGE
from .models.secret import remove_key_file
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
    parameters.search([("key", "=like", "notes_zoho_sync.%")]).unlink()
    _forget_models(env)
    # Their types could not go before them.
    everything = env["mail.activity"].sudo().with_context(active_test=False)
    everything.search([("res_model", "like", "notes.zoho.%")]).unlink()


def _forget_models(env):
    """What people and Odoo keep elsewhere under our models' names; Odoo leaves it."""
    models = [name for name in env.registry if name.startswith("notes.zoho.")]
    filters = env["ir.filters"].with_context(active_test=False)
    filters.search([("model_id", "in", models)]).unlink()
    env["ir.exports"].search([("resource", "in", models)]).unlink()
    # Names that mail and others gave to what our models inherit from them.
    names = env["ir.model.data"].search(
        [
            ("module", "!=", "notes_zoho_sync"),
            ("name", "=like", r"%\_\_notes\_zoho\_%"),
        ]
    )
    names.unlink()
    env["bus.bus"].search([("message", "like", MESSAGE)]).unlink()
