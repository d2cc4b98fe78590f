"""Tests: their own PostgreSQL and Redis, started by wastetransfer.embedded.pytest_servers."""

import os

from wastetransfer.settings.addresses import database_from_url
from wastetransfer.settings.base import *

DEBUG = False
SECRET_KEY = "for-tests-only-and-never-more-than-that"  # noqa: S105 - guards nothing
ALLOWED_HOSTS = ["*"]
CLOCK_SHIFT_ALLOWED = True
DEMO_CODES_SHOWN = True
# A fictional person comes in by several windows within a minute; each needs a code of its own.
MFA_TOTP_TOLERANCE = 3
SECOND_FACTOR_KEYS = ["dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk="]
# No worker listens: tests call the tasks themselves.
HASTENS_PAPERS = False

# Without pytest (mypy's plugin, makemigrations --check) nothing listens there and nothing needs to.
DATABASES = {"default": database_from_url(os.environ.get("TEST_DATABASE_URL", "postgresql://nobody@localhost:1/none"))}
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://localhost:1/0")
CELERY_BROKER_URL = REDIS_URL

# Hashing is deliberately slow; the tests sign in hundreds of times and test no hash.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Without the front-end files Django would warn, and warnings are errors here.
STATICFILES_DIRS = [pair for pair in STATICFILES_DIRS if pair[1].is_dir()]
WHITENOISE_AUTOREFRESH = True
# Playwright's synchronous interface keeps an event loop in the test's thread, so Django's guard takes plain
# test code for a coroutine. Nothing here runs inside that loop.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
