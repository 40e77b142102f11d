"""What ends: users, teams, channels and chats that are deleted, and messages that a retention policy purges."""

from dataclasses import replace

from local.tenant import events
from local.tenant.identifiers import personal_id
from local.tenant.membership import Membership
from local.tenant.model import Change, SpaceKind


class Removals(Membership):
    """The part of the tenant's control surface that takes away for good."""

    async def remove_user(self, user: str, *, silently: bool = False) -> None:
        """Delete a user from the directory and every space; what they wrote still bears their id.

        The subscriptions and the bot are told as of somebody who leaves, unless `silently`. Raises
        LookupError for an unknown user.
        """
        state = self.core.state
        person = state.known_person(user)
        places = [team.id for team in state.teams if any(m.user_id == user for m in team.members)]
        left = [self._take_out(place, user, told=not silently) for place in places]
        own = [
            s for s in state.spaces if s.kind is not SpaceKind.PERSONAL and any(m.user_id == user for m in s.members)
        ]
        left += [self._take_out(space.id, user, told=not silently) for space in own]
        self._forget_space(personal_id(self.core.identity.seed, self.core.identity.app_id, user))
        self._forget_installation(user)
        await self._done()
        for space in [] if silently else left:
            await self._tell_of_membership(person, person, space, "membersRemoved", "MemberRemoved")
        state.drop_person(person)
        await self._done()

    async def remove_channel(self, channel: str, *, by: str) -> None:
        """Delete a channel; raises LookupError, ValueError for what is no channel and for a General channel."""
        state = self.core.state
        actor, space = state.known_person(by), state.known_space(channel)
        team = state.teams.get(space.team_id or "")
        if team is None:
            raise ValueError(f"{channel} is no channel")
        if space.id == team.general:
            raise ValueError("a General channel ends with its team alone")
        self._forget_space(space.id)
        general = state.known_space(team.general)
        self._announce(general, events.channel_deleted(self.core.shapes, space.id, space.name, by))
        await self._done()
        if state.has_bot(space):
            await self._tell_bot(self._update(actor, space, {}, "channelDeleted"))

    async def remove_team(self, team: str, *, by: str) -> None:
        """Delete a team with all its channels; raises LookupError."""
        state = self.core.state
        actor, known = state.known_person(by), state.teams.get(team)
        if known is None:
            raise LookupError(f"the tenant has no team {team}")
        general = state.known_space(known.general)
        told = self._update(actor, general, {}, "teamDeleted") if state.has_bot(general) else None
        for channel in list(state.channels(team)):
            self._forget_space(channel.id)
        state.teams.drop(team)
        self._forget_installation(team)
        await self._done()
        if told is not None:
            await self._tell_bot(told)

    async def remove_chat(self, chat: str) -> None:
        """Delete a chat; raises LookupError, ValueError for what is no group chat."""
        if self.core.state.known_space(chat).kind is not SpaceKind.CHAT:
            raise ValueError(f"{chat} is no group chat")
        self._forget_space(chat)
        self._forget_installation(chat)
        await self._done()

    async def purge(self, space: str, message_id: str, *, notify: bool = False) -> None:
        """Remove a message as a retention policy does: with its replies, and with nothing left to see of it.

        Nobody is told, unless `notify` is set. Raises LookupError.
        """
        where, message = self.core.state.known_space(space), self.core.messages.known(space, message_id)
        gone = [message, *self.core.messages.replies(space, message_id)]
        for one in reversed(gone):
            if notify:
                moment = self.core.clock.now()
                self.core.changes.message(where, replace(one, deleted=moment, modified=moment), Change.DELETED)
            self.core.messages.drop(one)
        await self._done()

    def _forget_space(self, space_id: str) -> None:
        for message in list(self.core.messages.everything(space_id)):
            self.core.messages.drop(message)
        self.core.state.spaces.drop(space_id)

    def _forget_installation(self, where: str) -> None:
        register = self.core.state.register
        left = tuple(place for place in register.installed if place != where)
        self.core.state.set_register(replace(register, installed=left))
