"""What people and the bot write: posts, edits, deletions and reactions, with ids and times like Teams'."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from local.clock import LocalClock
from local.tenant.model import (
    Attachment,
    Change,
    JsonObject,
    Mention,
    Message,
    MessageKind,
    Reaction,
    Space,
)
from local.tenant.state import State

TARGETED_LIFE = timedelta(hours=24)
"""How long a targeted message stays with its reader's client."""

_MILLISECOND = timedelta(milliseconds=1)


class Order(StrEnum):
    """The times by which Graph lists a chat."""

    BY_CHANGE = "lastModifiedDateTime"
    BY_CREATION = "createdDateTime"

    def of(self, message: Message) -> datetime:
        """The message's time of this kind."""
        return message.created if self is Order.BY_CREATION else message.modified


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is about to be said; the fields mean what they mean in Message."""

    content: str
    content_type: str = "html"
    author: str | None = None
    from_app: bool = False
    kind: MessageKind = MessageKind.MESSAGE
    root_id: str | None = None
    subject: str | None = None
    summary: str | None = None
    mentions: tuple[Mention, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    event: JsonObject | None = None
    visible_to: str | None = None


class Messages:
    """All messages by space and thread; every change is told to `changed` and gets the next number."""

    def __init__(self, state: State, clock: LocalClock, changed: Callable[[Space, Message, Change], None]) -> None:
        self._state = state
        self._clock = clock
        self._changed = changed
        self._by_space: dict[str, dict[str, None]] = {}
        self._replies: dict[tuple[str, str], list[str]] = {}
        self._last_id: dict[str, int] = {}
        self._thread_seq: dict[str, dict[str, int]] = {}
        self._newest: dict[str, int] = {}
        self._sorted: dict[tuple[str, Order], tuple[int, list[Message]]] = {}
        for message in state.messages:
            self._index(message)

    def post(self, space: Space, draft: Draft, *, at: datetime | None = None, message_id: str | None = None) -> Message:
        """Say something; the id is the moment in milliseconds, or the next number free in the space.

        Raises ValueError for an id that is taken and LookupError for a root that does not exist.
        """
        moment = (at or self._clock.now()).astimezone(UTC)
        number = max(_milliseconds(moment), self._last_id.get(space.id, 0) + 1)
        if at is None and message_id is None:
            # As in Teams, a message's id is its time; two that come in the same millisecond differ in both.
            moment = datetime.fromtimestamp(number / 1000, UTC)
        new_id = message_id or str(number)
        if self.get(space.id, new_id) is not None:
            raise ValueError(f"message id {new_id} is taken in {space.id}")
        if draft.root_id is not None and self.get(space.id, draft.root_id) is None:
            raise LookupError(f"there is no message {draft.root_id} in {space.id} to reply to")
        message = Message(
            space_id=space.id,
            id=new_id,
            seq=self._state.next_seq(),
            created=moment,
            modified=moment,
            root_id=draft.root_id,
            author=draft.author,
            from_app=draft.from_app,
            kind=draft.kind,
            content=draft.content,
            content_type=draft.content_type,
            subject=draft.subject,
            summary=draft.summary,
            mentions=draft.mentions,
            attachments=draft.attachments,
            event=draft.event,
            visible_to=draft.visible_to,
        )
        return self._keep(space, message, Change.CREATED)

    def edit(self, space: Space, message: Message, draft: Draft, *, at: datetime | None = None) -> Message:
        """Put other content into a message; who said it and where stays."""
        moment = self._later(message, at)
        edited = replace(
            message,
            content=draft.content,
            content_type=draft.content_type,
            subject=draft.subject,
            summary=draft.summary,
            mentions=draft.mentions,
            attachments=draft.attachments,
            edited=moment,
            modified=moment,
            seq=self._state.next_seq(),
        )
        return self._keep(space, edited, Change.UPDATED)

    def delete(self, space: Space, message: Message, *, at: datetime | None = None) -> Message:
        """Soft-delete a message: readers see that it was there, not what it said."""
        moment = self._later(message, at)
        deleted = replace(message, deleted=moment, modified=moment, seq=self._state.next_seq())
        return self._keep(space, deleted, Change.DELETED)

    def restore(self, space: Space, message: Message, *, at: datetime | None = None) -> Message:
        """Undo a deletion."""
        moment = self._later(message, at)
        restored = replace(message, deleted=None, modified=moment, seq=self._state.next_seq())
        return self._keep(space, restored, Change.UPDATED)

    def react(
        self, space: Space, message: Message, user_id: str, kind: str, *, remove: bool, at: datetime | None
    ) -> Message:
        """Add or take back one person's reaction; not an edit, though `lastModifiedDateTime` moves."""
        moment = self._later(message, at)
        others = tuple(r for r in message.reactions if (r.user_id, r.kind) != (user_id, kind))
        reactions = others if remove else (*others, Reaction(user_id=user_id, kind=kind, at=moment))
        changed = replace(message, reactions=reactions, modified=moment, seq=self._state.next_seq())
        return self._keep(space, changed, Change.UPDATED)

    def get(self, space_id: str, message_id: str) -> Message | None:
        """The message, deleted or not, or None."""
        return self._state.messages.get(f"{space_id}/{message_id}")

    def known(self, space_id: str, message_id: str) -> Message:
        """The message, deleted or not; raises LookupError."""
        message = self.get(space_id, message_id)
        if message is None:
            raise LookupError(f"there is no message {message_id} in {space_id}")
        return message

    def in_space(self, space_id: str) -> Iterator[Message]:
        """Everything in a space in the order of posting; targeted messages until their day is over."""
        now = self._clock.now()
        for message_id in self._by_space.get(space_id, {}):
            message = self.known(space_id, message_id)
            if message.visible_to is None or now < message.created + TARGETED_LIFE:
                yield message

    def everything(self, space_id: str) -> Iterator[Message]:
        """All that is kept of a space in the order of posting, targeted messages included."""
        return (self.known(space_id, message_id) for message_id in self._by_space.get(space_id, {}))

    def drop(self, message: Message) -> None:
        """Forget a message as if it had never been."""
        self._state.messages.drop(message.key)
        self._by_space[message.space_id].pop(message.id, None)
        if message.root_id is not None:
            replies = self._replies.get((message.space_id, message.root_id), [])
            if message.id in replies:
                replies.remove(message.id)
        else:
            self._replies.pop((message.space_id, message.id), None)
            self._thread_seq.get(message.space_id, {}).pop(message.id, None)
        for order in Order:
            self._sorted.pop((message.space_id, order), None)

    def roots(self, space_id: str) -> Iterator[Message]:
        """The messages of a space that are no replies and that everybody may see."""
        return (m for m in self.in_space(space_id) if m.root_id is None and m.visible_to is None)

    def replies(self, space_id: str, root_id: str) -> list[Message]:
        """The replies that everybody may see, in the order of posting."""
        ids = self._replies.get((space_id, root_id), ())
        return [m for m in (self.known(space_id, one) for one in ids) if m.visible_to is None]

    def newest_first(self, space_id: str, order: Order) -> list[Message]:
        """The messages of a chat that everybody may see, latest first; the list must not be changed."""
        newest = self._newest.get(space_id, 0)
        kept = self._sorted.get((space_id, order))
        if kept is None or kept[0] != newest:
            found = sorted(self.roots(space_id), key=lambda m: (order.of(m), m.seq), reverse=True)
            kept = self._sorted[(space_id, order)] = (newest, found)
        return kept[1]

    def thread_seq(self, space_id: str, root_id: str) -> int:
        """The number of the latest change in a thread, 0 for an unknown one."""
        return self._thread_seq.get(space_id, {}).get(root_id, 0)

    def thread_modified(self, root: Message) -> datetime:
        """When a thread last changed, by its messages' own times."""
        return max(m.modified for m in (root, *self.replies(root.space_id, root.id)))

    def _keep(self, space: Space, message: Message, change: Change) -> Message:
        self._state.messages.put(message)
        self._index(message)
        self._changed(space, message, change)
        return message

    def _index(self, message: Message) -> None:
        known = self._by_space.setdefault(message.space_id, {})
        if message.id not in known:
            known[message.id] = None
            if message.root_id is not None:
                self._replies.setdefault((message.space_id, message.root_id), []).append(message.id)
            if message.id.isdecimal():
                last = self._last_id.get(message.space_id, 0)
                self._last_id[message.space_id] = max(last, int(message.id))
        if message.visible_to is None:
            threads = self._thread_seq.setdefault(message.space_id, {})
            root = message.root_id or message.id
            threads[root] = max(threads.get(root, 0), message.seq)
            self._newest[message.space_id] = max(self._newest.get(message.space_id, 0), message.seq)

    def _later(self, message: Message, at: datetime | None) -> datetime:
        # A clock that stands still must not give two versions of a message the same time.
        moment = self._clock.now() if at is None else at.astimezone(UTC)
        return max(moment, message.modified + _MILLISECOND)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
