"""Writes of the reference data: loading the fixtures, importing a next catalogue."""
