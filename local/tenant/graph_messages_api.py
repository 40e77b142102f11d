"""Graph's door for messages: lists and threads; the delta of a channel has its own (graph_delta_api.py)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.responses import Response
from starlette.routing import Route

from local.tenant.cursors import link_to, link_with, read_cursor
from local.tenant.graph_access import GraphCall, GraphDoor, bad_request, entity, listing, not_found
from local.tenant.messages import Order
from local.tenant.model import JsonObject, Message, Space, SpaceKind

_EXPANDED_REPLIES = 1000
_TIME_FILTER = re.compile(r"(lastModifiedDateTime|createdDateTime) (gt|lt) (\S+)")


def message_routes(door: GraphDoor) -> list[Route]:
    """The routes, relative to `/graph/v1.0`."""
    messages = "/teams/{team}/channels/{channel}/messages"
    return [
        door.route(messages, _channel_messages),
        door.route(f"{messages}/{{message}}", _channel_message),
        door.route(f"{messages}/{{message}}/replies", _replies),
        door.route(f"{messages}/{{message}}/replies/{{reply}}", _reply),
        door.route("/chats/{chat}/messages", _chat_messages),
        door.route("/chats/{chat}/messages/{message}", _chat_message),
    ]


def readable_channel(call: GraphCall) -> Space:
    """The channel that the path names, if the app may read its messages; raises GraphError."""
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


def with_replies(call: GraphCall, root: Message) -> JsonObject:
    """A root message, with up to 1,000 of its latest replies if the call says `$expand=replies`."""
    shape = _shape(call, root)
    if expands_replies(call):
        newest_first = _newest_replies(call, root)
        shown = newest_first[:_EXPANDED_REPLIES]
        shape["replies@odata.count"] = len(shown)
        shape["replies"] = [_shape(call, reply) for reply in shown]
        if len(newest_first) > len(shown):
            identity = shape["channelIdentity"]
            channel = f"/graph/v1.0/teams/{identity['teamId']}/channels/{identity['channelId']}"
            path = f"{channel}/messages/{root.id}/replies"
            place = {"after": _place_of_reply(shown[-1])}
            shape["replies@odata.nextLink"] = link_to(call.core.url, path, "$skiptoken", place)
    return shape


def expands_replies(call: GraphCall) -> bool:
    """Whether the call wants replies with their roots; raises GraphError for anything else to expand."""
    wanted = call.query("$expand")
    if wanted not in (None, "replies"):
        raise bad_request("Only 'replies' can be expanded.")
    return wanted is not None


def _newest_replies(call: GraphCall, root: Message) -> list[Message]:
    return sorted(call.core.messages.replies(root.space_id, root.id), key=_place_of_reply, reverse=True)


def _place_of_reply(reply: Message) -> list[str]:
    # Times in one format and zone sort as text.
    return [reply.created.isoformat(timespec="microseconds"), reply.id]


async def _channel_messages(call: GraphCall) -> Response:
    """Root messages, the thread with the latest change first."""
    space = readable_channel(call)
    call.takes("$top", "$expand", "$skiptoken")
    messages = call.core.messages
    threads = sorted(
        ((messages.thread_seq(space.id, root.id), root) for root in messages.roots(space.id)),
        key=lambda thread: -thread[0],
    )
    before = _seq_before(call)
    left = [root for seq, root in threads if before is None or seq < before]
    top = call.top(20, 50)
    page = left[:top]
    link = None
    if len(left) > top:
        last = messages.thread_seq(space.id, page[-1].id)
        link = link_with(call.core.url, call.request, "$skiptoken", {"before": last})
    return listing(_context(space), [with_replies(call, root) for root in page], next_link=link)


async def _channel_message(call: GraphCall) -> Response:
    space = readable_channel(call)
    return entity(_context(space), with_replies(call, _root(call, space)))


async def _replies(call: GraphCall) -> Response:
    """Replies of one root, newest first."""
    space = readable_channel(call)
    call.takes("$top", "$skiptoken")
    root = _root(call, space)
    context = f"{_context(space)}('{root.id}')/replies"
    return _page(call, context, _newest_replies(call, root), _place_of_reply)


async def _reply(call: GraphCall) -> Response:
    space = readable_channel(call)
    root = _root(call, space)
    reply = call.core.messages.get(space.id, call.path("reply"))
    if reply is None or reply.root_id != root.id or reply.visible_to is not None:
        raise not_found(f"Reply {call.path('reply')}")
    return entity(f"{_context(space)}('{root.id}')/replies", _shape(call, reply))


async def _chat_messages(call: GraphCall) -> Response:
    """A chat's messages, latest first, by change unless `$orderby` says by creation."""
    space = _readable_chat(call)
    call.takes("$top", "$orderby", "$filter", "$skiptoken")
    order = _order(call)
    limits = _time_limits(call, order)
    everything = call.core.messages.newest_first(space.id, order)
    found = [m for m in everything if _is_within(order.of(m), limits)] if limits else everything

    def place_of(message: Message) -> list[str]:
        return [order.of(message).isoformat(timespec="microseconds"), f"{message.seq:012}"]

    return _page(call, _context(space), found, place_of)


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
        limits.append((found[2], moment_in_filter(found[3])))
    return limits


def moment_in_filter(text: str) -> datetime:
    """A time as `$filter` writes it; raises GraphError."""
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError as error:
        raise bad_request("Invalid date in $filter.") from error


def _is_within(time: datetime, limits: list[tuple[str, datetime]]) -> bool:
    return all(time > limit if operator == "gt" else time < limit for operator, limit in limits)


def _seq_before(call: GraphCall) -> int | None:
    token = call.query("$skiptoken")
    if token is None:
        return None
    place = (read_cursor(token) or {}).get("before")
    if not isinstance(place, int):
        raise bad_request("Invalid skip token.")
    return place


def _page(
    call: GraphCall, context: str, latest_first: list[Message], place_of: Callable[[Message], list[str]]
) -> Response:
    # A place is that of the last message shown, so that what is posted or changed meanwhile moves nothing.
    token, top = call.query("$skiptoken"), call.top(20, 50)
    left = latest_first
    if token is not None:
        after = (read_cursor(token) or {}).get("after")
        if not isinstance(after, list) or len(after) != 2:
            raise bad_request("Invalid skip token.")
        left = [message for message in latest_first if place_of(message) < after]
    page = left[:top]
    link = None
    if len(left) > top:
        link = link_with(call.core.url, call.request, "$skiptoken", {"after": place_of(page[-1])})
    return listing(context, [_shape(call, m) for m in page], next_link=link)
