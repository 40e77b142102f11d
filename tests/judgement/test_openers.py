"""What opens a request, and what only looks like a question. None of these lines is anywhere else."""

from dataclasses import replace

import pytest

from shared.judgement.openers import opens_request
from shared.judgement.verdicts import Verdict
from tests.judgement.talk import say, talk

_REQUESTS = (
    "Which form do I need for parental leave?",
    "can't get the scanner to work",
    "anyone know who looks after the badge system",
    "Trying to mount the share but it keeps asking for credentials, any idea?",
    "Does somebody have the slides from the safety training?",
    "My screen stays black when I connect the docking station, what can I do?",
    "How long do we have to keep delivery notes?",
    "I'm looking for the latest price list, where is it stored?",
    "Good morning everyone! Could someone tell me how to reach the payroll team?",
    "I get 'certificate not trusted' when I open the supplier portal",
    "what's the difference between the two cost centres for marketing?",
    "Has anybody managed to connect Power BI to the warehouse?",
    "does the Lyon plant use the same part numbers as we do?",
    "need help with the quarterly report macro, it crashes on step 3",
)
_OTHERWISE = (
    "lunch at 12?",
    "who's in?",
    "isn't that great?",
    "how was your weekend?",
    "coffee?",
    "anyone up for ping-pong at four?",
    "are we still on for tomorrow?",
    "Can we move the call to 3?",
    "does Thursday work for everyone?",
    "seriously?",
    "who would have thought?",
    "what could possibly go wrong?",
    "Happy birthday, Nina!! How does it feel?",
    "ok, thanks!",
    "FYI: the canteen is closed on Friday",
    "See you at the party tonight?",
    "how are you all doing?",
    "Nice weather today, isn't it?",
    "did you see the game last night?",
    "hi all",
    "deployment is done, everything green",
    "👍",
    "",
)


@pytest.mark.parametrize("text", _REQUESTS)
def test_a_request_is_never_dismissed(text: str) -> None:
    assert opens_request([say("Ann", text)]).verdict is not Verdict.NO


def test_most_requests_are_seen_at_once() -> None:
    seen = [text for text in _REQUESTS if opens_request([say("Ann", text)]).verdict is Verdict.YES]
    assert len(seen) >= 0.8 * len(_REQUESTS)


@pytest.mark.parametrize("text", _OTHERWISE)
def test_small_talk_plans_and_rhetoric_open_nothing(text: str) -> None:
    assert opens_request([say("Ann", text)]).verdict is Verdict.NO


@pytest.mark.parametrize("text", _OTHERWISE)
def test_replies_in_kind_do_not_turn_small_talk_into_a_request(text: str) -> None:
    later = talk("bob: I'm in!", "cid: see you at the entrance", "ann: thanks")
    assert opens_request([say("Ann", text)], later=later).verdict is not Verdict.YES


def test_a_request_may_be_spread_over_several_messages() -> None:
    parts = [
        say("Ann", "hi all", 1),
        say("Ann", "I have a new phone", 2),
        say("Ann", "how do I move the authenticator app?", 3),
    ]
    assert opens_request(parts[:1]).verdict is Verdict.NO
    assert opens_request(parts).verdict is Verdict.YES


def test_what_came_later_makes_an_unsure_request_a_sure_one() -> None:
    said = [say("Ann", "the new headset has an echo in every call", 1)]
    later = talk(
        "bob: did you update the firmware? you can get it from the vendor's page", "Ann: that fixed it, thanks"
    )
    assert opens_request(said).verdict is Verdict.UNSURE
    assert opens_request(said, later=later).verdict is Verdict.YES


def test_silence_does_not_speak_against_a_request() -> None:
    said = [say("Ann", "Which form do I need for parental leave?")]
    assert opens_request(said, later=()).verdict is Verdict.YES


def test_a_subject_counts_as_words() -> None:
    bare = say("Ann", "please see the screenshot")
    assert opens_request([bare]).verdict is not Verdict.YES
    assert opens_request([replace(bare, subject="How do I renew a supplier contract?")]).verdict is Verdict.YES


def test_nobody_saying_anything_opens_nothing() -> None:
    assert opens_request([]).verdict is Verdict.NO
    assert opens_request([say(None, "")]).verdict is Verdict.NO
