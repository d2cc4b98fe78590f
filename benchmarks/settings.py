"""The demo's settings, with the benchmark's own commands beside the apps. The site under test runs without these."""

from wastetransfer.settings.development import *  # noqa: F403 - settings modules extend each other this way

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks"]  # noqa: F405 - from development
# Nothing is collected: like the demo's, these files come from where they lie.
STATIC_ROOT = None
