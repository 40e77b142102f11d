"""Versions of a message: whatever order they arrive in, what is known in the end is the same."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.messages import Change, Message, Reaction, succeed, without_words
from tests.builders import a_message, a_person, at


def _version(minute: int, text: str | None, liked: int) -> Message:
    likes = tuple(Reaction(kind="like", by=a_person(str(number)).key) for number in range(liked))
    written = replace(a_message(1, text=text or ""), modified_at=at(minute), reactions=likes)
    return written if text is not None else replace(without_words(written), deleted_at=at(minute), body_hash="")


versions = st.lists(
    st.builds(_version, st.integers(1, 2), st.sampled_from(["one", "two", None]), st.integers(0, 2)),
    min_size=2,
    max_size=6,
)


def _known_after(arrived: list[Message]) -> Message | None:
    known = None
    for version in arrived:
        known, _ = succeed(known, version)
    return known


def test_of_two_texts_of_one_moment_the_same_wins_in_either_order() -> None:
    one, two = _version(1, "one", 0), _version(1, "two", 0)
    assert _known_after([one, two]) == _known_after([two, one])


@given(st.data(), versions)
def test_any_order_of_any_versions_ends_in_the_same(data: st.DataObject, arrived: list[Message]) -> None:
    assert _known_after(data.draw(st.permutations(arrived))) == _known_after(arrived)


@given(versions)
def test_what_has_arrived_before_changes_nothing(arrived: list[Message]) -> None:
    known = _known_after(arrived)
    for version in arrived:
        assert succeed(known, version) == (known, Change.NOTHING)


def test_of_two_versions_of_one_moment_the_deleted_wins() -> None:
    written, deleted = _version(1, "one", 2), _version(1, None, 0)
    assert succeed(written, deleted)[1] is Change.DELETED
    assert succeed(deleted, written) == (deleted, Change.NOTHING)


def test_nothing_of_what_was_said_is_left_without_words() -> None:
    message = replace(a_message(), subject="s", links=("https://a.example",), mentions=(a_person("Bob Ray"),))
    bare = without_words(message)
    assert (bare.subject, bare.text, bare.links, bare.mentions) == ("", "", (), ())
    assert (bare.id, bare.author) == (message.id, message.author)
