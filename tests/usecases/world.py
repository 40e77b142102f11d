"""A small world for use cases: a real store, and state-keeping stand-ins for queue, Graph and Teams."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.adapters.sqlite.store import SqliteStore
from shared.domain.audiences import audience_of_space
from shared.domain.cards import Card
from shared.domain.identity import (
    AudienceId,
    MessageId,
    Person,
    PostingId,
    SnippetId,
    SpaceId,
    TeamId,
    TenantId,
    ThreadId,
    UserKey,
    user_key,
)
from shared.domain.messages import Message, MessageKind
from shared.domain.notifications import InstallationRef, MessageRef, QueuedNotification, client_state, client_state_hash
from shared.domain.postings import Posting, PostingKind
from shared.domain.snippets import Snippet, snippet_id_of
from shared.domain.spaces import Member, Role, Space, SpaceKind
from shared.domain.subscriptions import LIFETIME, SubscriptionPlan, Watched, new_subscription, wanted_for
from shared.errors import AlreadySubscribed, Gone, QuotaReached, Refused, TryLater
from shared.ports import (
    MessagePage,
    Pace,
    QueueLength,
    QueueName,
    SpaceDetails,
    Store,
    SubscriptionFound,
    SubscriptionMade,
)
from shared.usecases.context import Context
from shared.usecases.deliver import deliver
from shared.usecases.draft import follow_up
from shared.usecases.ingest import Intake, ingest
from shared.usecases.judge import judge

TENANT = TenantId("0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64")
SECRET = "a secret of sixteen"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SERVICE = "https://smba.trafficmanager.net/emea/"


def person(name: str, tenant: str = TENANT) -> Person:
    """Somebody, always the same for the same name."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    object_id = f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
    return Person(key=user_key(tenant, object_id), name=name)


ANN, BOB, CLEO, DAN, EVE = (person(name) for name in ("Ann Lee", "Bob Ray", "Cleo Fox", "Dan Hill", "Eve Moss"))


@dataclass
class FakeQueue:
    """Keeps what was sent, with the moment from which it can be seen."""

    now: datetime = START
    messages: list[tuple[str, str, datetime]] = field(default_factory=list)
    put_backs: int = 0
    sent: int = 0

    async def send(self, queue: str, body: str, *, delay: timedelta = timedelta(0)) -> None:
        self.sent += 1
        self.messages.append((queue, body, self.now + delay))

    async def put_back(self, queue: str, body: str, *, delay: timedelta) -> None:
        self.put_backs += 1
        await self.send(queue, body, delay=delay)

    @asynccontextmanager
    async def opened(self, text: str) -> AsyncIterator[str]:
        yield text

    async def replay_poison(self, queue: str) -> int:
        return 0

    async def purge_claims(self, before: datetime) -> int:
        return 0

    async def lengths(self) -> Mapping[str, QueueLength]:
        return {q: QueueLength(visible=self.count(q), delayed=0, leased=0) for q in {m[0] for m in self.messages}}

    def count(self, queue: str) -> int:
        return sum(1 for name, _, _ in self.messages if name == queue)

    def take(self, queue: str, until: datetime) -> list[str]:
        """Everything of a queue that can be seen by then, in order; it is gone afterwards."""
        ready = sorted((m for m in self.messages if m[0] == queue and m[2] <= until), key=lambda m: m[2])
        for message in ready:
            self.messages.remove(message)
        return [body for _, body, _ in ready]


@dataclass
class FakeSubscription:
    """A subscription as Graph keeps it."""

    resource: str
    state: str
    expires: datetime
    ours: bool = True


@dataclass
class FakeGraph:
    """Keeps spaces, messages and subscriptions as Graph would; content is "encrypted" by reference."""

    spaces: dict[str, SpaceDetails] = field(default_factory=dict)
    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    subscribed: dict[str, FakeSubscription] = field(default_factory=dict)
    posted: dict[str, dict[str, PostingId]] = field(default_factory=dict)
    genuine: bool = True
    busy: bool = False
    quota: int = 10_000
    dies_after_subscribing: bool = False
    token_generation: int = 0
    """Raise it to let every link given out so far expire."""
    page: int = 50
    certificate: str = "key"
    looked_for: list[PostingId] = field(default_factory=list)
    space_calls: int = 0
    made: int = 0

    async def authenticate(self, validation_tokens: Sequence[str], *, received_at: datetime) -> None:
        if not self.genuine or "genuine" not in validation_tokens:
            raise Refused("the validation token is not genuine", code="bad_token")

    async def decrypt(self, ref: MessageRef, encrypted: Mapping[str, object]) -> Message:
        return self.messages[(ref.space_id, str(encrypted["message"]))]

    async def installation(self, encrypted: Mapping[str, object]) -> InstallationRef:
        team, space = encrypted.get("team"), encrypted.get("space")
        return InstallationRef(
            team_id=TeamId(str(team)) if team else None, space_id=SpaceId(str(space)) if space else None
        )

    async def message(self, ref: MessageRef, *, pace: Pace = Pace.PEOPLE) -> Message | None:
        self._check()
        return self.messages.get((ref.space_id, ref.message_id))

    async def space(self, space_id: SpaceId, team_id: TeamId | None, *, pace: Pace = Pace.PEOPLE) -> SpaceDetails:
        self._check()
        self.space_calls += 1
        if space_id not in self.spaces:
            raise Gone("no such space")
        return self.spaces[space_id]

    async def channel_changes(
        self, space_id: SpaceId, team_id: TeamId, *, since: datetime, link: str = ""
    ) -> MessagePage:
        """Threads in the order of their last change; a link says how far that went."""
        self._check()
        generation, _, place = link.partition("|")
        if link and generation != str(self.token_generation):
            raise Gone("the delta token has expired")
        after = datetime.fromisoformat(place) if place else since
        threads: dict[str, list[Message]] = {}
        for (space, _), message in self.messages.items():
            if space == space_id:
                threads.setdefault(message.root_id or message.id, []).append(message)
        changed = sorted(
            ((max(m.modified_at for m in thread), thread) for thread in threads.values()), key=lambda pair: pair[0]
        )
        changed = [pair for pair in changed if pair[0] > after]
        page, more = changed[: self.page], len(changed) > self.page
        reached = f"{self.token_generation}|{(page[-1][0] if page else after).isoformat()}"
        messages = tuple(message for _, thread in page for message in thread)
        return MessagePage(messages=messages, next_link=reached if more else "", delta_link="" if more else reached)

    async def channel_history(self, space_id: SpaceId, team_id: TeamId, *, link: str = "") -> MessagePage:
        return self._list(space_id, datetime.min.replace(tzinfo=UTC), link)

    async def chat_changes(self, space_id: SpaceId, *, since: datetime, link: str = "") -> MessagePage:
        return self._list(space_id, since, link)

    def _list(self, space_id: SpaceId, since: datetime, link: str) -> MessagePage:
        self._check()
        found = [m for (space, _), m in self.messages.items() if space == space_id and m.modified_at > since]
        found.sort(key=lambda m: m.modified_at, reverse=True)
        start = int(link or 0)
        end = start + self.page
        return MessagePage(messages=tuple(found[start:end]), next_link=str(end) if len(found) > end else "")

    async def subscribe(self, resource: str, *, rich: bool, client_state: str, now: datetime) -> SubscriptionMade:
        self._check()
        if any(s.resource == resource for s in self.subscribed.values()):
            raise AlreadySubscribed("there is one")
        if len(self.subscribed) >= self.quota:
            raise QuotaReached("no more")
        self.made += 1
        made = f"subscription-{self.made}"
        self.subscribed[made] = FakeSubscription(resource=resource, state=client_state, expires=now + LIFETIME)
        if self.dies_after_subscribing:
            self.dies_after_subscribing = False
            raise asyncio.CancelledError
        return SubscriptionMade(id=made, expires_at=now + LIFETIME, certificate_id=self.certificate if rich else "")

    async def renew(self, subscription_id: str, *, rich: bool, now: datetime) -> SubscriptionMade:
        self._check()
        if subscription_id not in self.subscribed:
            raise Gone("ended")
        self.subscribed[subscription_id].expires = now + LIFETIME
        return SubscriptionMade(
            id=subscription_id, expires_at=now + LIFETIME, certificate_id=self.certificate if rich else ""
        )

    async def unsubscribe(self, subscription_id: str) -> None:
        self._check()
        self.subscribed.pop(subscription_id, None)

    async def subscriptions(self) -> Sequence[SubscriptionFound]:
        self._check()
        return [
            SubscriptionFound(id=i, resource=s.resource, expires_at=s.expires, ours=s.ours)
            for i, s in self.subscribed.items()
        ]

    async def keep_certificates(self, *, in_use: frozenset[str], now: datetime) -> str:
        return self.certificate

    async def find_posting(self, conversation_id: str, posting_id: PostingId, *, team_id: TeamId | None) -> str | None:
        self.looked_for.append(posting_id)
        found = self.posted.get(conversation_id, {})
        return next((activity for activity, posting in found.items() if posting == posting_id), None)

    async def check(self) -> None:
        self._check()

    async def close(self) -> None:
        return

    def _check(self) -> None:
        if self.busy:
            raise TryLater("Graph is busy", after=timedelta(seconds=30))


@dataclass
class FakeTeams:
    """Keeps the cards that stand in each conversation, and can be busy or die between posting and answering."""

    graph: FakeGraph
    cards: dict[str, dict[str, Card]] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)
    posts: int = 0
    updates: int = 0
    busy: bool = False
    dies_after_posting: bool = False
    not_installed_for: set[UserKey] = field(default_factory=set)

    async def personal_conversation(self, user: UserKey, *, service_url: str) -> str:
        if user in self.not_installed_for:
            raise Gone("the app is not installed for this person")
        return f"personal:{user}"

    async def post(self, conversation_id: str, card: Card, *, service_url: str) -> str:
        if self.busy:
            raise TryLater("Teams is busy", after=timedelta(seconds=7))
        self.posts += 1
        activity = f"activity-{self.posts}"
        self.cards.setdefault(conversation_id, {})[activity] = card
        self.graph.posted.setdefault(conversation_id, {})[activity] = card.posting_id
        if self.dies_after_posting:
            self.dies_after_posting = False
            raise asyncio.CancelledError
        return activity

    async def update(self, conversation_id: str, activity_id: str, card: Card, *, service_url: str) -> None:
        if activity_id not in self.cards.get(conversation_id, {}):
            raise Gone("somebody deleted it")
        self.updates += 1
        self.cards[conversation_id][activity_id] = card

    async def withdraw(self, conversation_id: str, activity_id: str, *, service_url: str) -> None:
        self.cards.get(conversation_id, {}).pop(activity_id, None)

    async def say(self, conversation_id: str, text: str, *, service_url: str) -> None:
        self.said.append((conversation_id, text))

    def fingerprint(self, card: Card) -> str:
        return hashlib.sha256(repr(card).encode()).hexdigest()

    def render(self, card: Card) -> Mapping[str, object]:
        return {"card": repr(card)}

    async def authenticate(self, authorization: str, *, service_url: str, now: datetime) -> None:
        return

    async def check(self) -> None:
        return

    async def close(self) -> None:
        return

    def all_cards(self) -> list[Card]:
        return [card for standing in self.cards.values() for card in standing.values()]


class World:
    """Everything that a use case needs, and people who talk."""

    def __init__(self, folder: Path, store: Store | None = None) -> None:
        self.now = START
        self.store: Store = store or SqliteStore(folder / "cairn.sqlite", tenant_id=TENANT)
        self.queue = FakeQueue()
        self.graph = FakeGraph()
        self.teams = FakeTeams(self.graph)
        self._last_id = 0

    @property
    def file(self) -> SqliteStore:
        """The store as the SQLite file that it is unless another was given."""
        assert isinstance(self.store, SqliteStore)
        return self.store

    @property
    def context(self) -> Context:
        self.queue.now = self.now
        return Context(
            store=self.store,
            queue=self.queue,
            graph=self.graph,
            teams=self.teams,
            now=self.now,
            tenant_id=TENANT,
            client_state_secret=SECRET,
        )

    async def space(
        self,
        name: str = "Help",
        *,
        kind: SpaceKind = SpaceKind.STANDARD,
        members: Sequence[Person] = (ANN, BOB, CLEO, DAN),
        owner: Person = ANN,
        capture: bool = True,
    ) -> Space:
        """A captured space with a subscription; its first member owns it."""
        suffix = "@thread.v2" if kind is SpaceKind.CHAT else "@thread.tacv2"
        everybody = tuple(Member(person=p, role=Role.OWNER if p == owner else Role.MEMBER) for p in members)
        space = Space(
            id=SpaceId(f"19:{name.lower()}{suffix}"),
            kind=kind,
            name=name,
            team_id=None if kind is SpaceKind.CHAT else TeamId("team"),
            team_name="" if kind is SpaceKind.CHAT else "Operations",
            installed_by=owner,
            capture=capture,
            capture_by=owner,
            members=everybody,
            members_as_of=self.now,
            service_url=SERVICE,
        )
        self.graph.spaces[space.id] = SpaceDetails(kind=kind, name=name, team_name=space.team_name, members=everybody)
        await self.store.put_space(space, etag=None)
        if capture:
            await self._subscribe(space)
        return space

    async def _subscribe(self, space: Space) -> None:
        """A subscription on the space's messages, as it stands after capture was switched on."""
        (wanted,) = (w for w in wanted_for([space], SubscriptionPlan()).values() if w.what is Watched.MESSAGES)
        state = client_state(SECRET, wanted.key, hashlib.sha256(space.name.encode()).hexdigest()[:24])
        expires = self.now + LIFETIME
        self.graph.subscribed[f"for {space.name}"] = FakeSubscription(wanted.resource, state, expires)
        subscription = new_subscription(wanted).about_to_be_made(client_state_hash(state))
        subscription = subscription.confirmed(f"for {space.name}", expires, "key", self.now)
        await self.store.put_subscription(subscription, etag=None)

    def written(self, space: Space, author: Person, text: str, *, root: str | None = None) -> Message:
        """A message as Graph has it, a minute after the one before; not yet taken in."""
        self.now += timedelta(minutes=1)
        self._last_id += 1
        message = Message(
            space_id=space.id,
            id=MessageId(f"{1_772_000_000_000 + self._last_id}"),
            kind=MessageKind.PERSON,
            author=author,
            created_at=self.now,
            modified_at=self.now,
            root_id=MessageId(root) if root else None,
            text=text,
            body_hash=hashlib.sha256(text.encode()).hexdigest(),
            web_url=f"https://teams.microsoft.com/l/message/{space.id}/{self._last_id}",
        )
        self.graph.messages[(space.id, message.id)] = message
        return message

    async def say(self, space: Space, author: Person, text: str, *, root: str | None = None) -> Message:
        """Write a message and take in its notification."""
        message = self.written(space, author, text, root=root)
        await self.notify(space, message)
        return message

    async def edit(self, space: Space, message: Message, text: str) -> Message:
        """The author changes a message."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        return await self._version(space, replace(message, text=text, body_hash=digest))

    async def delete(self, space: Space, message: Message) -> Message:
        """The author deletes a message; Graph then has its place without its words."""
        return await self._version(space, replace(message, text="", body_hash="", deleted_at=self.now))

    async def restore(self, space: Space, message: Message) -> Message:
        """The author takes a deletion back."""
        return await self._version(space, replace(message, deleted_at=None))

    async def _version(self, space: Space, version: Message) -> Message:
        self.now += timedelta(minutes=1)
        version = replace(version, modified_at=self.now)
        self.graph.messages[(space.id, version.id)] = version
        await self.notify(space, version)
        return version

    async def notify(self, space: Space, message: Message) -> Intake:
        """Take in a rich notification about a message as it stands in Graph."""
        return await ingest(self.notification(space, message), self.context)

    def notification(self, space: Space, message: Message, **changes: object) -> QueuedNotification:
        """The notification that Graph would send."""
        where = f"teams('team')/channels('{space.id}')" if space.team_id else f"chats('{space.id}')"
        reply = message.root_id and f"{where}/messages('{message.root_id}')/replies('{message.id}')"
        item = {
            "subscriptionId": f"for {space.name}",
            "clientState": self.graph.subscribed[f"for {space.name}"].state,
            "tenantId": TENANT,
            "changeType": "created",
            "resource": reply or f"{where}/messages('{message.id}')",
            "encryptedContent": {"message": message.id},
        } | changes
        return QueuedNotification(item=item, validation_tokens=("genuine",), received_at=self.now)

    def notification_with(self, space: Space, message: Message, state: str) -> QueuedNotification:
        """A notification about a message of any space, under the subscription that a clientState names."""
        where = (
            f"chats('{message.space_id}')"
            if "@thread.v2" in message.space_id
            else (f"teams('team')/channels('{message.space_id}')")
        )
        item = {
            "subscriptionId": f"of {space.name}",
            "clientState": state,
            "tenantId": TENANT,
            "changeType": "created",
            "resource": f"{where}/messages('{message.id}')",
            "encryptedContent": {"message": message.id},
        }
        return QueuedNotification(item=item, validation_tokens=("genuine",), received_at=self.now)

    async def pass_time(self, span: timedelta = timedelta(minutes=30)) -> None:
        """Let time pass, and let everything that falls due be judged and delivered at its moment."""
        end = self.now + span
        while True:
            await self._deliver_all()
            due = [seen for queue, _, seen in self.queue.messages if queue == QueueName.THREADS and seen <= end]
            if not due:
                break
            self.now = max(self.now, min(due))
            for body in self.queue.take(QueueName.THREADS, self.now):
                wanted = json.loads(body)
                if "snippet" in wanted:
                    await follow_up(AudienceId(wanted["audience"]), SnippetId(wanted["snippet"]), self.context)
                else:
                    await judge(SpaceId(wanted["space"]), ThreadId(wanted["thread"]), self.context)
        self.now = end

    async def _deliver_all(self) -> None:
        while bodies := self.queue.take(QueueName.DELIVERIES, self.now):
            for body in bodies:
                await deliver(PostingId(json.loads(body)["posting"]), self.context)

    async def snippet(self, space: Space, root: Message) -> Snippet | None:
        """The snippet of the thread that a message roots."""
        found = await self.store.snippet(audience_of_space(space.id), snippet_id_of(space.id, ThreadId(root.id)))
        return found.value if found else None

    async def postings(self, kind: PostingKind) -> list[Posting]:
        """Every posting of a kind."""
        return [posting for posting in await self.store.all_postings() if posting.kind is kind]
