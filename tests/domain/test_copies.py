"""What a wider audience sees of a snippet: who said yes, what is left out, and that home alone decides."""

from dataclasses import replace

import pytest

from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.copies import agreed, copy_for, disagreed, narrowed, widened
from shared.domain.erasure import Forgetting
from shared.domain.forgotten_authors import snippet_without
from shared.domain.identity import SnippetId, SpaceId, UserKey
from shared.domain.snippets import Snippet, Trust, Verb, edited, merged, retired, struck, verified
from shared.domain.spaces import SpaceKind
from tests.builders import HELP, a_person, a_snippet, an_approach, at

ANN, BOB, CLEO = (a_person(name) for name in ("Ann Lee", "Bob Ray", "Cleo Fox"))
WIDE = widened(a_snippet(), ORGANISATION, ANN, at(1))
OTHERS = audience_of_space(SpaceId("19:other"))
ELSEWHERE = [SpaceKind.PRIVATE, SpaceKind.SHARED, SpaceKind.CHAT]


def shown(home: Snippet, kind: SpaceKind | None = SpaceKind.STANDARD) -> list[str]:
    return [approach.text for approach in copy_for(ORGANISATION, home, kind).visible_approaches]


def test_widening_says_who_and_when_and_once_is_enough() -> None:
    (widening,) = WIDE.widened
    assert (widening.audience_id, widening.by, widening.at) == (ORGANISATION, ANN, at(1))
    assert WIDE.history[-1].verb is Verb.WIDENED
    assert widened(WIDE, ORGANISATION, BOB, at(2)) == WIDE


def test_a_copy_and_the_home_audience_itself_are_not_widened() -> None:
    with pytest.raises(ValueError, match="home"):
        widened(copy_for(ORGANISATION, WIDE, SpaceKind.STANDARD), ORGANISATION, ANN, at(1))
    with pytest.raises(ValueError, match="home"):
        widened(a_snippet(), audience_of_space(HELP), ANN, at(1))


def test_a_standard_channels_copy_has_its_words_and_people_and_may_be_used() -> None:
    copy = copy_for(ORGANISATION, verified(WIDE, ANN, at(2)), SpaceKind.STANDARD)
    assert (copy.audience_id, copy.copied_from) == (ORGANISATION, audience_of_space(HELP))
    assert copy.usable
    assert copy.trust is Trust.VERIFIED
    assert copy.question == WIDE.question
    assert copy.asker == WIDE.asker
    assert shown(WIDE) == [WIDE.approaches[0].text]
    assert [decision.verb for decision in copy.history] == [Verb.VERIFIED], "cards say who checked it"


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_elsewhere_only_what_its_author_agreed_to_is_shown_and_nobody_else_is_named(kind: SpaceKind) -> None:
    assert shown(WIDE, kind) == []
    yes = agreed(WIDE, ORGANISATION, BOB.key, at(2))
    copy = copy_for(ORGANISATION, yes, kind)
    assert shown(yes, kind) == [WIDE.approaches[0].text]
    assert copy.asker.key == ""
    assert shown(disagreed(yes, ORGANISATION, BOB.key), kind) == []
    another_audience = agreed(WIDE, OTHERS, BOB.key, at(2))
    assert shown(another_audience, kind) == []


def test_an_approach_of_two_people_needs_both() -> None:
    first = an_approach("Restart it.")
    both = replace(first, sources=(*first.sources, replace(first.sources[0], author=CLEO)))
    home = replace(agreed(WIDE, ORGANISATION, BOB.key, at(2)), approaches=(both,))
    assert shown(home, SpaceKind.CHAT) == []
    assert shown(agreed(home, ORGANISATION, CLEO.key, at(3)), SpaceKind.CHAT) == ["Restart it."]


def test_of_a_space_that_is_not_known_nothing_is_shown() -> None:
    assert shown(WIDE, None) == []


def test_what_was_struck_withdrawn_or_found_wanting_by_somebody_is_not_told() -> None:
    approaches = (
        replace(an_approach("One."), helped=(CLEO.key,), not_helped=(BOB.key, ANN.key)),
        an_approach("Two.", struck="dangerous"),
        an_approach("Three.", withdrawn="deleted"),
    )
    copy = copy_for(ORGANISATION, replace(WIDE, approaches=approaches), SpaceKind.STANDARD)
    (only,) = copy.approaches
    assert only.text == "One."
    assert only.helped == (UserKey(""),)
    assert only.not_helped == (UserKey(""), UserKey(""))


@pytest.mark.parametrize(
    "home",
    [
        narrowed(WIDE, ORGANISATION, BOB, at(3)),
        retired(WIDE, at(3), verb=Verb.REJECTED, reason="Ann's own words", by=ANN),
        struck(WIDE, WIDE.approaches[0].id, ANN, at(3), "wrong"),
        merged(a_snippet("other"), WIDE, ANN, at(3))[1],
        a_snippet(),
    ],
    ids=["narrowed", "retired", "struck", "merged", "never widened"],
)
def test_an_emptied_copy_holds_nobodys_words_or_name(home: Snippet) -> None:
    copy = copy_for(ORGANISATION, replace(home, revision=7), SpaceKind.STANDARD)
    assert not copy.usable
    assert copy.revision == 7
    assert (copy.question, copy.approaches, copy.topics, copy.history) == ("", (), (), ())
    text = repr(copy)
    assert not any(name in text for name in ("Ann", "Bob", "E-17", "own words"))


def test_narrowing_keeps_that_it_was_wide_and_widening_again_begins_anew() -> None:
    back = narrowed(WIDE, ORGANISATION, BOB, at(3))
    assert back.wider == frozenset()
    assert (back.widened[0].ended_by, back.widened[0].ended_at) == (BOB, at(3))
    assert narrowed(back, ORGANISATION, BOB, at(4)) == back
    again = widened(back, ORGANISATION, CLEO, at(5))
    assert again.wider == {ORGANISATION}
    assert len(again.widened) == 1


def test_an_edit_at_home_is_the_copys_next_text() -> None:
    home = edited(WIDE, ANN, at(4), texts={WIDE.approaches[0].id: "Hold it for twenty seconds."})
    assert shown(home) == ["Hold it for twenty seconds."]
    assert copy_for(ORGANISATION, home, SpaceKind.STANDARD).id == SnippetId(home.id)


@pytest.mark.parametrize("whole", [True, False], ids=["erased", "opted out"])
def test_who_is_forgotten_has_agreed_to_nothing_and_if_erased_has_widened_nothing(whole: bool) -> None:
    home = agreed(
        narrowed(widened(a_snippet(), ORGANISATION, BOB, at(1)), ORGANISATION, BOB, at(2)), OTHERS, BOB.key, at(3)
    )
    left = snippet_without(home, Forgetting(user=BOB.key, names=(BOB.name,), whole=whole), at(4))
    assert left.agreements == ()
    assert left.widened[0].audience_id == ORGANISATION
    assert (BOB.key in repr(left)) == (not whole)
