# SPDX-License-Identifier: Apache-2.0
"""The container file: read strictly, and its last stage carried out on a clean Debian (there is no daemon here)."""

import json
import os
import re
import shutil
import subprocess

import pytest

from install_test import packages, powers, tree  # noqa: F401
from kit.netns import die_with_parent
from kit.relay import ROOT
from package_test import CHROOT, Machine, mirror_missing

FOLDER = os.path.join(ROOT, "tools/container")
KNOWN = {"FROM", "COPY", "WORKDIR", "RUN", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def stages():
    """A list of (instruction, words) for each FROM."""
    with open(f"{FOLDER}/Containerfile") as f:
        lines = [line for line in f.read().splitlines() if line.strip() and not line.startswith("#")]
    out = []
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        name, _, words = line.partition(" ")
        if name == "FROM":
            out.append([])
        out[-1].append((name, words))
    return out


def of(stage, name):
    return [words for instruction, words in stage if instruction == name]


def test_instructions_are_known_and_bases_are_named():
    assert len(stages()) == 2
    for stage in stages():
        assert {name for name, _ in stage} <= KNOWN
        assert re.fullmatch(r"docker\.io/library/debian:12-slim( AS \w+)?", stage[0][1])


def test_what_it_runs_is_shell_and_what_it_copies_is_there():
    for stage in stages():
        for script in of(stage, "RUN"):
            subprocess.run(["sh", "-n", "-c", script], check=True)
            for tool in re.findall(r"tools/\w+", script):
                assert os.access(os.path.join(ROOT, tool), os.X_OK)
        assert all(len(words.split()) >= 2 for words in of(stage, "COPY"))
    copied = re.fullmatch(r"--from=(\w+) (\S+) (\S+)", of(stages()[1], "COPY")[0])
    assert copied[1] == stages()[0][0][1].split(" AS ")[1] and copied[2] == "/src/out/*.deb"
    assert copied[3].rstrip("/") in of(stages()[1], "RUN")[0]


def test_what_the_build_wants_is_asked_for():
    """The build stage's groups of packages exist, and hold what tools/deb calls."""
    groups = re.search(r"tools/deps ([a-z ]+)", of(stages()[0], "RUN")[0])[1].split()
    with open(f"{ROOT}/tools/packages.txt") as f:
        have = {line.split()[0] for line in f if line.strip() and not line.startswith("#")}
    assert set(groups) <= have


def test_the_documented_powers_are_the_units():
    with open(f"{FOLDER}/README.md") as f:
        told = re.search(r"--cap-add (\S+)", f.read())[1].split(",")
    assert sorted(p.lower() for p in told) == sorted(powers())


def test_the_last_stage_on_a_clean_debian(packages, tmp_path):  # noqa: F811
    missing = mirror_missing()
    if missing:
        assert not os.environ.get("CI") or "sanitizers" in missing, missing
        pytest.skip(missing)
    subprocess.run([CHROOT, "make", tmp_path], check=True, timeout=500, preexec_fn=die_with_parent)
    machine, stage = Machine(tmp_path), stages()[1]
    into = tmp_path / of(stage, "COPY")[0].split()[-1].strip("/")
    into.mkdir()
    for package in packages.values():
        shutil.copy(package, into)
    # What apt fetched is shared with other machines of the test: it stays.
    machine.says(of(stage, "RUN")[0].replace(" /var/cache/apt/archives/*.deb", ""))
    assert not into.exists()
    assert machine.run("dpkg -s systemd | grep -q '^Status: install ok installed'")[0] != 0
    entry, = map(json.loads, of(stage, "ENTRYPOINT"))
    command, = map(json.loads, of(stage, "CMD"))
    code, text = machine.run(" ".join(entry + command))
    assert code == 1 and "ports" in text  # as it comes, it names no interface
    health = json.loads(re.search(r"CMD (\[.*\])", of(stage, "HEALTHCHECK")[0])[1])
    assert machine.run(" ".join(health))[0] == 3  # nobody listens
