"""Who may see what: access is denied whenever anything about it is unknown."""

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.audiences import ORGANISATION, all_may_see, audience_of_space, space_of_audience
from shared.domain.identity import AudienceId
from tests.builders import OTHER_TENANT, TENANT, a_guest, a_person, a_space

PEOPLE = [a_person(name) for name in ("Ann", "Bob", "Cleo", "Dee")]
groups = st.sets(st.sampled_from(PEOPLE)).map(tuple)


@given(groups, groups)
def test_all_may_see_exactly_when_every_reader_is_a_member(readers: tuple, members: tuple) -> None:  # type: ignore[type-arg]
    audience = a_space("Home", members=members)
    may = all_may_see(a_space("R", members=readers), audience, audience_of_space(audience.id), tenant_id=TENANT)
    assert may is (set(readers) <= set(members))


def test_unknown_membership_on_either_side_denies() -> None:
    known, unknown = a_space("Home", members=PEOPLE), a_space("Home", members=None)
    audience_id = audience_of_space(known.id)
    assert not all_may_see(unknown, known, audience_id, tenant_id=TENANT)
    assert not all_may_see(known, unknown, audience_id, tenant_id=TENANT)
    assert not all_may_see(unknown, None, ORGANISATION, tenant_id=TENANT)


def test_another_space_than_the_audience_names_denies() -> None:
    home, elsewhere = a_space("Home", members=PEOPLE), a_space("Elsewhere", members=PEOPLE)
    assert not all_may_see(home, home, audience_of_space(elsewhere.id), tenant_id=TENANT)
    assert not all_may_see(home, home, AudienceId("something new"), tenant_id=TENANT)


def test_a_guest_sees_a_space_as_its_member_and_the_organisation_never() -> None:
    guest, foreigner = a_guest(a_person("Gus")), a_person("Zoe", tenant=OTHER_TENANT)
    home = a_space("Home", members=[guest, PEOPLE[0]])
    assert all_may_see(a_space("R", members=[guest]), home, audience_of_space(home.id), tenant_id=TENANT)
    assert not all_may_see(a_space("R", members=[guest]), None, ORGANISATION, tenant_id=TENANT)
    assert not all_may_see(a_space("R", members=[foreigner]), None, ORGANISATION, tenant_id=TENANT)


def test_an_audience_names_its_space() -> None:
    mine = a_space("A", members=PEOPLE[:1])
    assert space_of_audience(audience_of_space(mine.id)) == mine.id
    assert space_of_audience(ORGANISATION) is None
