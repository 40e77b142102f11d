"""A flat chat once it has gone on: what stands around a message that may have opened a request, as numbers.

The links alone say how surely a message starts something and was replied to. What its author was in the middle
of, who turns to them afterwards and whether replies go to older lines of theirs says more about the same.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from shared.domain.identity import MessageId, UserKey
from shared.domain.messages import Message
from shared.judgement.addresses import addressed, forms_of, named
from shared.judgement.cues import Cue, cues_in
from shared.judgement.link_scene import said_in
from shared.judgement.opener_features import (
    HELPING,
    TELLING,
    Links,
    Weighing,
    features_of,
    fitted_weighing,
    logit,
    words_of,
)
from shared.judgement.text import cosine, read
from shared.judgement.utterances import pieces_of

_PAST, _FUTURE = 150, 60
"""How many messages of people before and after one are looked at."""
_NEAR = 0.3
"""Probability of a reply from which what it says is heard as one."""
_NEVER = 6.0
"""Stands for "not in sight" where the logarithm of a distance is told."""


class Chat:
    """The messages of a flat chat with what each was found to reply to, read once for all that is asked of them."""

    def __init__(self, messages: Sequence[Message], links: Links, weighing: Weighing | None = None) -> None:
        """`messages` are oldest first; `weighing` is given where others than the fitted models shall weigh words."""
        self._people = [m for m in messages if m.said_by_a_person and m.author]
        self._links = links
        self._weighing = weighing or fitted_weighing()
        self._place = {m.id: at for at, m in enumerate(self._people)}
        self._author = [m.author.key for m in self._people if m.author]
        self._minute = [m.created_at.timestamp() / 60 for m in self._people]
        self._forms = forms_of({m.author.key: m.author for m in self._people if m.author}.values())
        self._to = [
            addressed(m.text, m.mentions, self._forms) - {who}
            for m, who in zip(self._people, self._author, strict=True)
        ]
        self._named = [named(m.text, self._forms) - {who} for m, who in zip(self._people, self._author, strict=True)]
        self._of: defaultdict[UserKey, list[int]] = defaultdict(list)
        for at, who in enumerate(self._author):
            self._of[who].append(at)
        self._replying: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
        for child, link in links.items():
            for parent, chance in link.weighed:
                if parent is not None and parent in self._place and child in self._place:
                    self._replying[self._place[parent]].append((self._place[child], chance))

    def knows(self, message_id: MessageId) -> bool:
        """Whether it is a person's message of this chat whose links were weighed."""
        return message_id in self._place and message_id in self._links

    def numbers(self, message_id: MessageId) -> Mapping[str, float]:
        """What speaks for and against this message having opened a request; only of one that is known."""
        at = self._place[message_id]
        own = self._of[self._author[at]]
        nth = own.index(at)
        earlier = [one for one in own[max(0, nth - 30) : nth] if at - one <= _PAST]
        later = [one for one in own[nth + 1 :] if one - at < _FUTURE]
        partners = self._partners(at, earlier)
        return {
            **self._told_by_its_link(at),
            **self._words(at),
            **self._before(at, earlier, partners),
            **self._replies(at, later, partners),
            **self._afterwards(at, later, partners),
            **self._talk_that_goes_on(at, earlier, later),
        }

    def _parents(self, at: int) -> list[tuple[float, int]]:
        weighed = self._links[self._people[at].id].weighed
        known = ((chance, self._place[one]) for one, chance in weighed if one is not None and one in self._place)
        return sorted(known, reverse=True)

    def _told_by_its_link(self, at: int) -> dict[str, float]:
        parents, me = self._parents(at), self._author[at]
        start = logit(self._links[self._people[at].id].chance(None))
        best, second = [*(chance for chance, _ in parents[:2]), 0.0, 0.0][:2]
        told = {
            "start": start,
            "best parent": best,
            "second parent": second,
            "start over best parent": start - logit(best),
            "goes on with own": math.fsum(chance for chance, one in parents if self._author[one] == me),
            "replies to others": math.fsum(chance for chance, one in parents if self._author[one] != me),
        }
        if not parents:
            return told
        parent = parents[0][1]
        drew = math.fsum(chance for one, chance in self._replying[parent] if one != at)
        return told | {
            "parent lines": math.log1p(at - parent),
            "parent minutes": math.log1p(max(0.0, self._minute[at] - self._minute[parent])),
            "parent to author": float(me in self._to[parent]),
            "parent asks": float("?" in self._people[parent].text),
            "parent drew": math.log1p(drew),
            "parent likeness": self._likeness(at, parent),
            "parent's author turns to author": float(
                self._author[parent] != me
                and any(self._author[one] == self._author[parent] for one in self._turning_to(at))
            ),
        }

    def _words(self, at: int) -> dict[str, float]:
        text = self._people[at].text
        starts, continues, draws = self._turns(at)
        return {
            "question mark": float("?" in text),
            "length": math.log1p(len(read(text).words)),
            "asks": self._weighing.asks.logit(features_of(text), words_of(text)),
            "reads like a start": starts,
            "reads like going on": continues,
            "draws replies": draws,
            "addresses": float(bool(self._to[at])),
            "names": float(bool(self._named[at])),
            "address of a page": float(read(text).links > 0),
        }

    def _before(self, at: int, earlier: Sequence[int], partners: frozenset[UserKey]) -> dict[str, float]:
        me, last = self._author[at], earlier[-1] if earlier else None
        link = self._links.get(self._people[last].id) if last is not None else None
        called = [one for one in range(max(0, at - _FUTURE), at) if me in self._to[one]]
        lately = [one for one in range(max(0, at - _FUTURE), at) if self._minute[at] - self._minute[one] <= 5]
        return {
            "spoke": float(last is not None),
            "own lines ago": math.log1p(at - last) if last is not None else _NEVER,
            "own minutes ago": math.log1p(self._minute[at] - self._minute[last]) if last is not None else _NEVER,
            "own of twenty": math.log1p(sum(at - one <= 20 for one in earlier)),
            "own lately": math.log1p(len(earlier)),
            "own last asked": float(last is not None and "?" in self._people[last].text),
            "own last started": link.chance(None) if link else 0.0,
            "own last drew": math.fsum(c for _, c in self._from_others(last)) if last is not None else 0.0,
            "called before": math.log1p(len(called)),
            "called since own": math.log1p(sum(last is None or one > last for one in called)),
            "called lines ago": math.log1p(at - called[-1]) if called else _NEVER,
            "partners": math.log1p(len(partners)),
            "messages of five minutes": math.log1p(len(lately)),
            "people of five minutes": math.log1p(len({self._author[one] for one in lately})),
        }

    def _replies(self, at: int, later: Sequence[int], partners: frozenset[UserKey]) -> dict[str, float]:
        me = self._author[at]
        replies = sorted(((chance, one) for one, chance in self._from_others(at)), reverse=True)
        first, second, third = [*(chance for chance, _ in replies[:3]), 0.0, 0.0, 0.0][:3]
        replied = 1.0 - math.prod(1.0 - min(0.999, chance) for chance, _ in replies)
        near = sorted(one for chance, one in replies if chance > _NEAR)
        cues, own_cues = [self._cues(one) for one in near], [self._cues(one) for one in later]
        return {
            "first reply": first,
            "second reply": second,
            "third reply": third,
            "expected replies": math.fsum(chance for chance, _ in replies),
            "was replied to": logit(replied),
            "starts and was replied to": logit(self._links[self._people[at].id].chance(None) * replied),
            "near replies": math.log1p(len(near)),
            "near people": math.log1p(len({self._author[one] for one in near})),
            "minutes until reply": math.log1p(self._minute[near[0]] - self._minute[at]) if near else _NEVER,
            "lines until reply": math.log1p(near[0] - at) if near else _NEVER,
            "others help": float(any(not some.isdisjoint(HELPING) for some in cues)),
            "others ask back": float(any("?" in self._people[one].text for one in near)),
            "reply calls author": float(any(me in self._to[one] for one in near)),
            "reply by a new partner": float(any(self._author[one] not in partners for one in near)),
            "reply reads like a start": min((self._turns(one)[0] for one in near), default=3.0),
            "likeness of reply": max((self._likeness(at, one) for one in near), default=0.0),
            "own thanks": float(any(Cue.THANKS in some for some in own_cues)),
            "own tells how it went": float(any(not some.isdisjoint(TELLING) for some in own_cues)),
        }

    def _afterwards(self, at: int, later: Sequence[int], partners: frozenset[UserKey]) -> dict[str, float]:
        me, following = self._author[at], later[0] if later else None
        calling = self._turning_to(at)
        new = [one for one in calling if self._author[one] not in partners]
        after = range(at + 1, min(len(self._people), at + _FUTURE))
        naming = next((one for one in after if me in self._named[one] and self._author[one] != me), None)
        until = following if following is not None else at + _FUTURE
        link = self._links.get(self._people[following].id) if following is not None else None
        to = self._to[following] if following is not None else frozenset()
        return {
            "calls": math.log1p(len(calling)),
            "first call": math.log1p(calling[0] - at) if calling else _NEVER,
            "called before own": float(bool(calling) and calling[0] < until),
            "calls by new partners": math.log1p(len(new)),
            "first call by a new partner": math.log1p(new[0] - at) if new else _NEVER,
            "called by a new partner before own": float(bool(new) and new[0] < until),
            "first named": math.log1p(naming - at) if naming is not None else _NEVER,
            "own next lines": math.log1p(until - at) if following is not None else _NEVER,
            "own next minutes": math.log1p(self._minute[until] - self._minute[at]) if following is not None else _NEVER,
            "own later": math.log1p(len(later)),
            "own next calls a new partner": float(bool(to - partners)),
            "own next calls a partner": float(bool(to & partners)),
            "own next starts": link.chance(None) if link else 0.0,
            "own next goes on": link.chance(self._people[at].id) if link else 0.0,
        }

    def _talk_that_goes_on(self, at: int, earlier: Sequence[int], later: Sequence[int]) -> dict[str, float]:
        """Whether its author is replied to, and replies, about what was said before it, or about it and what came."""
        older = self._drawn_after(at, earlier[-10:])
        newer = self._drawn_after(at, [at, *later[:9]])
        own = [pair for one in later for pair in self._parents(one) if self._author[pair[1]] != self._author[at]]
        return {
            "replies to older": math.log1p(older),
            "replies to newer": math.log1p(newer),
            "share of older": older / (older + newer + 0.1),
            "own later on older": math.log1p(math.fsum(chance for chance, parent in own if parent < at)),
            "own later on newer": math.log1p(math.fsum(chance for chance, parent in own if parent > at)),
        }

    def _partners(self, at: int, earlier: Sequence[int]) -> frozenset[UserKey]:
        """Whom the author spoke to, or who spoke to them, before."""
        me = self._author[at]
        calling = {self._author[one] for one in range(max(0, at - _PAST), at) if me in self._to[one]}
        return frozenset(calling).union(*(self._to[one] for one in earlier))

    def _turning_to(self, at: int) -> list[int]:
        me = self._author[at]
        return [
            one
            for one in range(at + 1, min(len(self._people), at + _FUTURE))
            if me in self._to[one] and self._author[one] != me
        ]

    def _from_others(self, at: int) -> list[tuple[int, float]]:
        return [(one, chance) for one, chance in self._replying[at] if self._author[one] != self._author[at]]

    def _drawn_after(self, at: int, places: Iterable[int]) -> float:
        return math.fsum(chance for place in places for one, chance in self._from_others(place) if one > at)

    def _cues(self, at: int) -> frozenset[Cue]:
        return cues_in(self._people[at].text)

    def _turns(self, at: int) -> tuple[float, float, float]:
        return self._weighing.turns.weigh(pieces_of(said_in(self._people[at], self._forms)))

    def _likeness(self, one: int, other: int) -> float:
        return cosine(read(self._people[one].text), read(self._people[other].text))
