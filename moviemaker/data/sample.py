"""Built-in data, computed from published physics, for trying things out.

`name` chooses the sample. Each sample has its own settings, written beside `name`; its page lists them.

```yaml
kind: sample
name: tidal_stream
count: 5000
```
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, model_validator

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.kinds import build, kind_names, load_kind
from moviemaker.core.sources import Source
from moviemaker.core.values import Value
from moviemaker.data import samples
from moviemaker.data.placing.keys import DataSet

ROOM = "samples"


def _parse_name(value: object) -> str:
    if not isinstance(value, str) or value not in kind_names(ROOM):
        raise InputError(f"no such sample {value!r}", suggest(str(value), kind_names(ROOM), "sample"))
    return value


NAME = Value("the name of a sample", _parse_name, {"type": "string"}, mix=None)


class Sample(DataSet):
    """A sample, with its settings as they were written."""

    model_config = ConfigDict(extra="allow")  # the settings, which the sample's own model checks

    kind: Literal["sample"] = "sample"
    """Kind of the data: a built-in sample."""
    name: Annotated[str, NAME]
    """Name of the sample, such as `tidal_stream`. Its own settings stand beside it."""

    @model_validator(mode="after")
    def _check_settings(self) -> Self:
        self.settings()
        return self

    def settings(self) -> samples.Sample:
        """The model of the sample itself.

        Raises:
            InputErrors: everything that is wrong with the settings.
        """
        model: type[samples.Sample] = load_kind(ROOM, self.name)
        return build(model, {"name": self.name, **(self.model_extra or {})})

    def open(self, folder: Path) -> Source[object]:
        """The open data, which come from no file.

        Args:
            folder: not used.
        """
        return self.settings().open()
