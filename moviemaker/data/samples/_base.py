"""The contract of samples."""

from __future__ import annotations

from abc import ABC, abstractmethod

from moviemaker.core.kinds import Kind
from moviemaker.core.sources import Source


class Sample(Kind, ABC):
    """Data that the program computes itself. Its fields are its settings, each with a default.

    Another package adds a sample by an entry point in the group `moviemaker.samples`, which bears the sample's name and
    names its class:

    ```toml
    [project.entry-points."moviemaker.samples"]
    shepp_logan = "my_package.shepp_logan:SheppLogan"
    ```

    ```python
    class SheppLogan(Sample):
        name: Literal["shepp_logan"] = "shepp_logan"
        size: Annotated[int, COUNT] = 64
        \"\"\"Number of samples along each axis.\"\"\"

        def open(self):
            grid = GridInMemory((self.size,) * 3, lambda field, index: phantom(self.size), ("density",))
            return GridSource(grid, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    ```

    A function that takes long is decorated by `made_once`: the processes of a render then share its arrays, as they do
    those of the samples that come with the program.

    The same settings give the same numbers, in each process and on each machine: random numbers come from a generator
    with a seed that is a setting. The docstring of the module tells the units of lengths, times and fields, the source
    of the formulas, and shows one example in YAML.
    """

    name: str
    """Name of the sample, a `Literal` with a default."""

    @abstractmethod
    def open(self) -> Source[object]:
        """The data, such as a `GridSource` of a `GridInMemory`. Arrays are computed when they are first asked for."""
