"""Pages of what was written, for reconciliation and backfill, against the simulated tenant over HTTP."""

from datetime import timedelta

import pytest

from shared.domain.identity import SpaceId, TeamId
from shared.errors import CairnError, Gone
from tests.adapters.graph.world import START, World

LONG_AGO = START - timedelta(days=30)


async def a_round(world: World, channel: SpaceId, team: TeamId, link: str = "") -> tuple[list[str], str, int]:
    """What a whole round of changes brings: texts, the delta link, and the number of pages."""
    texts: list[str] = []
    pages = 0
    while True:
        page = await world.graph.channel_changes(channel, team, since=LONG_AGO, link=link)
        texts += [message.text for message in page.messages]
        pages += 1
        if page.delta_link:
            assert not page.next_link
            return texts, page.delta_link, pages
        link = page.next_link


async def test_a_channels_changes_come_page_by_page_with_replies_and_then_only_what_is_new(world: World) -> None:
    team, channel, ann, bob = await world.channel()
    roots = [await world.tenant.post(channel, ann, f"Root {n}") for n in range(45)]
    await world.tenant.post(channel, bob, "A reply", reply_to=roots[3])
    texts, link, pages = await a_round(world, channel, team)
    assert sorted(texts) == sorted([*(f"Root {n}" for n in range(45)), "A reply"])
    assert pages == 3
    assert (await a_round(world, channel, team, link))[0] == []
    await world.tenant.post(channel, bob, "Another", reply_to=roots[5])
    assert sorted((await a_round(world, channel, team, link))[0]) == ["Another", "Root 5"]


async def test_a_deleted_message_is_among_the_changes(world: World) -> None:
    team, channel, ann, _ = await world.channel()
    gone = await world.tenant.post(channel, ann, "Wrong")
    await world.tenant.delete(channel, gone)
    page = await world.graph.channel_changes(channel, team, since=LONG_AGO)
    assert [(m.id, m.deleted_at is not None) for m in page.messages] == [(gone, True)]


async def test_an_expired_delta_link_says_gone(world: World) -> None:
    team, channel, ann, _ = await world.channel()
    await world.tenant.post(channel, ann, "Hello")
    _, link, _ = await a_round(world, channel, team)
    world.tenant.expire_delta_tokens()
    with pytest.raises(Gone):
        await world.graph.channel_changes(channel, team, since=LONG_AGO, link=link)


async def test_a_channels_history_comes_with_replies_to_its_end(world: World) -> None:
    team, channel, ann, bob = await world.channel()
    roots = [await world.tenant.post(channel, ann, f"Root {n}") for n in range(25)]
    await world.tenant.post(channel, bob, "A reply", reply_to=roots[0])
    page = await world.graph.channel_history(channel, team)
    assert [m.text for m in page.messages[:2]] == ["Root 0", "A reply"]
    last = await world.graph.channel_history(channel, team, link=page.next_link)
    assert len(page.messages) + len(last.messages) == 26
    assert (last.next_link, last.delta_link) == ("", "")


async def test_a_chats_changes_are_those_after_a_moment_latest_first(world: World) -> None:
    chat, ann, bob = await world.chat()
    old = await world.tenant.post(chat, ann, "Old")
    world.clock.advance(timedelta(hours=1))
    since = world.clock.now()
    world.clock.advance(timedelta(hours=1))
    await world.tenant.post(chat, bob, "New")
    assert [m.text for m in (await world.graph.chat_changes(chat, since=since)).messages] == ["New"]
    world.clock.advance(timedelta(hours=1))
    await world.tenant.edit(chat, old, "Old, but changed")
    changes = await world.graph.chat_changes(chat, since=since)
    assert [m.text for m in changes.messages] == ["Old, but changed", "New"]


async def test_a_link_that_leads_elsewhere_is_not_followed(world: World) -> None:
    team, channel, *_ = await world.channel()
    for link in ("https://evil.example/graph/v1.0/x", f"{world.tenant.url}/graph/v1.0.evil/x", "/teams"):
        with pytest.raises(CairnError, match="another host"):
            await world.graph.channel_changes(channel, team, since=LONG_AGO, link=link)
