"""Which Python `dev.py` puts its environment on (docs/decisions/0052)."""

import importlib.util
import sys
import sysconfig
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PLAIN = "'--prefix=/opt/python' '--enable-shared'"
OPTIMISED = f"{PLAIN} '--enable-optimizations'"


@pytest.fixture
def dev() -> ModuleType:
    """`dev.py` as a module of its own."""
    spec = importlib.util.spec_from_file_location("millgate_dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def built(monkeypatch: pytest.MonkeyPatch, arguments: str | None) -> None:
    """Have the running interpreter say that it was built with these arguments; None where a platform keeps none."""
    monkeypatch.setattr(sysconfig, "get_config_var", {"CONFIG_ARGS": arguments}.get)
    monkeypatch.delenv("MARKETPLACE_PYTHON", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")


def standing_in(dev: ModuleType, folder: Path, *, minor: int = 12, missing: str = "") -> str:
    """A Python of this 3.minor, without this module, in the place of the system's."""
    path = folder / "python3"
    hidden = f"sys.modules[{missing!r}] = None; " if missing else ""
    path.write_text(
        f"#!{sys.executable}\nimport sys\nsys.version_info = (3, {minor})\n{hidden}\nexec(sys.argv[2])\n",
        encoding="utf-8",
    )
    path.chmod(0o755)
    vars(dev)["SYSTEM_PYTHON"] = str(path)  # a module of this test alone
    return str(path)


def test_a_python_built_without_optimisations_gives_way_to_the_systems(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    built(monkeypatch, PLAIN)
    system = standing_in(dev, tmp_path)

    assert dev.interpreter() == system
    said = capsys.readouterr()
    assert said.out == ""  # stdout belongs to the command
    assert system in said.err
    assert "MARKETPLACE_PYTHON" in said.err


def test_an_optimised_python_is_kept(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    built(monkeypatch, OPTIMISED)
    standing_in(dev, tmp_path)

    assert dev.interpreter() == dev.BASE_PYTHON


@pytest.mark.parametrize("system", [{"minor": 10}, {"minor": 15}, {"missing": "venv"}, None])
def test_a_system_that_has_no_python_for_it_changes_nothing(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: dict[str, int | str] | None
) -> None:
    built(monkeypatch, PLAIN)
    if system is None:
        vars(dev)["SYSTEM_PYTHON"] = str(tmp_path / "nothing")
    else:
        standing_in(dev, tmp_path, **system)  # type: ignore[arg-type]

    assert dev.interpreter() == dev.BASE_PYTHON


def test_the_versions_are_those_that_the_project_promises(dev: ModuleType) -> None:
    promised = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]

    assert promised == ">={}.{},<{}.{}".format(*dev.OLDEST, *dev.TOO_YOUNG)


def test_other_systems_keep_what_runs(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    built(monkeypatch, None)
    standing_in(dev, tmp_path)
    monkeypatch.setattr(sys, "platform", "darwin")

    assert dev.interpreter() == dev.BASE_PYTHON


def test_the_systems_own_is_nothing_to_speak_of(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    built(monkeypatch, PLAIN)  # Debian's own says nothing of its optimisations
    vars(dev)["BASE_PYTHON"] = standing_in(dev, tmp_path)

    assert dev.interpreter() == dev.SYSTEM_PYTHON
    assert capsys.readouterr().err == ""


def test_a_named_python_is_taken_or_refused(dev: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    built(monkeypatch, PLAIN)
    standing_in(dev, tmp_path)
    monkeypatch.setenv("MARKETPLACE_PYTHON", sys.executable)
    assert dev.interpreter() == sys.executable

    monkeypatch.setenv("MARKETPLACE_PYTHON", str(tmp_path / "nothing"))
    with pytest.raises(SystemExit, match=r"is no Python from 3\.11 to 3\.14 with venv"):
        dev.interpreter()
