"""What the tenant's administrator lets the app do through Graph."""

from dataclasses import replace

from local.tenant.controls import Controls

EVERYTHING = (
    "ChannelMessage.Read.All",
    "Chat.Read.All",
    "Chat.Read.WhereInstalled",
    "Team.ReadBasic.All",
    "Channel.ReadBasic.All",
    "TeamMember.Read.All",
    "ChannelMember.Read.All",
    "ChatMember.Read.All",
    "ChatMember.Read.WhereInstalled",
    "TeamsAppInstallation.Read.All",
    "User.Read.All",
)
"""What a new tenant has consented to: of each feature the least that covers it."""

OTHERS = (
    "Chat.ReadBasic.All",
    "Chat.ReadBasic.WhereInstalled",
    "Chat.ReadWrite.All",
    "Chat.ReadWrite.WhereInstalled",
    "ChannelMember.ReadWrite.All",
    "ChatMember.ReadWrite.All",
    "ChatMember.ReadWrite.WhereInstalled",
    "TeamMember.ReadWrite.All",
    "TeamSettings.Read.All",
    "TeamsAppInstallation.ReadForChat.All",
    "TeamsAppInstallation.ReadForTeam.All",
    "TeamsAppInstallation.ReadForUser.All",
    "Directory.Read.All",
)
"""Further application permissions that the tenant knows."""


class Permissions(Controls):
    """The part of the tenant's control surface that gives and takes permissions.

    An app-wide permission is in the access tokens issued afterwards, as Entra has it: older tokens keep what
    they hold until they expire. Where the app is installed it may read without any.
    """

    def consent_to(self, *permissions: str) -> None:
        """Let the app have exactly these permissions from now on; raises ValueError for unknown ones."""
        unknown = set(permissions) - {*EVERYTHING, *OTHERS}
        if unknown:
            raise ValueError(f"the tenant does not know these permissions: {sorted(unknown)}")
        register = self.core.state.register
        self.core.state.set_register(replace(register, consented=permissions))
        self.core.state.commit()

    @property
    def required_permissions(self) -> frozenset[frozenset[str]]:
        """What the app's calls have needed so far: of each set one application permission would do."""
        return frozenset(self.core.required)

    def expire_delta_tokens(self) -> None:
        """Answer 410 to every delta or next link given out so far."""
        register = self.core.state.register
        self.core.state.set_register(replace(register, delta_generation=register.delta_generation + 1))
        self.core.state.commit()
