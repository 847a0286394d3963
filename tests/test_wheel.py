"""What is supplied: the wheel is whole and works far from the checkout; dependencies are bounded, told and licensed."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SETUPTOOLS = Version("77")
RUNTIME = PROJECT["project"]["dependencies"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
DEPENDENCIES = [*RUNTIME, *(each for extra in EXTRAS.values() for each in extra if not each.startswith("sourcier["))]
ASK = """
import sys
sys.path = [sys.argv[1]] + [path for path in sys.path if path not in ("", sys.argv[3])]
import asyncio
from contextlib import closing
from pathlib import Path
import httpx
from qa.live import LiveSession
from qa.session import Session
from qa.suggest.suggester import Suggester
from qa.web.server import make_server
from qa.web.terms import Serving
import index, qa
async def page(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        return await client.get("/")
assert Path(qa.__file__).is_relative_to(sys.argv[1]) and Path(index.__file__).is_relative_to(sys.argv[1])
with LiveSession(Session.of_folder(Path(sys.argv[2]))) as live, closing(Suggester(live)) as suggester:
    with live.lease() as session:
        print(session.ask("How much does Stargate cost?").text)
        print(session.ask("Qui dirige Microsoft ?").text)
        print(session.ask("Où dort le chat de la fermière ?").citations[0].source)
    app = make_server(live, Serving(), None, suggester).config.app
    print(asyncio.run(page(app)).status_code)
"""
PAGE = (
    "<html><body><article><h1>La ferme</h1><p>Le chat de la fermière dort dans la grange.</p></article></body></html>"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from a copy of what the build reads, and unpack it."""
    if Version(importlib.metadata.version("setuptools")) < SETUPTOOLS:
        pytest.skip(f"building takes setuptools {SETUPTOOLS} or later")
    here = tmp_path_factory.mktemp("wheel")
    source = here / "source"
    source.mkdir()
    for name in ("index", "qa"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-NOTICE"):
        shutil.copyfile(ROOT / name, source / name)
    built = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run(
        [*built, "--quiet", "--wheel-dir", here, source], capture_output=True, text=True, check=False, cwd=here
    )
    assert done.returncode == 0, done.stderr
    (path,) = here.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(here / "unpacked")
    return here / "unpacked"


def packaged():
    """Yield every file that the packages are made of: their modules, and the data that pyproject names."""
    setuptools = PROJECT["tool"]["setuptools"]
    for package in setuptools["packages"]:
        yield from (ROOT / package.replace(".", "/")).glob("*.py")
    for package, patterns in setuptools["package-data"].items():
        for pattern in patterns:
            found = [path for path in (ROOT / package).glob(pattern) if path.is_file()]
            assert found, f"nothing is {package}/{pattern}"
            yield from found


def test_the_wheel_holds_every_module_weight_and_style(wheel):
    names = [path.relative_to(ROOT) for path in packaged()]
    assert len(names) > 100
    for name in names:
        assert (wheel / name).read_bytes() == (ROOT / name).read_bytes(), name
    (licences,) = wheel.glob("sourcier-*.dist-info/licenses")
    assert {path.name for path in licences.iterdir()} == {"LICENSE", "LICENSE-NOTICE"}


def test_no_file_of_the_packages_is_left_out_of_the_wheel():
    named = set(packaged())
    there = {
        path
        for name in ("index", "qa")
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert there - named == set()


def test_the_wheel_answers_far_from_the_checkout(wheel, tmp_path):
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds", ignore=shutil.ignore_patterns(".*"))
    (tmp_path / "seeds" / "ferme.html").write_text(PAGE, "utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SOURCIER_"))}
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(wheel), str(tmp_path / "seeds"), str(ROOT)],
        cwd=tmp_path,
        env=kept,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["500 millions de dollars", "Satya Nadella", "ferme.html", "200"]


@pytest.mark.parametrize("told", DEPENDENCIES)
def test_every_dependency_has_a_lower_and_an_upper_bound(told):
    operators = sorted(each.operator for each in Requirement(told).specifier)
    assert operators == ["<", ">="]


def test_the_readme_installs_a_cpu_build_of_torch_that_is_taken():
    (torch,) = (told for told in RUNTIME if told.startswith("torch"))
    assert f'pip install "{torch}" --index-url' in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("told", RUNTIME)
def test_every_runtime_dependency_has_its_reason(told):
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert re.search(rf'^    "{re.escape(told)}",  # \S.+$', text, re.MULTILINE)


def licence_of(name):
    """Return all that a package says of its licence."""
    said = importlib.metadata.metadata(name)
    classifiers = [each for each in said.get_all("Classifier") or [] if each.startswith("License")]
    return " ".join([said.get("License-Expression") or said.get("License") or "", *classifiers])


@pytest.mark.parametrize("told", [*RUNTIME, *EXTRAS["mcp"], *EXTRAS["langchain"], *EXTRAS["milvus"]])
def test_the_notice_names_each_with_the_licence_that_its_package_tells(told):
    name = Requirement(told).name
    notice = (ROOT / "LICENSE-NOTICE").read_text("utf-8")
    row = re.search(rf"^{re.escape(name)} {{2,}}(.+)$", notice, re.MULTILINE)
    assert row, f"name the licence of {name} in LICENSE-NOTICE"
    if said := licence_of(name).strip():  # some versions tell nothing
        assert any(re.search(rf"\b{word}\b", said) for word in re.findall(r"[A-Z]{3,4}\b|Apache|Unlicense", row[1]))


def test_whatever_is_imported_is_a_dependency():
    """What only comes along with another may go with its next version."""
    modules = importlib.metadata.packages_distributions()
    declared = {Requirement(each).name.lower().replace("_", "-") for each in DEPENDENCIES}
    pattern = re.compile(r"^ *(?:import|from) ([A-Za-z_]\w*)", re.MULTILINE)
    sources = [path for name in ("index", "qa") for path in (ROOT / name).rglob("*.py")]
    for path in [path for path in sources if "train" not in path.parts]:  # which has an extra of its own
        for module in pattern.findall(path.read_text("utf-8")):
            owners = {owner.lower().replace("_", "-") for owner in modules.get(module, ())}
            assert not owners or owners & {*declared, "sourcier"}, f"{path}: {module}"
