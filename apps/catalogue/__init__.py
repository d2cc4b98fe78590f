"""Provinces and divisions, waste codes, disposal methods, the law with its dates.

Owns reference data only; nothing here changes except by an import. Floor 0.
"""
