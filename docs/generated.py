"""The pages of the documentation that are made from the code: a hook of MkDocs.

Every kind gets a page: the docstring of its module, a table of its keys from the models' fields, its scene and picture.
The gallery comes from `scenes/`, the reference of the command line from its own `--help`.
"""

from __future__ import annotations

import importlib
import inspect
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parent))
import pages

from moviemaker.help import TOPICS, KindHelp, describe_kind, describe_topic

TITLES = {
    "layers": ("Layers", "What is drawn, one entry of `layers:` each."),
    "lens": ("Lenses", "What an output's picture looks like: `lens:` of an output."),
    "rig": ("Eyes", "How many eyes there are and how they share the frame: `stereo:` of an output."),
    "data": ("Data", "Where the arrays come from, one entry of `data:` each."),
    "samples": ("Samples", "Built-in data for trying things out: `{kind: sample, name: NAME}`."),
    "lights": ("Lights", "The scene's own light, one entry of `lights:` each."),
    "farm": ("Farms", "Where frames are computed: chosen by `--workers` or `--cluster`, not in the scene."),
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


def kind_page(room: str, name: str) -> str:
    """The page of one kind."""
    kind = describe_kind(room, name)
    scene = pages.kind_scene(room, name)
    shown = [pages.PICTURES / f"{scene.path.stem}.jpg"] if room == "farm" else list(scene.pictures.values())
    first, _, rest = kind.text.partition("\n\n")
    parts = [f"# `{name}`", first]
    parts += [f"![{name}](../../pictures/{file.name})" for file in shown]
    parts += [rest, "## Keys", *keys(kind)]
    if room in ("lens", "rig"):
        parts.append("Keys that every output has: [the scene file](../../scene-file.md#outputs).")
    parts += ["## The scene of the picture", f'```yaml title="{scene.path.name}"\n{scene.text}```']
    if scene.data is not None:
        code = scene.data.read_text(encoding="utf-8")
        parts += [
            "This Python code makes its data. Run it in the folder of the scene.",
            f'```python title="make_data.py"\n{code}```',
        ]
    return "\n\n".join(parts) + "\n"


def keys(kind: KindHelp, path: str = "") -> Iterator[str]:
    """Tables of the keys of a mapping and of the mappings inside it."""
    rows = ["| key | what it is | what may be written | default |", "|---|---|---|---|"]
    inner: list[tuple[str, KindHelp]] = []
    for key in kind.keys:
        if key.name in HIDDEN or key.text == "Names the kind.":
            continue
        takes = re.sub(r" \(moviemaker help \w+\)", "", key.takes) + (" (may move)" if key.moves else "")
        default = "needed" if key.required else f"`{key.default}`" if key.default else ""
        rows.append(f"| `{key.name}` | {escaped(key.text)} | {escaped(takes)} | {escaped(default)} |")
        inner += [(f"{path}{key.name}", part) for part in key.parts]
    yield "\n".join(rows) if len(rows) > 2 else "None."
    for place, part in inner:
        yield f"### `{place}`{f': {part.name}' if part.name else ''}"
        yield part.text
        yield from keys(part, f"{place}.")


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
`fits`, `hdf5`, `las`, `md` (molecules), `netcdf`, `nifti`, `nrrd`, `tiff`, `zarr` (also on the web), or `all`. An error
message says which one a file needs."""


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

Ctrl-C and other signals stop a command at once, with all processes that it has started. The exit status is then 128 and
the number of the signal: 130 for Ctrl-C, 143 for SIGTERM. Nothing unfinished stays on the disk, and the same `render`
carries on where it was. A worker process that dies costs the frame that it was drawing: another worker draws it again.

File names are `DIR/SCENE/SCENE_OUTPUT.mp4`, with what players look for at the end: `_360`, `_360_TB`, `_360_LR`,
`_180_LR`, `_LR`, `_TB`. A PNG sequence is `DIR/SCENE/SCENE_OUTPUT/SCENE_OUTPUT_000001.png`."""


def scene_file_page() -> str:
    """The keys of a scene that belong to no kind."""
    text = (pages.DOCS / "scene_file.in").read_text(encoding="utf-8")
    for name in TOPICS:
        topic = describe_topic(name)
        text = text.replace(f"<<{name}.text>>", topic.text)
        text = text.replace(f"<<{name}.keys>>", "\n\n".join(keys(topic, "" if name == "scene" else f"{name}.")))
    return text
