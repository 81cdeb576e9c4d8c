"""Teams whose processes are acted, for the tests of crews."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from moviemaker.farm.crew import team as crew_team
from moviemaker.farm.crew.team import Team
from tests.farm.acting import Job, Plan, Thread


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> Plan:
    made = Plan()
    monkeypatch.setattr(Thread, "plan", made, raising=False)
    monkeypatch.setattr(crew_team, "WorkerProcess", Thread)
    return made


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


@pytest.fixture
def team(plan: Plan) -> Iterator[Team]:
    made = Team(2)
    yield made
    made.end_all()
