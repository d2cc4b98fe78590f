"""The clock at work: the calendar and its changes, cases under supervision, where the time went."""
