"""The contracts of `shared.ports.People` and `shared.ports.Spaces`."""

from shared.domain.audiences import ORGANISATION, audience_of_space
from shared.domain.identity import SpaceId
from shared.domain.spaces import Member, Role
from shared.ports import Store
from tests.builders import HELP, OTHER_TENANT, a_guest, a_person, a_space, an_expertise

ANN, BOB = a_person("Ann Lee"), a_person("Bob Ray")
HELPERS, OTHERS = audience_of_space(HELP), audience_of_space(SpaceId("19:others@thread.tacv2"))


async def test_experts_are_those_of_exactly_one_audience_who_have_shown_something(store: Store) -> None:
    await store.put_expertise(an_expertise(ANN, audience_id=HELPERS), etag=None)
    await store.put_expertise(an_expertise(BOB, audience_id=OTHERS), etag=None)
    await store.put_expertise(an_expertise(a_person("Cleo Fox"), audience_id=HELPERS, shown=0), etag=None)
    assert list(await store.experts(HELPERS)) == [an_expertise(ANN, audience_id=HELPERS)]
    assert list(await store.experts(ORGANISATION)) == []


async def test_somebody_whose_last_evidence_was_withdrawn_is_no_expert_any_more(store: Store) -> None:
    etag = await store.put_expertise(an_expertise(ANN), etag=None)
    await store.put_expertise(an_expertise(ANN, shown=0), etag=etag)
    assert list(await store.experts(HELPERS)) == []


async def test_what_somebody_has_shown_is_not_read_through_another_audience(store: Store) -> None:
    await store.put_expertise(an_expertise(ANN, audience_id=HELPERS), etag=None)
    assert await store.expertise(OTHERS, ANN.key) is None
    assert await store.expertise(HELPERS, BOB.key) is None


async def test_dropping_expertise_removes_it_in_every_audience_and_for_that_person_alone(store: Store) -> None:
    for person in (ANN, BOB):
        for audience in (HELPERS, OTHERS):
            await store.put_expertise(an_expertise(person, audience_id=audience), etag=None)
    await store.drop_expertise(ANN.key)
    await store.drop_expertise(ANN.key)
    assert await store.expertise(HELPERS, ANN.key) is None
    assert [e.person for e in await store.experts(HELPERS)] == [BOB]
    assert [e.person for e in await store.experts(OTHERS)] == [BOB]


async def test_all_spaces_are_every_space(store: Store) -> None:
    assert list(await store.all_spaces()) == []
    for name in ("Help", "Dock"):
        await store.put_space(a_space(name), etag=None)
    assert sorted(space.name for space in await store.all_spaces()) == ["Dock", "Help"]


async def test_a_person_belongs_to_the_spaces_that_name_them_and_as_a_colleague_to_the_organisation(
    store: Store,
) -> None:
    await store.put_space(a_space("Help", members=[ANN]), etag=None)
    await store.put_space(a_space("Dock", members=[ANN, BOB]), etag=None)
    dock = audience_of_space(a_space("Dock").id)
    assert await store.audiences_of(ANN.key) == {HELPERS, dock, ORGANISATION}
    assert await store.audiences_of(BOB.key) == {dock, ORGANISATION}


async def test_a_stranger_belongs_to_nothing(store: Store) -> None:
    await store.put_space(a_space("Help", members=[ANN]), etag=None)
    assert await store.audiences_of(BOB.key) == frozenset()


async def test_an_unknown_member_list_is_nobody(store: Store) -> None:
    etag = await store.put_space(a_space("Help", members=[ANN]), etag=None)
    etag = await store.put_space(a_space("Help", members=None), etag=etag)
    assert await store.audiences_of(ANN.key) == frozenset()
    await store.put_space(a_space("Help", members=[ANN]), etag=etag)
    assert HELPERS in await store.audiences_of(ANN.key)


async def test_leaving_a_space_ends_what_it_gave_with_the_same_write(store: Store) -> None:
    etag = await store.put_space(a_space("Help", members=[ANN, BOB]), etag=None)
    await store.put_space(a_space("Help", members=[BOB]), etag=etag)
    assert await store.audiences_of(ANN.key) == frozenset()
    assert HELPERS in await store.audiences_of(BOB.key)


async def test_a_guest_belongs_to_the_space_and_not_to_the_organisation(store: Store) -> None:
    await store.put_space(a_space("Help", members=[a_guest(ANN)]), etag=None)
    assert await store.audiences_of(ANN.key) == {HELPERS}


async def test_a_guest_in_one_space_who_is_a_member_of_another_is_a_colleague(store: Store) -> None:
    await store.put_space(a_space("Help", members=[a_guest(ANN)]), etag=None)
    etag = await store.put_space(a_space("Dock", members=[ANN]), etag=None)
    assert ORGANISATION in await store.audiences_of(ANN.key)
    await store.put_space(a_space("Dock", members=[]), etag=etag)
    assert await store.audiences_of(ANN.key) == {HELPERS}


async def test_somebody_of_another_tenant_is_never_of_the_organisation_whatever_their_role(store: Store) -> None:
    partner = a_person("Pat Ner", tenant=OTHER_TENANT)
    await store.put_space(a_space("Help", members=[partner]), etag=None)
    await store.put_space(a_space("Dock", members=[Member(person=partner, role=Role.OWNER)]), etag=None)
    assert ORGANISATION not in await store.audiences_of(partner.key)
    assert HELPERS in await store.audiences_of(partner.key)


async def test_somebody_listed_twice_in_a_space_counts_as_the_guest_that_one_entry_says(store: Store) -> None:
    await store.put_space(a_space("Help", members=[ANN, a_guest(ANN)]), etag=None)
    await store.put_space(a_space("Dock", members=[a_guest(BOB), BOB]), etag=None)
    assert ORGANISATION not in await store.audiences_of(ANN.key)
    assert ORGANISATION not in await store.audiences_of(BOB.key)


async def test_people_with_the_same_object_id_in_two_tenants_are_two_people(store: Store) -> None:
    await store.put_space(a_space("Help", members=[ANN]), etag=None)
    assert await store.audiences_of(a_person("Ann Lee", tenant=OTHER_TENANT).key) == frozenset()
