"""Tells people what happened: in the app, by e-mail, by other channels that are plugged in.

Owns messages, letters, everyone's preferences and the feeds of due moments. Reads the logs of the floors below by
their delivered marks.
"""
