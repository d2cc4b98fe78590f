"""The application: items, attachments, state machine, log, frozen papers, the sweep of its deadlines.

Owns what happens to a case between its draft and its end. Floor 4.
"""
