"""The conversations of a flat chat, as its links suggest them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from shared.domain.identity import MessageId
from shared.domain.messages import Message
from shared.judgement.opener_features import Links

_MAY_START = 0.1
"""Probability from which a message is looked at as a start, though it may be likelier to reply to something:
a conversation that others took up has shown that it was one."""
_MAY_REPLY = 0.1

_PAUSE = timedelta(minutes=5)
"""A longer silence ends what somebody opens with: what they say after it is about how it went on."""


def opening_of(thread: Sequence[Message]) -> list[Message]:
    """What whoever starts a thread says in one go before anybody else speaks; `thread` is oldest first."""
    said = list(thread[:1])
    for message in thread[1:]:
        if message.author != said[0].author or message.created_at - said[-1].created_at > _PAUSE:
            break
        said.append(message)
    return said


def conversations(messages: Sequence[Message], links: Links) -> Iterator[list[Message]]:
    """For each message that may start a conversation: itself, and all that hangs on it or may reply to it.

    `messages` are oldest first, and so is what is returned, by their start. What hangs on a message is what
    most likely replies to it, and what most likely replies to that.
    """
    people = [message for message in messages if message.said_by_a_person and message.id in links]
    known = {message.id: message for message in people}
    hanging: dict[MessageId, list[MessageId]] = defaultdict(list)
    replying: dict[MessageId, list[MessageId]] = defaultdict(list)
    for message in people:
        found = links[message.id]
        if found.parent_id is not None:
            hanging[found.parent_id].append(message.id)
        for one, chance in found.weighed:
            if one is not None and chance >= _MAY_REPLY:
                replying[one].append(message.id)
    order = {message.id: at for at, message in enumerate(people)}
    for message in people:
        if links[message.id].chance(None) < _MAY_START:
            continue
        reached, ahead = {message.id}, [message.id]
        while ahead:
            below = hanging[ahead.pop()]
            reached.update(below)
            ahead.extend(below)
        reached.update(one for one in replying[message.id] if known[one].author != message.author)
        yield [known[one] for one in sorted(reached, key=order.__getitem__)]
