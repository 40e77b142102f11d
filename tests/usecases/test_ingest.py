"""Taking in a notification: forged and foreign ones change nothing, and every order of arrival ends the same."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from shared.domain.events import EventKind
from shared.domain.identity import MessageId
from shared.domain.messages import MessageKind
from shared.domain.notifications import client_state
from shared.domain.spaces import Space, SpaceKind
from shared.errors import Refused, TryLater
from shared.ports import QueueName
from shared.usecases.consent import opt_in, opt_out
from shared.usecases.ingest import Kept, ingest
from shared.usecases.upkeep import purge, sweep
from tests.usecases.world import ANN, BOB, CLEO, SECRET, START, World


async def stored_text(world: World, space: Space, message_id: str) -> str | None:
    stored = await world.store.message(space.id, MessageId(message_id))
    return stored.value.text if stored else None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"clientState": client_state(SECRET, "0" * 32, "1" * 24)}, "unknown_subscription"),
        ({"clientState": "of no subscription at all"}, "unknown_subscription"),
        ({"tenantId": "11111111-6a55-4f0e-9a37-5a1c0f2b7e64"}, "foreign_tenant"),
        ({"resource": "nonsense"}, "bad_resource"),
        ({"encryptedContent": "not an object"}, "bad_content"),
    ],
)
async def test_a_wrong_notification_is_refused_and_changes_nothing(
    world: World, changes: dict[str, object], code: str
) -> None:
    space = await world.space()
    message = world.written(space, BOB, "Where is the manual?")
    notification = world.notification(space, message, **changes)
    world.now += timedelta(minutes=5)
    with pytest.raises(Refused) as raised:
        await ingest(notification, world.context)
    assert raised.value.code == code
    assert await world.store.count_messages() == 0
    assert world.queue.messages == []
    assert (await world.store.counts())[EventKind.REFUSED] == 1


async def test_another_clientstate_for_the_same_subscription_is_refused(world: World) -> None:
    space = await world.space()
    (known,) = await world.store.all_subscriptions()
    forged = client_state(SECRET, known.key, "1" * 24)
    notification = world.notification(space, world.written(space, BOB, "Hello"), clientState=forged)
    with pytest.raises(Refused) as raised:
        await ingest(notification, world.context)
    assert raised.value.code == "wrong_client_state"


async def test_a_space_that_nobody_knows_leaves_no_trace(world: World) -> None:
    space = await world.space()
    elsewhere = {"resource": "chats('19:other@thread.v2')/messages('1')"}
    intake = await ingest(world.notification(space, world.written(space, BOB, "Hello"), **elsewhere), world.context)
    assert intake.kept is Kept.NOT_CAPTURED
    assert await world.store.counts() == {}
    assert await world.store.count_messages() == 0


async def test_content_without_a_genuine_token_is_refused(world: World) -> None:
    space = await world.space()
    world.graph.genuine = False
    with pytest.raises(Refused):
        await world.say(space, BOB, "Where is the manual?")
    assert await world.store.count_messages() == 0


async def test_content_of_another_message_than_named_is_refused(world: World) -> None:
    space = await world.space()
    named, other = world.written(space, BOB, "One"), world.written(space, BOB, "Two")
    with pytest.raises(Refused) as raised:
        await ingest(world.notification(space, named, encryptedContent={"message": other.id}), world.context)
    assert raised.value.code == "wrong_message"


async def test_a_notification_that_outruns_its_subscription_waits(world: World) -> None:
    space = await world.space()
    state = client_state(SECRET, "0" * 32, "1" * 24)
    notification = world.notification(space, world.written(space, BOB, "Hello"), clientState=state)
    with pytest.raises(TryLater):
        await ingest(notification, world.context)


async def test_a_notification_without_content_is_fetched(world: World) -> None:
    space = await world.space()
    message = world.written(space, BOB, "Where is the manual?")
    intake = await ingest(world.notification(space, message, encryptedContent=None), world.context)
    assert intake.kept is Kept.STORED
    assert await stored_text(world, space, message.id) == "Where is the manual?"


async def test_a_fetch_that_must_wait_changes_nothing(world: World) -> None:
    space = await world.space()
    message = world.written(space, BOB, "Where is the manual?")
    world.graph.busy = True
    with pytest.raises(TryLater):
        await ingest(world.notification(space, message, encryptedContent=None), world.context)
    assert await world.store.count_messages() == 0


async def test_a_space_without_capture_keeps_nothing(world: World) -> None:
    space = await world.space()
    stored = await world.store.space(space.id)
    assert stored is not None
    await world.store.put_space(replace(space, capture=False), etag=stored.etag)
    intake = await world.notify(space, world.written(space, BOB, "Where is the manual?"))
    assert intake.kept is Kept.NOT_CAPTURED
    assert await world.store.count_messages() == 0


async def test_a_redelivery_changes_nothing(world: World) -> None:
    space = await world.space()
    message = await world.say(space, BOB, "Where is the manual?")
    before = await world.store.message(space.id, message.id)
    queued = list(world.queue.messages)
    intake = await world.notify(space, message)
    assert intake.kept is Kept.KNOWN
    assert await world.store.message(space.id, message.id) == before
    assert world.queue.messages == queued


async def test_an_older_version_never_wins(world: World) -> None:
    space = await world.space()
    first = await world.say(space, BOB, "Where is the manual?")
    await world.edit(space, first, "Where is the new manual?")
    world.graph.messages[(space.id, first.id)] = first
    await world.notify(space, first)
    assert await stored_text(world, space, first.id) == "Where is the new manual?"


async def test_a_deleted_message_keeps_its_place_without_its_words(world: World) -> None:
    space = await world.space()
    message = await world.say(space, BOB, "The code is in the safe.")
    await world.delete(space, message)
    stored = await world.store.message(space.id, message.id)
    assert stored is not None
    assert stored.value.deleted_at is not None
    assert stored.value.text == ""


async def test_a_message_that_graph_no_longer_has_loses_its_words(world: World) -> None:
    space = await world.space()
    message = await world.say(space, BOB, "The code is in the safe.")
    del world.graph.messages[(space.id, message.id)]
    intake = await ingest(world.notification(space, message, encryptedContent=None), world.context)
    assert intake.kept is Kept.TAKEN_BACK
    assert await stored_text(world, space, message.id) == ""


async def test_a_message_under_a_policy_is_not_kept_and_one_that_comes_under_it_is_emptied(world: World) -> None:
    space = await world.space()
    hidden = replace(world.written(space, BOB, "4111 1111 1111 1111"), violates_policy=True)
    world.graph.messages[(space.id, hidden.id)] = hidden
    assert (await world.notify(space, hidden)).kept is Kept.POLICY
    assert await stored_text(world, space, hidden.id) is None
    known = await world.say(space, BOB, "Harmless so far")
    world.now += timedelta(minutes=1)
    flagged = replace(known, violates_policy=True, modified_at=world.now)
    world.graph.messages[(space.id, known.id)] = flagged
    await world.notify(space, flagged)
    assert await stored_text(world, space, known.id) == ""


async def test_who_opted_out_is_not_kept_and_what_was_kept_goes(world: World) -> None:
    space = await world.space()
    before = await world.say(space, BOB, "Where is the manual?")
    await opt_out(BOB, world.context)
    assert await stored_text(world, space, before.id) is None
    after = world.written(space, BOB, "And where is the other one?")
    assert (await world.notify(space, after)).kept is Kept.OPTED_OUT
    assert await stored_text(world, space, after.id) is None
    await opt_in(BOB, world.context)
    again = await world.say(space, BOB, "I am back")
    assert await stored_text(world, space, again.id) == "I am back"


async def test_system_messages_are_kept_without_making_a_thread_due(world: World) -> None:
    space = await world.space()
    message = replace(world.written(space, BOB, ""), kind=MessageKind.SYSTEM, author=None)
    world.graph.messages[(space.id, message.id)] = message
    await world.notify(space, message)
    assert await world.store.count_messages() == 1
    assert world.queue.count(QueueName.THREADS) == 0


async def test_one_delayed_message_is_under_way_for_a_lively_thread(world: World) -> None:
    space = await world.space()
    root = await world.say(space, BOB, "How do I reset the badge printer?")
    for text in ("Have you tried the green button?", "Which one is that?", "The one at the back."):
        await world.say(space, CLEO, text, root=root.id)
    assert world.queue.count(QueueName.THREADS) == 1


CHAT = [
    (BOB, "How do I get into the parts catalogue from the van?"),
    (CLEO, "is anybody going to the depot this afternoon, I need a lift"),
    (ANN, "Bob: you need the VPN for the parts catalogue, then it opens as usual"),
    (BOB, "thanks, it works with the VPN"),
]


async def test_a_chat_ends_in_the_same_threads_whatever_the_order_of_arrival(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    placements = set()
    for order in list(permutations(range(4)))[::3]:
        world = World(tmp_path_factory.mktemp("world"))
        space = await world.space("Van crew", kind=SpaceKind.CHAT)
        messages = [world.written(space, author, text) for author, text in CHAT]
        for index in (*order, order[0], order[2]):
            await world.notify(space, messages[index])
        found = [await world.store.message(space.id, message.id) for message in messages]
        assert all(stored is not None and stored.value.settled for stored in found)
        placements.add(tuple((s.value.id, s.value.parent_id, s.value.thread_id) for s in found if s))
        await world.store.close()
    assert len(placements) == 1


async def test_a_crash_between_storing_and_settling_is_mended_by_the_redelivery(world: World) -> None:
    space = await world.space()
    message = world.written(space, BOB, "How do I reset the badge printer?")
    await world.store.put_message(message, etag=None)
    await world.notify(space, message)
    stored = await world.store.message(space.id, message.id)
    assert stored is not None
    assert stored.value.settled
    assert world.queue.count(QueueName.THREADS) == 1


async def test_the_sweep_finds_a_thread_whose_queue_message_was_lost(world: World) -> None:
    space = await world.space()
    await world.say(space, BOB, "How do I reset the badge printer?")
    world.queue.messages.clear()
    world.now += timedelta(minutes=12)
    assert (await sweep(world.context)).threads == 0
    world.now += timedelta(minutes=10)
    assert (await sweep(world.context)).threads == 1
    assert world.queue.count(QueueName.THREADS) == 1


async def test_the_purge_removes_what_was_kept_long_enough(world: World) -> None:
    space = await world.space()
    old = await world.say(space, BOB, "An old question")
    world.now = START + timedelta(days=29)
    await world.say(space, BOB, "A new one")
    world.now = START + timedelta(days=31)
    assert await purge(world.context) == 1
    assert await stored_text(world, space, old.id) is None
    assert await world.store.count_messages() == 1


async def test_what_was_written_before_the_space_is_read_is_not_kept_but_what_is_known_is_followed(
    world: World,
) -> None:
    space = await world.space()
    known = await world.say(space, BOB, "The code is in the safe.")
    old = world.written(space, BOB, "Long ago")
    stored = await world.store.space(space.id)
    assert stored is not None
    reads_from = world.now + timedelta(minutes=1)
    await world.store.put_space(replace(stored.value, reads_from=reads_from), etag=stored.etag)
    assert (await world.notify(space, old)).kept is Kept.TOO_OLD
    await world.delete(space, known)
    assert await stored_text(world, space, known.id) == ""
    assert await world.store.count_messages() == 1


async def test_what_is_older_than_messages_are_kept_does_not_come_back(world: World) -> None:
    space = await world.space()
    message = await world.say(space, BOB, "Where is the manual?")
    world.now += timedelta(days=40)
    await purge(world.context)
    assert (await world.notify(space, message)).kept is Kept.TOO_OLD
    assert await world.store.count_messages() == 0


@pytest.mark.parametrize("words", ["Cairn capture on", "Cairn  Opt out.", "Cairn Bot keep messages 14 days"])
async def test_what_is_said_to_cairn_itself_is_no_talk(world: World, words: str) -> None:
    space = await world.space(kind=SpaceKind.CHAT)
    message = world.written(space, BOB, words)
    world.graph.messages[(space.id, message.id)] = replace(message, names_us=True)
    await world.notify(space, message)
    stored = await world.store.message(space.id, message.id)
    assert stored is not None
    assert (stored.value.kind, stored.value.text) == (MessageKind.COMMAND, "")
    reply = await world.say(space, CLEO, "Good, then everybody finds it")
    stored = await world.store.message(space.id, reply.id)
    assert stored is not None
    assert stored.value.parent_id is None


@pytest.mark.parametrize(
    ("words", "named"), [("Cairn how do I reset the badge printer?", True), ("We should switch capture on", False)]
)
async def test_a_question_to_cairn_is_a_question_and_talk_about_commands_is_talk(
    world: World, words: str, named: bool
) -> None:
    space = await world.space()
    message = world.written(space, BOB, words)
    world.graph.messages[(space.id, message.id)] = replace(message, names_us=named)
    await world.notify(space, message)
    assert await stored_text(world, space, message.id) == words
