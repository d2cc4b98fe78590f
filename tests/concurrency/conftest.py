from tests.transfers.conftest import real_world

__all__ = ["real_world"]
