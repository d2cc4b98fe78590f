"""Writes of parties and people: registers, appointments, the capacity of permits."""
