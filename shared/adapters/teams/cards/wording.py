"""How cards say days, names and numbers, and how far something is trusted."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from shared.adapters.teams.cards.fitting import cleaned, shortened
from shared.domain.identity import Person
from shared.domain.snippets import Approach, Decision, Imported, Snippet, Trust, Verb

_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
_NAME = 60
_MARKS = re.compile(r"[^\w\s.,'’()&/-]|_")


def day(moment: datetime) -> str:
    """The day as people write it, `3 March 2026` (UTC)."""
    at = moment.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def name(person: Person) -> str:
    """A person's name on one line."""
    return shortened(" ".join(cleaned(person.name).split()), _NAME) or "A colleague"


def name_without_marks(person: Person) -> str:
    """A person's name for the few places where Markdown is read: nothing in it has a meaning there."""
    plain = re.sub(r"^[\s\d.()-]+", "", _MARKS.sub(" ", name(person)))
    return " ".join(plain.split()) or "A colleague"


def first_name(person: Person) -> str:
    """What a button calls somebody; the whole name where it is written surname first, or is one word."""
    whole = name(person)
    return whole if "," in whole else whole.split()[0]


def listed(parts: Sequence[str]) -> str:
    """`Dana, Omar and Priya`; empty for nobody."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def people(count: int) -> str:
    """`1 person`, `3 people`."""
    return "1 person" if count == 1 else f"{count} people"


def sentence(text: str) -> str:
    """The text as a sentence: a capital to begin with, a full stop at the end."""
    text = cleaned(text)
    if not text:
        return ""
    begun = text[0].upper() + text[1:]
    return begun if not begun[-1].isalnum() else f"{begun}."


def said_by(approach: Approach) -> str:
    """Who stands behind an approach and since when: `Dana Whitfield, 3 March 2026; edited by Priya Nair`."""
    first_said: dict[str, str] = {}
    for source in sorted(approach.sources, key=lambda s: s.said_at):
        first_said.setdefault(source.author.key, f"{name(source.author)}, {day(source.said_at)}")
    voices = [*first_said.values(), *([stated_by(approach.imported)] if approach.imported else [])]
    more = [f"and {people(len(voices) - 3)} more"] if len(voices) > 3 else []
    edited = [f"edited by {name(approach.edited_by)}"] if approach.edited_by else []
    return "; ".join([*voices[:3], *more, *edited])


def stated_by(imported: Imported) -> str:
    """Which file states an approach: `faq.tsv, row 12 (handbook.docx), imported by Dana Whitfield on 3 March 2026`."""
    stated = _on_one_line(imported.stated)
    by = f" by {brought}" if (brought := _on_one_line(imported.by)) else ""
    place = f"{_on_one_line(imported.file)}, row {imported.row}" + (f" ({stated})" if stated else "")
    return f"{place}, imported{by} on {day(imported.at)}"


def asked_by(snippet: Snippet) -> str:
    """Who asked and when: `Omar Haddad asked on 3 March 2026`; for what a file asks, when it was brought in."""
    if snippet.from_file:
        return f"Imported on {day(snippet.asked_at)}"
    return f"{name(snippet.asker)} asked on {day(snippet.asked_at)}"


def _on_one_line(text: str) -> str:
    return shortened(" ".join(cleaned(text).split()), _NAME)


def trust_of(snippet: Snippet) -> str:
    """How far a snippet is trusted, in words: `Checked by Dana Whitfield on 3 March 2026`."""
    if snippet.merged_into is not None:
        return f"Merged{_by_and_when(_latest(snippet, Verb.MERGED))}"
    if snippet.trust is Trust.RETIRED:
        decision = snippet.history[-1] if snippet.history else None
        verb = "Rejected" if decision and decision.verb is Verb.REJECTED else "No longer in use"
        return f"{verb}{_by_and_when(decision)}"
    if snippet.trust is Trust.PROPOSED:
        return "Not checked yet"
    checked = f"Checked{_by_and_when(_latest(snippet, Verb.VERIFIED, Verb.EDITED))}"
    return checked if snippet.trust is Trust.VERIFIED else f"{checked}; it may be out of date"


def reason_for_trust(snippet: Snippet) -> str:
    """What `trust_of` leaves open; empty when that says it all."""
    if snippet.merged_into is not None:
        decision = _latest(snippet, Verb.MERGED)
        return cleaned(decision.reason) if decision else ""
    reason = cleaned(snippet.trust_reason)
    said_already = snippet.trust is Trust.VERIFIED or trust_of(snippet).casefold().startswith(reason.casefold())
    return "" if said_already else reason


def _latest(snippet: Snippet, *verbs: Verb) -> Decision | None:
    return next((decision for decision in reversed(snippet.history) if decision.verb in verbs), None)


def _by_and_when(decision: Decision | None) -> str:
    if decision is None:
        return ""
    by = f" by {name(decision.by)}" if decision.by else ""
    return f"{by} on {day(decision.at)}"


def outcomes_of(approach: Approach) -> str:
    """Whom it helped and whom not, in words; empty when nobody said."""
    helped = f"Helped {people(len(approach.helped))}" if approach.helped else ""
    failed = f"did not help {people(len(approach.not_helped))}" if approach.not_helped else ""
    return sentence(", ".join(filter(None, [helped, failed])))


def objections_to(approach: Approach) -> str:
    """Who contradicted it: `Tomás Rivera disagreed with this.`; empty when nobody did."""
    named = [name(person) for person in approach.disputed_by[:3]]
    more = [people(len(approach.disputed_by) - 3) + " more"] if len(approach.disputed_by) > 3 else []
    return f"{listed([*named, *more])} disagreed with this." if named else ""
