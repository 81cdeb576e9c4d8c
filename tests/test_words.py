"""Code, documentation and scenes use the field's terms: words of an earlier private language must not return."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SEARCHED = (
    "moviemaker",
    "docs",
    "scenes",
    "tests",
    "benchmarks",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
)

# Underscores of names are spaces by then, and line breaks inside of paragraphs too.
WORDS = re.compile(
    r"\b(?:clouds?|mist|marks?|veil\w*|aslant|askew|manieth|standpoint|settl(?:e[sd]?|ing)|presence|nobody)\b"
    r"|\b(?:is|are) +no +(?!(?:longer|more|farther|larger)\b)\w"
    r"|\bwhat +is +not\b"
    r"|\bupright +box",
    re.IGNORECASE,
)

# Former names of classes. As words in lower case they are plain English.
CLASSES = re.compile(r"\b(?:Mistakes?|Sight|Told|Paced|Watched|Shown|Hung)\b")

ALLOWED = re.compile(
    r"\bmarks=pytest\.mark\b|pytest\.mark\b|\bpoint cloud\b"
    r"|\b(?:problem|context|start|end|exclamation|quotation|question|byte order) marks?\b",
    re.IGNORECASE,
)

EXCEPTIONS = [
    ("CHANGELOG.md", "`InputError` was `Mistake`"),
    ("docs/index.md", "Mistakes are reported all together"),
    ("docs/mistakes.md", "Mistakes and questions"),
    ("docs/write-a-kind.md", "Mistakes and their messages"),
    ("moviemaker/comfort/limits.py", "Cybersickness in the presence of"),  # title of a paper
]
"""(file, phrase): the words of a phrase are allowed in a file."""


def searched_files() -> list[Path]:
    """Files below the searched folders that git tracks; in a copy without git, all files."""
    command = ["git", "ls-files", "-z", "--", *SEARCHED]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        listed = ""
    paths = [ROOT / name for name in listed.split("\0") if name]
    if not paths:
        roots = [ROOT / name for name in SEARCHED]
        paths = [path for root in roots for path in (root.rglob("*") if root.is_dir() else [root])]
    own = Path(__file__).resolve()
    return [path for path in paths if path.is_file() and path != own and "__pycache__" not in path.parts]


def bad_words(file: str, text: str) -> list[str]:
    """Each bad word in a text or in the name of its file, as `file:line: word`."""
    for where, phrase in EXCEPTIONS:
        if where == file:
            text = text.replace(phrase, "-" * len(phrase))
    # The name of the file is searched as line 0. Replacements keep the length, so that lines can be counted.
    text = f"{file}\n{text}"
    plain = ALLOWED.sub(lambda found: "-" * len(found[0]), text.replace("_", " "))
    plain = re.sub(r"(?<=\S)\n[ \t]*(?:# )?(?=\w)", lambda found: " " * len(found[0]), plain)
    matches = [found for pattern in (WORDS, CLASSES) for found in pattern.finditer(plain)]
    return [f"{file}:{text.count(chr(10), 0, found.start())}: {found[0]}" for found in matches]


def test_private_words_do_not_return():
    found: list[str] = []
    for path in searched_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or other binary data
        found += bad_words(path.relative_to(ROOT).as_posix(), text)
    assert not found, "\n".join(found)


def test_every_exception_is_needed():
    unneeded = [pair for pair in EXCEPTIONS if pair[1] not in (ROOT / pair[0]).read_text(encoding="utf-8")]
    assert not unneeded


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a\nthe Cloud of points", ["x.py:2: Cloud"]),
        ("def test_files_that_are_no_movies(): ...", ["x.py:1: are no m"]),
        ("    # there is\n    # no key", ["x.py:1: is       no k"]),
        ("class Shown:", ["x.py:1: Shown"]),
        ("it is no longer shown: an exclamation mark, @pytest.mark.slow", []),
        ("mistakes, remarks, chemist, unsettled", []),
    ],
)
def test_words_are_found(text, found):
    assert bad_words("x.py", text) == found
