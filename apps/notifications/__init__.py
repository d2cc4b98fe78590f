"""Tells people what happened: in the app, by e-mail, by other channels that are plugged in.

Owns messages, their delivery and everyone's preferences. Reads the logs of the floors below by their delivered marks.
"""
