"""The same middleware and database behind one bare view: what the framework alone can do on this machine."""

from benchmarks.settings import *  # noqa: F403 - settings modules extend each other this way

ROOT_URLCONF = "benchmarks.bare"
