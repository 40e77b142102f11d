"""How many snippets an audience has of each standing, by the month in which they were drafted.

A tally remembers under which revision it counted each snippet, so that a change that comes twice, late or out of
order counts once.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from shared.domain.identity import AudienceId, SnippetId
from shared.domain.snippets import Snippet, Trust


class Standing(StrEnum):
    """What a report may count a snippet as."""

    PROPOSED = "proposed"
    VERIFIED = "verified"
    STALE = "stale"
    MERGED = "merged"
    OUT_OF_USE = "out_of_use"
    COPY = "copy"
    """In use here, and at home in another audience, where it is counted too."""


IN_USE = frozenset({Standing.PROPOSED, Standing.VERIFIED, Standing.STALE})
_BY_TRUST = {Trust.PROPOSED: Standing.PROPOSED, Trust.VERIFIED: Standing.VERIFIED, Trust.STALE: Standing.STALE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How one snippet was counted last."""

    snippet_id: SnippetId
    revision: int
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The snippets of one audience that were drafted in one month (`2026-03`)."""

    audience_id: AudienceId
    month: str
    counted: tuple[Counted, ...] = ()

    @property
    def counts(self) -> Mapping[Standing, int]:
        """How many there are of each standing; absent ones are absent keys."""
        return Counter(one.standing for one in self.counted)

    @property
    def in_use(self) -> int:
        """How many may be suggested, each in its home alone."""
        return sum(one.standing in IN_USE for one in self.counted)

    def with_snippet(self, snippet: Snippet) -> Self:
        """The tally after a snippet was looked at; a version older than the one that was counted changes nothing."""
        known = next((one for one in self.counted if one.snippet_id == snippet.id), None)
        if known is not None and known.revision > snippet.revision:
            return self
        others = tuple(one for one in self.counted if one.snippet_id != snippet.id)
        fresh = Counted(snippet_id=snippet.id, revision=snippet.revision, standing=standing_of(snippet))
        return replace(self, counted=tuple(sorted((*others, fresh), key=lambda one: one.snippet_id)))


def standing_of(snippet: Snippet) -> Standing:
    """What a snippet counts as."""
    if snippet.merged_into is not None:
        return Standing.MERGED
    if not snippet.usable:
        return Standing.OUT_OF_USE
    return Standing.COPY if snippet.copied_from is not None else _BY_TRUST[snippet.trust]


def month_of(moment: datetime) -> str:
    """The month of a moment in UTC, such as `2026-03`."""
    return f"{moment.astimezone(UTC):%Y-%m}"
