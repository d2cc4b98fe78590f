"""Renders frozen papers as PDF, keeps what was rendered unchangeably, and tells anybody whether a paper is genuine.

A paper is frozen by ``transfers``; nothing here writes a word of it. Anything else that has blocks can be set too.
"""
