from tests.reference import reference

__all__ = ["reference"]
