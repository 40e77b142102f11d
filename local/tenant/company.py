"""The tenant's people and places: who works there, the teams, channels and chats, the app's installations."""

from collections.abc import Iterable
from dataclasses import replace

from local.tenant import events
from local.tenant.conversations import personal_space
from local.tenant.identifiers import channel_id, chat_id, guid, teams_id
from local.tenant.model import Change, JsonObject, Member, Person, Space, SpaceKind, Team
from local.tenant.removals import Removals


class Company(Removals):
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
        self._came_in(team_id)
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
        self._came_in(space.id)
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
        self._came_in(space_id)
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
        self._installation_changed(where, Change.CREATED)
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
        self._forget_installation(where)
        self._installation_changed(where, Change.DELETED)
        await self._done()
        await self._tell_bot(self._installation(person, space, "remove"))

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

    def _came_in(self, place: str) -> None:
        # A standard channel has no list of its own, and so nobody comes into it.
        space = self.core.state.spaces.get(place)
        if space is None or space.kind is not SpaceKind.STANDARD:
            for member in self._own_members(place):
                self._member_changed(place, member, Change.CREATED)

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

    def _installation_changed(self, where: str, change: Change) -> None:
        state = self.core.state
        place = state.teams.get(where) or state.people.get(where) or state.known_space(where)
        self.core.changes.installation(place, change)

    def _installation(self, person: Person, space: Space, action: str) -> JsonObject:
        activity = self.activities.base("installationUpdate", person, space) | {"action": action}
        if space.is_channel:
            activity["channelData"]["settings"] = {"selectedChannel": {"id": space.id}}
        return activity
