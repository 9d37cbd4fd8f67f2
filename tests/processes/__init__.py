"""What only real processes show: ones that are killed, several at once, a database
that goes away. Odoo, PostgreSQL and both simulators, nothing pretended."""
