"""What each judgement costs a message, on one core, also as a ratio to one embedding of the same text."""

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.adapters.embedding.minilm import installed_model, minilm
from shared.domain.identity import MessageId, Person, SpaceId, TenantId, ThreadId, user_key
from shared.domain.messages import Message, MessageKind
from shared.judgement.answers import assess
from shared.judgement.links import link
from shared.judgement.openers import opens_request
from shared.judgement.similar import may_be_same, rank
from shared.judgement.topics import topics_of
from shared.judgement.verdicts import Candidate
from tests.bench.figure import Figure, plain
from tests.soak.talk import going_on, opening

MODELS = Path(__file__).parents[2] / "shared/judgement/models"
TENANT = TenantId("0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MESSAGES = 160
WINDOW = 100
CANDIDATES = 30
REPLIES = 6


def measure() -> Iterator[Figure]:
    """Milliseconds of CPU per message of each judgement; what several of them read is read once, as in the app."""
    talk = _talk()
    texts = [message.text for message in talk]
    embedder = minilm(kept_at_most=1)  # or the second embedding of a text would cost nothing
    embedder.embed(texts[:2])  # the model is loaded once a process
    known = dict(zip(texts, embedder.embed(texts), strict=True))
    embedding = _median(lambda text: embedder.embed([text]), texts[WINDOW:])
    yield plain("judging.embedding_ms", embedding, "ms")
    starts = range(WINDOW, MESSAGES - REPLIES)
    links = _median(lambda i: link(talk[i], talk[max(0, i - WINDOW) : i]), range(WINDOW, MESSAGES))
    opened = _median(lambda message: opens_request([message]), talk[WINDOW:])
    due = _median(lambda i: opens_request([talk[i]], later=talk[i + 1 : i + 1 + REPLIES]), starts)
    topics = _median(topics_of, texts[WINDOW:])
    answers = _median(lambda i: assess([talk[i]], talk[i + 1 : i + 1 + REPLIES], known), starts) / REPLIES
    candidates = [Candidate(id=str(n), question=text, answers="", topics=()) for n, text in enumerate(texts)]
    similar = _median(lambda i: rank(texts[i], candidates[i - CANDIDATES : i], known), range(WINDOW, MESSAGES))
    needless = _median(lambda i: may_be_same(texts[i], candidates[i - CANDIDATES : i]), range(WINDOW, MESSAGES))
    for name, value in (
        ("link", links),
        ("opener", opened),
        ("opener_due", due),
        ("topics", topics),
        ("answer_per_reply", answers),
        ("similar", similar),
        ("similar_per_candidate", similar / CANDIDATES),
        ("similar_worth_embedding", needless),
    ):
        yield plain(f"judging.{name}_ms", value, "ms")
        yield plain(f"judging.{name}_ratio_to_embedding", value / embedding, "ratio")
    sizes = {path.stem: path.stat().st_size for path in sorted(MODELS.iterdir()) if path.is_file()}
    for name, size in sizes.items():
        yield plain(f"judging.model_bytes_{name}", size, "B")
    yield plain("judging.model_bytes", sum(sizes.values()), "B")
    yield plain("judging.sentence_model_bytes", installed_model().stat().st_size, "B")


def _median[T](work: Callable[[T], object], items: Sequence[T]) -> float:
    """The median of CPU milliseconds over the items."""
    spent = []
    for item in items:
        before = time.process_time()
        work(item)
        spent.append(1000 * (time.process_time() - before))
    return statistics.median(spent)


def _talk() -> list[Message]:
    chance = random.Random(5)
    people = [
        Person(key=user_key(TENANT, f"00000000-0000-0000-0000-{n:012}"), name=name)
        for n, name in enumerate(("Ann Lee", "Bob Ray", "Cleo Fox", "Dan Hill", "Eve Moss"))
    ]
    talk = []
    for number in range(MESSAGES):
        at = START + timedelta(seconds=40 * number)
        text = opening(chance) if chance.random() < 0.3 else going_on(chance)
        talk.append(
            Message(
                space_id=SpaceId("19:chat@thread.v2"),
                id=MessageId(str(1_772_000_000_000 + number)),
                kind=MessageKind.PERSON,
                author=chance.choice(people),
                created_at=at,
                modified_at=at,
                text=text,
                body_hash=str(number),
                thread_id=ThreadId(str(1_772_000_000_000 + number)),
            )
        )
    return talk


if __name__ == "__main__":
    for figure in measure():
        print(figure, file=sys.stderr)
