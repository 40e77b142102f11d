"""Who has shown that they know about a question?"""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.identity import UserKey
from shared.domain.people import Evidence, Expertise, remaining
from shared.judgement import thresholds
from shared.judgement.text import Reading, cosine, read
from shared.judgement.verdicts import Knower

BECAUSE_AT_MOST = 3
_ALIKE = 0.12
"""Cosine below which evidence has nothing to do with the question: one common word in passing; by hand."""


def who_knows(
    question: str,
    topics: Sequence[str],
    expertise: Sequence[Expertise],
    *,
    now: datetime,
    limit: int = 3,
) -> tuple[Knower, ...]:
    """The people whose evidence is most like the question, best first.

    Each piece of evidence counts by its likeness to the question (tf-idf of question and topics on
    both sides), times the weight that it still has at `now`.

    Args:
        question: the words that were asked.
        topics: what the question is about, as `topics_of` says.
        expertise: what people have shown, of one audience; a person may stand in it more than once.
        now: aware; old evidence counts less.
        limit: how many people at most.

    Returns:
        Up to `limit` people with the evidence that speaks for them; nobody where all of it is weak.
    """
    asked = read("\n".join((question, *topics)))
    by_person: dict[UserKey, list[tuple[float, Evidence]]] = {}
    people = {one.person.key: one.person for one in expertise}
    for one in expertise:
        for evidence in one.evidence:
            likeness = cosine(asked, _shown(evidence))
            if likeness >= _ALIKE:
                counts = likeness * remaining(evidence, now)
                by_person.setdefault(one.person.key, []).append((counts, evidence))
    knowers = [
        Knower(
            person=people[person],
            score=sum(counts for counts, _ in shown),
            because=tuple(evidence for _, evidence in sorted(shown, key=_best_first)[:BECAUSE_AT_MOST]),
        )
        for person, shown in by_person.items()
    ]
    strong = [knower for knower in knowers if knower.score >= thresholds.KNOWS]
    return tuple(sorted(strong, key=lambda knower: (-knower.score, knower.person.key))[: max(0, limit)])


def _shown(evidence: Evidence) -> Reading:
    return read("\n".join((evidence.question, *evidence.topics)))


def _best_first(one: tuple[float, Evidence]) -> tuple[float, datetime, str]:
    counts, evidence = one
    return -counts, evidence.at, evidence.snippet_id
