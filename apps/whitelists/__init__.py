"""Whitelist editions, their entries and the quota ledger.

Owns every tonne that is held or used on a list. Floor 3.
"""
