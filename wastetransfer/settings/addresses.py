"""Reads the addresses of servers from the environment."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# A page's query joins a dozen small tables to one row, in an order that is right as written: trying every other
# order took the planner longer (20 ms) than running it (0.4 ms). No query here is large enough for compiling.
PLANNER = "-c join_collapse_limit=4 -c from_collapse_limit=4 -c jit=off"
# A statement that comes back is planned once a connection, not every time.
PREPARED: dict[str, Any] = {"server_side_binding": True, "prepare_threshold": 3}
SCHEMES = frozenset({"postgres", "postgresql"})
MAIL_SCHEMES = frozenset({"smtp", "smtp+tls", "smtps"})
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def database_from_url(url: str, **extra: Any) -> dict[str, Any]:
    """Django's description of the database at `url`; raises ImproperlyConfigured with a sentence.

    `postgresql://user:password@host:port/name?host=/folder/of/a/socket&sslmode=require`: a `host` among the
    parameters wins, as with libpq, so that a Unix socket has an address too.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in SCHEMES or not name:
        message = "DATABASE_URL 不是 PostgreSQL 地址，应形如 postgresql://用户:口令@主机:5432/库名。"
        raise ImproperlyConfigured(message)
    try:
        port = parts.port
    except ValueError as error:
        message = "DATABASE_URL 中的端口不是数字。"
        raise ImproperlyConfigured(message) from error
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", parts.hostname or "")
    database: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or ""),
        **extra,
    }
    options["options"] = f"{PLANNER} {options.get('options', '')}".strip()
    database["OPTIONS"] = {**PREPARED, **options, **extra.get("OPTIONS", {})}
    return database


def mail_from_url(url: str) -> dict[str, Any]:
    """Django's settings for the mail server at `url`; raises ImproperlyConfigured with a sentence.

    `smtp://host:25` without encryption, `smtp+tls://user:password@host:587` with STARTTLS, `smtps://…:465` encrypted
    from the first byte.
    """
    parts = urlsplit(url)
    try:
        port = parts.port or MAIL_PORTS.get(parts.scheme)
    except ValueError:
        port = None
    if parts.scheme not in MAIL_SCHEMES or not parts.hostname or port is None:
        message = "EMAIL_URL 不是邮件服务器地址，应形如 smtp+tls://用户:口令@主机:587（或 smtp://、smtps://）。"
        raise ImproperlyConfigured(message)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }
