from odoo import models

from .dashboard import CHANNEL


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Administrators hear how the runs of their companies' accounts go."""
        channels = super()._build_bus_channel_list(channels)
        user = self.env.user
        if user.has_group("notes_zoho_sync.group_admin"):
            channels.extend((company, CHANNEL) for company in user.company_ids)
        return channels
