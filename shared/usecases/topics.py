"""Keep topics: a curator adds, renames, merges or bans them, and what is known already is brought in line.

The list is written first. Bringing in line can be cut off anywhere: the same decision again changes nothing in the
list and goes through all of it once more.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace

from shared.domain.audiences import audience_of_space
from shared.domain.identity import AudienceId, Person, SnippetId, SpaceId
from shared.domain.moving import Kind
from shared.domain.people import Expertise
from shared.domain.redaction import redact, without_marks
from shared.domain.snippets import Snippet
from shared.domain.topics import KeptTopics, added, banned, merged, renamed
from shared.errors import NotAllowed
from shared.judgement.topics import in_line, tells
from shared.usecases.context import Context
from shared.usecases.writing import change, change_snippet

LONGEST = 60
"""Characters of a topic or wording."""
MOST_PHRASES = 2_000
"""Names, wordings and banned phrases of one audience together: each is looked for in every text."""
_PAGE = 500

type OnSnippet = Callable[[int], None]
"""Told how many snippets were looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InLine:
    """What a decision led to: the topics as they are kept now, and how many snippets changed theirs."""

    kept: KeptTopics
    snippets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Who decides on the topics of which space; `by` is None for an administrator, who may everywhere."""

    space_id: SpaceId
    by: Person | None
    on_snippet: OnSnippet = lambda _: None


async def topics_kept_in(audience_id: AudienceId, context: Context) -> KeptTopics:
    """The topics that are kept in an audience, perhaps none."""
    stored = await context.store.kept_topics(audience_id)
    return stored.value if stored else KeptTopics(audience_id=audience_id)


async def add_topic(name: str, wordings: Sequence[str], who: Deciding, context: Context) -> InLine:
    """Keep a topic, or more wordings of it. Raises `NotAllowed`, as all of these do, with what stands against it."""
    topic, others = _phrase(name), [_phrase(wording) for wording in wordings]

    def decide(kept: KeptTopics) -> KeptTopics:
        left = added(kept, topic, others, by=who.by, now=context.now)
        _check_found(left, topic)
        return left

    return await _decide(decide, who, context)


async def rename_topic(name: str, to: str, who: Deciding, context: Context) -> InLine:
    """Give a topic another name; texts with the old one have it from then on."""
    topic, fresh = _phrase(name), _phrase(to)

    def decide(kept: KeptTopics) -> KeptTopics:
        return renamed(kept, topic, fresh, by=who.by, now=context.now)

    return await _decide(decide, who, context)


async def merge_topics(name: str, into: str, who: Deciding, context: Context) -> InLine:
    """Make one topic of two; the second one's name stays."""
    gone, stays = _phrase(name), _phrase(into)

    def decide(kept: KeptTopics) -> KeptTopics:
        return merged(kept, gone, stays, by=who.by, now=context.now)

    return await _decide(decide, who, context)


async def ban_topic(phrase: str, who: Deciding, context: Context) -> InLine:
    """Have a phrase, and the topic of that name, be no topic any more."""
    gone = _phrase(phrase)

    def decide(kept: KeptTopics) -> KeptTopics:
        return banned(kept, gone, by=who.by, now=context.now)

    return await _decide(decide, who, context)


async def every_snippet(audience_id: AudienceId, context: Context) -> AsyncIterator[Snippet]:
    """All snippets of an audience, in whatever state."""
    after: tuple[str, ...] = (audience_id, "")
    while after[0] == audience_id and (found := await context.store.page(Kind.SNIPPET, after, limit=_PAGE)):
        after = found[-1].key
        for moved in found:
            if isinstance(moved.value, Snippet) and moved.value.audience_id == audience_id:
                yield moved.value


def _phrase(text: str) -> str:
    """What somebody wrote as a topic. Raises `NotAllowed` for nothing, too much, and what is nobody's topic."""
    phrase = " ".join(text.split())
    if not any(map(str.isalnum, phrase)):
        raise NotAllowed("A topic needs some letters, so nothing was changed.")
    if len(phrase) > LONGEST:
        raise NotAllowed(f"A topic has at most {LONGEST} characters, so nothing was changed.")
    if redact(phrase).found:
        raise NotAllowed("That looks like a secret or personal detail, so nothing was changed.")
    return phrase


def _check_found(kept: KeptTopics, name: str) -> None:
    topic = kept.topic(name)
    if topic is not None and not tells(topic):
        raise NotAllowed(f"“{name}” is of small words that stand in any text: give it another wording as well.")


async def _decide(decide: Callable[[KeptTopics], KeptTopics], who: Deciding, context: Context) -> InLine:
    home = await context.store.space(who.space_id)
    if home is None:
        raise NotAllowed("That space is not known, so nothing was changed.")
    if who.by is not None and not home.value.may_curate(who.by.key):
        raise NotAllowed(f"Only the owners of {home.value.label} can decide that.")
    audience_id = audience_of_space(who.space_id)

    def checked(known: KeptTopics | None) -> KeptTopics | None:
        kept = known or KeptTopics(audience_id=audience_id)
        try:
            left = decide(kept)
        except ValueError as error:
            sentence = str(error)
            raise NotAllowed(f"{sentence[0].upper()}{sentence[1:]}, so nothing was changed.") from error
        if left != kept and _phrases(left) > max(MOST_PHRASES, _phrases(kept)):
            raise NotAllowed(f"There is room for {MOST_PHRASES:,} topics, wordings and banned phrases in a space.")
        return None if left == kept else left

    await change(
        lambda: context.store.kept_topics(audience_id),
        checked,
        lambda value, etag: context.store.put_kept_topics(value, etag=etag),
    )
    return await bring_in_line(audience_id, context, who.on_snippet)


def _phrases(kept: KeptTopics) -> int:
    return sum(len(topic.phrases) for topic in kept.topics) + len(kept.banned)


async def bring_in_line(audience_id: AudienceId, context: Context, on_snippet: OnSnippet = lambda _: None) -> InLine:
    """Give every snippet of an audience the topics that it has by what is kept, and have expertise follow.

    Copies in wider audiences follow their homes. Should somebody decide otherwise meanwhile, it begins anew.
    """
    changed: set[SnippetId] = set()
    while True:
        stored = await context.store.kept_topics(audience_id)
        kept = stored.value if stored else KeptTopics(audience_id=audience_id)
        topics: dict[SnippetId, tuple[str, ...]] = {}
        async for snippet in every_snippet(audience_id, context):
            if snippet.copied_from is None:
                topics[snippet.id], fresh = await _snippet_in_line(snippet, kept, context)
                changed |= {snippet.id} if fresh else set()
            on_snippet(len(topics))
        await _expertise_in_line(audience_id, topics, context)
        again = await context.store.kept_topics(audience_id)
        if (again and again.etag) == (stored and stored.etag):
            return InLine(kept=kept, snippets=len(changed))


async def _snippet_in_line(snippet: Snippet, kept: KeptTopics, context: Context) -> tuple[tuple[str, ...], bool]:
    """Its topics as they are now, and whether that changed them. When it was last touched stays: nobody did."""

    def decide(known: Snippet | None) -> Snippet | None:
        return replace(known, topics=in_line(known.topics, _about(known), kept)) if known else None

    if decide(snippet) == snippet:
        return snippet.topics, False
    after = await change_snippet(snippet.audience_id, snippet.id, decide, context.store)
    return (after.topics, True) if after else (snippet.topics, False)


def _about(snippet: Snippet) -> str:
    return without_marks(snippet.question)


async def _expertise_in_line(
    audience_id: AudienceId, topics: dict[SnippetId, tuple[str, ...]], context: Context
) -> None:
    """What people have shown is about what the snippets are about that show it."""

    def decide(known: Expertise | None) -> Expertise | None:
        if known is None:
            return None
        evidence = (replace(e, topics=topics.get(e.snippet_id, e.topics)) for e in known.evidence)
        return replace(known, evidence=tuple(evidence))

    for expertise in await context.store.experts(audience_id):
        if decide(expertise) == expertise:
            continue
        await change(
            lambda user=expertise.person.key: context.store.expertise(audience_id, user),  # type: ignore[misc]
            decide,
            lambda value, etag: context.store.put_expertise(value, etag=etag),
        )
