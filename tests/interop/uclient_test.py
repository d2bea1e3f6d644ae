# SPDX-License-Identifier: Apache-2.0
"""coturn's own client through the relay, in every UDP mode: nothing may be lost."""

import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from kit.lab import PEER4, PEER6, RELAY4, RELAY6

# turnutils_uclient draws channel numbers from RFC 5766's range.
CONFIG = {"turn": {"legacy_channels": True}}

# name: (relay's address, peer's address, flags, sessions)
RUNS = {
    "channels": (RELAY4, PEER4, [], 100),
    "channels without rtcp": (RELAY4, PEER4, ["-c"], 100),
    "indications": (RELAY4, PEER4, ["-s"], 100),
    "client to client": (RELAY4, PEER4, ["-y"], 100),
    "client to client, indications": (RELAY4, PEER4, ["-y", "-s"], 100),
    "padded channels": (RELAY4, PEER4, ["-D"], 100),
    "dont-fragment": (RELAY4, PEER4, ["-g"], 100),
    "extra requests": (RELAY4, PEER4, ["-G"], 100),
    "large": (RELAY4, PEER4, ["-l", "1200"], 100),
    "IPv6 channels": (RELAY6, PEER6, ["-x"], 100),
    "IPv6 indications": (RELAY6, PEER6, ["-x", "-s"], 100),
    "IPv6 client to client": (RELAY6, PEER6, ["-x", "-y"], 100),
    "IPv4 to IPv6, channels": (RELAY4, PEER6, ["-x"], 100),
    "IPv4 to IPv6, indications": (RELAY4, PEER6, ["-x", "-s"], 100),
    "IPv6 to IPv4, channels": (RELAY6, PEER4, ["-X"], 100),
    "IPv6 to IPv4, indications": (RELAY6, PEER4, ["-X", "-s"], 100),
    "dual allocation, IPv4 peer": (RELAY4, PEER4, ["-Z"], 20),
    "dual allocation, IPv6 peer": (RELAY4, PEER6, ["-Z"], 20),
    "time-limited credential": (RELAY4, PEER4, ["-u", "carol", "-W", "s3cret"], 20),
}
MESSAGES = 200  # of a session, one each 20 ms
# The client draws its channel numbers blindly: one session in 16,000 draws the same twice, is refused
# as it must be, and gives up.
SAME_NUMBER = "channel bind: error 400"
AT_ONCE = 3  # a run is mostly the client's own waiting


@pytest.fixture(scope="module")
def echo(lab):
    """turnutils_peer on both families of the peer's host."""
    out = open(f"{lab.folder}/peer.log", "wb")
    child = lab.peer.start(["turnutils_peer", "-L", PEER4, "-L", PEER6, "-p", 3480], stdout=out, stderr=out)
    time.sleep(0.3)
    yield
    child.kill()
    child.wait()
    out.close()


@pytest.fixture(scope="module")
def runs(lab, relay, echo):
    """All runs, some at a time; each test waits for its own."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(uclient, lab, *run) for name, run in RUNS.items()}


def uclient(lab, server, to, flags, sessions, messages=MESSAGES, timeout=120, again=True):
    login = [] if "-u" in flags else ["-u", "alice"]
    login += [] if "-W" in flags else ["-w", "secret"]
    try:
        done = subprocess.run(
            ["ip", "netns", "exec", lab.client.name, "turnutils_uclient", *login, "-m", str(sessions),
             "-n", str(messages), "-z", "20", "-e", to, "-r", "3480", *flags, server],
            capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return None, ""
    text = done.stdout + done.stderr
    if SAME_NUMBER in text and again:
        return uclient(lab, server, to, flags, sessions, messages, timeout, again=False)
    return done.returncode, text


def last(pattern, text):
    found = re.findall(pattern, text)
    assert found, text[-1500:]
    return int(found[-1])


def judge(code, text, least):
    sent, received = last(r"tot_send_msgs=(\d+)", text), last(r"tot_recv_msgs=(\d+)", text)
    assert "ERROR" not in text, [line for line in text.splitlines() if "ERROR" in line][:5]
    assert (last(r"Total lost packets (\d+)", text), received) == (0, sent), text[-600:]
    assert code == 0 and sent >= least


@pytest.mark.parametrize("name", RUNS)
def test_nothing_is_lost(runs, name):
    code, text = runs[name].result()
    judge(code, text, RUNS[name][3] * MESSAGES // (2 if "dual" in name else 1))


@pytest.mark.parametrize("flag", ["-N", "-R"])
def test_negative_tests_of_the_client(lab, relay, echo, runs, flag):
    """It sends rubbish between its requests, and some never ends; the relay lives and serves."""
    uclient(lab, RELAY4, PEER4, [flag], 5, 20, timeout=8)
    code, text = uclient(lab, RELAY4, PEER4, [], 5, 20)
    judge(code, text, 100)


def test_accounts_are_even(lab, relay, runs):
    if relay.name == "coturn":
        pytest.skip("no control socket")
    for row in relay.call("turn.list")["allocations"]:
        relay.call("turn.delete", id=row["id"])
    assert relay.call("node.status")["turn"]["allocations"] == 0
    for w in relay.drops()["workers"]:
        assert w["balance"] == 0, w
