"""The tenant's records as Microsoft Graph v1.0 writes them in JSON."""

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import quote

from local.tenant.identifiers import opaque
from local.tenant.model import (
    Attachment,
    JsonObject,
    Member,
    Mention,
    Message,
    MessageKind,
    Person,
    Space,
    SpaceKind,
    Subscription,
    Team,
)
from local.tenant.state import State
from local.tenant.watches import Scope

UNKNOWN = "unknownFutureValue"
"""What Graph writes for a newer enum member unless `Prefer: include-unknown-enum-members` is sent."""


def moment(at: datetime | None) -> str | None:
    """An Edm.DateTimeOffset with milliseconds, or null."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Shapes:
    """Writes resources; knows the tenant's and the app's ids."""

    def __init__(self, state: State, *, tenant_id: str, app_id: str, app_name: str, teams_app_id: str) -> None:
        self.teams_app_id = teams_app_id
        self._state = state
        self._tenant_id = tenant_id
        self._app_id = app_id
        self._app_name = app_name

    def message(self, message: Message, *, knows_new_enums: bool = True) -> JsonObject:
        """A chatMessage; a deleted one without what it said."""
        space = self._state.known_space(message.space_id)
        gone = message.deleted is not None
        kind = message.kind.value
        if message.kind is MessageKind.SYSTEM and not knows_new_enums:
            kind = UNKNOWN
        return {
            "id": message.id,
            "replyToId": message.root_id,
            "etag": str(int(message.modified.timestamp() * 1000)),
            "messageType": kind,
            "createdDateTime": moment(message.created),
            "lastModifiedDateTime": moment(message.modified),
            "lastEditedDateTime": moment(message.edited),
            "deletedDateTime": moment(message.deleted),
            "subject": None if gone else message.subject,
            "summary": None if gone else message.summary,
            "chatId": None if space.is_channel else space.id,
            "importance": "normal",
            "locale": "en-us",
            "webUrl": self._message_url(space, message) if space.is_channel else None,
            "from": self._sender(message),
            "body": {
                "contentType": message.content_type,
                "content": "" if gone else message.content,
            },
            "channelIdentity": ({"teamId": space.team_id, "channelId": space.id} if space.is_channel else None),
            "attachments": [] if gone else [_attachment(a) for a in message.attachments],
            "mentions": [] if gone else [self._mention(n, m) for n, m in enumerate(message.mentions)],
            "policyViolation": None,
            "reactions": [
                {
                    "reactionType": reaction.kind,
                    "displayName": None,
                    "reactionContentUrl": None,
                    "createdDateTime": moment(reaction.at),
                    "user": _only(user=self._user_identity(reaction.user_id)),
                }
                for reaction in message.reactions
            ],
            "eventDetail": message.event,
        }

    def user_identity(self, user_id: str) -> JsonObject:
        """A teamworkUserIdentity without a name, as event details hold it."""
        return self._user_identity(user_id) | {"displayName": None}

    def _user_identity(self, user_id: str) -> JsonObject:
        person = self._state.person(user_id)
        return {
            "@odata.type": "#microsoft.graph.teamworkUserIdentity",
            "id": user_id,
            "displayName": person.name if person else None,
            "userIdentityType": "aadUser",
        }

    def _app_identity(self) -> JsonObject:
        return {"id": self._app_id, "displayName": self._app_name}

    def _sender(self, message: Message) -> JsonObject | None:
        if message.from_app:
            return _only(application=self._app_identity())
        if message.author is None:
            return None
        return _only(user=self._user_identity(message.author))

    def _mention(self, number: int, mention: Mention) -> JsonObject:
        if mention.user_id is None:
            mentioned = _only(application=self._app_identity())
        else:
            mentioned = _only(user=self._user_identity(mention.user_id))
        return {"id": number, "mentionText": mention.text, "mentioned": mentioned | {"conversation": None}}

    def _message_url(self, space: Space, message: Message) -> str:
        return (
            f"https://teams.microsoft.com/l/message/{quote(space.id, safe='')}/{message.id}"
            f"?groupId={space.team_id}&tenantId={self._tenant_id}"
            f"&createdTime={message.id}&parentMessageId={message.root_id or message.id}"
        )

    def team(self, team: Team) -> JsonObject:
        """A team."""
        return {
            "id": team.id,
            "createdDateTime": moment(team.created),
            "displayName": team.name,
            "description": team.name,
            "internalId": team.general,
            "classification": None,
            "specialization": "none",
            "visibility": "private",
            "webUrl": f"https://teams.microsoft.com/l/team/{quote(team.general, safe='')}/conversations"
            f"?groupId={team.id}&tenantId={self._tenant_id}",
            "isArchived": False,
            "tenantId": self._tenant_id,
        }

    def channel(self, space: Space, *, knows_new_enums: bool = True) -> JsonObject:
        """A channel."""
        kind = space.kind.value
        if space.kind is SpaceKind.SHARED and not knows_new_enums:
            kind = UNKNOWN
        return {
            "id": space.id,
            "createdDateTime": moment(space.created),
            "displayName": space.name,
            "description": None,
            "isFavoriteByDefault": None,
            "email": "",
            "tenantId": self._tenant_id,
            "webUrl": f"https://teams.microsoft.com/l/channel/{quote(space.id, safe='')}/{quote(space.name)}"
            f"?groupId={space.team_id}&tenantId={self._tenant_id}",
            "membershipType": kind,
            "isArchived": False,
        }

    def chat(self, space: Space) -> JsonObject:
        """A group chat."""
        return {
            "id": space.id,
            "topic": space.name or None,
            "createdDateTime": moment(space.created),
            "lastUpdatedDateTime": moment(space.created),
            "chatType": "group" if space.kind is SpaceKind.CHAT else "oneOnOne",
            "webUrl": f"https://teams.microsoft.com/l/chat/{quote(space.id, safe='')}/0?tenantId={self._tenant_id}",
            "tenantId": self._tenant_id,
            "onlineMeetingInfo": None,
            "viewpoint": None,
        }

    def member_id(self, place: str, user_id: str) -> str:
        """The id of a user's membership in the team, channel or chat with the id `place`."""
        return opaque(self._tenant_id, place, user_id)

    def installation_id(self, where: str) -> str:
        """The id of the app's installation in a team or chat, or for a user."""
        return opaque(where, self.teams_app_id)

    def installation(self, where: str) -> JsonObject:
        """A teamsAppInstallation as a team's or chat's `installedApps` holds it."""
        return {"id": self.installation_id(where), "consentedPermissionSet": None}

    def installation_with_scope(self, scope: Scope, where: str) -> JsonObject:
        """A teamsAppInstallation as a notification about it carries it."""
        return {
            "id": self.installation_id(where),
            "teamsApp": {"id": self.teams_app_id},
            "scopeInfo": {
                "@odata.type": f"#microsoft.graph.{scope.value}TeamsAppInstallationScopeInfo",
                _SCOPE_ID[scope]: where,
                "scope": scope.value,
            },
        }

    def app(self) -> JsonObject:
        """The app as the tenant's catalogue has it."""
        return {
            "id": self.teams_app_id,
            "displayName": self._app_name,
            "distributionMethod": "organization",
            "externalId": self._app_id,
        }

    def member(self, place: str, member: Member) -> JsonObject:
        """An aadUserConversationMember of the team, channel or chat with the id `place`."""
        person = self._state.known_person(member.user_id)
        roles = ["owner"] if member.owner else ["guest"] if person.guest else []
        return {
            "@odata.type": "#microsoft.graph.aadUserConversationMember",
            "id": self.member_id(place, person.id),
            "roles": roles,
            "displayName": person.name,
            "visibleHistoryStartDateTime": "0001-01-01T00:00:00Z",
            "userId": person.id,
            "email": person.mail,
            "tenantId": self._tenant_id,
        }

    def user(self, person: Person, select: Iterable[str] = ()) -> JsonObject:
        """A user with the properties asked for; by default those that Graph gives by default."""
        given, _, surname = person.name.partition(" ")
        everything: JsonObject = {
            "id": person.id,
            "businessPhones": [],
            "displayName": person.name,
            "givenName": given,
            "jobTitle": person.job_title,
            "mail": person.mail,
            "mobilePhone": None,
            "officeLocation": None,
            "preferredLanguage": None,
            "surname": surname or None,
            "userPrincipalName": person.mail,
        }
        chosen = set(select)
        if not chosen:
            return everything
        everything |= {
            "accountEnabled": True,
            "companyName": None,
            "createdDateTime": moment(person.created),
            "department": person.department,
            "employeeHireDate": moment(person.created),
            "userType": "Guest" if person.guest else "Member",
        }
        return {name: value for name, value in everything.items() if name in chosen | {"id"}}

    def subscription(self, subscription: Subscription) -> JsonObject:
        """A subscription."""
        blob = {} if subscription.blob_store_url is None else {"blobStoreUrl": subscription.blob_store_url}
        return blob | {
            "id": subscription.id,
            "resource": subscription.resource,
            "applicationId": self._app_id,
            "changeType": ",".join(change.value for change in subscription.changes),
            "clientState": subscription.client_state,
            "notificationUrl": subscription.notification_url,
            "lifecycleNotificationUrl": subscription.lifecycle_url,
            "expirationDateTime": moment(subscription.expires),
            "creatorId": self._app_id,
            "includeResourceData": subscription.rich,
            "latestSupportedTlsVersion": subscription.tls,
            "encryptionCertificate": subscription.certificate,
            "encryptionCertificateId": subscription.certificate_id,
            "notificationQueryOptions": None,
            "notificationUrlAppId": None,
        }


_SCOPE_ID = {Scope.PERSONAL: "userId", Scope.TEAM: "teamId", Scope.CHAT: "chatId"}


def _only(**identity: JsonObject) -> JsonObject:
    return {"application": None, "device": None, "user": None} | identity


def _attachment(attachment: Attachment) -> JsonObject:
    return {
        "id": attachment.id,
        "contentType": attachment.content_type,
        "contentUrl": None,
        "content": attachment.content,
        "name": attachment.name,
        "thumbnailUrl": None,
        "teamsAppId": None,
    }
