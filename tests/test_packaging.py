"""The wheel: one package, the command inside it, definitions beside it; and the checkout behaves the same."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import workflow
from workflow.office import ENGINE

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--no-index", "--wheel-dir", str(folder), str(ROOT)], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.mark.slow
def test_the_wheel_installs_one_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"workflow"}
    assert "workflow/py.typed" in names
    assert "workflow/store/migrations/versions/v0001.py" in names
    shipped = {path.name for path in (ROOT / "definitions").glob("*.yaml")}
    assert {name.removeprefix("workflow/definitions/") for name in names if name.endswith(".yaml")} == shipped


@pytest.mark.slow
def test_the_command_of_the_wheel_finds_its_definitions_from_anywhere(installed: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.path.insert(0, sys.argv.pop(1)); import runpy; "
               "runpy.run_module('workflow', run_name='__main__', alter_sys=True)"]  # fmt: skip
    done = subprocess.run(
        [*command, str(installed), "--json", "definition", "list"], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stderr == ""
    assert "rationalization-proposal" in done.stdout
    assert str(installed) in done.stdout


def test_the_version_is_said_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == workflow.__version__
    assert f"workflow/{workflow.__version__}" == ENGINE


def test_every_public_name_is_there_and_listed_in_order() -> None:
    assert sorted(workflow.__all__) == workflow.__all__
    for name in workflow.__all__:
        assert getattr(workflow, name) is not None
    assert set(workflow.__all__) <= set(dir(workflow))
    with pytest.raises(AttributeError):
        _ = workflow.nothing
