"""What may come into a store from another one: nothing of who was erased or has opted out, and nothing older."""

from dataclasses import replace
from datetime import datetime

from shared.domain.erasure import (
    Forgetting,
    expertise_without,
    message_of_others,
    posting_without,
    space_without,
    thread_without,
)
from shared.domain.events import Event
from shared.domain.exchanges import Thread
from shared.domain.forgotten_authors import snippet_without
from shared.domain.labels import Label
from shared.domain.messages import Message
from shared.domain.people import Expertise, Profile
from shared.domain.postings import Posting, PostingState
from shared.domain.snippets import Snippet
from shared.domain.spaces import Space
from shared.domain.topics import KeptTopics, without_person


def without(value: object, who: Forgetting, now: datetime) -> object | None:
    """What may come in of a thing when a person is not to; None for nothing."""
    match value:
        case Message():
            return None if who.is_them(value.author) else message_of_others(value, who)
        case Thread():
            return thread_without(value, who)
        case Snippet():
            # Never dated before what it comes from, or that would count as newer each time.
            return snippet_without(value, who, max(now, value.updated_at))
        case Expertise():
            return None if who.is_them(value.person) else expertise_without(value, who)
        case Profile():
            return None if who.whole and who.is_them(value.person) else value
        case Space():
            return space_without(value, who)
        case KeptTopics():
            return without_person(value, who)
        case Posting():
            left = posting_without(value, who)
            return None if left.forget and left.state is not PostingState.POSTED else left
        case Label():
            return None if who.user in value.involved else value
        case Event():
            return None if who.whole and value.by == who.user else value
        case _:
            return value


def newest_space(known: Space | None, arrived: Space) -> Space:
    """The one whose members were learned last; capture is on only when it is in both."""
    if known is None or known.members_as_of is None:
        return arrived if known is None else known
    if arrived.members_as_of is None or arrived.members_as_of <= known.members_as_of:
        return known
    return replace(arrived, capture=arrived.capture and known.capture)


def newest_label(known: Label | None, arrived: Label) -> Label:
    """The later word."""
    return arrived if known is None or arrived.at > known.at else known


def opts_out_anew(known: Profile | None, arrived: Profile) -> bool:
    """Whether a profile brings an opt-out that is not known here: never one from before they opted in here."""
    if not arrived.opted_out or (known is not None and known.opted_out):
        return False
    lifted = known.opted_in_at if known else None
    return lifted is None or (arrived.opted_out_at is not None and arrived.opted_out_at > lifted)
