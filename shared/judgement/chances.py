"""How probable it is of each line that it answers, and of all that one person says in a row.

A meaning costs fifty times what the words cost, and most of what is said in a long thread is settled by its
words. So of a long thread only those lines are embedded that the words leave open.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from shared.domain.identity import MessageId, UserKey
from shared.domain.messages import Message
from shared.judgement import replies as reply_model
from shared.judgement.meaning import NO_MEANINGS, NUMBERS, Meaning, Meanings, known
from shared.judgement.replies import joined, probabilities
from shared.judgement.reply_features import Asked

LONG = 12
"""Lines beyond which a thread is a long one. Nine of ten threads of a forum are shorter, and embedded whole."""
OPEN_FROM, OPEN_TO = 0.2, 0.8
"""P(answer) by words between which a line is open. On folds of train, meaning takes 3 of 10,000 replies outside of it
over the threshold. Embedding only the open ones of every thread, long or not, costs 0.5 of F1 there (82.9 to 82.4,
asker known) and half of the embeddings, as the others are then missing beside them; of long threads alone, 0.1."""

type Turn = Sequence[Message]
"""What one person said in a row, oldest first."""
_NOTHING: Meaning = np.zeros(NUMBERS, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """P(answer) of each line of a turn, and of all of it said as one (0 for a turn of one line)."""

    each: tuple[float, ...]
    together: float


def author_of(message: Message) -> UserKey | None:
    """Who said it."""
    return message.author.key if message.author else None


def texts_to_embed(asked: Asked, asker: UserKey | None, turns: Sequence[Turn]) -> list[str]:
    """The texts whose meanings `chances` uses, each once: the question's, and the lines' that are open by words."""
    lines = [message for turn in turns for message in turn]
    if len(lines) <= LONG:
        return reply_model.texts_to_embed(asked, [message.text for message in lines]) if lines else []
    said = [message.text for message in _open(asker, turns, _weighed(asked, asker, turns, NO_MEANINGS))]
    return reply_model.texts_to_embed(asked, said) if said else []


def chances(asked: Asked, asker: UserKey | None, turns: Sequence[Turn], meanings: Meanings) -> list[Chance]:
    """Of each turn. What one person said in a row may answer together where no line does alone.

    Args:
        asked: the question.
        asker: who asked it; None when nobody knows.
        turns: what was said after it, oldest first.
        meanings: of `texts_to_embed`; where one is missing, all goes by words alone.
    """
    lines = [message for turn in turns for message in turn]
    texts = reply_model.texts_to_embed(asked, [message.text for message in lines])
    if len(lines) <= LONG or known(meanings, texts):
        return _weighed(asked, asker, turns, meanings)
    worded = _weighed(asked, asker, turns, NO_MEANINGS)
    still_open = {message.id for message in _open(asker, turns, worded)}
    wanted = reply_model.texts_to_embed(asked, [message.text for message in lines if message.id in still_open])
    if not still_open or not known(meanings, wanted):
        return worded
    meant = _weighed(asked, asker, turns, {**dict.fromkeys(texts, _NOTHING), **meanings})
    return [_heard(turn, one, other, still_open) for turn, one, other in zip(turns, worded, meant, strict=True)]


def _heard(turn: Turn, worded: Chance, meant: Chance, still_open: Collection[MessageId]) -> Chance:
    """Meaning where it was asked for, words elsewhere."""
    each = zip(turn, worded.each, meant.each, strict=True)
    return Chance(
        each=tuple(other if message.id in still_open else one for message, one, other in each),
        together=meant.together if any(message.id in still_open for message in turn) else worded.together,
    )


def _open(asker: UserKey | None, turns: Sequence[Turn], worded: Sequence[Chance]) -> Iterator[Message]:
    """The lines that their words leave open; not the asker's, who answers only by telling a solution."""
    for turn, chance in zip(turns, worded, strict=True):
        if asker is not None and author_of(turn[0]) == asker:
            continue
        together = OPEN_FROM < chance.together < OPEN_TO
        for message, alone in zip(turn, chance.each, strict=True):
            if together or OPEN_FROM < alone < OPEN_TO:
                yield message


def _weighed(asked: Asked, asker: UserKey | None, turns: Sequence[Turn], meanings: Meanings) -> list[Chance]:
    lines = [message for turn in turns for message in turn]
    said = [author_of(message) == asker for message in lines] if asker is not None else None
    each = iter(probabilities(asked, [m.text for m in lines], meanings, by_asker=said))
    alone = [tuple(next(each) for _ in turn) for turn in turns]
    if len(lines) == len(turns):
        return [Chance(each=one, together=0.0) for one in alone]
    wholes = [joined([m.text for m in turn], meanings) for turn in turns]
    all_known = {**meanings, **{text: meaning for text, meaning in wholes if meaning is not None}}
    said = [author_of(turn[0]) == asker for turn in turns] if asker is not None else None
    together = probabilities(asked, [text for text, _ in wholes], all_known, by_asker=said)
    return [
        Chance(each=one, together=whole if len(one) > 1 else 0.0) for one, whole in zip(alone, together, strict=True)
    ]
