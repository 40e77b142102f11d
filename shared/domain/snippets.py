"""Snippets: one question, one or more approaches, where they come from, and how far they are trusted."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shared.domain.embeddings import Embedding
from shared.domain.identity import (
    ApproachId,
    AudienceId,
    MessageId,
    Person,
    SnippetId,
    SpaceId,
    ThreadId,
    UserKey,
    derived_id,
)
from shared.domain.labels import Claim
from shared.domain.widened import Agreement, Widening


class Trust(StrEnum):
    """How far a snippet may be relied on."""

    PROPOSED = "proposed"
    VERIFIED = "verified"
    STALE = "stale"
    RETIRED = "retired"


class Verb(StrEnum):
    """What a curator, or Cairn itself, did to a snippet."""

    DRAFTED = "drafted"
    REDRAFTED = "redrafted"
    VERIFIED = "verified"
    EDITED = "edited"
    REJECTED = "rejected"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    WIDENED = "widened"
    """Another audience may see it; the decision's reason names the audience. `NARROWED`: it no longer may."""
    NARROWED = "narrowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A message that an approach was taken from."""

    space_id: SpaceId
    thread_id: ThreadId
    message_id: MessageId
    author: Person
    said_at: datetime
    web_url: str
    body_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Where an approach stood in a file that an administrator brought in; no message says it."""

    file: str
    """The file's name, without its folder."""
    row: int
    """As a spreadsheet numbers rows: the headings are row 1."""
    at: datetime
    by: str = ""
    """Who brought it in, as they called themselves; empty when they did not."""
    key: str = ""
    """The row's own id (`QnaId`), where the file gives one."""
    stated: str = ""
    """Where the file itself says that it is from."""
    origin: SnippetId | None = None
    """The snippet that was made of its question, wherever it was merged into since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """One way to answer, in the words of who gave it (redacted), or of the curator who edited it."""

    id: ApproachId
    text: str
    sources: tuple[Source, ...]
    """The messages that it was taken from; none when a file states it."""
    imported: Imported | None = None
    conditions: str = ""
    """When it works and when not, as a curator wrote it; empty when nobody did."""
    helped: tuple[UserKey, ...] = ()
    not_helped: tuple[UserKey, ...] = ()
    edited_by: Person | None = None
    withdrawn: str = ""
    """Why it may not be shown any more (its source was deleted); empty while it may."""
    struck: str = ""
    """Why a curator took it out of the snippet; empty while it stands. It stays out when the thread is judged again."""
    disputed_by: tuple[Person, ...] = ()
    """Colleagues who contradicted it in the same exchange."""
    claim: Claim | None = None
    """How sure it was, when it was first drafted from these messages, that they answer."""

    @property
    def authors(self) -> tuple[Person, ...]:
        """Who stands behind it, each once, in the order in which they spoke."""
        return tuple({source.author.key: source.author for source in self.sources}.values())

    @property
    def nameless(self) -> bool:
        """Whether who said it was erased and it stayed: its messages are gone, so no new draft speaks against it."""
        return any(not source.author.key for source in self.sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One line of a snippet's history; `by` is None when Cairn acted on its own."""

    at: datetime
    verb: Verb
    by: Person | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """The curated unit of knowledge."""

    id: SnippetId
    audience_id: AudienceId
    """Whose members may see this document: the home space's, or a wider one for a copy."""
    space_id: SpaceId
    thread_id: ThreadId
    """Where it was asked; empty for what a file asks."""
    question: str
    asker: Person
    """Who asked; without a key for what a file asks, and when they were erased."""
    asked_at: datetime
    approaches: tuple[Approach, ...]
    wordings: tuple[str, ...] = ()
    """Other ways in which the same is asked, as a file gives them; it is found by them too."""
    topics: tuple[str, ...] = ()
    trust: Trust = Trust.PROPOSED
    trust_reason: str = ""
    history: tuple[Decision, ...] = ()
    question_hash: str = ""
    """Of the question's words as they stood when it was drafted: another one means the asker has edited it."""
    edited_by: Person | None = None
    """The curator who last rewrote the question; then the thread no longer overwrites it."""
    merged_into: SnippetId | None = None
    redactions: int = 0
    """How many secrets and personal details were taken out before it was stored."""
    embedding: Embedding | None = None
    """What a question of it means, perhaps an earlier one; see `meant`."""
    revision: int = 0
    """Rises with every change (`usecases/writing.py`); a copy has its home's."""
    widened: tuple[Widening, ...] = ()
    """To whom else it was shown, each audience once (`copies.py`); empty on copies."""
    agreements: tuple[Agreement, ...] = ()
    copied_from: AudienceId | None = None
    """Of a copy in a wider audience: the audience that the home document is in."""
    created_at: datetime = field(kw_only=True)
    updated_at: datetime = field(kw_only=True)

    @property
    def visible_approaches(self) -> tuple[Approach, ...]:
        """The approaches that may be shown, most helpful first, then in the order in which they were given."""
        shown = [approach for approach in self.approaches if not (approach.withdrawn or approach.struck)]
        return tuple(sorted(shown, key=lambda a: len(a.not_helped) + 2 * len(a.disputed_by) - len(a.helped)))

    @property
    def usable(self) -> bool:
        """Whether it may be suggested to anybody."""
        return self.trust is not Trust.RETIRED and self.merged_into is None and bool(self.visible_approaches)

    @property
    def meant(self) -> Embedding | None:
        """What its question means; None when nobody has computed that of the words as they stand."""
        return self.embedding if self.embedding is not None and self.embedding.is_of(self.question) else None

    @property
    def wider(self) -> frozenset[AudienceId]:
        """The audiences beside its home's that may see it now."""
        return frozenset(one.audience_id for one in self.widened if one.ended_at is None)

    @property
    def from_file(self) -> bool:
        """Whether a file asked the question, and nobody in particular did."""
        return not self.thread_id

    @property
    def askers(self) -> tuple[Person, ...]:
        """Who asked it, erased or not; nobody for what a file asks."""
        return () if self.from_file else (self.asker,)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every source of every approach."""
        return tuple(source for approach in self.approaches for source in approach.sources)

    def approach(self, approach_id: str) -> Approach | None:
        """The approach with that id, or None."""
        return next((approach for approach in self.approaches if approach.id == approach_id), None)


def snippet_id_of(space_id: SpaceId, thread_id: ThreadId) -> SnippetId:
    """A thread has one snippet, whoever drafts it and however often."""
    return SnippetId(derived_id("snippet", space_id, thread_id))


def approach_id_of(space_id: SpaceId, first_source: MessageId) -> ApproachId:
    """An approach is named by the first message that it was taken from."""
    return ApproachId(derived_id("approach", space_id, first_source))


def redrafted(known: Snippet | None, drafted: Snippet) -> Snippet:
    """What to keep when a thread is judged again and gives another draft.

    People's work outlives a new draft: an edited text, outcomes, merges and rejections stay. Approaches
    whose sources are gone are kept as withdrawn, without their words, so that a restored source
    brings back the outcomes too. A verified snippet goes back to `proposed` when the words that were
    verified have changed (a source or the question edited, another approach found).
    """
    if known is None:
        return drafted
    question = known.question if known.edited_by else drafted.question
    merged = replace(
        drafted,
        question=question,
        edited_by=known.edited_by,
        approaches=_renewed(known.approaches, drafted),
        trust=known.trust,
        trust_reason=known.trust_reason,
        history=known.history,
        merged_into=known.merged_into,
        embedding=known.embedding,
        revision=known.revision,
        widened=known.widened,
        agreements=known.agreements,
        created_at=known.created_at,
        updated_at=known.updated_at,
    )
    if merged == replace(known, redactions=merged.redactions, topics=merged.topics):
        return known
    return _with_trust_settled(known, merged, drafted.updated_at)


def with_approaches_of(known: Snippet, drafted: Snippet) -> Snippet:
    """A snippet that another one was merged into, after that other's thread was judged again."""
    merged = replace(known, approaches=_renewed(known.approaches, drafted))
    return known if merged == known else _with_trust_settled(known, merged, drafted.updated_at)


def _renewed(known: tuple[Approach, ...], drafted: Snippet) -> tuple[Approach, ...]:
    fresh = {approach.id: approach for approach in drafted.approaches}
    kept = tuple(
        _carried_over(old, fresh.pop(old.id, None))
        if any(source.thread_id == drafted.thread_id for source in old.sources) and not old.nameless
        else old
        for old in known
    )
    return (*kept, *fresh.values())


def _carried_over(old: Approach, new: Approach | None) -> Approach:
    if new is None:
        gone = "its source is no longer there"
        return replace(old, text="" if not old.edited_by else old.text, withdrawn=old.withdrawn or gone)
    return replace(
        new,
        text=old.text if old.edited_by else new.text,
        edited_by=old.edited_by,
        conditions=old.conditions,
        struck=old.struck,
        helped=old.helped,
        not_helped=old.not_helped,
        claim=old.claim if old.claim is not None and old.sources == new.sources else new.claim,
    )


def _with_trust_settled(known: Snippet, merged: Snippet, now: datetime) -> Snippet:
    if not merged.visible_approaches:
        if known.trust is Trust.RETIRED:
            return replace(merged, updated_at=now)
        return retired(merged, now, verb=Verb.WITHDRAWN, reason="what it was taken from is no longer there")
    returned = known.trust is Trust.RETIRED and known.history and known.history[-1].verb is Verb.WITHDRAWN
    if returned:
        decision = Decision(at=now, verb=Verb.RESTORED, reason="what it was taken from is back")
        merged = replace(merged, trust=Trust.PROPOSED, trust_reason=decision.reason)
        return replace(merged, history=(*known.history, decision), updated_at=now)
    if known.trust is Trust.VERIFIED and _wording(known) != _wording(merged):
        decision = Decision(at=now, verb=Verb.REDRAFTED, reason="its sources changed after it was verified")
        merged = replace(merged, trust=Trust.PROPOSED, trust_reason=decision.reason)
        return replace(merged, history=(*known.history, decision), updated_at=now)
    return replace(merged, updated_at=now)


def after_loss(known: Snippet, left: Snippet, now: datetime) -> Snippet:
    """The snippet after approaches were taken out for good: out of use without any, checked anew with fewer."""
    if {a.id for a in known.visible_approaches} == {a.id for a in left.visible_approaches}:
        return left
    if known.trust is Trust.RETIRED:
        return left
    if not left.visible_approaches:
        return retired(left, now, verb=Verb.WITHDRAWN, reason="what it was taken from is no longer there")
    if known.trust is not Trust.VERIFIED:
        return left
    decision = Decision(at=now, verb=Verb.REDRAFTED, reason="an approach was removed after it was verified")
    return replace(left, trust=Trust.PROPOSED, trust_reason=decision.reason, history=(*left.history, decision))


def _wording(snippet: Snippet) -> tuple[str, str, frozenset[tuple[str, str, tuple[str, ...]]]]:
    """What a curator checked: the words, and the state of the messages behind them."""
    shown = ((a.id, a.text, tuple(s.body_hash for s in a.sources)) for a in snippet.visible_approaches)
    return snippet.question, snippet.question_hash, frozenset(shown)


def retired(snippet: Snippet, now: datetime, *, verb: Verb, reason: str, by: Person | None = None) -> Snippet:
    """The snippet taken out of use, with the reason and who decided."""
    decision = Decision(at=now, verb=verb, by=by, reason=reason)
    return replace(
        snippet,
        trust=Trust.RETIRED,
        trust_reason=reason,
        history=(*snippet.history, decision),
        updated_at=now,
    )


def verified(snippet: Snippet, by: Person, now: datetime) -> Snippet:
    """The snippet as a curator has checked it; verifying twice changes nothing."""
    if snippet.trust is Trust.VERIFIED:
        return snippet
    decision = Decision(at=now, verb=Verb.VERIFIED, by=by)
    return replace(
        snippet,
        trust=Trust.VERIFIED,
        trust_reason=f"checked by {by.name}",
        history=(*snippet.history, decision),
        updated_at=now,
    )


def edited(
    snippet: Snippet,
    by: Person,
    now: datetime,
    *,
    question: str | None = None,
    texts: dict[ApproachId, str] | None = None,
    conditions: dict[ApproachId, str] | None = None,
) -> Snippet:
    """The snippet in a curator's words; editing counts as checking, since a curator has read it."""
    texts, conditions = texts or {}, conditions or {}

    def rewritten(approach: Approach) -> Approach:
        text, when = texts.get(approach.id), conditions.get(approach.id)
        if text is not None and text != approach.text:
            approach = replace(approach, text=text, edited_by=by)
        return approach if when is None else replace(approach, conditions=when)

    new_question = question if question is not None and question != snippet.question else None
    changed = replace(
        snippet,
        approaches=tuple(rewritten(approach) for approach in snippet.approaches),
        question=new_question or snippet.question,
        edited_by=by if new_question else snippet.edited_by,
    )
    if changed == snippet:
        return snippet
    decision = Decision(at=now, verb=Verb.EDITED, by=by)
    return replace(
        changed,
        trust=Trust.VERIFIED,
        trust_reason=f"edited by {by.name}",
        history=(*snippet.history, decision),
        updated_at=now,
    )


def merged(into: Snippet, other: Snippet, by: Person, now: datetime) -> tuple[Snippet, Snippet]:
    """Two snippets about one question: the first with the approaches of both, and the second pointing to it.

    Only snippets of one audience can be merged: approaches must not be shown to people who may not see them.
    """
    if into.audience_id != other.audience_id:
        raise ValueError("snippets of different audiences are not merged")
    if into.id == other.id:
        raise ValueError("a snippet is not merged into itself")
    present = {approach.id for approach in into.approaches}
    added = tuple(approach for approach in other.approaches if approach.id not in present)
    decision = Decision(at=now, verb=Verb.MERGED, by=by, reason=f"with “{other.question}”")
    gone = Decision(at=now, verb=Verb.MERGED, by=by, reason=f"into “{into.question}”")
    return (
        replace(
            into,
            approaches=(*into.approaches, *added),
            history=(*into.history, decision),
            updated_at=now,
        ),
        replace(other, merged_into=into.id, history=(*other.history, gone), updated_at=now),
    )


def struck(snippet: Snippet, approach_id: ApproachId, by: Person, now: datetime, reason: str) -> Snippet:
    """The snippet without one of its approaches, by a curator's decision; unknown or struck already changes nothing."""
    found = snippet.approach(approach_id)
    if found is None or found.struck:
        return snippet
    kept = tuple(replace(a, struck=reason) if a.id == approach_id else a for a in snippet.approaches)
    decision = Decision(at=now, verb=Verb.REJECTED, by=by, reason=reason)
    return replace(snippet, approaches=kept, history=(*snippet.history, decision), updated_at=now)


def with_outcome(snippet: Snippet, approach_id: ApproachId, user: UserKey, *, helped: bool) -> Snippet:
    """The snippet after somebody said whether an approach helped; their latest word counts, once."""

    def said(approach: Approach) -> Approach:
        if approach.id != approach_id:
            return approach
        others = tuple(key for key in approach.helped if key != user)
        against = tuple(key for key in approach.not_helped if key != user)
        return replace(
            approach,
            helped=(*others, user) if helped else others,
            not_helped=against if helped else (*against, user),
        )

    return replace(snippet, approaches=tuple(said(approach) for approach in snippet.approaches))
