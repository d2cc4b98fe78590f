"""A bureau's server. Everything secret or local comes from the environment; without it nothing starts."""

import os
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from wastetransfer.settings.addresses import database_from_url, mail_from_url
from wastetransfer.settings.base import *
from wastetransfer.settings.logs import logging_of

REQUIRED = (
    "SECRET_KEY",
    "SECOND_FACTOR_KEYS",
    "DATABASE_URL",
    "REDIS_URL",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "SITE_URL",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
)
if missing := [name for name in REQUIRED if not os.environ.get(name, "").strip()]:
    message = f"生产环境缺少环境变量：{'、'.join(missing)}。请在 .env 或部署平台中设置后再启动。"
    raise ImproperlyConfigured(message)

MINIMUM_KEY_LENGTH = 50
SECRET_KEY = os.environ["SECRET_KEY"]
if len(SECRET_KEY) < MINIMUM_KEY_LENGTH:
    message = f"SECRET_KEY 至少 {MINIMUM_KEY_LENGTH} 个字符，现为 {len(SECRET_KEY)} 个。"
    raise ImproperlyConfigured(message)


def _words(name: str) -> list[str]:
    return [word for word in os.environ[name].replace(",", " ").split() if word]


if not SITE_URL.startswith("https://"):
    message = "SITE_URL 应为 https:// 开头的网址：它印在每份文书的二维码里，公众凭它核验。"
    raise ImproperlyConfigured(message)

DEBUG = False
ALLOWED_HOSTS = _words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = _words("CSRF_TRUSTED_ORIGINS")
if os.environ.get("CLOCK_SHIFT_ALLOWED", "").lower() in {"1", "true", "yes"}:
    message = "生产环境不得拨动时钟：请去掉环境变量 CLOCK_SHIFT_ALLOWED。"
    raise ImproperlyConfigured(message)
CLOCK_SHIFT_ALLOWED = False
if os.environ.get("DEMO_CODES_SHOWN", "").lower() in {"1", "true", "yes"}:
    message = "生产环境不得显示动态验证码：请去掉环境变量 DEMO_CODES_SHOWN。"
    raise ImproperlyConfigured(message)
DEMO_CODES_SHOWN = False

# The first one seals the secrets of authenticators, any of them opens; see apps.organisations.sealing.
SECOND_FACTOR_KEYS = _words("SECOND_FACTOR_KEYS")
for _key in SECOND_FACTOR_KEYS:
    try:
        Fernet(_key)
    except ValueError as error:
        message = "SECOND_FACTOR_KEYS 中有一把密钥的格式不对：应为 32 个随机字节的 URL 安全 base64（44 个字符）。"
        raise ImproperlyConfigured(message) from error
try:
    TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES") or 1)
except ValueError as error:
    message = "TRUSTED_PROXIES 应为服务器前面反向代理的层数，例如 1。"
    raise ImproperlyConfigured(message) from error

# Web, worker and beat together must stay under the server's max_connections; see docker-compose.yml.
DATABASES = {
    "default": database_from_url(
        os.environ["DATABASE_URL"],
        OPTIONS={"pool": {"min_size": 1, "max_size": int(os.environ.get("DATABASE_POOL", "8")), "timeout": 10}},
    ),
}
REDIS_URL = os.environ["REDIS_URL"]
CELERY_BROKER_URL = REDIS_URL
globals().update(mail_from_url(os.environ["EMAIL_URL"]))

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or STATIC_ROOT)

LOGS_AS_JSON = True
LOGGING = logging_of(is_json=LOGS_AS_JSON)

# TLS ends at the bureau's own proxy, which must set this header and strip it from what clients send.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
# Health checks and Prometheus speak plain HTTP inside.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
