"""Suggest: an answer that was given before, or the people who may help."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from shared.domain.audiences import all_may_see, audience_of_space, space_of_audience
from shared.domain.events import EventKind, event
from shared.domain.identity import Person, SnippetId, ThreadId, UserKey
from shared.domain.labels import Claim, Task
from shared.domain.people import Evidence, Expertise, Profile
from shared.domain.postings import Posting, PostingKind, Suggested, posting_id_of
from shared.domain.redaction import without_marks
from shared.domain.snippets import Snippet, snippet_id_of
from shared.domain.spaces import Space
from shared.errors import Conflict
from shared.judgement.experts import who_knows
from shared.judgement.similar import claim_of, may_be_same, rank, texts_to_embed
from shared.judgement.text import read
from shared.judgement.topics import topics_of
from shared.judgement.verdicts import Candidate, Knower, Verdict
from shared.meter import Part, metered
from shared.usecases.context import Context
from shared.usecases.topics import topics_kept_in
from shared.usecases.writing import change

CANDIDATES = 30
HELPERS = 3
_UNQUOTED = "answered a question like this"


async def suggest_answered_before(
    question: str, thread_id: ThreadId, asker: Person, space: Space, context: Context, *, least: float = 0.0
) -> Posting | None:
    """Post what answered the same question before; in the thread when all its readers may see it, else privately.

    `least` is the probability that a match must have, above what makes it sure.
    Returns the posting, or None when nothing that the asker may see is sure to be the same question.
    """
    if context.paused or not space.capture:
        return None
    audiences = await context.store.audiences_of(asker.key)
    own = snippet_id_of(space.id, thread_id)
    meant = await context.embedding(question) if audiences else None
    with metered(Part.SEARCH):
        nominated = await context.store.search(audiences, question, limit=CANDIDATES, embedding=meant)
    found = [s for s in nominated if s.id != own]
    same = await same_question(question, each_once(found), context, least=least)
    if same is None:
        return None
    best, claim = same
    best = await _version_for(best, found, space, context)
    for_all = await all_readers_may_see(best, space, context)
    recipient = None if for_all else asker
    posting = Posting(
        id=posting_id_of(PostingKind.ANSWERED_BEFORE, space.id, thread_id=thread_id),
        kind=PostingKind.ANSWERED_BEFORE,
        space_id=space.id,
        thread_id=thread_id,
        recipient=recipient,
        snippet_id=best.id,
        snippet_audience=best.audience_id,
        claim=claim,
        asker=asker,
        created_at=context.now,
    )
    await want(posting, context)
    await context.store.append(event(EventKind.SUGGESTED, space.id, context.now, subject=posting.id))
    return posting


def each_once(snippets: Sequence[Snippet]) -> list[Snippet]:
    """Of a snippet that was found at home and as copies, the home document; all in their order."""
    homes = {s.id: s for s in snippets if s.copied_from is None}
    return list({s.id: homes.get(s.id, s) for s in snippets}.values())


async def _version_for(best: Snippet, found: Sequence[Snippet], space: Space, context: Context) -> Snippet:
    """The home document if all readers may see it, else a copy that all of them may see, else what was found first."""
    versions = [best, *(s for s in found if s.id == best.id and s.audience_id != best.audience_id)]
    if len(versions) > 1:
        for version in versions:
            if await all_readers_may_see(version, space, context):
                return version
    return best


async def same_question(
    question: str, snippets: Sequence[Snippet], context: Context, *, least: float = 0.0
) -> tuple[Snippet, Claim] | None:
    """The snippet that answers the same question, when that is sure, and how sure; verified ones before the rest."""
    if not snippets:
        return None
    by_id: dict[str, Snippet] = {s.id: s for s in snippets}
    tuning = await context.tuning()
    least = tuning.bar(Task.SEEN_BEFORE, least)
    # Most of what a search finds is another question by its words already: nothing is embedded for that.
    worth = may_be_same(question, [candidate_of(as_asked(s, question)) for s in snippets], tuning)
    candidates = {candidate.id: candidate for candidate in worth}
    meanings = await _meanings(question, [by_id[candidate.id] for candidate in worth], worth, context)
    matches = rank(question, worth, meanings, tuning)
    sure = [match for match in matches if match.same is Verdict.YES and match.probability >= least]
    if not sure:
        return None
    best = max(sure, key=lambda m: (by_id[m.id].trust == "verified", m.probability, m.id))
    return by_id[best.id], claim_of(question, candidates[best.id], best, meanings)


async def _meanings(
    question: str, snippets: Sequence[Snippet], candidates: Sequence[Candidate], context: Context
) -> Mapping[str, NDArray[np.float32]]:
    """What the judgement compares: of snippets that have it with them by today's model, it is not computed again."""
    kept = {
        snippet.question: np.frombuffer(meant.numbers, "<f4")
        for snippet in snippets
        if (meant := snippet.meant) is not None and meant.model == context.model
    }
    texts = [text for text in texts_to_embed(question, candidates) if text not in kept]
    return {**kept, **await context.meanings(texts)}


def as_asked(snippet: Snippet, question: str) -> Snippet:
    """The snippet with that of its wordings as its question which shares the most words with the new one."""
    if not snippet.wordings:
        return snippet
    asked = set(read(question).stems)
    nearest = max((snippet.question, *snippet.wordings), key=lambda wording: _overlap(asked, set(read(wording).stems)))
    return replace(snippet, question=nearest)


def _overlap(one: set[str], other: set[str]) -> float:
    return len(one & other) / (len(one | other) or 1)


def candidate_of(snippet: Snippet) -> Candidate:
    """A snippet as the judgement compares it."""
    answers = "\n".join(approach.text for approach in snippet.visible_approaches)
    return Candidate(id=snippet.id, question=snippet.question, answers=answers, topics=snippet.topics)


async def all_readers_may_see(snippet: Snippet, space: Space, context: Context) -> bool:
    """Whether everybody who reads along in a space is in the snippet's audience; no when a member list is unknown."""
    home = space_of_audience(snippet.audience_id)
    if home == space.id:
        return space.members is not None
    stored = await context.store.space(home) if home else None
    return all_may_see(space, stored.value if stored else None, snippet.audience_id, tenant_id=context.tenant_id)


async def suggest_helpers(
    question: str, thread_id: ThreadId, asker: Person, present: frozenset[UserKey], space: Space, context: Context
) -> Posting | None:
    """Name people who may help, each with the reason.

    `question` is redacted already. Only members of the space, by what they have shown within audiences that
    all its readers belong to; never the asker or who has already spoken in the thread (`present`), never
    somebody who opted out or was named too often. Returns None when nobody is left: silence beats a weak
    suggestion.
    """
    posting_id = posting_id_of(PostingKind.HELPERS, space.id, thread_id=thread_id)
    if (
        context.paused
        or not space.capture
        or space.members is None
        or await context.store.posting(posting_id) is not None
    ):
        return None
    expertise = await _shown_within_reach(asker, space, context)
    profiles = {e.person.key: await _profile(e.person, context) for e in expertise}
    able = [
        e
        for e in expertise
        if space.member(e.person.key)
        and e.person.key not in present | {asker.key}
        and profiles[e.person.key].has_room(context.now)
    ]
    words = without_marks(question)
    topics = topics_of(words, kept=await topics_kept_in(audience_of_space(space.id), context))
    knowers = who_knows(words, topics, able, now=context.now, limit=HELPERS)
    if not knowers:
        return None
    posting = Posting(
        id=posting_id,
        kind=PostingKind.HELPERS,
        space_id=space.id,
        thread_id=thread_id,
        suggested=tuple(Suggested(person=k.person, reasons=reasons(k, context.now)) for k in knowers),
        text=question,
        asker=asker,
        created_at=context.now,
    )
    await want(posting, context)
    for knower in knowers:
        await _count_call(knower.person, thread_id, space, context)
    await context.store.append(event(EventKind.HELPERS_NAMED, space.id, context.now, subject=posting.id))
    return posting


async def _shown_within_reach(asker: Person, space: Space, context: Context) -> list[Expertise]:
    """Expertise of every audience of the asker's to which all members of the space belong."""
    shown: list[Expertise] = []
    for audience in sorted(await context.store.audiences_of(asker.key)):
        home = space_of_audience(audience)
        stored = await context.store.space(home) if home and home != space.id else None
        inside = audience == audience_of_space(space.id)
        if inside or all_may_see(space, stored.value if stored else None, audience, tenant_id=context.tenant_id):
            shown.extend(await context.store.experts(audience))
    return shown


async def _profile(person: Person, context: Context) -> Profile:
    stored = await context.store.profile(person.key)
    return stored.value if stored else Profile(person=person)


async def _count_call(person: Person, thread_id: ThreadId, space: Space, context: Context) -> None:
    await change(
        lambda: context.store.profile(person.key),
        lambda known: (known or Profile(person=person)).named(space.id, thread_id, context.now),
        lambda value, etag: context.store.put_profile(value, etag=etag),
    )


def reasons(knower: Knower, now: datetime) -> tuple[str, ...]:
    """Why this person, in plain words: the questions that they answered, with when."""
    return tuple(_reason(evidence, now) for evidence in knower.because[:2])


async def as_it_stands(
    suggested: Sequence[Suggested], asker: Person, space: Space, context: Context
) -> list[Suggested]:
    """The people with the reasons that still hold: what was shown, in these words, to all who read along now.

    A card outlives what it says: a question is edited or withdrawn, somebody joins who may not see it. Who is left
    without a reason to quote has answered all the same.
    """
    shown = await _shown_within_reach(asker, space, context)
    quotes = {(one.person.key, _quote(evidence)) for one in shown for evidence in one.evidence}
    standing = []
    for one in suggested:
        held = [reason for reason in one.reasons if (one.person.key, reason.partition("”")[0]) in quotes]
        standing.append(replace(one, reasons=tuple(held) or (_UNQUOTED,)))
    return standing


def _reason(evidence: Evidence, now: datetime) -> str:
    day = f"{evidence.at.day} {evidence.at:%B}" + (f" {evidence.at.year}" if evidence.at.year != now.year else "")
    return f"{_quote(evidence)}” on {day}" + (", and it helped" if evidence.helped else "")


def _quote(evidence: Evidence) -> str:
    question = " ".join(evidence.question.replace("”", '"').split())
    return "answered “" + (question if len(question) <= 100 else question[:100].rsplit(" ", 1)[0] + " …")


async def want(posting: Posting, context: Context) -> bool:
    """Put a posting into the outbox and have it delivered; False when it was there already."""
    try:
        await context.store.put_posting(posting, etag=None)
    except Conflict:
        return False
    await context.queue_delivery(posting.id)
    return True


async def same_topic(snippet: Snippet, others: Sequence[Snippet], context: Context) -> tuple[Snippet, ...]:
    """Those that a curator may want to merge it with, likeliest first: not surely other questions."""
    rest = {s.id: s for s in others if s.id != snippet.id and s.usable}
    candidates = [candidate_of(s) for s in rest.values()]
    meanings = await _meanings(snippet.question, [snippet, *rest.values()], candidates, context)
    matches = rank(snippet.question, candidates, meanings)
    return tuple(rest[SnippetId(m.id)] for m in matches if m.same is not Verdict.NO)
