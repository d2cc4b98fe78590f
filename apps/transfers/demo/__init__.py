"""The demo's cases, fictional, each through the services with its own ``now``; never a raw insert of a state."""
