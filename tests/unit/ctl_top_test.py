# SPDX-License-Identifier: Apache-2.0
"""turnpikectl top: pictures as text, and on a terminal with somebody at the keys."""
import copy
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest

from ctl_golden_test import same
from ctl_kit import (DENIED, DONE, FAILED, NOT_FOUND, PROGRAM, UNREACHABLE, USAGE, FakeRelay, Refusal, Run, ask,
                     examples)
from terminal import Terminal

METHODS = ["node.status", "stats.ports", "stats.steps", "stats.drops", "turn.list"]


class Traffic:
    """A relay through which, between one question and the next, packets came."""

    def __init__(self, sessions=2, pid=4242):
        self.base = examples()
        self.rounds = dict.fromkeys(METHODS, 0)
        self.pid = pid
        one = self.base["turn.list"]["allocations"][0]
        self.base["turn.list"]["allocations"] = [
            {**one, "id": 7 + i, "user": f"user{i}", "client": f"198.18.0.2:{40000 + i}"} for i in range(sessions)]

    def answers(self):
        return {method: getattr(self, method.replace(".", "_")) for method in METHODS}

    def take(self, method):
        self.rounds[method] += 1
        return self.rounds[method], copy.deepcopy(self.base[method])

    def node_status(self, _):
        n, out = self.take("node.status")
        return {**out, "pid": self.pid, "uptime_s": 93784 + n}

    def stats_ports(self, _):
        n, out = self.take("stats.ports")
        for i, queue in enumerate(out["ports"][0]["queues"]):
            queue["rx_packets"] += n * 1000 * (i + 1)
            queue["tx_bytes"] += n * 1000
        return out

    def stats_steps(self, _):
        n, out = self.take("stats.steps")
        worker = out["workers"][0]
        worker["cycles_busy"] += 600 * n
        worker["cycles_idle"] += 400 * n
        worker["steps"][0]["packets"] += 10 * n
        worker["steps"][0]["batches"] += n
        worker["steps"][0]["cycles"] += 200 * n
        return out

    def stats_drops(self, _):
        n, out = self.take("stats.drops")
        out["workers"][0]["drops"]["no_permission"] += 100 * n
        out["total"]["dropped"] += 100 * n
        return out

    def turn_list(self, request):
        n, out = self.take("turn.list")
        after = request["params"].get("after", -1)
        rows = [a for a in out["allocations"] if a["id"] > after][:request["params"]["limit"]]
        for a in rows:
            a["bytes_in"] += n * (a["id"] % 50) * 1000
        last = out["allocations"][-1]["id"]
        return {"allocations": rows, "next": rows[-1]["id"] if rows and rows[-1]["id"] < last else None}


# --- Once ----------------------------------------------------------------------------------------------


def still(argv, **options):
    """Of a relay that stands still, every rate is 0 whatever the time between two looks."""
    return ["top", "--once", "--interval", "0.2", *argv], options


@pytest.mark.parametrize("view", ["queues", "workers", "drops", "sessions"])
def test_pictures(view, tmp_path):
    argv, _ = still(["--view", view])
    run = ask(tmp_path, argv)
    assert (run.code, run.err) == (DONE, "")
    assert max(map(len, run.out.split("\n"))) <= 80
    same(f"top_{view}.txt", run.out)
    assert "turn.list" not in {r["method"] for r in run.requests} or view == "sessions"


def test_picture_of_all(tmp_path):
    argv, _ = still(["-j"])
    out = json.loads(ask(tmp_path, argv).out)
    assert 0.2 <= out.pop("elapsed_s") < 30
    same("top.json", json.dumps(out, indent=2) + "\n")


def test_wide_and_ascii(tmp_path):
    argv, _ = still(["--view", "sessions"])
    run = ask(tmp_path, argv, env={"COLUMNS": "160"})
    same("top_sessions.wide.txt", run.out)
    argv = ["top", "--once", "--interval=0.2", "--view=workers"]
    assert "█" in ask(tmp_path, argv, Traffic().answers()).out
    for more in ({"locale": "C"}, {"locale": "C.UTF-8"}):
        extra = ["--ascii"] if more["locale"] != "C" else []
        out = ask(tmp_path, argv + extra, Traffic().answers(), **more).out
        assert out.isascii() and "###" in out


def rows_of(out):
    lines = out.rstrip("\n").split("\n")
    return [line.split() for line in lines[5:]]


def test_rates(tmp_path):
    answers = Traffic().answers()
    out = ask(tmp_path, ["top", "--once", "--interval=0.5", "--sort=rx_pps"], answers).out
    first, second = rows_of(out)[:2]
    assert first[:2] == ["wan", "1"] and second[:2] == ["wan", "0"]  # the busier one first

    def number(text):
        return float(text.rstrip("kM")) * {"k": 1e3, "M": 1e6}.get(text[-1], 1)
    assert 1000 < number(first[2]) <= 4000 and number(second[2]) * 1.9 < number(first[2]) < number(second[2]) * 2.1
    answers = Traffic().answers()
    out = json.loads(ask(tmp_path, ["-j", "top", "--interval=0.2"], answers).out)
    assert [w["step"] for w in out["workers"]][:2] == ["all", "rx"]
    assert out["workers"][0]["share"] == pytest.approx(0.6, abs=0.01)
    assert out["workers"][1]["cycles_per_packet"] == pytest.approx(20, abs=0.5)
    drops = {d["reason"]: d for d in out["drops"]}
    assert drops["no_permission"]["drops_ps"] > 0 and drops["tx_full"]["drops_ps"] == 0


def test_filter_and_order(tmp_path):
    argv = ["top", "--once", "--interval=0.2", "--view=sessions"]
    out = rows_of(ask(tmp_path, [*argv, "--filter=USER1"], Traffic(30).answers()).out)
    assert {row[1] for row in out} == {"user1"} | {f"user1{i}" for i in range(10)}
    out = rows_of(ask(tmp_path, [*argv, "--sort=-id"], Traffic(30).answers()).out)
    assert [row[0] for row in out][:3] == ["36", "35", "34"]
    out = rows_of(ask(tmp_path, argv, Traffic(30).answers()).out)
    assert out[0][0] == "36"  # the heaviest
    out = ask(tmp_path, argv, {**Traffic(4500).answers(), "node.status": {"pid": 1, "turn": {"allocations": 4500}}})
    assert "500 not listed" in out.out


@pytest.mark.parametrize("argv", [
    ["--view=nope"], ["--sort=nope"], ["--interval=3"], ["--interval=x"], ["extra"], ["--view=drops", "--sort=rx_pps"],
    ["--once=1"],
])
def test_usage(argv, tmp_path):
    assert ask(tmp_path, ["top", "--once", *argv]).code == USAGE


def test_no_terminal(tmp_path):
    run = ask(tmp_path, ["top"])
    assert run.code == USAGE and "--once" in run.err and run.requests == []


@pytest.mark.parametrize("code, exit_code", [(-32001, DENIED), (-32002, NOT_FOUND), (-32003, FAILED)])
def test_once_refused(code, exit_code, tmp_path):
    def refuse(_):
        raise Refusal(code, "no")
    assert ask(tmp_path, ["top", "--once"], {**examples(), "stats.steps": refuse}).code == exit_code


def test_once_unreachable(tmp_path):
    run = Run(["-s", tmp_path / "none", "top", "--once"])
    assert run.code == UNREACHABLE and "no relay answers" in run.err


# --- On a terminal -------------------------------------------------------------------------------------

on_terminal = pytest.mark.skipif(not shutil.which("tmux"), reason="no tmux")


def top(tmp_path, *argv, **options):
    return Terminal(tmp_path / "t", [PROGRAM, "-t", "2", "-s", tmp_path / "s", "top", *argv], **options)


@on_terminal
def test_keys(tmp_path):
    with FakeRelay(tmp_path / "s", Traffic(40).answers()), top(tmp_path, "--interval=0.5") as t:
        lines = t.wait_text("edge1 (local, 0.1.0)", "P99.9 us", "q quit")
        assert len(lines) == 24 and lines[5].startswith("lan     0 ")
        lines = t.wait(lambda s: re.match(r"wan     0 +[1-9]", s[6]))  # rates, once there are two samples
        t.keys("s", "s")
        t.wait(lambda s: "by RX PPS falling" in s[3] and s[5].startswith("wan     1 "))
        t.keys("r")
        t.wait(lambda s: "by RX PPS rising" in s[3] and s[5].startswith("lan     0 "))
        t.keys("2")
        t.wait(lambda s: "CYC/PKT" in s[4] and "60.0 █" in s[5])
        t.keys("3")
        t.wait(lambda s: s[5].startswith("no_permission") and "peer without a permission"[:20] in s[5])
        assert not any(line.startswith("checksum") for line in t.screen())
        t.keys("a")
        t.wait(lambda s: any(line.startswith("checksum") for line in s))
        t.keys("4")
        t.wait(lambda s: s[5].startswith("     46 user39"))
        t.keys("PageDown")
        t.wait(lambda s: not s[5].startswith("     46 "))
        t.keys("/", "user12")
        t.wait(lambda s: s[23].startswith("/user12_") and s[5].startswith("     19 user12") and not s[6].strip())
        t.keys("Enter")
        t.wait_text("only 'user12'")
        t.keys("Escape")
        t.wait(lambda s: "only" not in s[3] and s[6].strip())
        t.keys("?")
        t.wait_text("any key goes back")
        t.keys("x", "q")
        lines = t.wait_text("ended 0")
        assert lines[0] == "before"  # what stood there is there again


@on_terminal
def test_pause_and_interval(tmp_path):
    with FakeRelay(tmp_path / "s", Traffic().answers()) as relay, top(tmp_path, "--interval=0.2") as t:
        t.wait(lambda s: re.match(r"wan     0 +[1-9]", s[6]))
        t.keys("Space")
        t.wait(lambda s: s[0].startswith("PAUSED"))
        time.sleep(0.5)  # an answer on its way
        asked, frozen = len(relay.requests), t.screen()
        time.sleep(1.5)
        assert len(relay.requests) == asked and t.screen() == frozen
        t.keys("2")
        t.wait_text("CYC/PKT")  # what is there can be looked at
        t.keys("p")
        t.wait(lambda s: not s[0].startswith("PAUSED") and len(relay.requests) > asked)
        t.keys("+", "+")
        t.wait_text("every 1 s")
        t.keys("-", "-", "-")
        t.wait_text("every 0.2 s")


@on_terminal
def test_sizes(tmp_path):
    with FakeRelay(tmp_path / "s", Traffic(40).answers()), top(tmp_path, "--view=sessions") as t:
        t.wait_text("OUT BIT/S", "q quit")
        assert "RELAYS" not in t.screen()[4]
        t.resize(130, 30)
        lines = t.wait(lambda s: "RELAYS" in s[4] and len(s) == 30 and "q quit" in s[29])
        assert lines[28].strip()
        t.resize(40, 10)
        lines = t.wait(lambda s: len(s) == 10 and s[9].startswith("1-4 view"))
        assert "IN PPS" not in lines[4] and max(map(len, lines)) <= 40
        t.resize(1, 1)
        time.sleep(0.5)
        t.resize(80, 24)
        t.wait(lambda s: "OUT BIT/S" in s[4] and "q quit" in s[23])
        t.keys("q")
        t.wait_text("ended 0")


@on_terminal
def test_restart_of_the_relay(tmp_path):
    path = tmp_path / "s"
    with top(tmp_path, "--interval=0.5") as t:
        t.wait_text("relay not reachable, retrying", "no relay answers")
        with FakeRelay(path, Traffic().answers()):
            t.wait(lambda s: re.match(r"wan     0 +[1-9]", s[6]) and "q quit" in s[23])
        path.unlink()
        t.wait(lambda s: re.match(r"relay not reachable, retrying; this is [1-9]", s[23]) and s[6].startswith("wan"))
        t.keys("2")
        t.wait_text("CYC/PKT", "relay not reachable")
        with FakeRelay(path, Traffic(pid=5000).answers()):
            t.wait(lambda s: "q quit" in s[23] and re.match(r" 0   1 all +[1-9]", s[5]))
        t.keys("q")
        t.wait_text("ended 0")


@on_terminal
def test_a_relay_that_hangs_leaves_the_keys(tmp_path):
    """It asks and waits; the keys go on."""
    hang = threading.Event()
    traffic = Traffic()

    def status(request):
        if hang.is_set():
            time.sleep(60)
        return traffic.node_status(request)
    with FakeRelay(tmp_path / "s", {**traffic.answers(), "node.status": status}), \
            Terminal(tmp_path / "t", [PROGRAM, "-t", "50", "-s", tmp_path / "s", "top", "--interval=0.2"]) as t:
        t.wait_text("wan")
        hang.set()
        time.sleep(1)
        t.keys("2")
        t.wait_text("CYC/PKT")
        t.keys("q")
        t.wait_text("ended 0")


@on_terminal
@pytest.mark.parametrize("sig, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129),
                                       (signal.SIGSEGV, 139), (signal.SIGABRT, 134)])
def test_the_terminal_is_left_as_it_was(sig, code, tmp_path):
    with FakeRelay(tmp_path / "s", Traffic().answers()), top(tmp_path) as t:
        t.wait_text("q quit")
        os.kill(t.child(), sig)
        lines = t.wait(lambda s: any(line.startswith("ended ") for line in s))
        text = "\n".join(t.wait_text("icanon"))
        assert lines[0] == "before" and f"ended {code}" in text
        for mode in (" icanon", " echo ", " icrnl", " isig"):
            assert mode in text.replace("\n", " "), mode
        assert t.tmux("display-message", "-p", "#{cursor_flag} #{alternate_on}").split() == ["1", "0"]


@on_terminal
@pytest.mark.parametrize("env, coloured, reversed_", [
    ({}, True, True), ({"NO_COLOR": "1"}, False, True), ({"TERM": "vt100"}, False, True),
])
def test_colours(env, coloured, reversed_, tmp_path):
    with FakeRelay(tmp_path / "s", Traffic().answers()), top(tmp_path, "--view=drops", **env) as t:
        t.wait_text("no_permission", "missed")
        screen = "\n".join(t.screen(colours=True))
        assert bool(re.search(r"\033\[[0-9;]*3[0-7]", screen)) == coloured, screen
        assert bool(re.search(r"\033\[[0-9;]*7m", screen)) == reversed_, screen


@on_terminal
def test_teletype(tmp_path):
    with FakeRelay(tmp_path / "s", Traffic().answers()), top(tmp_path, TERM="dumb") as t:
        t.wait_text("cannot draw on this terminal (TERM=dumb)", "ended 1")


@on_terminal
def test_ascii_locale(tmp_path):
    with FakeRelay(tmp_path / "s", Traffic().answers()), top(tmp_path, "--view=workers", LC_ALL="C") as t:
        t.wait(lambda s: "####" in s[5])
        assert all(line.isascii() for line in t.screen())


def test_unknown_terminal(tmp_path):
    main, other = pty.openpty()
    try:
        done = subprocess.run([PROGRAM, "-s", tmp_path / "s", "top"], stdin=other, stdout=other, timeout=30,
                              stderr=subprocess.PIPE, env={"TERM": "no-such-terminal"})
        assert done.returncode == FAILED and b"--once" in done.stderr
    finally:
        os.close(main)
        os.close(other)
