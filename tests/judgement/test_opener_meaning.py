"""What the meaning of somebody's words adds to whether they open a request, and where it is not asked for."""

from dataclasses import replace

import numpy as np
import pytest

from shared.domain.identity import MessageId
from shared.domain.messages import Message
from shared.judgement import models
from shared.judgement.meaning import NUMBERS, Meaning, Meanings
from shared.judgement.opener_chat import Chat
from shared.judgement.openers import opens_request, texts_to_embed
from shared.judgement.verdicts import Link, Verdict
from tests.judgement.talk import say, talk

_ASKED = "what about the projector in the hall"
_CHAT = talk(f"Ann: {_ASKED}", "Bob: Cid took it", "Dan: lunch is at noon today")


def thread(chance: float) -> tuple[list[Message], list[Message]]:
    """A question that so probably started something, and a reply that so probably is one."""
    asked, reply = say("Ann", _ASKED, 1), say("Bob", "Cid took it", 2, parent=1)
    return [replace(asked, link_probability=chance)], [replace(reply, link_probability=chance)]


def links(chance: float) -> dict[MessageId, Link]:
    """The same for the chat."""
    zero, first = MessageId("0"), MessageId("1")
    return {
        zero: Link(parent_id=None, probability=chance, weighed=((None, chance),)),
        first: Link(parent_id=zero, probability=chance, weighed=((zero, chance), (None, 1 - chance))),
    }


def meaning(side: float) -> Meaning:
    """What a request that is answered means most (1), or least (-1)."""
    weights = models.unpacked(models.read("openers-meaning")["weights"], NUMBERS, 1)[:, 0]
    return np.asarray(side * weights / np.linalg.norm(weights), np.float32)


def of(side: float) -> Meanings:
    return {_ASKED: meaning(side)}


@pytest.mark.parametrize("chance", [0.5, 0.8])
def test_what_means_a_request_is_likelier_to_be_one(chance: float) -> None:
    asked, later = thread(chance)
    against, toward = (opens_request(asked, later=later, meanings=of(side)).probability for side in (-0.3, 0.3))
    assert toward > against + 0.02


def test_the_same_holds_with_the_whole_chat_in_sight() -> None:
    around, known = Chat(_CHAT, links(0.5)), links(0.5)
    against, toward = (
        opens_request(_CHAT[:1], later=_CHAT[1:2], links=known, chat=around, meanings=of(side)).probability
        for side in (-0.3, 0.3)
    )
    assert toward > against + 0.02


def test_without_its_own_meaning_a_thread_is_judged_by_words() -> None:
    asked, later = thread(0.5)
    by_words = opens_request(asked, later=later)
    assert opens_request(asked, later=later, meanings={"something else": meaning(1)}) == by_words
    known, around = links(0.5), Chat(_CHAT, links(0.5))
    assert opens_request(
        _CHAT[:1], later=_CHAT[1:2], links=known, chat=around, meanings={"something else": meaning(1)}
    ) == opens_request(_CHAT[:1], later=_CHAT[1:2], links=known, chat=around)


def test_one_text_is_asked_for_where_words_and_replies_leave_it_open() -> None:
    asked, later = thread(0.4)
    assert 0.15 <= opens_request(asked, later=later).probability <= 0.7
    assert texts_to_embed(asked, later=later) == [_ASKED]
    more = say("Ann", "the one from upstairs", 1)
    assert texts_to_embed([*asked, more], later=later) in ([f"{_ASKED}\nthe one from upstairs"], [])


def test_nothing_is_asked_for_where_they_settle_it() -> None:
    asked, later = thread(1.0)
    assert opens_request(asked, later=later).verdict is Verdict.YES
    assert texts_to_embed(asked, later=later) == []
    assert texts_to_embed([say("Ann", "hello", 1)], later=[say("Bob", "hi", 2, parent=1)]) == []
    assert texts_to_embed([say("Ann", "lunch at noon?", 1)], later=[say("Bob", "yes, lunch", 2, parent=1)]) == []


def test_nothing_is_asked_for_while_nobody_else_has_spoken() -> None:
    asked, _ = thread(0.4)
    assert texts_to_embed(asked, later=[]) == []
    assert texts_to_embed(asked, later=[say("Ann", "anybody?", 2)]) == []
    assert texts_to_embed([], later=[]) == []


def test_what_no_reply_was_heard_of_is_judged_as_if_nothing_were_known_of_its_meaning() -> None:
    asked, _ = thread(0.4)
    assert opens_request(asked, later=[], meanings=of(1)) == opens_request(asked, later=[])
    assert opens_request(asked, meanings=of(1)) == opens_request(asked)
