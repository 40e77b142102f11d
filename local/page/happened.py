"""What Cairn did and why, newest first, in plain sentences: told from its events and postings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.domain.audiences import audience_of_space
from shared.domain.events import Event, EventKind
from shared.domain.identity import AudienceId, MessageId, SnippetId, SpaceId, ThreadId, UserKey
from shared.domain.postings import Posting, PostingKind
from shared.domain.redaction import redact
from shared.domain.snippets import Snippet, Verb, snippet_id_of
from shared.domain.spaces import Space
from shared.ports import Store

JsonObject = dict[str, Any]
LENGTH = 72
SOMEBODY = "Somebody"

_BY_BUTTON = {
    EventKind.HELPED: "{by} said that the answer to {question} helped.",
    EventKind.NOT_HELPED: "{by} said that the answer to {question} did not help. It now counts for less.",
    EventKind.VERIFIED: "{by} checked the answer to {question}. From now on it is shown as checked.",
    EventKind.EDITED: "{by} rewrote the answer to {question}.",
    EventKind.REJECTED: "{by} took out an answer to {question}. It is not shown any more.",
    EventKind.MERGED: "{by} joined the answers to {question} with those to a question like it.",
    EventKind.CAPTURE_ON: "{by} let Cairn read along here, and Cairn said so to everybody.",
    EventKind.CAPTURE_OFF: "{by} stopped Cairn from reading along here, and Cairn said so to everybody.",
    EventKind.OPTED_OUT: "Somebody opted out. What they had written is no longer kept, and they are not named.",
    EventKind.OPTED_IN: "Somebody opted in again.",
}
_NOT_KEPT = {
    "opted_out": "A message was not kept: its author has opted out.",
    "policy": "A message was not kept: it breaks the organisation's rules for data.",
    "not_captured": "A message was not kept: Cairn may not read along there.",
}
_BY_ITSELF = {
    Verb.WITHDRAWN: "What the answer to {question} was taken from is no longer there, so Cairn took it back.",
    Verb.RESTORED: "The answer to {question} is back where it was given, so Cairn keeps it again, unchecked.",
    Verb.REDRAFTED: "The answer to {question} was changed where it was given, so Cairn wants it checked again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    at: datetime
    rank: int
    space: SpaceId
    text: str
    icon: str
    thread: str = ""


async def happened(
    store: Store,
    spaces: Mapping[SpaceId, Space],
    audiences: frozenset[AudienceId],
    viewer: UserKey | None,
    *,
    limit: int,
) -> list[JsonObject]:
    """The latest lines about the spaces of these audiences, newest first; empty when nothing has happened.

    What Cairn told one person alone is told to that person, or to whoever sees everything (`viewer` None).
    """
    every = await store.all_postings()
    postings = [p for p in every if viewer is None or p.recipient is None or p.recipient.key == viewer]
    private = frozenset(p.thread_id for p in every if p.kind is PostingKind.ANSWERED_BEFORE and p not in postings)
    teller = _Teller(store=store, spaces=spaces, audiences=audiences, postings=postings, private=private)
    lines = [line for event in await store.latest(limit=limit) for line in await teller.lines(event)]
    lines += [line for posting in postings for line in await teller.recall(posting)]
    lines.sort(key=lambda line: (line.at, line.rank), reverse=True)
    return [
        {
            "at": line.at.isoformat(),
            "where": spaces[line.space].label if line.space in spaces else "",
            "text": line.text,
            "icon": line.icon,
            "jump": {"place": line.space, "message": line.thread} if line.thread else None,
        }
        for line in lines
    ]


@dataclass(slots=True, kw_only=True)
class _Teller:
    store: Store
    spaces: Mapping[SpaceId, Space]
    audiences: frozenset[AudienceId]
    postings: Sequence[Posting]
    private: frozenset[ThreadId | None]
    """Threads whose asker alone was shown an answer, which is nobody else's business."""
    _known: dict[SnippetId, Snippet | None] = field(default_factory=dict)

    async def lines(self, event: Event) -> list[_Line]:
        """What to say of an event; nothing for one of a space outside the audiences, or told by another line."""
        if event.space_id and audience_of_space(event.space_id) not in self.audiences:
            return []
        text, thread = await self._told(event)
        lines = [self._line(event, text, thread)] if text else []
        if event.kind is EventKind.DRAFTED:
            lines += await self._history(SnippetId(event.subject))
        return lines

    async def recall(self, posting: Posting) -> list[_Line]:
        """That somebody was told that advice they had received no longer holds."""
        visible = audience_of_space(posting.space_id) in self.audiences
        if posting.kind is not PostingKind.RECALL or posting.posted_at is None or not visible:
            return []
        question = await self._quoted(posting.snippet_id) if posting.snippet_id else "a question"
        whom = posting.recipient.name if posting.recipient else "everybody"
        text = f"Cairn told {whom}, once and privately, that the answer to {question} no longer holds."
        return [_Line(at=posting.posted_at, rank=5, space=posting.space_id, text=text, icon="recall")]

    def _line(self, event: Event, text: str, thread: str) -> _Line:
        rank = list(EventKind).index(event.kind)
        return _Line(at=event.at, rank=rank, space=event.space_id, text=text, icon=event.kind.value, thread=thread)

    async def _told(self, event: Event) -> tuple[str, str]:
        """The sentence, and the thread that it is about; both empty for what needs no line of its own."""
        posting = next((p for p in self.postings if p.id == event.subject), None)
        thread = ThreadId((posting.thread_id or "") if posting else event.subject)
        match event.kind:
            case EventKind.ASKED:
                return await self._asked(event.space_id, thread), thread
            case EventKind.SUGGESTED if posting is not None:
                return await self._suggested(posting, thread), thread
            case EventKind.HELPERS_NAMED if posting is not None:
                return await self._helpers(posting, thread), thread
            case EventKind.HELPER_ASKED:
                return self._helper_asked(event, thread), thread
            case EventKind.ANSWERED:
                return await self._answered(event.space_id, thread), thread
            case EventKind.RESOLVED:
                asker, question = await self._question(event.space_id, thread)
                return f"{asker}'s question {question} is settled.", thread
            case EventKind.REFUSED:
                return _NOT_KEPT.get(event.detail, ""), ""
            case EventKind.DRAFTED:
                return await self._drafted(event)
        return await self._by_button(event)

    async def _by_button(self, event: Event) -> tuple[str, str]:
        pattern = _BY_BUTTON.get(event.kind, "")
        snippet = await self._snippet(SnippetId(event.subject)) if "{question}" in pattern else None
        question = await self._quoted(SnippetId(event.subject)) if "{question}" in pattern else ""
        thread = snippet.thread_id if snippet is not None and snippet.space_id == event.space_id else ""
        return pattern.format(question=question, by=self._name(event.by)), thread

    async def _asked(self, space_id: SpaceId, thread: ThreadId) -> str:
        told = (p.kind is PostingKind.ANSWERED_BEFORE and p.thread_id == thread for p in self.postings)
        if any(told):
            return ""
        asker, question = await self._question(space_id, thread)
        if thread in self.private:
            return f"{asker} asked {question}."
        return f"{asker} asked {question}. Cairn knew no answer that fits, so it said nothing."

    async def _suggested(self, posting: Posting, thread: ThreadId) -> str:
        asker, question = await self._question(posting.space_id, thread)
        snippet = await self._snippet(posting.snippet_id) if posting.snippet_id else None
        names = [a.name for way in snippet.visible_approaches for a in way.authors] if snippet else []
        who = _listed(list(dict.fromkeys(names))) or "a colleague"
        if posting.recipient is None:
            return (
                f"{asker} asked {question}. {who} had answered that before, so Cairn showed the answer in the "
                "thread: everybody there may see it."
            )
        return (
            f"{asker} asked {question}. {who} had answered that before, so Cairn showed the answer to "
            f"{posting.recipient.name} alone: not everybody there may see where it was said."
        )

    async def _helpers(self, posting: Posting, thread: ThreadId) -> str:
        asker, question = await self._question(posting.space_id, thread)
        names = _listed([one.person.name for one in posting.suggested]) or "a colleague"
        return f"Nobody had answered {asker}'s question {question} for a while. Cairn named {names}, and said why."

    def _helper_asked(self, event: Event, thread: ThreadId) -> str:
        asks = (p for p in self.postings if p.kind is PostingKind.ASK and p.thread_id == thread)
        asked = [one.person.name for posting in asks for one in posting.suggested]
        return f"{self._name(event.by)} wanted to ask {_listed(asked) or 'a colleague'}, and Cairn passed it on."

    async def _answered(self, space_id: SpaceId, thread: ThreadId) -> str:
        stored = await self.store.thread(space_id, thread)
        messages = [await self.store.message(space_id, m) for m in (stored.value.answer_ids if stored else ())]
        names = [found.value.author.name for found in messages if found is not None and found.value.author]
        asker, question = await self._question(space_id, thread)
        return f"{_listed(list(dict.fromkeys(names))) or 'A colleague'} answered {asker}'s question {question}."

    async def _drafted(self, event: Event) -> tuple[str, str]:
        snippet = await self._snippet(SnippetId(event.subject))
        if snippet is None:
            return "", ""
        reviews = (p for p in self.postings if p.kind is PostingKind.REVIEW and p.snippet_id == snippet.id)
        curators = _listed(list(dict.fromkeys(p.recipient.name for p in reviews if p.recipient)))
        ask = f" and asked {curators} to check it" if curators else ""
        out = "It took out a secret or personal detail first." if snippet.redactions else ""
        return f"Cairn kept the answer to {_marked(snippet.question)}{ask}. {out}".strip(), snippet.thread_id

    async def _history(self, snippet_id: SnippetId) -> list[_Line]:
        """What Cairn did to a snippet by itself, because its sources changed."""
        snippet = await self._snippet(snippet_id)
        return [
            _Line(
                at=decision.at,
                rank=4,
                space=snippet.space_id,
                text=_BY_ITSELF[decision.verb].format(question=_marked(snippet.question)),
                icon=decision.verb.value,
                thread=snippet.thread_id,
            )
            for decision in (snippet.history if snippet else ())
            if snippet is not None and decision.verb in _BY_ITSELF and decision.by is None
        ]

    async def _question(self, space_id: SpaceId, thread: ThreadId) -> tuple[str, str]:
        """Who asked, and what: the snippet's question, else the message's own words with secrets taken out."""
        snippet = await self._snippet(snippet_id_of(space_id, thread))
        if snippet is not None and snippet.question:
            return snippet.asker.name, _marked(snippet.question)
        stored = await self.store.message(space_id, MessageId(thread))
        if stored is None or not stored.value.text:
            return SOMEBODY, "a question"
        author = stored.value.author
        return author.name if author else SOMEBODY, _marked(redact(stored.value.text).text)

    async def _quoted(self, snippet_id: SnippetId) -> str:
        snippet = await self._snippet(snippet_id)
        return _marked(snippet.question) if snippet is not None else "a question"

    async def _snippet(self, snippet_id: SnippetId) -> Snippet | None:
        """A snippet of these audiences, in whatever state."""
        if snippet_id not in self._known:
            found = [await self.store.snippet(audience, snippet_id) for audience in sorted(self.audiences)]
            self._known[snippet_id] = next((stored.value for stored in found if stored is not None), None)
        return self._known[snippet_id]

    def _name(self, user: UserKey | None) -> str:
        members = (space.member(user) for space in self.spaces.values()) if user else ()
        return next((member.person.name for member in members if member is not None), SOMEBODY)


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _marked(question: str) -> str:
    return f"“{shortened(question, LENGTH)}”"


def shortened(text: str, length: int) -> str:
    """One line of at most about `length` characters, never cut within a word."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[:length].rsplit(" ", 1)[0] + " …"
