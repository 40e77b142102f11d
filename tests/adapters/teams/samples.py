"""Cards of a believable company, for tests and for looking at."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.domain.cards import AnsweredBefore, Ask, Card, Helpers, Notice, Recall, Review
from shared.domain.identity import (
    ApproachId,
    AudienceId,
    MessageId,
    Person,
    PostingId,
    SnippetId,
    SpaceId,
    ThreadId,
    UserKey,
    derived_id,
    user_key,
)
from shared.domain.postings import Suggested
from shared.domain.snippets import Approach, Decision, Snippet, Source, Trust, Verb, retired, verified

TENANT = "11111111-2222-3333-4444-555555555555"
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
SPACE = SpaceId("19:9d1c8f0e2b3a4c5d@thread.tacv2")
POSTING = PostingId(derived_id("posting", "sample"))
LABEL = "Operations › Site access"


def person(name: str) -> Person:
    digits = derived_id("person", repr(name))
    return Person(key=user_key(TENANT, f"{digits[:8]}-{digits[8:12]}-4000-8000-{digits[12:24]}"), name=name)


DANA, OMAR, TOMAS, PRIYA, LEA = map(
    person, ("Dana Whitfield", "Omar Haddad", "Tomás Rivera", "Priya Nair", "Léa O’Brien")
)

VPN_ANSWER = """Your certificate has probably expired. Renew it like this:

- open Company Portal and choose Certificates
- press Renew, and wait for the green mark
- restart the VPN client

If it still fails, look at the log:
```
cd "C:\\ProgramData\\Tarnbeck VPN"
if exist client.log (
    findstr /C:"cert" client.log
)
```
It names the certificate that was refused."""

SHORT_ANSWER = "I just delete `%APPDATA%\\vpn\\*.cache` and sign in again. Takes *ten* seconds & works_every_time."


def source(author: Person, number: int, *, days: int = 0, url: str | None = None) -> Source:
    message = f"17410{number:08d}"
    return Source(
        space_id=SPACE,
        thread_id=ThreadId("1741000000000"),
        message_id=MessageId(message),
        author=author,
        said_at=NOON - timedelta(days=days),
        web_url=f"https://teams.microsoft.com/l/message/19%3A9d1c8f0e2b3a4c5d%40thread.tacv2/{message}?groupId=g"
        if url is None
        else url,
        body_hash=derived_id("body", message),
    )


def approach(text: str, author: Person = DANA, *, number: int = 1, **changes: object) -> Approach:
    made = Approach(
        id=ApproachId(derived_id("approach", str(number))), text=text, sources=(source(author, number, days=20),)
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def snippet(*approaches: Approach, question: str = "VPN says “certificate not accepted”. What now?") -> Snippet:
    return Snippet(
        id=SnippetId(derived_id("snippet", repr(question))),
        audience_id=AudienceId(f"space:{SPACE}"),
        space_id=SPACE,
        thread_id=ThreadId("1741000000000"),
        question=question,
        asker=LEA,
        asked_at=NOON - timedelta(days=21),
        approaches=approaches,
        created_at=NOON - timedelta(days=20),
        updated_at=NOON - timedelta(days=20),
    )


def keys(count: int) -> tuple[UserKey, ...]:
    return tuple(person(f"Somebody {number}").key for number in range(count))


TWO_WAYS = snippet(
    approach(
        VPN_ANSWER,
        DANA,
        number=1,
        helped=keys(3),
        conditions="On company laptops. Not on phones: those get their certificate by themselves.",
    ),
    approach(SHORT_ANSWER, OMAR, number=2, disputed_by=(TOMAS,), helped=keys(1), not_helped=keys(2)),
)
CHECKED = verified(TWO_WAYS, DANA, NOON)
OTHER = snippet(
    approach("Ask the service desk for a new token.", PRIYA, number=9), question="VPN token lost, who helps?"
)
STALE = replace(CHECKED, trust=Trust.STALE, trust_reason="its review was due on 1 March 2026")
REJECTED = retired(TWO_WAYS, NOON, verb=Verb.REJECTED, reason="the cache holds other people's tokens too", by=PRIYA)
MERGED = replace(
    TWO_WAYS,
    merged_into=OTHER.id,
    history=(Decision(at=NOON, verb=Verb.MERGED, by=PRIYA, reason=f"into “{OTHER.question}”"),),
)

SUGGESTED = (
    Suggested(
        person=DANA, reasons=("answered 4 questions about VPN here", "her answer of 12 February 2026 helped 3 people")
    ),
    Suggested(person=OMAR, reasons=("answered 2 questions about certificates here",)),
    Suggested(person=TOMAS, reasons=("answered a question about sign-in here",)),
)
QUESTION = "Does anybody know how to reach the badge printer from the new building?"


def answered(shown: Snippet = CHECKED, *, private: bool = False, label: str = LABEL) -> AnsweredBefore:
    return AnsweredBefore(posting_id=POSTING, snippet=shown, space_label=label, private=private)


def review(shown: Snippet = TWO_WAYS, *similar: Snippet) -> Review:
    return Review(posting_id=POSTING, snippet=shown, space_label=LABEL, similar=similar)


CARDS: dict[str, Card] = {
    "answered before": answered(),
    "answered before, private, one way": answered(snippet(TWO_WAYS.approaches[1]), private=True),
    "answered before, stale": answered(STALE),
    "helpers": Helpers(posting_id=POSTING, asker=LEA, question=QUESTION, suggested=SUGGESTED, asked=frozenset()),
    "helpers, one asked": Helpers(
        posting_id=POSTING, asker=LEA, question=QUESTION, suggested=SUGGESTED, asked=frozenset({OMAR.key})
    ),
    "review": review(replace(TWO_WAYS, redactions=3), OTHER),
    "review, verified": review(CHECKED),
    "review, stale": review(STALE),
    "review, rejected": review(REJECTED),
    "review, merged": review(MERGED),
    "ask": Ask(posting_id=POSTING, mentor=DANA, asker=LEA, question=QUESTION, reasons=SUGGESTED[0].reasons),
    "notice": Notice(
        posting_id=POSTING,
        text="Priya Nair has switched Cairn on here. From now on it keeps questions and their answers, so that "
        "colleagues find them again.\nType “@Cairn opt out” if you would rather not be part of it.",
    ),
    "recall": Recall(
        posting_id=POSTING, question=TWO_WAYS.question, reason=REJECTED.trust_reason, at=NOON, replacement=CHECKED
    ),
    "recall, nothing instead": Recall(
        posting_id=POSTING, question=TWO_WAYS.question, reason="its source was deleted", at=NOON
    ),
}
