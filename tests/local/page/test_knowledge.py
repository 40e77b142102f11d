"""What the page tells of what Cairn knows: in words, with names, and only to whom may know it."""

import json
from datetime import UTC, datetime
from typing import Any

from local.page.happenings import _Teller
from local.page.sight import look, quoted
from shared.domain.events import EventKind
from shared.domain.events import event as new_event
from shared.domain.identity import SpaceId
from tests.local.page.conftest import ANSWER, QUESTION, Visitor

SECRET = "How do I get into the payroll portal? It does not take my password any more."
SECRET_ANSWER = "Ask me for a new one, then open the portal from the intranet and choose Reset, not the old link."


async def _private_exchange(visitor: Visitor) -> None:
    """Something that was said in the private channel; Dora joins it, and is in no other place."""
    tenant = visitor.stage.tenant
    dora = tenant.add_user(name="Dora Orr", department="Finance")
    await tenant.add_member(visitor.payroll, dora, by=visitor.ann)
    await visitor.stage.settle()
    root = await tenant.post(visitor.payroll, dora, f"<p>{SECRET}</p>")
    await visitor.stage.settle()
    await visitor.does("/api/reply", viewer=visitor.ann, place=visitor.payroll, text=SECRET_ANSWER, message=root)
    await visitor.does("/api/wait", span="minutes")


async def _known(visitor: Visitor, viewer: str = "") -> Any:
    return await visitor.get("/api/knowledge", **({"as": viewer} if viewer else {}))


async def test_an_answer_comes_with_its_way_its_source_and_how_far_it_is_trusted(visitor: Visitor) -> None:
    root = await visitor.exchange()
    (answer,) = (await _known(visitor))["answers"]
    assert (answer["question"], answer["asker"], answer["where"]) == (QUESTION, "Bob Ray", "Operations › Help")
    assert (answer["trust"], answer["reason"], answer["removed"]) == ("proposed", "Not checked yet", "")
    assert answer["spot"] == {"place": visitor.help, "message": root, "viewer": ""}
    (way,) = answer["ways"]
    (source,) = way["sources"]
    assert (way["text"], source["name"], source["at"]) == (ANSWER, "Cleo Fox", "2026-03-02T09:02:00Z")


async def test_a_secret_that_was_taken_out_is_told_of_and_not_shown(visitor: Visitor) -> None:
    await visitor.exchange(answer=f"{ANSWER} The password is Larch-Kettle-88.")
    known = await _known(visitor)
    assert known["answers"][0]["removed"] == "A secret or personal detail was taken out"
    assert "Larch" not in json.dumps(known)


async def test_people_come_with_what_they_have_shown(visitor: Visitor) -> None:
    await visitor.exchange()
    (cleo,) = (await _known(visitor))["people"]
    assert (cleo["name"], cleo["department"], cleo["namedThisWeek"]) == ("Cleo Fox", "IT", 0)
    assert [(shown["question"], shown["where"]) for shown in cleo["shown"]] == [(QUESTION, "Operations › Help")]


async def test_of_who_opted_out_nothing_is_shown_but_that(visitor: Visitor) -> None:
    await visitor.exchange()
    await visitor.does("/api/post", viewer=visitor.cleo, place=visitor.own_chat(visitor.cleo), text="opt out")
    await visitor.does("/api/wait", span="hours")
    everything = await _known(visitor)
    (cleo,) = everything["people"]
    assert (cleo["name"], cleo["optedOut"], cleo["shown"]) == ("Cleo Fox", True, [])
    assert everything["answers"] == []
    lines = [line["text"] for line in everything["happenings"]]
    (only,) = [line for line in lines if "Cleo Fox" in line]
    assert only.startswith("Cleo Fox opted out.")
    assert (await _known(visitor, visitor.bob))["people"] == []
    assert all("Cleo Fox" not in line["text"] for line in (await _known(visitor, visitor.bob))["happenings"])
    assert [one["name"] for one in (await _known(visitor, visitor.cleo))["people"]] == ["Cleo Fox"]


async def test_a_person_is_shown_what_their_own_places_hold(visitor: Visitor) -> None:
    await visitor.exchange()
    await _private_exchange(visitor)
    everything = {answer["question"] for answer in (await _known(visitor))["answers"]}
    assert everything == {QUESTION, SECRET}
    bobs = await _known(visitor, visitor.bob)
    assert {answer["question"] for answer in bobs["answers"]} == {QUESTION}
    assert "payroll" not in json.dumps(bobs).lower()
    assert "Ann Lee" not in {person["name"] for person in bobs["people"]}
    assert {answer["question"] for answer in (await _known(visitor, visitor.ann))["answers"]} == {QUESTION, SECRET}
    stranger = await _known(visitor, "stranger")
    assert stranger == {"answers": [], "people": [], "happenings": [], "broughtBack": 0}


async def test_what_one_person_alone_was_shown_is_told_to_them_alone(visitor: Visitor) -> None:
    await _private_exchange(visitor)
    await visitor.does("/api/post", viewer=visitor.ann, place=visitor.help, text=SECRET)
    told = "back to Ann Lee alone, because not everybody in Operations › Help may see it."
    for viewer, knows in (("", True), (visitor.ann, True), (visitor.bob, False)):
        lines = [line["text"] for line in (await _known(visitor, viewer))["happenings"]]
        assert any(told in line for line in lines) == knows
        assert not any("Ann Lee asked" in line and "stayed silent" in line for line in lines)


async def test_the_log_says_what_cairn_did_and_why_newest_first(visitor: Visitor) -> None:
    await visitor.exchange()
    await visitor.does("/api/post", viewer=visitor.ann, place=visitor.help, text=QUESTION)
    lines = [line["text"] for line in (await _known(visitor))["happenings"]]
    question, here = quoted(QUESTION), "Operations › Help"
    assert {
        f"Cairn brought the earlier answer to {question} back, in the open: everybody in {here} may see it.",
        f"Cairn kept the answer to {question}, for the members of {here} alone, and asked Ann Lee to check it.",
        f"Cleo Fox answered {question}.",
        f"Bob Ray asked {question}. Cairn had no answer to bring back, so it stayed silent.",
        "Ann Lee let Cairn read along in Operations › Help.",
    } <= set(lines)
    stamps = [datetime.fromisoformat(line["at"]) for line in (await _known(visitor))["happenings"]]
    assert stamps == sorted(stamps, reverse=True)


async def test_there_is_a_sentence_for_every_kind_of_event(visitor: Visitor) -> None:
    teller = _Teller(await look(await visitor.store(), None, {visitor.key(visitor.ann): "Ann Lee"}), [])
    for kind in EventKind:
        by = visitor.key(visitor.ann)
        line = await teller.line(
            new_event(kind, SpaceId(visitor.help), datetime(2026, 3, 2, tzinfo=UTC), subject="unknown", by=by)
        )
        assert line is not None
        assert line.text.endswith(".")
        assert "{" not in line.text
        assert "unknown" not in line.text


async def test_nothing_that_is_read_holds_an_id(visitor: Visitor) -> None:
    await visitor.exchange()
    known = await _known(visitor)
    words = [line["text"] + line["where"] for line in known["happenings"]]
    words += [answer["reason"] + answer["where"] + answer["asker"] for answer in known["answers"]]
    assert words
    for said in words:
        assert visitor.help not in said
        assert visitor.stage.tenant.id not in said


async def test_the_story_is_kept_for_who_walks_through_it(visitor: Visitor) -> None:
    assert await visitor.get("/api/story") == []
    assert (await visitor.get("/api/overview"))["steps"] == 0


async def test_advice_that_no_longer_holds_is_told_of_to_whom_it_concerns(visitor: Visitor) -> None:
    await visitor.exchange()
    await visitor.does("/api/post", viewer=visitor.ann, place=visitor.help, text=QUESTION)
    answer = next(m for m in visitor.stage.tenant.messages(visitor.help) if ANSWER in m.content)
    await visitor.stage.tenant.delete(visitor.help, answer.id)
    await visitor.does("/api/wait", span="hours")
    withdrawn, told = f"Cairn withdrew the answer to {quoted(QUESTION)}", "Cairn told Ann Lee, privately and once"
    for viewer, is_told in (("", True), (visitor.ann, True), (visitor.bob, False)):
        lines = [line["text"] for line in (await _known(visitor, viewer))["happenings"]]
        assert any(line.startswith(withdrawn) for line in lines)
        assert any(line.startswith(told) for line in lines) == is_told


def test_a_long_question_is_cut_between_two_words() -> None:
    assert quoted("one two\nthree") == "“one two three”"
    assert quoted("one two three", 10) == "“one two …”"
