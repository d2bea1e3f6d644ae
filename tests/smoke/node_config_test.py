# SPDX-License-Identifier: Apache-2.0
"""turnpiked --check: every mistake with file, line and key; exit 1."""

import os
import re
import subprocess

import pytest

from kit.relay import ROOT, TURNPIKECTL, TURNPIKED

GOOD = """\
ports:
  - name: wan
    device: "net_af_xdp0,iface=vs"
    addresses: [198.18.0.1/16, "2001:2::1/64"]
turn:
  realm: turnpike.test
  users: [{name: alice, password: secret}]
"""


def check(folder, text, name="t.yaml"):
    path = os.path.join(folder, name)
    with open(path, "w") as f:
        f.write(text)
    return path, subprocess.run([TURNPIKED, "--check", "--config", path], capture_output=True, text=True)


def test_good(tmp_path):
    _, done = check(tmp_path, GOOD)
    assert done.returncode == 0 and not done.stderr


def test_least(tmp_path):
    _, done = check(tmp_path, GOOD.split("turn:")[0])
    assert done.returncode == 0, done.stderr


def test_documented_example():
    path = os.path.join(ROOT, "config/turnpike.yaml")
    done = subprocess.run([TURNPIKED, "--check", "--config", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


CASES = [
    ("unknown key", "nod: {name: x}\n", 8, "nod"),
    ("unknown key within", "node: {nam: x}\n", 8, "nam"),
    ("number that is text", "memory: {megabytes: lots}\n", 8, "memory.megabytes"),
    ("negative number", "memory: {megabytes: -1}\n", 8, "memory.megabytes"),
    ("bool that is none", "memory: {hugepages: perhaps}\n", 8, "memory.hugepages"),
    ("list that is text", "cores: {workers: x}\n", 8, "cores.workers"),
    ("choice", "log: {level: loud}\n", 8, "log.level"),
    ("address", "http: {listen: nowhere}\n", 8, "http.listen"),
    ("map that is a list", "node: [a, b]\n", 8, "node"),
    ("no map", "node: text\n", 8, "node"),
    ("key twice", "node: {name: a}\nnode: {name: b}\n", 9, "node"),
]


@pytest.mark.parametrize("what,text,line,key", CASES, ids=[c[0] for c in CASES])
def test_mistake(tmp_path, what, text, line, key):
    path, done = check(tmp_path, GOOD + text)
    assert done.returncode == 1
    assert re.search(rf"^{re.escape(path)}:{line}: \S*{re.escape(key)}", done.stderr, re.M), done.stderr


TURN_CASES = [
    ("  listen: [\"quic:3478\"]\n", "turn.listen"),
    ("  listen: [\"udp:99999\"]\n", "turn.listen"),
    ("  relay_ports: 60000-50000\n", "turn.relay_ports"),
    ("  relay_ports: many\n", "turn.relay_ports"),
    ("  relay_addresses: [198.18.0]\n", "turn.relay_addresses"),
    ("  deny_peers: [10.0.0.0/33]\n", "turn.deny_peers"),
    ("  allow_peers: [everybody]\n", "turn.allow_peers"),
    ("  lifetimes: {default: 600, maximum: 60}\n", "turn.lifetimes"),
    ("  limits: {allocations: -5}\n", "turn.limits.allocations"),
    ("  legacy_channels: maybe\n", "turn.legacy_channels"),
    ("  shared_secret_files: [/nowhere/at/all]\n", "turn.shared_secret_files"),
]


@pytest.mark.parametrize("text,key", TURN_CASES, ids=[c[0].strip() for c in TURN_CASES])
def test_mistake_under_turn(tmp_path, text, key):
    path, done = check(tmp_path, GOOD + text)
    assert done.returncode == 1
    assert re.search(rf"^{re.escape(path)}:8: {re.escape(key)}", done.stderr, re.M), done.stderr


PORT_CASES = [
    ("no ports", "node: {name: x}\n", "ports"),
    ("empty ports", "ports: []\n", "ports"),
    ("no device", "ports: [{name: wan, addresses: [198.18.0.1/16]}]\n", "device"),
    ("address without length", "ports: [{name: wan, device: net_null0, addresses: [198.18.0.1]}]\n",
     "addresses"),
    ("gateway beyond the link",
     "ports: [{name: wan, device: net_null0, addresses: [198.18.0.1/16], gateways: [10.0.0.1]}]\n",
     "gateways"),
    ("name twice",
     "ports: [{name: a, device: net_null0, addresses: [198.18.0.1/16]},"
     " {name: a, device: net_null1, addresses: [198.19.0.1/16]}]\n", "ports"),
]


@pytest.mark.parametrize("what,text,key", PORT_CASES, ids=[c[0] for c in PORT_CASES])
def test_mistake_under_ports(tmp_path, what, text, key):
    path, done = check(tmp_path, text)
    assert done.returncode == 1
    assert path in done.stderr and key in done.stderr, done.stderr


def test_all_mistakes_at_once(tmp_path):
    path, done = check(tmp_path, GOOD + "nod: 1\nlog: {level: loud}\nmemory: {megabytes: x}\n")
    lines = [int(x) for x in re.findall(rf"^{re.escape(path)}:(\d+):", done.stderr, re.M)]
    assert lines == [8, 9, 10], done.stderr


@pytest.mark.parametrize("text", ["ports: [\n", "\t- x\n", "a: b: c\n", "\0\1\2", ""])
def test_what_is_no_yaml(tmp_path, text):
    path, done = check(tmp_path, text)
    assert done.returncode == 1 and path in done.stderr


def test_file_that_is_not_there(tmp_path):
    done = subprocess.run([TURNPIKED, "--config", str(tmp_path / "no.yaml")], capture_output=True, text=True)
    assert done.returncode == 1 and "no.yaml" in done.stderr


def test_running_with_mistakes_starts_nothing(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD + "nod: 1\n")
    done = subprocess.run([TURNPIKED, "--config", str(path)], capture_output=True, text=True, timeout=10)
    assert done.returncode == 1 and "nod" in done.stderr


def test_password_from_a_file(tmp_path):
    (tmp_path / "pw").write_text("secret\n")
    _, done = check(tmp_path, GOOD.replace("password: secret", "password_file: pw"))
    assert done.returncode == 0, done.stderr


def test_secrets_are_not_in_the_mistakes(tmp_path):
    _, done = check(tmp_path, GOOD.replace("password: secret", "password: [hunter2]"))
    assert done.returncode == 1 and "hunter2" not in done.stderr


def test_ctl_checks_too(tmp_path):
    path, _ = check(tmp_path, GOOD + "nod: 1\n")
    done = subprocess.run([TURNPIKECTL, "config", "check", path], capture_output=True, text=True)
    assert done.returncode == 1 and "nod" in done.stdout + done.stderr
