"""Questions and answers out of a file: which rows are one question, and what they change of a snippet.

Nothing here overwrites what people did: an answer that the file changes becomes one more approach, beside what a
curator edited or checked, and the snippet is to be checked again.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.identity import ApproachId, AudienceId, Person, SnippetId, SpaceId, ThreadId, UserKey, derived_id
from shared.domain.snippets import Approach, Decision, Imported, Snippet, Trust, Verb

NOBODY = Person(key=UserKey(""), name="")
"""Who asked what a file asks."""
_WORDS = re.compile(r"\w+")
_TELLING = 40
"""Characters from which the same answer in two rows means that they ask the same: many questions have “Yes.”."""
_LATER = "its file has another answer now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a file: plain text without secrets, and where it stood."""

    question: str
    answer: str
    source: Imported
    redactions: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """Rows that are about one question, in the file's order."""

    rows: tuple[Row, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        """Every wording once."""
        found: dict[str, str] = {}
        for row in self.rows:
            found.setdefault(normalised(row.question), row.question)
        return tuple(found.values())

    @property
    def answers(self) -> tuple[Row, ...]:
        """A row for each different answer."""
        found: dict[str, Row] = {}
        for row in self.rows:
            found.setdefault(_spaced(row.answer), row)
        return tuple(found.values())


def normalised(text: str) -> str:
    """What makes two questions the same here: their words, in any case and however they are punctuated."""
    return " ".join(_WORDS.findall(text.casefold())) or text.strip().casefold()


def _spaced(answer: str) -> str:
    """What makes two answers the same: all but white space, since a sign or a digit may be all the difference."""
    return " ".join(answer.split())


def entries_of(rows: Iterable[Row]) -> list[Entry]:
    """The rows by what they ask: joined by their own id, the same question, or the same answer of some length."""
    groups: dict[int, list[Row]] = {}
    place: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows):
        names = [("question", normalised(row.question))]
        if row.source.key:
            names.append(("key", row.source.key))
        elif len(row.answer) >= _TELLING:
            names.append(("answer", _spaced(row.answer)))
        met = sorted({place[name] for name in names if name in place})
        home = met[0] if met else number
        joined = [row for group in met for row in groups.pop(group)]
        groups[home] = sorted([*joined, row], key=lambda one: one.source.row)
        place = {name: home if group in met else group for name, group in place.items()} if len(met) > 1 else place
        place |= dict.fromkeys(names, home)
    return [Entry(tuple(group)) for _, group in sorted(groups.items())]


class Known:
    """What of an audience came from files before, by where it stood there and by what it asks."""

    def __init__(self) -> None:
        self._by_row: dict[tuple[str, str], SnippetId] = {}
        self._by_question: dict[str, SnippetId] = {}

    def note(self, snippet: Snippet) -> None:
        """Remember a snippet, if it is from a file; one that was merged away is what its rows are known by."""
        if not snippet.from_file:
            return
        first = snippet.merged_into is not None
        for question in (snippet.question, *snippet.wordings):
            _put(self._by_question, normalised(question), snippet.id, first=first)
        for approach in snippet.approaches:
            if approach.imported is not None and approach.imported.key:
                _put(self._by_row, (approach.imported.file, approach.imported.key), snippet.id, first=first)

    def id_of(self, entry: Entry, audience_id: AudienceId) -> SnippetId:
        """The snippet that these rows belong to: the one that is known, or the one that is always made of them."""
        rows = ((row.source.file, row.source.key) for row in entry.rows if row.source.key)
        found = [self._by_row[row] for row in rows if row in self._by_row]
        found += [self._by_question[q] for q in map(normalised, entry.questions) if q in self._by_question]
        first = entry.rows[0]
        named = (first.source.file, first.source.key) if first.source.key else ("", normalised(first.question))
        return found[0] if found else SnippetId(derived_id("faq", audience_id, *named))


def _put[K](names: dict[K, SnippetId], name: K, snippet_id: SnippetId, *, first: bool) -> None:
    if first or name not in names:
        names[name] = snippet_id


def brought_in(
    known: Snippet | None,
    entry: Entry,
    origin: SnippetId,
    *,
    audience_id: AudienceId,
    space_id: SpaceId,
    topics: tuple[str, ...],
    now: datetime,
) -> Snippet:
    """The snippet with what a file says: a proposed one, or the known one with new wordings and answers.

    `origin` is the snippet that the rows belong to (`Known.id_of`); `known` that one, or what it was
    merged into. Rows that are known already change nothing. Nothing is ever verified by this.
    """
    first = entry.rows[0].source
    approaches = tuple(_approach(row, origin) for row in entry.answers)
    if known is None:
        question, *others = entry.questions
        by = f" by {first.by}" if first.by else ""
        return Snippet(
            id=origin,
            audience_id=audience_id,
            space_id=space_id,
            thread_id=ThreadId(""),
            question=question,
            wordings=tuple(others),
            asker=NOBODY,
            asked_at=now,
            approaches=approaches,
            topics=topics,
            trust_reason=f"imported from {first.file}{by}",
            history=(Decision(at=now, verb=Verb.DRAFTED, reason=f"imported from {first.file}{by}"),),
            redactions=sum(row.redactions for row in entry.rows),
            created_at=now,
            updated_at=now,
        )
    return _renewed(known, entry, approaches, now)


def _renewed(known: Snippet, entry: Entry, approaches: Sequence[Approach], now: datetime) -> Snippet:
    asked = {normalised(question) for question in (known.question, *known.wordings)}
    more = tuple(question for question in entry.questions if normalised(question) not in asked)
    left = replace(known, wordings=(*known.wordings, *more))
    said = {approach.id for approach in approaches}
    fresh = tuple(approach for approach in approaches if known.approach(approach.id) is None)
    back = any(approach.id in said and approach.withdrawn == _LATER for approach in known.approaches)
    if fresh or back:
        left = _with_answers(left, fresh, said, approaches[0].imported, now)
    return known if left == known else replace(left, updated_at=now)


def _with_answers(
    known: Snippet, fresh: tuple[Approach, ...], said: set[ApproachId], source: Imported | None, now: datetime
) -> Snippet:
    """With new answers: they replace what the same file said before and nobody touched, and stand beside the rest."""
    checked = known.trust is not Trust.PROPOSED

    def settled(approach: Approach) -> Approach:
        if known.trust is Trust.RETIRED:
            return replace(approach, struck=approach.struck or known.trust_reason or "rejected")
        if approach.id in said:
            return replace(approach, withdrawn="") if approach.withdrawn == _LATER else approach
        touched = checked or approach.edited_by or approach.helped or approach.conditions or approach.struck
        theirs = _place(approach.imported) == _place(source)
        return replace(approach, withdrawn=approach.withdrawn or _LATER) if theirs and not touched else approach

    left = replace(known, approaches=(*map(settled, known.approaches), *fresh))
    if not checked:
        return left
    decision = Decision(at=now, verb=Verb.REDRAFTED, reason=_LATER)
    return replace(left, trust=Trust.PROPOSED, trust_reason=_LATER, history=(*known.history, decision))


def _place(source: Imported | None) -> tuple[str, str | None]:
    """Of which question of which file something is."""
    return (source.file, source.origin) if source else ("", None)


def _approach(row: Row, origin: SnippetId) -> Approach:
    name = ApproachId(derived_id("approach", origin, _spaced(row.answer)))
    return Approach(id=name, text=row.answer, sources=(), imported=replace(row.source, origin=origin))
