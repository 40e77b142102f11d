"""A scenario is read whole, or refused with a sentence that names the line to mend."""

from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.scenarios.company import EventId, PersonId, SpaceId
from local.scenarios.events import CardKind, Post, Press, Reply, Say, Tag, Verb
from local.scenarios.expectations import CardExpected, Place, SnippetExpected, Trust
from local.scenarios.loader import load
from local.scenarios.scenario import Scenario, ScenarioError

type Line = dict[str, Any]


def person(person_id: str, **more: Any) -> Line:
    return {
        "id": person_id,
        "name": person_id.title(),
        "department": "IT",
        "job_title": "Analyst",
        "mail": f"{person_id}@firm.example",
        **more,
    }


FIRM: Line = {
    "company": {"name": "Firm", "domain": "firm.example"},
    "teams": [{"id": "all", "name": "All"}],
    "people": [person("ann"), person("bob"), person("cem"), person("dee", joins_at="2026-03-02 12:00")],
    "spaces": [
        {
            "id": "open",
            "kind": "standard",
            "name": "Open",
            "team": "all",
            "owners": ["ann"],
            "members": ["ann", "bob", "cem"],
        },
        {
            "id": "closed",
            "kind": "private",
            "name": "Closed",
            "team": "all",
            "owners": ["ann"],
            "members": ["ann", "bob"],
        },
        {"id": "chat", "kind": "chat", "name": "Chat", "owners": ["bob"], "members": ["bob", "cem"]},
    ],
}


def event(clock: str, who: str, do: str, **more: Any) -> Line:
    line = {"at": f"2026-03-02 {clock}", "who": who, "do": do, **more}
    return line if do == "press" else {"in": "open", **line}


QUESTION = event("09:00", "bob", "post", id="q", text="Where is it?")
ANSWER = event("09:10", "ann", "reply", id="a", to="q", text="Here.")


def read(tmp_path: Path, *events: Line, expectations: tuple[Line, ...] = (), **other: Any) -> Scenario:
    file = tmp_path / "story.yaml"
    document = {**deepcopy(FIRM), "events": list(events), "expectations": list(expectations), **other}
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return load(file)


def refusal(tmp_path: Path, *events: Line, expectations: tuple[Line, ...] = (), **other: Any) -> str:
    with pytest.raises(ScenarioError) as refused:
        read(tmp_path, *events, expectations=expectations, **other)
    return str(refused.value)


def test_a_story_is_read_with_its_types(tmp_path: Path) -> None:
    story = read(
        tmp_path,
        {**QUESTION, "why": "It begins", "tags": ["newcomer"]},
        ANSWER,
        event("09:20", "ann", "press", card={"about": "q", "kind": "review"}, verb="verify"),
    )
    question, answer, press = story.events
    assert isinstance(question, Post)
    assert question.at == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert question.tags == {Tag.NEWCOMER}
    assert question.text.html == "<p>Where is it?</p>"
    assert isinstance(answer, Reply)
    assert answer.to == "q"
    assert isinstance(press, Press)
    assert (press.verb, press.card.kind, press.space) == (Verb.VERIFY, CardKind.REVIEW, "open")
    assert [message.id for message in story.messages()] == ["q", "a"]
    assert story.event(EventId("a")) is answer


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(yaml.safe_dump({"events": [ANSWER]}), encoding="utf-8")
    (tmp_path / "a.yaml").write_text(yaml.safe_dump({**FIRM, "events": [QUESTION]}), encoding="utf-8")
    assert [event.id for event in load(tmp_path).events] == ["q", "a"]


def test_an_event_without_an_id_is_named_by_its_number(tmp_path: Path) -> None:
    story = read(tmp_path, QUESTION, event("09:01", "cem", "react", to="q", emoji="👍"))
    assert story.events[1].id == "event-2"


def test_members_follow_joins_and_leaves(tmp_path: Path) -> None:
    story = read(tmp_path, event("13:00", "dee", "join"), event("14:00", "cem", "leave"))
    space = SpaceId("open")
    assert story.members_at(space, datetime(2026, 3, 2, 12, 59, tzinfo=UTC)) == {"ann", "bob", "cem"}
    assert story.members_at(space, datetime(2026, 3, 2, 13, 0, tzinfo=UTC)) == {"ann", "bob", "cem", "dee"}
    assert story.members_at(space, datetime(2026, 3, 2, 14, 0, tzinfo=UTC)) == {"ann", "bob", "dee"}


def test_an_opt_out_is_said_in_private(tmp_path: Path) -> None:
    story = read(tmp_path, event("09:00", "bob", "say", words="opt out") | {"in": "personal"})
    assert isinstance(story.events[0], Say)


def test_expectations_are_read_with_their_types(tmp_path: Path) -> None:
    story = read(
        tmp_path,
        QUESTION,
        ANSWER,
        expectations=(
            {"id": "s", "says": "…", "kind": "snippet", "about": "q", "trust": "verified", "sources_include": ["a"]},
            {"id": "t", "says": "…", "kind": "card", "card": "helpers", "about": "q", "to": "thread"},
            {"id": "p", "says": "…", "kind": "card", "card": "helpers", "about": "q", "to": "bob"},
            {"id": "n", "says": "…", "kind": "card", "card": "helpers", "about": "q", "to": "none"},
        ),
    )
    snippet, *cards = story.expectations
    assert isinstance(snippet, SnippetExpected)
    assert snippet.trust == (Trust.VERIFIED,)
    places = [(card.place, card.person) for card in cards if isinstance(card, CardExpected)]
    assert places == [(Place.THREAD, None), (Place.PERSON, PersonId("bob")), (Place.NOWHERE, None)]


REVIEW = event("09:20", "ann", "press", id="p", card={"about": "q", "kind": "review"}, verb="reject")
ASK = event("09:20", "bob", "press", id="p", card={"about": "q", "kind": "helpers"}, verb="ask")
PRESS = event("09:20", "bob", "press", id="p", card={"about": "q", "kind": "answered_before"}, verb="helped")


@pytest.mark.parametrize(
    ("events", "complaint"),
    [
        ([QUESTION | {"who": "zed"}], "q: unknown person 'zed'"),
        ([QUESTION | {"in": "attic"}], "q: unknown space 'attic'"),
        ([QUESTION | {"in": "chat", "who": "ann"}], "q: ann is not a member of chat at that moment"),
        ([event("09:00", "cem", "leave"), QUESTION | {"who": "cem"}], "q: cem is not a member of open"),
        ([QUESTION | {"who": "dee"}], "q: dee has not joined the firm yet"),
        ([event("13:00", "bob", "join", id="j")], "j: bob is already a member of open"),
        ([QUESTION | {"in": "personal"}], "q: only words to the bot are said in a personal chat"),
        ([QUESTION, ANSWER | {"at": "2026-03-02 08:59"}], "a: time goes back here"),
        ([QUESTION | {"at": "yesterday"}], "q: at: 'yesterday' is not like 2026-03-02 09:14"),
        ([QUESTION, ANSWER | {"id": "q"}], "q: this id stands here twice"),
        ([QUESTION, ANSWER | {"to": "nothing"}], "a: 'nothing' is no message that was written before"),
        ([QUESTION, ANSWER | {"in": "closed"}], "a: q stands in open, not closed"),
        ([QUESTION, ANSWER, ANSWER | {"id": "b", "to": "a"}], "b: a is itself a reply; name the thread's root"),
        ([QUESTION, event("09:01", "bob", "delete", to="q"), ANSWER], "a: q is deleted at that moment"),
        ([QUESTION, event("09:01", "ann", "delete", id="d", to="q")], "d: q was written by somebody else"),
        ([QUESTION, event("09:01", "ann", "edit", id="d", to="q", text="x")], "d: q was written by somebody else"),
        ([QUESTION, event("09:01", "bob", "restore", id="r", to="q")], "r: q is not deleted"),
        (
            [QUESTION, event("09:01", "bob", "delete", to="q"), event("09:02", "ann", "restore", id="r", to="q")],
            "r: q was written by somebody else",
        ),
        ([QUESTION, event("09:01", "ann", "react", id="r", to="x", emoji="👍")], "r: 'x' is no message"),
        ([event("09:00", "bob", "install", id="i")], "i: bob does not own open"),
        (
            [event("08:00", "ann", "install"), event("09:00", "bob", "say", id="s", words="capture on")],
            "s: bob does not own open",
        ),
        ([event("09:00", "ann", "say", id="s", words="capture on")], "s: the app is not installed there yet"),
        ([event("09:00", "ann", "say", id="s", words="sing")], "s: Invalid enum value 'sing'"),
        ([PRESS], "p: 'q' is no message that was written before"),
        ([QUESTION, PRESS | {"in": "closed"}], "p: q stands in open"),
        ([QUESTION, PRESS | {"verb": "verify"}], "p: a card of kind answered_before has no button verify"),
        ([QUESTION, PRESS | {"values": {"aproach": "a"}}], "p: unknown aproach"),
        ([QUESTION, ASK], "p: ask names a person"),
        ([QUESTION, ASK | {"values": {"person": "zed"}}], "p: unknown person 'zed'"),
        ([QUESTION, REVIEW | {"verb": "edit"}], "p: edit brings a text"),
        ([QUESTION, REVIEW | {"verb": "merge"}], "p: merge says into what"),
        ([QUESTION, REVIEW | {"verb": "merge", "values": {"into": "x"}}], "p: 'x' is no message"),
        ([QUESTION, REVIEW | {"values": {"approach": "x"}}], "p: 'x' is no message"),
        ([QUESTION, REVIEW | {"if_shown": True}], "p: if_shown names an approach"),
        ([QUESTION | {"text": "hi @{zed}"}], "q: mentions an unknown person 'zed'"),
        ([QUESTION | {"mood": "glum"}], "q: unknown mood"),
        ([QUESTION | {"do": "sing"}], "q: do: 'sing' is none of post, reply"),
        ([QUESTION | {"text": 7}], "q: Expected `object`, got `int`"),
        ([{"do": "post", "at": "2026-03-02 09:00", "who": "bob"}], "event-1: Object missing required field"),
    ],
)
def test_what_could_not_have_happened_is_refused(tmp_path: Path, events: list[Line], complaint: str) -> None:
    assert refusal(tmp_path, *events).startswith(complaint)


def test_a_press_by_somebody_outside_the_space_is_refused(tmp_path: Path) -> None:
    question = QUESTION | {"in": "closed"}
    assert refusal(tmp_path, question, PRESS | {"who": "cem"}).startswith("p: cem is not a member of closed")


def test_a_deleted_message_can_be_restored_and_answered(tmp_path: Path) -> None:
    gone, back = event("09:01", "bob", "delete", to="q"), event("09:02", "bob", "restore", to="q")
    assert len(read(tmp_path, QUESTION, gone, back, ANSWER).events) == 4


def test_a_chat_message_may_quote_a_quoting_one(tmp_path: Path) -> None:
    chat = {"in": "chat"}
    first = QUESTION | chat
    second = ANSWER | chat | {"who": "cem"}
    third = ANSWER | chat | {"id": "b", "to": "a", "who": "bob"}
    assert len(read(tmp_path, first, second, third).events) == 3


@pytest.mark.parametrize(
    ("expectation", "complaint"),
    [
        ({"kind": "snippet", "about": "x"}, "e: 'x' is no message"),
        ({"kind": "snippet", "about": "q", "sources_include": ["x"]}, "e: 'x' is no message"),
        ({"kind": "card", "card": "review", "about": "q", "to": "zed"}, "e: unknown person 'zed'"),
        ({"kind": "no_card", "about": "x"}, "e: 'x' is no message"),
        ({"kind": "helpers", "about": "q", "excludes": ["zed"]}, "e: unknown person 'zed'"),
        ({"kind": "not_visible", "snippet_about": "q", "to": "zed"}, "e: unknown person 'zed'"),
        ({"kind": "not_stored", "author": "bob", "after": "x"}, "e: unknown event 'x'"),
        ({"kind": "wish", "about": "q"}, "e: kind: 'wish' is none of snippet"),
    ],
)
def test_an_expectation_about_nothing_known_is_refused(tmp_path: Path, expectation: Line, complaint: str) -> None:
    line = {"id": "e", "says": "…", **expectation}
    assert refusal(tmp_path, QUESTION, expectations=(line,)).startswith(complaint)


def test_the_same_expectation_twice_is_refused(tmp_path: Path) -> None:
    line = {"id": "e", "says": "…", "kind": "no_card", "about": "q"}
    assert refusal(tmp_path, QUESTION, expectations=(line, line)) == "e: this id stands here twice"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"members": ["ann", "zed"]}, "open: unknown person 'zed'"),
        ({"owners": ["dee"]}, "open: an owner is not among the members"),
        ({"owners": []}, "open: has no owner"),
        ({"id": "personal"}, "personal: this id is kept"),
        ({"team": "none"}, "open: unknown team 'none'"),
        ({"kind": "chat"}, "open: a channel belongs to a team, a chat to none"),
        ({"members": ["ann", "cem"]}, "closed: a private channel's members are in its team, but not bob"),
    ],
)
def test_a_space_that_teams_would_not_have_is_refused(tmp_path: Path, change: Line, complaint: str) -> None:
    spaces = deepcopy(FIRM["spaces"])
    spaces[0] |= change
    assert refusal(tmp_path, spaces=spaces).startswith(complaint)


def test_the_same_person_twice_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, people=[person("ann"), person("ann")]) == "ann: this id stands here twice"


def test_a_file_that_is_not_a_scenario_is_refused_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    for text in ("- just\n- a list", "events: [1, 2]", "evnts: []", "a: [unclosed"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ScenarioError, match=r"^story\.yaml: "):
            load(file)
