"""A tenant that was killed goes on where it stood."""

import asyncio
import itertools
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Self

import pytest

from local.clock import SimulatedClock
from local.tenant.activities import BotAnswer
from local.tenant.model import ADAPTIVE_CARD
from local.tenant.tenant import Tenant
from tests.local.tenant.conftest import found
from tests.local.tenant.listener import APP_ID, APP_SECRET, GraphCaller, Listener

_SCRIPT = Path(__file__).with_name("killed_tenant.py")
_ROOT = Path(__file__).parents[3]


class Process:
    """A tenant in a process of its own."""

    def __init__(self, store: Path, port: int = 0) -> None:
        self._store = store
        self._port = port
        self.url = ""

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(_SCRIPT),
            str(self._store),
            str(self._port),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(_ROOT)},
        )
        self.url = await self._answer()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def do(self, method: str, /, **arguments: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([method, arguments]).encode() + b"\n")
        return await self._answer()

    async def _answer(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(await asyncio.wait_for(self._process.stdout.readline(), 20))

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


async def test_nothing_that_was_answered_is_lost_by_a_kill(
    tmp_path: Path, listener: Listener, wanted: dict[str, Any], clock: SimulatedClock
) -> None:
    store = tmp_path / "tenant.db"
    listener.statuses = [503]
    async with Process(store) as process:
        ann = await process.do("add_user", name="Ann Lee")
        bob = await process.do("add_user", name="Bob Ray")
        team = await process.do("add_team", name="Operations", owners=[ann], members=[bob])
        channel = await process.do("add_channel", team=team, name="Help")
        chat = await process.do("add_chat", topic="Lunch", members=[ann, bob])
        await process.do("install", where=chat, by=ann)
        # A reader without a tenant of its own: the process's URL is all it needs.
        reader = Tenant(clock=clock, app_id=APP_ID, app_secret=APP_SECRET)
        reader.core.url = process.url
        graph = GraphCaller(reader)
        subscription = (await graph.call("POST", "/subscriptions", json=wanted)).json()
        root = await process.do("post", space=channel, author=ann, html="<p>root</p>")
        delta = (await graph.get(f"/teams/{team}/channels/{channel}/messages/delta"))["@odata.deltaLink"]
        first = await process.do("post", space=chat, author=ann, html="first")
        await process.do("flush")
        assert listener.items == []
        await process.do("edit", space=channel, message_id=root, html="<p>edited</p>")
        port = int(process.url.rpartition(":")[2])
        await process.kill()
    async with Process(store, port) as process:
        # Tokens, subscriptions, links and ids of before still hold.
        again = await graph.get(f"/subscriptions/{subscription['id']}")
        assert again == subscription
        (changed,) = (await graph.get(delta))["value"]
        assert changed["body"]["content"] == "<p>edited</p>"
        assert (await graph.get(f"/chats/{chat}/messages/{first}"))["body"]["content"] == "first"
        second = await process.do("post", space=chat, author=bob, html="second")
        assert int(second) == int(first) + 1
        await process.do("retry_now")
        await process.do("flush")
    await graph.close()
    assert sorted(item["resourceData"]["id"] for item in listener.items) == [first, second]


async def _post_on(process: Process, chat: str, author: str, confirmed: list[str], enough: asyncio.Event) -> None:
    for number in itertools.count(1):
        confirmed.append(await process.do("post", space=chat, author=author, html="again"))
        if number == 40:
            enough.set()


async def test_killed_while_posting_it_has_every_message_that_it_confirmed_and_delivers_it(
    tmp_path: Path, listener: Listener, wanted: dict[str, Any], clock: SimulatedClock
) -> None:
    store = tmp_path / "tenant.db"
    confirmed: list[str] = []
    chat = ann = ""
    for attempt in range(3):
        async with Process(store) as process:
            if attempt == 0:
                ann = await process.do("add_user", name="Ann Lee")
                chat = await process.do("add_chat", topic="Lunch", members=[ann])
                reader = Tenant(clock=clock, app_id=APP_ID, app_secret=APP_SECRET)
                reader.core.url = process.url
                graph = GraphCaller(reader)
                assert (await graph.call("POST", "/subscriptions", json=wanted)).status_code == 201
                await graph.close()
            enough = asyncio.Event()
            posting = asyncio.create_task(_post_on(process, chat, ann, confirmed, enough))
            await asyncio.wait_for(enough.wait(), 20)
            await process.kill()
            await asyncio.gather(posting, return_exceptions=True)
    async with Process(store) as process:
        await process.do("flush")
    tenant = Tenant(clock=clock, app_id=APP_ID, app_secret=APP_SECRET, store=store)
    kept = [message.id for message in tenant.messages(chat)]
    await tenant.stop()
    assert len(set(kept)) == len(kept)
    assert set(confirmed) <= set(kept)
    # One post of each killed process may have been kept without anybody having heard of it.
    assert len(kept) - len(confirmed) <= 3
    assert {item["resourceData"]["id"] for item in listener.items} == set(kept)
    assert tenant.counters.due == tenant.counters.accepted == len(kept)


async def test_a_reopened_tenant_has_the_same_people_places_cards_and_log(
    tmp_path: Path, clock: SimulatedClock, listener: Listener
) -> None:
    store = tmp_path / "tenant.db"
    card = {"type": "AdaptiveCard", "version": "1.5", "body": []}
    async with Tenant(clock=clock, app_id=APP_ID, app_secret=APP_SECRET, store=store) as before:
        before.bot_endpoint = listener.bot
        listener.bot_answer = {"statusCode": 200, "type": ADAPTIVE_CARD, "value": card}
        company = found(before)
        await before.install(company.chat, by=company.ann)
        said = await before.post(company.chat, company.ann, "<p>one</p>")
        await before.react(company.chat, said, company.bob)
        await before.delete(company.chat, said)
        answer = await before.press(company.bob, company.chat, said, "helped")
        assert answer == BotAnswer(status=200, body=listener.bot_answer)
        before.consent_to("User.Read.All")
        before.rotate_keys()
        before.expire_access_tokens()
        kept = before.core.state
    async with Tenant(clock=clock, app_id=APP_ID, app_secret=APP_SECRET, store=store) as after:
        again = after.core.state
        for table in ("people", "teams", "spaces", "messages", "activities"):
            assert list(getattr(again, table)) == list(getattr(kept, table)), table
        assert again.register == kept.register
        assert again.view(company.chat, said, company.bob) == card
        await after.restore(company.chat, said)
        assert after.message(company.chat, said).content == "<p>one</p>"
        with pytest.raises(ValueError, match="already"):
            after.add_user(name="Ann Lee")


def test_a_store_belongs_to_one_tenant(tmp_path: Path, clock: SimulatedClock) -> None:
    store = tmp_path / "tenant.db"
    Tenant(clock=clock, app_id=APP_ID, app_secret=APP_SECRET, store=store).core.state.journal.close()
    with pytest.raises(ValueError, match="another"):
        Tenant(clock=clock, app_id=APP_ID, app_secret=APP_SECRET, store=store, seed=1)
