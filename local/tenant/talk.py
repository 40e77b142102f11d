"""What people do in the tenant's spaces: post, edit, delete, restore, react."""

import html as markup
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from local.tenant.controls import Controls
from local.tenant.messages import Draft
from local.tenant.model import Attachment, Mention, Message, MessageKind, Person, Space

QUOTATION = "messageReference"


class Talk(Controls):
    """The part of the tenant's control surface by which people write."""

    async def post(
        self,
        space: str,
        author: str,
        html: str,
        *,
        reply_to: str | None = None,
        at: datetime | None = None,
        message_id: str | None = None,
        mentions: Sequence[str] = (),
        subject: str | None = None,
        quote: str | None = None,
        plain: bool = False,
    ) -> str:
        """Let a member say something in a channel or chat and return the message's id.

        `reply_to` is a message of the channel, whose thread gets the reply; a chat has no threads, there
        `quote` quotes a message. `mentions` are user ids: "@Name" in the text becomes the mention, and
        without it the mention goes in front. `plain` says that `html` is plain text. `at` is the clock's
        present moment by default. Raises LookupError for what does not exist, ValueError for somebody who
        is no member.
        """
        where = self.core.state.known_space(space)
        self._check_member(where, author)
        root_id = self._root(where, reply_to)
        content, mentioned = self._with_mentions(html, [self.core.state.known_person(u) for u in mentions])
        attachments: tuple[Attachment, ...] = ()
        if quote is not None:
            attachments = (self._quotation(self.core.messages.known(space, quote)),)
            content = f'<attachment id="{attachments[0].id}"></attachment>{content}'
        draft = Draft(
            content=content,
            content_type="text" if plain else "html",
            author=author,
            root_id=root_id,
            subject=subject,
            mentions=mentioned,
            attachments=attachments,
        )
        message = self.core.messages.post(where, draft, at=at, message_id=message_id)
        await self._done()
        return message.id

    async def post_system(
        self,
        space: str,
        event: Mapping[str, Any],
        *,
        at: datetime | None = None,
        message_id: str | None = None,
    ) -> str:
        """Post a system message with this `eventDetail` (see events.py) and return its id."""
        where = self.core.state.known_space(space)
        draft = Draft(content="<systemEventMessage/>", kind=MessageKind.SYSTEM, event=dict(event))
        message = self.core.messages.post(where, draft, at=at, message_id=message_id)
        await self._done()
        return message.id

    async def edit(
        self,
        space: str,
        message_id: str,
        html: str,
        *,
        mentions: Sequence[str] = (),
        at: datetime | None = None,
    ) -> None:
        """Let the author change what a message says; raises LookupError, ValueError for a deleted one."""
        where, message = self._living(space, message_id)
        content, mentioned = self._with_mentions(html, [self.core.state.known_person(u) for u in mentions])
        kept = tuple(a for a in message.attachments if a.content_type == QUOTATION)
        content = "".join(f'<attachment id="{a.id}"></attachment>' for a in kept) + content
        draft = Draft(
            content=content,
            content_type=message.content_type,
            subject=message.subject,
            summary=message.summary,
            mentions=mentioned,
            attachments=kept,
        )
        self.core.messages.edit(where, message, draft, at=at)
        await self._done()

    async def delete(self, space: str, message_id: str, *, at: datetime | None = None) -> None:
        """Soft-delete a message; raises LookupError, ValueError for a deleted one."""
        where, message = self._living(space, message_id)
        self.core.messages.delete(where, message, at=at)
        await self._done()

    async def restore(self, space: str, message_id: str, *, at: datetime | None = None) -> None:
        """Undo the deletion of a message; raises LookupError, ValueError for one that was not deleted."""
        where = self.core.state.known_space(space)
        message = self.core.messages.known(space, message_id)
        if message.deleted is None:
            raise ValueError(f"message {message_id} is not deleted")
        self.core.messages.restore(where, message, at=at)
        await self._done()

    async def react(
        self,
        space: str,
        message_id: str,
        user: str,
        kind: str = "👍",
        *,
        remove: bool = False,
        at: datetime | None = None,
    ) -> None:
        """Add or take back a reaction; raises LookupError, ValueError for a deleted message."""
        where, message = self._living(space, message_id)
        self._check_member(where, user)
        self.core.messages.react(where, message, user, kind, remove=remove, at=at)
        await self._done()

    def _check_member(self, space: Space, user: str) -> None:
        self.core.state.known_person(user)
        if not self.core.state.is_member(space, user):
            raise ValueError(f"{user} is no member of {space.name} and can't write there")

    def _root(self, space: Space, reply_to: str | None) -> str | None:
        if reply_to is None:
            return None
        if not space.is_channel:
            raise ValueError("a chat has no threads; quote the message instead")
        answered = self.core.messages.known(space.id, reply_to)
        return answered.root_id or answered.id

    def _living(self, space: str, message_id: str) -> tuple[Space, Message]:
        message = self.core.messages.known(space, message_id)
        if message.deleted is not None:
            raise ValueError(f"message {message_id} is deleted")
        return self.core.state.known_space(space), message

    def _with_mentions(self, text: str, people: list[Person]) -> tuple[str, tuple[Mention, ...]]:
        for number, person in enumerate(people):
            tag = f'<at id="{number}">{markup.escape(person.name)}</at>'
            named = f"@{person.name}"
            if f'<at id="{number}">' in text:
                continue
            text = text.replace(named, tag, 1) if named in text else f"{tag} {text}"
        return text, tuple(Mention(text=person.name, user_id=person.id) for person in people)

    def _quotation(self, quoted: Message) -> Attachment:
        shape = self.core.shapes.message(quoted)
        preview = re.sub(r"<[^>]+>", "", markup.unescape(shape["body"]["content"]))[:100]
        reference = {
            "messageId": quoted.id,
            "messagePreview": preview,
            "messageSender": shape["from"],
        }
        return Attachment(id=quoted.id, content_type=QUOTATION, content=json.dumps(reference, ensure_ascii=False))
