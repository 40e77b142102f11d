"""Is an exchange resolved? What the asker says and does afterwards, weighed by hand: no data labels it."""

from collections.abc import Sequence

from shared.domain.identity import MessageId, UserKey
from shared.domain.messages import Message
from shared.judgement.cues import Cue, cues_in

_WORKS = 0.92
_FOUND_OUT = 0.88
_THANKS_FOR_AN_ANSWER = 0.75
_LIKES_AN_ANSWER = 0.65
_ANSWERED_ONLY = 0.35
_WORKS_FOR_ANOTHER = 0.5
_THANKS_FOR_NOTHING_YET = 0.3
_STILL_BROKEN = 0.08
_OPEN = 0.05

_PLEASED = frozenset({"like", "heart", "👍", "❤️", "❤", "🙏", "🎉", "✅", "💯"})


def tells_own_solution(text: str) -> bool:
    """Whether somebody says how they got there: "found it: …", "solved, had to …"."""
    cues = cues_in(text)
    return Cue.OWN_SOLUTION in cues and not text.rstrip().endswith("?")


def resolved_probability(asker: UserKey | None, replies: Sequence[Message], answers: frozenset[MessageId]) -> float:
    """That the question is settled; the asker's latest word on it counts.

    Args:
        asker: who asked; None when that is not known.
        replies: what people said afterwards, oldest first.
        answers: which of the replies answer.
    """
    belief = _OPEN
    answered = False
    for message in replies:
        by_asker = message.author is not None and message.author.key == asker
        cues = cues_in(message.text)
        if not by_asker:
            answered = answered or message.id in answers
            if message.id in answers:
                belief = max(belief, _ANSWERED_ONLY, _liked(message, asker))
            elif answered and Cue.FIXED in cues and Cue.STILL_BROKEN not in cues:
                belief = max(belief, _WORKS_FOR_ANOTHER)
        elif Cue.STILL_BROKEN in cues and not tells_own_solution(message.text):
            belief = _STILL_BROKEN
        elif message.text.rstrip().endswith("?"):
            belief = min(belief, _ANSWERED_ONLY)
        elif message.id in answers:
            belief = max(belief, _FOUND_OUT)
        elif Cue.FIXED in cues:
            belief = max(belief, _WORKS)
        elif Cue.THANKS in cues:
            settled = answered and Cue.INTENDS not in cues
            belief = max(belief, _THANKS_FOR_AN_ANSWER if settled else _THANKS_FOR_NOTHING_YET)
    return belief


def _liked(message: Message, asker: UserKey | None) -> float:
    pleased = any(reaction.by == asker and reaction.kind in _PLEASED for reaction in message.reactions)
    return _LIKES_AN_ANSWER if pleased else 0.0
