"""Graph's lists and deltas where they are long, old or changing under the reader's hands."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from local.clock import SimulatedClock
from local.tenant.tenant import Tenant
from tests.local.tenant.conftest import Company
from tests.local.tenant.listener import GraphCaller


@pytest.fixture
def messages(company: Company) -> str:
    return f"/teams/{company.team}/channels/{company.channel}/messages"


def _gt(moment: datetime) -> str:
    return quote(f"lastModifiedDateTime gt {moment.isoformat().replace('+00:00', 'z')}")


async def test_a_filtered_delta_tells_of_reply_chains_created_or_changed_after(
    tenant: Tenant, company: Company, graph: GraphCaller, messages: str, clock: SimulatedClock
) -> None:
    quiet = await tenant.post(company.channel, company.ann, "quiet")
    answered = await tenant.post(company.channel, company.ann, "answered later")
    since = clock.now() + timedelta(hours=1)
    clock.advance(timedelta(hours=2))
    reply = await tenant.post(company.channel, company.bob, "late answer", reply_to=answered)
    new = await tenant.post(company.channel, company.ann, "new")
    page = await graph.get(f"{messages}/delta?$expand=replies&$filter={_gt(since)}")
    assert [one["id"] for one in page["value"]] == [answered, new]
    assert [one["id"] for one in page["value"][0]["replies"]] == [reply]
    await tenant.delete(company.channel, quiet)
    await tenant.delete(company.channel, reply)
    page = await graph.get(page["@odata.deltaLink"])
    assert [one["id"] for one in page["value"]] == [quiet, answered]
    assert page["value"][0]["deletedDateTime"]
    assert page["value"][1]["replies"][0]["deletedDateTime"]


async def test_options_that_the_documentation_does_not_name_are_refused(
    graph: GraphCaller, messages: str, company: Company
) -> None:
    for path in (
        f"{messages}/delta?$filter=createdDateTime gt 2026-01-01T00:00:00Z",
        f"{messages}/delta?$filter=lastModifiedDateTime lt 2026-01-01T00:00:00Z",
        f"{messages}/delta?$filter=lastModifiedDateTime gt yesterday",
        f"{messages}/delta?$top=51",
        f"{messages}/delta?$skip=x",
        f"{messages}/delta?$expand=hostedContents",
        f"{messages}/delta?$orderby=lastModifiedDateTime desc",
        f"{messages}?$filter=lastModifiedDateTime gt 2026-01-01T00:00:00Z",
        f"/chats/{company.chat}/messages?$expand=replies",
    ):
        assert (await graph.call("GET", path)).status_code == 400, path


async def test_a_delta_can_begin_further_on(
    tenant: Tenant, company: Company, graph: GraphCaller, messages: str
) -> None:
    said = [await tenant.post(company.channel, company.ann, f"{n}") for n in range(4)]
    seen = await graph.everything(f"{messages}/delta?$skip=1&$top=2")
    assert [one["id"] for one in seen] == said[1:]


async def test_more_than_a_thousand_replies_go_on_behind_a_link(
    tenant: Tenant, company: Company, graph: GraphCaller, messages: str
) -> None:
    root = await tenant.post(company.channel, company.ann, "a long talk")
    said = [await tenant.post(company.channel, company.bob, f"{n}", reply_to=root) for n in range(1005)]
    for path in (f"{messages}?$expand=replies", f"{messages}/delta?$expand=replies"):
        (thread,) = (await graph.get(path))["value"]
        assert thread["replies@odata.count"] == 1000
        rest = await graph.everything(thread["replies@odata.nextLink"])
        assert [one["id"] for one in [*thread["replies"], *rest]] == said[::-1]


@pytest.mark.parametrize("changed", [-1, 0], ids=["seen already", "not yet seen"])
async def test_an_edit_between_two_pages_hides_no_neighbour(
    tenant: Tenant, company: Company, graph: GraphCaller, messages: str, clock: SimulatedClock, changed: int
) -> None:
    root = await tenant.post(company.channel, company.ann, "root")
    replies = [await tenant.post(company.channel, company.bob, f"{n}", reply_to=root) for n in range(6)]
    chat = [await tenant.post(company.chat, company.ann, f"{n}") for n in range(6)]
    lists = {company.channel: (f"{messages}/{root}/replies", replies), company.chat: (_chat(company), chat)}
    for space, (path, said) in lists.items():
        page = await graph.get(f"{path}?$top=2")
        seen = [one["id"] for one in page["value"]]
        # -1 is the newest, which the first page showed; 0 the oldest.
        clock.advance(timedelta(minutes=1))
        await tenant.edit(space, said[changed], "changed")
        await tenant.react(space, said[changed], company.cy)
        while "@odata.nextLink" in page:
            page = await graph.get(page["@odata.nextLink"])
            seen += [one["id"] for one in page["value"]]
        # By time of change, what was changed meanwhile is at the front, and this reading does not come to it.
        skipped = {said[0]} if space == company.chat and changed == 0 else set()
        assert sorted(seen) == sorted(set(said) - skipped), space


def _chat(company: Company) -> str:
    return f"/chats/{company.chat}/messages"


async def test_delta_tokens_expire_by_age_when_so_set(
    tenant: Tenant, company: Company, graph: GraphCaller, messages: str, clock: SimulatedClock
) -> None:
    tenant.faults.delta_token_life = timedelta(days=7)
    await tenant.post(company.channel, company.ann, "one")
    link = (await graph.get(f"{messages}/delta"))["@odata.deltaLink"]
    clock.advance(timedelta(days=6))
    await graph.sign_in()
    fresh: dict[str, Any] = await graph.get(link)
    clock.advance(timedelta(days=1))
    await graph.sign_in()
    assert (await graph.call("GET", link)).status_code == 410
    assert (await graph.get(fresh["@odata.deltaLink"]))["value"] == []
