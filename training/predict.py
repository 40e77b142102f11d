"""The judgement's own functions on the lines of the four measured tasks, so that figures can be taken."""

from collections.abc import Callable
from typing import Any

from shared.domain.identity import MessageId
from shared.domain.messages import Message
from shared.judgement import similar
from shared.judgement.answers import assess, texts_to_embed
from shared.judgement.link_features import FAR
from shared.judgement.links import link
from shared.judgement.openers import opens_request
from shared.judgement.verdicts import Candidate, Link, Role, Verdict
from training.corpora import Item, chat, forum
from training.embedding import meanings_if_any


def predict(task: str, item: Item) -> dict[str, Any]:
    """The prediction line for one input line, which need not carry gold.

    Args:
        task: `answers`, `similar`, `replies` or `openers`; docs/judgement.md has the line formats.
        item: one parsed line.

    Raises:
        ValueError: there is no such task.
    """
    if task not in TASKS:
        raise ValueError(f"there is no task {task!r}; there are {', '.join(TASKS)}")
    return {"id": item["id"], **TASKS[task](item)}


def _answers(item: Item) -> dict[str, Any]:
    question, replies = forum(item)
    ids = [answer["id"] for answer in item["answers"]]
    meanings = meanings_if_any(texts_to_embed([question], replies))
    verdicts = {verdict.message_id: verdict for verdict in assess([question], replies, meanings).replies}
    judged = [verdicts.get(reply.id) for reply in replies]
    return {
        "scores": {i: verdict.probability if verdict else 0.0 for i, verdict in zip(ids, judged, strict=True)},
        "good": [i for i, v in zip(ids, judged, strict=True) if v is not None and v.role is Role.ANSWER],
    }


def _similar(item: Item) -> dict[str, Any]:
    candidates = [Candidate(id=c["id"], question=c["text"], answers="") for c in item["candidates"]]
    meanings = meanings_if_any(similar.texts_to_embed(item["query"], candidates))
    return {"scores": {match.id: match.score for match in similar.rank(item["query"], candidates, meanings)}}


def _links(item: Item) -> list[tuple[Message, Link]]:
    """What each message that is asked about replies to; the ones before are context."""
    messages = chat(item)
    return [
        (messages[at], link(messages[at], messages[max(0, at - FAR) : at]))
        for at in range(len(messages))
        if int(messages[at].id) >= item["from"]
    ]


def _replies(item: Item) -> dict[str, Any]:
    found = [(int(m.id), int(one.parent_id) if one.parent_id else int(m.id)) for m, one in _links(item)]
    return {"links": [list(pair) for pair in found]}


def _openers(item: Item) -> dict[str, Any]:
    """What opens a request, with what came later known: a start by its link, which somebody else answers."""
    threads: dict[MessageId, list[Message]] = {}
    thread_of: dict[MessageId, MessageId] = {}
    for message, one in _links(item):
        if not message.said_by_a_person:
            continue
        root = thread_of.get(one.parent_id, one.parent_id) if one.parent_id else message.id
        thread_of[message.id] = root
        threads.setdefault(root, []).append(message)
    return {"openers": [int(root) for root, thread in threads.items() if thread[0].id == root and _opens(thread)]}


def _opens(thread: list[Message]) -> bool:
    first, later = thread[0], thread[1:]
    answered = any(message.author != first.author for message in later)
    return answered and opens_request([first], later=later).verdict is Verdict.YES


TASKS: dict[str, Callable[[Item], dict[str, Any]]] = {
    "answers": _answers,
    "similar": _similar,
    "replies": _replies,
    "openers": _openers,
}
