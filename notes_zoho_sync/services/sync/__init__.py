"""The engine: collect, match, merge, plan, guard, execute. Knows no HTTP, no Odoo."""
