# SPDX-License-Identifier: Apache-2.0
"""What a machine is given: `make install`, the unit, and the first call of turnpiked(8), word by word."""

import os
import re
import shutil
import signal
import socket
import subprocess

import pytest

from kit.netns import die_with_parent
from kit.relay import BUILD, READY_S, ROOT, TURNPIKED, Relay
from kit.turn_client import TurnClient

UNIT = os.path.join(ROOT, "config/turnpiked.service")
INSTALLED = {
    "bin/turnpiked": 0o755,
    "bin/turnpikectl": 0o755,
    "lib/systemd/system/turnpiked.service": 0o644,
    "share/bash-completion/completions/turnpikectl": 0o644,
    "share/doc/turnpike/examples/turnpike.yaml": 0o644,
    "share/man/man1/turnpikectl.1": 0o644,
    "share/man/man5/turnpike.yaml.5": 0o644,
    "share/man/man8/turnpiked.8": 0o644,
    "share/zsh/vendor-completions/_turnpikectl": 0o644,
    "sbin/turnpike-host": 0o755,
    "share/turnpike/alerts.yaml": 0o644,
    "share/turnpike/grafana.json": 0o644,
}
FIRST_CALL = r"""
set -e
mount -t tmpfs none /run
ip link set lo up
{wire}
exec 3>&2 2>/run/relay.log
{relay}
exec 2>&3
for i in $(seq 100); do grep -q '"event":"ready"' /run/relay.log && break; sleep 0.1; done
{call}
kill %1 %2
ip netns del phones
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("install")
    subprocess.run(["make", "-s", "install", f"BUILD={BUILD}", f"DESTDIR={folder}", "PREFIX=/usr"], cwd=ROOT,
                   check=True, capture_output=True, timeout=600)
    return folder / "usr"


def test_all_is_there_and_nothing_else(tree):
    found = {str(p.relative_to(tree)): p.stat().st_mode & 0o777 for p in tree.rglob("*") if p.is_file()}
    assert found == INSTALLED
    assert [p.name for p in tree.parent.iterdir()] == ["usr"]


def test_installed_programs_run(tree):
    for name in ("turnpiked", "turnpikectl"):
        done = subprocess.run([tree / "bin" / name, "--version"], capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout.startswith(name)


def test_unit_runs_what_is_installed(tree):
    text = (tree / "lib/systemd/system/turnpiked.service").read_text()
    assert re.findall(r"^ExecStart(?:Pre)?=(\S+)", text, re.M) == ["/usr/bin/turnpiked"] * 2
    assert "NoNewPrivileges=yes" in text


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")
def test_unit_is_understood_by_systemd(tree, tmp_path):
    unit = tmp_path / "turnpiked.service"
    unit.write_text((tree / "lib/systemd/system/turnpiked.service").read_text()
                    .replace("/usr/bin/turnpiked", str(tree / "bin/turnpiked")))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze")
def test_unit_exposes_no_more_than_it_did():
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=32", "--no-pager", UNIT],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-200:] + done.stderr


class Watched(Relay):
    """As systemd starts it: it tells a socket that it is ready, and that it lives."""

    def start(self):
        self.ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.ear.settimeout(READY_S)
        self.ear.bind(f"{self.lab.folder}/notify")
        super().start()

    def command(self):
        return ["env", f"NOTIFY_SOCKET={self.lab.folder}/notify", "WATCHDOG_USEC=2000000", *super().command()]

    def hear(self, word):
        while word not in self.ear.recv(4096).decode().split("\n"):
            pass


def test_systemd_hears_of_it(lab):
    relay = lab.start(kind=Watched, wait=False)
    relay.hear("READY=1")
    for _ in range(3):
        relay.hear("WATCHDOG=1")
    relay.kill(signal.SIGTERM)
    relay.hear("STOPPING=1")
    assert relay.process.wait(20) == 0


def powers():
    """The unit's capabilities, in setpriv's spelling."""
    with open(UNIT) as f:
        words = re.search(r"^CapabilityBoundingSet=(.*)$", f.read(), re.M)[1].split()
    return [w.removeprefix("CAP_").lower() for w in words]


class Bounded(Relay):
    """With the unit's capabilities, less those in `without`."""

    without = ()

    def command(self):
        kept = "".join(f",+{p}" for p in powers() if p not in self.without)
        return ["setpriv", f"--bounding-set=-all{kept}", "--no-new-privs", *super().command()]


def test_powers_of_the_unit_suffice(lab):
    relay = lab.start(kind=Bounded)
    with TurnClient(lab.client) as c:
        assert c.allocate().code == 0
    assert not [e for e in relay.events() if e["level"] == "error"]
    assert not relay.events("group_refused")
    assert relay.stop() == 0


class Sealed(Bounded):
    """The same, and what ProtectKernelTunables leaves of /sys and /proc/sys; with a bpffs, as on a host."""

    seal = """mount -t bpf bpf /sys/fs/bpf 2>/dev/null; mount --bind /proc/sys /proc/sys
        for m in /proc/sys $(findmnt -rno TARGET | grep ^/sys); do mount -o remount,bind,ro $m || exit; done
        exec "$@" """

    def command(self):
        return ["unshare", "--mount", "sh", "-c", self.seal, "-", *super().command()]


def test_kernel_tunables_are_not_missed(lab):
    with open(UNIT) as f:
        assert "ProtectKernelTunables=yes" in f.read()
    relay = lab.start(kind=Sealed)
    with TurnClient(lab.client) as c:
        assert c.allocate().code == 0
    assert relay.stop() == 0


@pytest.mark.parametrize("power", ["net_raw", "net_admin", "sys_admin"])
def test_each_power_of_the_unit_is_needed(lab, power):
    less = type("Less", (Bounded,), {"without": (power,)})
    relay = lab.start(kind=less, wait=False)
    assert power in powers()
    assert relay.process.wait(60) != 0
    assert [e for e in relay.events() if e["level"] == "error"] and not relay.events("ready")


def example(name):
    with open(os.path.join(BUILD, "tools/man/turnpiked.8")) as f:
        text = re.search(rf'^\.\\" example: {name}\n(.*?)^\.\\" end$', f.read(), re.M | re.S)[1]
    return text.replace(r"\-", "-").replace(r"\(aq", "'").replace(r"\e", "\\").replace("\\\\\n", "\\\n")


def test_first_call_of_the_manual(tmp_path):
    script = FIRST_CALL.format(**{name: example(name) for name in ("wire", "relay", "call")})
    script = script.replace("/tmp/first.yaml", f"{tmp_path}/first.yaml")
    path = ":".join([os.path.dirname(TURNPIKED), os.path.join(BUILD, "app/turnpikectl"), os.environ["PATH"]])
    child = subprocess.Popen(["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", script],
                             env=dict(os.environ, PATH=path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, preexec_fn=die_with_parent)
    out, _ = child.communicate(timeout=90)
    assert child.returncode == 0, out
    assert "Total lost packets 0 (0.000000%)" in out, out
    assert re.search(r"tot_send_msgs=500\b", out), out
    assert re.search(r"(?i)balance", out), out


RELAY_FILES = {
    "etc/turnpike/turnpike.yaml": "-rw-------",
    "usr/bin/turnpiked": "-rwxr-xr-x",
    "usr/lib/systemd/system/turnpiked.service": "-rw-r--r--",
    "usr/lib/sysusers.d/turnpike.conf": "-rw-r--r--",
    "usr/share/doc/turnpike/changelog.gz": "-rw-r--r--",
    "usr/share/doc/turnpike/copyright": "-rw-r--r--",
    "usr/share/doc/turnpike/examples/turnpike.yaml": "-rw-r--r--",
    "usr/share/man/man5/turnpike.yaml.5.gz": "-rw-r--r--",
    "usr/share/man/man8/turnpiked.8.gz": "-rw-r--r--",
    "usr/share/turnpike/alerts.yaml": "-rw-r--r--",
    "usr/share/turnpike/grafana.json": "-rw-r--r--",
}
TOOLS_FILES = {
    "usr/bin/turnpikectl": "-rwxr-xr-x",
    "usr/sbin/turnpike-host": "-rwxr-xr-x",
    "usr/share/bash-completion/completions/turnpikectl": "-rw-r--r--",
    "usr/share/zsh/vendor-completions/_turnpikectl": "-rw-r--r--",
    "usr/share/doc/turnpike-tools/changelog.gz": "-rw-r--r--",
    "usr/share/doc/turnpike-tools/copyright": "-rw-r--r--",
    "usr/share/man/man1/turnpikectl.1.gz": "-rw-r--r--",
}


@pytest.fixture(scope="module")
def packages(tree, tmp_path_factory):
    """Name → file; `tree` has given the build folder its prefix."""
    out = tmp_path_factory.mktemp("deb")
    subprocess.run([os.path.join(ROOT, "tools/deb")], env=dict(os.environ, OUT=str(out), BUILD=BUILD), check=True,
                   capture_output=True, timeout=600)
    return {p.name.split("_")[0]: p for p in out.glob("*.deb")}


def said(*words):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, check=True).stdout


def field(package, name):
    return said("dpkg-deb", "-f", package, name).strip()


@pytest.mark.parametrize("name, files", [("turnpike", RELAY_FILES), ("turnpike-tools", TOOLS_FILES)])
def test_package_holds(packages, name, files):
    rows = [line.split() for line in said("dpkg-deb", "-c", packages[name]).splitlines()]
    assert {row[5].removeprefix("./"): row[0] for row in rows if row[0][0] != "d"} == files
    assert {row[1] for row in rows} == {"root/root"}


def test_packages_say_what_they_need(packages):
    assert set(packages) == {"turnpike", "turnpike-tools"}
    relay, tools = (field(packages[n], "Depends") for n in ("turnpike", "turnpike-tools"))
    # Devices are loaded at run time, so that no linker tells them.
    for need in ("libc6", "librte-eal23", "libev4", "librte-net-af-xdp23", "librte-bus-pci23"):
        assert re.search(rf"\b{need}\b", relay), need
    assert "libjansson4" in tools and "librte" not in tools
    version = re.search(r"version: '([\d.]+)'", open(os.path.join(ROOT, "meson.build")).read())[1]
    assert {field(p, "Version") for p in packages.values()} == {version}


def test_packages_install_and_go(packages, tmp_path):
    root = tmp_path / "root"
    for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "etc"):
        (root / folder).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    dpkg = ["dpkg", f"--root={root}", "--force-depends", "--force-script-chrootless"]
    said(*dpkg, "-i", *packages.values())
    assert "turnpike" in (root / "etc/group").read_text() and "turnpike" in (root / "etc/passwd").read_text()
    config = root / "etc/turnpike/turnpike.yaml"
    check = [root / "usr/bin/turnpiked", "--check", "--config", config]
    # As it comes it does not start: it names no interface, and holds no password that all know.
    fresh = subprocess.run(check, capture_output=True, text=True)
    assert fresh.returncode == 1 and "ports" in fresh.stderr
    config.write_text(re.sub(r"^# ((ports:|  ).*)$", r"\1", config.read_text(), flags=re.M))
    assert subprocess.run(check, capture_output=True).returncode == 0
    said(*dpkg, "-r", "turnpike", "turnpike-tools")
    assert config.exists() and not (root / "usr/bin/turnpiked").exists()
    said(*dpkg, "-P", "turnpike")
    assert not config.exists()
