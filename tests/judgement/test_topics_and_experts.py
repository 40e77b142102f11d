"""What a text is about, and who knows about it."""

from datetime import timedelta

from shared.domain.identity import AudienceId, SnippetId
from shared.domain.people import Evidence, Expertise
from shared.judgement.experts import who_knows
from shared.judgement.topics import topics_of
from tests.judgement.talk import START, person

_QUESTION = "vpn cert expired, where do I renew it?"


def test_topics_are_phrases_of_the_text_itself() -> None:
    text = "The shared mailbox of the Lyon plant is missing on my phone"
    topics = topics_of(text)
    assert "shared mailbox" in topics
    assert 1 <= len(topics) <= 4
    assert all(topic in text for topic in topics)


def test_small_words_numbers_and_links_are_no_topics() -> None:
    assert topics_of("how do I do this?") == ()
    assert topics_of("") == ()
    assert topics_of("see https://example.com/printer 12 345") == ()


def knows(name: str, question: str, *, days_ago: int = 0, weight: float = 1.0, snippet: str = "s") -> Expertise:
    evidence = Evidence(
        snippet_id=SnippetId(f"{name}-{snippet}"),
        question=question,
        topics=topics_of(question),
        at=START - timedelta(days=days_ago),
        web_url="https://teams.example/1",
        weight=weight,
    )
    return Expertise(audience_id=AudienceId("a"), person=person(name), evidence=(evidence,))


def test_whoever_answered_the_likest_question_comes_first_with_the_evidence() -> None:
    shown = [
        knows("Bob", "Where do I renew the VPN certificate?"),
        knows("Cid", "Which VPN client do we use on Linux?"),
        knows("Eve", "Who approves travel?"),
    ]
    found = who_knows(_QUESTION, topics_of(_QUESTION), shown, now=START)
    assert found[0].person.name == "Bob"
    assert found[0].because[0].question == "Where do I renew the VPN certificate?"
    assert "Eve" not in [knower.person.name for knower in found]


def test_old_evidence_counts_less_and_in_the_end_not_at_all() -> None:
    fresh, old = knows("Bob", "renew the vpn cert"), knows("Cid", "renew the vpn cert", days_ago=200)
    assert [k.person.name for k in who_knows(_QUESTION, (), [old, fresh], now=START)] == ["Bob", "Cid"]
    assert who_knows(_QUESTION, (), [old], now=START + timedelta(days=2000)) == ()


def test_verified_evidence_counts_more() -> None:
    plain, verified = knows("Ann", "renew the vpn cert"), knows("Bob", "renew the vpn cert", weight=1.5)
    assert who_knows(_QUESTION, (), [plain, verified], now=START)[0].person.name == "Bob"


def test_evidence_of_one_person_adds_up() -> None:
    twice = [knows("Bob", "renew the vpn cert", snippet=s) for s in ("1", "2")]
    found = who_knows(_QUESTION, (), [knows("Ann", "renew the vpn cert"), *twice], now=START)
    assert (found[0].person.name, len(found[0].because)) == ("Bob", 2)


def test_silence_beats_a_weak_suggestion() -> None:
    assert (
        who_knows("How do I order safety shoes?", ("safety shoes",), [knows("Bob", "renew the vpn cert")], now=START)
        == ()
    )
    assert who_knows("", (), [knows("Bob", "renew the vpn cert")], now=START) == ()
    assert who_knows(_QUESTION, (), [], now=START) == ()


def test_no_more_people_are_named_than_asked_for() -> None:
    shown = [knows(name, "renew the vpn cert") for name in ("Ann", "Bob", "Cid", "Dan")]
    assert len(who_knows(_QUESTION, (), shown, now=START)) == 3
    assert len(who_knows(_QUESTION, (), shown, now=START, limit=1)) == 1
