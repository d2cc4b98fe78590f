"""The working-day calendar and running clocks.

Knows nothing of transfers: a clock belongs to a reference, which is a text. Floor 2.
"""
