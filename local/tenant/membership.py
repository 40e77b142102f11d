"""Who comes and goes: members of teams, of private and shared channels, and of chats."""

from dataclasses import replace

from local.tenant import events
from local.tenant.controls import Controls
from local.tenant.messages import Draft
from local.tenant.model import Change, JsonObject, Member, MessageKind, Person, Space, SpaceKind


class Membership(Controls):
    """The part of the tenant's control surface that changes who is where."""

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
        self._member_changed(place, joined, Change.CREATED)
        self._announce(space, events.members_added(self.core.shapes, [user], by))
        await self._done()
        await self._tell_of_membership(actor, person, space, "membersAdded", "MemberAdded")

    async def remove_member(self, place: str, user: str, *, by: str) -> None:
        """Take a user out of a team (and its channels), a channel or a chat; raises ValueError if not in it."""
        state = self.core.state
        person, actor = state.known_person(user), state.known_person(by)
        space = self._take_out(place, user)
        self._announce(space, events.members_removed(self.core.shapes, [user], by))
        await self._done()
        await self._tell_of_membership(actor, person, space, "membersRemoved", "MemberRemoved")

    async def set_owner(self, place: str, user: str, *, owner: bool, by: str) -> None:
        """Make a member of a team, channel or chat its owner, or no longer; raises ValueError if not in it."""
        self.core.state.known_person(by)
        members = self._own_members(place)
        before = next((member for member in members if member.user_id == user), None)
        if before is None:
            raise ValueError(f"{user} is no member of {place}")
        if before.owner is owner:
            return
        after = replace(before, owner=owner)
        space = self._set_members(place, tuple(after if member is before else member for member in members))
        self._member_changed(place, after, Change.UPDATED)
        self._announce(space, events.member_role_updated(self.core.shapes, user, by, owner=owner))
        await self._done()

    def _take_out(self, place: str, user: str, *, told: bool = True) -> Space:
        """Take a user out of a place's list, and with a team out of its channels'; raises ValueError."""
        state = self.core.state
        members = self._own_members(place)
        gone = next((member for member in members if member.user_id == user), None)
        if gone is None:
            raise ValueError(f"{user} is no member of {place}")
        if told:
            self._member_changed(place, gone, Change.DELETED)
        space = self._set_members(place, tuple(member for member in members if member is not gone))
        if state.teams.get(place) is not None:
            for channel in list(state.channels(place)):
                if any(member.user_id == user for member in channel.members):
                    self._take_out(channel.id, user, told=told)
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

    def _member_changed(self, place: str, member: Member, change: Change) -> None:
        if (team := self.core.state.teams.get(place)) is not None:
            self.core.changes.team_member(team, member, change)
        else:
            self.core.changes.member(self.core.state.known_space(place), member, change)

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
