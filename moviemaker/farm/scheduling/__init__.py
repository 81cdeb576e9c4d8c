"""Which worker draws which frames: a policy that knows nothing of processes, networks or clocks."""

from moviemaker.farm.scheduling.alarms import Limits
from moviemaker.farm.scheduling.schedule import Order, Schedule
from moviemaker.farm.scheduling.tries import GivenUp

__all__ = ["GivenUp", "Limits", "Order", "Schedule"]
