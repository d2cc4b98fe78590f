"""Writes of telling people: one function, one verb, one transaction."""
