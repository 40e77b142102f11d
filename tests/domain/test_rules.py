"""The rules of the domain, by themselves: versions of a message, audiences, capacity, and what outlives a new draft."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.audiences import ORGANISATION, all_may_see, audience_of_space
from shared.domain.identity import ApproachId, MessageId, Person, SpaceId, TenantId, ThreadId, derived_id, user_key
from shared.domain.messages import Change, Message, MessageKind, succeed
from shared.domain.people import Evidence, Profile, remaining
from shared.domain.snippets import (
    Approach,
    Snippet,
    Source,
    Trust,
    Verb,
    edited,
    merged,
    redrafted,
    retired,
    snippet_id_of,
    struck,
    verified,
    with_outcome,
)
from shared.domain.spaces import Member, Role, Space, SpaceKind

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TENANT, OTHER_TENANT = TenantId("t"), TenantId("u")
ANN, BOB, CLEO = (Person(key=user_key(TENANT, name), name=name.title()) for name in ("ann", "bob", "cleo"))
STRANGER = Person(key=user_key(OTHER_TENANT, "zoe"), name="Zoe")
SPACE = SpaceId("19:c@thread.tacv2")


def version(minute: int, text: str | None, reactions: int = 0) -> Message:
    at = NOW + timedelta(minutes=minute)
    return Message(
        space_id=SPACE,
        id=MessageId("1"),
        kind=MessageKind.PERSON,
        author=ANN,
        created_at=NOW,
        modified_at=at,
        deleted_at=at if text is None else None,
        text=text or "",
        body_hash=text or "",
    )


VERSIONS = [version(0, "one"), version(1, "two"), version(2, None), version(3, "two"), version(3, "three")]


@given(st.permutations(VERSIONS), st.lists(st.sampled_from(VERSIONS), max_size=5))
def test_versions_in_any_order_and_number_end_in_the_newest(order: list[Message], again: list[Message]) -> None:
    known = None
    for arrived in [*order, *again]:
        known, _ = succeed(known, arrived)
    expected = None
    for arrived in VERSIONS:
        expected, _ = succeed(expected, arrived)
    assert known == expected


@pytest.mark.parametrize(
    ("known", "arrived", "change"),
    [
        (None, version(0, "one"), Change.CREATED),
        (version(0, "one"), version(0, "one"), Change.NOTHING),
        (version(1, "two"), version(0, "one"), Change.NOTHING),
        (version(0, "one"), version(1, "two"), Change.EDITED),
        (version(0, "one"), version(1, "one"), Change.ANNOTATED),
        (version(0, "one"), version(1, None), Change.DELETED),
        (version(1, None), version(2, "one"), Change.RESTORED),
    ],
)
def test_what_a_version_changes(known: Message | None, arrived: Message, change: Change) -> None:
    assert succeed(known, arrived)[1] is change


def test_a_place_in_a_thread_outlives_a_new_version() -> None:
    known = replace(version(0, "one"), thread_id=ThreadId("9"), parent_id=MessageId("9"), settled=True)
    newer, _ = succeed(known, version(1, "two"))
    assert (newer.thread_id, newer.parent_id, newer.settled) == ("9", "9", False)


def space(name: str, *people: Person, guests: tuple[Person, ...] = (), known: bool = True) -> Space:
    members = tuple(Member(person=p, role=Role.GUEST if p in guests else Role.MEMBER) for p in people)
    return Space(id=SpaceId(name), kind=SpaceKind.STANDARD, name=name, members=members if known else None)


@pytest.mark.parametrize(
    ("readers", "audience", "may"),
    [
        (space("r", ANN, BOB), space("a", ANN, BOB, CLEO), True),
        (space("r", ANN, BOB, CLEO), space("a", ANN, BOB), False),
        (space("r", ANN, known=False), space("a", ANN, BOB), False),
        (space("r", ANN), space("a", ANN, known=False), False),
        (space("r", ANN), None, False),
    ],
)
def test_all_readers_must_be_known_members_of_the_audience(readers: Space, audience: Space | None, may: bool) -> None:
    assert all_may_see(readers, audience, audience_of_space(SpaceId("a")), tenant_id=TENANT) is may


def test_guests_and_strangers_are_not_of_the_organisation() -> None:
    assert all_may_see(space("r", ANN, BOB), None, ORGANISATION, tenant_id=TENANT)
    assert not all_may_see(space("r", ANN, BOB, guests=(BOB,)), None, ORGANISATION, tenant_id=TENANT)
    assert not all_may_see(space("r", ANN, STRANGER), None, ORGANISATION, tenant_id=TENANT)


def test_capacity_counts_each_thread_once_within_a_week() -> None:
    profile = Profile(person=ANN, capacity=2)
    for thread in ("1", "1", "2"):
        assert profile.has_room(NOW)
        profile = profile.named(SPACE, ThreadId(thread), NOW)
    assert not profile.has_room(NOW + timedelta(days=6))
    assert profile.has_room(NOW + timedelta(days=7, seconds=1))
    assert not replace(profile, opted_out=True).has_room(NOW + timedelta(days=30))
    assert not Profile(person=ANN, snoozed_until=NOW + timedelta(days=1)).has_room(NOW)


def test_evidence_halves_in_half_a_year() -> None:
    snippet_id = snippet_id_of(SPACE, ThreadId("1"))
    evidence = Evidence(snippet_id=snippet_id, question="?", topics=(), at=NOW, web_url="", weight=2.0)
    assert remaining(evidence, NOW + timedelta(days=180)) == pytest.approx(1.0)
    assert remaining(evidence, NOW - timedelta(days=1)) == 2.0


def approach(number: int, text: str, author: Person = BOB, thread: str = "1") -> Approach:
    source = Source(
        space_id=SPACE,
        thread_id=ThreadId(thread),
        message_id=MessageId(f"{thread}{number}"),
        author=author,
        said_at=NOW,
        web_url="",
        body_hash=text,
    )
    return Approach(id=ApproachId(f"a{thread}{number}"), text=text, sources=(source,))


def draft(*approaches: Approach, thread: str = "1", minute: int = 0, question: str = "How?") -> Snippet:
    at = NOW + timedelta(minutes=minute)
    return Snippet(
        id=snippet_id_of(SPACE, ThreadId(thread)),
        audience_id=audience_of_space(SPACE),
        space_id=SPACE,
        thread_id=ThreadId(thread),
        question=question,
        question_hash=question,
        asker=ANN,
        asked_at=NOW,
        approaches=approaches,
        created_at=at,
        updated_at=at,
    )


ONE, TWO = approach(1, "press green"), approach(2, "press red", CLEO)


def test_the_same_draft_again_changes_nothing() -> None:
    known = verified(draft(ONE, TWO), ANN, NOW)
    assert redrafted(known, draft(ONE, TWO, minute=9)) is known


def test_peoples_work_outlives_a_new_draft() -> None:
    known = edited(draft(ONE, TWO), ANN, NOW, texts={ONE.id: "Press the green one."}, question="How do I?")
    known = with_outcome(known, ONE.id, CLEO.key, helped=True)
    known = struck(known, TWO.id, ANN, NOW, "wrong")
    third = approach(3, "pull the plug")
    fresh = redrafted(known, draft(ONE, TWO, third, minute=9))
    assert fresh.question == "How do I?"
    assert [(a.text, a.helped, a.struck) for a in fresh.approaches] == [
        ("Press the green one.", (CLEO.key,), ""),
        ("press red", (), "wrong"),
        ("pull the plug", (), ""),
    ]
    assert fresh.trust is Trust.PROPOSED


def test_withdrawn_and_restored() -> None:
    known = verified(draft(ONE), ANN, NOW)
    gone = redrafted(known, draft(minute=1))
    assert (gone.trust, gone.usable, gone.approaches[0].text) == (Trust.RETIRED, False, "")
    assert redrafted(gone, draft(minute=2)).trust is Trust.RETIRED
    back = redrafted(gone, draft(ONE, minute=3))
    assert (back.trust, back.visible_approaches[0].text) == (Trust.PROPOSED, "press green")
    assert [d.verb for d in back.history] == [Verb.VERIFIED, Verb.WITHDRAWN, Verb.RESTORED]


def test_what_a_curator_rejected_no_draft_brings_back() -> None:
    known = retired(draft(ONE), NOW, verb=Verb.REJECTED, reason="wrong", by=ANN)
    assert redrafted(known, draft(ONE, TWO, minute=9)).trust is Trust.RETIRED


def test_a_changed_source_unverifies_even_an_edited_text() -> None:
    known = edited(draft(ONE), ANN, NOW, texts={ONE.id: "Press the green one."})
    changed = replace(ONE, sources=(replace(ONE.sources[0], body_hash="another"),))
    fresh = redrafted(known, draft(changed, minute=9))
    assert (fresh.trust, fresh.approaches[0].text) == (Trust.PROPOSED, "Press the green one.")


def test_merging_keeps_every_approach_once_and_points_the_other_there() -> None:
    into, other = draft(ONE), draft(approach(1, "turn it off", thread="2"), thread="2")
    both, gone = merged(into, other, ANN, NOW)
    assert [a.text for a in both.approaches] == ["press green", "turn it off"]
    assert (gone.merged_into, gone.usable) == (into.id, False)
    assert [a.text for a in merged(both, other, ANN, NOW)[0].approaches] == ["press green", "turn it off"]
    with pytest.raises(ValueError, match="audiences"):
        merged(into, replace(other, audience_id=ORGANISATION), ANN, NOW)
    with pytest.raises(ValueError, match="itself"):
        merged(into, into, ANN, NOW)


def test_the_latest_word_on_an_outcome_counts_once() -> None:
    snippet = draft(ONE, TWO)
    for helped in (True, True, False):
        snippet = with_outcome(snippet, ONE.id, CLEO.key, helped=helped)
    assert (snippet.approaches[0].helped, snippet.approaches[0].not_helped) == ((), (CLEO.key,))
    assert [a.id for a in snippet.visible_approaches] == [TWO.id, ONE.id]


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_ids_of_different_things_differ(one: list[str], other: list[str]) -> None:
    one = [part.encode("utf8", "ignore").decode() for part in one]
    other = [part.encode("utf8", "ignore").decode() for part in other]
    assert (derived_id(*one) == derived_id(*other)) == (one == other)
