"""The shipped scenario holds what it is there to show."""

from collections import defaultdict
from datetime import timedelta

import pytest

from local.scenarios.company import EventId, PersonId, SpaceId, SpaceKind
from local.scenarios.events import (
    CardKind,
    Command,
    Delete,
    Edit,
    Event,
    Install,
    Post,
    Press,
    Reply,
    Restore,
    Say,
    Tag,
    Verb,
)
from local.scenarios.expectations import (
    CardExpected,
    HelpersExpected,
    NoCardExpected,
    NotStoredExpected,
    NotVisibleExpected,
    Place,
    SnippetExpected,
)
from local.scenarios.loader import default_scenario

STORY = default_scenario()
MESSAGES = {message.id: message for message in STORY.messages()}


def tagged(tag: Tag) -> list[Event]:
    return [event for event in STORY.events if tag in event.tags]


def message(event_id: str) -> Post | Reply:
    return MESSAGES[EventId(event_id)]


def members(space: str, at: str) -> frozenset[PersonId]:
    return STORY.members_at(SpaceId(space), STORY.event(EventId(at)).at)


def presses(verb: Verb) -> list[Press]:
    return [event for event in STORY.events if isinstance(event, Press) and event.verb is verb]


def expected[T](kind: type[T]) -> list[T]:
    return [expectation for expectation in STORY.expectations if isinstance(expectation, kind)]


def test_the_company_has_the_size_it_should() -> None:
    departments: dict[str, list[str]] = defaultdict(list)
    for person in STORY.people.values():
        departments[person.department].append(person.name)
    assert 14 <= len(STORY.people) <= 17
    assert len(departments) == 4
    assert all(len(names) >= 3 for names in departments.values())
    kinds = sorted(space.kind for space in STORY.spaces.values())
    assert kinds == [SpaceKind.CHAT, SpaceKind.PRIVATE, SpaceKind.STANDARD, SpaceKind.STANDARD]


def test_mail_addresses_are_the_companys_own_and_fictional() -> None:
    domain = STORY.company.domain
    assert domain.endswith(".example")
    assert all(person.mail.endswith(f"@{domain}") for person in STORY.people.values())


def test_about_120_messages_in_three_weeks_by_everybody() -> None:
    assert 110 <= len(MESSAGES) <= 140
    first, last = STORY.events[0].at, STORY.events[-1].at
    assert timedelta(days=18) <= last - first <= timedelta(days=21)
    assert {event.who for event in MESSAGES.values()} == set(STORY.people)
    assert {event.space for event in MESSAGES.values()} == set(STORY.spaces)
    assert all(event.at.weekday() < 5 for event in STORY.events)


def test_owners_install_and_switch_capture_on_before_anybody_writes() -> None:
    first_message = next(STORY.messages())
    before = STORY.events[: STORY.events.index(first_message)]
    assert {event.space for event in before if isinstance(event, Install)} == set(STORY.spaces)
    switched_on = {event.space for event in before if isinstance(event, Say) and event.words is Command.CAPTURE_ON}
    assert switched_on == set(STORY.spaces)


@pytest.mark.parametrize("tag", list(Tag))
def test_every_ingredient_is_there(tag: Tag) -> None:
    assert tagged(tag)


def test_questions_are_asked_again_within_and_across_spaces() -> None:
    assert len(tagged(Tag.ASKED_AGAIN)) >= 3
    assert len({event.space for event in tagged(Tag.ASKED_AGAIN_ACROSS)}) >= 3


def test_the_chat_may_see_the_answer_and_the_asker_of_the_private_one_may_not() -> None:
    assert members("van-crew", "vpn-tablet") <= members("ask-it", "vpn-tablet")
    assert members("claims-refunds", "vpn-finance") <= members("ask-it", "vpn-finance")
    assert STORY.event(EventId("refund-care")).who not in members("claims-refunds", "refund-care")


def test_only_the_asker_may_see_the_answer_of_the_narrower_channel() -> None:
    audience = members("heat-pump-help", "serial-again")
    assert STORY.event(EventId("serial-again")).who in audience
    assert not members("ask-it", "serial-again") <= audience


def test_the_correction_comes_from_a_senior_after_the_shortcut() -> None:
    shortcut, correction = message("f104-shortcut"), message("f104-fix")
    assert shortcut.at < correction.at
    assert "Senior" in STORY.people[correction.who].job_title


def test_the_open_question_stays_open_for_over_a_working_day() -> None:
    question, answer = STORY.event(EventId("h21-question")), STORY.event(EventId("h21-answer"))
    assert answer.at - question.at > timedelta(hours=24)
    asked = next(press for press in presses(Verb.ASK) if press.card.about == question.id)
    assert question.at + timedelta(hours=24) < asked.at < answer.at


def test_whoever_is_expected_to_help_has_shown_it_there_before() -> None:
    for expectation in expected(HelpersExpected):
        question = STORY.event(expectation.about)
        earlier = {
            event.who
            for event in STORY.messages()
            if isinstance(event, Reply) and event.space == question.space and event.at < question.at
            if "hygiene" in message(event.to).text.written.lower() and event.who != message(event.to).who
        }
        assert set(expectation.includes) <= earlier
        assert question.who in expectation.excludes


def test_the_corrected_figure_and_the_deleted_answer_are_replaced_later() -> None:
    edit = next(event for event in tagged(Tag.EDITED_ANSWER) if isinstance(event, Edit))
    assert "50%" in message(edit.to).text.written
    assert "50" not in edit.text.written
    deleted = next(event for event in tagged(Tag.DELETED_ANSWER) if isinstance(event, Delete))
    back_again = [event.to for event in STORY.events if isinstance(event, Restore)]
    assert deleted.to not in back_again
    assert back_again


def test_what_must_not_be_in_a_snippet_was_really_written() -> None:
    forbidden = [text for snippet in expected(SnippetExpected) for text in snippet.must_not_contain]
    written = "\n".join(event.text.written for event in MESSAGES.values())
    missing = [text for text in forbidden if text not in written and text.replace(" %", "%") not in written]
    assert not missing
    assert {"Larch-Kettle-88", "498 0273", "siobhan.doyle@tarnbeck.example"} <= set(forbidden)


def test_the_one_who_opted_out_goes_on_writing() -> None:
    [expectation] = expected(NotStoredExpected)
    said = STORY.event(expectation.after)
    assert isinstance(said, Say)
    assert said.words is Command.OPT_OUT
    written = [event for event in MESSAGES.values() if event.who == expectation.author]
    assert [event for event in written if event.at < said.at]
    assert len([event for event in written if event.at > said.at]) >= 2


def test_the_newcomer_starts_later_and_asks() -> None:
    [newcomer] = [person for person in STORY.people.values() if person.joins_at]
    questions = [event for event in MESSAGES.values() if event.who == newcomer.id and isinstance(event, Post)]
    assert questions
    assert all(newcomer.id not in space.members for space in STORY.spaces.values())


def test_messages_show_what_people_put_into_messages() -> None:
    html = "\n".join(event.text.html for event in MESSAGES.values())
    for element in ("<pre><code", "<a href=", "<ul>", "<ol>", "<at id=", "🎉"):
        assert element in html


def test_two_conversations_run_through_each_other_in_the_chat() -> None:
    for first, last in (
        ("rcd-1", "rcd-answer"),
        ("vpn-tablet", "vpn-tablet-thanks"),
        ("distance-1", "distance-thanks"),
    ):
        chat = [event.id for event in MESSAGES.values() if event.space == "van-crew"]
        stretch = chat[chat.index(EventId(first)) : chat.index(EventId(last)) + 1]
        topics = {event_id.split("-")[0] for event_id in stretch}
        assert len(topics) == 2


def test_buttons_of_every_card_are_pressed() -> None:
    assert len({press.card.about for press in presses(Verb.VERIFY)}) >= 2
    for verb in (Verb.EDIT, Verb.REJECT, Verb.HELPED, Verb.NOT_HELPED, Verb.ASK):
        assert presses(verb)
    curators = [press for press in STORY.events if isinstance(press, Press) and press.card.kind is CardKind.REVIEW]
    assert all(press.who in STORY.spaces[press.space].owners for press in curators)


def test_cards_are_expected_to_those_who_may_see_them() -> None:
    for card in expected(CardExpected):
        question = STORY.event(card.about)
        if card.place is Place.PERSON:
            assert card.person in STORY.members_at(question.space, question.at)
    kinds = {card.place for card in expected(CardExpected)}
    assert kinds == set(Place)
    assert len(expected(NotVisibleExpected)) >= 2


def test_every_small_talk_that_opens_a_thread_is_expected_to_set_nothing_off() -> None:
    left_alone = {expectation.about for expectation in expected(NoCardExpected)}
    assert {event.id for event in tagged(Tag.SMALL_TALK) if isinstance(event, Post)} <= left_alone


def test_answers_take_minutes_to_hours() -> None:
    waits = defaultdict[EventId, list[timedelta]](list)
    for event in STORY.messages():
        if isinstance(event, Reply) and event.space != "van-crew" and event.who != message(event.to).who:
            waits[event.to].append(event.at - message(event.to).at)
    first = [min(wait) for wait in waits.values()]
    assert timedelta(minutes=15) <= sorted(first)[len(first) // 2] <= timedelta(hours=1)
    assert min(first) >= timedelta(minutes=3)


def test_an_onlooker_is_told_what_goes_on() -> None:
    told = [event.why for event in STORY.events if event.why]
    assert len(told) >= 30
    assert all(len(why) <= 120 for why in told)
