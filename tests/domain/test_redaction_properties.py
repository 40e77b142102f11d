"""What holds for every text: again changes nothing, the rest stays, and time grows with the length alone."""

import re

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.redaction import FindingKind, redact

MARK = re.compile(r"\[(?:" + "|".join(FindingKind) + r") removed\]")
PIECES = st.sampled_from(
    [
        "password", "the password", "pw", "PIN", "token", "secret", "api key", "login", "user", "account number",
        "call", "changed", " is ", " to ", ": ", "=", " / ", ":", " as the password", "\n", "```", "'", '"', "|",
        "@", "(", ")", "Kestrel-42", "hunter2", "Sommer2024!", "4711", "k3J9xQ7vB2mZ5tR8wY1pL4sD",
        "AKIAIOSFODNN7EXAMPLE", "sig=", "ann@example.com", "+44 20 7946 0958", "0151 12345678",
        "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "https://", "-----BEGIN PRIVATE KEY-----",
        "[password removed]", "[", "removed]", "\uffff", "INC0012345",
    ]
)  # fmt: skip
TALK = st.lists(PIECES | st.just(" ") | st.text(max_size=6), max_size=25).map("".join) | st.lists(
    PIECES, max_size=25
).map(" ".join)


@given(TALK)
def test_redacting_again_changes_nothing_and_finds_nothing(text: str) -> None:
    once = redact(text)
    again = redact(once.text)
    assert again.text == once.text
    assert again.found == ()


@given(TALK)
def test_what_is_not_taken_out_stays_in_its_order(text: str) -> None:
    redacted = redact(text)
    at = 0
    for kept in MARK.split(redacted.text):
        found = text.find(kept, at)
        assert found >= 0
        at = found + len(kept)
    if not redacted.found:
        assert redacted.text == text


@given(TALK)
def test_each_mark_that_was_set_is_counted(text: str) -> None:
    redacted = redact(text)
    new = len(MARK.findall(redacted.text)) - len(MARK.findall(text))
    # A mark within a secret that is taken out cannot be: marks are in no rule's reach.
    assert sum(finding.count for finding in redacted.found) == new


def test_a_megabyte_of_talk_is_read_to_its_end() -> None:
    talk = "The scanner at dock four shows E-17 again. Reset it at the panel, then call the service desk. "
    text = talk * (1_000_000 // len(talk)) + "the password is Kestrel42"
    assert redact(text).text.endswith("the password is [password removed]")
