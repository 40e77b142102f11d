"""Every query that the store asks, each with the partitions that it reads.

`PARTITION`: one logical partition, whose key is in the query. `AUDIENCES`: the partitions of a person's audiences,
named in the query. `EVERYTHING`: all partitions; for administration, reports, erasing and nightly timers alone.
Nothing here is in Cosmos DB's dialect alone: the same texts run on the server that the tests start.
"""

from dataclasses import dataclass
from enum import StrEnum

from shared.adapters.cosmos.containers import (
    CONVERSATIONS,
    EVENTS,
    EXPERTISE,
    LEARNING,
    LISTS,
    OUTBOX,
    PEOPLE,
    SNIPPETS,
    SPACES,
    Container,
)


class Scope(StrEnum):
    """Which partitions a query reads."""

    PARTITION = "partition"
    AUDIENCES = "audiences"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query with named parameters; `@key` is the partition's key where the scope is one partition."""

    name: str
    container: Container
    scope: Scope
    text: str


def _in_partition(name: str, container: Container, rest: str, *, select: str = "*") -> Query:
    text = f"SELECT {select} FROM c WHERE c.{container.key} = @key{rest}"  # noqa: S608
    return Query(name=name, container=container, scope=Scope.PARTITION, text=text)


def _everywhere(name: str, container: Container, where: str, *, select: str = "*") -> Query:
    text = f"SELECT {select} FROM c WHERE {where}"  # noqa: S608
    return Query(name=name, container=container, scope=Scope.EVERYTHING, text=text)


_COUNT = "VALUE COUNT(1)"
_MESSAGE = "c.id, c.spaceId, c.threadId, c.keptFrom"

THREAD_MESSAGES = _in_partition("thread_messages", CONVERSATIONS, " AND c.threadId = @thread ORDER BY c.said")
BEFORE = _in_partition("before", CONVERSATIONS, " AND c.said < @said ORDER BY c.said DESC")
AFTER = _in_partition("after", CONVERSATIONS, " AND c.said > @said ORDER BY c.said")
IDS_OF_THREAD = _in_partition("ids_of_thread", CONVERSATIONS, " AND c.threadId = @thread", select="c.id")
OLD_MESSAGES_HERE = _in_partition(
    "old_messages_here", CONVERSATIONS, " AND c.keptFrom < @before ORDER BY c.keptFrom", select=_MESSAGE
)
OLD_MESSAGES = _everywhere("old_messages", CONVERSATIONS, "c.keptFrom < @before ORDER BY c.keptFrom", select=_MESSAGE)
OF_AUTHOR_HERE = _in_partition("of_author_here", CONVERSATIONS, " AND c.author = @author", select=_MESSAGE)
OF_AUTHOR = _everywhere("of_author", CONVERSATIONS, "c.author = @author", select=_MESSAGE)
COUNT_MESSAGES = _everywhere("count_messages", CONVERSATIONS, "c.type = 'message'", select=_COUNT)
COUNT_THREADS = _everywhere("count_threads", CONVERSATIONS, "c.state = @state", select=_COUNT)

COUNT_SNIPPETS = _everywhere("count_snippets", SNIPPETS, "c.usable = true", select=_COUNT)
WITHOUT_EMBEDDING = _everywhere(
    "without_embedding", SNIPPETS, "c.usable = true AND (NOT IS_DEFINED(c.embeddedBy) OR c.embeddedBy != @model)"
)

CHANGED_SINCE = _everywhere("changed_since", SNIPPETS, "c._ts >= @since ORDER BY c._ts")

EXPERTS = _in_partition("experts", EXPERTISE, " AND c.proven = true ORDER BY c.userKey")
EXPERTISE_OF = _everywhere("expertise_of", EXPERTISE, "c.userKey = @user", select="c.id, c.audienceId")

MEMBERSHIPS = _in_partition("memberships", PEOPLE, " AND c.type = 'membership'")
TOMBSTONES = _in_partition("tombstones", PEOPLE, " AND c.type = 'tombstone' AND ARRAY_CONTAINS(@ids, c.id)")
BEING_ERASED = _everywhere("being_erased", PEOPLE, "c.erasing = true")

ALL_SPACES = _everywhere("all_spaces", SPACES, "c.type = 'space'")
ALL_IN_ORDER = _in_partition("all_in_order", SPACES, " ORDER BY c.place")
READINGS_DUE = _in_partition("readings_due", SPACES, " AND c.due < @until ORDER BY c.due")

ALL_POSTINGS = _everywhere("all_postings", OUTBOX, "c.type = 'posting' ORDER BY c.place")

LISTED_UNTIL = _in_partition("listed_until", LISTS, " AND c.place < @until ORDER BY c.place")
LISTED = _in_partition("listed", LISTS, " ORDER BY c.place")

COUNT_EVENTS = _everywhere("count_events", EVENTS, "c.kind = @kind", select=_COUNT)
LATEST_EVENTS = _everywhere("latest_events", EVENTS, "c.type = 'event' ORDER BY c.newest")
EVENTS_BY = _everywhere("events_by", EVENTS, "c.doneBy = @user", select="c.id, c.spaceId")
OLD_EVENTS = _everywhere("old_events", EVENTS, "c.at < @before ORDER BY c.at", select="c.id, c.spaceId, c.at")

LABELS_OF = _in_partition("labels_of", LEARNING, " AND c.task = @task ORDER BY c.newest")
LABELS_ABOUT = _in_partition(
    "labels_about", LEARNING, " AND (c.doneBy = @user OR ARRAY_CONTAINS(c.about, @user))", select="c.id"
)
OLD_LABELS = _in_partition("old_labels", LEARNING, " AND c.at < @before ORDER BY c.at", select="c.id, c.at")

TALLIES_OF = _in_partition("tallies_of", LEARNING, " AND c.type = 'tally' ORDER BY c.place")
ALL_TALLIES = _everywhere("all_tallies", LEARNING, "c.type = 'tally'")

# For moving a store: everything of one type, by id within its partition, and the partitions one after the other.
PAGE_OF_SPACES = _everywhere("page_of_spaces", SPACES, "c.type = 'space' AND c.spaceId > @after ORDER BY c.spaceId")
PAGE_OF_TOPICS = _everywhere(
    "page_of_topics", LEARNING, "c.type = 'topics' AND c.audienceId > @after ORDER BY c.audienceId"
)
PAGE_OF_PROFILES = _everywhere(
    "page_of_profiles", PEOPLE, "c.type = 'profile' AND c.userKey > @after ORDER BY c.userKey"
)
PAGE_OF_POSTINGS = _everywhere(
    "page_of_postings", OUTBOX, "c.type = 'posting' AND c.postingId > @after ORDER BY c.postingId"
)
PAGE_OF_EVENTS = _everywhere("page_of_events", EVENTS, "c.type = 'event' AND c.id > @after ORDER BY c.id")
PAGE_OF_LABELS = _in_partition("page_of_labels", LEARNING, " AND c.id > @after ORDER BY c.id")
PAGE_OF_TOMBSTONES = _in_partition(
    "page_of_tombstones", PEOPLE, " AND c.type = 'tombstone' AND c.id > @after ORDER BY c.id"
)
_PAGE = " AND c.type = @type AND c.id > @after ORDER BY c.id"
PAGE_OF_SPACE = _in_partition("page_of_space", CONVERSATIONS, _PAGE)
PAGE_OF_AUDIENCE = _in_partition("page_of_audience", SNIPPETS, _PAGE)
PAGE_OF_USABLE = _in_partition("page_of_usable", SNIPPETS, f" AND c.usable = true{_PAGE}")
PAGE_OF_EXPERTISE = _in_partition("page_of_expertise", EXPERTISE, _PAGE)
NEXT_SPACE, NEXT_AUDIENCE, NEXT_OF_EXPERTISE = (
    _everywhere(name, container, f"c.type = @type AND c.{key} > @after ORDER BY c.{key}", select=f"c.{key}")
    for name, container, key in (
        ("next_space", CONVERSATIONS, "spaceId"),
        ("next_audience", SNIPPETS, "audienceId"),
        ("next_of_expertise", EXPERTISE, "audienceId"),
    )
)

QUERIES: tuple[Query, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Query))
"""All of the above; beside them, `of_audiences`, `changed_in_audiences`, `naming`, and `ranking.py`'s."""


def visible_in(audiences: int) -> Query:
    """The usable snippets of so many audiences, newest first."""
    where = f"c.audienceId IN ({_names('a', audiences)}) AND c.usable = true ORDER BY c.newest"
    text = f"SELECT * FROM c WHERE {where}"  # noqa: S608
    return Query(name="visible", container=SNIPPETS, scope=Scope.AUDIENCES, text=text)


def changed_in(audiences: int) -> Query:
    """Words and embeddings of so many audiences' snippets that were written since a moment (`_ts`, seconds)."""
    where = f"c.audienceId IN ({_names('a', audiences)}) AND c._ts >= @since"
    columns = "c.id, c.audienceId, c.usable, c._etag, c.question, c.approaches, c.topics, c.embedding, c.embeddedBy"
    text = f"SELECT {columns} FROM c WHERE {where}"  # noqa: S608
    return Query(name="changed", container=SNIPPETS, scope=Scope.AUDIENCES, text=text)


def naming(container: Container, texts: int) -> Query:
    """Documents of one type that may hold one of so many texts (lower case), or that are compressed."""
    holds = " OR ".join(f"CONTAINS(LOWER(c.body), @t{number})" for number in range(texts))
    return _everywhere("naming", container, f"c.type = @type AND (IS_DEFINED(c.zip) OR {holds})")


def _names(prefix: str, number: int) -> str:
    return ", ".join(f"@{prefix}{n}" for n in range(number))
