"""Topics of a text where curators keep some: theirs first, under their names, and nothing that they banned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.identity import AudienceId
from shared.domain.topics import TOPICS_AT_MOST, KeptTopics, Topic
from shared.judgement.topics import in_line, stemmed, tells, topics_of

INVOICES = "who approves invoices from suppliers?"
MAILBOX = "The shared mailbox of the Lyon plant is missing on my phone"
WORDS = (
    "vpn",
    "VPN certificates",
    "certificate",
    "shared mailboxes",
    "mailbox, shared",
    "printer",
    "the",
    "IT",
    "Lyon",
)
phrases = st.lists(st.sampled_from(WORDS), max_size=4)


def keeping(*topics: Topic | str, banned: tuple[str, ...] = ()) -> KeptTopics:
    return KeptTopics(
        audience_id=AudienceId("a"),
        topics=tuple(topic if isinstance(topic, Topic) else Topic(name=topic) for topic in topics),
        banned=banned,
    )


any_kept = st.builds(
    lambda topics, banned: keeping(*topics, banned=tuple(banned)),
    st.lists(st.builds(lambda n, w: Topic(name=n, wordings=tuple(w)), st.sampled_from(WORDS), phrases), max_size=4),
    phrases,
)
texts = st.lists(st.sampled_from((*WORDS, "renew", "on", "and", "Where?", "e-17", "dock")), max_size=12).map(" ".join)


def test_a_kept_topic_comes_first_under_its_own_name() -> None:
    kept = keeping("Invoice approval", "Travel")
    assert topics_of(INVOICES, kept=kept)[0] == "Invoice approval"
    assert "Travel" not in topics_of(INVOICES, kept=kept)


def test_any_other_wording_of_a_kept_topic_gives_its_name() -> None:
    kept = keeping(Topic(name="Accounts payable", wordings=("invoice approval", "bills")))
    assert topics_of(INVOICES, kept=kept)[0] == "Accounts payable"
    assert topics_of("where do my bills go?", kept=kept)[0] == "Accounts payable"


def test_words_of_a_wording_are_no_topics_beside_its_name() -> None:
    kept = keeping(Topic(name="Lyon phones", wordings=("shared mailbox", "phone")))
    assert not {"mailbox", "phone", "shared"} & set(topics_of(MAILBOX, kept=kept))


def test_of_two_kept_topics_the_more_telling_one_comes_first_and_covers_the_other() -> None:
    kept = keeping("Mailbox", "Shared mailbox", "Phone")
    topics = topics_of(MAILBOX, kept=kept)
    assert topics[:2] == ("Shared mailbox", "Phone")
    assert "Mailbox" not in topics


def test_what_is_banned_is_no_topic_in_whatever_form() -> None:
    assert "shared mailbox" in topics_of(MAILBOX)
    assert "shared mailbox" not in topics_of(MAILBOX, kept=keeping(banned=("Mailboxes, shared",)))


@pytest.mark.parametrize("again", ["shared mailboxes", "mailbox shared"])
def test_a_phrase_in_the_plural_or_another_order_is_the_same_one(again: str) -> None:
    topics = topics_of(f"{MAILBOX}. Who owns the {again}?")
    assert [topic for topic in topics if "mailbox" in topic] == ["shared mailbox"]


def test_a_topic_is_known_by_its_very_words_in_other_languages() -> None:
    text = "Wie melde ich mich am VPN an, wenn das Zertifikat der Zweigstellen abgelaufen ist?"
    assert topics_of(text, kept=keeping("Zweigstellen"))[0] == "Zweigstellen"


def test_a_topic_of_small_words_alone_is_in_no_text() -> None:
    assert topics_of("is it the printer?", kept=keeping("IT")) == ("printer",)
    assert not tells(Topic(name="IT"))
    assert tells(Topic(name="IT", wordings=("service desk",)))


def test_a_text_that_was_drafted_before_a_topic_was_kept_gets_it_and_its_own_words_give_way() -> None:
    before = topics_of(MAILBOX)
    after = in_line(before, MAILBOX, keeping("Shared mailbox"))
    assert after[0] == "Shared mailbox"
    assert "shared mailbox" not in after
    assert set(after[1:]) <= set(before)


def test_a_topic_that_a_text_had_keeps_its_new_name_though_the_text_no_longer_names_it() -> None:
    kept = keeping(Topic(name="Accounts payable", wordings=("invoices",)))
    assert in_line(("invoice", "lunch"), "who approves this?", kept) == ("Accounts payable", "lunch")


@given(any_kept, phrases, texts)
def test_what_is_in_line_stays_as_it_is(kept: KeptTopics, topics: list[str], text: str) -> None:
    once = in_line(topics, text, kept)
    assert in_line(once, text, kept) == once
    assert len(set(map(stemmed, once))) == len(once) <= TOPICS_AT_MOST
    assert not any(kept.is_banned(topic) for topic in once)


@given(any_kept, texts)
def test_a_fresh_text_is_in_line(kept: KeptTopics, text: str) -> None:
    topics = topics_of(text, kept=kept)
    assert in_line(topics, text, kept) == topics
