from tests.transfers.conftest import world

__all__ = ["world"]
