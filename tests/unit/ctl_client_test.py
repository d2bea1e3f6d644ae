# SPDX-License-Identifier: Apache-2.0
"""turnpikectl against wrong usage, refusals, and relays that misbehave."""
import copy
import json
import os
import pty
import shutil
import socket
import subprocess
import time

import pytest

from ctl_kit import (COMMANDS, DENIED, DONE, FAILED, NOT_FOUND, PROGRAM, UNREACHABLE, USAGE, Refusal,
                     Run, ask, examples, pages)


@pytest.mark.parametrize("argv, word", [
    (["nod", "status"], "'node'"),
    (["turn", "lst"], "'list'"),
    (["stats", "prots"], "'ports'"),
    (["credentail", "issue"], "'credential'"),
])
def test_nearest(argv, word):
    run = Run(argv)
    assert run.code == USAGE and run.out == "" and f"did you mean {word}?" in run.err


@pytest.mark.parametrize("argv", [
    [], ["turn"], ["zzzzzzzzzz"], ["turn", "zzzzzzzzzz"], ["turn", "show"], ["turn", "show", "x"],
    ["turn", "show", "-1"], ["turn", "show", "7", "8"], ["turn", "show", "99999999999999999999"],
    ["credential", "issue", "--name", "a", "--ttl", "soon"],
    ["node", "status", "--nope"], ["--nope"], ["-t", "0", "node", "status"], ["node", "drain", "--watch"],
    ["stats", "ports", "--watch=0"], ["stats", "ports", "--watch=x"], ["turn", "show", "7x"],
    ["credential", "issue", "--name", b"\xff\xfe"], ["turn", "show", ""],
], ids=str)
def test_usage(argv, tmp_path):
    path = tmp_path / "absent"
    flags = ["-s", path] if argv else []
    done = subprocess.run([PROGRAM, *flags, *argv], capture_output=True, timeout=10)
    assert done.returncode == USAGE
    assert done.stderr or done.stdout


@pytest.mark.parametrize("code, exit_code", [
    (-32001, DENIED), (-32002, NOT_FOUND), (-32003, FAILED), (-32602, USAGE), (-32601, FAILED),
    (-32603, FAILED), (12345, FAILED),
])
def test_refusal(code, exit_code, tmp_path):
    def refuse(_):
        raise Refusal(code, "because of the weather", "id")
    run = ask(tmp_path, ["turn", "show", "7"], {"turn.show": refuse})
    assert run.code == exit_code and run.out == ""
    assert run.err == "turnpikectl: id: because of the weather\n"


@pytest.mark.parametrize("argv, params", [
    (["turn", "show", "18446744073"], {"id": 18446744073}),
    (["turn", "delete", "0"], {"id": 0}),
    (["credential", "issue", "--name", "ä b"], {"name": "ä b"}),
    (["credential", "issue", "--ttl=60", "--name=x"], {"name": "x", "ttl_s": 60}),
    (["log", "level", "debug"], {"level": "debug"}),
    (["log", "level"], {}),
    (["node", "status"], {}),
    (["turn", "list", "--user", "bob", "--after", "5"], {"user": "bob", "after": 5, "limit": 1000}),
])
def test_params(argv, params, tmp_path):
    request = ask(tmp_path, argv).requests[0]
    assert request["jsonrpc"] == "2.0" and request.get("params", {}) == params


def test_flags_stand_anywhere(tmp_path):
    before = ask(tmp_path, ["turn", "show", "7"], flags=["-j"])
    after = ask(tmp_path, ["turn", "show", "7", "--json"])
    assert before.out == after.out and json.loads(after.out)["id"] == 7


# --- the relay cannot be reached -------------------------------------------------------------------


def test_nobody_there(tmp_path):
    run = Run(["-s", tmp_path / "absent", "node", "status"])
    assert run.code == UNREACHABLE and str(tmp_path / "absent") in run.err
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(tmp_path / "stale"))
    assert Run(["-s", tmp_path / "stale", "node", "status"]).code == UNREACHABLE
    assert Run(["-s", "/" + "x" * 200, "node", "status"]).code == UNREACHABLE


def test_nobody_accepts(tmp_path):
    with socket.socket(socket.AF_UNIX) as door, socket.socket(socket.AF_UNIX) as first:
        door.bind(str(tmp_path / "s"))
        door.listen(0)
        first.connect(str(tmp_path / "s"))
        start = time.monotonic()
        run = Run(["-t", 1, "-s", tmp_path / "s", "node", "status"])
    assert run.code == UNREACHABLE and time.monotonic() - start < 4


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="makes a mount namespace")
@pytest.mark.parametrize("readable, code", [(True, DONE), (False, DENIED)])
def test_default_sockets(readable, code, tmp_path):
    """Somebody who may not open the full socket is served by the other."""
    script = f"""
import os, subprocess, sys
sys.path.insert(0, {str(os.path.dirname(os.path.abspath(__file__)))!r})
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
os.mkdir("/run/turnpike")
from ctl_kit import FakeRelay
with FakeRelay("/run/turnpike/control.sock"), FakeRelay("/run/turnpike/read.sock"):
    os.chmod("/run/turnpike/control.sock", 0o600)
    os.chmod("/run/turnpike/read.sock", {0o666 if readable else 0o600})
    shutil = __import__("shutil")
    shutil.copy({PROGRAM!r}, "/run/turnpikectl")
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                           "/run/turnpikectl", "node", "drain"])
sys.exit(done.returncode)
"""
    done = subprocess.run(["unshare", "-m", "/usr/bin/python3", "-c", script], capture_output=True,
                          timeout=30)
    if b"unshare failed" in done.stderr or b"mount:" in done.stderr:
        pytest.skip("no mount namespaces here")
    assert done.returncode == code, done.stderr.decode()


# --- the relay misbehaves ----------------------------------------------------------------------------


def raw(*lines):
    return lambda request: b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) for line in lines)


RESULT = {"jsonrpc": "2.0", "id": 1, "result": {"level": "info"}}


@pytest.mark.parametrize("answer, code", [
    (raw(json.dumps(RESULT).encode()), UNREACHABLE),  # no newline, ever
    (lambda _: None, UNREACHABLE),  # silence
    (lambda _: b"", UNREACHABLE),  # hangs up
    (raw(b"x" * (17 << 20)), FAILED),  # no newline within 16 MiB
    (raw({**RESULT, "id": 2}, b"\n"), FAILED),
    (raw({**RESULT, "id": "1"}, b"\n"), FAILED),
    (raw({**RESULT, "id": None}, b"\n"), FAILED),
    (raw({"jsonrpc": "2.0", "result": {}}, b"\n"), FAILED),
    (raw({**RESULT, "result": [1]}, b"\n"), FAILED),
    (raw({**RESULT, "result": None}, b"\n"), FAILED),
    (raw({"id": 1, "error": "no"}, b"\n"), FAILED),
    (raw(b"\n"), FAILED),
    (raw(b"\0\0\0\n"), FAILED),
    (raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), FAILED),
    (raw([RESULT], b"\n"), FAILED),
    (raw(b"[" * 100000 + b"\n"), FAILED),
    (raw(b'{"id":1,"id":1,"result":{}}\n'), FAILED),
    (raw(b'{"id":1,"result":{"level":"\xff"}}\n'), FAILED),
    (raw({"id": None, "error": {"code": -32700, "message": "cannot read"}}, b"\n"), FAILED),
    (raw({"jsonrpc": "2.0", "method": "joined", "params": {}}, b"\n", RESULT, b"\n"), DONE),
    (raw(b'{"method":"e"}\n' * 3000, RESULT, b"\n"), DONE),
    (raw(RESULT, b"\nrubbish"), DONE),
], ids=lambda x: x if isinstance(x, int) else "")
def test_hostile(answer, code, tmp_path):
    start = time.monotonic()
    run = ask(tmp_path, ["log", "level"], {"log.level": answer}, flags=["-t", "1"])
    assert run.code == code, run.err
    assert (run.err == "") == (code == DONE)
    assert time.monotonic() - start < 10


def test_drip_is_cut_off(tmp_path):
    """A byte now and then does not keep us waiting: the limit is for the whole answer."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        door.listen(1)
        start = time.monotonic()
        client = subprocess.Popen([PROGRAM, "-t", "1", "-s", path, "log", "level"],
                                  stderr=subprocess.DEVNULL)
        conn, _ = door.accept()
        with conn:
            while client.poll() is None and time.monotonic() - start < 5:
                try:
                    conn.sendall(b" ")
                except OSError:
                    pass
                time.sleep(0.1)
    assert client.wait() == UNREACHABLE and time.monotonic() - start < 4


def test_no_escape_sequences_pass(tmp_path):
    evil = "\033]0;owned\007\033[2J\u009b2J\x7f"

    def poison(x):
        if isinstance(x, dict):
            return {k: poison(v) for k, v in x.items()}
        if isinstance(x, list):
            return [poison(v) for v in x]
        return x + evil if isinstance(x, str) else x

    def refuse(_):
        raise Refusal(-32003, "no" + evil, "field" + evil)
    answers = {method: poison(example) for method, example in examples().items()}
    for argv in COMMANDS.values():
        run = ask(tmp_path, argv, answers)
        assert run.code == DONE
        for bad in "\033\007\x7f\u009b":
            assert bad not in run.out, argv
    assert "\033" not in ask(tmp_path, ["log", "level"], {"log.level": refuse}).err


def mutants(value):
    """Every copy of `value` in which one place holds something else, or nothing."""
    strange = [None, True, -1, 2**63 - 1, -2**63, 1e300, "", "x" * 3000, [], {}, [[]], [None, 1, {}]]
    if isinstance(value, (dict, list)):
        for key in (value if isinstance(value, dict) else range(len(value))):
            for other in [*strange, *mutants(value[key])]:
                out = copy.copy(value)
                out[key] = other
                yield out
            out = copy.copy(value)
            del out[key]
            yield out


@pytest.mark.parametrize("name", COMMANDS)
def test_strange_results(name, tmp_path):
    """No result, whatever its types, crashes us."""
    method = ask(tmp_path, COMMANDS[name]).requests[0]["method"]
    seen = list(mutants(examples()[method]))
    for mutant in seen[::max(1, len(seen) // 40)]:
        run = ask(tmp_path, COMMANDS[name], {method: mutant})
        assert run.code == DONE, (mutant, run.err)


def test_full_disk(tmp_path):
    with open("/dev/full", "w") as full:
        run = ask(tmp_path, ["log", "level"], stdout=full)
    assert run.code == FAILED and "cannot write" in run.err


# --- pages, watching, terminals --------------------------------------------------------------------


@pytest.mark.parametrize("total, argv, count, more", [
    (1000, [], 1000, False), (1000, ["--limit", "900"], 900, True), (3, ["--limit", "3"], 3, False),
    (1000, ["--limit", "400"], 400, True), (5, ["--limit", "0"], 0, False),
])
def test_pages(total, argv, count, more, tmp_path):
    run = ask(tmp_path, ["turn", "list", *argv], pages(total), flags=["-j"])
    listed = json.loads(run.out)
    assert [a["id"] for a in listed["allocations"]] == list(range(count))
    assert (listed["next"] is not None) == more
    text = ask(tmp_path, ["turn", "list", *argv], pages(total)).out
    assert text.endswith("there are more\n") == more


def test_pages_without_end(tmp_path):
    one = examples()["turn.list"]["allocations"]
    run = ask(tmp_path, ["turn", "list"], {"turn.list": {"allocations": one, "next": 12}})
    assert run.code == DONE and len(run.requests) == 2


class Rising:
    """stats.ports of a relay that takes `step` packets more each time that it is asked."""

    def __init__(self, steps):
        self.result = examples()["stats.ports"]
        self.steps = iter(steps)

    def __call__(self, _):
        self.result["ports"][0]["queues"][0]["rx_packets"] += next(self.steps)
        return self.result


def first_row(out):
    return [line for line in out.split("\n") if line.startswith("wan")][0].split()


def test_watch_shows_rates(tmp_path):
    run = ask(tmp_path, ["stats", "ports", "--watch=1", "--count=3"],
              {"stats.ports": Rising([0, 5000, 0])})
    assert run.code == DONE
    first, second, third = run.out.split("\n\n")
    assert first_row(first)[2] == "1,200,345" and "RX PACKETS " in first
    assert "RX PACKETS/S" in second
    assert 4000 <= int(first_row(second)[2].replace(",", "")) <= 5050
    assert first_row(third)[2] == "0"
    assert first_row(second)[-3:] == first_row(first)[-3:]  # latency is no counter


def test_watch_over_a_restart(tmp_path):
    run = ask(tmp_path, ["stats", "ports", "--watch", "--count=2"],
              {"stats.ports": Rising([0, -1200000])})
    assert 250 <= int(first_row(run.out.split("\n\n")[1])[2]) <= 346


def test_watch_json_is_lines(tmp_path):
    run = ask(tmp_path, ["stats", "ports", "--watch", "--count=2"], flags=["-j"])
    lines = run.out.splitlines()
    assert len(lines) == 2 and json.loads(lines[1]) == examples()["stats.ports"]


def test_watch_ends_with_the_relay(tmp_path):
    replies = iter([examples()["stats.ports"], b""])
    run = ask(tmp_path, ["stats", "ports", "--watch"], {"stats.ports": lambda _: next(replies)})
    assert run.code == UNREACHABLE


def on_terminal(tmp_path, argv, **env):
    main, other = pty.openpty()
    try:
        run = ask(tmp_path, argv, stdout=other, env=env)
        assert run.code == DONE
        os.set_blocking(main, False)
        out = b""
        try:
            while part := os.read(main, 65536):  # a terminal gives 4 KiB at a time
                out += part
        except BlockingIOError:
            pass
        return out.decode()
    finally:
        os.close(main)
        os.close(other)


def test_colours(tmp_path):
    assert "\033[" in on_terminal(tmp_path, ["node", "status"])
    assert "\033" not in on_terminal(tmp_path, ["node", "status"], NO_COLOR="1")
    assert "\033" not in on_terminal(tmp_path, ["node", "status", "-j"])
    redrawn = on_terminal(tmp_path, ["node", "status", "--watch", "--count=2"], NO_COLOR="1")
    assert redrawn.count("\033[H") == 2


# --- configuration ---------------------------------------------------------------------------------

GOOD = """ports:
  - name: wan
    device: "net_null0"
    addresses: [198.18.0.1/16]
"""


def test_config_check(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text(GOOD)
    run = Run(["config", "check", file])
    assert (run.code, run.out) == (DONE, f"{file} is in order\n"), run.err
    file.write_text(GOOD + "log: {levle: info}\n")
    run = Run(["config", "check", file])
    assert run.code == FAILED and run.out == ""
    assert f"{file}:5: log.levle" in run.err
    run = Run(["-j", "config", "check", file])
    listed = json.loads(run.out)
    assert run.code == FAILED and listed["ok"] is False
    assert listed["mistakes"][0]["line"] == 5 and listed["mistakes"][0]["key"] == "log.levle"
    assert Run(["config", "check", tmp_path / "absent"]).code == NOT_FOUND
    assert Run(["config", "check", tmp_path]).code == FAILED
