"""Renders the pictures of the documentation into `docs/pictures`.

    python docs/render_pictures.py                  # those that are missing
    python docs/render_pictures.py layers_volume    # these, also if they are there
    python docs/render_pictures.py --all

Pictures are committed, so that the documentation can be built without OpenGL.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).parent))
import pages

import moviemaker as mm
from moviemaker.core.colors import before_checks
from moviemaker.core.props.looks import LOOKS

WIDTH = 640
LARGEST = 60_000  # bytes
FRAMES = 6
LOOKS_BESIDE = pages.PICTURES / "light_looks.jpg"
STORYBOARD = pages.PICTURES / "first-film_storyboard.jpg"
WORKER_COLORS = ("#4cc9a0", "#ffb347", "#6f9bff")


def main(arguments: list[str]) -> None:
    """Renders what is asked for."""
    for name, files, make in work():
        if name in arguments or "--all" in arguments or (not arguments and not all(file.exists() for file in files)):
            print(name, flush=True)
            make()


def work() -> Iterator[tuple[str, list[Path], Callable[[], None]]]:
    """Every group of pictures: a name, the files, and what renders them."""
    for folder, name in pages.kinds():
        scene = pages.kind_scene(folder, name)
        if folder == "farm":
            yield scene.path.stem, [pages.PICTURES / f"{scene.path.stem}.jpg"], lambda s=scene, n=name: strip(s, n)
        else:
            yield scene.path.stem, list(scene.pictures.values()), lambda s=scene: kind_pictures(s)
    for path in sorted((pages.ROOT / "scenes").glob("*.yaml")):
        file = pages.PICTURES / f"gallery_{path.stem}.jpg"
        yield file.stem, [file], lambda p=path, f=file: first_output(p, f)
    for path in pages.pages():
        for name, files in pages.pictures_of_page(path).items():
            yield name, files, lambda p=path, n=name: page_pictures(p, n)
    yield "first-film_storyboard", [STORYBOARD], first_storyboard
    yield "light_looks", [LOOKS_BESIDE], looks_beside


def kind_pictures(scene: pages.KindScene) -> None:
    """A picture of each output of a kind's scene."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(scene.path, folder))
        if scene.data is not None:
            pages.run_snippet(scene.data.read_text(encoding="utf-8"), Path(folder))
        draw(path, scene.pictures)


def first_output(path: Path, file: Path) -> None:
    """A picture of the first flat output of a scene."""
    written = mm.load(path)
    name = next((n for n in written.outputs if n in ("hd", "flat")), written.outputs[0])
    draw(path, {name: file})


def page_pictures(page: Path, wanted: str) -> None:
    """Pictures of one scene of a page."""
    with tempfile.TemporaryDirectory() as folder:
        for name, path in pages.scenes_of_page(page.read_text(encoding="utf-8"), Path(folder)):
            if f"{page.stem}_{name}" == wanted:
                files = pages.pictures_of_scene(wanted, path.read_text(encoding="utf-8"))
                shown = pages.pictures_of_page(page)[wanted]
                draw(path, {output: file for output, file in files.items() if file in shown})


def first_storyboard() -> None:
    """The storyboard of the first film."""
    page = (pages.DOCS / "first-film.md").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        ((_, path),) = pages.scenes_of_page(page, Path(folder))
        sheet = Image.fromarray(mm.load(path).storyboard())
        sheet.thumbnail((1000, 1000))
        save(np.asarray(sheet), STORYBOARD)


def looks_beside() -> None:
    """The scene of the page on light in all looks, two above two."""
    page = (pages.DOCS / "how-to" / "light.md").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        ((_, path),) = pages.scenes_of_page(page, Path(folder))
        text, shown = path.read_text(encoding="utf-8"), []
        for look in LOOKS:
            path.write_text(text.replace("look: studio", f"look: {look}"), encoding="utf-8")
            scene = mm.load(path)
            shown.append(scene.still(7.0, scale=480 / 1920))
            scene.close()
        save(np.vstack([np.hstack(shown[:2]), np.hstack(shown[2:])]), LOOKS_BESIDE)


def draw(path: Path, files: dict[str, Path]) -> None:
    """Pictures of outputs of a scene at two thirds of its duration."""
    scene = mm.load(path)
    for warning in scene.warnings:
        print(f"  {path.name}: {warning}")
    for name, file in files.items():
        width, height = scene.prepared.script.scene.outputs[name].size
        wide = WIDTH if width > height else 480
        save(scene.still(scene.prepared.script.scene.header.duration * 2 / 3, name, wide / width), file)
    scene.close()


def strip(scene: pages.KindScene, name: str) -> None:
    """The frames of a scene in order, framed in the colour of the process or machine that draws them."""
    loaded = mm.load(scene.path)
    workers, noun = 1 if name == "serial" else len(WORKER_COLORS), "machine" if name == "dask" else "process"
    sheet = Image.new("RGB", (WIDTH, 272), "#10131c")
    drawing = ImageDraw.Draw(sheet)
    for index in range(FRAMES):
        picture = Image.fromarray(loaded.still(index / FRAMES, scale=192 / 1280))
        x, y = 12 + index % 3 * 208, 12 + index // 3 * 130
        color = WORKER_COLORS[index % workers]
        drawing.rectangle((x, y, x + 199, y + 115), fill=color)
        sheet.paste(picture, (x + 4, y + 4))
        drawing.text((x + 10, y + 98), f"frame {index}, {noun} {index % workers + 1}", fill=color)
    loaded.close()
    save(np.asarray(sheet), pages.PICTURES / f"{scene.path.stem}.jpg")


def save(picture: np.ndarray, file: Path) -> None:
    """Writes a JPEG that is small."""
    file.parent.mkdir(exist_ok=True)
    picture = before_checks(picture)
    for quality in range(88, 30, -6):
        Image.fromarray(picture).save(file, quality=quality, optimize=True)
        if file.stat().st_size < LARGEST:
            break


if __name__ == "__main__":
    main(sys.argv[1:])
