"""Stateful servers that stand in for HCL Domino and Zoho CRM, over real HTTP.

They follow the servers' documented behaviour, not our client, and import
nothing of the addon.
"""
