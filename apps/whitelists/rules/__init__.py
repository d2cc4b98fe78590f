"""Pure rules of the lists: no tables, no clock."""
