"""Sends the bot its activities, as the Bot Connector does: signed, and with what Teams puts into them."""

import logging
from dataclasses import dataclass, replace
from datetime import UTC
from enum import StrEnum

import httpx
import msgspec

from local.tenant.conversations import log_activity
from local.tenant.core import Core
from local.tenant.identifiers import guid
from local.tenant.keys import KeyUse
from local.tenant.model import Direction, JsonObject, Person, Space, SpaceKind, Team
from local.tenant.outgoing import outgoing_client
from local.tenant.tokens import Tokens

INVOKE_SECONDS = 10.0
"""How long Teams waits for the answer to an invoke."""

_log = logging.getLogger(__name__)


class Forgery(StrEnum):
    """Ways in which an activity can come from somebody who only pretends to be the connector."""

    UNSIGNED = "unsigned"
    WRONG_KEY = "wrongKey"
    WRONG_AUDIENCE = "wrongAudience"
    WRONG_ISSUER = "wrongIssuer"
    WRONG_SERVICE_URL = "wrongServiceUrl"
    EXPIRED = "expired"
    ENTRA_KEY = "entraKey"
    FOREIGN_TENANT = "foreignTenant"


class BotUnreachableError(ConnectionError):
    """The bot did not answer, or not in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotAnswer:
    """What the bot's endpoint answered: the HTTP status and the JSON body, empty if there was none."""

    status: int
    body: JsonObject


class Activities:
    """The connector's way to the bot; `endpoint` is the bot's messaging URL, None while there is no bot."""

    def __init__(self, core: Core, tokens: Tokens) -> None:
        self.endpoint: str | None = None
        self._core = core
        self._tokens = tokens
        self._client: httpx.AsyncClient | None = None

    def start(self) -> None:
        """Begin to be able to send."""
        self._client = outgoing_client(INVOKE_SECONDS)

    async def stop(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def base(self, kind: str, person: Person, space: Space, root_id: str | None = None) -> JsonObject:
        """What every activity from a person in a conversation holds."""
        core = self._core
        now = core.clock.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        number = core.state.register.activity + 1
        return {
            "type": kind,
            "id": f"f:{guid(core.identity.seed, 'activity', str(number))}",
            "timestamp": now,
            "localTimestamp": now,
            "serviceUrl": f"{core.url}/connector/",
            "channelId": "msteams",
            "from": {"id": person.teams_id, "name": person.name, "aadObjectId": person.id},
            "conversation": self._conversation(space, root_id),
            "recipient": {"id": core.identity.bot_id, "name": core.identity.app_name},
            "channelData": self._channel_data(space),
            "locale": "en-GB",
        }

    def _conversation(self, space: Space, root_id: str | None) -> JsonObject:
        kinds = {SpaceKind.PERSONAL: "personal", SpaceKind.CHAT: "groupChat"}
        kind = kinds.get(space.kind, "channel")
        conversation: JsonObject = {
            "conversationType": kind,
            "tenantId": self._core.identity.tenant_id,
            "id": f"{space.id};messageid={root_id}" if root_id else space.id,
        }
        return conversation if kind == "personal" else conversation | {"isGroup": True}

    def _channel_data(self, space: Space) -> JsonObject:
        data: JsonObject = {"tenant": {"id": self._core.identity.tenant_id}}
        team = self._core.state.teams.get(space.team_id or "")
        if team is not None:
            data |= {"team": self.team_info(team), "channel": {"id": space.id, "type": space.kind.value}}
        return data

    def team_info(self, team: Team) -> JsonObject:
        """A team as channelData names it: by its General channel, and by its group's id."""
        return {"id": team.general, "name": team.name, "aadGroupId": team.id}

    async def send(self, activity: JsonObject, *, forgery: Forgery | None = None) -> BotAnswer | None:
        """Post an activity to the bot and log it; None while no endpoint is set.

        Raises BotUnreachableError when the bot does not answer within ten seconds.
        """
        if self.endpoint is None:
            return None
        if self._client is None:
            raise RuntimeError("the tenant is not started, so nothing can be sent to the bot")
        if forgery is Forgery.FOREIGN_TENANT:
            activity = self._from_foreign_tenant(activity)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if forgery is not Forgery.UNSIGNED:
            headers["Authorization"] = f"Bearer {self._token(activity, forgery)}"
        conversation = str(activity["conversation"]["id"])
        # The number is taken before the post, so that what the bot does meanwhile comes after it in the log.
        number = self._core.state.register.activity + 1
        log_activity(self._core, Direction.TO_BOT, conversation, activity, None)
        self._core.state.commit()
        try:
            answer = await self._client.post(self.endpoint, content=msgspec.json.encode(activity), headers=headers)
        except httpx.HTTPError as error:
            raise BotUnreachableError(f"the bot did not answer a {activity['type']}") from error
        logged = self._core.state.activities.get(str(number))
        if logged is not None:
            self._core.state.activities.put(replace(logged, status=answer.status_code))
        return BotAnswer(status=answer.status_code, body=_object(answer))

    def _from_foreign_tenant(self, activity: JsonObject) -> JsonObject:
        foreign = guid(self._core.identity.seed, "a foreign tenant")
        return activity | {
            "conversation": activity["conversation"] | {"tenantId": foreign},
            "channelData": activity["channelData"] | {"tenant": {"id": foreign}},
        }

    def _token(self, activity: JsonObject, forgery: Forgery | None) -> str:
        claims = self._tokens.bot_claims(activity["serviceUrl"])
        if forgery is Forgery.WRONG_AUDIENCE:
            claims["aud"] = guid(self._core.identity.seed, "another app")
        elif forgery is Forgery.WRONG_ISSUER:
            claims["iss"] = "https://example.org"
        elif forgery is Forgery.WRONG_SERVICE_URL:
            claims["serviceurl"] = "https://example.org/"
        elif forgery is Forgery.EXPIRED:
            claims = {name: (v - 7200 if isinstance(v, int) else v) for name, v in claims.items()}
        elif forgery is Forgery.WRONG_KEY:
            return self._core.keys.sign_with_foreign_key(KeyUse.BOT_FRAMEWORK, claims)
        use = KeyUse.ENTRA if forgery is Forgery.ENTRA_KEY else KeyUse.BOT_FRAMEWORK
        return self._core.keys.sign(use, claims)


def _object(answer: httpx.Response) -> JsonObject:
    try:
        parsed = answer.json()
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
