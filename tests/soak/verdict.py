"""What must be true after a soak, each as a list of what is wrong."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from local.stage import APP_ID, Stage
from shared import wiring
from shared.adapters.graph.normalise import message_of
from shared.domain.identity import SpaceId, user_key
from shared.domain.messages import Message, as_command
from shared.domain.readings import Reading
from shared.domain.subscriptions import Outage
from shared.usecases.command import is_command
from tests.soak.soak import MARK, Soak


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Everything that a soak is judged by; the lists name what is wrong, and must be empty."""

    messages: int
    missing: tuple[str, ...]
    different: tuple[str, ...]
    not_in_the_tenant: tuple[str, ...]
    of_others: tuple[str, ...]
    wrong_members: tuple[str, ...]
    poison: int
    outages: tuple[Outage, ...]
    not_repaired: tuple[Outage, ...]
    not_read_since: tuple[str, ...]
    """Captured spaces that no reconciliation has been through since the last outage was noticed."""
    certificates: int
    lost_for_good: int
    throttled: int

    @property
    def faults(self) -> dict[str, object]:
        """What is wrong, by name; empty when all is well."""
        found = {
            "missing": self.missing,
            "different": self.different,
            "not_in_the_tenant": self.not_in_the_tenant,
            "of_others": self.of_others,
            "wrong_members": self.wrong_members,
            "poison": self.poison,
            "not_repaired": self.not_repaired,
            "not_read_since": self.not_read_since,
        }
        return {name: value for name, value in found.items() if value}


async def judge(soak: Soak, stage: Stage) -> Verdict:
    """Compare the store with the tenant, and see what became of every outage."""
    store = (await wiring.services()).store
    missing, different, unknown, wrong_members = [], [], [], []
    count = 0
    for space in soak.captured:
        known = await store.space(SpaceId(space))
        expected = _expected(stage, space, known.value.reads_from if known else None)
        count += len(expected)
        for message in expected.values():
            found = await store.message(SpaceId(space), message.id)
            if found is None:
                missing.append(f"{space}/{message.id}")
            elif _bare(found.value) != _bare(message):
                different.append(f"{space}/{message.id}")
        first = min(expected.values(), key=lambda m: (m.created_at, m.id)) if expected else None
        if first is not None:
            later = await store.after(SpaceId(space), first.created_at, first.id, limit=100_000)
            unknown += [f"{space}/{m.value.id}" for m in later if m.value.id not in expected]
        members = {m.person.key for m in (known.value.members or ())} if known else set()
        if members != {user_key(stage.tenant.id, user) for user in stage.tenant.members(space)}:
            wrong_members.append(space)
    subscriptions = await store.all_subscriptions()
    outages = [outage for s in subscriptions for outage in s.outages]
    readings = {r.space_id: r for r in await store.all_readings()}
    noticed = max((o.noticed_at for o in outages), default=None)
    return Verdict(
        messages=count,
        missing=tuple(missing),
        different=tuple(different),
        not_in_the_tenant=tuple(unknown),
        of_others=tuple(await _of_others(soak, stage)),
        wrong_members=tuple(wrong_members),
        poison=sum(n.visible for q, n in (await stage.queues.lengths()).items() if q.endswith("-poison")),
        outages=tuple(outages),
        not_repaired=tuple(o for o in outages if o.repaired_at is None),
        not_read_since=tuple(
            space for space in soak.captured if noticed and not _read_since(readings.get(SpaceId(space)), noticed)
        ),
        certificates=max(_number(path) for path in stage.folder.glob("certificate*.pem")),
        lost_for_good=stage.tenant.counters.lost + stage.tenant.counters.dropped,
        throttled=0,
    )


def _expected(stage: Stage, space: str, reads_from: datetime | None) -> dict[str, Message]:
    """The tenant's messages of a space as Graph shows them, normalised, from when capture was switched on."""
    found: dict[str, Message] = {}
    for raw in stage.tenant.messages(space):
        if raw.visible_to is not None:
            continue
        shape = stage.tenant.core.shapes.message(raw, knows_new_enums=True)
        message = message_of(
            shape,
            space_id=SpaceId(space),
            tenant_id=stage.tenant.id,
            app_id=APP_ID,
            posting_id_in=lambda _: None,
        )
        if reads_from is None or message.created_at > reads_from:
            found[message.id] = as_command(message) if is_command(message) else message
    return found


def _bare(message: Message) -> Message:
    """What Graph says, without what Cairn has added, and with reactions in one order."""
    return replace(
        message,
        thread_id=None,
        parent_id=None,
        link_probability=1.0,
        settled=False,
        taken_in_at=None,
        posting_ids=(),
        reactions=tuple(sorted(message.reactions, key=lambda r: (r.by, r.kind))),
    )


async def _of_others(soak: Soak, stage: Stage) -> list[str]:
    """Whatever the files hold of spaces without capture: their words, and in the store their very names."""
    wrong = []
    for path in (stage.folder / "cairn.sqlite", stage.folder / "cairn.sqlite-wal", stage.folder / "queues.sqlite"):
        content = path.read_bytes() if path.exists() else b""
        if MARK.encode() in content:
            wrong.append(f"{path.name} holds words of a space without capture")
        if path.name.startswith("cairn") and any(space.encode() in content for space in soak.others):
            wrong.append(f"{path.name} names a space without capture")
    return wrong


def _read_since(reading: Reading | None, moment: object) -> bool:
    return reading is not None and reading.read_until is not None and reading.read_until >= moment  # type: ignore[operator]


def _number(path: Path) -> int:
    """How many content certificates had been made with this one; those long replaced are gone again."""
    return int(path.stem.partition("-")[2] or 1)
