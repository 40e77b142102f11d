"""What the queues hand over and take: messages, and what became of them."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.errors import Refused

MAX_BODY_BYTES = 48 * 1024
"""What a Storage queue message can hold: 64 KiB after base64, which is 48 KiB of UTF-8."""

LARGEST_BODY_BYTES = 4 * 1024 * 1024
"""What a message can hold that is sent by the port: of more than `MAX_BODY_BYTES`, Storage is given a claim check."""

LONGEST_DELAY = timedelta(days=7)

POISON_SUFFIX = "-poison"

_NAME = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*")


def poison_queue(queue: str) -> str:
    """Where the messages of a queue go that cannot be dealt with."""
    return queue + POISON_SUFFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to be sent: UTF-8 text, to be seen after `delay`."""

    queue: str
    body: str
    delay: timedelta = timedelta(0)

    def check(self, most: int = MAX_BODY_BYTES) -> None:
        """Raises `Refused` when a Storage queue could not take it, or its body is over `most` bytes."""
        if not _NAME.fullmatch(self.queue):
            raise Refused("A queue's name is 3 to 63 lower-case letters, digits and single hyphens.", code="bad_queue")
        if not timedelta(0) <= self.delay <= LONGEST_DELAY:
            raise Refused("A queue message can be delayed by at most 7 days.", code="bad_delay")
        try:
            size = len(self.body.encode())
        except UnicodeEncodeError as error:
            raise Refused("A queue message must be text that UTF-8 can hold.", code="not_text") from error
        if size > most:
            raise Refused(f"A queue message holds at most {most // 1024:,} KiB.", code="too_large")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMessage:
    """A message on its queue. `pop_receipt` proves the lease it was received under; None without one."""

    id: int
    queue: str
    body: str
    inserted_at: datetime
    visible_at: datetime
    dequeue_count: int
    pop_receipt: str | None

    def leased(self, until: datetime, pop_receipt: str, dequeue_count: int) -> "QueuedMessage":
        """The same message under a new lease."""
        return replace(self, visible_at=until, pop_receipt=pop_receipt, dequeue_count=dequeue_count)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTotals:
    """What has happened on a queue since its file was made.

    `retried` counts attempts that came to nothing (failed, or their host died). Always:
    sent + replayed = completed + poisoned + what the queue holds now.
    """

    sent: int
    replayed: int
    completed: int
    retried: int
    poisoned: int
