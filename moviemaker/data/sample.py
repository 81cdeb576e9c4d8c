"""Built-in data that the program computes itself from published physics, for trying things out.

`name` says which; every sample has settings of its own, which stand beside it.

```yaml
kind: sample
name: tidal_stream
count: 5000
```
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, model_validator

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.kinds import Kind, build, kind_names, load_kind
from moviemaker.core.sources import Source
from moviemaker.core.values import Value

ROOM = "samples"


def _parse_name(value: Any) -> str:
    if not isinstance(value, str) or value not in kind_names(ROOM):
        raise InputError(f"no such sample {value!r}", suggest(str(value), kind_names(ROOM), "sample"))
    return value


NAME = Value("the name of a sample", _parse_name, {"type": "string"}, mix=None)


class Sample(Kind):
    """One of the samples, with its settings as they were written."""

    model_config = ConfigDict(extra="allow")  # the settings, which the sample's own model checks

    kind: Literal["sample"] = "sample"
    name: Annotated[str, NAME]

    @model_validator(mode="after")
    def _check_settings(self) -> Self:
        self.settings()
        return self

    def settings(self) -> Any:
        """The model of the sample itself.

        Raises:
            InputErrors: everything that is wrong with the settings.
        """
        return build(load_kind(ROOM, self.name), {"name": self.name, **(self.model_extra or {})})

    def open(self, folder: Path) -> Source[Any]:
        """The data, which come from no file.

        Args:
            folder: not used.
        """
        source: Source[Any] = self.settings().open()
        return source
