"""Graph's door for who and where: users, teams, channels, chats and their members."""

import re

from starlette.responses import Response
from starlette.routing import Route

from local.tenant.cursors import link_with, read_cursor
from local.tenant.graph_access import GraphCall, GraphDoor, bad_request, entity, listing, not_found
from local.tenant.model import JsonObject, Member, Person

_FILTER = re.compile(
    r"(?:(?P<name>\w+) eq '(?P<value>(?:[^']|'')*)'|startswith\((?P<start>\w+),\s*'(?P<prefix>(?:[^']|'')*)'\))"
)
_FILTERABLE = {"id", "mail", "userPrincipalName", "displayName", "department", "jobTitle"}


def directory_routes(door: GraphDoor) -> list[Route]:
    """The routes, relative to `/graph/v1.0`."""
    channel = "/teams/{team}/channels/{channel}"
    return [
        door.route("/users", _users),
        door.route("/users/{user}", _user),
        door.route("/teams/{team}", _team),
        door.route("/teams/{team}/members", _team_members),
        door.route("/teams/{team}/members/{member}", _team_member),
        door.route("/teams/{team}/installedApps", _team_apps),
        door.route("/teams/{team}/channels", _channels),
        door.route(channel, _channel),
        door.route(f"{channel}/members", _channel_members),
        door.route(f"{channel}/members/{{member}}", _channel_member),
        door.route(f"{channel}/allMembers", _channel_members),
        door.route("/chats/{chat}", _chat),
        door.route("/chats/{chat}/members", _chat_members),
        door.route("/chats/{chat}/members/{member}", _chat_member),
        door.route("/chats/{chat}/installedApps", _chat_apps),
    ]


async def _users(call: GraphCall) -> Response:
    call.require("User.Read.All", "Directory.Read.All")
    people = [person for person in call.core.state.people if _passes(call.query("$filter"), person, call)]
    shapes = [call.core.shapes.user(person, _select(call)) for person in people]
    return _page(call, "users", shapes, call.top(100, 999))


def _passes(wanted: str | None, person: Person, call: GraphCall) -> bool:
    if wanted is None:
        return True
    found = _FILTER.fullmatch(wanted.strip())
    name = (found["name"] or found["start"]) if found else None
    if found is None or name not in _FILTERABLE:
        raise bad_request("Unsupported or invalid query filter clause specified.", "Request_UnsupportedQuery")
    has = str(call.core.shapes.user(person, [name]).get(name) or "").casefold()
    if found["name"]:
        return has == found["value"].replace("''", "'").casefold()
    return has.startswith(found["prefix"].replace("''", "'").casefold())


async def _user(call: GraphCall) -> Response:
    call.require("User.Read.All", "Directory.Read.All")
    person = call.core.state.person(call.path("user"))
    if person is None or call.path("user") == person.teams_id:
        raise not_found(f"Resource '{call.path('user')}'")
    return entity("users", call.core.shapes.user(person, _select(call)))


async def _team(call: GraphCall) -> Response:
    team = call.team()
    call.require("Team.ReadBasic.All", "TeamSettings.Read.All", installed_at=team.id)
    return entity("teams", _chosen(call, call.core.shapes.team(team)))


async def _team_members(call: GraphCall) -> Response:
    return _members(call, *_of_team(call))


async def _team_member(call: GraphCall) -> Response:
    return _one_member(call, *_of_team(call))


def _of_team(call: GraphCall) -> tuple[str, str, tuple[Member, ...]]:
    team = call.team()
    call.require("TeamMember.Read.All", "TeamMember.ReadWrite.All", installed_at=team.id)
    return f"teams('{team.id}')/members", team.id, team.members


async def _team_apps(call: GraphCall) -> Response:
    team = call.team()
    call.require("TeamsAppInstallation.ReadForTeam.All", "TeamsAppInstallation.Read.All", installed_at=team.id)
    return _apps(call, f"teams('{team.id}')/installedApps", team.id)


async def _channels(call: GraphCall) -> Response:
    team = call.team()
    call.require("Channel.ReadBasic.All", installed_at=team.id)
    shapes = [
        call.core.shapes.channel(space, knows_new_enums=call.knows_new_enums)
        for space in call.core.state.channels(team.id)
    ]
    return listing(f"teams('{team.id}')/channels", [_chosen(call, shape) for shape in shapes])


async def _channel(call: GraphCall) -> Response:
    space = call.channel()
    call.require("Channel.ReadBasic.All", installed_at=space.team_id)
    shape = call.core.shapes.channel(space, knows_new_enums=call.knows_new_enums)
    return entity(f"teams('{space.team_id}')/channels", _chosen(call, shape))


async def _channel_members(call: GraphCall) -> Response:
    return _members(call, *_of_channel(call))


async def _channel_member(call: GraphCall) -> Response:
    return _one_member(call, *_of_channel(call))


def _of_channel(call: GraphCall) -> tuple[str, str, tuple[Member, ...]]:
    space = call.channel()
    call.require("ChannelMember.Read.All", "ChannelMember.ReadWrite.All", installed_at=space.team_id)
    context = f"teams('{space.team_id}')/channels('{space.id}')/members"
    return context, space.id, call.core.state.members(space)


async def _chat(call: GraphCall) -> Response:
    space = call.chat()
    call.require("Chat.ReadBasic.All", "Chat.Read.All", installed_at=space.id)
    return entity("chats", _chosen(call, call.core.shapes.chat(space)))


async def _chat_members(call: GraphCall) -> Response:
    return _members(call, *_of_chat(call))


async def _chat_member(call: GraphCall) -> Response:
    return _one_member(call, *_of_chat(call))


def _of_chat(call: GraphCall) -> tuple[str, str, tuple[Member, ...]]:
    space = call.chat()
    call.require("ChatMember.Read.All", "Chat.ReadBasic.All", "Chat.Read.All", installed_at=space.id)
    return f"chats('{space.id}')/members", space.id, space.members


async def _chat_apps(call: GraphCall) -> Response:
    space = call.chat()
    call.require("TeamsAppInstallation.ReadForChat.All", "TeamsAppInstallation.Read.All", installed_at=space.id)
    return _apps(call, f"chats('{space.id}')/installedApps", space.id)


def _apps(call: GraphCall, context: str, where: str) -> Response:
    """The one app that the tenant has, if it is installed there."""
    call.takes("$expand", "$filter", "$select")
    if where not in call.core.state.register.installed:
        return listing(context, [])
    shape = call.core.shapes.installation(where)
    if "teamsApp" in (call.query("$expand") or ""):
        shape["teamsApp"] = call.core.shapes.app()
    return listing(context, [shape])


def _one_member(call: GraphCall, context: str, place: str, members: tuple[Member, ...]) -> Response:
    wanted = call.path("member")
    found = next((m for m in members if call.core.shapes.member_id(place, m.user_id) == wanted), None)
    if found is None:
        raise not_found(f"Member {wanted}")
    return entity(context, call.core.shapes.member(place, found))


def _members(call: GraphCall, context: str, place: str, members: tuple[Member, ...]) -> Response:
    shapes = [call.core.shapes.member(place, member) for member in members]
    return _page(call, context, shapes, call.top(100, 999))


def _page(call: GraphCall, context: str, shapes: list[JsonObject], top: int) -> Response:
    token = call.query("$skiptoken")
    place = {"start": 0} if token is None else read_cursor(token)
    if place is None or not isinstance(place.get("start"), int):
        raise bad_request("Invalid skip token.")
    end = place["start"] + top
    link = None
    if end < len(shapes):
        link = link_with(call.core.url, call.request, "$skiptoken", {"start": end})
    return listing(context, shapes[place["start"] : end], next_link=link)


def _select(call: GraphCall) -> list[str]:
    return [name.strip() for name in (call.query("$select") or "").split(",") if name.strip()]


def _chosen(call: GraphCall, shape: JsonObject) -> JsonObject:
    chosen = set(_select(call))
    return {n: v for n, v in shape.items() if not chosen or n in chosen or n == "id"}
