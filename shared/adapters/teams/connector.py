"""The Bot Connector: what Cairn says in Teams, by the Teams SDK's own client."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import httpx
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, stop_after_delay

from shared.adapters.identity.keys import SigningKeys
from shared.adapters.teams import service_urls
from shared.adapters.teams.activities import fingerprint, message_saying, message_with
from shared.adapters.teams.authenticity import BotTokens
from shared.adapters.teams.cards import render
from shared.adapters.teams.refusals import LONGEST_WAIT, Busy, refusal_of, silence_of, wait_before_next
from shared.adapters.teams.send_limits import SendLimits
from shared.domain.cards import Card
from shared.domain.identity import UserKey
from shared.errors import CairnError, Gone, TryLater

if TYPE_CHECKING:
    from microsoft_teams.api.activities import MessageActivityInput
    from microsoft_teams.api.clients.conversation import ConversationClient

ATTEMPTS = 4
SECONDS = 20.0
"""For one call with all its attempts, after which no new one is begun."""
_WITHOUT_ID = "DO_NOT_USE_PLACEHOLDER_ID"
"""What the SDK says when the connector took a message and named no id."""

log = logging.getLogger("cairn.teams")


class TokenSource(Protocol):
    """Where bearer tokens for the Bot Connector come from."""

    def __call__(self, *, fresh: bool = False) -> Awaitable[str]:
        """A token; `fresh` asks for a new one, after the present one was refused."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ConnectorTeams:
    """Fulfils `shared.ports.Teams`."""

    def __init__(
        self,
        *,
        app_id: str,
        tenant_id: str,
        token: TokenSource,
        keys: SigningKeys,
        allowed_service_urls: tuple[str, ...] = (),
        http: httpx.AsyncClient | None = None,
        now: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`allowed_service_urls` are connectors besides Microsoft's; `now` and `sleep` are for the send limits.

        The SDK is imported by the first call, since that takes about a second.
        """
        self._app_id = app_id
        self._tenant_id = tenant_id
        self._token = token
        self._tokens = BotTokens(keys=keys, app_id=app_id)
        self._allowed = allowed_service_urls
        self._http = http or httpx.AsyncClient(timeout=httpx.Timeout(15, connect=5))
        self._now = now
        self._sleep = sleep
        self._limits = SendLimits()
        self._clients: dict[str, ConversationClient] = {}

    async def personal_conversation(self, user: UserKey, *, service_url: str) -> str:
        """The id of the bot's own conversation with a person (the same each time).

        Raises `Gone` when the app isn't installed for them, `TryLater`, `Refused`, `Misconfigured`.
        """
        from microsoft_teams.api.clients.conversation import CreateConversationParams

        object_id = user.partition("/")[2]
        params = CreateConversationParams.model_validate(
            {
                "bot": {"id": f"28:{self._app_id}"},
                "members": [{"id": object_id}],
                "isGroup": False,
                "tenantId": self._tenant_id,
                "channelData": {"tenant": {"id": self._tenant_id}},
            }
        )
        await self._take_turn(f"with {user}")
        made = await self._call(service_url, lambda client: client.create(params), repeatable=True)
        return made.id

    async def post(self, conversation_id: str, card: Card, *, service_url: str) -> str:
        """Put a card into a conversation; returns its activity id.

        Raises `Gone` when the bot or the place is no longer there, and `TryLater` when Teams is busy; also
        when nobody knows whether the card arrived: it is not sent twice before somebody has looked.
        """
        activity = self._activity(message_with(card))
        return await self._send(conversation_id, activity, service_url=service_url)

    async def say(self, conversation_id: str, text: str, *, service_url: str) -> None:
        """Say something in plain words. Raises as `post` does."""
        await self._send(conversation_id, self._activity(message_saying(text)), service_url=service_url)

    async def update(self, conversation_id: str, activity_id: str, card: Card, *, service_url: str) -> None:
        """Replace a card that stands there. Raises `Gone` when somebody deleted it."""
        activity = self._activity(message_with(card))
        place, target = _in_path(conversation_id), _in_path(activity_id)
        await self._take_turn(conversation_id)
        try:
            await self._call(
                service_url, lambda client: client.update_activity(place, target, activity), repeatable=True
            )
        except KeyError:
            # The SDK reads an id out of the answer; an answer without one is a success all the same.
            return

    async def withdraw(self, conversation_id: str, activity_id: str, *, service_url: str) -> None:
        """Take a card away; one that is already gone is fine."""
        place, target = _in_path(conversation_id), _in_path(activity_id)
        await self._take_turn(conversation_id)
        try:
            await self._call(service_url, lambda client: client.delete_activity(place, target), repeatable=True)
        except Gone:
            log.info("card_already_gone conversation=%s", conversation_id)

    def fingerprint(self, card: Card) -> str:
        """A hash of what the card would look like."""
        return fingerprint(card)

    def render(self, card: Card) -> dict[str, Any]:
        """The card as Teams takes it, for an invoke's answer."""
        return render(card)

    async def authenticate(self, authorization: str, *, service_url: str, now: datetime) -> None:
        """Check an activity's bearer token. Raises `Refused`, or `TryLater` when the keys can't be had."""
        await self._tokens.check(authorization, service_url=service_url, now=now)

    async def check(self) -> None:
        """Raise `Misconfigured` or `TryLater` when no token can be had; the connector itself is met by region."""
        await self._token()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _send(self, conversation_id: str, activity: "MessageActivityInput", *, service_url: str) -> str:
        place = _in_path(conversation_id)
        await self._take_turn(conversation_id)
        sent = await self._call(service_url, lambda client: client.create_activity(place, activity), repeatable=False)
        if sent.id == _WITHOUT_ID:
            raise TryLater("Teams took the message and did not name it", after=timedelta(seconds=10))
        return sent.id

    async def _take_turn(self, conversation_id: str) -> None:
        wait = self._limits.wait(conversation_id, self._now(), at_most=LONGEST_WAIT)
        if wait > LONGEST_WAIT:
            raise TryLater("enough has been said in this conversation for now", after=wait)
        if wait:
            await self._sleep(wait.total_seconds())

    async def _call[T](
        self, service_url: str, call: Callable[["ConversationClient"], Awaitable[T]], *, repeatable: bool
    ) -> T:
        """One call, tried again within bounds as far as it can't have been carried out, or may be twice."""
        client = self._client(service_url)
        try:
            async for attempt in AsyncRetrying(
                stop=stop_after_attempt(ATTEMPTS) | stop_after_delay(SECONDS),
                wait=wait_before_next,
                retry=retry_if_exception_type(Busy),
                sleep=self._sleep,
                reraise=True,
            ):
                with attempt:
                    return await self._once(client, call, repeatable=repeatable)
        except Busy as busy:
            raise TryLater("Teams is busy", after=busy.after or timedelta(seconds=10)) from busy
        raise AssertionError("a call ends in an answer or an exception")

    async def _once[T](
        self, client: "ConversationClient", call: Callable[["ConversationClient"], Awaitable[T]], *, repeatable: bool
    ) -> T:
        try:
            try:
                return await call(client)
            except httpx.HTTPStatusError as error:
                if error.response.status_code != 401:
                    raise
            await self._token(fresh=True)
            return await call(client)
        except httpx.HTTPStatusError as error:
            raise refusal_of(error.response, repeatable=repeatable) from error
        except httpx.TransportError as error:
            raise silence_of(error, repeatable=repeatable) from error
        except ValueError as error:
            raise CairnError("Teams' answer is not what it should be") from error

    def _activity(self, message: dict[str, Any]) -> "MessageActivityInput":
        from microsoft_teams.api.activities import MessageActivityInput

        return MessageActivityInput.model_validate(message)

    def _client(self, service_url: str) -> "ConversationClient":
        """The SDK's client for one region of the connector. Raises `Refused` for an address that isn't one."""
        address = service_urls.checked(service_url, allowed=self._allowed)
        if address not in self._clients:
            from microsoft_teams.api.clients.conversation import ConversationClient
            from microsoft_teams.common import Client, ClientOptions

            http = Client(ClientOptions(token=self._token))
            http.http = self._http
            self._clients[address] = ConversationClient(address, http)
        return self._clients[address]


def _in_path(part: str) -> str:
    """An id as one segment of a path; Teams writes `:`, `@`, `;` and `=` plainly."""
    return quote(part, safe=":@;=")
