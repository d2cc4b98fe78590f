"""The HTML door: one folder per journey (public, enterprise, bureau, account).

Parses, scopes, calls one service, turns its refusal into a sentence. Floor 6.
"""
