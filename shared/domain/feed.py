"""The feed of what has changed: which snippets, and how far it was followed."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.identity import AudienceId, SnippetId


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A snippet that was written, and the revision that it had then; it may have another one by now."""

    audience_id: AudienceId
    snippet_id: SnippetId
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """A piece of the feed: what changed, and the place from which to read on."""

    changed: Sequence[Changed]
    after: str
    more: bool
    """Whether there is more to read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPlace:
    """How far the feed was followed; the store's own words for it, empty for its beginning."""

    after: str = ""
