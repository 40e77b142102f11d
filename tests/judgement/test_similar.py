"""Have we seen this question before? Pairs written for this test, half of the different ones hard."""

import pytest

from shared.judgement.similar import rank
from shared.judgement.verdicts import Candidate, Match, Verdict

_SAME = (
    ("How do I reset the VPN certificate?", "vpn cert expired again, where do I renew it"),
    ("How do I reset the VPN certificate?", "how can I renew my VPN certificate"),
    ("Where do I find the travel policy?", "where is the travel policy stored?"),
    ("Who approves invoices above 5000 euro?", "who has to approve an invoice over 5000 euros?"),
    ("How can I set up the shared mailbox on my phone?", "shared mailbox setup on iphone, anyone know how?"),
    ("Outlook keeps asking for my password", "why does outlook keep asking me for a password"),
    ("How do I book a meeting room in Berlin?", "How to book a room for a meeting in Berlin"),
    ("Is there a template for customer offers?", "Does anybody have the customer offer template?"),
    ("What is the cost centre for training courses?", "which cost centre do I use for a training course"),
    ("Docker build fails with no space left on device", "no space left on device during docker build"),
    ("I get error 0x80070005 when installing the client", "client install fails: error 0x80070005"),
    ("Who do I talk to about a broken forklift?", "forklift in hall 2 is broken, who looks after that?"),
    ("How do I cancel a purchase order?", "can a purchase order be cancelled and how"),
    ("Where do I hand in sick notes?", "sick note, where do I hand it in?"),
    ("Can I take parental leave in two parts?", "is it possible to split parental leave into two parts"),
)
_HARD = (
    ("I get error 0x80070005 when installing the client", "I get error 0x80070643 when installing the client"),
    ("How do I install the client on Windows 10?", "How do I install the client on Windows 11?"),
    ("How do I upgrade to Python 3.12?", "How do I upgrade to Python 3.9?"),
    ("HTTP 502 from the billing API", "HTTP 401 from the billing API"),
    ("How do I create a purchase order?", "How do I cancel a purchase order?"),
    ("How do I book a meeting room in Berlin?", "Who is in Berlin for the meeting today?"),
    ("Docker build fails with no space left on device", "Docker build fails with permission denied"),
    ("The printer on floor 3 prints blank pages", "How do I add the printer on floor 3 to my laptop?"),
)
_OTHER_DEED = (
    (
        "How do I reset the badge printer on the second floor? It says error E-17.",
        "How do I clean the head of the badge printer on the second floor?",
    ),
    (
        "How do I reset the badge printer on the second floor? It says error E-17.",
        "How do I replace the ribbon of the badge printer on the second floor?",
    ),
)
_DIFFERENT = (
    ("How do I reset the VPN certificate?", "Which VPN client do we use on Linux?"),
    ("Who approves invoices above 5000 euro?", "Where do I upload invoices from suppliers?"),
    ("How do I request a new laptop?", "My new laptop doesn't connect to the docking station"),
    ("Is there a template for customer offers?", "Is there a template for project plans?"),
    ("What is the cost centre for training courses?", "Which training courses are there for project managers?"),
    ("Excel export of the timesheet is corrupt", "When is the deadline for the timesheet?"),
    ("Where is the travel policy?", "Where do I book travel?"),
    ("How do I reset the VPN certificate?", "lunch at 12?"),
)


def compared(question: str, known: str, answers: str = "") -> Match:
    return rank(question, [Candidate(id="known", question=known, answers=answers)])[0]


def verdicts(pairs: tuple[tuple[str, str], ...]) -> list[Verdict]:
    return [compared(*order).same for one, other in pairs for order in ((one, other), (other, one))]


def test_what_is_called_the_same_is_the_same() -> None:
    right = verdicts(_SAME).count(Verdict.YES)
    wrong = (verdicts(_HARD) + verdicts(_DIFFERENT) + verdicts(_OTHER_DEED)).count(Verdict.YES)
    assert right / (right + wrong) >= 0.95


def test_most_rewordings_are_recognised() -> None:
    assert verdicts(_SAME).count(Verdict.YES) >= 0.7 * 2 * len(_SAME)


def test_a_question_in_other_words_is_recognised_by_stems_and_abbreviations() -> None:
    assert (
        compared("vpn cert expired again, where do I renew it", "How do I reset the VPN certificate?").same
        is Verdict.YES
    )


@pytest.mark.parametrize(("one", "other"), _HARD[:4])
def test_another_error_code_or_version_is_another_question(one: str, other: str) -> None:
    assert compared(one, other).same is Verdict.NO


def test_the_same_words_are_the_same_question_and_come_first() -> None:
    question = "How do I reset the VPN certificate?"
    found = rank(
        question,
        [
            Candidate(id=f"{n}", question=text, answers="")
            for n, text in enumerate(["Where is the travel policy?", "Which VPN client do we use on Linux?", question])
        ],
    )
    assert (found[0].id, found[0].same) == ("2", Verdict.YES)
    assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)


def test_a_topic_in_common_is_not_enough() -> None:
    candidate = Candidate(id="1", question="Which VPN client do we use?", answers="", topics=("VPN", "certificate"))
    assert rank("How do I reset the VPN certificate?", [candidate])[0].same is not Verdict.YES


def test_answers_that_speak_of_what_is_asked_count() -> None:
    bare = compared("vpn certificate, where do I renew it", "VPN does not connect")
    answered = compared("vpn certificate, where do I renew it", "VPN does not connect", "Renew the certificate.")
    assert answered.probability > bare.probability


def test_nothing_is_the_same_as_nothing() -> None:
    assert rank("How do I reset the VPN certificate?", []) == ()
    for question, known in (("", ""), ("", "How?"), ("How do I renew it?", ""), ("is it on?", "where is it?")):
        assert compared(question, known).same is not Verdict.YES


def test_another_deed_with_the_same_thing_is_not_the_same_question() -> None:
    assert Verdict.YES not in verdicts(_OTHER_DEED)
