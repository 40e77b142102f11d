"""What every call to Graph goes through: faults, the bearer token, permissions, and errors in Graph's form."""

import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.tenant.core import Core
from local.tenant.graph_limits import Asked
from local.tenant.keys import TokenError
from local.tenant.model import JsonObject, Space, Team
from local.tenant.tokens import Audience, Tokens

_log = logging.getLogger(__name__)

_INJECTED = {
    429: ("TooManyRequests", "Too many requests."),
    500: ("InternalServerError", "An internal server error occurred."),
    503: ("ServiceUnavailable", "The service is temporarily unavailable."),
    504: ("GatewayTimeout", "The gateway did not answer in time."),
}


class GraphError(Exception):
    """An answer other than success: status, Graph's error code and message, further headers."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        inner: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.inner = dict(inner or {})


def not_found(what: str) -> GraphError:
    """A 404."""
    return GraphError(404, "NotFound", f"{what} was not found.")


def bad_request(message: str, code: str = "BadRequest") -> GraphError:
    """A 400."""
    return GraphError(400, code, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphCall:
    """One authorised call: path and query parameters, the parsed body, the token's permissions."""

    core: Core
    request: Request
    roles: frozenset[str]
    body: JsonObject

    def path(self, name: str) -> str:
        """A path parameter, decoded."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str | None:
        """A query parameter, or None."""
        return self.request.query_params.get(name)

    @property
    def is_beta(self) -> bool:
        """Whether the call is to the beta endpoint."""
        return str(self.request.scope["path"]).startswith("/graph/beta/")

    @property
    def knows_new_enums(self) -> bool:
        """Whether the caller asked for members of evolvable enums by name."""
        return "include-unknown-enum-members" in self.request.headers.get("prefer", "")

    def takes(self, *options: str) -> None:
        """Raise GraphError for a query option (`$…`) that the resource does not take."""
        others = [n for n in self.request.query_params if n.startswith("$") and n not in options]
        if others:
            raise bad_request(f"Query option '{others[0].removeprefix('$').capitalize()}' is not allowed.")

    def top(self, default: int, most: int) -> int:
        """`$top`, within what the resource allows; raises GraphError."""
        text = self.query("$top")
        if text is None:
            return default
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise bad_request(f"Invalid value for $top: it must be between 1 and {most}.")
        return int(text)

    def team(self) -> Team:
        """The team that the path names; raises GraphError."""
        found = self.core.state.teams.get(self.path("team"))
        if found is None:
            raise not_found(f"Team {self.path('team')}")
        return found

    def channel(self) -> Space:
        """The channel that the path names; raises GraphError."""
        team = self.team()
        found = self.core.state.spaces.get(self.path("channel"))
        if found is None or found.team_id != team.id:
            raise not_found(f"Channel {self.path('channel')}")
        return found

    def chat(self) -> Space:
        """The chat that the path names; raises GraphError."""
        found = self.core.state.spaces.get(self.path("chat"))
        if found is None or found.is_channel:
            raise not_found(f"Chat {self.path('chat')}")
        return found

    def require(self, *any_of: str, installed_at: str | None = None) -> None:
        """Raise GraphError 403 unless the token holds one of the permissions.

        With `installed_at` (a team's or chat's id) the app's installation there will do, by
        resource-specific consent.
        """
        self.core.required.add(frozenset(any_of))
        consented = self.core.faults.consent_by_place and installed_at in self.core.state.register.installed
        if self.roles.isdisjoint(any_of) and not consented:
            raise GraphError(
                403,
                "Forbidden",
                f"Missing role permissions on the request. API requires one of '{', '.join(any_of)}'. "
                f"Roles on the request '{', '.join(sorted(self.roles))}'.",
            )


type GraphHandler = Callable[[GraphCall], Awaitable[Response]]


class GraphDoor:
    """Makes routes whose handlers need not care about tokens, faults and the form of errors."""

    def __init__(self, core: Core, tokens: Tokens) -> None:
        self._core = core
        self._tokens = tokens

    def route(self, path: str, handler: GraphHandler, method: str = "GET") -> Route:
        """A route below `/graph/v1.0`."""

        async def answer(request: Request) -> Response:
            return await self._answer(request, path, handler)

        return Route(path, answer, methods=[method])

    async def _answer(self, request: Request, route: str, handler: GraphHandler) -> Response:
        rates = self._core.faults.graph
        try:
            if (status := self._core.injected_status(rates)) is not None:
                raise self._injected(status)
            roles = self._roles(request)
            self._hold_to_limits(request, route)
            call = GraphCall(core=self._core, request=request, roles=roles, body=await _body(request))
            response = await handler(call)
            self._core.state.commit()
            if self._core.loses_answer(rates):
                raise self._injected(504)
        except GraphError as error:
            return self._error(request, error)
        response.headers["request-id"] = str(uuid.uuid4())
        return response

    def _roles(self, request: Request) -> frozenset[str]:
        try:
            claims = self._tokens.check_access(Audience.GRAPH, request.headers.get("authorization"))
        except TokenError as error:
            _log.info("graph refused a token", extra={"path": request.url.path})
            raise GraphError(401, "InvalidAuthenticationToken", str(error)) from error
        return frozenset(claims.get("roles", ()))

    def _hold_to_limits(self, request: Request, route: str) -> None:
        if not self._core.faults.read_limits:
            return
        asked = Asked(method=request.method, route=route, ids=request.path_params, query=request.query_params)
        wait = self._core.limits.wait(asked)
        if wait is not None:
            inner = {"code": "429", "message": "Please retry after", "status": "429"}
            headers = {"Retry-After": str(wait)}
            raise GraphError(429, "TooManyRequests", "Please retry again later.", headers, inner)

    def _injected(self, status: int) -> GraphError:
        code, message = _INJECTED.get(status, ("UnknownError", "An error occurred."))
        wait = {"Retry-After": str(self._core.faults.graph.retry_after)} if status in (429, 503) else None
        return GraphError(status, code, message, wait)

    def _error(self, request: Request, error: GraphError) -> Response:
        number = str(uuid.uuid4())
        client_number = request.headers.get("client-request-id", number)
        body = {
            "error": {
                "code": error.code,
                "message": str(error),
                "innerError": error.inner
                | {
                    "date": self._core.clock.now().strftime("%Y-%m-%dT%H:%M:%S"),
                    "request-id": number,
                    "client-request-id": client_number,
                },
            }
        }
        headers = {"request-id": number, "client-request-id": client_number} | error.headers
        return JSONResponse(body, status_code=error.status, headers=headers)


async def _body(request: Request) -> JsonObject:
    raw = await request.body()
    if not raw:
        return {}
    try:
        parsed = json.loads(raw)
    except ValueError as error:
        raise bad_request("Unable to read JSON request payload.") from error
    if not isinstance(parsed, dict):
        raise bad_request("Unable to read JSON request payload: an object is expected.")
    return parsed


def listing(context: str, value: list[JsonObject], *, next_link: str | None = None) -> JSONResponse:
    """A page of a collection."""
    body: JsonObject = {
        "@odata.context": f"https://graph.microsoft.com/v1.0/$metadata#{context}",
        "@odata.count": len(value),
    }
    if next_link is not None:
        body["@odata.nextLink"] = next_link
    return JSONResponse(body | {"value": value})


def entity(context: str, value: JsonObject, status: int = 200) -> JSONResponse:
    """One resource."""
    body = {"@odata.context": f"https://graph.microsoft.com/v1.0/$metadata#{context}/$entity"} | value
    return JSONResponse(body, status_code=status)
