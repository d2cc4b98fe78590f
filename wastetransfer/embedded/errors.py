"""What the embedded servers have to say to a person."""


class EmbeddedError(Exception):
    """A sentence for the person who started the demo or the tests; never shown as a trace."""
