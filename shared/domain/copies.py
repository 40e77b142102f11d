"""What a wider audience sees of a snippet: a copy, made from the home document alone and emptied rather than removed.

The same home gives the same copy, whoever makes it and how often. A copy has its home's revision, so that a newer
one wins whatever the order in which changes arrive; an emptied one stays for the same reason.
"""

from dataclasses import replace
from datetime import datetime

from shared.domain.erasure import SOMEBODY
from shared.domain.identity import AudienceId, Person, UserKey
from shared.domain.snippets import Approach, Decision, Snippet, Trust, Verb
from shared.domain.spaces import SpaceKind
from shared.domain.widened import Agreement, Widening

_ENDED = "it is no longer shown outside of where it was answered"
_OUT_OF_USE = "it is no longer in use where it was answered"


def widened(snippet: Snippet, audience_id: AudienceId, by: Person, now: datetime) -> Snippet:
    """The snippet after a curator let another audience see it; that again changes nothing.

    Raises `ValueError` for a copy and for the home's own audience.
    """
    if snippet.copied_from is not None or audience_id == snippet.audience_id:
        raise ValueError("a snippet is widened from its home, to another audience")
    if audience_id in snippet.wider:
        return snippet
    others = tuple(one for one in snippet.widened if one.audience_id != audience_id)
    decision = Decision(at=now, verb=Verb.WIDENED, by=by, reason=audience_id)
    fresh = Widening(audience_id=audience_id, by=by, at=now)
    return replace(snippet, widened=(*others, fresh), history=(*snippet.history, decision), updated_at=now)


def narrowed(snippet: Snippet, audience_id: AudienceId, by: Person, now: datetime) -> Snippet:
    """The snippet after a curator took it back from an audience; one that does not see it changes nothing."""
    if audience_id not in snippet.wider:
        return snippet
    ended = tuple(
        replace(one, ended_at=now, ended_by=by) if one.audience_id == audience_id else one for one in snippet.widened
    )
    decision = Decision(at=now, verb=Verb.NARROWED, by=by, reason=audience_id)
    return replace(snippet, widened=ended, history=(*snippet.history, decision), updated_at=now)


def agreed(snippet: Snippet, audience_id: AudienceId, by: UserKey, now: datetime) -> Snippet:
    """The snippet after one of its authors agreed that an audience sees what they said; once is enough."""
    if any(one.audience_id == audience_id and one.by == by for one in snippet.agreements):
        return snippet
    return replace(snippet, agreements=(*snippet.agreements, Agreement(audience_id=audience_id, by=by, at=now)))


def disagreed(snippet: Snippet, audience_id: AudienceId, by: UserKey) -> Snippet:
    """The snippet after an author took their consent back."""
    kept = tuple(one for one in snippet.agreements if (one.audience_id, one.by) != (audience_id, by))
    return replace(snippet, agreements=kept)


def copy_for(audience_id: AudienceId, home: Snippet, kind: SpaceKind | None) -> Snippet:
    """What an audience sees of a snippet whose home is a space of that kind (None: it is not known).

    Of what was said in a chat or a private or shared channel, the approaches of those alone who agreed; nobody else
    is named. Emptied where nothing may be shown: then it is not usable, and holds nobody's words or name.
    """
    approaches = tuple(
        _shown(a, audience_id, home, kind) for a in home.approaches if _may_show(a, audience_id, home, kind)
    )
    if audience_id not in home.wider:
        return _emptied(audience_id, home, _ENDED)
    if not home.usable or not approaches:
        return _emptied(audience_id, home, _OUT_OF_USE)
    return replace(
        home,
        audience_id=audience_id,
        copied_from=home.audience_id,
        asker=home.asker if _may_name(home.asker.key, audience_id, home, kind) else SOMEBODY,
        approaches=approaches,
        history=_checked(home),
        widened=(),
        agreements=(),
    )


def _emptied(audience_id: AudienceId, home: Snippet, reason: str) -> Snippet:
    return Snippet(
        id=home.id,
        audience_id=audience_id,
        copied_from=home.audience_id,
        space_id=home.space_id,
        thread_id=home.thread_id,
        question="",
        asker=SOMEBODY,
        asked_at=home.asked_at,
        approaches=(),
        trust=Trust.RETIRED,
        trust_reason=reason,
        revision=home.revision,
        created_at=home.created_at,
        updated_at=home.updated_at,
    )


def _may_show(approach: Approach, audience_id: AudienceId, home: Snippet, kind: SpaceKind | None) -> bool:
    if approach.withdrawn or approach.struck or kind is None:
        return False
    return all(_may_name(author.key, audience_id, home, kind) for author in approach.authors)


def _may_name(user: UserKey, audience_id: AudienceId, home: Snippet, kind: SpaceKind | None) -> bool:
    """A standard channel's people speak before the whole team anyway; everybody else is asked first."""
    said_yes = any(one.by == user and one.audience_id == audience_id for one in home.agreements)
    return kind is SpaceKind.STANDARD or (bool(user) and said_yes)


def _shown(approach: Approach, audience_id: AudienceId, home: Snippet, kind: SpaceKind | None) -> Approach:
    """Outcomes count without saying whose they are; home keeps that."""
    named = (p if _may_name(p.key, audience_id, home, kind) else SOMEBODY for p in approach.disputed_by)
    return replace(
        approach,
        helped=(UserKey(""),) * len(approach.helped),
        not_helped=(UserKey(""),) * len(approach.not_helped),
        disputed_by=tuple(named),
    )


def _checked(home: Snippet) -> tuple[Decision, ...]:
    """Who checked it last, and when. Other decisions' reasons are for home alone: they may quote other answers."""
    checks = [one for one in home.history if one.verb in (Verb.VERIFIED, Verb.EDITED)]
    return tuple(replace(one, reason="") for one in checks[-1:])
