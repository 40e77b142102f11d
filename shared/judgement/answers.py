"""Which replies answer, whether the exchange is resolved, what the approaches are, who contradicts whom."""

from collections.abc import Sequence
from itertools import groupby

from shared.domain.messages import Message
from shared.judgement import thresholds
from shared.judgement.approaches import gathered, words_to_keep
from shared.judgement.cues import Cue, cues_in
from shared.judgement.disputes import contradicts, disputes_in
from shared.judgement.replies import answer_probability, asks_back
from shared.judgement.resolution import resolved_probability, tells_own_solution
from shared.judgement.text import read
from shared.judgement.verdicts import Assessment, ReplyVerdict, Role

_OWN_SOLUTION = 0.8
"""P(answer) when the asker says how they got there; by hand, as the labelled forum calls hardly any asker's
reply an answer."""
_ASKER_AT_MOST = 0.2
"""P(answer) of anything else the asker says."""
_ASIDE = frozenset({Cue.THANKS, Cue.LAUGHS, Cue.SOCIAL, Cue.FIXED, Cue.INTENDS})


def assess(question: Sequence[Message], replies: Sequence[Message]) -> Assessment:
    """What a thread's replies amount to.

    Args:
        question: the asker's opening messages, oldest first.
        replies: what came after, oldest first; what is no person's living message is passed over.

    Returns:
        A verdict for each reply that a person said, in their order; the rest is empty when none answers.
    """
    asked = "\n".join(part for m in question for part in (m.subject, m.text) if part)
    asker = next((m.author.key for m in question if m.author), None)
    opening = {message.id for message in question}
    spoken = [message for message in replies if message.said_by_a_person and message.id not in opening]
    verdicts = [
        verdict
        for author, turn in groupby(spoken, key=lambda m: m.author.key if m.author else None)
        for verdict in _turn(asked, list(turn), by_asker=author is not None and author == asker)
    ]
    answers = frozenset(v.message_id for v in verdicts if v.role is Role.ANSWER)
    advices = gathered(asked, [message for message in spoken if message.id in answers])
    settled = resolved_probability(asker, spoken, answers)
    return Assessment(
        replies=tuple(verdicts),
        resolved=settled >= thresholds.RESOLVED,
        resolved_probability=settled,
        approaches=tuple(advice.found() for advice in advices),
        disputes=disputes_in(asker, spoken, advices, answers),
    )


def _turn(asked: str, turn: Sequence[Message], *, by_asker: bool) -> list[ReplyVerdict]:
    """The verdicts on what one person said in a row: together it may answer where no line does alone."""
    together = answer_probability(asked, "\n".join(m.text for m in turn)) if len(turn) > 1 else 0.0
    if by_asker:
        return _asker_turn(turn)
    return [_reply(asked, message, together) for message in turn]


def _reply(asked: str, message: Message, together: float) -> ReplyVerdict:
    text, cues = message.text, cues_in(message.text)
    probability = answer_probability(asked, text)
    aside = not cues.isdisjoint(_ASIDE) or not words_to_keep(text)
    if not aside and not asks_back(text):
        probability = max(probability, together)
    return ReplyVerdict(message_id=message.id, role=_role(message, probability), probability=probability)


def _role(message: Message, probability: float) -> Role:
    text, cues = message.text, cues_in(message.text)
    if not read(text).words or not words_to_keep(text):
        return Role.TALK
    if asks_back(text):
        return Role.HELP if cues.isdisjoint({Cue.SCHEDULING, Cue.SOCIAL, Cue.RHETORICAL}) else Role.TALK
    if Cue.ADVISES not in cues and not cues.isdisjoint({Cue.UNSURE, Cue.INTENDS}):
        return Role.TALK
    if probability >= thresholds.ANSWER:
        return Role.ANSWER
    helps = probability >= thresholds.HELP or contradicts(message, answers=False)
    return Role.HELP if helps and Cue.THANKS not in cues else Role.TALK


def _asker_turn(turn: Sequence[Message]) -> list[ReplyVerdict]:
    """The asker answers by telling the solution; the lines right after it belong to it."""
    verdicts: list[ReplyVerdict] = []
    telling = False
    for message in turn:
        cues = cues_in(message.text)
        # "Found it, thanks" tells that there is a solution, and not what it is.
        told = tells_own_solution(message.text) and len(read(message.text).stems) > 1
        continued = (
            telling and cues.isdisjoint(_ASIDE) and not asks_back(message.text) and bool(read(message.text).stems)
        )
        telling = told or continued
        if telling:
            verdicts.append(ReplyVerdict(message_id=message.id, role=Role.ANSWER, probability=_OWN_SOLUTION))
            continue
        adds = Cue.THANKS not in cues and (Cue.STILL_BROKEN in cues or len(read(message.text).stems) > 2)
        role = Role.HELP if adds else Role.TALK
        verdicts.append(ReplyVerdict(message_id=message.id, role=role, probability=_ASKER_AT_MOST if adds else 0.05))
    return verdicts
