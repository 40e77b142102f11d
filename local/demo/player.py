"""Plays a scenario: maps its people and places to the tenant's, and does what its events say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.scenarios.company import PERSONAL, EventId, PersonId, SpaceId, SpaceKind, TeamId
from local.scenarios.events import (
    Body,
    Delete,
    Edit,
    Event,
    Install,
    Join,
    Leave,
    Post,
    Press,
    React,
    Reply,
    Restore,
    Say,
    Verb,
)
from local.scenarios.scenario import Scenario
from local.stage import Stage
from shared import wiring
from shared.domain.identity import MessageId, ThreadId, user_key
from shared.domain.identity import SpaceId as TeamsSpaceId
from shared.domain.postings import Posting, PostingKind, PostingState
from shared.ports import Store


@dataclass(slots=True)
class Cast:
    """Which of the tenant's ids stands for which of the scenario's words."""

    people: dict[PersonId, str] = field(default_factory=dict)
    teams: dict[TeamId, str] = field(default_factory=dict)
    spaces: dict[SpaceId, str] = field(default_factory=dict)
    messages: dict[EventId, tuple[str, str]] = field(default_factory=dict)
    """Space and message id of every message that was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A button that could not be pressed, because its card was not there."""

    event: EventId
    why: str


class Player:
    """Plays one scenario on one stage, event by event."""

    def __init__(self, scenario: Scenario, stage: Stage) -> None:
        self.scenario = scenario
        self.stage = stage
        self.cast = Cast()
        self.missed: list[Missed] = []

    def set_up(self) -> None:
        """Found the company: people, teams, channels, chats, as they are before the first event."""
        tenant, cast = self.stage.tenant, self.cast
        for person in self.scenario.people.values():
            cast.people[person.id] = tenant.add_user(
                name=person.name, department=person.department, job_title=person.job_title, mail=person.mail
            )
        for team in self.scenario.teams.values():
            of_team = [space for space in self.scenario.spaces.values() if space.team == team.id]
            standard = [space for space in of_team if space.kind is SpaceKind.STANDARD]
            leads = {p for space in standard or of_team for p in space.owners}
            others = {p for space in of_team for p in space.members} - leads
            cast.teams[team.id] = tenant.add_team(team.name, owners=self._ids(leads), members=self._ids(others))
        for space in self.scenario.spaces.values():
            owners, rest = self._ids(space.owners), self._ids(set(space.members) - set(space.owners))
            if space.team is None:
                cast.spaces[space.id] = tenant.add_chat(space.name, members=[*owners, *rest])
            else:
                own = {} if space.kind is SpaceKind.STANDARD else {"owners": owners, "members": rest}
                cast.spaces[space.id] = tenant.add_channel(cast.teams[space.team], space.name, space.kind.value, **own)

    async def install_for_everybody(self) -> None:
        """Give everybody the app in person too, as an administrator's setup policy does: so it can write to them."""
        for user in self.cast.people.values():
            await self.stage.tenant.install(user, by=user)

    async def play(self, event: Event) -> None:
        """Let time pass until an event, and let it happen."""
        await self.stage.advance_to(event.at)
        await self._do(event)
        await self.stage.settle()

    async def _do(self, event: Event) -> None:
        match event:
            case Post() | Reply():
                await self._write(event)
            case Edit():
                space, message = self.cast.messages[event.to]
                await self.stage.tenant.edit(space, message, event.text.html, mentions=self._mentions(event.text))
            case Delete():
                await self.stage.tenant.delete(*self.cast.messages[event.to])
            case Restore():
                await self.stage.tenant.restore(*self.cast.messages[event.to])
            case React():
                space, message = self.cast.messages[event.to]
                await self.stage.tenant.react(space, message, self.cast.people[event.who], event.emoji)
            case Press():
                await self._press(event)
            case _:
                await self._organise(event)

    async def _organise(self, event: Event) -> None:
        tenant, who = self.stage.tenant, self.cast.people[event.who]
        match event:
            case Install():
                team = self.scenario.spaces[event.space].team
                await tenant.install(self.cast.teams[team] if team else self.cast.spaces[event.space], by=who)
            case Join():
                await tenant.add_member(self._place(event.space), who, by=self._owner(event.space))
            case Leave():
                await tenant.remove_member(self._place(event.space), who, by=self._owner(event.space))
            case Say():
                where = None if event.space == PERSONAL else self.cast.spaces[event.space]
                await tenant.say(who, where, event.words.value)

    async def _write(self, event: Post | Reply) -> None:
        space = self.cast.spaces[event.space]
        answered = self.cast.messages[event.to][1] if isinstance(event, Reply) else None
        in_chat = self.scenario.spaces[event.space].kind is SpaceKind.CHAT
        message = await self.stage.tenant.post(
            space,
            self.cast.people[event.who],
            event.text.html,
            reply_to=None if in_chat else answered,
            quote=answered if in_chat else None,
            mentions=self._mentions(event.text),
        )
        self.cast.messages[event.id] = (space, message)

    async def _press(self, event: Press) -> None:
        """Press a button as a person does: find the card, find the button on it, fill in what it asks for."""
        posting = await self.posting_of(event)
        if posting is None:
            self.missed.append(Missed(event=event.id, why=f"there was no {event.card.kind} card to press a button on"))
            return
        user = self.cast.people[event.who]
        card = await self.stage.tenant.view(user, posting.conversation_id, posting.activity_id)
        wanted = await self._wanted_data(event, posting)
        button = next((b for b in buttons(card or {}, event.verb) if wanted.items() <= b.items()), None)
        if button is None:
            if not event.if_shown:
                self.missed.append(Missed(event=event.id, why=f"the card has no button “{event.verb}” for that"))
            return
        data = {**inputs(card or {}), **button, **await self._entered(event, posting)}
        await self.stage.tenant.press(user, posting.conversation_id, posting.activity_id, event.verb, data)

    async def posting_of(self, event: Press) -> Posting | None:
        """The card that a press is about, as it stands in Teams; None when there is none for this person."""
        kind = PostingKind(event.card.kind.value)
        me = user_key(self.stage.tenant.id, self.cast.people[event.who])
        for posting in await self.postings_about(event.card.about):
            mine = posting.recipient is None or posting.recipient.key == me
            if posting.kind is kind and posting.state is PostingState.POSTED and mine:
                return posting
        return None

    async def postings_about(self, event_id: EventId) -> list[Posting]:
        """Every posting about the thread that holds a message of the scenario."""
        thread = await self.thread_of(event_id)
        if thread is None:
            return []
        return list(await (await self.store()).of_thread(*thread))

    async def thread_of(self, event_id: EventId) -> tuple[TeamsSpaceId, ThreadId] | None:
        """Space and thread of a message of the scenario, as Cairn placed it; None when it doesn't know it."""
        space, message = self.cast.messages[event_id]
        stored = await (await self.store()).message(TeamsSpaceId(space), MessageId(message))
        if stored is None or stored.value.thread_id is None:
            return None
        return TeamsSpaceId(space), stored.value.thread_id

    async def store(self) -> Store:
        """The product's store, to look into."""
        return (await wiring.services()).store

    async def _wanted_data(self, event: Press, posting: Posting) -> dict[str, str]:
        """What the data of the right button must hold, where a card has several with one verb."""
        wanted: dict[str, str] = {}
        if event.verb is Verb.ASK and event.values.person is not None:
            wanted["person"] = user_key(self.stage.tenant.id, self.cast.people[event.values.person])
        if event.values.approach is not None and event.verb in (Verb.HELPED, Verb.NOT_HELPED):
            wanted["approach"] = await self._approach(event.values.approach, posting)
        return wanted

    async def _entered(self, event: Press, posting: Posting) -> dict[str, str]:
        values, entered = event.values, {}
        if event.verb is Verb.EDIT and values.text is not None:
            field_name = f"text:{await self._approach(values.approach, posting)}" if values.approach else "question"
            entered[field_name] = values.text
        if event.verb is Verb.REJECT and values.reason is not None:
            entered["reason"] = values.reason
        if event.verb is Verb.REJECT and values.approach is not None:
            entered["approach"] = await self._approach(values.approach, posting)
        if event.verb is Verb.MERGE and values.into is not None:
            entered["into"] = await self._snippet_of(values.into)
        return entered

    async def _approach(self, source: EventId, posting: Posting) -> str:
        """The id of the approach that was taken from a message of the scenario; empty when there is none."""
        message = self.cast.messages[source][1]
        if posting.snippet_id is None or posting.snippet_audience is None:
            return ""
        stored = await (await self.store()).snippet(posting.snippet_audience, posting.snippet_id)
        approaches = stored.value.approaches if stored else ()
        return next((a.id for a in approaches if any(s.message_id == message for s in a.sources)), "")

    async def _snippet_of(self, event_id: EventId) -> str:
        thread = await self.thread_of(event_id)
        found = await (await self.store()).thread(*thread) if thread else None
        return (found.value.snippet_id or "") if found else ""

    def _ids(self, people: Any) -> list[str]:
        return [self.cast.people[person] for person in self.scenario.people if person in people]

    def _mentions(self, body: Body) -> list[str]:
        return [self.cast.people[mention.person] for mention in body.mentions]

    def _place(self, space_id: SpaceId) -> str:
        """Where apps are installed and members are kept: a standard channel's team, else the space itself."""
        space = self.scenario.spaces[space_id]
        if space.team is not None and space.kind is SpaceKind.STANDARD:
            return self.cast.teams[space.team]
        return self.cast.spaces[space_id]

    def _owner(self, space_id: SpaceId) -> str:
        return self.cast.people[self.scenario.spaces[space_id].owners[0]]


def buttons(card: Mapping[str, Any], verb: str) -> list[dict[str, str]]:
    """The data of every Action.Execute with that verb on a card, in reading order, sub-cards included."""
    return [dict(node.get("data") or {}) for node in _nodes(card) if _executes(node, verb)]


def inputs(card: Mapping[str, Any]) -> dict[str, str]:
    """What the card's inputs hold before anybody types: Teams sends every input's value with a press."""
    typed = (n for n in _nodes(card) if str(n.get("type", "")).startswith("Input.") and "id" in n)
    return {str(node["id"]): str(node.get("value", "")) for node in typed if node.get("value")}


def _executes(node: Mapping[str, Any], verb: str) -> bool:
    return node.get("type") == "Action.Execute" and node.get("verb") == verb


def _nodes(value: Any) -> list[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        return [value, *(node for inner in value.values() for node in _nodes(inner))]
    if isinstance(value, list):
        return [node for inner in value for node in _nodes(inner)]
    return []
