"""Everything of a kind, page by page: all of it, once, in the order of its keys, on every adapter."""

from dataclasses import replace

import pytest

from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.erasure import Tombstone
from shared.domain.identity import AudienceId, SpaceId
from shared.domain.moving import OF_AN_AUDIENCE, Key, Kind, Moved, key_of
from shared.domain.snippets import Snippet, Trust
from shared.domain.tenant import TenantState
from shared.domain.tuning import Tuning
from shared.ports import Store
from tests.builders import (
    HELP,
    START,
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

SALES = SpaceId("19:sales@thread.tacv2")
SPACES = (HELP, SALES)
HELPERS = audience_of_space(HELP)
NAMES = ("Ann Lee", "Bob Ray", "Cid Poe", "Dee Fox", "Eve Orr")


async def fill(store: Store) -> None:
    """Some of everything, in no order."""
    for number in (3, 1, 5, 2, 4):
        for space_id in SPACES:
            await store.put_message(a_message(number, space_id=space_id), etag=None)
            await store.put_thread(a_thread(str(number), space_id=space_id, due_at=at(number)), etag=None)
            audience = audience_of_space(space_id)
            await store.put_snippet(a_snippet(str(number), audience_id=audience, space_id=space_id), etag=None)
            await store.put_expertise(an_expertise(a_person(NAMES[number - 1]), audience_id=audience), etag=None)
        await store.put_profile(a_profile(a_person(NAMES[number - 1])), etag=None)
        await store.put_space(a_space(f"Room {number}", members=[a_person()]), etag=None)
        await store.put_kept_topics(kept_topics(audience_id=AudienceId(f"space:{number}")), etag=None)
        await store.put_posting(a_posting(str(number)), etag=None)
        await store.put_label(a_label(str(number)), etag=None)
        await store.append(an_event(str(number)))
        await store.put_tombstone(str(number) * 64, at(number))
    await store.put_tenant_state(TenantState(salt="ab" * 32, tuning=Tuning(answer=1.0, fitted_at=START)), etag=None)


NUMBERS = {kind: 10 if kind in OF_AN_AUDIENCE and kind is not Kind.SPACE else 5 for kind in Kind} | {Kind.TENANT: 1}


async def everything(store: Store, kind: Kind, limit: int, audience_id: AudienceId | None = None) -> list[Moved]:
    found: list[Moved] = []
    after: Key | None = None
    while page := await store.page(kind, after, limit=limit, audience_id=audience_id):
        assert len(page) <= limit
        found += page
        after = page[-1].key
    return found


@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_every_page_goes_on_where_the_last_one_ended_and_all_comes_once(store: Store, limit: int) -> None:
    await fill(store)
    for kind in Kind:
        found = await everything(store, kind, limit)
        assert len(found) == NUMBERS[kind], kind
        assert [moved.key for moved in found] == sorted({moved.key for moved in found})
        assert {moved.kind for moved in found} == {kind}


async def test_what_comes_is_what_was_written(store: Store) -> None:
    await fill(store)
    assert (await store.page(Kind.TOMBSTONE, None, limit=1))[0].value == Tombstone(hashed="1" * 64, at=at(1))
    assert (await store.page(Kind.MESSAGE, None, limit=1))[0].value == a_message(1)
    assert key_of(Kind.SNIPPET, a_snippet()) == (HELPERS, a_snippet().id)


async def test_an_empty_store_has_no_pages(store: Store) -> None:
    for kind in Kind:
        assert not await store.page(kind, None, limit=5)


async def test_a_key_that_is_gone_is_still_a_place_to_go_on_from(store: Store) -> None:
    await fill(store)
    after = (HELP, "1772000000003x")
    found = await store.page(Kind.MESSAGE, after, limit=3)
    assert [moved.key[1] for moved in found] == ["1772000000004", "1772000000005", "1772000000001"]


@pytest.mark.parametrize("limit", [1, 100])
async def test_of_an_audience_only_what_its_members_see_comes(store: Store, limit: int) -> None:
    await fill(store)
    await store.put_space(replace(a_space("Help"), id=HELP), etag=None)
    await store.put_snippet(a_snippet("gone", trust=Trust.RETIRED), etag=None)
    await store.put_snippet(a_snippet("wide", audience_id=ORGANISATION), etag=None)
    for kind in OF_AN_AUDIENCE:
        found = await everything(store, kind, limit, HELPERS)
        assert len(found) == (1 if kind is Kind.SPACE else 5), kind
        assert {moved.key[0] for moved in found} <= {HELP, HELPERS}
    wide = await everything(store, Kind.SNIPPET, limit, ORGANISATION)
    assert [moved.value.audience_id for moved in wide if isinstance(moved.value, Snippet)] == [ORGANISATION]
    assert not await everything(store, Kind.MESSAGE, limit, ORGANISATION)


async def test_an_audience_sees_nothing_of_what_is_about_people(store: Store) -> None:
    for kind in set(Kind) - set(OF_AN_AUDIENCE):
        with pytest.raises(ValueError, match="no audience"):
            await store.page(kind, None, limit=5, audience_id=HELPERS)
