"""One measurement."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """`goal` in words, None where there is none; then `ok` is None too."""

    name: str
    value: float
    unit: str
    goal: str | None = None
    ok: bool | None = None


def at_most(name: str, value: float, unit: str, bound: float) -> Figure:
    """A figure that must not exceed a bound."""
    return Figure(name=name, value=round(value, 3), unit=unit, goal=f"<= {bound:g}", ok=value <= bound)


def at_least(name: str, value: float, unit: str, bound: float) -> Figure:
    """A figure that must not fall below a bound."""
    return Figure(name=name, value=round(value, 3), unit=unit, goal=f">= {bound:g}", ok=value >= bound)


def plain(name: str, value: float, unit: str) -> Figure:
    """A figure that is only told."""
    return Figure(name=name, value=round(value, 3), unit=unit)
