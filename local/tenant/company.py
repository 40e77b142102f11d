"""The tenant's people and places: who works there, the teams, channels and chats, the app's installations."""

from collections.abc import Iterable
from dataclasses import replace

from local.tenant import events
from local.tenant.controls import Controls
from local.tenant.conversations import personal_space
from local.tenant.identifiers import channel_id, chat_id, guid, teams_id
from local.tenant.messages import Draft
from local.tenant.model import JsonObject, Member, MessageKind, Person, Space, SpaceKind, Team


class Company(Controls):
    """The part of the tenant's control surface that sets up people and places."""

    def add_user(
        self,
        *,
        name: str,
        department: str | None = None,
        job_title: str | None = None,
        mail: str | None = None,
        guest: bool = False,
    ) -> str:
        """Add a user and return their object id, the same for the same seed and name.

        Without `mail` one is made from the name. Raises ValueError for a name that is taken.
        """
        seed = self.core.identity.seed
        user_id = guid(seed, "user", name)
        if self.core.state.people.get(user_id) is not None:
            raise ValueError(f"there is a user {name} already")
        local_part = ".".join(name.casefold().split())
        self.core.state.add_person(
            Person(
                id=user_id,
                teams_id=teams_id(seed, user_id),
                name=name,
                mail=mail or f"{local_part}@contoso.example",
                department=department,
                job_title=job_title,
                guest=guest,
                created=self.core.clock.now(),
            )
        )
        self.core.state.commit()
        return user_id

    def add_team(self, name: str, owners: Iterable[str], members: Iterable[str] = ()) -> str:
        """Add a team with its General channel and return its id (the group's GUID)."""
        team_id = guid(self.core.identity.seed, "team", name)
        if self.core.state.teams.get(team_id) is not None:
            raise ValueError(f"there is a team {name} already")
        general = self._channel(team_id, "General", SpaceKind.STANDARD, ())
        self.core.state.teams.put(
            Team(
                id=team_id,
                name=name,
                general=general.id,
                members=self._members(owners, members),
                created=self.core.clock.now(),
            )
        )
        self.core.state.commit()
        return team_id

    def add_channel(
        self,
        team: str,
        name: str,
        kind: str = "standard",
        owners: Iterable[str] = (),
        members: Iterable[str] = (),
    ) -> str:
        """Add a channel and return its id; `kind` is standard, private or shared.

        A private or shared channel has its own owners and members. Raises LookupError for an unknown team
        and ValueError for a name that is taken.
        """
        self._known_team(team)
        place = SpaceKind(kind)
        own = () if place is SpaceKind.STANDARD else self._members(owners, members)
        space = self._channel(team, name, place, own)
        self.core.state.commit()
        return space.id

    def add_chat(self, topic: str, members: Iterable[str]) -> str:
        """Add a group chat and return its id."""
        who = tuple(members)
        space_id = chat_id(self.core.identity.seed, topic, who)
        if self.core.state.spaces.get(space_id) is not None:
            raise ValueError(f"there is a chat {topic} of these people already")
        self.core.state.spaces.put(
            Space(
                id=space_id,
                kind=SpaceKind.CHAT,
                name=topic,
                members=self._members((), who),
                created=self.core.clock.now(),
            )
        )
        self.core.state.commit()
        return space_id

    async def install(self, where: str, *, by: str) -> None:
        """Install the app in a team or chat, or for a user when `where` is a user id; tells the bot.

        Installing it again changes nothing. Raises LookupError for an unknown place or person.
        """
        state = self.core.state
        person = state.known_person(by)
        space = self._place_of_installation(where)
        if where in state.register.installed:
            return
        state.set_register(replace(state.register, installed=(*state.register.installed, where)))
        bot = {"id": self.core.identity.bot_id}
        if space.kind is not SpaceKind.PERSONAL:
            identity = self.core.identity
            detail = events.app_installed(self.core.shapes, identity.app_id, identity.app_name, by)
            self._announce(space, detail)
        await self._done()
        await self._tell_bot(self._update(person, space, {"membersAdded": [bot]}, "teamMemberAdded"))
        await self._tell_bot(self._installation(person, space, "add"))

    async def uninstall(self, where: str, *, by: str) -> None:
        """Take the app away again and tell the bot; where it is not installed nothing happens."""
        state = self.core.state
        person, space = state.known_person(by), self._place_of_installation(where)
        if where not in state.register.installed:
            return
        left = tuple(place for place in state.register.installed if place != where)
        state.set_register(replace(state.register, installed=left))
        await self._done()
        await self._tell_bot(self._installation(person, space, "remove"))

    async def add_member(self, place: str, user: str, *, by: str, owner: bool = False) -> None:
        """Put a user into a team, a private or shared channel, or a chat: a system message, and the bot is told.

        Raises ValueError for somebody who is a member already and for a standard channel.
        """
        state = self.core.state
        person, actor = state.known_person(user), state.known_person(by)
        members = self._own_members(place)
        if any(member.user_id == user for member in members):
            raise ValueError(f"{user} is a member of {place} already")
        joined = Member(user_id=person.id, owner=owner, since=self.core.clock.now())
        space = self._set_members(place, (*members, joined))
        self._announce(space, events.members_added(self.core.shapes, [user], by))
        await self._done()
        await self._tell_of_membership(actor, person, space, "membersAdded", "MemberAdded")

    async def remove_member(self, place: str, user: str, *, by: str) -> None:
        """Take a user out of a team (and its channels), a channel or a chat; raises ValueError if not in it."""
        state = self.core.state
        person, actor = state.known_person(user), state.known_person(by)
        members = self._own_members(place)
        left = tuple(member for member in members if member.user_id != user)
        if len(left) == len(members):
            raise ValueError(f"{user} is no member of {place}")
        space = self._set_members(place, left)
        if place in {team.id for team in state.teams}:
            for channel in [c for c in state.channels(place) if c.members]:
                rest = tuple(member for member in channel.members if member.user_id != user)
                state.spaces.put(replace(channel, members=rest))
        self._announce(space, events.members_removed(self.core.shapes, [user], by))
        await self._done()
        await self._tell_of_membership(actor, person, space, "membersRemoved", "MemberRemoved")

    def _channel(self, team_id: str, name: str, kind: SpaceKind, members: tuple[Member, ...]) -> Space:
        space_id = channel_id(self.core.identity.seed, team_id, name)
        if self.core.state.spaces.get(space_id) is not None:
            raise ValueError(f"the team has a channel {name} already")
        now = self.core.clock.now()
        return self.core.state.spaces.put(
            Space(id=space_id, kind=kind, name=name, team_id=team_id, members=members, created=now)
        )

    def _members(self, owners: Iterable[str], others: Iterable[str]) -> tuple[Member, ...]:
        now = self.core.clock.now()
        roles = dict.fromkeys(others, False) | dict.fromkeys(owners, True)
        for user in roles:
            self.core.state.known_person(user)
        return tuple(Member(user_id=user, owner=owner, since=now) for user, owner in roles.items())

    def _known_team(self, team_id: str) -> Team:
        team = self.core.state.teams.get(team_id)
        if team is None:
            raise LookupError(f"the tenant has no team {team_id}")
        return team

    def _place_of_installation(self, where: str) -> Space:
        state = self.core.state
        if (team := state.teams.get(where)) is not None:
            return state.known_space(team.general)
        if (person := state.people.get(where)) is not None:
            return personal_space(self.core, person)
        space = state.known_space(where)
        if space.is_channel:
            raise LookupError("an app is installed in a team, not in a channel")
        return space

    def _own_members(self, place: str) -> tuple[Member, ...]:
        if (team := self.core.state.teams.get(place)) is not None:
            return team.members
        space = self.core.state.known_space(place)
        if space.kind in (SpaceKind.STANDARD, SpaceKind.PERSONAL):
            raise ValueError("this space has no members of its own")
        return space.members

    def _set_members(self, place: str, members: tuple[Member, ...]) -> Space:
        state = self.core.state
        if (team := state.teams.get(place)) is not None:
            state.teams.put(replace(team, members=members))
            return state.known_space(team.general)
        return state.spaces.put(replace(state.known_space(place), members=members))

    def _announce(self, space: Space, detail: JsonObject) -> None:
        draft = Draft(content="<systemEventMessage/>", kind=MessageKind.SYSTEM, event=detail)
        self.core.messages.post(space, draft)

    async def _tell_of_membership(self, actor: Person, person: Person, space: Space, field: str, event: str) -> None:
        if not self.core.state.has_bot(space):
            return
        account = {"id": person.teams_id, "aadObjectId": person.id, "name": person.name}
        scope = "team" if space.kind in (SpaceKind.STANDARD, SpaceKind.CHAT) else "channel"
        await self._tell_bot(self._update(actor, space, {field: [account]}, f"{scope}{event}"))

    def _update(self, actor: Person, space: Space, change: JsonObject, event: str) -> JsonObject:
        activity = self.activities.base("conversationUpdate", actor, space) | change
        if space.is_channel:
            activity["channelData"]["eventType"] = event
        return activity

    def _installation(self, person: Person, space: Space, action: str) -> JsonObject:
        activity = self.activities.base("installationUpdate", person, space) | {"action": action}
        if space.is_channel:
            activity["channelData"]["settings"] = {"selectedChannel": {"id": space.id}}
        return activity
