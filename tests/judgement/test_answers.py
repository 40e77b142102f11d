"""Which replies answer, what belongs together, who contradicts whom, and when it is resolved."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.messages import Reaction
from shared.judgement.answers import assess
from shared.judgement.approaches import words_to_keep
from shared.judgement.verdicts import Assessment, Role
from tests.judgement.talk import judged, person, say, talk


def roles(assessment: Assessment) -> list[Role]:
    return [reply.role for reply in assessment.replies]


def sources(assessment: Assessment) -> list[tuple[str, ...]]:
    return [approach.message_ids for approach in assessment.approaches]


def test_an_answer_is_told_from_a_question_back_and_from_thanks() -> None:
    found = judged(
        "ann: How do I get the new letterhead into Word?",
        "bob: which version of Word do you have?",
        "ann: the one from 2021",
        "cid: Open File > New, choose Company templates and pick Letterhead.",
        "ann: thanks, works now",
    )
    assert roles(found)[0] is Role.HELP
    assert roles(found)[2:] == [Role.ANSWER, Role.TALK]
    assert sources(found) == [("3",)]
    assert found.resolved
    assert found.approaches[0].text == "Open File > New, choose Company templates and pick Letterhead."


def test_who_is_not_sure_answers_only_what_reads_like_an_answer_all_the_same() -> None:
    asked = "ann: Where do I get a new badge?"
    tells = judged(
        asked,
        "bob: I guess the shop in building 4 on the second floor has new badges, you need your staff number and a "
        "photo, they are open from 9 till 4.",
    )
    supposes = judged(asked, "bob: I guess the shop in building 4 has them.")
    assert (roles(tells), roles(supposes)) == ([Role.ANSWER], [Role.TALK])
    assert supposes.replies[0].probability > 0.5


def test_lines_of_one_person_in_a_row_are_one_approach() -> None:
    found = judged(
        "ann: How do I order safety shoes?",
        "bob: hi Ann",
        "bob: open the shop in the intranet and log in with your badge number",
        "bob: then go to Work clothes",
        "bob: and choose your size",
        "bob: hope that helps!",
    )
    assert sources(found) == [("2", "3", "4")]
    assert found.approaches[0].text == (
        "open the shop in the intranet and log in with your badge number\nthen go to Work clothes\nand choose your size"
    )


def test_different_answers_stay_different_approaches() -> None:
    found = judged(
        "ann: How can I send a 2 GB file to a customer?",
        "bob: Use the transfer portal, it gives you a link that is valid for a week.",
        "cid: You can put it on SharePoint and share the folder with the customer's address.",
    )
    assert sources(found) == [("1",), ("2",)]


def test_an_alternative_by_the_same_person_is_another_approach() -> None:
    found = judged(
        "ann: How can I send a 2 GB file to a customer?",
        "bob: Use the transfer portal, it gives you a link that is valid for a week.",
        "bob: Alternatively you can put it on SharePoint and share the folder with the customer.",
    )
    assert sources(found) == [("1",), ("2",)]


def test_somebody_saying_the_same_joins_as_a_source() -> None:
    found = judged(
        "ann: How do I unlock my SAP account?",
        "bob: Go to the password portal and press Unlock, it takes five minutes.",
        "cid: yes, the password portal has an Unlock button",
    )
    assert sources(found) == [("1", "2")]
    assert found.approaches[0].text == "Go to the password portal and press Unlock, it takes five minutes."


def test_the_askers_own_solution_is_an_answer_and_resolves() -> None:
    for solution in (
        "found it: the macro was blocked, you have to tick Trusted location in the options",
        "solved: had to install the 32-bit driver",
        "I figured it out, the export needs the language set to English",
        "turns out the licence had expired, renewing it in the portal was enough",
    ):
        found = judged("ann: The macro of the price list does nothing, any idea?", "bob: no idea", f"ann: {solution}")
        assert sources(found) == [("2",)], solution
        assert found.resolved, solution


def test_a_contradiction_that_gives_another_way_disputes_the_earlier_answer() -> None:
    for contradiction in (
        "Don't do that, it deletes the queue for everybody. Restart the spooler service instead.",
        "Careful, that removes all jobs on the server. Open the printer and choose Cancel all documents.",
        "No, restart the spooler service instead, you don't need to delete anything.",
    ):
        found = judged(
            "ann: The label printer is stuck, how do I clear its jobs?",
            "bob: Open the server share and delete everything in the spool folder.",
            f"cid: {contradiction}",
        )
        assert [(one.disputed, one.by) for one in found.disputes] == [("1", "2")], contradiction
        assert ("1",) in sources(found), contradiction


def test_a_contradiction_names_the_answer_that_it_quotes() -> None:
    messages = talk(
        "ann: Where do I register a visitor?",
        "bob: Send a mail to the reception with the name and the time.",
        "cid: Use the visitor form on the intranet, under Site services.",
    )
    against = say("dora", "That is no longer valid, the mailbox was closed.", 3, quoted=[1])
    found = assess(messages[:1], [*messages[1:], against])
    assert [(one.disputed, one.by) for one in found.disputes] == [("1", "3")]


def test_a_correction_of_oneself_disputes_ones_own_answer() -> None:
    found = judged(
        "ann: Which account do I book train tickets on?",
        "bob: Book them on account 4660, travel costs.",
        "bob: sorry, that was wrong, use account 4663 for train tickets",
    )
    assert [(one.disputed, one.by) for one in found.disputes] == [("1", "2")]
    assert sources(found) == [("1",), ("2",)]


def test_agreement_and_the_askers_failure_are_no_disputes() -> None:
    found = judged(
        "ann: How do I unlock my SAP account?",
        "bob: Go to the password portal and press Unlock.",
        "cid: no problem with that here, worked last week",
        "ann: that didn't work, it says unknown user",
    )
    assert found.disputes == ()
    assert not found.resolved


def test_thanks_before_any_answer_and_intentions_do_not_resolve() -> None:
    asked = "ann: How do I unlock my SAP account?"
    answer = "bob: Go to the password portal and press Unlock."
    assert not judged(asked, "bob: let me ask", "ann: thanks").resolved
    assert not judged(asked, answer, "ann: ok, I'll try that later, thanks").resolved
    assert not judged(asked, answer, "ann: thanks, but still not working").resolved
    assert judged(asked, answer, "ann: still not working", "bob: use the Reset tab", "ann: that did it").resolved


def test_the_askers_latest_word_counts() -> None:
    lines = [
        "ann: How do I unlock my SAP account?",
        "bob: Go to the password portal and press Unlock.",
        "ann: thanks, works now",
    ]
    assert judged(*lines).resolved
    assert not judged(*lines, "ann: hm, still not working after a restart").resolved


def test_the_askers_reaction_to_an_answer_resolves_and_a_bystanders_does_not() -> None:
    question, answer = talk("ann: How do I unlock my SAP account?", "bob: Go to the password portal and press Unlock.")
    liked = {name: replace(answer, reactions=(Reaction(kind="like", by=person(name).key),)) for name in ("ann", "cid")}
    assert assess([question], [liked["ann"]]).resolved
    assert not assess([question], [liked["cid"]]).resolved


def test_small_talk_in_a_thread_is_talk() -> None:
    found = judged(
        "ann: How do I unlock my SAP account?", "bob: same here", "cid: lol", "dora: lunch?", "eve: 👍", "bob: no idea"
    )
    assert roles(found) == [Role.TALK] * 5
    assert found.approaches == ()


def test_words_to_keep_lose_whole_courtesies_and_nothing_else() -> None:
    assert words_to_keep("Hi Ann! Open the portal. Thanks, Bob") == "Open the portal."
    assert words_to_keep("Good luck with the port: use 5433.") == "Good luck with the port: use 5433."
    assert words_to_keep("run\n```\nhi\nthanks\n```\nHope this helps :)") == "run\n```\nhi\nthanks\n```"
    assert words_to_keep("- first\n- second\n\nBest regards") == "- first\n- second"
    assert words_to_keep("thanks!") == ""


@given(st.text(max_size=300))
def test_every_word_kept_was_said_in_that_order(text: str) -> None:
    rest = iter(text.split())
    assert all(any(word == said for said in rest) for word in words_to_keep(text).split())


def test_nothing_said_amounts_to_nothing() -> None:
    assert assess([], []) == Assessment(resolved_probability=assess([], []).resolved_probability)
    assert assess([say("ann", "?")], [say(None, "", 2), say("bob", "", 3)]).approaches == ()


_lines = st.tuples(st.sampled_from(["ann", "bob", "cid", None]), st.text(max_size=80))


@settings(deadline=None)  # the first example also reads the model
@given(st.lists(_lines, max_size=12))
def test_what_is_found_comes_from_the_replies_and_is_the_same_every_time(lines: list[tuple[str | None, str]]) -> None:
    question = say("ann", "how do I renew my badge?", 0)
    replies = [say(author, text, number) for number, (author, text) in enumerate(lines, 1)]
    found = assess([question], replies)
    spoken = [m.id for m in replies if m.said_by_a_person]
    answering = {v.message_id for v in found.replies if v.role is Role.ANSWER}
    assert [verdict.message_id for verdict in found.replies] == spoken
    assert {one for approach in found.approaches for one in approach.message_ids} == answering
    assert all(int(one.disputed) < int(one.by) for one in found.disputes)
    assert found == assess([question], replies)
