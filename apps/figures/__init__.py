"""Read-only statistics: how far the lists are used, what was exchanged, demand against capacity.

Owns no table and writes nothing; reads the tables of the floors below it.
"""
