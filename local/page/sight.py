"""Who looks into the store, what they may see there, and how people and places are called."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from local.page.views import Source, Spot
from shared.domain.audiences import audience_of_space
from shared.domain.identity import AudienceId, Person, SpaceId, UserKey
from shared.domain.people import Profile
from shared.domain.snippets import Snippet
from shared.domain.snippets import Source as SnippetSource
from shared.domain.spaces import Space
from shared.ports import Store
from shared.usecases.suggest import each_once

MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One look at the store: by one person, or at everything (`viewer` None)."""

    store: Store
    viewer: UserKey | None
    audiences: frozenset[AudienceId]
    spaces: Mapping[SpaceId, Space]
    profiles: Mapping[UserKey, Profile]
    names: Mapping[UserKey, str]
    snippets: Sequence[Snippet]
    """Those in use, newest first, as far as they may be seen."""
    opted_out: frozenset[UserKey] = field(default=frozenset())

    def sees(self, space_id: SpaceId) -> bool:
        """Whether what belongs to that space may be seen."""
        return audience_of_space(space_id) in self.audiences

    def is_for(self, recipient: Person | None) -> bool:
        """Whether what was said to one person alone (None: to everybody) may be seen."""
        return self.viewer is None or recipient is None or recipient.key == self.viewer

    def label(self, space_id: SpaceId) -> str:
        """`Team › Channel`; empty for a space that is not known."""
        space = self.spaces.get(space_id)
        return space.label if space else ""

    def name(self, key: UserKey | None) -> str:
        """A person's name; "Somebody" for whom Cairn must not or cannot name."""
        if key is None or (key in self.opted_out and key != self.viewer):
            return "Somebody"
        return self.names.get(key, "Somebody")

    def listed(self, keys: Iterable[UserKey]) -> str:
        """`Dana, Omar and Priya`; "Somebody" for nobody."""
        named = list(dict.fromkeys(self.name(key) for key in keys)) or ["Somebody"]
        return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))


async def look(store: Store, viewer: UserKey | None, people: Mapping[UserKey, str]) -> Sight:
    """Open the store's content to one person, by `audiences_of` and `visible`, or all of it for None.

    `people` are the names of everybody in the organisation.
    """
    spaces = {space.id: space for space in await store.all_spaces()}
    everything = frozenset(audience_of_space(space_id) for space_id in spaces)
    audiences = everything if viewer is None else await store.audiences_of(viewer)
    stored = {key: await store.profile(key) for key in people}
    profiles = {key: profile.value for key, profile in stored.items() if profile is not None}
    return Sight(
        store=store,
        viewer=viewer,
        audiences=audiences,
        spaces=spaces,
        profiles=profiles,
        names=people,
        snippets=each_once(await store.visible(audiences, limit=MOST)),
        opted_out=frozenset(key for key, profile in profiles.items() if profile.opted_out),
    )


def source_of(source: SnippetSource, sight: Sight) -> Source:
    """Who said it and when, with the place to go to."""
    spot = Spot(place=source.space_id, message=source.message_id)
    return Source(name=sight.name(source.author.key), at=source.said_at, spot=spot)


def quoted(text: str, length: int = 90) -> str:
    """A text in quotation marks on one line, shortened between two words where it is long."""
    flat = " ".join(text.split())
    return f"“{flat}”" if len(flat) <= length else f"“{flat[:length].rsplit(' ', 1)[0]} …”"
