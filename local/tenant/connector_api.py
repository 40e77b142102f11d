"""The Bot Connector's door (v3): conversations, activities and members."""

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.tenant.connector_access import (
    ConnectorCall,
    ConnectorDoor,
    ConnectorError,
    Place,
    not_installed,
)
from local.tenant.connector_messages import draft_of
from local.tenant.conversations import log_activity, personal_space
from local.tenant.cursors import read_cursor, write_cursor
from local.tenant.messages import TARGETED_LIFE
from local.tenant.model import Direction, JsonObject, Member, Message, Person, Space, SpaceKind
from local.tenant.send_limits import SendLimits

_LARGEST_PAGE = 500


class Connector:
    """The handlers of `/connector`."""

    def __init__(self, door: ConnectorDoor) -> None:
        self._door = door
        self._limits = SendLimits()

    def routes(self) -> list[Route]:
        """The routes, relative to `/connector`."""
        door = self._door
        one = "/v3/conversations/{conversation}"
        return [
            door.route("/v3/conversations", self._create_conversation, "POST"),
            door.route(f"{one}/activities", self._send, "POST"),
            door.route(f"{one}/activities/{{activity}}", self._reply, "POST"),
            door.route(f"{one}/activities/{{activity}}", self._update, "PUT"),
            door.route(f"{one}/activities/{{activity}}", self._delete, "DELETE"),
            door.route(f"{one}/pagedmembers", _paged_members),
            door.route(f"{one}/pagedMembers", _paged_members),
            door.route(f"{one}/members", _members),
            door.route(f"{one}/members/{{member}}", _member),
            door.route("/v3/teams/{team}", _team),
            door.route("/v3/teams/{team}/conversations", _team_channels),
        ]

    async def _create_conversation(self, call: ConnectorCall) -> Response:
        """One person's conversation with the bot, the same each time; or a new thread in a channel."""
        activity = call.body.get("activity")
        channel = ((call.body.get("channelData") or {}).get("channel") or {}).get("id")
        if channel is not None:
            return self._create_thread(call, str(channel), activity)
        members = call.body.get("members") or []
        if len(members) != 1 or not isinstance(members[0], dict):
            raise ConnectorError(400, "BadArgument", "Exactly one member is expected.")
        tenant = call.body.get("tenantId") or (((call.body.get("channelData") or {}).get("tenant") or {}).get("id"))
        if tenant != call.core.identity.tenant_id:
            raise ConnectorError(400, "BadArgument", "The tenant is missing or is not the user's.")
        person = call.core.state.person(str(members[0].get("id")))
        if person is None:
            raise ConnectorError(404, "ConversationNotFound", "The user was not found.")
        if person.id not in call.core.state.register.installed:
            raise not_installed()
        space = personal_space(call.core, person)
        answer: JsonObject = {"id": space.id}
        if activity is not None:
            answer["activityId"] = self._post(call, Place(space=space), activity).id
        return JSONResponse(answer, status_code=201)

    def _create_thread(self, call: ConnectorCall, channel: str, activity: JsonObject | None) -> Response:
        place = call.place_of(channel)
        if activity is None or not place.space.is_channel:
            raise ConnectorError(400, "BadArgument", "A thread needs a channel and a first activity.")
        message = self._post(call, place, activity)
        return JSONResponse(
            {"id": f"{place.space.id};messageid={message.id}", "activityId": message.id}, status_code=201
        )

    async def _send(self, call: ConnectorCall) -> Response:
        return self._answer_send(call, call.body.get("replyToId"))

    async def _reply(self, call: ConnectorCall) -> Response:
        return self._answer_send(call, call.path("activity"))

    def _answer_send(self, call: ConnectorCall, reply_to: str | None) -> Response:
        place = call.place()
        if call.body.get("type") == "typing":
            return JSONResponse({}, status_code=202)
        if call.body.get("type") != "message":
            raise ConnectorError(400, "BadArgument", "Only messages and typing can be sent.")
        message = self._post(call, place, call.body, reply_to)
        return JSONResponse({"id": message.id}, status_code=201)

    def _post(self, call: ConnectorCall, place: Place, activity: JsonObject, reply_to: str | None = None) -> Message:
        space, core = place.space, call.core
        root_id = place.root_id
        if space.is_channel and reply_to is not None and root_id is None:
            answered = core.messages.get(space.id, reply_to)
            root_id = (answered.root_id or answered.id) if answered else reply_to
        if root_id is not None and core.messages.get(space.id, root_id) is None:
            raise ConnectorError(404, "ConversationNotFound", "Conversation not found.")
        draft = draft_of(core, activity, root_id=root_id, visible_to=_recipient(call, space, activity))
        if core.faults.send_limits:
            wait = self._limits.wait(f"{space.id};{root_id}", core.clock.now())
            if wait is not None:
                raise ConnectorError(429, "Throttled", "Too many requests.", wait)
        message = core.messages.post(space, draft)
        conversation = f"{space.id};messageid={root_id or message.id}" if space.is_channel else space.id
        log_activity(core, Direction.FROM_BOT, conversation, activity | {"id": message.id}, 201)
        return message

    async def _update(self, call: ConnectorCall) -> Response:
        place = call.place()
        message = _living(call, place)
        draft = draft_of(call.core, call.body, root_id=message.root_id, visible_to=message.visible_to)
        call.core.messages.edit(place.space, message, draft)
        call.core.state.forget_views(place.space.id, message.id)
        log_activity(call.core, Direction.FROM_BOT, call.path("conversation"), call.body | {"id": message.id}, 200)
        return JSONResponse({"id": message.id})

    async def _delete(self, call: ConnectorCall) -> Response:
        place = call.place()
        message = _living(call, place)
        call.core.messages.delete(place.space, message)
        gone = {"type": "messageDelete", "id": message.id}
        log_activity(call.core, Direction.FROM_BOT, call.path("conversation"), gone, 200)
        return Response(status_code=200)


def _recipient(call: ConnectorCall, space: Space, activity: JsonObject) -> str | None:
    if not call.targeted:
        return None
    if space.kind is SpaceKind.PERSONAL:
        raise ConnectorError(400, "BadArgument", "Targeted messages are not supported in personal chats.")
    person = call.core.state.person(str((activity.get("recipient") or {}).get("id")))
    if person is None or not call.core.state.is_member(space, person.id):
        raise ConnectorError(400, "BadArgument", "The recipient is not a member of the conversation.")
    return person.id


def _living(call: ConnectorCall, place: Place) -> Message:
    message = call.own_message(place)
    if message.visible_to is not None and call.core.clock.now() >= message.created + TARGETED_LIFE:
        raise ConnectorError(404, "ActivityNotFoundInConversation", "The activity was not found.")
    return message


async def _members(call: ConnectorCall) -> Response:
    return JSONResponse([_account(call, member) for member in call.core.state.members(call.place().space)])


async def _paged_members(call: ConnectorCall) -> Response:
    members = call.core.state.members(call.place().space)
    size = _page_size(call.query("pageSize"))
    token = call.query("continuationToken")
    start = 0 if token is None else (read_cursor(token) or {}).get("start")
    if not isinstance(start, int):
        raise ConnectorError(400, "BadArgument", "The continuation token is not valid.")
    page: JsonObject = {"members": [_account(call, member) for member in members[start : start + size]]}
    if start + size < len(members):
        page["continuationToken"] = write_cursor({"start": start + size})
    return JSONResponse(page)


def _page_size(text: str | None) -> int:
    if text is None:
        return 200
    if not text.isdecimal() or int(text) < 1:
        raise ConnectorError(400, "BadArgument", "pageSize must be a positive number.")
    return min(int(text), _LARGEST_PAGE)


async def _member(call: ConnectorCall) -> Response:
    space = call.place().space
    person = call.core.state.person(call.path("member"))
    if person is not None:
        for member in call.core.state.members(space):
            if member.user_id == person.id:
                return JSONResponse(_account(call, member))
    raise ConnectorError(404, "MemberNotFoundInConversation", "The member was not found in the conversation.")


def _account(call: ConnectorCall, member: Member) -> JsonObject:
    person: Person = call.core.state.known_person(member.user_id)
    given, _, surname = person.name.partition(" ")
    return {
        "id": person.teams_id,
        "name": person.name,
        "objectId": person.id,
        "aadObjectId": person.id,
        "givenName": given,
        "surname": surname,
        "email": person.mail,
        "userPrincipalName": person.mail,
        "tenantId": call.core.identity.tenant_id,
        "userRole": "guest" if person.guest else "user",
    }


async def _team(call: ConnectorCall) -> Response:
    place = call.place_of(call.path("team"))
    team = call.core.state.teams.get(place.space.team_id or "")
    if team is None:
        raise ConnectorError(404, "ConversationNotFound", "Team not found.")
    channels = list(call.core.state.channels(team.id))
    return JSONResponse(
        {
            "id": team.general,
            "name": team.name,
            "aadGroupId": team.id,
            "memberCount": len(team.members),
            "channelCount": len(channels),
        }
    )


async def _team_channels(call: ConnectorCall) -> Response:
    place = call.place_of(call.path("team"))
    channels = call.core.state.channels(place.space.team_id or "")
    # General has no name here, because Teams shows it in each reader's language.
    return JSONResponse(
        {
            "conversations": [
                {
                    "id": space.id,
                    "name": None if space.id == place.space.id else space.name,
                    "type": space.kind.value,
                }
                for space in channels
            ]
        }
    )
