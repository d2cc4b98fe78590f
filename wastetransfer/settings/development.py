"""A developer's machine and `make demo`: everything the machine needs lies under var/."""

import os

from wastetransfer.settings.addresses import database_from_url
from wastetransfer.settings.base import *

DEBUG = os.environ.get("DEBUG") == "1"
# `make demo` makes a key of its own in var/; the fallback serves commands that sign nothing.
SECRET_KEY = os.environ.get("SECRET_KEY") or "development-only-" + "0" * 40
ALLOWED_HOSTS = ["*"]
CLOCK_SHIFT_ALLOWED = True
# On one's own machine health and metrics are open to see.
OPERATIONS_OPEN = True
# Of the fictional people of the demo; production knows no such setting and loads no demo.
DEMO_CODES_SHOWN = True
# A fictional person comes in by several windows within a minute; each needs a code of its own.
MFA_TOTP_TOLERANCE = 3
# Of fictional secrets; a bureau's server has keys of its own.
SECOND_FACTOR_KEYS = ["ZGV2ZWxvcG1lbnQtb25seS1uZXZlci1vbi1zZXJ2ZXI="]
DEMO_PASSWORD = os.environ.get("DEMO_PASSWORD") or "baimingdan-2026"

DATABASES = {
    "default": database_from_url(
        os.environ.get("DATABASE_URL") or f"postgresql://postgres@/wastetransfer?host={VAR_DIR / 'run'}",
        OPTIONS={"pool": {"min_size": 1, "max_size": int(os.environ.get("DATABASE_POOL", "8")), "timeout": 10}},
    ),
}
REDIS_URL = os.environ.get("REDIS_URL") or f"redis+socket://{VAR_DIR / 'run' / 'redis.sock'}?virtual_host=0"
CELERY_BROKER_URL = REDIS_URL
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"

# Static files straight from where they lie: no collectstatic between a clone and the first page.
WHITENOISE_USE_FINDERS = True
