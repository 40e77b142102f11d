"""Opaque places in a list, as Graph's skip and delta tokens are."""

import base64
import binascii
from urllib.parse import quote, urlencode

import msgspec
from starlette.requests import Request

from local.tenant.model import JsonObject


def write_cursor(place: JsonObject) -> str:
    """A token for a place."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_cursor(token: str) -> JsonObject | None:
    """The place that a token stands for, or None for a token of somebody else's making."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        return msgspec.json.decode(raw, type=dict)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None


def link_to(url: str, path: str, name: str, place: JsonObject) -> str:
    """A link to a path with a token for `place` as its parameter `name`."""
    return f"{url}{quote(path)}?{urlencode({name: write_cursor(place)}, safe='$')}"


def link_with(url: str, request: Request, name: str, place: JsonObject) -> str:
    """The request's own URL with a token for `place` as its parameter `name` instead of any other token."""
    kept = {n: v for n, v in request.query_params.items() if n not in ("$skiptoken", "$deltatoken")}
    query = urlencode(kept | {name: write_cursor(place)}, safe="$,'", quote_via=quote)
    return f"{url}{quote(request.scope['path'])}?{query}"
