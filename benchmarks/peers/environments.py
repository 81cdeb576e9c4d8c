"""An environment for each tool, made with pip when it is needed. What cannot be installed is said with the reason."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

PIP = {
    "yt": [["yt"]],
    "pyvista": [["pyvista", "matplotlib"]],
    "mayavi": [["mayavi"]],
    # It is built from its source, for which the last version is of 2021.
    "sphviewer": [
        ["numpy<1.24", "scipy<1.11", "matplotlib<3.8", "setuptools<60", "wheel"],
        ["--no-build-isolation", "py-sphviewer"],
    ],
}
"""What pip is asked for, one call after the other, by the name of the tool."""
SECONDS = 600
"""Seconds after which pip is stopped."""


class InstallError(Exception):
    """A tool cannot be installed. Its text is the reason."""


def python_of(tool: str, folder: Path) -> str:
    """The Python of a tool's environment, which is made if it is not there yet.

    Args:
        tool: its name; one that is not installed here is drawn by this Python.
        folder: for the environments.

    Raises:
        InstallError: pip has failed.
    """
    if tool not in PIP:
        return sys.executable
    home, failed = folder / tool, folder / f"{tool}.failed"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if failed.exists():
        raise InstallError(failed.read_text(encoding="utf-8"))
    if python.exists():
        return str(python)
    print(f"installing {tool} into {home}", file=sys.stderr, flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    venv.create(home, with_pip=True)
    for packages in PIP[tool]:
        reason = install(str(python), packages)
        if reason:
            failed.write_text(reason, encoding="utf-8")
            raise InstallError(reason)
    return str(python)


def install(python: str, packages: list[str]) -> str:
    """Installs packages. Gives the reason why that has failed; empty: it has not."""
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return f"pip had not finished after {SECONDS} s"
    errors = [line for line in done.stderr.splitlines() if "error" in line.lower()]
    return "" if done.returncode == 0 else (errors or ["pip has failed"])[-1].strip()[:200]
