"""First pictures of all files in folders, as `moviemaker quick` makes them, on one contact sheet to be looked at.

    python benchmarks/first_pictures.py FOLDER ... --out SHEETS

Each file is described and drawn from another folder than its own. Pictures, scenes and `sheet_1.png` ... go into
the folder of `--out`, and a line for each file is printed: the share of its pixels that are not background, their mean
brightness, or the sentence with which it is refused. A raw file is drawn with the layout that the refusal names first.
"""

from __future__ import annotations

import argparse
import os
import re
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from moviemaker.core.errors import InputError, MoviemakerError
from moviemaker.data_options import DataOptions
from moviemaker.film.picture import read_picture
from moviemaker.first_picture import quick

COLUMNS, ROWS = 5, 6
SIZE = (320, 180)
LINE = 14


def first_picture(file: Path, out: Path) -> tuple[np.ndarray | None, str]:
    """The picture of a file, and what is to be said of it; None: it is refused."""
    target = out / f"{file.name}.png"
    options = {"replace": True, "scale": SIZE[0] / 1280}
    try:
        _, picture = quick([file], target, **options)
    except (InputError, MoviemakerError) as error:
        asked = re.search(r"--shape ([\d ]+) --dtype (\S+)( --order F)?", str(error))
        if asked is None:
            return None, str(error)
        layout = DataOptions(shape=asked[1].split(), dtype=asked[2].strip("'"), order="F" if asked[3] else None)
        _, picture = quick([file], target, layout, **options)
    found = read_picture(picture)
    seen = found.max(axis=2) > 8
    share, mean = 100 * float(seen.mean()), float(found.mean(axis=2)[seen].mean()) if seen.any() else 0.0
    return found, f"{share:.0f} % of the pixels are drawn, mean {mean:.0f} of 255"


def sheet(entries: list[tuple[str, np.ndarray | None, str]]) -> Image.Image:
    """A contact sheet with names, and the sentences of files that are refused."""
    whole = Image.new("RGB", (COLUMNS * SIZE[0], ROWS * (SIZE[1] + LINE)), "#303030")
    draw = ImageDraw.Draw(whole)
    for index, (name, picture, said) in enumerate(entries):
        x, y = index % COLUMNS * SIZE[0], index // COLUMNS * (SIZE[1] + LINE)
        draw.text((x + 4, y + 1), name[:50], fill="white")
        if picture is not None:
            whole.paste(Image.fromarray(picture), (x, y + LINE))
        else:
            lines = re.findall(r".{1,50}(?:\s|$)", said)[:10]
            draw.text((x + 4, y + LINE + 4), "\n".join(lines), fill="#ffb080")
    return whole


def main() -> None:
    """Draws the files of the folders that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, help="folders of data files, or files")
    parser.add_argument("--out", type=Path, default=Path("first_pictures"), help="folder for the pictures")
    arguments = parser.parse_args()
    files: list[Path] = []
    for folder in arguments.folders:
        files += sorted(each for each in folder.iterdir() if each.is_file()) if folder.is_dir() else [folder]
    files = [path.resolve() for path in files if path.suffix.lower() not in (".md", ".py")]
    arguments.out.mkdir(parents=True, exist_ok=True)
    os.chdir(arguments.out)
    entries = []
    for file in files:
        begin = time.process_time()
        picture, said = first_picture(file, Path())
        entries.append((file.name, picture, said))
        print(f"{file.name}: {said} ({time.process_time() - begin:.1f} s)", flush=True)
    for number in range(0, len(entries), COLUMNS * ROWS):
        path = Path(f"sheet_{number // (COLUMNS * ROWS) + 1}.png")
        sheet(entries[number : number + COLUMNS * ROWS]).save(path)
        print(path.resolve())


if __name__ == "__main__":
    main()
