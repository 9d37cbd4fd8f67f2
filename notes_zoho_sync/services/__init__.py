"""The service layer: plain Python, no odoo, no ORM, no globals."""
