"""Topics that curators keep: what each decision leaves, and what becomes of phrases."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.audiences import audience_of_space
from shared.domain.erasure import FORMER, Forgetting
from shared.domain.topics import (
    CHANGES_KEPT,
    TOPICS_AT_MOST,
    KeptTopics,
    Topic,
    TopicChange,
    TopicVerb,
    added,
    applied,
    banned,
    merged,
    newest_topics,
    normalised,
    renamed,
    without_person,
)
from tests.builders import HELP, a_person, at

ANN, BOB = a_person("Ann Lee"), a_person("Bob Ray")
NONE = KeptTopics(audience_id=audience_of_space(HELP))
WORDS = (
    "VPN",
    "vpn access",
    "tunnel",
    "Tunnels",
    "mailbox",
    "shared mailbox",
    "post",
    "Post  box",
    "STRASSE",
    "straße",
)
phrases = st.sampled_from(WORDS)


def keeping(*names: str, **wordings: list[str]) -> KeptTopics:
    kept = NONE
    for name in (*names, *wordings):
        kept = added(kept, name, wordings.get(name, ()), by=ANN, now=at(1))
    return kept


def names(kept: KeptTopics) -> list[str]:
    return [topic.name for topic in kept.topics]


def same_letters(phrase: str) -> str:
    """Something coarser than `normalised`, as stems are."""
    return normalised(phrase).replace(" ", "").rstrip("s")


def decide(kept: KeptTopics, verb: TopicVerb, one: str, other: str) -> KeptTopics:
    match verb:
        case TopicVerb.ADDED:
            return added(kept, one, [other], by=ANN, now=at(1))
        case TopicVerb.RENAMED:
            return renamed(kept, one, other, by=ANN, now=at(1))
        case TopicVerb.MERGED:
            return merged(kept, one, other, by=ANN, now=at(1))
        case TopicVerb.BANNED:
            return banned(kept, one, by=ANN, now=at(1))


@st.composite
def decided(draw: st.DrawFn) -> KeptTopics:
    """What any decisions leave, refused ones left out."""
    kept = NONE
    for _ in range(draw(st.integers(0, 8))):
        verb, one, other = draw(st.sampled_from(TopicVerb)), draw(phrases), draw(phrases)
        try:
            kept = decide(kept, verb, one, other)
        except ValueError:
            continue
    return kept


def test_a_renamed_topic_is_still_known_by_its_old_name() -> None:
    kept = renamed(keeping("VPN"), "vpn", "Remote access", by=BOB, now=at(2))
    assert kept.topics == (Topic(name="Remote access", wordings=("VPN",)),)
    assert applied(kept, ["vpn"]) == ("Remote access",)


def test_two_topics_become_one_with_all_that_means_either() -> None:
    kept = merged(keeping(VPN=["tunnel"], access=["way in"]), "access", "VPN", by=BOB, now=at(2))
    assert kept.topics == (Topic(name="VPN", wordings=("access", "tunnel", "way in")),)


@given(st.permutations(["vpn access", "tunnel", "mailbox", "post"]))
def test_the_order_in_which_topics_are_merged_does_not_matter(order: list[str]) -> None:
    start = keeping("VPN", "vpn access", tunnel=["pipe"], mailbox=["box"], post=[])
    one, other = start, start
    for name in order:
        one = merged(one, name, "VPN", by=ANN, now=at(2))
    for name in sorted(order):
        other = merged(other, name, "VPN", by=ANN, now=at(3))
    chained = start
    for name, into in zip(order, [*order[1:], "VPN"], strict=True):
        chained = merged(chained, name, into, by=ANN, now=at(4))
    assert one.topics == other.topics == chained.topics
    assert one.banned == chained.banned == ()


def test_a_banned_topic_goes_with_its_wordings_and_is_dropped_from_any_text() -> None:
    kept = banned(keeping("mailbox", VPN=["tunnel"]), "vpn", by=ANN, now=at(2))
    assert names(kept) == ["mailbox"]
    assert applied(kept, ["Tunnel", "printer", "VPN", "mailbox"]) == ("printer", "mailbox")


def test_a_banned_wording_leaves_its_topic_and_the_topic_stays() -> None:
    kept = banned(keeping(VPN=["tunnel", "access"]), "Tunnel", by=ANN, now=at(2))
    assert kept.topics == (Topic(name="VPN", wordings=("access",)),)
    assert applied(kept, ["tunnel", "access"]) == ("VPN",)


def test_what_was_banned_is_allowed_again_when_it_is_added() -> None:
    kept = added(banned(NONE, "vpn", by=ANN, now=at(1)), "VPN", [], by=ANN, now=at(2))
    assert (names(kept), kept.banned) == (["VPN"], ())


def test_the_name_of_a_topic_is_not_taken_from_it() -> None:
    kept = keeping("VPN", "access")
    with pytest.raises(ValueError, match="“access” is a topic of its own"):
        added(kept, "VPN", ["Access"], by=ANN, now=at(2))
    with pytest.raises(ValueError, match="“access” is a topic of its own"):
        renamed(kept, "VPN", "ACCESS", by=ANN, now=at(2))


@pytest.mark.parametrize("decide", [renamed, merged])
def test_an_unknown_topic_is_named(decide: Callable[..., KeptTopics]) -> None:
    with pytest.raises(ValueError, match="no topic “parking”"):
        decide(keeping("VPN"), "parking", "VPN", by=ANN, now=at(2))


@given(decided())
def test_a_phrase_belongs_to_one_topic_at_most_and_to_none_when_it_is_banned(kept: KeptTopics) -> None:
    every = [normalised(phrase) for topic in kept.topics for phrase in topic.phrases]
    every += map(normalised, kept.banned)
    assert len(every) == len(set(every))


@given(decided(), st.lists(phrases), st.sampled_from([normalised, same_letters]))
def test_applied_twice_is_as_applied_once(kept: KeptTopics, topics: list[str], same: Callable[[str], str]) -> None:
    once = applied(kept, topics, same=same)
    assert applied(kept, once, same=same) == once
    assert len({same(topic) for topic in once}) == len(once) <= TOPICS_AT_MOST
    assert not any(kept.is_banned(topic) for topic in once)


@given(decided(), st.sampled_from(TopicVerb), phrases, phrases)
def test_the_same_decision_again_changes_nothing(kept: KeptTopics, verb: TopicVerb, one: str, other: str) -> None:
    try:
        once = decide(kept, verb, one, other)
    except ValueError:
        return
    assert decide(once, verb, one, other) == once


def test_topics_keep_their_order_and_are_four_at_most() -> None:
    assert applied(NONE, ["e", "D", "c", "d", "b", "a"]) == ("e", "D", "c", "b")


def test_it_is_remembered_who_decided_what_and_when_as_far_as_there_is_room() -> None:
    kept = renamed(keeping("VPN"), "VPN", "access", by=None, now=at(2))
    assert kept.history == (
        TopicChange(at=at(1), verb=TopicVerb.ADDED, topic="VPN", by=ANN),
        TopicChange(at=at(2), verb=TopicVerb.RENAMED, topic="VPN", into="access"),
    )
    for number in range(CHANGES_KEPT + 5):
        kept = added(kept, f"topic {number}", [], by=BOB, now=at(3))
    assert len(kept.history) == CHANGES_KEPT
    assert kept.history[-1].topic == f"topic {CHANGES_KEPT + 4}"


def test_who_was_erased_is_named_neither_as_curator_nor_in_a_topic() -> None:
    kept = banned(added(keeping("VPN"), "Bob Ray's macro", ["macro"], by=BOB, now=at(2)), "Bob Ray", by=ANN, now=at(3))
    kept = added(kept, "printer", ["Bob Ray's printer"], by=BOB, now=at(4))
    left = without_person(kept, Forgetting(user=BOB.key, names=("Bob Ray",)))
    assert names(left) == ["printer", "VPN"]
    assert "Bob" not in repr(left)
    assert BOB.key not in repr(left)
    assert [change.by for change in left.history] == [ANN, FORMER, ANN, FORMER]
    assert without_person(left, Forgetting(user=BOB.key, names=("Bob Ray",))) == left
    assert without_person(kept, Forgetting(user=BOB.key, whole=False)) == kept


def test_of_two_lists_the_one_that_was_decided_on_last_stays() -> None:
    older, newer = keeping("VPN"), added(NONE, "mailbox", [], by=BOB, now=at(9))
    assert newest_topics(None, older) == newest_topics(NONE, older) == older
    assert newest_topics(older, newer) == newest_topics(newer, older) == newer
    assert newest_topics(older, NONE) == older
