"""What happened, and what Cairn did about it and why, in sentences; from the store's events."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from local.page.sight import MOST, Sight, quoted
from local.page.views import Happening, Spot
from shared.domain.audiences import audience_of_space
from shared.domain.events import Event, EventKind
from shared.domain.exchanges import Thread
from shared.domain.identity import SnippetId, ThreadId, UserKey
from shared.domain.postings import Posting, PostingKind
from shared.domain.redaction import redact
from shared.domain.snippets import Snippet, Verb, snippet_id_of


async def happenings(sight: Sight) -> list[tuple[Happening, EventKind]]:
    """Everything that the viewer may know of, newest first, each with the kind of event it tells of."""
    postings = await sight.store.all_postings()
    teller = _Teller(sight, postings)
    lines: list[tuple[Happening, EventKind]] = []
    for event in await sight.store.latest(limit=MOST):
        if (line := await teller.line(event)) is not None:
            lines.append((line, event.kind))
            lines += [(more, EventKind.WITHDRAWN) for more in await teller.after_draft(event)]
    lines += [(line, EventKind.WITHDRAWN) for posting in postings for line in await teller.recall(posting)]
    return sorted(lines, key=lambda told: told[0].at, reverse=True)


class _Teller:
    def __init__(self, sight: Sight, postings: Sequence[Posting]) -> None:
        self._sight = sight
        self._postings: Mapping[str, Posting] = {posting.id: posting for posting in postings}
        self._sentences: Mapping[EventKind, tuple[str, Callable[[Event], Awaitable[str]]]] = {
            EventKind.ASKED: ("question", self._asked),
            EventKind.ANSWERED: ("answer", self._answered),
            EventKind.RESOLVED: ("answer", self._resolved),
            EventKind.DRAFTED: ("cairn", self._drafted),
            EventKind.SUGGESTED: ("cairn", self._suggested),
            EventKind.HELPERS_NAMED: ("cairn", self._helpers_named),
            EventKind.HELPER_ASKED: ("people", self._helper_asked),
            EventKind.HELPED: ("people", self._decided("{by} said that the answer to {question} helped.")),
            EventKind.NOT_HELPED: ("people", self._decided("{by} said that the answer to {question} did not help.")),
            EventKind.VERIFIED: ("people", self._decided("{by} checked the answer to {question}.")),
            EventKind.EDITED: ("people", self._decided("{by} rewrote the answer to {question}, and so checked it.")),
            EventKind.REJECTED: ("people", self._rejected),
            EventKind.MERGED: ("people", self._decided("{by} put two answers together, one of them to {question}.")),
            EventKind.WITHDRAWN: (
                "cairn",
                self._decided("Cairn withdrew the answer to {question}, because what it came from is gone."),
            ),
            EventKind.WIDENED: ("people", self._decided("{by} let more colleagues see the answer to {question}.")),
            EventKind.NARROWED: ("people", self._decided("{by} took the answer to {question} back from others.")),
            EventKind.CAPTURE_ON: ("privacy", self._decided("{by} let Cairn read along in {where}.")),
            EventKind.CAPTURE_OFF: ("privacy", self._decided("{by} stopped Cairn from reading along in {where}.")),
            EventKind.OPTED_OUT: ("privacy", self._opted_out),
            EventKind.OPTED_IN: ("privacy", self._decided("{by} opted in again.")),
            EventKind.ERASED: (
                "privacy",
                self._decided("Somebody was erased: Cairn removed all that it held of them."),
            ),
            EventKind.REFUSED: ("privacy", self._refused),
        }

    async def line(self, event: Event) -> Happening | None:
        """The event in words; None when the viewer may not know of it."""
        posting = self._postings.get(event.subject)
        if not self._may_know(event, posting):
            return None
        kind, sentence = self._sentences[event.kind]
        return Happening(
            at=event.at,
            text=await sentence(event),
            where=self._sight.label(event.space_id),
            kind=kind,
            spot=await self._spot(event, posting),
        )

    async def after_draft(self, event: Event) -> list[Happening]:
        """What Cairn itself later did to the answer that was drafted: withdrew it, or took it back in."""
        snippet = await self._snippet(event) if event.kind is EventKind.DRAFTED else None
        if snippet is None:
            return []
        words = {
            Verb.WITHDRAWN: "Cairn withdrew the answer to {question}",
            Verb.RESTORED: "Cairn took the answer to {question} back in",
        }
        return [
            self._line_of(decision.at, words[decision.verb], decision.reason, snippet)
            for decision in snippet.history
            if decision.by is None and decision.verb in words
        ]

    def _line_of(self, at: datetime, pattern: str, reason: str, snippet: Snippet) -> Happening:
        said = pattern.format(question=quoted(snippet.question))
        return Happening(
            at=at,
            text=f"{said}: {reason}." if reason else f"{said}.",
            where=self._sight.label(snippet.space_id),
            kind="cairn",
            spot=Spot(place=snippet.space_id, message=snippet.thread_id),
        )

    async def recall(self, posting: Posting) -> list[Happening]:
        """That somebody was told that advice which they had received no longer holds."""
        known = self._sight.sees(posting.space_id) and self._sight.is_for(posting.recipient)
        told = posting.kind is PostingKind.RECALL and posting.posted_at is not None
        if not known or not told or posting.posted_at is None or posting.recipient is None:
            return []
        stored = (
            await self._sight.store.snippet(posting.snippet_audience, posting.snippet_id)
            if posting.snippet_id and posting.snippet_audience
            else None
        )
        question = quoted(stored.value.question) if stored else "a question"
        name = self._sight.name(posting.recipient.key)
        place = posting.conversation_id.partition(";")[0]
        return [
            Happening(
                at=posting.posted_at,
                text=f"Cairn told {name}, privately and once, that the answer to {question} no longer holds.",
                where=self._sight.label(posting.space_id),
                kind="cairn",
                spot=Spot(place=place, message=posting.activity_id, viewer=posting.recipient.object_id),
            )
        ]

    def _may_know(self, event: Event, posting: Posting | None) -> bool:
        if event.kind in (EventKind.OPTED_OUT, EventKind.OPTED_IN):
            return self._sight.viewer in (None, event.by)
        private_to = posting.recipient if posting and event.kind is EventKind.SUGGESTED else None
        return self._sight.sees(event.space_id) and self._sight.is_for(private_to)

    async def _spot(self, event: Event, posting: Posting | None) -> Spot | None:
        """Where to look: at the card, or else at the question."""
        if posting is not None and posting.activity_id:
            viewer = posting.recipient.object_id if posting.recipient else ""
            place = posting.conversation_id.partition(";")[0]
            return Spot(place=place, message=posting.activity_id, viewer=viewer)
        if event.space_id not in self._sight.spaces:
            return None
        thread = await self._thread(event)
        return Spot(place=event.space_id, message=thread.id if thread else "")

    async def _asked(self, event: Event) -> str:
        """Whether something was brought back may be a secret of the asker's: nobody else is told that nothing was."""
        thread, question = await self._thread(event), await self._question(event)
        asker = thread.asker.key if thread and thread.asker else None
        asked = f"{self._sight.name(asker)} asked {question}."
        if self._about(event, PostingKind.ANSWERED_BEFORE) or self._sight.viewer not in (None, asker):
            return asked
        return f"{asked} Cairn had no answer to bring back, so it stayed silent."

    async def _answered(self, event: Event) -> str:
        thread = await self._thread(event)
        messages = [await self._sight.store.message(event.space_id, m) for m in (thread.answer_ids if thread else ())]
        authors = [m.value.author.key for m in messages if m is not None and m.value.author is not None]
        return f"{self._sight.listed(authors)} answered {await self._question(event)}."

    async def _resolved(self, event: Event) -> str:
        return f"That settled {await self._question(event)}."

    async def _drafted(self, event: Event) -> str:
        snippet = await self._snippet(event)
        removed = " after taking out what is secret or personal" if snippet and snippet.redactions else ""
        question, place = await self._question(event), self._where(event)
        kept = f"Cairn kept the answer to {question}{removed}, for the members of {place} alone"
        asked = self._reviewers(event.subject)
        return f"{kept}, and asked {self._sight.listed(asked)} to check it." if asked else f"{kept}."

    def _reviewers(self, snippet_id: str) -> list[UserKey]:
        reviews = (p for p in self._postings.values() if p.kind is PostingKind.REVIEW and p.snippet_id == snippet_id)
        return [review.recipient.key for review in reviews if review.recipient is not None]

    async def _suggested(self, event: Event) -> str:
        posting = self._postings.get(event.subject)
        if posting is None or posting.snippet_id is None or posting.snippet_audience is None:
            return "Cairn brought an earlier answer back."
        stored = await self._sight.store.snippet(posting.snippet_audience, posting.snippet_id)
        may = stored is not None and posting.snippet_audience in self._sight.audiences
        earlier = f"the earlier answer to {quoted(stored.value.question)}" if stored and may else "an earlier answer"
        place = self._where(event)
        if posting.recipient is not None:
            name = self._sight.name(posting.recipient.key)
            return f"Cairn brought {earlier} back to {name} alone, because not everybody in {place} may see it."
        return f"Cairn brought {earlier} back, in the open: everybody in {place} may see it."

    async def _helpers_named(self, event: Event) -> str:
        posting = self._postings.get(event.subject)
        named = self._sight.listed(s.person.key for s in posting.suggested) if posting else "Somebody"
        asker = self._sight.name(posting.asker.key) if posting and posting.asker else "somebody"
        return (
            f"Nobody had answered {asker} for a while, so Cairn named {named}, who answered something like it before."
        )

    async def _helper_asked(self, event: Event) -> str:
        asked = [p.recipient.key for p in self._about(event, PostingKind.ASK) if p.recipient is not None]
        return f"{self._sight.name(event.by)} had Cairn ask {self._sight.listed(asked)}."

    async def _rejected(self, event: Event) -> str:
        snippet = await self._snippet(event)
        reasons = [d.reason for d in snippet.history if d.at == event.at and d.reason] if snippet else []
        because = f": {quoted(reasons[-1])}" if reasons else ""
        return f"{self._sight.name(event.by)} took out an answer to {await self._question(event)}{because}."

    async def _opted_out(self, event: Event) -> str:
        name = self._sight.names.get(event.by, "Somebody") if event.by else "Somebody"
        return (
            f"{name} opted out. Cairn removed what it had kept of {name}, keeps nothing more, and names {name} no more."
        )

    async def _refused(self, event: Event) -> str:
        why = {
            "opted_out": "its author has opted out",
            "policy": "it breaks a rule of the organisation about data",
            "not_captured": "Cairn does not read along there",
            "not_found": "it was gone before Cairn could fetch it",
        }
        return f"A message was not kept: {why.get(event.detail, 'Cairn could not be sure where it came from')}."

    def _decided(self, pattern: str) -> Callable[[Event], Awaitable[str]]:
        """A sentence of one pattern: `{by}`, `{question}` and `{where}` are filled in."""

        async def sentence(event: Event) -> str:
            question = await self._question(event) if "{question}" in pattern else ""
            return pattern.format(by=self._sight.name(event.by), question=question, where=self._where(event))

        return sentence

    def _where(self, event: Event) -> str:
        return self._sight.label(event.space_id) or "the organisation"

    def _about(self, event: Event, kind: PostingKind) -> list[Posting]:
        """The cards of a kind that concern the thread that is the event's subject."""
        return [
            posting
            for posting in self._postings.values()
            if posting.kind is kind and (posting.space_id, posting.thread_id) == (event.space_id, event.subject)
        ]

    async def _question(self, event: Event) -> str:
        """The question, as its snippet has it or as it was asked; "a question" once its words are gone."""
        snippet = await self._snippet(event)
        if snippet is not None and snippet.question:
            return quoted(snippet.question)
        thread = await self._thread(event)
        stored = [await self._sight.store.message(event.space_id, m) for m in (thread.question_ids if thread else ())]
        words = " ".join(m.value.text for m in stored if m is not None and m.value.said_by_a_person)
        return quoted(redact(words).text) if words else "a question"

    async def _snippet(self, event: Event) -> Snippet | None:
        """The snippet that the event's subject names, or the one of the thread that it names."""
        audience = audience_of_space(event.space_id)
        for snippet_id in (SnippetId(event.subject), snippet_id_of(event.space_id, ThreadId(event.subject))):
            stored = await self._sight.store.snippet(audience, snippet_id)
            if stored is not None:
                return stored.value
        return None

    async def _thread(self, event: Event) -> Thread | None:
        posting, snippet = self._postings.get(event.subject), await self._snippet(event)
        thread_id = (posting.thread_id if posting else None) or (snippet.thread_id if snippet else None)
        stored = await self._sight.store.thread(event.space_id, thread_id or ThreadId(event.subject))
        return stored.value if stored else None
