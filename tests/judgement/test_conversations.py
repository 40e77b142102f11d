"""The conversations that links suggest, and what opens them."""

from shared.domain.identity import MessageId
from shared.judgement.conversations import conversations, opening_of
from shared.judgement.opener_chat import Chat
from shared.judgement.openers import opens_request
from shared.judgement.verdicts import Link, Verdict
from tests.judgement.talk import say, talk

_CHAT = talk(
    "Ann: how do I move the authenticator app to a new phone?",
    "Bob: is the depot open on Saturday?",
    "Cid: install it on the new one and scan the code again",
    "Dan: yes, until noon",
    "Ann: that worked, thanks",
)


def found(*parents: int | None, chance: float = 0.9) -> dict[MessageId, Link]:
    """Links of the messages numbered from 0, each with what it replies to."""
    ids = [None if parent is None else MessageId(str(parent)) for parent in parents]
    return {
        MessageId(str(at)): Link(parent_id=one, probability=chance, weighed=((one, chance),))
        for at, one in enumerate(ids)
    }


def numbers(links: dict[MessageId, Link]) -> list[list[str]]:
    return [[message.id for message in thread] for thread in conversations(_CHAT, links)]


def test_each_start_gathers_what_hangs_on_it() -> None:
    assert numbers(found(None, None, 0, 1, 2)) == [["0", "2", "4"], ["1", "3"]]


def test_a_message_that_may_as_well_reply_is_looked_at_as_a_start_too() -> None:
    links = found(None, 0, 0, 1, 2)
    links[MessageId("1")] = Link(
        parent_id=MessageId("0"), probability=0.6, weighed=((MessageId("0"), 0.6), (None, 0.4))
    )
    assert numbers(links) == [["0", "1", "2", "3", "4"], ["1", "3"]]


def test_what_nothing_is_known_of_belongs_to_no_conversation() -> None:
    assert numbers({}) == []


def test_what_somebody_opens_with_ends_where_another_speaks_or_after_a_pause() -> None:
    thread = [say("Ann", "hi", 1), say("Ann", "how do I …", 2), say("Bob", "yes?", 3), say("Ann", "print", 4)]
    assert [message.id for message in opening_of(thread)] == ["1", "2"]
    assert [message.id for message in opening_of([thread[0], say("Ann", "hello?", 60)])] == ["1"]
    assert opening_of([]) == []


def test_a_sure_reply_speaks_for_a_request_and_a_doubtful_one_less() -> None:
    thread = list(conversations(_CHAT, found(None, None, 0, 1, 2)))[1]
    chances = [
        opens_request(thread[:1], later=thread[1:], links=found(None, None, 0, 1, 2, chance=chance)).probability
        for chance in (0.95, 0.3)
    ]
    assert chances[0] > chances[1]


def test_with_the_whole_chat_in_sight_who_replied_decides_between_equal_words() -> None:
    sure, doubtful = found(None, None, 0, 1, 2, chance=0.95), found(None, None, 0, 1, 2, chance=0.95)
    for at in ("2", "3"):
        doubtful[MessageId(at)] = Link(parent_id=None, probability=0.8, weighed=((None, 0.8), (MessageId("0"), 0.1)))
    thread = [_CHAT[0], _CHAT[2], _CHAT[4]]
    chances = [
        opens_request(thread[:1], later=thread[1:], links=links, chat=Chat(_CHAT, links)).probability
        for links in (sure, doubtful)
    ]
    assert chances[0] > chances[1] + 0.2


def test_what_an_author_was_in_the_middle_of_is_told_in_numbers() -> None:
    links = found(None, None, 0, 1, 2)
    numbers = Chat(_CHAT, links).numbers
    first, last = numbers(_CHAT[0].id), numbers(_CHAT[4].id)
    assert (first["spoke"], last["spoke"]) == (0, 1)
    assert first["first reply"] == 0.9
    assert last["own last drew"] == 0.9
    assert last["replies to others"] == 0.9
    assert first["own thanks"] == 1


def test_what_no_link_was_weighed_of_is_not_known_to_the_chat() -> None:
    assert not Chat(_CHAT, {}).knows(_CHAT[0].id)
    assert Chat(_CHAT, found(None)).knows(_CHAT[0].id)
    asked = opens_request(_CHAT[:1], later=_CHAT[2:3], chat=Chat(_CHAT, {}))
    assert asked == opens_request(_CHAT[:1], later=_CHAT[2:3])


def test_what_is_rather_a_reply_opens_no_request_at_once() -> None:
    asked = say("Ann", "how do I move the authenticator app to a new phone?", 0)
    assert opens_request([asked]).verdict is Verdict.YES
    doubtful = {asked.id: Link(parent_id=MessageId("9"), probability=0.9, weighed=((MessageId("9"), 0.9), (None, 0.1)))}
    assert opens_request([asked], links=doubtful).verdict is not Verdict.YES
