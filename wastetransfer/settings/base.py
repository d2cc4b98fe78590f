"""Settings that hold everywhere. What differs stands in development, test and production."""

import os
from datetime import timedelta
from pathlib import Path

from celery.schedules import crontab

from wastetransfer.settings.accounts import *
from wastetransfer.settings.logs import logging_of

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "apps.catalogue",
    "apps.organisations",
    "apps.deadlines",
    "apps.whitelists",
    "apps.transfers",
    "apps.documents",
    "apps.figures",
    "apps.notifications",
    "apps.web",
    "wastetransfer.operations",
]

MIDDLEWARE = [
    "wastetransfer.operations.trail.RequestTrail",
    "django.middleware.security.SecurityMiddleware",
    "wastetransfer.middleware.StrictHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.web.account.guarding.SecondStepRequired",
    "apps.web.administering.AdministratorsOnly",
    "apps.web.account.keeping.KeepPosted",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.web.papers.hastening.HastenPapers",
]

ROOT_URLCONF = "wastetransfer.urls"
WSGI_APPLICATION = "wastetransfer.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [("vendor", BASE_DIR / "var" / "vendor")]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]

# Outside every web root; served only through a view that asks for permission.
MEDIA_ROOT = VAR_DIR / "attachments"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ATTACHMENT_MAX_BYTES = 20 * 1024 * 1024
# The virus scanner: unix:/path/of/clamd.ctl or tcp://host:3310; without one only the kind of a file is looked at.
CLAMD_URL = os.environ.get("CLAMD_URL", "")
CLAMD_SECONDS = 30
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
# Nothing inline, nothing from elsewhere; `data:` is for the icons inside Tabler's style sheet.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_TIMEZONE = TIME_ZONE
# How long a message of beat's may wait for a worker, in seconds: one that comes back must not run a heap of stale ones.
# The worker judges by its own clock, so it has to be more than the clocks of two machines may ever differ.
MESSAGES_WAIT = 1800
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    # Expires before the next one: a worker that comes back must not run a heap of stale sweeps one by one.
    "sweep": {"task": "apps.transfers.tasks.sweep_deadlines", "schedule": 60.0, "options": {"expires": MESSAGES_WAIT}},
    "alert-of-use": {
        "task": "apps.transfers.tasks.alert_of_use",
        "schedule": 60.0,
        "options": {"expires": MESSAGES_WAIT},
    },
    "keep-case-times": {
        "task": "apps.figures.tasks.keep_case_times",
        "schedule": 60.0,
        "options": {"expires": MESSAGES_WAIT},
    },
    "sweep-calendar-changes": {
        "task": "apps.transfers.tasks.sweep_calendar_changes",
        "schedule": 60.0,
        "options": {"expires": MESSAGES_WAIT},
    },
    "follow-suspensions": {
        "task": "apps.transfers.tasks.follow_suspensions",
        "schedule": 60.0,
        "options": {"expires": MESSAGES_WAIT},
    },
    "sweep-files": {"task": "apps.transfers.tasks.sweep_files", "schedule": crontab(hour=3, minute=20)},
    "sweep-imports": {
        "task": "apps.whitelists.tasks.sweep_imports",
        "schedule": 60.0,
        "options": {"expires": MESSAGES_WAIT},
    },
    "warn-of-gaps": {
        "task": "apps.whitelists.tasks.warn_of_gaps",
        "schedule": crontab(minute=5),
        "options": {"expires": 3000},
    },
    "deliver-messages": {
        "task": "apps.notifications.tasks.deliver_messages",
        "schedule": 60.0,
        "options": {"expires": MESSAGES_WAIT},
    },
    "clear-accounts": {"task": "apps.organisations.tasks.clear_accounts", "schedule": crontab(minute=35)},
    "send-letters": {
        "task": "apps.notifications.tasks.send_letters",
        "schedule": 60.0,
        "options": {"expires": MESSAGES_WAIT},
    },
    # Made once a working day, by the first run after 08:30.
    "make-digests": {
        "task": "apps.notifications.tasks.make_digests",
        "schedule": 300.0,
        "options": {"expires": MESSAGES_WAIT},
    },
    "clear-messages": {"task": "apps.notifications.tasks.clear_messages", "schedule": crontab(hour=3, minute=50)},
    "render-papers": {
        "task": "apps.documents.tasks.render_papers",
        "schedule": 60.0,
        "options": {"expires": MESSAGES_WAIT},
    },
}

# Papers: the fonts that bootstrap.py installs, the public page that the QR code on a paper leads to, the seal service.
FONTS_DIR = BASE_DIR / "var" / "fonts"
SITE_URL = (os.environ.get("SITE_URL") or "http://127.0.0.1:8000").rstrip("/")
CHECK_URL_NAME = "web:check_paper"
# Whether requests wake the renderer; without it papers wait for the sweep of the minute.
HASTENS_PAPERS = True
DOCUMENT_SEAL = "apps.documents.sealing.PlaceholderSeal"

# Telling people: the ways out of the house by name, and the page behind every link in a letter.
NOTICE_CHANNELS = {"mail": "apps.notifications.channels.mail.MailChannel"}
# A gateway for short messages or for 政务钉钉 (docs/notifications.md); without an address there is no such channel.
NOTICE_WEBHOOK_URL = os.environ.get("NOTICE_WEBHOOK_URL", "")
NOTICE_WEBHOOK_SECRET = os.environ.get("NOTICE_WEBHOOK_SECRET", "")
NOTICE_WEBHOOK_SECONDS = 10
if NOTICE_WEBHOOK_URL:
    NOTICE_CHANNELS["text"] = "apps.notifications.channels.webhook.WebhookChannel"
NOTICE_URL_NAMES = {"open": "web:notice", "list": "web:notices", "preferences": "web:notice_preferences"}
# How long a message is kept after it was told, once it is read.
MESSAGES_KEPT = timedelta(days=400)
# Seconds that a mail server may take to answer before it counts as down.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or "baimingdan@localhost"

# Who carries it (Authorization: Bearer …) reads the details of /health/ready, and /metrics; without one nobody does.
OPERATIONS_TOKEN = os.environ.get("OPERATIONS_TOKEN", "")
OPERATIONS_OPEN = False
# The folder of pg_dump and pg_restore for `manage.py backup` and `restore`; empty: found by PATH.
POSTGRES_PROGRAMS = os.environ.get("POSTGRES_PROGRAMS", "")
LOGS_AS_JSON = False
LOGGING = logging_of(is_json=LOGS_AS_JSON)

# Only development, demo and tests may move the clock (see apps.deadlines.services.moment).
CLOCK_SHIFT_ALLOWED = False
