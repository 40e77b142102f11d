"""Snippets after one of their people was forgotten: the asker, an author, a curator, or who said whether it helped."""

from dataclasses import replace
from datetime import datetime

from shared.domain.erasure import Forgetting
from shared.domain.identity import MessageId, UserKey
from shared.domain.snippets import Approach, Decision, Imported, Snippet, Source, Trust, Verb, after_loss, retired
from shared.domain.widened import Widening

_IN_PART = "part of it was removed with who said it"
_TAKEN_BACK = "its question was taken back"


def snippet_without(snippet: Snippet, who: Forgetting, now: datetime) -> Snippet:
    """The snippet that neither names the person nor holds their approaches, or holds them without a name.

    The question of somebody erased stays as long as it has an answer by others: redacted, and nobody's. Who opts
    out takes it along. Clean already, it is returned as it is.
    """
    cleaned = (_approach_without(approach, who) for approach in snippet.approaches)
    left = replace(
        snippet,
        question=who.text(snippet.question),
        asker=who.other(snippet.asker),
        approaches=tuple(approach for approach in cleaned if approach is not None),
        agreements=tuple(agreement for agreement in snippet.agreements if agreement.by != who.user),
    )
    if who.whole:
        left = replace(
            left,
            wordings=tuple(who.text(wording) for wording in snippet.wordings),
            topics=who.topics(snippet.topics),
            edited_by=who.other(snippet.edited_by) if snippet.edited_by else None,
            trust_reason=who.own_text(snippet.trust_reason),
            history=tuple(_decision_without(decision, who) for decision in snippet.history),
            widened=tuple(_widening_without(widening, who) for widening in snippet.widened),
        )
    left = after_loss(snippet, left, now)
    left = _question_settled(snippet, left, who, now)
    return snippet if left == snippet else replace(left, updated_at=now)


def snippet_without_quotes(snippet: Snippet, who: Forgetting) -> Snippet:
    """The snippet whose history and reasons no longer quote the questions that go."""
    return replace(
        snippet,
        trust_reason=who.text(snippet.trust_reason),
        history=tuple(replace(decision, reason=who.text(decision.reason)) for decision in snippet.history),
    )


def loses_its_question(snippet: Snippet, left: Snippet) -> bool:
    """Whether the question's words went with the person."""
    return bool(snippet.question) and not left.question


def _question_settled(snippet: Snippet, left: Snippet, who: Forgetting, now: datetime) -> Snippet:
    if left.asker.key or left.from_file:
        return left
    in_use = bool(left.visible_approaches) and left.trust is not Trust.RETIRED
    if in_use and (who.whole or not who.is_them(snippet.asker)):
        return left
    if left.trust is not Trust.RETIRED:
        left = retired(left, now, verb=Verb.WITHDRAWN, reason=_TAKEN_BACK)
    return replace(left, question="", question_hash="", topics=())


def _approach_without(approach: Approach, who: Forgetting) -> Approach | None:
    """What stays of an approach; None when it was theirs alone and is to go."""
    left = replace(approach, disputed_by=tuple(who.other(person) for person in approach.disputed_by))
    if who.whole:
        left = replace(
            left,
            text=who.text(approach.text),
            conditions=who.text(approach.conditions),
            struck=who.own_text(approach.struck),
            helped=_keyless(approach.helped, who),
            not_helped=_keyless(approach.not_helped, who),
            edited_by=who.other(approach.edited_by) if approach.edited_by else None,
            imported=_file_without(approach.imported, who) if approach.imported else None,
        )
    if not any(who.is_them(source.author) for source in approach.sources):
        return left
    if who.nameless:
        return replace(left, sources=tuple(_source_without(source, who) for source in left.sources))
    others = tuple(source for source in left.sources if not who.is_them(source.author))
    if not others:
        return None
    # Its words are also theirs. Should the rest still be an answer, the thread is judged again and says so.
    return replace(left, text="", conditions="", edited_by=None, sources=others, withdrawn=left.withdrawn or _IN_PART)


def _source_without(source: Source, who: Forgetting) -> Source:
    """Where it was said leads to who said it, so that goes as well."""
    if not who.is_them(source.author):
        return source
    return replace(source, author=who.stand_in, message_id=MessageId(""), web_url="", body_hash="")


def _file_without(imported: Imported, who: Forgetting) -> Imported:
    """Who brought a file in, and what it calls its sources, are told without their name."""
    return replace(
        imported,
        file=who.own_text(imported.file),
        by=who.own_text(imported.by),
        stated=who.own_text(imported.stated),
    )


def _keyless(keys: tuple[UserKey, ...], who: Forgetting) -> tuple[UserKey, ...]:
    """Outcomes still count; whose they were is forgotten."""
    return tuple(UserKey("") if key == who.user else key for key in keys)


def _widening_without(widening: Widening, who: Forgetting) -> Widening:
    ended_by = who.other(widening.ended_by) if widening.ended_by else None
    return replace(widening, by=who.other(widening.by), ended_by=ended_by)


def _decision_without(decision: Decision, who: Forgetting) -> Decision:
    by = who.other(decision.by) if decision.by else None
    return replace(decision, by=by, reason=who.own_text(decision.reason))
