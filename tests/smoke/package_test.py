# SPDX-License-Identifier: Apache-2.0
"""The packages on a clean Debian: from `apt install` to a relayed call by the manual alone, and away again."""

import os
import re
import shutil
import socket
import subprocess

import pytest

from install_test import FIRST_CALL, RELAY_FILES, TOOLS_FILES, example, packages, tree  # noqa: F401
from kit.netns import die_with_parent
from kit.relay import ROOT

CHROOT = os.path.join(ROOT, "tools/chroot")
MIRROR = ("deb.debian.org", 80)


def mirror_missing():
    """Why there can be no clean Debian here, or None."""
    if os.environ.get("ASAN_OPTIONS"):
        return "packages are made without sanitizers; the plain run tries them"
    if not shutil.which("debootstrap"):
        return "debootstrap is not installed (tools/deps installs it)"
    try:
        socket.create_connection(MIRROR, 10).close()
    except OSError as e:
        return f"the mirror {MIRROR[0]} cannot be reached: {e}"
    return None


class Machine:
    """A clean Debian in a folder."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, script, how="run", timeout=500):
        """(exit code, output) of a shell script in it; `lone`: in a network of its own."""
        done = subprocess.run([CHROOT, how, self.folder, "bash", "-c", script], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
                              preexec_fn=die_with_parent)
        return done.returncode, done.stdout

    def says(self, script, **options):
        code, text = self.run(script, **options)
        assert code == 0, text
        return text.strip()


@pytest.fixture(scope="module")
def machine(packages, tmp_path_factory):  # noqa: F811
    missing = mirror_missing()
    if missing:
        assert not os.environ.get("CI") or "sanitizers" in missing, missing
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("clean")
    subprocess.run([CHROOT, "make", folder], check=True, timeout=500, preexec_fn=die_with_parent)
    made = Machine(folder)
    for package in packages.values():
        shutil.copy(package, folder / "root")
    made.says("apt-get update -q")
    made.says(f"cd /root && {example('install')}")
    yield made
    # Mounts ended with their commands; nothing else may be taken away with the folder.
    shutil.rmtree(folder, ignore_errors=True)


def test_files_are_where_they_belong(machine):
    for name, files in (("turnpike", RELAY_FILES), ("turnpike-tools", TOOLS_FILES)):
        have = set(machine.says(f"dpkg -L {name} | while read f; do [ -d $f ] || echo $f; done").split())
        assert have == {f"/{path}" for path in files}
    assert machine.says("dpkg --verify turnpike turnpike-tools") == ""
    assert machine.says("stat -c '%a %U' /etc/turnpike /etc/turnpike/turnpike.yaml").split() == ["750", "root", "600", "root"]


def test_configuration_is_the_administrators(machine):
    assert "/etc/turnpike/turnpike.yaml" in machine.says("dpkg-query -W -f '${Conffiles}' turnpike")


def test_user_and_group_are_made(machine):
    assert re.fullmatch(r"turnpike:.*:/run/turnpike:/usr/sbin/nologin", machine.says("getent passwd turnpike"))
    assert machine.says("getent group turnpike")


def test_programs_run(machine):
    assert machine.says("turnpiked --version").startswith("turnpiked ")
    assert machine.says("turnpikectl --version").startswith("turnpikectl ")
    assert "hugepages" in machine.run("turnpike-host check")[1]


def test_check_tells_what_is_missing_and_then_is_content(machine):
    check = "turnpiked --check --config"
    code, text = machine.run(f"{check} /etc/turnpike/turnpike.yaml")
    assert code == 1 and "ports" in text
    machine.says(f"sed -E 's/^# (ports:|  )/\\1/' /etc/turnpike/turnpike.yaml >/tmp/mine.yaml && {check} /tmp/mine.yaml")


def test_first_call_by_the_manual_alone(machine):
    script = FIRST_CALL.format(**{name: example(name) for name in ("wire", "relay", "call")})
    code, text = machine.run(script, how="lone", timeout=90)
    assert code == 0, text
    assert "Total lost packets 0 (0.000000%)" in text, text
    assert re.search(r"tot_send_msgs=500\b", text), text


def test_purge_leaves_nothing(machine):
    machine.says("echo '# mine' >>/etc/turnpike/turnpike.yaml && apt-get remove -y turnpike turnpike-tools")
    assert "# mine" in machine.says("cat /etc/turnpike/turnpike.yaml")
    machine.says("apt-get purge -y turnpike turnpike-tools")
    left = machine.says("ls -d /etc/turnpike /run/turnpike /usr/share/turnpike /usr/share/doc/turnpike* 2>/dev/null || true")
    assert left == ""
    assert machine.says("getent passwd turnpike; getent group turnpike; true") == ""
