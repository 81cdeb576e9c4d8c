"""Where frames are computed: one file per way of spreading them.

A farm of another package derives from `Farm`. It sends a `Job` wherever it likes, opens `job.studio()` there, calls
`compute` for each frame, and yields what that returns.
"""

from moviemaker.farm._job import Done, Farm, Job, compute

__all__ = ["Done", "Farm", "Job", "compute"]
