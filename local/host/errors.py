"""What the host says when it cannot start, and when a function did not succeed."""

from shared.errors import CairnError, Misconfigured


class HostError(Misconfigured):
    """The function app, its host.json or an argument of the host is wrong; the message says what."""


class InvocationFailed(CairnError):
    """A function raised, or its outputs could not be written. The host has already logged it."""
