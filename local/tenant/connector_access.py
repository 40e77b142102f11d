"""What every call to the Bot Connector goes through: faults, the bearer token, errors in its form."""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.tenant.core import Core
from local.tenant.keys import TokenError
from local.tenant.model import JsonObject, Message, Space, SpaceKind
from local.tenant.tokens import Audience, Tokens

MESSAGE_LIMIT = 28 * 1024
"""Bytes of an activity's JSON above which the connector refuses it."""

_log = logging.getLogger(__name__)

_INJECTED = {
    429: ("Throttled", "Too many requests."),
    500: ("ServiceError", "An internal server error occurred."),
    502: ("BadGateway", "The upstream service did not answer properly."),
    503: ("ServiceUnavailable", "The service is unavailable."),
    504: ("GatewayTimeout", "The gateway did not answer in time."),
}


class ConnectorError(Exception):
    """An answer other than success: status, the connector's error code and message, a wait in seconds."""

    def __init__(self, status: int, code: str, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a conversation id leads: a space and, in a channel, perhaps one thread's root."""

    space: Space
    root_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorCall:
    """One authorised call with its parsed body."""

    core: Core
    request: Request
    body: JsonObject

    def path(self, name: str) -> str:
        """A path parameter, decoded."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str | None:
        """A query parameter, or None."""
        return self.request.query_params.get(name)

    @property
    def targeted(self) -> bool:
        """Whether the call is about a message that only one person sees."""
        return (self.query("isTargetedActivity") or "").lower() == "true"

    def place(self) -> Place:
        """Where the path's conversation id leads; raises ConnectorError."""
        return self.place_of(self.path("conversation"))

    def place_of(self, conversation: str) -> Place:
        """Where a conversation id leads, if the bot is there; raises ConnectorError."""
        space_id, _, parameter = conversation.partition(";messageid=")
        space = self.core.state.spaces.get(space_id)
        if space is None or (parameter and not space.is_channel):
            raise ConnectorError(404, "ConversationNotFound", "Conversation not found.")
        if not self.core.state.has_bot(space):
            if space.kind is SpaceKind.PERSONAL:
                raise not_installed()
            raise ConnectorError(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
        return Place(space=space, root_id=parameter or None)

    def own_message(self, place: Place) -> Message:
        """The bot's own message that the path names; raises ConnectorError."""
        found = self.core.messages.get(place.space.id, self.path("activity"))
        if found is None or found.deleted is not None or (found.visible_to is not None) != self.targeted:
            raise ConnectorError(404, "ActivityNotFoundInConversation", "The activity was not found.")
        if not found.from_app:
            raise ConnectorError(403, "MessageWritesBlocked", "The bot may change only what it posted itself.")
        return found


def not_installed() -> ConnectorError:
    """What the connector answers when the app is not installed for a user."""
    return ConnectorError(403, "ForbiddenOperationException", "The bot is not installed in the user's personal scope.")


type ConnectorHandler = Callable[[ConnectorCall], Awaitable[Response]]


class ConnectorDoor:
    """Makes routes whose handlers need not care about tokens, faults and the form of errors."""

    def __init__(self, core: Core, tokens: Tokens) -> None:
        self._core = core
        self._tokens = tokens

    def route(self, path: str, handler: ConnectorHandler, method: str = "GET") -> Route:
        """A route below `/connector`."""

        async def answer(request: Request) -> Response:
            return await self._answer(request, handler)

        return Route(path, answer, methods=[method])

    async def _answer(self, request: Request, handler: ConnectorHandler) -> Response:
        rates = self._core.faults.connector
        try:
            if (status := self._core.injected_status(rates)) is not None:
                raise self._injected(status)
            self._authorise(request)
            body = await _body(request)
            response = await handler(ConnectorCall(core=self._core, request=request, body=body))
            self._core.state.commit()
            if self._core.loses_answer(rates):
                raise self._injected(504)
        except ConnectorError as error:
            wait = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
            return JSONResponse(
                {"error": {"code": error.code, "message": str(error)}}, status_code=error.status, headers=wait
            )
        return response

    def _authorise(self, request: Request) -> None:
        try:
            self._tokens.check_access(Audience.CONNECTOR, request.headers.get("authorization"))
        except TokenError as error:
            _log.info("connector refused a token", extra={"path": request.url.path})
            raise ConnectorError(401, "Unauthorized", "Authorization has been denied for this request.") from error

    def _injected(self, status: int) -> ConnectorError:
        code, message = _INJECTED.get(status, ("ServiceError", "An error occurred."))
        wait = self._core.faults.connector.retry_after if status in (429, 503) else None
        return ConnectorError(status, code, message, wait)


async def _body(request: Request) -> JsonObject:
    raw = await request.body()
    if not raw:
        return {}
    if len(raw) > MESSAGE_LIMIT:
        raise ConnectorError(413, "MessageSizeTooBig", "Message size too large.")
    try:
        parsed = json.loads(raw)
    except ValueError as error:
        raise ConnectorError(400, "BadSyntax", "The request body is not JSON.") from error
    if not isinstance(parsed, dict):
        raise ConnectorError(400, "BadSyntax", "The request body is not a JSON object.")
    return parsed
