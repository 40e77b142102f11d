"""Take secrets and personal details out of a text before it is stored.

What a credential looks like is our own small rule set: keys of a known shape (`keys`), values after a name
(`named`), passwords beside a user (`logins`). Card, account and identity numbers are checked by python-stdnum
(`numbers`), telephone numbers by phonenumbers (`phones`).
"""

from shared.domain.redaction.findings import Finding, FindingKind, Redacted
from shared.domain.redaction.rounds import redact, without_marks

__all__ = ["Finding", "FindingKind", "Redacted", "redact", "without_marks"]
