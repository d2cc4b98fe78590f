"""Real PostgreSQL and Redis servers out of Python wheels, for the demo and the tests.

Nothing here runs in production. Every server is a child that the kernel stops when its parent dies.
"""
