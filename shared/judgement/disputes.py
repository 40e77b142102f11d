"""Where one reply contradicts another."""

import re
from collections.abc import Sequence

from shared.domain.identity import MessageId, UserKey
from shared.domain.messages import Message
from shared.judgement.addresses import addressed, forms_of, named
from shared.judgement.approaches import Advice
from shared.judgement.cues import Cue, cues_in
from shared.judgement.replies import asks_back
from shared.judgement.text import cosine, read
from shared.judgement.verdicts import Dispute

_POINTS_BACK = re.compile(r"\b(?:that|this|it|instead|those|these)\b", re.IGNORECASE)
_ALIKE = 0.12
"""Cosine from which a contradiction is about the advice it resembles, and not simply the latest; by hand."""


def contradicts(message: Message, *, answers: bool) -> bool:
    """Whether a reply speaks against something said before, and not only as a turn of phrase.

    A warning ("careful, that …") does by itself; "no, …" only when the reply also answers, which
    is to say that it gives another way.
    """
    cues = cues_in(message.text)
    if asks_back(message.text):
        return False
    if Cue.WARNS in cues:
        return _POINTS_BACK.search(message.text) is not None or bool(message.quoted_ids)
    return answers and (Cue.REFUSES in cues or Cue.CORRECTS_SELF in cues)


def disputes_in(
    asker: UserKey | None,
    replies: Sequence[Message],
    advices: Sequence[Advice],
    answers: frozenset[MessageId],
) -> tuple[Dispute, ...]:
    """Which approach is contradicted by which reply, in the order of the replies.

    The asker's "that did not work" is no dispute; a person's own correction is.
    """
    places = {message.id: place for place, message in enumerate(replies)}
    found: list[Dispute] = []
    for place, message in enumerate(replies):
        if message.author is None or message.author.key == asker:
            continue
        if not contradicts(message, answers=message.id in answers):
            continue
        corrects = Cue.CORRECTS_SELF in cues_in(message.text)
        earlier = [
            advice
            for advice in advices
            if places[advice.messages[0].id] < place
            and (corrects or advice.author != message.author.key)
            and message.id not in advice.ids
        ]
        if corrects:
            own = [advice for advice in earlier if advice.author == message.author.key]
            earlier = own or earlier
        if message.quoted_ids:
            # Teams says what is meant: when that is no approach, nothing else is meant instead.
            earlier = [advice for advice in earlier if not set(advice.ids).isdisjoint(message.quoted_ids)]
        if earlier:
            found.append(Dispute(disputed=_meant(message, earlier), by=message.id))
    return tuple(found)


def _meant(message: Message, earlier: Sequence[Advice]) -> MessageId:
    pointed_at = {*message.quoted_ids, message.parent_id}
    for advice in earlier:
        for one in advice.ids:
            if one in pointed_at:
                return one
    people = {m.author.key: m.author for advice in earlier for m in advice.messages if m.author}
    forms = forms_of(people.values())
    spoken_to = addressed(message.text, message.mentions, forms) | named(message.text, forms)
    theirs = [advice for advice in earlier if advice.author in spoken_to]
    choice = theirs or earlier
    mine = read(message.text)
    likest = max(choice, key=lambda advice: cosine(mine, read(advice.text)))
    if cosine(mine, read(likest.text)) < _ALIKE:
        likest = choice[-1]
    return likest.messages[0].id
