"""Graph's door for the delta of a channel's messages.

Source: "chatMessage: delta" in Microsoft Graph's documentation.
"""

import re
from datetime import datetime, timedelta

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.tenant.cursors import link_with, read_cursor
from local.tenant.graph_access import GraphCall, GraphDoor, GraphError, bad_request
from local.tenant.graph_messages_api import expands_replies, moment_in_filter, readable_channel, with_replies
from local.tenant.model import JsonObject, Message, Space

DELTA_REACHES_BACK = timedelta(days=8 * 30)
"""A delta tells of the last eight months only."""

_FILTER = re.compile(r"lastModifiedDateTime gt (\S+)")


def delta_routes(door: GraphDoor) -> list[Route]:
    """The routes, relative to `/graph/v1.0`."""
    delta = "/teams/{team}/channels/{channel}/messages/delta"
    return [door.route(delta, _delta), door.route(f"{delta}()", _delta)]


async def _delta(call: GraphCall) -> Response:
    """Threads changed since the token, oldest change first; with `$expand=replies` a reply is a change too."""
    space = readable_channel(call)
    call.takes("$top", "$skip", "$filter", "$expand", "$skiptoken", "$deltatoken")
    since = _place(call)
    left = [(seq, root) for seq, root in _changed(call, space) if seq > (since or 0)]
    if since is None:
        left = left[_skipped(call) :]
    top = call.top(20, 50)
    page = left[:top]
    more = len(left) > top
    name, link_name = ("@odata.nextLink", "$skiptoken") if more else ("@odata.deltaLink", "$deltatoken")
    place = _token(call, page[-1][0] if page else since or 0)
    return JSONResponse(
        {
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#Collection(chatMessage)",
            name: link_with(call.core.url, call.request, link_name, place),
            "value": [with_replies(call, root) for _, root in page],
        }
    )


def _changed(call: GraphCall, space: Space) -> list[tuple[int, Message]]:
    messages = call.core.messages
    earliest = call.core.clock.now() - DELTA_REACHES_BACK
    after = _after(call)
    whole_threads = expands_replies(call)
    changed = [
        (messages.thread_seq(space.id, root.id) if whole_threads else root.seq, root)
        for root in messages.roots(space.id)
        if root.modified > earliest and (after is None or messages.thread_modified(root) > after)
    ]
    return sorted(changed, key=lambda thread: thread[0])


def _after(call: GraphCall) -> datetime | None:
    text = call.query("$filter")
    if text is None:
        return None
    found = _FILTER.fullmatch(text.strip())
    if found is None:
        raise bad_request("Unsupported $filter: a delta takes 'lastModifiedDateTime gt' alone.")
    return moment_in_filter(found[1])


def _skipped(call: GraphCall) -> int:
    text = call.query("$skip") or "0"
    if not text.isdecimal():
        raise bad_request("Invalid value for $skip.")
    return int(text)


def _token(call: GraphCall, since: int) -> JsonObject:
    return {
        "since": since,
        "generation": call.core.state.register.delta_generation,
        "at": call.core.clock.now().timestamp(),
    }


def _place(call: GraphCall) -> int | None:
    token = call.query("$deltatoken") or call.query("$skiptoken")
    if token is None:
        return None
    place = read_cursor(token)
    if place is None or not isinstance(place.get("since"), int):
        raise bad_request("The delta token is not valid.")
    if _is_expired(call, place):
        afresh = f"{call.core.url}{call.request.url.path}"
        raise GraphError(410, "SyncStateNotFound", "The sync state is no longer available.", {"Location": afresh})
    return int(place["since"])


def _is_expired(call: GraphCall, place: JsonObject) -> bool:
    life = call.core.faults.delta_token_life
    if place.get("generation") != call.core.state.register.delta_generation:
        return True
    return life is not None and call.core.clock.now().timestamp() >= float(place.get("at", 0)) + life.total_seconds()
