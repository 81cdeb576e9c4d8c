"""How a file is looked at. The process that looks imports this module, and little else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """How a file is looked at.

    Attributes:
        function: as "package.module:function": reads a file and gives None, or the reason why it cannot be read. Errors
            that it raises are not reported: whoever reads the file meets them again.
        library: that it uses, as it is called in messages.
        package: that the library is installed by.
        modules: that it imports.
        arguments: of the function, before the path.
        version: of the code that reads (default: that of the package).
    """

    function: str
    library: str
    package: str
    modules: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    version: str = ""
