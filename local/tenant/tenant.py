"""The simulated tenant: starts and stops it, makes it misbehave, and reads what is in it."""

import random
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from local.clock import LocalClock
from local.tenant.activities import Activities
from local.tenant.buttons import Buttons
from local.tenant.changes import Changes
from local.tenant.company import Company
from local.tenant.core import Core, Identity
from local.tenant.faults import Faults
from local.tenant.graph_limits import GraphLimits
from local.tenant.hub import EventHub
from local.tenant.identifiers import guid
from local.tenant.keys import KeyRing, KeyUse
from local.tenant.lifecycle import Lifecycle
from local.tenant.messages import Messages
from local.tenant.model import LoggedActivity, Message, Person, Space, SpaceKind
from local.tenant.notifier import Notifier
from local.tenant.outbox import Outbox
from local.tenant.permissions import EVERYTHING, Permissions
from local.tenant.server import HttpServer, build_app
from local.tenant.shapes import Shapes
from local.tenant.state import State
from local.tenant.talk import Talk
from local.tenant.tokens import Tokens
from local.tenant.watchers import Watchers

TENANT_ID = "0d5c8b1e-6a55-4f0e-9a37-5a1c0f2b7e64"


class Tenant(Company, Talk, Buttons, Permissions, Watchers):
    """One tenant with one app. Everything it holds is in `store`, if that is a path, and survives a kill.

    A store goes with its tenant id, app id and seed; with others it is refused with ValueError.
    Start it on the same port as before when links that it gave out (delta links, service URLs) must go on
    to work.
    """

    def __init__(
        self,
        *,
        clock: LocalClock,
        app_id: str,
        app_secret: str,
        tenant_id: str = TENANT_ID,
        app_name: str = "Cairn",
        store: Path | None = None,
        seed: int = 0,
    ) -> None:
        identity = Identity(tenant_id=tenant_id, app_id=app_id, app_secret=app_secret, app_name=app_name, seed=seed)
        self.core = self._make_core(identity, State(store), clock)
        self.tokens = Tokens(self.core)
        self.activities = Activities(self.core, self.tokens)
        self._take_store()
        self._http: HttpServer | None = None

    def _make_core(self, identity: Identity, state: State, clock: LocalClock) -> Core:
        tenant_id = identity.tenant_id
        shapes = Shapes(
            state,
            tenant_id=tenant_id,
            app_id=identity.app_id,
            app_name=identity.app_name,
            teams_app_id=guid(identity.seed, "teams app", identity.app_id),
        )
        chance = random.Random(f"{identity.seed}/faults")  # noqa: S311
        outbox, hub = Outbox(state, clock), EventHub(state)
        lifecycle = Lifecycle(state=state, clock=clock, outbox=outbox, tenant_id=tenant_id, faults=self._faults)
        changes = Changes(
            state=state,
            clock=clock,
            shapes=shapes,
            outbox=outbox,
            tenant_id=tenant_id,
            faults=self._faults,
            chance=chance,
        )
        notifier = Notifier(
            state=state,
            clock=clock,
            outbox=outbox,
            lifecycle=lifecycle,
            hub=hub,
            faults=self._faults,
            validation_token=lambda: self.tokens.validation_token(),
        )
        return Core(
            identity=identity,
            clock=clock,
            state=state,
            keys=KeyRing(state.journal, clock),
            shapes=shapes,
            messages=Messages(state, clock, changes.message),
            changes=changes,
            outbox=outbox,
            lifecycle=lifecycle,
            hub=hub,
            notifier=notifier,
            limits=GraphLimits(clock.now),
            chance=chance,
        )

    def _faults(self) -> Faults:
        return self.core.faults

    def _take_store(self) -> None:
        state, identity = self.core.state, self.core.identity
        owner = f"{identity.tenant_id}/{identity.app_id}/{identity.seed}"
        if state.register.owner not in ("", owner):
            state.journal.close()
            raise ValueError("the store holds another tenant, app or seed")
        if not state.register.owner:
            state.set_register(replace(state.register, owner=owner, consented=EVERYTHING))
            state.commit()

    async def start(self, port: int = 0) -> None:
        """Serve on 127.0.0.1 (on any free port for 0) and begin to hand notifications over."""
        self._http = HttpServer(build_app(self.core, self.tokens))
        self.core.url = f"http://127.0.0.1:{await self._http.start(port)}"
        self.activities.start()
        self.core.notifier.start()

    async def stop(self) -> None:
        """Stop serving and close the store; what was not handed over is still in it."""
        await self.core.notifier.stop()
        await self.activities.stop()
        if self._http is not None:
            await self._http.stop()
            self._http = None
        self.core.state.journal.close()

    async def __aenter__(self) -> Self:
        """Start on a free port."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    @property
    def url(self) -> str:
        """Where the tenant is reached: `{url}/login`, `{url}/graph/v1.0`, `{url}/connector`."""
        return self.core.url

    @property
    def id(self) -> str:
        """The tenant's GUID."""
        return self.core.identity.tenant_id

    @property
    def bot_endpoint(self) -> str | None:
        """The bot's messaging URL, to which activities are posted; None sends none. May be set at any time."""
        return self.activities.endpoint

    @bot_endpoint.setter
    def bot_endpoint(self, url: str | None) -> None:
        self.activities.endpoint = url

    @property
    def faults(self) -> Faults:
        """How the tenant misbehaves; change its fields or set another."""
        return self.core.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.core.faults = faults

    @property
    def teams_app_id(self) -> str:
        """The app's id in the tenant's catalogue, as `/appCatalogs/teamsApps/{id}` has it."""
        return self.core.shapes.teams_app_id

    @property
    def graph_limits(self) -> GraphLimits:
        """What Graph's limits have seen of the app's calls since `faults.read_limits` was set."""
        return self.core.limits

    def expire_access_tokens(self) -> None:
        """Make every access token issued so far invalid at once."""
        self.tokens.revoke_access()
        self.core.state.commit()

    def rotate_keys(self, use: KeyUse = KeyUse.ENTRA) -> None:
        """Sign with a new key from now on; the old one stays published for a day."""
        self.core.keys.rotate(use)
        self.core.state.commit()

    def spaces(self) -> list[Space]:
        """Every channel and chat, in the order of their making."""
        return [space for space in self.core.state.spaces if space.kind is not SpaceKind.PERSONAL]

    def messages(self, space: str, *, viewer: str | None = None) -> list[Message]:
        """What was written in a space, oldest first, with deleted messages as such.

        With a viewer, without the targeted messages that somebody else got; otherwise with them.
        """
        self.core.state.known_space(space)
        everything = self.core.messages.in_space(space)
        return [m for m in everything if viewer is None or m.visible_to in (None, viewer)]

    def message(self, space: str, message_id: str) -> Message:
        """One message; raises LookupError."""
        return self.core.messages.known(space, message_id)

    def person(self, any_id: str) -> Person:
        """The user with this object id, `29:` id or mail; raises LookupError."""
        return self.core.state.known_person(any_id)

    def people(self) -> list[Person]:
        """Every user."""
        return list(self.core.state.people)

    def members(self, space: str) -> list[str]:
        """The user ids of a space's members."""
        known = self.core.state.known_space(space)
        return [member.user_id for member in self.core.state.members(known)]

    def activity_log(self) -> list[LoggedActivity]:
        """Every activity to and from the bot, oldest first."""
        return list(self.core.state.activities)
