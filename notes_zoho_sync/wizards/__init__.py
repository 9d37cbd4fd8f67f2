from . import connect
from . import sync_settings
from . import self_client
from . import link_to
from . import manage_users
from . import uninstall
from . import secret_key
