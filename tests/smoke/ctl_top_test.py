# SPDX-License-Identifier: Apache-2.0
"""turnpikectl top and the story of a session, of a living relay that really forwards."""

import json
import re
import shutil
import subprocess
import time

import pytest

from kit.relay import BUILD, TURNPIKECTL
from kit.terminal import Terminal

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="no tmux")


def talk(c, p, packets):
    """So many packets each way through a channel of c's allocation."""
    for _ in range(packets):
        c.channel_send(0x4000, b"x" * 100)
        data, source = p.receive()
        p.send(source, data)
        c.receive()


@pytest.fixture
def call(client, peer):
    c, p = client(), peer()
    c.allocate()
    c.bind(0x4000, p.address)
    return c, p


def terminal(relay, tmp_path, *argv):
    return Terminal(tmp_path / "t", [TURNPIKECTL, "-s", relay.config["control"]["socket"], "top", *argv],
                    columns=100)


def test_top_of_a_call_and_of_a_restart(lab, relay, call, tmp_path):
    c, p = call
    with terminal(relay, tmp_path, "--view=sessions", "--interval=0.5") as t:
        t.wait(lambda s: "%s:%d" % c.address in s[5])
        for _ in range(40):  # until a picture shows it
            talk(c, p, 25)
            row = t.screen()[5].split()
            if row[3] not in ("0", "-") and row[5] not in ("0", "-"):
                break
            time.sleep(0.05)
        assert row[3] not in ("0", "-") and row[5] not in ("0", "-"), row
        t.keys("2")
        t.wait(lambda s: re.match(r" 0 +\d+ all +\d", s[5]) and any(" turn " in line for line in s))
        t.keys("1")
        t.wait(lambda s: re.match(r"\w+ +0 +\d", s[5]))
        t.keys("3")
        t.wait(lambda s: "MEANING" in s[4])
        relay.stop()
        t.wait(lambda s: s[23].startswith("relay not reachable, retrying"))
        relay.start()
        relay.wait_ready()
        t.keys("1")
        t.wait(lambda s: "q quit" in s[23] and re.match(r"\w+ +0 +\d", s[5]))
        t.keys("q")
        t.wait_text("ended 0")
    c.relayed = []  # they went with the relay that had them


def test_story(relay, call):
    c, p = call
    talk(c, p, 50)
    rows = json.loads(relay.ctl("-j", "turn", "list").stdout)["allocations"]
    mine = next(r for r in rows if r["client"] == "%s:%d" % c.address)
    told = json.loads(relay.ctl("-j", "turn", "show", mine["id"]).stdout)
    assert told["packets_in"] == told["packets_out"] == 50 and told["dropped"] == 0
    assert told["last_in_s"] <= 5 and told["last_out_s"] <= 5 and told["age_s"] <= 60
    text = relay.ctl("turn", "show", mine["id"]).stdout
    assert "0x4000" in text and "from the client       50" in text


def test_silence_one_way(relay, call):
    """Who only sends is seen to hear nothing."""
    c, p = call
    c.channel_send(0x4000, b"hello")
    p.receive()
    rows = json.loads(relay.ctl("-j", "turn", "list").stdout)["allocations"]
    mine = next(r for r in rows if r["client"] == "%s:%d" % c.address)
    told = json.loads(relay.ctl("-j", "turn", "show", mine["id"]).stdout)
    assert told["last_in_s"] is not None and told["last_out_s"] is None
    assert re.search(r"^to the client +0 .* never$", relay.ctl("turn", "show", mine["id"]).stdout, re.M)


def test_completion_of_ids(relay, call):
    c, _ = call
    line = f"-s\n{relay.config['control']['read_socket']}\nturn\nshow\n"
    done = subprocess.run([TURNPIKECTL, "completion", "words", "--", line], capture_output=True, text=True, timeout=20)
    assert re.search(r"^\d+\t\S+ at %s:%d$" % c.address, done.stdout, re.M)


def test_once(relay):
    done = relay.ctl("top", "--once", "--interval", "0.2")
    assert done.returncode == 0 and "P99.9 us" in done.stdout
    assert json.loads(relay.ctl("-j", "top", "--interval=0.2").stdout)["state"] == "ready"


def test_only_the_command_line_needs_curses():
    linked = subprocess.run(["ldd", f"{BUILD}/app/turnpiked/turnpiked"], capture_output=True, text=True, check=True)
    assert "ncurses" not in linked.stdout and "tinfo" not in linked.stdout
