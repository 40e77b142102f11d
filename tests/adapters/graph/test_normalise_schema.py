"""What is read of a chatMessage, held against the published metadata of Graph v1.0."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from shared.adapters.graph.normalise import OUTSIDE, message_of
from shared.domain.identity import SpaceId
from shared.domain.messages import Message, MessageKind

METADATA = Path(__file__).parents[3] / "../shared/data/schemas/graph-v1.0-excerpt.csdl.xml"
pytestmark = pytest.mark.skipif(
    not METADATA.exists(), reason="../shared/data/schemas is not here, so Graph's metadata can't be read"
)
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
TENANT, APP = "0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64", "5f2a7a0e-7a54-4c5e-9a53-0c1f4e8d2b10"
MORE_SPECIFIC = {
    ("chatMessageFromIdentitySet", "user"): "teamworkUserIdentity",
    ("chatMessageMentionedIdentitySet", "user"): "teamworkUserIdentity",
    ("chatMessageReactionIdentitySet", "user"): "teamworkUserIdentity",
}
OPEN = {("teamworkUserIdentity", "tenantId")}
"""Read although the metadata lacks it: the type is open, and Graph sends it."""


@cache
def schema() -> dict[str, ET.Element]:
    root = ET.parse(METADATA).getroot()
    return {one.attrib["Name"]: one for one in root.iter() if one.tag.startswith(EDM) and "Name" in one.attrib
            and one.tag.removeprefix(EDM) in ("EntityType", "ComplexType", "EnumType")}  # fmt: skip


def properties(kind: str) -> Iterator[tuple[str, str]]:
    element = schema()[kind]
    if "BaseType" in element.attrib:
        yield from properties(element.attrib["BaseType"].removeprefix("graph."))
    for one in (*element.iter(f"{EDM}Property"), *element.iter(f"{EDM}NavigationProperty")):
        yield one.attrib["Name"], one.attrib["Type"]


def members(enumeration: str) -> list[str]:
    return [one.attrib["Name"] for one in schema()[enumeration].iter(f"{EDM}Member")]


class Recorded(dict[str, Any]):
    """An object of some type of Graph's that notes which of its fields are asked for."""

    asked: set[tuple[str, str]] = set()  # noqa: RUF012 - one note for all of them

    def __init__(self, kind: str, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.kind = kind

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add((self.kind, name))
        return super().get(name, default)


def built(kind: str, depth: int = 0) -> Any:
    """Something of each kind in every field."""
    plain = {"Edm.String": "x", "Edm.DateTimeOffset": "2026-03-02T09:12:00Z", "Edm.Int32": 0, "Edm.Boolean": True}
    inner = kind.removeprefix("Collection(").removesuffix(")")
    name = inner.removeprefix("graph.")
    if inner in plain:
        value: Any = plain[inner]
    elif name not in schema() or depth > 4:
        return None
    elif schema()[name].tag == f"{EDM}EnumType":
        value = members(name)[0]
    else:
        fields = {
            one: built(f"graph.{MORE_SPECIFIC.get((name, one), of.removeprefix('graph.'))}" if of.startswith("graph.")
                       else of, depth + 1)
            for one, of in properties(name)
        }  # fmt: skip
        value = Recorded(name, fields)
    return [value] if kind.startswith("Collection(") else value


def message(**changes: Any) -> dict[str, Any]:
    raw: dict[str, Any] = built("graph.chatMessage")
    raw.update({"eventDetail": None, "deletedDateTime": None, "policyViolation": None} | changes)
    return raw


def read(raw: dict[str, Any]) -> Message:
    return message_of(raw, space_id=SpaceId("19:x"), tenant_id=TENANT, app_id=APP, posting_id_in=lambda _: None)


def test_every_field_that_is_read_is_one_that_graph_has() -> None:
    Recorded.asked.clear()
    read(message())
    read(message(**{"from": Recorded("chatMessageFromIdentitySet", {"application": built("graph.identity")})}))
    read(message(policyViolation=built("graph.chatMessagePolicyViolation")))
    known = {(kind, name) for kind, _ in Recorded.asked for name, _ in properties(kind)}
    assert {("chatMessage", "body"), ("chatMessageMention", "mentioned"), ("itemBody", "content")} <= Recorded.asked
    assert Recorded.asked - known - OPEN == set()


def test_a_message_with_everything_in_it_is_read() -> None:
    read_message = read(message())
    assert read_message.kind is MessageKind.PERSON
    assert (read_message.text, read_message.subject, read_message.locale) == ("x", "x", "x")
    assert read_message.attachments == ("x",)
    assert len(read_message.mentions) == len(read_message.reactions) == 1


def test_only_messages_are_said_by_somebody() -> None:
    kinds = {kind: read(message(messageType=kind)).kind for kind in members("chatMessageType")}
    assert kinds.pop("message") is MessageKind.PERSON
    assert set(kinds.values()) == {MessageKind.SYSTEM}


def test_of_the_kinds_of_people_only_two_are_colleagues() -> None:
    colleagues = set()
    for kind in members("teamworkUserIdentityType"):
        user = {"id": "a", "displayName": "Ann", "userIdentityType": kind}
        author = read(message(**{"from": {"user": user}})).author
        assert author is not None
        if author.tenant_id == TENANT:
            colleagues.add(kind)
        else:
            assert author.tenant_id == OUTSIDE
    assert colleagues == {"aadUser", "onPremiseAadUser"}


def test_of_what_a_policy_does_only_telling_the_sender_hides_nothing() -> None:
    def kept(**violation: str) -> bool:
        return not read(message(policyViolation=violation)).violates_policy

    actions = members("chatMessagePolicyViolationDlpActionTypes")
    assert {action for action in actions if kept(dlpAction=action)} == {"none", "notifySender"}
    verdicts = members("chatMessagePolicyViolationVerdictDetailsTypes")
    assert {verdict for verdict in verdicts if kept(dlpAction="notifySender", verdictDetails=verdict)} == {"none"}
    for action in members("chatMessagePolicyViolationUserActionTypes"):
        assert not kept(dlpAction="blockAccess", userAction=action)


def test_every_importance_but_one_of_the_future_is_known() -> None:
    for importance in members("chatMessageImportance"):
        expected = "normal" if importance == "unknownFutureValue" else importance
        assert read(message(importance=importance)).importance.value == expected
