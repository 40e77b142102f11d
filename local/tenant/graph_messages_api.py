"""Graph's door for messages: lists, threads, and the delta of a channel."""

import re
from datetime import UTC, datetime, timedelta

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.tenant.cursors import link_with, read_cursor
from local.tenant.graph_access import GraphCall, GraphDoor, GraphError, bad_request, entity, listing, not_found
from local.tenant.messages import Order
from local.tenant.model import JsonObject, Message, Space, SpaceKind

DELTA_REACHES_BACK = timedelta(days=8 * 30)
"""A delta tells of the last eight months only."""

_EXPANDED_REPLIES = 1000
_TIME_FILTER = re.compile(r"(lastModifiedDateTime|createdDateTime) (gt|lt) (\S+)")


def message_routes(door: GraphDoor) -> list[Route]:
    """The routes, relative to `/graph/v1.0`."""
    messages = "/teams/{team}/channels/{channel}/messages"
    return [
        door.route(messages, _channel_messages),
        door.route(f"{messages}/delta", _delta),
        door.route(f"{messages}/delta()", _delta),
        door.route(f"{messages}/{{message}}", _channel_message),
        door.route(f"{messages}/{{message}}/replies", _replies),
        door.route(f"{messages}/{{message}}/replies/{{reply}}", _reply),
        door.route("/chats/{chat}/messages", _chat_messages),
        door.route("/chats/{chat}/messages/{message}", _chat_message),
    ]


def _readable_channel(call: GraphCall) -> Space:
    space = call.channel()
    call.require("ChannelMessage.Read.All", installed_at=space.team_id)
    return space


def _readable_chat(call: GraphCall) -> Space:
    space = call.chat()
    call.require("Chat.Read.All", "Chat.ReadWrite.All", installed_at=space.id)
    if space.kind is SpaceKind.PERSONAL:
        # Conversations with the bot are not part of what the tenant serves through Graph.
        raise not_found(f"Chat {space.id}")
    return space


def _context(space: Space) -> str:
    if space.is_channel:
        return f"teams('{space.team_id}')/channels('{space.id}')/messages"
    return f"chats('{space.id}')/messages"


def _root(call: GraphCall, space: Space) -> Message:
    found = call.core.messages.get(space.id, call.path("message"))
    if found is None or found.root_id is not None or found.visible_to is not None:
        raise not_found(f"Message {call.path('message')}")
    return found


def _shape(call: GraphCall, message: Message) -> JsonObject:
    return call.core.shapes.message(message, knows_new_enums=call.knows_new_enums)


def _with_replies(call: GraphCall, root: Message) -> JsonObject:
    shape = _shape(call, root)
    if "replies" in (call.query("$expand") or ""):
        replies = call.core.messages.replies(root.space_id, root.id)
        newest_first = list(reversed(replies))[:_EXPANDED_REPLIES]
        shape["replies@odata.count"] = len(newest_first)
        shape["replies"] = [_shape(call, reply) for reply in newest_first]
    return shape


async def _channel_messages(call: GraphCall) -> Response:
    """Root messages, the thread with the latest change first."""
    space = _readable_channel(call)
    messages = call.core.messages
    threads = sorted(
        ((messages.thread_seq(space.id, root.id), root) for root in messages.roots(space.id)),
        key=lambda thread: -thread[0],
    )
    before = _place(call, "before")
    left = [root for seq, root in threads if before is None or seq < before]
    top = call.top(20, 50)
    page = left[:top]
    link = None
    if len(left) > top:
        last = messages.thread_seq(space.id, page[-1].id)
        link = link_with(call.core.url, call.request, "$skiptoken", {"before": last})
    return listing(_context(space), [_with_replies(call, root) for root in page], next_link=link)


async def _channel_message(call: GraphCall) -> Response:
    space = _readable_channel(call)
    return entity(_context(space), _with_replies(call, _root(call, space)))


async def _replies(call: GraphCall) -> Response:
    """Replies of one root, newest first."""
    space = _readable_channel(call)
    root = _root(call, space)
    replies = call.core.messages.replies(space.id, root.id)[::-1]
    context = f"{_context(space)}('{root.id}')/replies"
    return _page_by_position(call, context, replies)


async def _reply(call: GraphCall) -> Response:
    space = _readable_channel(call)
    root = _root(call, space)
    reply = call.core.messages.get(space.id, call.path("reply"))
    if reply is None or reply.root_id != root.id or reply.visible_to is not None:
        raise not_found(f"Reply {call.path('reply')}")
    return entity(f"{_context(space)}('{root.id}')/replies", _shape(call, reply))


async def _chat_messages(call: GraphCall) -> Response:
    """A chat's messages, latest first, by change unless `$orderby` says by creation."""
    space = _readable_chat(call)
    order = _order(call)
    limits = _time_limits(call, order)
    everything = call.core.messages.newest_first(space.id, order)
    found = [m for m in everything if _is_within(order.of(m), limits)] if limits else everything
    return _page_by_position(call, _context(space), found)


async def _chat_message(call: GraphCall) -> Response:
    space = _readable_chat(call)
    return entity(_context(space), _shape(call, _root(call, space)))


def _order(call: GraphCall) -> Order:
    words = (call.query("$orderby") or "lastModifiedDateTime desc").split()
    if len(words) != 2 or words[0] not in set(Order) or words[1] != "desc":
        raise bad_request(
            "QueryOptions to order by is only supported for these properties in descending order: "
            "'lastModifiedDateTime', 'createdDateTime'."
        )
    return Order(words[0])


def _time_limits(call: GraphCall, order: Order) -> list[tuple[str, datetime]]:
    limits = []
    for clause in filter(None, (call.query("$filter") or "").split(" and ")):
        found = _TIME_FILTER.fullmatch(clause.strip())
        if found is None or found[1] != order:
            raise bad_request("Unsupported $filter: it takes the times by which the list is ordered.")
        try:
            limits.append((found[2], datetime.fromisoformat(found[3]).astimezone(UTC)))
        except ValueError as error:
            raise bad_request("Invalid date in $filter.") from error
    return limits


def _is_within(time: datetime, limits: list[tuple[str, datetime]]) -> bool:
    return all(time > limit if operator == "gt" else time < limit for operator, limit in limits)


def _place(call: GraphCall, name: str) -> int | None:
    token = call.query("$skiptoken")
    if token is None:
        return None
    place = (read_cursor(token) or {}).get(name)
    if not isinstance(place, int):
        raise bad_request("Invalid skip token.")
    return place


def _page_by_position(call: GraphCall, context: str, everything: list[Message]) -> Response:
    # A place is "everything that came up to this change", so that what is posted meanwhile moves nothing.
    top = call.top(20, 50)
    skip, until = _place(call, "skip") or 0, _place(call, "until")
    if until is not None:
        everything = [m for m in everything if m.seq <= until]
    page = everything[skip : skip + top]
    link = None
    if len(everything) > skip + top:
        newest = until if until is not None else max(m.seq for m in everything)
        place = {"skip": skip + top, "until": newest}
        link = link_with(call.core.url, call.request, "$skiptoken", place)
    return listing(context, [_shape(call, m) for m in page], next_link=link)


async def _delta(call: GraphCall) -> Response:
    """Threads changed since the token, oldest change first; with `$expand=replies` a reply is a change too."""
    space = _readable_channel(call)
    since = _delta_place(call)
    messages = call.core.messages
    earliest = call.core.clock.now() - DELTA_REACHES_BACK
    whole_threads = "replies" in (call.query("$expand") or "")
    changed = sorted(
        (
            (messages.thread_seq(space.id, root.id) if whole_threads else root.seq, root)
            for root in messages.roots(space.id)
            if root.modified > earliest
        ),
        key=lambda thread: thread[0],
    )
    left = [(seq, root) for seq, root in changed if seq > since]
    top = call.top(20, 50)
    page = left[:top]
    reached = page[-1][0] if page else since
    place = {"since": reached, "generation": call.core.state.register.delta_generation}
    more = len(left) > top
    name, link_name = ("@odata.nextLink", "$skiptoken") if more else ("@odata.deltaLink", "$deltatoken")
    return JSONResponse(
        {
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#Collection(chatMessage)",
            name: link_with(call.core.url, call.request, link_name, place),
            "value": [_with_replies(call, root) for _, root in page],
        }
    )


def _delta_place(call: GraphCall) -> int:
    token = call.query("$deltatoken") or call.query("$skiptoken")
    if token is None:
        return 0
    place = read_cursor(token)
    if place is None or not isinstance(place.get("since"), int):
        raise bad_request("The delta token is not valid.")
    if place.get("generation") != call.core.state.register.delta_generation:
        afresh = f"{call.core.url}{call.request.url.path}"
        raise GraphError(410, "SyncStateNotFound", "The sync state is no longer available.", {"Location": afresh})
    return int(place["since"])
