"""What Graph checks in the body of a request to make or change a subscription to Teams' resources."""

import re
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from local.tenant.changes import EVENT_HUB
from local.tenant.encryption import CertificateError, Recipient
from local.tenant.graph_access import GraphCall, GraphError, bad_request
from local.tenant.model import Change, Subscription

LONGEST = timedelta(minutes=4320)
LONGEST_WITHOUT_LIFECYCLE = timedelta(hours=1)
TEXT_LIMIT = 128
"""Characters of a clientState and of an encryptionCertificateId."""

_IN_KEY_VAULT = r"https://[\w-]+\.vault\.azure\.net/secrets/[\w-]+\?tenantId=[\w.-]+"
_HUB = re.compile(
    rf"{EVENT_HUB}(?:{_IN_KEY_VAULT}|https://[\w-]+\.servicebus\.windows\.net/eventhubname/[\w.-]+\?tenantId=[\w.-]+)"
)
_BLOB_STORE = re.compile(_IN_KEY_VAULT)
_CHANGEABLE = {"expirationDateTime", "notificationUrl", "encryptionCertificate", "encryptionCertificateId"}


def new_subscription(call: GraphCall) -> Subscription:
    """The subscription that a POST asks for; raises GraphError. Its resource is not looked at."""
    body = call.body
    for name in ("changeType", "notificationUrl", "resource", "expirationDateTime"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise bad_request(f"{name} is a required property for subscription creation.", "InvalidRequest")
    expires = _expiry(call)
    lifecycle_url = body.get("lifecycleNotificationUrl")
    if _is_long(call, expires) and not lifecycle_url:
        raise _needs_lifecycle()
    for url in filter(None, (body["notificationUrl"], lifecycle_url)):
        _check_url(str(url))
    client_state = body.get("clientState")
    if client_state is not None and len(str(client_state)) > TEXT_LIMIT:
        raise bad_request(f"clientState must be at most {TEXT_LIMIT} characters.", "InvalidRequest")
    rich = body.get("includeResourceData") is True
    certificate, certificate_id = _certificate(call) if rich else (None, None)
    return Subscription(
        id=str(uuid.uuid4()),
        resource=body["resource"],
        changes=_changes(body["changeType"]),
        notification_url=body["notificationUrl"],
        lifecycle_url=lifecycle_url or None,
        expires=expires,
        client_state=client_state,
        rich=rich,
        certificate=certificate,
        certificate_id=certificate_id,
        blob_store_url=_blob_store(call),
        # The documentation has this for single channels and chats; tenant-wide it makes no difference here.
        knows_new_enums=call.knows_new_enums,
    )


def changed_subscription(call: GraphCall, before: Subscription) -> Subscription:
    """The subscription as a PATCH wants it; raises GraphError. Its resource is not looked at."""
    body = {name: value for name, value in call.body.items() if not name.startswith("@")}
    if not body:
        raise bad_request("expirationDateTime is a required property for subscription update.", "InvalidRequest")
    if fixed := sorted(set(body) - _CHANGEABLE):
        raise bad_request(f"{fixed[0]} can't be changed in a subscription.", "InvalidRequest")
    after = before
    if "expirationDateTime" in body:
        expires = _expiry(call)
        if _is_long(call, expires) and before.lifecycle_url is None:
            raise _needs_lifecycle()
        after = replace(after, expires=expires)
    if "notificationUrl" in body:
        _check_url(str(body["notificationUrl"]))
        after = replace(after, notification_url=str(body["notificationUrl"]))
    if before.rich and body.keys() & {"encryptionCertificate", "encryptionCertificateId"}:
        certificate, certificate_id = _certificate(call)
        after = replace(after, certificate=certificate, certificate_id=certificate_id)
    return after


def _changes(text: str) -> tuple[Change, ...]:
    try:
        return tuple(dict.fromkeys(Change(word.strip()) for word in text.split(",")))
    except ValueError as error:
        raise bad_request("changeType must be of created, updated and deleted.", "InvalidRequest") from error


def _expiry(call: GraphCall) -> datetime:
    try:
        expires = datetime.fromisoformat(str(call.body.get("expirationDateTime")))
    except ValueError as error:
        raise bad_request("expirationDateTime is not a date.", "InvalidRequest") from error
    if expires.tzinfo is None:
        expires = expires.replace(tzinfo=UTC)
    left = expires - call.core.clock.now()
    if left <= timedelta(0):
        raise bad_request("Subscription expiration must be in the future.", "ValidationError")
    if left > LONGEST:
        raise bad_request("Subscription expiration can only be 4320 minutes in the future.", "ValidationError")
    return expires.astimezone(UTC)


def _is_long(call: GraphCall, expires: datetime) -> bool:
    return expires - call.core.clock.now() > LONGEST_WITHOUT_LIFECYCLE


def _check_url(url: str) -> None:
    if url.startswith(EVENT_HUB):
        if not _HUB.fullmatch(url):
            raise bad_request(
                "The notification URL must name a key vault's secret or an event hub, and the tenantId.",
                "InvalidRequest",
            )
        return
    parts = urlsplit(url)
    # Graph takes https alone; a tenant on one machine has to reach plain http on that machine.
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise bad_request("The notification URL must be an absolute https URL.", "InvalidRequest")


def _blob_store(call: GraphCall) -> str | None:
    url = call.body.get("blobStoreUrl")
    if url is not None and not _BLOB_STORE.fullmatch(str(url)):
        raise bad_request("blobStoreUrl must name a key vault's secret and the tenantId.", "InvalidRequest")
    return None if url is None else str(url)


def _certificate(call: GraphCall) -> tuple[str, str]:
    certificate, number = (call.body.get(n) for n in ("encryptionCertificate", "encryptionCertificateId"))
    if not isinstance(certificate, str) or not certificate:
        raise bad_request("encryptionCertificate is required with includeResourceData.", "InvalidRequest")
    if not isinstance(number, str) or not number:
        raise bad_request("encryptionCertificateId is required with includeResourceData.", "InvalidRequest")
    if len(number) > TEXT_LIMIT:
        raise bad_request(f"encryptionCertificateId must be at most {TEXT_LIMIT} characters.", "InvalidRequest")
    try:
        Recipient(certificate, number)
    except CertificateError as error:
        raise bad_request(str(error), "InvalidRequest") from error
    return certificate, number


def _needs_lifecycle() -> GraphError:
    return bad_request(
        "lifecycleNotificationUrl is a required property for subscription creation on this resource when the "
        "expirationDateTime value is set to greater than 1 hour.",
        "InvalidRequest",
    )
