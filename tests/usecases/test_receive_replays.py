"""What was genuine once may be sent again by anybody who saw it: it changes nothing. What is another's is not taken."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.events import EventKind
from shared.domain.identity import MessageId, SpaceId
from shared.domain.messages import Message
from shared.domain.notifications import QueuedNotification, Transport
from shared.domain.spaces import Space
from shared.errors import Refused
from shared.usecases.ingest import Kept, ingest
from shared.usecases.receive import IntakeRules, receive, receive_events
from tests.usecases.world import ANN, BOB, CLEO, SECRET, World

RULES = IntakeRules(client_state_secret=SECRET)


async def _state(world: World, space: Space) -> tuple[object, ...]:
    """Everything that a message may have changed."""
    kept = [await world.store.message(space.id, MessageId(message)) for _, message in sorted(world.graph.messages)]
    postings = sorted(await world.store.all_postings(), key=lambda posting: posting.id)
    return kept, postings, await world.store.counts(), sorted(world.queue.messages), world.teams.cards


async def _conversation(world: World) -> tuple[Space, list[Message]]:
    """A question, answered, edited and half deleted; with each version of each message that was notified."""
    space = await world.space()
    question = await world.say(space, BOB, "How do I reset the badge printer on the second floor?")
    answer = await world.say(space, CLEO, "Hold the green button for ten seconds.", root=question.id)
    edited = await world.edit(space, answer, "Hold the green button for twelve seconds.")
    doubt = await world.say(space, ANN, "Are you sure?", root=question.id)
    deleted = await world.delete(space, doubt)
    await world.pass_time()
    return space, [question, answer, edited, doubt, deleted]


async def _replay(world: World, space: Space, version: Message) -> None:
    """Take in a notification again whose content is a message as it stood then."""
    current = world.graph.messages[(space.id, version.id)]
    world.graph.messages[(space.id, version.id)] = version
    await world.notify(space, version)
    world.graph.messages[(space.id, version.id)] = current


async def test_a_replayed_notification_ends_in_the_same_state(world: World) -> None:
    space, versions = await _conversation(world)
    before = await _state(world, space)
    for version in [*versions, *reversed(versions), *versions]:
        await _replay(world, space, version)
    await world.pass_time(timedelta(0))
    assert await _state(world, space) == before


async def test_a_replay_of_what_has_been_deleted_since_brings_no_words_back(world: World) -> None:
    """The old content is older than what is kept: the deletion stands."""
    space = await world.space()
    said = await world.say(space, BOB, "The door code is in the red folder.")
    deleted = await world.delete(space, said)
    await _replay(world, space, said)
    kept = await world.store.message(space.id, said.id)
    assert kept is not None
    assert (kept.value.text, kept.value.deleted_at) == ("", deleted.deleted_at)


def _item(world: World, space: Space, message: Message, **changes: object) -> dict[str, object]:
    """An item without content, which is fetched."""
    item = {**world.notification(space, message).item} | changes
    return {name: value for name, value in item.items() if name != "encryptedContent" and value is not None}


def _through_the_webhook(world: World, *items: object) -> list[QueuedNotification]:
    receipt = receive(json.dumps({"value": items}).encode(), rules=RULES, received_at=world.now)
    return [QueuedNotification.from_json(text) for text in receipt.queued]


async def test_a_notification_for_somebody_elses_tenant_is_refused_and_stops_no_neighbour(world: World) -> None:
    space = await world.space()
    theirs, ours = world.written(space, BOB, "Theirs"), world.written(space, BOB, "Ours")
    foreign = _item(world, space, theirs, tenantId="11111111-6a55-4f0e-9a37-5a1c0f2b7e64")
    first, second = _through_the_webhook(world, foreign, _item(world, space, ours))
    with pytest.raises(Refused) as refusal:
        await ingest(first, world.context)
    assert refusal.value.code == "foreign_tenant"
    assert (await ingest(second, world.context)).kept is Kept.STORED
    assert await world.store.message(space.id, theirs.id) is None
    assert (await world.store.counts())[EventKind.REFUSED] == 1


async def test_a_client_state_of_one_space_opens_no_other(world: World) -> None:
    """Somebody who learnt one subscription's secret has learnt no other's."""
    known, secret = await world.space("Known"), await world.space("Secret")
    message = world.written(secret, BOB, "Words of the other space")
    state = world.notification(known, message).item["clientState"]
    (forged,) = _through_the_webhook(world, _item(world, secret, message, clientState=state))
    with pytest.raises(Refused):
        await ingest(forged, world.context)
    assert await world.store.message(secret.id, message.id) is None


async def test_what_came_through_a_hub_needs_no_tokens_and_what_was_posted_does(world: World) -> None:
    space = await world.space()
    message = world.written(space, BOB, "Hello")
    bare = replace(world.notification(space, message), validation_tokens=())
    with pytest.raises(Refused):
        await ingest(bare, world.context)
    assert await world.store.message(space.id, message.id) is None
    assert (await ingest(replace(bare, transport=Transport.EVENT_HUBS), world.context)).kept is Kept.STORED


async def test_a_stripped_item_without_tokens_is_not_fetched_for_whoever_posted_it(world: World) -> None:
    space = await world.space()
    message = world.written(space, BOB, "Hello")
    content = {"data": "x" * 60_000}
    (stripped,) = _through_the_webhook(world, _item(world, space, message) | {"encryptedContent": content})
    assert stripped.stripped
    with pytest.raises(Refused):
        await ingest(stripped, world.context)


async def test_what_lies_in_a_blob_has_its_space_read_again(world: World) -> None:
    space = await world.space()
    message = world.written(space, BOB, "Too long for a hub")
    item = _item(world, space, message, resource=None) | {"additionalPayloadStorageId": "https://evil.test/b"}
    receipt = receive_events([json.dumps({"value": [item]}).encode()], rules=RULES, received_at=world.now)
    (queued,) = receipt.queued
    assert (await ingest(QueuedNotification.from_json(queued), world.context)).kept is Kept.LIFECYCLE
    assert [json.loads(body)["space"] for queue, body, _ in world.queue.messages if queue == "reconciliations"] == [
        SpaceId(space.id)
    ]
