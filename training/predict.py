"""The judgement's own functions on the lines of the four measured tasks, so that figures can be taken."""

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any

from shared.domain.identity import MessageId
from shared.domain.messages import Message
from shared.judgement import openers, similar
from shared.judgement.answers import assess, texts_to_embed
from shared.judgement.conversations import conversations, opening_of
from shared.judgement.link_features import FAR
from shared.judgement.links import link
from shared.judgement.opener_chat import Chat
from shared.judgement.opener_features import Links
from shared.judgement.verdicts import Candidate, Link, Opening, Role, Verdict
from training.corpora import Item, chat, forum
from training.embedding import meanings_if_any
from training.placing import place


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


def links_of(item: Item) -> tuple[list[Message], dict[MessageId, Link]]:
    """The messages of a chat, and what each that is asked about replies to.

    In the order of arrival. Each message is placed as it is judged, as intake does, so that later ones see
    its place; some before those that are asked about are judged as well, as they would have been.
    """
    messages = list(chat(item))
    found: dict[MessageId, Link] = {}
    for at in range(max(0, item["from"] - FAR), len(messages)):
        before = messages[max(0, at - FAR) : at]
        judged = link(messages[at], before)
        messages[at] = place(messages[at], judged, next((m for m in before if m.id == judged.parent_id), None))
        if int(messages[at].id) >= item["from"]:
            found[messages[at].id] = judged
    return messages, found


def _replies(item: Item) -> dict[str, Any]:
    """The links that are claimed; a message may have several, or none that is likely enough."""
    links: list[list[int]] = []
    for child, judged in links_of(item)[1].items():
        if judged.claimed:
            links.append([int(child), int(judged.parent_id or child)])
        links.extend([int(child), int(other)] for other in judged.also)
    return {"links": links}


def _openers(item: Item) -> dict[str, Any]:
    """What opens a request, with what came later known.

    The task wants a request that somebody else answered; Cairn would also say yes while it waits for an answer.
    """
    messages, links = links_of(item)
    around = Chat(messages, links)
    opened = [
        int(thread[0].id)
        for thread in conversations(messages, links)
        if any(message.author != thread[0].author for message in thread)
        and opening_due(thread, links, around).verdict is Verdict.YES
    ]
    return {"openers": opened}


def opening_due(thread: Sequence[Message], links: Links = MappingProxyType({}), around: Chat | None = None) -> Opening:
    """What is made of a thread's start once it is due; with its meaning, where the sentence model is there."""
    question = opening_of(thread)
    later = thread[len(question) :]
    meanings = meanings_if_any(openers.texts_to_embed(question, later=later, links=links, chat=around))
    return openers.opens_request(question, later=later, links=links, chat=around, meanings=meanings)


TASKS: dict[str, Callable[[Item], dict[str, Any]]] = {
    "answers": _answers,
    "similar": _similar,
    "replies": _replies,
    "openers": _openers,
}
