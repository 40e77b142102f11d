"""Any value of a domain type, for property tests."""

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from types import UnionType
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from shared.domain.embeddings import Embedding

_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))) | st.just(UTC)
_MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=_ZONES)  # noqa: DTZ001
_UNFOLDED = _MOMENTS.map(lambda moment: moment.replace(fold=0))
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=30),
    bool: st.booleans(),
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    datetime: _UNFOLDED,
    type(None): st.none(),
}


def any_value(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a frozen dataclass of the domain, whatever its fields hold, with aware moments only."""
    if isinstance(kind, NewType):
        return any_value(kind.__supertype__)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind is Embedding:
        return st.nothing()  # one that is not of the question is not kept, so any would not do
    if get_origin(kind) in (Union, UnionType):
        return st.one_of(*(any_value(part) for part in get_args(kind)))
    if get_origin(kind) is tuple:
        return st.lists(any_value(get_args(kind)[0]), max_size=3).map(tuple)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: any_value(hints[field.name]) for field in dataclasses.fields(kind)})
