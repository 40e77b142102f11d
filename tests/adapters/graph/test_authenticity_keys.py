"""Entra's keys change, and Entra is sometimes away: neither loses what is genuine, nor lets a forger make us ask."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from shared.adapters.graph.authenticity import ValidationTokens
from shared.adapters.identity.keys import SigningKeys
from shared.errors import Refused, TryLater
from tests.adapters.graph.forgeries import (
    APP,
    ENTRA,
    FORGER,
    NEXT,
    NOON,
    OTHER_APP,
    TENANT,
    Clock,
    Entra,
    claims,
    signed,
    token,
)


@dataclass
class Gate:
    """The check, with Entra behind it and a clock."""

    entra: Entra
    clock: Clock
    tokens: ValidationTokens

    async def check(self, *tokens: str, waited: timedelta = timedelta(0)) -> None:
        await self.tokens.check(tokens, received_at=self.clock.now() - waited)

    def fresh(self, key: str = "entra", **changed: object) -> str:
        """A genuine token of this moment."""
        now = int(self.clock.now().timestamp())
        return signed(claims(nbf=now, exp=now + 3600, **changed), {"entra": ENTRA, "next": NEXT}[key])


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    entra, clock = Entra(), Clock()
    async with httpx.AsyncClient(transport=entra.transport()) as http:
        keys = SigningKeys("https://login.test/keys", http, metadata=False)
        yield Gate(entra, clock, ValidationTokens(keys=keys, app_id=APP, tenant_id=TENANT, now=clock.now))


async def test_a_thousand_items_cost_one_fetch(gate: Gate) -> None:
    for number in range(1000):
        await gate.check(token() if number % 2 else token(uti=f"{number // 100}"))
    assert gate.entra.asked == 1


async def test_a_flood_of_unknown_keys_costs_one_fetch_each_five_minutes(gate: Gate) -> None:
    """Whether Entra has published such a key meanwhile can't be known before it may be asked again."""
    await gate.check(gate.fresh())
    asked = gate.entra.asked
    gate.clock.advance(minutes=6)
    for minute in range(10):
        for number in range(50):
            with pytest.raises((Refused, TryLater)):
                await gate.check(signed(claims(), FORGER, kid=f"forged-{minute}-{number}"))
        gate.clock.advance(minutes=1)
    assert gate.entra.asked == asked + 2


async def test_what_a_flood_leaves_waiting_is_refused_once_keys_were_fetched_since(gate: Gate) -> None:
    await gate.check(gate.fresh())
    gate.clock.advance(minutes=1)
    forged = signed(claims(), FORGER, kid="forged")
    with pytest.raises(TryLater) as later:
        await gate.check(forged)
    assert later.value.after == timedelta(minutes=4)
    gate.clock.advance(minutes=4)
    with pytest.raises(Refused):
        await gate.check(forged, waited=timedelta(minutes=4))


async def test_a_flood_of_unknown_keys_keeps_nobody_genuine_out(gate: Gate) -> None:
    for number in range(100):
        with pytest.raises((Refused, TryLater)):
            await gate.check(signed(claims(), FORGER, kid=f"forged-{number}"))
        await gate.check(gate.fresh())
    assert gate.entra.asked == 1


async def test_a_new_key_is_found_at_once_when_keys_were_not_fetched_lately(gate: Gate) -> None:
    await gate.check(gate.fresh())
    gate.clock.advance(hours=2)
    gate.entra.keys.append(NEXT)
    await gate.check(gate.fresh("next"))
    await gate.check(gate.fresh())
    assert gate.entra.asked == 2


async def test_a_new_key_within_five_minutes_of_a_fetch_loses_nothing(gate: Gate) -> None:
    await gate.check(gate.fresh())
    gate.clock.advance(minutes=1)
    gate.entra.keys = [NEXT]
    genuine = gate.fresh("next")
    with pytest.raises(TryLater) as later:
        await gate.check(genuine)
    gate.clock.advance(seconds=later.value.after.total_seconds())
    await gate.check(genuine, waited=later.value.after)


async def test_a_withdrawn_key_holds_for_what_came_before_and_not_for_what_comes_after(gate: Gate) -> None:
    await gate.check(gate.fresh())
    waiting = gate.fresh(uti="another one, not yet seen")
    gate.entra.keys = [NEXT]
    gate.clock.advance(days=1, minutes=1)
    await gate.check(gate.fresh("next"))
    await gate.check(waiting, waited=timedelta(days=1, minutes=1))
    with pytest.raises(Refused):
        await gate.check(gate.fresh(uti="signed with a stolen key"))


async def test_while_entra_is_away_what_is_genuine_waits_and_what_is_forged_is_not_believed(gate: Gate) -> None:
    gate.entra.away = True
    for presented in (token(), signed(claims(), FORGER)):
        with pytest.raises(TryLater):
            await gate.check(presented)
    gate.entra.away = False
    gate.clock.advance(seconds=10)
    await gate.check(token())
    with pytest.raises(Refused):
        await gate.check(signed(claims(), FORGER))


async def test_known_keys_serve_while_entra_is_away(gate: Gate) -> None:
    await gate.check(gate.fresh())
    gate.entra.away = True
    gate.clock.advance(days=2)
    await gate.check(gate.fresh())
    gate.clock.advance(days=4)
    with pytest.raises(TryLater):
        await gate.check(gate.fresh())


async def test_a_publisher_that_is_away_is_left_alone_for_a_moment(gate: Gate) -> None:
    """A backlog of thousands must not knock on Entra's door for each item, nor wait for it in turn."""
    gate.entra.away = True
    with pytest.raises(TryLater):
        await gate.check(token())
    asked = gate.entra.asked
    for number in range(100):
        with pytest.raises(TryLater):
            await gate.check(token(uti=f"{number}"))
    assert gate.entra.asked == asked


async def test_what_is_no_token_never_makes_us_ask(gate: Gate) -> None:
    for nonsense in ("", "x", "a.b.c", "A" * 20_000, "." * 100, "ä"):
        with pytest.raises(Refused):
            await gate.check(nonsense)
    assert gate.entra.asked == 0


async def test_a_genuine_token_of_another_app_is_not_fetched_for_twice(gate: Gate) -> None:
    for _ in range(20):
        with pytest.raises(Refused):
            await gate.check(gate.fresh(aud=OTHER_APP))
    assert gate.entra.asked == 1
    assert gate.clock.now() == NOON
