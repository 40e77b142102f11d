"""Every kind of document: what is read is what was written, and a write needs the version that it follows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.audiences import ORGANISATION
from shared.domain.events import Event
from shared.domain.exchanges import ExchangeState
from shared.domain.feed import FeedPlace
from shared.domain.identity import PostingId, derived_id
from shared.domain.labels import Feedback
from shared.domain.postings import PostingState
from shared.domain.tallies import Tally
from shared.errors import Conflict, Refused
from shared.ports import Store, Stored
from tests.adapters.contract.values import any_value
from tests.builders import (
    a_label,
    a_message,
    a_person,
    a_posting,
    a_profile,
    a_snippet,
    a_space,
    a_thread,
    an_event,
    an_expertise,
    at,
    kept_topics,
)


@dataclass(frozen=True)
class Kind:
    """One kind of document, how it is written and read, and a newer version of it."""

    name: str
    first: Any
    second: Any
    write: Callable[[Store, Any, str | None], Awaitable[str]]
    read: Callable[[Store, Any], Awaitable[Stored[Any] | None]]


KINDS = (
    Kind(
        "message",
        a_message(),
        a_message(text="Solved, thanks!"),
        lambda store, value, etag: store.put_message(value, etag=etag),
        lambda store, value: store.message(value.space_id, value.id),
    ),
    Kind(
        "thread",
        a_thread(),
        a_thread(state=ExchangeState.RESOLVED),
        lambda store, value, etag: store.put_thread(value, etag=etag),
        lambda store, value: store.thread(value.space_id, value.id),
    ),
    Kind(
        "snippet",
        a_snippet(),
        a_snippet(question="What is E-17?"),
        lambda store, value, etag: store.put_snippet(value, etag=etag),
        lambda store, value: store.snippet(value.audience_id, value.id),
    ),
    Kind(
        "profile",
        a_profile(),
        replace(a_profile(), opted_out=True, opted_out_at=at(5)),
        lambda store, value, etag: store.put_profile(value, etag=etag),
        lambda store, value: store.profile(value.person.key),
    ),
    Kind(
        "expertise",
        an_expertise(),
        an_expertise(shown=3),
        lambda store, value, etag: store.put_expertise(value, etag=etag),
        lambda store, value: store.expertise(value.audience_id, value.person.key),
    ),
    Kind(
        "space",
        a_space(),
        a_space(members=[a_person()]),
        lambda store, value, etag: store.put_space(value, etag=etag),
        lambda store, value: store.space(value.id),
    ),
    Kind(
        "posting",
        a_posting(),
        a_posting(state=PostingState.RESERVED),
        lambda store, value, etag: store.put_posting(value, etag=etag),
        lambda store, value: store.posting(value.id),
    ),
    Kind(
        "label",
        a_label(),
        a_label(feedback=Feedback.NOT_THIS),
        lambda store, value, etag: store.put_label(value, etag=etag),
        lambda store, value: store.label(value.id),
    ),
    Kind(
        "feed place",
        FeedPlace(after="1"),
        FeedPlace(after="2"),
        lambda store, value, etag: store.put_feed_place(value, etag=etag),
        lambda store, value: store.feed_place(),
    ),
    Kind(
        "tally",
        Tally(audience_id=ORGANISATION, month="2026-03"),
        Tally(audience_id=ORGANISATION, month="2026-03").with_snippet(a_snippet()),
        lambda store, value, etag: store.put_tally(value, etag=etag),
        lambda store, value: store.tally(value.audience_id, value.month),
    ),
    Kind(
        "topics",
        kept_topics("scanner"),
        kept_topics("scanner", "dock"),
        lambda store, value, etag: store.put_kept_topics(value, etag=etag),
        lambda store, value: store.kept_topics(value.audience_id),
    ),
)
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@every_kind
async def test_nothing_is_read_before_it_was_written(store: Store, kind: Kind) -> None:
    assert await kind.read(store, kind.first) is None


@every_kind
async def test_what_is_read_is_what_was_written_under_the_etag_that_the_write_gave(store: Store, kind: Kind) -> None:
    etag = await kind.write(store, kind.first, None)
    assert await kind.read(store, kind.first) == Stored(kind.first, etag)


@every_kind
async def test_a_write_under_the_latest_etag_replaces_the_document(store: Store, kind: Kind) -> None:
    first = await kind.write(store, kind.first, None)
    second = await kind.write(store, kind.second, first)
    assert second != first
    assert await kind.read(store, kind.first) == Stored(kind.second, second)


@every_kind
async def test_writing_the_same_content_again_changes_the_etag(store: Store, kind: Kind) -> None:
    first = await kind.write(store, kind.first, None)
    assert await kind.write(store, kind.first, first) != first


@every_kind
async def test_inserting_what_is_there_is_a_conflict_and_changes_nothing(store: Store, kind: Kind) -> None:
    etag = await kind.write(store, kind.first, None)
    with pytest.raises(Conflict):
        await kind.write(store, kind.second, None)
    assert await kind.read(store, kind.first) == Stored(kind.first, etag)


@every_kind
async def test_a_write_under_an_outdated_etag_is_a_conflict_and_changes_nothing(store: Store, kind: Kind) -> None:
    outdated = await kind.write(store, kind.first, None)
    latest = await kind.write(store, kind.second, outdated)
    with pytest.raises(Conflict):
        await kind.write(store, kind.first, outdated)
    assert await kind.read(store, kind.first) == Stored(kind.second, latest)


@every_kind
async def test_replacing_what_is_not_there_is_a_conflict_and_writes_nothing(store: Store, kind: Kind) -> None:
    with pytest.raises(Conflict):
        await kind.write(store, kind.first, "an etag of something else")
    assert await kind.read(store, kind.first) is None


@every_kind
async def test_another_store_on_the_same_data_sees_a_write_at_once(store: Store, another: Store, kind: Kind) -> None:
    etag = await kind.write(store, kind.first, None)
    assert await kind.read(another, kind.first) == Stored(kind.first, etag)
    await kind.write(another, kind.second, etag)
    with pytest.raises(Conflict):
        await kind.write(store, kind.first, etag)


async def test_a_text_that_utf_8_cannot_hold_is_refused_and_nothing_is_written(store: Store) -> None:
    with pytest.raises(Refused):
        await store.put_message(replace(a_message(), text="half a pair: \ud800"), etag=None)
    assert await store.count_messages() == 0


async def test_an_id_that_utf_8_cannot_hold_is_refused(store: Store) -> None:
    with pytest.raises(Refused):
        await store.posting(PostingId("\ud800"))


async def test_a_moment_without_a_time_zone_is_not_written(store: Store) -> None:
    with pytest.raises(ValueError, match="time zone"):
        await store.put_message(a_message(created_at=datetime(2026, 3, 2)), etag=None)  # noqa: DTZ001
    assert await store.count_messages() == 0


@every_kind
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_document_comes_back_as_it_was_with_its_types(store: Store, kind: Kind, data: st.DataObject) -> None:
    value = data.draw(any_value(type(kind.first)))
    known = await kind.read(store, value)
    await kind.write(store, value, known.etag if known else None)
    found = await kind.read(store, value)
    assert found is not None
    assert found.value == value
    assert repr(found.value) == repr(value), "equal values may differ in type, as an enum and its string do"


async def test_events_come_back_as_they_were(store: Store) -> None:
    event = replace(an_event(), by=a_person().key, detail="bad_signature", subject="7")
    await store.append(event)
    assert list(await store.latest(limit=1)) == [event]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=any_value(Event), name=st.uuids())
async def test_any_event_comes_back_as_it_was_with_its_types(store: Store, drawn: Event, name: UUID) -> None:
    event = replace(drawn, id=derived_id("event", drawn.space_id, str(name)))  # as `events.event` names them
    before = {known.id: known for known in await store.latest(limit=10_000)}
    await store.append(event)
    after = {known.id: known for known in await store.latest(limit=10_000)}
    assert repr(after[event.id]) == repr(before.get(event.id, event))
    assert len(after) == len(before.keys() | {event.id})
