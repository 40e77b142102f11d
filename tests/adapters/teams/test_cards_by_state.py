"""What each card says and offers, depending on what has happened."""

from dataclasses import replace

import pytest

from shared.adapters.teams.cards import posting_id_in, render
from shared.domain.audiences import ORGANISATION
from shared.domain.cards import Ask, Helpers, Recall
from shared.domain.copies import widened
from shared.domain.identity import PostingId, ThreadId
from shared.domain.snippets import Approach, Imported, Snippet
from tests.adapters.teams import samples
from tests.adapters.teams.conftest import objects, of_type, read_out, titles
from tests.adapters.teams.samples import CHECKED, DANA, OMAR, POSTING, TWO_WAYS, approach, snippet


def test_approaches_stand_side_by_side_with_who_said_them() -> None:
    said = read_out(render(samples.answered()))
    assert said.index("One way") < said.index("Another way")
    assert "Dana Whitfield, 11 February 2026" in said
    assert "Omar Haddad, 11 February 2026" in said
    assert "Léa O’Brien asked on 10 February 2026 in Operations › Site access:" in said


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (TWO_WAYS, "Not checked yet."),
        (CHECKED, "Checked by Dana Whitfield on 3 March 2026."),
        (
            samples.STALE,
            "Checked by Dana Whitfield on 3 March 2026; it may be out of date. Its review was due on 1 March 2026.",
        ),
        (
            samples.REJECTED,
            "Rejected by Priya Nair on 3 March 2026. The cache holds other people's tokens too.",
        ),
        (samples.MERGED, "Merged by Priya Nair on 3 March 2026. Into “VPN token lost, who helps?”"),
    ],
)
def test_trust_is_said_in_plain_words(shown: Snippet, words: str) -> None:
    assert words in read_out(render(samples.review(shown))).splitlines()


def test_what_a_file_states_is_said_to_be_imported_by_whom_when_and_from_where() -> None:
    source = Imported(file="faq.tsv", row=12, at=samples.NOON, by="Dana Whitfield", stated="handbook.docx")
    way = replace(approach("Renew it."), sources=(), imported=source)
    from_file = replace(snippet(way), thread_id=ThreadId(""), asked_at=samples.NOON, wordings=("VPN?", "No VPN"))
    for card in (samples.answered(from_file), samples.review(from_file)):
        said = read_out(render(card))
        assert "Imported on 3 March 2026 for Operations › Site access:" in said
        assert "faq.tsv, row 12 (handbook.docx), imported by Dana Whitfield on 3 March 2026" in said
        assert "Not checked yet." in said
    assert "Also asked as: VPN?; No VPN" in said
    bare = replace(source, by="", stated="")
    said = read_out(render(samples.answered(replace(from_file, approaches=(replace(way, imported=bare),)))))
    assert "faq.tsv, row 12, imported on 3 March 2026" in said


def test_outcomes_conditions_and_objections_are_said() -> None:
    said = read_out(render(samples.answered())).splitlines()
    assert "Helped 3 people." in said
    assert "Helped 1 person, did not help 2 people." in said
    assert "Tomás Rivera disagreed with this." in said
    assert any(line.startswith("When this holds: On company laptops.") for line in said)


def test_only_a_private_card_says_that_only_you_see_it() -> None:
    assert "Only you can see this." in read_out(render(samples.answered(private=True)))
    assert "Only you" not in read_out(render(samples.answered()))


def test_each_approach_has_its_own_buttons() -> None:
    card = render(samples.answered())
    pressed = [(button["verb"], button["data"]) for button in of_type(card, "Action.Execute")]
    first, second = (one.id for one in CHECKED.visible_approaches)
    assert pressed == [
        ("helped", {"posting": POSTING, "approach": first}),
        ("not_helped", {"posting": POSTING, "approach": first}),
        ("helped", {"posting": POSTING, "approach": second}),
        ("not_helped", {"posting": POSTING, "approach": second}),
    ]
    assert all(button["tooltip"] for button in of_type(card, "Action.Execute"))


def test_at_most_three_approaches_are_shown_and_the_rest_counted() -> None:
    ways = [approach(f"way {number}", number=number) for number in range(5)]
    said = read_out(render(samples.answered(snippet(*ways))))
    assert "way 2" in said
    assert "way 3" not in said
    assert "2 more ways are in the thread." in said


@pytest.mark.parametrize(
    "url",
    [
        "http://teams.microsoft.com/l/message/1",
        "https://teams.microsoft.com.evil.example/l",
        "https://evil.example/teams.microsoft.com",
        "https://user@teams.microsoft.com/l",
        "https://teams.microsoft.com:8443/l",
        "javascript:alert(1)",
        "https://teams.microsoft.com/l/<script>",
        "https://[teams.microsoft.com/l",
        "",
    ],
)
def test_a_link_leads_into_teams_or_there_is_none(url: str) -> None:
    shown = replace(TWO_WAYS.approaches[0], sources=(samples.source(DANA, 1, url=url),))
    assert of_type(render(samples.answered(snippet(shown))), "Action.OpenUrl") == []


@pytest.mark.parametrize("host", ["teams.microsoft.com", "emea.teams.microsoft.com", "teams.cloud.microsoft"])
def test_links_of_teams_are_kept_as_they_are(host: str) -> None:
    url = f"https://{host}/l/message/19%3Aabc%40thread.tacv2/1?tenantId=t&groupId=g"
    shown = replace(TWO_WAYS.approaches[0], sources=(samples.source(DANA, 1, url=url),))
    assert [link["url"] for link in of_type(render(samples.answered(snippet(shown))), "Action.OpenUrl")] == [url]


def _helpers(*asked: str) -> Helpers:
    return Helpers(
        posting_id=POSTING,
        asker=samples.LEA,
        question=samples.QUESTION,
        suggested=samples.SUGGESTED,
        asked=frozenset(asked),
    )


def test_helpers_are_named_with_reasons_and_a_button_each() -> None:
    card = render(_helpers())
    assert titles(card) == ["Ask Dana", "Ask Omar", "Ask Tomás"]
    assert of_type(card, "Action.Execute")[0]["data"] == {"posting": POSTING, "person": DANA.key}
    assert "• answered 4 questions about VPN here" in read_out(card)


def test_who_has_been_asked_has_no_button_any_more() -> None:
    card = render(_helpers(OMAR.key))
    assert titles(card) == ["Ask Dana", "Ask Tomás"]
    assert "Asked" in read_out(card).splitlines()


def test_helpers_of_one_first_name_are_told_apart() -> None:
    other = samples.person("Dana Okafor")
    card = replace(_helpers(), suggested=(samples.SUGGESTED[0], replace(samples.SUGGESTED[1], person=other)))
    assert titles(render(card)) == ["Ask Dana Whitfield", "Ask Dana Okafor"]


def test_a_mentor_is_mentioned_and_may_pass() -> None:
    card = render(samples.CARDS["ask"])
    assert card["body"][0]["text"] == "Léa O’Brien would like your help"
    entity = {
        "type": "mention",
        "text": "<at>Dana Whitfield</at>",
        "mentioned": {"id": DANA.object_id, "name": "Dana Whitfield"},
    }
    assert card["msteams"]["entities"] == [entity]
    assert "<at>Dana Whitfield</at>" in read_out(card)
    (button,) = of_type(card, "Action.Execute")
    assert (button["title"], button["verb"], button["data"]) == ("I can't right now", "pass", {"posting": POSTING})


def test_a_name_full_of_marks_is_still_mentioned_by_the_text_that_stands_there() -> None:
    odd = replace(DANA, name="1. *Dana* [W](http://x) <b>_the_ DBA</b>")
    card = render(Ask(posting_id=POSTING, mentor=odd, asker=odd, question="?", reasons=()))
    text = card["msteams"]["entities"][0]["text"]
    assert text in read_out(card)
    assert not set("*_[]<>") & set(text.removeprefix("<at>").removesuffix("</at>"))


@pytest.mark.parametrize(
    ("shown", "similar", "offered"),
    [
        (TWO_WAYS, (), ["Verify", "Edit", "Reject"]),
        (TWO_WAYS, (samples.OTHER,), ["Verify", "Edit", "Merge", "Reject"]),
        (samples.STALE, (samples.OTHER,), ["Verify", "Edit", "Merge", "Reject"]),
        (CHECKED, (samples.OTHER,), ["Edit", "Reject"]),
        (samples.REJECTED, (samples.OTHER,), []),
        (samples.MERGED, (samples.OTHER,), []),
    ],
)
def test_a_curator_is_offered_what_can_still_be_decided(
    shown: Snippet, similar: tuple[Snippet, ...], offered: list[str]
) -> None:
    card = render(samples.review(shown, *similar))
    assert [button["title"] for button in card.get("actions", [])] == offered
    decisions = [one for one in objects(card.get("actions", [])) if one.get("type") == "Action.Execute"]
    assert all(one["data"] == {"posting": POSTING, "snippet": shown.id} for one in decisions)
    wanted = {"Verify": "verify", "Edit": "edit", "Merge": "merge", "Reject": "reject"}
    assert [one["verb"] for one in decisions] == [wanted[title] for title in offered]


def test_a_checked_answer_is_shared_and_taken_back_where_the_curator_alone_decides_that() -> None:
    shared = widened(CHECKED, ORGANISATION, DANA, samples.NOON)
    for shown, title, verb in ((CHECKED, "Share", "widen"), (shared, "Stop sharing", "narrow")):
        card = render(replace(samples.review(shown), may_share=True))
        (button,) = (one for one in card["actions"] if one["title"] == title)
        assert (button["verb"], button["data"]) == (verb, {"posting": POSTING, "snippet": shown.id})
    offered = [b["title"] for b in render(replace(samples.review(TWO_WAYS), may_share=True))["actions"]]
    assert "Share" not in offered, "what nobody has checked stays where it was said"


def test_a_curator_edits_the_words_as_they_are() -> None:
    fields = {field["id"]: field for field in of_type(render(samples.review()), "Input.Text")}
    first, second = TWO_WAYS.visible_approaches
    assert fields["question"]["value"] == TWO_WAYS.question
    assert fields[f"text:{first.id}"]["value"] == first.text
    assert fields[f"text:{second.id}"]["value"] == second.text
    assert fields[f"conditions:{first.id}"]["value"] == first.conditions
    assert "value" not in fields[f"conditions:{second.id}"]
    assert all(field["label"] and field["maxLength"] for field in fields.values())


def _fields(*ways: Approach) -> list[str]:
    return [field["id"] for field in of_type(render(samples.review(snippet(*ways))), "Input.Text")]


def test_a_text_too_long_for_the_card_can_not_be_saved_shorter_by_mistake() -> None:
    long, short = approach("words and more " * 400, number=1), approach("short", number=2)
    fields = _fields(long, short)
    assert f"text:{long.id}" not in fields
    assert f"text:{short.id}" in fields
    said = read_out(render(samples.review(snippet(long, short))))
    assert "“One way” is too long to be edited here." in said


def test_texts_that_are_too_long_together_are_edited_one_by_one() -> None:
    first, second, third = (approach("words and more " * 200 + "end", number=n) for n in range(3))
    fields = _fields(first, second, replace(third, text="short"))
    assert f"text:{first.id}" in fields
    assert f"text:{second.id}" not in fields
    assert f"text:{third.id}" in fields


def test_a_merge_names_the_other_questions() -> None:
    choices = of_type(render(samples.review(TWO_WAYS, samples.OTHER)), "Input.ChoiceSet")
    (choice,) = [choice for choice in choices if choice["id"] == "into"]
    assert choice["id"] == "into"
    assert choice["choices"] == [{"title": samples.OTHER.question, "value": samples.OTHER.id}]


def test_what_was_taken_out_is_counted() -> None:
    assert "3 secrets or personal details were taken out" in read_out(render(samples.CARDS["review"]))
    assert "secret" not in read_out(render(samples.review()))
    assert "One secret or personal detail was taken out" in read_out(
        render(samples.review(replace(TWO_WAYS, redactions=1)))
    )


def test_a_recall_says_why_and_what_to_use_instead() -> None:
    said = read_out(render(samples.CARDS["recall"]))
    assert "Since 3 March 2026: The cache holds other people's tokens too." in said
    assert "What to use instead" in said
    assert "Checked by Dana Whitfield on 3 March 2026." in said
    alone = render(Recall(posting_id=POSTING, question="Q", reason="gone", at=samples.NOON))
    assert "Nothing replaces it yet." in read_out(alone)
    assert titles(alone) == []


@pytest.mark.parametrize("card", samples.CARDS.values(), ids=samples.CARDS.keys())
def test_our_own_cards_are_known_again(card: object) -> None:
    rendered = render(card)  # type: ignore[arg-type]
    assert posting_id_in(rendered) == POSTING


def test_a_card_whose_ids_teams_dropped_is_known_by_its_buttons() -> None:
    rendered = render(samples.answered())
    del rendered["body"][0]["id"]
    assert posting_id_in(rendered) == POSTING


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"body": "x"},
        {"body": [1]},
        {"body": [{"id": 3}]},
        {"body": [{"id": "cairn:"}]},
        {"body": [{"id": "cairn:../../x"}]},
        {"body": [{"id": "cairn:p-1/x"}]},
        {"body": [{"id": "other:1"}], "actions": [{"type": "Action.Submit", "data": {"posting": "p"}}]},
        {"actions": [{"type": "Action.Execute", "data": {"posting": 7}}]},
        {"actions": [{"type": "Action.Execute", "data": "posting"}]},
        {"body": [[[["deep"]]] * 100_000]},
    ],
)
def test_other_cards_are_not_ours(content: dict[str, object]) -> None:
    assert posting_id_in(content) is None


def test_a_posting_id_comes_back_as_it_went() -> None:
    card = replace(samples.answered(), posting_id=PostingId("p-1"))
    assert posting_id_in(render(card)) == "p-1"


def test_of_several_ways_one_may_be_rejected_alone() -> None:
    (choice,) = of_type(render(samples.review(TWO_WAYS)), "Input.ChoiceSet")
    assert choice["value"] == "all"
    assert [c["value"] for c in choice["choices"]] == ["all", *(a.id for a in TWO_WAYS.visible_approaches)]


def test_of_one_way_there_is_nothing_to_choose() -> None:
    one = replace(TWO_WAYS, approaches=TWO_WAYS.approaches[:1])
    assert of_type(render(samples.review(one)), "Input.ChoiceSet") == []
