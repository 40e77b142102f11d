"""Messages with their places in a chat, as intake writes them: see `shared.usecases.settle`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.domain.identity import MessageId, ThreadId
from shared.domain.messages import Message
from shared.judgement.verdicts import Link

type Links = Mapping[MessageId, Link]
"""By message, what it was found to reply to."""


def placed(messages: Sequence[Message], links: Links) -> list[Message]:
    """The messages as the store would give them, with their places, where these are known."""
    found: dict[MessageId, Message] = {}
    for message in messages:
        known = links.get(message.id)
        found[message.id] = (
            message if known is None else place(message, known, found.get(known.parent_id or message.id))
        )
    return list(found.values())


def place(message: Message, known: Link, parent: Message | None) -> Message:
    """A message with its place, as intake writes it."""
    thread_id = ThreadId(message.id) if parent is None else parent.thread_id or ThreadId(parent.id)
    parent_id = None if parent is None else parent.id
    return replace(message, parent_id=parent_id, thread_id=thread_id, link_probability=known.probability)
