"""Figures: how far the lists are used, and the yearly reports."""
