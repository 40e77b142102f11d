"""Counts of snippets: each once, by its newest version, whatever the order."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.copies import copy_for, widened
from shared.domain.snippets import Snippet, Trust, Verb, retired, verified
from shared.domain.spaces import SpaceKind
from shared.domain.tallies import Standing, Tally, month_of, standing_of
from tests.builders import HELP, a_person, a_snippet, at

EMPTY = Tally(audience_id=audience_of_space(HELP), month="2026-03")
VERSIONS = {
    (name, revision): replace(a_snippet(name), trust=trust, revision=revision)
    for name in ("a", "b")
    for revision, trust in enumerate((Trust.PROPOSED, Trust.VERIFIED, Trust.RETIRED), 1)
}


def test_what_a_snippet_counts_as() -> None:
    snippet, ann = a_snippet(), a_person()
    assert standing_of(snippet) is Standing.PROPOSED
    assert standing_of(verified(snippet, ann, at(1))) is Standing.VERIFIED
    assert standing_of(retired(snippet, at(1), verb=Verb.REJECTED, reason="wrong")) is Standing.OUT_OF_USE
    assert standing_of(a_snippet(merged_into="other")) is Standing.MERGED
    assert standing_of(a_snippet(approaches=())) is Standing.OUT_OF_USE
    copy = copy_for(ORGANISATION, widened(snippet, ORGANISATION, ann, at(1)), SpaceKind.STANDARD)
    assert standing_of(copy) is Standing.COPY


def test_copies_are_in_use_only_at_home() -> None:
    copy = copy_for(ORGANISATION, widened(a_snippet(), ORGANISATION, a_person(), at(1)), SpaceKind.STANDARD)
    assert EMPTY.with_snippet(copy).in_use == 0
    assert EMPTY.with_snippet(a_snippet()).in_use == 1


def test_a_month_is_utcs() -> None:
    assert month_of(at(0)) == "2026-03"


@given(st.lists(st.sampled_from(sorted(VERSIONS)), max_size=12))
def test_any_order_and_any_repetition_counts_the_newest_version_of_each(seen: list[tuple[str, int]]) -> None:
    tally = EMPTY
    for key in seen:
        tally = tally.with_snippet(VERSIONS[key])
    newest: dict[str, Snippet] = {name: VERSIONS[name, revision] for name, revision in sorted(seen)}
    assert tally.counts == Counter(standing_of(snippet) for snippet in newest.values())
