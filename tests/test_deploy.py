"""What is deployed fits the course: the files are there, and name what exists. tests/hub/ runs the hub's."""

import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from grader.base.paths import course_root

ROOT = course_root()
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_image_installs_the_folder_that_it_copies_with_extras_that_exist():
    (source, target) = re.search(r"^COPY \S+ (\S+) (\S+)$", DOCKERFILE, re.M).groups()
    (folder, extras) = re.search(r'-e "([^"\[]+)\[([^\]]+)\]"', DOCKERFILE).groups()
    assert (source, target) == (".", folder)
    assert set(extras.split(",")) <= set(EXTRAS)


def test_what_the_image_leaves_out_is_not_needed_for_installing():
    patterns = [line for line in text_of(".dockerignore").splitlines() if line and not line.startswith("#")]
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    assert not [
        path for path in kept if any(fnmatch(path, f"{p.removeprefix('**/')}*") for p in patterns) and path[0] != "."
    ]
    assert {".git", ".venv", "build"} <= set(patterns)


def test_binders_environment_is_the_learners_installed_from_the_folder_above():
    learners, binders = (yaml.safe_load(text_of(name)) for name in ("environment.yml", ".binder/environment.yml"))
    *same, pip = binders["dependencies"]
    assert same == learners["dependencies"][:-1]
    assert pip["pip"][-1] == "-e .."
    assert not (ROOT / "binder").exists()  # repo2docker refuses both
    assert not (ROOT / "Dockerfile").exists()  # which it would build instead


@pytest.mark.skipif(sys.platform == "win32", reason="files have no mode there")
def test_postbuild_can_be_executed_and_is_a_script():
    path = ROOT / ".binder" / "postBuild"
    assert path.stat().st_mode & 0o100
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0 if shutil.which("bash") else True


def test_settings_name_one_course():
    names = {
        *re.findall(r'course_id = "(\w+)"', text_of("deploy/nbgrader_config.py")),
        *re.findall(r'^COURSE = "(\w+)"', text_of("deploy/jupyterhub_config.py"), re.M),
        *re.findall(r'Path\.home\(\) / "(\w+)"', text_of("deploy/instructors/nbgrader_config.py")),
    }
    assert names == {"gru101"}
    assert "/exchange/gru101" in text_of("docs/instructors.md")


@pytest.mark.parametrize("page", ["docs/instructors.md", "deploy/tljh.md"])
def test_each_file_that_a_page_puts_in_place_is_there(page):
    files = re.findall(r"install -D -m \d+ (\S+) ", text_of(page))
    assert files
    assert all((ROOT / file).is_file() for file in files)


def test_the_units_paths_are_the_guides():
    unit = text_of("deploy/jupyterhub.service")
    assert Path(re.search(r"^ExecStart=(\S+)", unit, re.M)[1]).is_relative_to("/opt/gru-course/.venv")
    assert f"install -d -m 700 {re.search(r'^WorkingDirectory=(.*)$', unit, re.M)[1]}" in text_of("docs/instructors.md")
