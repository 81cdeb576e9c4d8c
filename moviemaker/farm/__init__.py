"""Where frames are computed: one file per way of spreading them.

A farm of another package derives from `Farm`, and its crew from `Crew`. The crew sends a `Job` wherever it likes, opens
`job.studio()` there, calls `compute` for each frame, and yields what that returns.
"""

TYPE_CHECKING = False  # as in `typing`
if TYPE_CHECKING:
    from moviemaker.farm.crew.contract import Crew, Done, Failed, Farm, Job, compute

__all__ = ["Crew", "Done", "Failed", "Farm", "Job", "compute"]


def __getattr__(name: str) -> object:
    """The names when they are first asked for: the worker of a cluster, which only passes frames on, needs none."""
    if name in __all__:
        from moviemaker.farm.crew import contract

        return getattr(contract, name)
    raise AttributeError(f"module 'moviemaker.farm' has no attribute {name!r}")
