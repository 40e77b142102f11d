"""What people do with the bot: talk to it, look at its cards, press their buttons."""

import html as markup
import json
from collections.abc import Mapping
from typing import Any

from local.tenant.activities import BotAnswer, BotUnreachableError, Forgery
from local.tenant.controls import Controls
from local.tenant.conversations import personal_space
from local.tenant.messages import Draft
from local.tenant.model import ADAPTIVE_CARD, JsonObject, Mention, Message, Notice, Person, Space, SpaceKind

MESSAGE_ANSWER = "application/vnd.microsoft.activity.message"
MOST_REFRESHED = 60
"""Members up to which a card without `userIds` is refreshed for everybody."""


class Buttons(Controls):
    """The part of the tenant's control surface by which people meet the bot."""

    async def say(self, user: str, conversation: str | None, text: str) -> str:
        """Say something to the bot and return the message's id.

        `conversation` is a channel, a channel's thread (`…;messageid=…`) or a chat, where the bot is
        mentioned; None is the user's personal chat with the bot. A bot that can't be reached misses it.
        """
        person = self.core.state.known_person(user)
        if conversation is None:
            space, root_id = personal_space(self.core, person), None
        else:
            space, root_id = self._split(conversation)
        name = self.core.identity.app_name
        in_private = space.kind is SpaceKind.PERSONAL
        content = markup.escape(text, quote=False)
        draft = Draft(
            content=content if in_private else f'<at id="0">{name}</at> {content}',
            author=user,
            root_id=root_id,
            mentions=() if in_private else (Mention(text=name, user_id=None),),
        )
        message = self.core.messages.post(space, draft)
        await self._done()
        activity = self.activities.base("message", person, space, self._thread(space, message))
        activity |= {"id": message.id, "textFormat": "plain", "text": text}
        if not in_private:
            tag = f"<at>{name}</at>"
            mention = {"type": "mention", "mentioned": activity["recipient"], "text": tag}
            activity |= {"text": f"{tag} {text}", "entities": [mention]}
        await self._tell_bot(activity)
        return message.id

    async def press(
        self,
        user: str,
        conversation: str,
        activity_id: str,
        verb: str,
        data: Mapping[str, Any] | None = None,
        *,
        action_id: str | None = None,
        trigger: str = "manual",
        forgery: Forgery | None = None,
        claiming: str | None = None,
    ) -> BotAnswer:
        """Press an Action.Execute button and return what the bot answered.

        A card in the answer replaces the card as this user sees it; a message in the answer becomes a notice
        to them. `forgery` sends the invoke as somebody would who is not the connector; `claiming` is the user
        id that the activity bears instead of the presser's (their `29:` id stays). Raises BotUnreachableError
        when there is no answer within ten seconds, LookupError for an unknown person or space.
        """
        person = self.core.state.known_person(user)
        space, root_id = self._split(conversation)
        message = self.core.messages.get(space.id, activity_id)
        thread = self._thread(space, message) if message else root_id
        activity = self.activities.base("invoke", person, space, thread)
        action = {"type": "Action.Execute", "id": action_id, "verb": verb, "data": dict(data or {})}
        activity |= {
            "name": "adaptiveCard/action",
            "replyToId": activity_id,
            "value": {"action": action, "trigger": trigger},
        }
        if claiming is not None:
            activity["from"] = activity["from"] | {"aadObjectId": claiming}
        answer = await self.activities.send(activity, forgery=forgery)
        if answer is None:
            raise BotUnreachableError("no bot endpoint is set")
        if forgery is None and claiming is None:
            self._show(person, space, activity_id, answer)
        await self._done()
        return answer

    async def view(self, user: str, conversation: str, activity_id: str) -> JsonObject | None:
        """Look at a card as Teams' client does, and return it as this user sees it; None if there is none.

        A card with `refresh` is asked for anew when the user is among its `userIds`, or when it names nobody
        and the conversation has at most 60 members.
        """
        space, _ = self._split(conversation)
        message = self.core.messages.get(space.id, activity_id)
        card = None if message is None else _card(message)
        refresh = (card or {}).get("refresh") or {}
        action = refresh.get("action") or {}
        if action.get("type") == "Action.Execute" and self._is_refreshed(user, space, refresh):
            verb, data = str(action.get("verb", "")), action.get("data")
            await self.press(
                user,
                conversation,
                activity_id,
                verb,
                data if isinstance(data, dict) else None,
                action_id=action.get("id"),
                trigger="automatic",
            )
        return self.card_of(conversation, activity_id, viewer=user)

    def card_of(self, conversation: str, activity_id: str, *, viewer: str | None = None) -> JsonObject | None:
        """A message's Adaptive Card as posted, or as one viewer sees it now; None if it has none.

        A deleted message has none, and neither has a targeted one for anybody but its recipient.
        """
        space, _ = self._split(conversation)
        message = self.core.messages.get(space.id, activity_id)
        if message is None or message.deleted is not None:
            return None
        if viewer is None:
            return _card(message)
        if message.visible_to not in (None, viewer):
            return None
        return self.core.state.view(space.id, activity_id, viewer) or _card(message)

    def notices(self, user: str) -> list[Notice]:
        """The messages with which the bot answered this user's presses, oldest first."""
        return [notice for notice in self.core.state.notices if notice.user_id == user]

    def conversation_with(self, user: str) -> Space:
        """The user's personal conversation with the bot; its messages are read like any space's."""
        return personal_space(self.core, self.core.state.known_person(user))

    def _is_refreshed(self, user: str, space: Space, refresh: JsonObject) -> bool:
        named = refresh.get("userIds")
        if named is None:
            return len(self.core.state.members(space)) <= MOST_REFRESHED
        return self.core.state.known_person(user).teams_id in named[:MOST_REFRESHED]

    def _thread(self, space: Space, message: Message) -> str | None:
        return (message.root_id or message.id) if space.is_channel else None

    def _show(self, person: Person, space: Space, activity_id: str, answer: BotAnswer) -> None:
        kind, value = answer.body.get("type"), answer.body.get("value")
        if answer.status != 200:
            return
        if kind == ADAPTIVE_CARD and isinstance(value, dict):
            self.core.state.set_view(space.id, activity_id, person.id, value)
        elif kind == MESSAGE_ANSWER and isinstance(value, str):
            self.core.state.notices.put(
                Notice(
                    number=len(self.core.state.notices) + 1,
                    user_id=person.id,
                    conversation=space.id,
                    activity_id=activity_id,
                    text=value,
                    at=self.core.clock.now(),
                )
            )


def _card(message: Message) -> JsonObject | None:
    attachment = message.card
    if attachment is None or attachment.content is None:
        return None
    card: JsonObject = json.loads(attachment.content)
    return card
