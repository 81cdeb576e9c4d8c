"""The pages of the documentation that are made from the code: a hook of MkDocs.

Every kind gets a page: the docstring of its module, a table of its keys from the models' fields, its scene and picture.
The gallery comes from `scenes/`, the reference of the command line from its own `--help`.
"""

from __future__ import annotations

import importlib
import inspect
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

sys.path.insert(0, str(Path(__file__).parent))
import pages

from moviemaker.core.kinds import load_kind

TITLES = {
    "layers": ("Layers", "What is drawn, one entry of `layers:` each."),
    "lens": ("Lenses", "What an output's picture looks like: `lens:` of an output."),
    "rig": ("Eyes", "How many eyes there are and how they share the frame: `stereo:` of an output."),
    "data": ("Data", "Where the arrays come from, one entry of `data:` each."),
    "samples": ("Samples", "Built-in data for trying things out: `{kind: sample, name: NAME}`."),
    "lights": ("Lights", "The scene's own light, one entry of `lights:` each."),
    "farm": ("Farms", "Where frames are computed: chosen by `--workers`, not in the scene."),
}
HIDDEN = {"kind", "lens"}


def on_config(config: Any) -> Any:
    """Puts the pages of the kinds into the navigation."""
    for section in config.nav:
        for entries in section.values():
            if isinstance(entries, list):
                for entry in entries:
                    if isinstance(entry, dict) and entry.get("Kinds") == "kinds/index.md":
                        entry["Kinds"] = navigation()
    return config


def on_files(files: Any, config: Any) -> Any:
    """Adds the generated pages."""
    from mkdocs.structure.files import File

    for uri, text in generated().items():
        files.append(File.generated(config, uri, content=text))
    return files


def navigation() -> list[Any]:
    """The kinds in the site's navigation."""
    entries: list[Any] = ["kinds/index.md"]
    for folder, (title, _) in TITLES.items():
        names = [name for room, name in pages.kinds() if room == folder]
        entries.append({title: [f"kinds/{folder}/index.md", *({name: f"kinds/{folder}/{name}.md"} for name in names)]})
    return [*entries, {"File formats": "kinds/readers.md"}]


def generated() -> dict[str, str]:
    """All generated pages by their place in the site."""
    made = {"kinds/index.md": kinds_page(), "kinds/readers.md": readers_page(), "gallery.md": gallery_page()}
    made |= {"command-line.md": command_line_page(), "scene-file.md": scene_file_page()}
    made |= {f"kinds/{folder}/index.md": room_page(folder) for folder in TITLES}
    return made | {f"kinds/{folder}/{name}.md": kind_page(folder, name) for folder, name in pages.kinds()}


def kind_page(folder: str, name: str) -> str:
    """The page of one kind."""
    model = load_kind(folder, name)
    scene = pages.kind_scene(folder, name)
    shown = [pages.PICTURES / f"{scene.path.stem}.jpg"] if folder == "farm" else list(scene.pictures.values())
    text = inspect.cleandoc(importlib.import_module(model.__module__).__doc__ or "")
    summary, _, rest = text.partition("\n\n")
    parts = [f"# `{name}`", summary]
    parts += [f"![{name}](../../pictures/{file.name})" for file in shown]
    parts += [rest, "## Keys", *keys(model)]
    if folder in ("lens", "rig"):
        parts.append("Keys that every output has: [the scene file](../../scene-file.md#outputs).")
    parts += ["## The scene of the picture", f'```yaml title="{scene.path.name}"\n{scene.text}```']
    if scene.data is not None:
        code = scene.data.read_text(encoding="utf-8")
        parts += [
            "This Python code makes its data. Run it in the folder of the scene.",
            f'```python title="make_data.py"\n{code}```',
        ]
    return "\n\n".join(parts) + "\n"


def keys(model: type[BaseModel], path: str = "", seen: tuple[type, ...] = ()) -> Iterator[str]:
    """Tables of the keys of a model and of the models inside it."""
    rows = ["| key | what it is | what may be written | default |", "|---|---|---|---|"]
    inner: list[tuple[str, type[BaseModel]]] = []
    for key, field in model.model_fields.items():
        if key in HIDDEN:
            continue
        what = " ".join((field.description or "").split())
        rows.append(f"| `{key}` | {escaped(what)} | {escaped(allowed(field))} | {escaped(default(field))} |")
        inner += [(f"{path}{key}", found) for found in models_in(field.annotation) if found not in seen]
    yield "\n".join(rows) if len(rows) > 2 else "None."
    for place, found in inner:
        yield f"### `{place}`"
        yield inspect.cleandoc(found.__doc__ or "").partition("\n\n")[0]
        yield from keys(found, f"{place}.", (*seen, found))


def allowed(field: FieldInfo) -> str:
    """What is right for a field, in words."""
    for item in field.metadata:
        right = getattr(item, "right", None) or getattr(getattr(item, "value", None), "right", None)
        if isinstance(right, str) and right:
            return right + (" (may move)" if hasattr(item, "default_ease") else "")
    return "keys and values, see below" if models_in(field.annotation) else ""


def default(field: FieldInfo) -> str:
    """The default as it would stand in YAML."""
    if field.default is PydanticUndefined or field.is_required():
        return "needed"
    value = field.default
    if isinstance(value, BaseModel) or value is None:
        return ""
    plain = yaml.safe_dump(plain_value(value), default_flow_style=True, width=1000).strip()
    return f"`{plain.removesuffix('...').strip()}`"


def plain_value(value: Any) -> Any:
    """A default without tuples."""
    return [plain_value(part) for part in value] if isinstance(value, tuple) else value


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models in an annotation."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in models_in(part)]


def escaped(text: str) -> str:
    """Text in a cell of a table."""
    return text.replace("|", "\\|")


def kinds_page() -> str:
    """All kinds with their pictures."""
    parts = [
        "# Kinds",
        "A folder of the package is a list of choices, and a file in it is one choice. Each choice has a page here, "
        "with a picture of its own scene. Other packages may add kinds: see [Write a kind](../write-a-kind.md).",
    ]
    for folder, (title, text) in TITLES.items():
        parts += [f"## [{title}]({folder}/index.md)", text, cards(folder, "")]
    parts += ["## [File formats](readers.md)", "What `file:` of data may name."]
    return "\n\n".join(parts) + "\n"


def room_page(folder: str) -> str:
    """The kinds of a room."""
    title, text = TITLES[folder]
    return f"# {title}\n\n{text}\n\n{cards(folder, '../')}\n"


def cards(folder: str, up: str) -> str:
    """Pictures of a room's kinds that lead to their pages."""
    room = "" if up else f"{folder}/"
    links = [
        f"[![{name}]({up}../pictures/{folder}_{name}.jpg)<br>`{name}`]({room}{name}.md)"
        for other, name in pages.kinds()
        if other == folder
    ]
    return '<div class="kinds" markdown>\n\n' + "\n\n".join(links) + "\n\n</div>"


def readers_page() -> str:
    """The table of file formats."""
    parts = ["# File formats", "`file:` of data may name files of these formats.", ""]
    rows = ["| files | reader | what is read |", "|---|---|---|"]
    details = []
    for name, module in readers():
        text = inspect.cleandoc(module.__doc__ or "")
        first = text.partition("\n\n")[0]
        suffixes = " ".join(f"`{suffix}`" for suffix in module.SUFFIXES)
        rows.append(f"| {suffixes} | [`{name}`](#{name}) | {' '.join(first.split())} |")
        packed = getattr(module, "COMPRESSIBLE", ())
        details += [f"## {name}", text]
        if packed:
            details.append(f"Also compressed (`.gz`, `.bz2`, `.xz`): {' '.join(f'`{suffix}`' for suffix in packed)}.")
    return "\n\n".join([*parts[:2], "\n".join(rows), EXTRAS, *details]) + "\n"


EXTRAS = """Some formats need another package. `pip install 'moviemaker[NAME]'` installs it: `arrow` (Parquet), `dicom`,
`fits`, `hdf5`, `las`, `md` (molecules), `netcdf`, `nifti`, `nrrd`, `tiff`, `zarr`, `web` (Zarr by an address), or
`all`. An error message says which one a file needs."""


def readers() -> Iterator[tuple[str, Any]]:
    """The modules that read files."""
    import pkgutil

    package = importlib.import_module("moviemaker.data.readers")
    for found in pkgutil.iter_modules(package.__path__):
        if not found.name.startswith("_"):
            yield found.name, importlib.import_module(f"moviemaker.data.readers.{found.name}")


def gallery_page() -> str:
    """The scenes that ship."""
    parts = [
        "# Gallery",
        "These scenes ship with the program, in the folder `scenes/`. Each renders as it is, from built-in data.",
    ]
    for path in sorted((pages.ROOT / "scenes").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        comment = text.splitlines()[0].removeprefix("#").strip()
        title = yaml.safe_load(text)["title"]
        parts += [
            f"## {title}",
            comment,
            f"![{title}](pictures/gallery_{path.stem}.jpg)",
            f"```\nmoviemaker render scenes/{path.name}\n```",
            f'??? note "scenes/{path.name}"\n\n    ```yaml\n'
            + "".join(f"    {line}\n" for line in text.splitlines())
            + "    ```",
        ]
    return "\n\n".join(parts) + "\n"


def command_line_page() -> str:
    """The help of every command."""
    from moviemaker.cli import app

    names = [name for name in app if not name.startswith("-")]
    parts = [
        "# Command line",
        "`moviemaker COMMAND` and `python -m moviemaker COMMAND` are the same.",
        f"```text\n{help_of(app, [])}```",
    ]
    for name in names:
        parts += [f"## {name}", f"```text\n{help_of(app, [name])}```"]
    return "\n\n".join([*parts, EXIT_STATUS]) + "\n"


def help_of(app: Any, words: list[str]) -> str:
    """What `--help` prints."""
    from rich.console import Console

    console = Console(file=io.StringIO(), width=100, color_system=None, force_terminal=False)
    app.help_print(words, console=console)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"


EXIT_STATUS = """## Results and exit status

Results go to standard output, one a line: the path of each finished file, and nothing else. Progress, estimates and
warnings go to standard error. The exit status is 0 when all is done, 2 for a mistake in the scene, its data or the
arguments, and 1 for anything else. With `--debug` a command shows where in the program an error comes from.

File names are `DIR/SCENE/SCENE_OUTPUT.mp4`, with what players look for at the end: `_360`, `_360_TB`, `_360_LR`,
`_180_LR`, `_LR`, `_TB`. A PNG sequence is `DIR/SCENE/SCENE_OUTPUT/SCENE_OUTPUT_000001.png`."""


def scene_file_page() -> str:
    """The keys of a scene that belong to no kind."""
    from moviemaker.film import settings
    from moviemaker.film.settings import FilmSettings
    from moviemaker.scene.model import Header
    from moviemaker.timeline.camera_settings import CameraSettings

    text = (pages.DOCS / "scene_file.in").read_text(encoding="utf-8")
    tables: dict[str, Callable[[], Iterator[str]]] = {
        "HEADER": lambda: keys(Header),
        "CAMERA": lambda: keys(CameraSettings, "camera."),
        "FILM": lambda: iter([inspect.cleandoc(settings.__doc__ or "").partition("\n\n")[2], *keys(FilmSettings)]),
    }
    for name, make in tables.items():
        text = text.replace(f"<<{name}>>", "\n\n".join(make()))
    return text
