"""Production refuses to start without what it needs; every answer carries the strict headers."""

import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from tests.house.processes import finished
from wastetransfer.settings.addresses import PLANNER, PREPARED, database_from_url, mail_from_url

COMPLETE = {
    "DJANGO_SETTINGS_MODULE": "wastetransfer.settings.production",
    "SECRET_KEY": "k" * 60,
    "SECOND_FACTOR_KEYS": "a2V5LW9uZS1rZXktb25lLWtleS1vbmUta2V5LW9uZS0= a2V5LXR3by1rZXktdHdvLWtleS10d28ta2V5LXR3by0=",
    "DATABASE_URL": "postgresql://u:p@db:5432/name",
    "REDIS_URL": "redis://queue:6379/0",
    "ALLOWED_HOSTS": "whitelist.example.org, other.example.org",
    "CSRF_TRUSTED_ORIGINS": "https://whitelist.example.org",
    "SITE_URL": "https://whitelist.example.org",
    "EMAIL_URL": "smtp+tls://sender:secret@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "whitelist@example.org",
}
LOAD = [sys.executable, "-c", "from django.conf import settings as s; print(s.ALLOWED_HOSTS, s.CLOCK_SHIFT_ALLOWED)"]


def load(**environment: str) -> subprocess.CompletedProcess[str]:
    return finished(LOAD, seconds=60, **environment)


def test_production_starts_with_all_of_it() -> None:
    done = load(**COMPLETE)
    assert done.stdout.strip() == "['whitelist.example.org', 'other.example.org'] False", done.stderr


@pytest.mark.parametrize("name", sorted(set(COMPLETE) - {"DJANGO_SETTINGS_MODULE"}))
@pytest.mark.parametrize("instead", [None, " "])
def test_production_refuses_to_start_without(name: str, instead: str | None) -> None:
    environment = {key: text for key, text in COMPLETE.items() if key != name}
    if instead is not None:
        environment[name] = instead
    done = load(**environment)
    assert done.returncode != 0
    assert done.stderr.strip().splitlines()[-1].startswith("django.core.exceptions.ImproperlyConfigured: 生产环境缺少")
    assert name in done.stderr.strip().splitlines()[-1]


def test_production_refuses_a_short_key() -> None:
    assert "SECRET_KEY 至少 50 个字符，现为 5 个" in load(**{**COMPLETE, "SECRET_KEY": "short"}).stderr


def test_production_refuses_an_address_that_is_not_https() -> None:
    assert "SITE_URL 应为 https://" in load(**{**COMPLETE, "SITE_URL": "http://whitelist.example.org"}).stderr


def test_production_refuses_a_moving_clock() -> None:
    assert "生产环境不得拨动时钟" in load(**COMPLETE, CLOCK_SHIFT_ALLOWED="1").stderr


def test_production_shows_no_codes_and_seals_secrets_by_a_real_key() -> None:
    assert "生产环境不得显示动态验证码" in load(**COMPLETE, DEMO_CODES_SHOWN="1").stderr
    assert "SECOND_FACTOR_KEYS 中有一把密钥的格式不对" in load(**{**COMPLETE, "SECOND_FACTOR_KEYS": "short"}).stderr


def test_production_counts_proxies_in_digits() -> None:
    assert "TRUSTED_PROXIES 应为" in load(**COMPLETE, TRUSTED_PROXIES="two").stderr


def test_a_forgotten_settings_module_never_means_development() -> None:
    """Importing the package must not choose settings, or wsgi.py's choice comes too late."""
    show = "import os, wastetransfer; print(os.environ.get('DJANGO_SETTINGS_MODULE'))"
    assert finished([sys.executable, "-c", show], seconds=60).stdout.strip() == "None"
    done = finished([sys.executable, "-c", "import wastetransfer.wsgi"], seconds=60)
    assert "生产环境缺少环境变量" in done.stderr


def test_an_address_with_a_socket() -> None:
    database = database_from_url("postgresql://postgres@/x?host=/run/pg")
    assert (database["HOST"], database["NAME"], database["USER"]) == ("/run/pg", "x", "postgres")


def test_an_address_with_everything() -> None:
    database = database_from_url("postgres://a:b%40c@db.example:6543/n%61me?sslmode=require", OPTIONS={"pool": True})
    assert database["PASSWORD"] == "b@c"
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example", "6543", "name")
    assert database["OPTIONS"] == {**PREPARED, "sslmode": "require", "pool": True, "options": PLANNER}


@pytest.mark.parametrize("url", ["", "mysql://a/b", "postgresql://host", "postgresql://host:port/name", "nonsense"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        database_from_url(url)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", ("mail.example", 25, "", "", False, False)),
        ("smtp+tls://a:b%40c@mail.example", ("mail.example", 587, "a", "b@c", True, False)),
        ("smtps://a:b@mail.example:4650", ("mail.example", 4650, "a", "b", False, True)),
    ],
)
def test_an_address_of_a_mail_server(url: str, server: tuple[object, ...]) -> None:
    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL")
    settings = mail_from_url(url)
    assert tuple(settings[f"EMAIL_{name}"] for name in names) == server


@pytest.mark.parametrize("url", ["", "mail.example", "http://mail.example", "smtp://", "smtp://host:port"])
def test_an_address_of_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        mail_from_url(url)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/live", "/admin/login/", "/no-such-page"])
def test_every_answer_forbids_inline_and_foreign_content(client: Client, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert (policy["script-src"], policy["style-src"]) == ("'self'", "'self'")
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
