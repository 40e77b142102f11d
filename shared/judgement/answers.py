"""Which replies answer, whether the exchange is resolved, what the approaches are, who contradicts whom."""

from collections.abc import Sequence
from itertools import groupby

from shared.domain.identity import UserKey
from shared.domain.labels import Claim, Task
from shared.domain.messages import Message
from shared.domain.tuning import UNTUNED, Tuning
from shared.judgement import chances as weighed
from shared.judgement import models, thresholds
from shared.judgement.approaches import gathered, words_to_keep
from shared.judgement.chances import Chance, author_of, chances
from shared.judgement.cues import Cue, cues_in
from shared.judgement.disputes import contradicts, disputes_in
from shared.judgement.meaning import NO_MEANINGS, Meanings
from shared.judgement.replies import asks_back
from shared.judgement.reply_features import Asked
from shared.judgement.resolution import resolved_probability, tells_own_solution
from shared.judgement.text import read
from shared.judgement.verdicts import Assessment, ReplyVerdict, Role

_OWN_SOLUTION = 0.8
"""P(answer) when the asker says how they got there; by hand, as the labelled forum calls hardly any asker's
reply an answer."""
_ASKER_AT_MOST = 0.2
"""P(answer) of anything else the asker says."""
_ASIDE = frozenset({Cue.THANKS, Cue.LAUGHS, Cue.SOCIAL, Cue.FIXED, Cue.INTENDS})


def texts_to_embed(question: Sequence[Message], replies: Sequence[Message]) -> list[str]:
    """The texts whose meanings `assess` uses, each once; of a long thread, what its words leave open."""
    return weighed.texts_to_embed(_asked(question), _asker(question), _turns(_spoken(question, replies)))


def claim_of(verdicts: Sequence[ReplyVerdict]) -> Claim:
    """What an approach that comes from these replies claims, for whoever later hears whether it was right."""
    surest = max(verdict.probability for verdict in verdicts)
    return Claim(probability=round(surest, 6), bar=thresholds.ANSWER, model=model_in_use())


def model_in_use() -> str:
    """Tells the fitted models of answers from those of another release."""
    return models.fingerprint("answers")


def assess(
    question: Sequence[Message],
    replies: Sequence[Message],
    meanings: Meanings = NO_MEANINGS,
    tuning: Tuning = UNTUNED,
) -> Assessment:
    """What a thread's replies amount to.

    Args:
        question: the asker's opening messages, oldest first. Without an author nobody knows who asks, and
            no reply is held to be the asker's.
        replies: what came after, oldest first; what is no person's living message is passed over.
        meanings: of `texts_to_embed`; where one is missing, replies are judged by their words alone.
        tuning: how much surer than as delivered it must be that a reply answers.

    Returns:
        A verdict for each reply that a person said, in their order; the rest is empty when none answers.
    """
    asked = _asked(question)
    asker = _asker(question)
    spoken = _spoken(question, replies)
    turns = _turns(spoken)
    enough = tuning.bar(Task.ANSWER, thresholds.ANSWER)
    verdicts = [
        verdict
        for turn, chance in zip(turns, chances(asked, asker, turns, meanings), strict=True)
        for verdict in _turn(turn, chance, enough, by_asker=asker is not None and author_of(turn[0]) == asker)
    ]
    answers = frozenset(v.message_id for v in verdicts if v.role is Role.ANSWER)
    advices = gathered(asked.whole, [message for message in spoken if message.id in answers])
    settled = resolved_probability(asker, spoken, answers)
    return Assessment(
        replies=tuple(verdicts),
        resolved=settled >= thresholds.RESOLVED,
        resolved_probability=settled,
        approaches=tuple(advice.found() for advice in advices),
        disputes=disputes_in(asker, spoken, advices, answers),
    )


def _asked(question: Sequence[Message]) -> Asked:
    subjects = [m.subject for m in question if m.subject]
    return Asked(subject="\n".join(subjects), body="\n".join(m.text for m in question if m.text))


def _asker(question: Sequence[Message]) -> UserKey | None:
    return next((m.author.key for m in question if m.author), None)


def _spoken(question: Sequence[Message], replies: Sequence[Message]) -> list[Message]:
    opening = {message.id for message in question}
    return [message for message in replies if message.said_by_a_person and message.id not in opening]


def _turns(spoken: Sequence[Message]) -> list[list[Message]]:
    return [list(turn) for _, turn in groupby(spoken, key=author_of)]


def _turn(turn: Sequence[Message], chance: Chance, enough: float, *, by_asker: bool) -> list[ReplyVerdict]:
    """The verdicts on what one person said in a row."""
    if by_asker:
        return _asker_turn(turn, enough)
    return [_reply(message, alone, chance.together, enough) for message, alone in zip(turn, chance.each, strict=True)]


def _reply(message: Message, probability: float, together: float, enough: float) -> ReplyVerdict:
    text, cues = message.text, cues_in(message.text)
    aside = not cues.isdisjoint(_ASIDE) or not words_to_keep(text)
    if not aside and not asks_back(text):
        probability = max(probability, together)
    return ReplyVerdict(message_id=message.id, role=_role(message, probability, enough), probability=probability)


def _role(message: Message, probability: float, enough: float) -> Role:
    text, cues = message.text, cues_in(message.text)
    if not read(text).words or not words_to_keep(text):
        return Role.TALK
    if asks_back(text):
        return Role.HELP if cues.isdisjoint({Cue.SCHEDULING, Cue.SOCIAL, Cue.RHETORICAL}) else Role.TALK
    if Cue.ADVISES not in cues and _holds_back(cues, probability):
        return Role.TALK
    if probability >= enough:
        return Role.ANSWER
    helps = probability >= thresholds.HELP or contradicts(message, answers=False)
    return Role.HELP if helps and Cue.THANKS not in cues else Role.TALK


def _holds_back(cues: frozenset[Cue], probability: float) -> bool:
    """Whether somebody says what they mean to do, or does not know and it does not read like an answer all the same."""
    return Cue.INTENDS in cues or (Cue.UNSURE in cues and probability < thresholds.ANSWER_UNSURE)


def _asker_turn(turn: Sequence[Message], enough: float) -> list[ReplyVerdict]:
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
            role = Role.ANSWER if enough <= _OWN_SOLUTION else Role.HELP
            verdicts.append(ReplyVerdict(message_id=message.id, role=role, probability=_OWN_SOLUTION))
            continue
        adds = Cue.THANKS not in cues and (Cue.STILL_BROKEN in cues or len(read(message.text).stems) > 2)
        role = Role.HELP if adds else Role.TALK
        verdicts.append(ReplyVerdict(message_id=message.id, role=role, probability=_ASKER_AT_MOST if adds else 0.05))
    return verdicts
