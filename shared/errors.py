"""What can go wrong, as a small tree: who can mend it decides the branch."""

from datetime import timedelta


class CairnError(Exception):
    """The root. Every message is one plain sentence that may be shown or logged: no ids' contents, no message text."""


class Refused(CairnError):
    """The caller sent something that will never be right; said once, counted, never retried."""

    def __init__(self, reason: str, *, code: str) -> None:
        """`reason` says what and how to mend it; `code` is a short stable word for counting (`bad_signature`)."""
        super().__init__(reason)
        self.code = code


class NotAllowed(Refused):
    """A person asked for something that is not theirs to do; nothing was changed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, code="not_allowed")


class Misconfigured(CairnError):
    """A setting is wrong or absent; the message names it."""


class TryLater(CairnError):
    """The other side is busy or away; the work goes back to its queue and waits there."""

    def __init__(self, reason: str, *, after: timedelta) -> None:
        super().__init__(reason)
        self.after = after


class Gone(CairnError):
    """What was asked for no longer exists on the other side (404, 410)."""


class AlreadySubscribed(CairnError):
    """This app has a subscription on that resource (Graph allows one)."""


class QuotaReached(CairnError):
    """The organisation has as many Graph subscriptions as it may."""


class Conflict(CairnError):
    """Somebody else wrote the document since it was read: read again and decide again."""
