"""NCRONTAB: the six-field schedules of Azure's timers, seconds first, in UTC.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
"""

import re
from datetime import UTC, datetime, timedelta

from cronsim import CronSim, CronSimError

from local.host.errors import HostError

_VALUE = r"(?:\d{1,2}|[A-Za-z]{3})"
_PART = rf"(?:\*|{_VALUE}(?:-{_VALUE})?)(?:/\d{{1,2}})?"
_FIELD = re.compile(rf"{_PART}(?:,{_PART})*")
_SUNDAY_AS_7 = re.compile(r"(?:^|[,-])0?7")
_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)


class Schedule:
    """When a timer runs."""

    def __init__(self, text: str, function: str) -> None:
        """Raises `HostError`, naming the function, for what Azure's host would not take as a schedule."""
        fields = text.split()
        if len(fields) != 6:
            raise HostError(
                f"The schedule of the function {function} must have six fields, seconds first, "
                f"such as 0 */5 * * * *; {text!r} has {len(fields)}."
            )
        # cronsim also knows cron's L, W, # and Sunday as 7, which NCRONTAB does not.
        if not all(_FIELD.fullmatch(field) for field in fields) or _SUNDAY_AS_7.search(fields[5]):
            raise HostError(f"The schedule of the function {function} is not understood: {text!r}.")
        self.text = text
        try:
            self.next_after(_SOME_DAY)
        except (CronSimError, StopIteration) as error:
            reason = str(error) or "it never comes"
            raise HostError(f"The schedule of the function {function} is wrong: {text!r} ({reason}).") from error

    def next_after(self, moment: datetime) -> datetime:
        """The first moment of the schedule later than `moment`."""
        search = CronSim(self.text, moment.astimezone(UTC))
        # NCRONTAB asks that both the day of the month and the day of the week fit; cron asks for either.
        search.day_and = True
        return next(search)

    def is_dense(self) -> bool:
        """Whether it comes more often than once a minute; Azure then keeps no account of past runs."""
        moment = _SOME_DAY
        for _ in range(5):
            following = self.next_after(moment)
            if moment != _SOME_DAY and following - moment < timedelta(minutes=1):
                return True
            moment = following
        return False
