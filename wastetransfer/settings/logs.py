"""How log lines look: for people in the demo, as JSON in production."""

from typing import Any


def logging_of(*, is_json: bool) -> dict[str, Any]:
    """Django's LOGGING: everything to the process's own output."""
    lines = {"()": "wastetransfer.operations.logs.Lines", "fmt": "%(message)s %(request_id)s %(case)s"}
    plain = {"format": "%(asctime)s %(levelname)s %(name)s %(case)s %(message)s"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"trail": {"()": "wastetransfer.operations.logs.Trail"}},
        "formatters": {"lines": lines if is_json else plain},
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "lines", "filters": ["trail"]}},
        "root": {"handlers": ["out"], "level": "INFO" if is_json else "WARNING"},
        "loggers": {
            "django": {"handlers": ["out"], "level": "INFO" if is_json else "WARNING", "propagate": False},
            # Its lines carry the address with whatever secret stands in it; ours are written by the middleware.
            "django.server": {"handlers": [], "propagate": False},
            "django.request": {"handlers": ["out"], "level": "ERROR", "propagate": False},
        },
    }
