"""Users, enterprises, permits, management plans, bureaus, memberships and roles.

Owns who somebody is and for whom they may act, and how much of a permit's year is spoken for. Floor 1.
"""
