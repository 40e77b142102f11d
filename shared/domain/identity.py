"""Names for things: each kind of id has its own type, so that one cannot be taken for another."""

import hashlib
from dataclasses import dataclass
from typing import NewType

TenantId = NewType("TenantId", str)
"""A Microsoft Entra tenant, a GUID in lower case."""
UserKey = NewType("UserKey", str)
"""A person of any tenant: `{tenant id}/{object id}`, lower case, so that a guest is never taken for a colleague."""
TeamId = NewType("TeamId", str)
SpaceId = NewType("SpaceId", str)
"""Teams' own conversation id of a channel (`19:…@thread.tacv2`) or a chat (`19:…@thread.v2`)."""
MessageId = NewType("MessageId", str)
"""Teams' message id: milliseconds since 1970 as digits, unique within a space."""
ThreadId = NewType("ThreadId", str)
"""The message id of a thread's root; in a flat chat, of the message that started the conversation."""
SnippetId = NewType("SnippetId", str)
ApproachId = NewType("ApproachId", str)
AudienceId = NewType("AudienceId", str)
PostingId = NewType("PostingId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in a conversation, as Teams named them when we last heard of them."""

    key: UserKey
    name: str

    @property
    def object_id(self) -> str:
        """The object id within the person's own tenant."""
        return self.key.partition("/")[2]

    @property
    def tenant_id(self) -> TenantId:
        """The tenant that the person belongs to."""
        return TenantId(self.key.partition("/")[0])


def user_key(tenant_id: str, object_id: str) -> UserKey:
    """The key of a person, from the two GUIDs that Microsoft gives in any case of letters."""
    if not tenant_id or not object_id or "/" in tenant_id:
        raise ValueError("a person needs a tenant and an object id")
    return UserKey(f"{tenant_id.lower()}/{object_id.lower()}")


def derived_id(*parts: str) -> str:
    """A stable 32-character id from parts: the same parts give the same id on every machine, for ever.

    Ids of what Cairn makes are derived from what it is made of, so that a step that runs twice
    writes the same document twice instead of two documents.
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(4))
        digest.update(encoded)
    return digest.hexdigest()
