"""Where frames are computed: one file per way of spreading them.

A farm of another package derives from `Farm`, and its crew from `Crew`. The crew sends a `Job` wherever it likes, opens
`job.studio()` there, calls `compute` for each frame, and yields what that returns.
"""

from moviemaker.farm.crew.contract import Crew, Done, Failed, Farm, Job, compute

__all__ = ["Crew", "Done", "Failed", "Farm", "Job", "compute"]
