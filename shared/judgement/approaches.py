"""From answering messages to approaches: what belongs together, what says the same, which words to keep."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.domain.identity import MessageId, UserKey
from shared.domain.messages import Message
from shared.judgement import thresholds
from shared.judgement.cues import Cue, cues_in
from shared.judgement.entities import conflict
from shared.judgement.text import idf, read, sentences
from shared.judgement.verdicts import FoundApproach

_COURTESY = re.compile(
    r"(?:(?:hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening|day)|morning)"
    r"(?:[ ,]+(?:all|there|everyone|everybody|team|guys|folks|@?[\w.\-]+(?: [\w.\-]+)?))?"
    r"|(?:many |ok,? |okay,? |great,? )?(?:thanks|thank you|thx|cheers|regards|(?:kind|best) regards|np|"
    r"no problem|no worries|"
    r"you'?re welcome|you are welcome|yw|good luck|my pleasure|any ?time)"
    r"(?:[ ,]+(?:a lot|so much|very much|again|in advance|all|everyone|mate|@?[\w.\-]+))?"
    r"|(?:i )?hope (?:that|this|it) helps(?: you)?)"
    r"\s?[,.!]*(?: ?(?:[:;]-?[)dp]|🙂|😊|👍|😀))*",
    re.IGNORECASE,
)
_COURTESY_AT_MOST = 60


@dataclass(slots=True)
class Advice:
    """An approach as it is being put together."""

    author: UserKey
    messages: list[Message]
    seconded: list[Message] = field(default_factory=list)
    """Others' messages that say the same."""

    @property
    def text(self) -> str:
        """Everything its author said for it."""
        return "\n".join(message.text for message in self.messages)

    @property
    def ids(self) -> tuple[MessageId, ...]:
        """The messages it comes from, those that give it first."""
        return tuple(message.id for message in (*self.messages, *self.seconded))

    def found(self) -> FoundApproach:
        """The finished value."""
        kept = (words_to_keep(message.text) for message in self.messages)
        return FoundApproach(message_ids=self.ids, text="\n".join(words for words in kept if words))


def gathered(question: str, answers: Sequence[Message]) -> list[Advice]:
    """The approaches that answering messages make up.

    Args:
        question: the words that were asked; what an answer shares with them tells answers apart least.
        answers: the answering messages, oldest first, each with an author.
    """
    advices: list[Advice] = []
    last: Advice | None = None
    for message in answers:
        if message.author is None:
            continue
        author = message.author.key
        continued = _continued(message, author, last, advices)
        if continued is not None:
            continued.messages.append(message)
            last = continued
            continue
        same = next((advice for advice in advices if _says_the_same(question, message, author, advice)), None)
        if same is not None:
            same.seconded.append(message)
            last = None
        else:
            last = Advice(author, [message])
            advices.append(last)
    return advices


def _continued(message: Message, author: UserKey, last: Advice | None, advices: Sequence[Advice]) -> Advice | None:
    cues = cues_in(message.text)
    if Cue.ALTERNATIVE in cues or Cue.CORRECTS_SELF in cues:
        return None
    if last is not None and last.author == author:
        return last
    named = {*message.quoted_ids, message.parent_id}
    return next((a for a in advices if a.author == author and not named.isdisjoint(m.id for m in a.messages)), None)


def _says_the_same(question: str, message: Message, author: UserKey, advice: Advice) -> bool:
    cues = cues_in(message.text)
    if author == advice.author or not cues.isdisjoint({Cue.WARNS, Cue.REFUSES, Cue.ALTERNATIVE}):
        return False
    if conflict(message.text, advice.text):
        return False
    asked = read(question).weights
    one, other = _beyond(asked, message.text), _beyond(asked, advice.text)
    shorter = min(one, other, key=lambda stems: (math.fsum(stems.values()), len(stems)))
    shared = one.keys() & other.keys()
    needed = 2 if len(shorter) > 1 else 1
    if not shorter or len(shared) < needed:
        return False
    enough = thresholds.SAME_ADVICE_AGREED if Cue.AGREES in cues else thresholds.SAME_ADVICE
    return math.fsum(shorter[stem] for stem in shared) >= enough * math.fsum(shorter.values())


def _beyond(asked: Mapping[str, float], text: str) -> dict[str, float]:
    return {stem: idf(stem) for stem in read(text).weights if stem not in asked}


def words_to_keep(text: str) -> str:
    """The text without sentences that only greet, thank or wish luck; never cut inside a sentence."""
    kept: list[str] = []
    end = 0
    for sentence in sentences(text):
        start = text.index(sentence, end)
        between = text[end:start]
        end = start + len(sentence)
        # The break that stood before a sentence that goes stays, so that what follows keeps its line.
        kept.append("\n" * ("\n" in between) if _only_courtesy(sentence) else between + sentence)
    words = "".join(kept) + text[end:]
    return re.sub(r"\n{3,}", "\n\n", words).strip()


def _only_courtesy(sentence: str) -> bool:
    return len(sentence) <= _COURTESY_AT_MOST and _COURTESY.fullmatch(sentence.strip()) is not None
