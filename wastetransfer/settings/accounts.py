"""Accounts: signing in, the second step, how often one may fail, how long a session lasts. Part of base."""

from datetime import timedelta

AUTH_USER_MODEL = "organisations.User"
# The first one refuses who has failed too often; the second knows names and e-mail addresses.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "apps.organisations.backends.NameOrAddress",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "display_name", "email", "phone")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "web:sign_in"
LOGIN_REDIRECT_URL = "web:home"
LOGOUT_REDIRECT_URL = "web:sign_in"

# A session ends twelve hours after signing in, whatever is done, or an hour after the last use.
SESSION_ENGINE = "apps.organisations.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_IDLE_SECONDS = 60 * 60
# The row ends the session, not the cookie: a form that comes too late still says whose it was.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# Links in letters: an invitation for a week, a new password for an hour.
INVITATION_DAYS = 7
PASSWORD_RESET_TIMEOUT = 60 * 60
INVITATION_URL_NAME = "web:join"
RESET_URL_NAME = "web:reset_password"

# The second step. A code of the minute before and after is good, too: telephones' clocks are never exact.
MFA_ADAPTER = "apps.organisations.sealing.SealedSecrets"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "危险废物转移白名单"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_COUNT = 10
MFA_RECOVERY_CODE_DIGITS = 10
# Whether the demo's fictional people are shown their codes; production refuses it.
DEMO_CODES_SHOWN = False

# Failing (docs/decisions/0012): counted by name and address together, so that nobody locks another out.
AXES_HANDLER = "apps.organisations.lockout.Handler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "apps.organisations.lockout.name_of"
AXES_CLIENT_IP_CALLABLE = "apps.organisations.lockout.client_address"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# Failures from one address within the same quarter of an hour, whatever the names.
ADDRESS_FAILURE_LIMIT = 40
# How many proxies stand before the server, each of which adds the address that it saw to X-Forwarded-For.
TRUSTED_PROXIES = 0
# There is one sign-in page and it says itself how long one has to wait; axes' middleware would answer in its place.
SILENCED_SYSTEM_CHECKS = ["axes.W002"]
