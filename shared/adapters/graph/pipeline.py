"""The Graph SDK's side of a call: its request builders, its pipeline, and one HTTP client for all calls.

The only file that imports the SDK to send; it takes half a second to import, so others import it on first use.
"""

import base64
import logging
from typing import Any
from urllib.parse import urlsplit

import httpx
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator
from kiota_abstractions.authentication.base_bearer_token_authentication_provider import (
    BaseBearerTokenAuthenticationProvider,
)
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_http.middleware import ParametersNameDecodingHandler
from kiota_http.middleware.options import ResponseHandlerOption
from kiota_http.observability_options import ObservabilityOptions
from msgraph.generated.base_graph_service_client import BaseGraphServiceClient
from msgraph_core import BaseGraphRequestAdapter, GraphClientFactory
from msgraph_core.middleware import GraphTelemetryHandler

from shared.adapters.graph.client import Tokens
from shared.errors import CairnError

_AUTHORIZATION = "Authorization"
_TIMEOUT = httpx.Timeout(15, connect=5)


class Pipeline:
    """Sends requests and hands back answers as they are, whatever their status."""

    def __init__(self, *, root: str, tokens: Tokens) -> None:
        """Nothing is sent yet.

        Of the SDK's middleware two are left out: its retries, since ours are the only ones, and its
        following of redirects, which Graph has no need of and a token must not take part in.
        """
        # At INFO, httpx logs the whole address of every call: ids, and delta tokens.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._http = GraphClientFactory.create_with_custom_middleware(
            middleware=[ParametersNameDecodingHandler(), GraphTelemetryHandler()],
            client=httpx.AsyncClient(timeout=_TIMEOUT, http2=True, follow_redirects=False),
        )
        self._adapter = BaseGraphRequestAdapter(
            BaseBearerTokenAuthenticationProvider(_OnOurGraph(root, tokens)), http_client=self._http
        )
        self._adapter.base_url = root
        # Spans with whole addresses would carry ids into whatever collects them.
        self._adapter.observability_options = ObservabilityOptions(include_euii_attributes=False)
        self.api = BaseGraphServiceClient(self._adapter)

    @property
    def adapter(self) -> Any:
        """The SDK's request adapter, for models that are written into a request."""
        return self._adapter

    async def answer(self, request: RequestInformation) -> httpx.Response | None:
        """What Graph answers; None when there is no connection, or no answer in time."""
        request.headers.remove(_AUTHORIZATION)
        request.headers.try_add("Prefer", "include-unknown-enum-members")
        request.add_request_options([ResponseHandlerOption(NativeResponseHandler())])
        try:
            answer: Any = await self._adapter.send_primitive_async(request, "bytes", {})
        except httpx.RequestError:
            return None
        if not isinstance(answer, httpx.Response):
            raise TypeError("the SDK hands back the response itself when a handler asks for it")
        return answer

    def token_of(self, request: RequestInformation) -> str:
        """The token that a request was sent with."""
        return next(iter(request.headers.get(_AUTHORIZATION)), "").removeprefix("Bearer ")

    def request_to(self, link: str) -> RequestInformation:
        """A GET of an address that Graph gave out."""
        request = RequestInformation()
        request.http_method = Method.GET
        request.url = link
        return request

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


class _OnOurGraph(AccessTokenProvider):
    """Tokens for requests to our Graph, and for none elsewhere.

    The SDK's own provider would do but for its asking `azure-identity` itself, whose errors are not ours.
    """

    def __init__(self, root: str, tokens: Tokens) -> None:
        self._root = root
        self._tokens = tokens

    async def get_authorization_token(
        self, uri: str, additional_authentication_context: dict[str, Any] | None = None
    ) -> str:
        if not uri.startswith(self._root + "/"):
            raise CairnError("a request that is not for Graph gets no token")
        return await self._tokens(claims=_claims(additional_authentication_context or {}))

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return AllowedHostsValidator([urlsplit(self._root).hostname or ""])


def _claims(context: dict[str, Any]) -> str | None:
    """What Graph's challenge says the token lacks (Microsoft Learn, "Claims challenges"); base64 on the wire."""
    challenged = context.get("claims")
    if not isinstance(challenged, str):
        return None
    try:
        return base64.b64decode(challenged).decode()
    except ValueError:
        return None


def configured(parameters: Any) -> Any:
    """A request configuration with these query parameters."""
    return RequestConfiguration(query_parameters=parameters)
