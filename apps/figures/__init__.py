"""Statistics: how far the lists are used, what was exchanged, demand against capacity, where the time went.

Reads the tables of the floors below it; its own hold only what could be made anew from them.
"""
