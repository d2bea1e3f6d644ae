# SPDX-License-Identifier: Apache-2.0
"""coturn's own client through the relay, in every UDP mode: nothing may be lost."""

import re
import subprocess
import time

import pytest

from kit.lab import PEER4, PEER6, RELAY4, RELAY6

# turnutils_uclient draws channel numbers from RFC 5766's range.
CONFIG = {"turn": {"legacy_channels": True}}

MODES = {
    "channels": [],
    "channels without rtcp": ["-c"],
    "indications": ["-s"],
    "client to client": ["-y"],
    "client to client, indications": ["-y", "-s"],
    "padded channels": ["-D"],
    "dont-fragment": ["-g"],
    "extra requests": ["-G"],
    "large": ["-l", "1200"],
}


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


def uclient(lab, server, to, *words, sessions=100, messages=200, pause=20):
    done = subprocess.run(
        ["ip", "netns", "exec", lab.client.name, "turnutils_uclient", "-u", "alice", "-w", "secret",
         "-m", str(sessions), "-n", str(messages), "-z", str(pause), "-e", to, "-r", "3480", *words, server],
        capture_output=True, text=True, timeout=120)
    return done, done.stdout + done.stderr


def last(pattern, text):
    found = re.findall(pattern, text)
    assert found, text[-1500:]
    return found[-1]


def judge(done, text, least):
    sent = int(last(r"tot_send_msgs=(\d+)", text))
    received = int(last(r"tot_recv_msgs=(\d+)", text))
    lost = int(last(r"Total lost packets (\d+)", text))
    assert done.returncode == 0
    assert "ERROR" not in text, [line for line in text.splitlines() if "ERROR" in line][:5]
    assert (lost, received) == (0, sent), text[-600:]
    assert sent >= least


@pytest.mark.parametrize("mode", MODES)
def test_20000_packets(lab, relay, echo, mode):
    done, text = uclient(lab, RELAY4, PEER4, *MODES[mode])
    judge(done, text, 20000)


@pytest.mark.parametrize("mode", ["channels", "indications", "client to client"])
def test_20000_packets_ipv6(lab, relay, echo, mode):
    done, text = uclient(lab, RELAY6, PEER6, "-x", *MODES[mode])
    judge(done, text, 20000)


@pytest.mark.parametrize("mode", ["channels", "indications"])
def test_ipv4_client_to_ipv6_peer(lab, relay, echo, mode):
    done, text = uclient(lab, RELAY4, PEER6, "-x", *MODES[mode])
    judge(done, text, 20000)


@pytest.mark.parametrize("mode", ["channels", "indications"])
def test_ipv6_client_to_ipv4_peer(lab, relay, echo, mode):
    done, text = uclient(lab, RELAY6, PEER4, "-X", *MODES[mode])
    judge(done, text, 20000)


@pytest.mark.parametrize("to", [PEER4, PEER6])
def test_dual_allocation(lab, relay, echo, to):
    done, text = uclient(lab, RELAY4, to, "-Z", sessions=20)
    judge(done, text, 2000)


def test_time_limited_credential(lab, relay, echo):
    done, text = uclient(lab, RELAY4, PEER4, "-W", "s3cret", sessions=20)
    judge(done, text, 4000)


@pytest.mark.parametrize("flag", ["-N", "-R"])
def test_negative_tests_of_the_client(lab, relay, echo, flag):
    """It sends rubbish between its requests; the relay lives and serves."""
    uclient(lab, RELAY4, PEER4, flag, sessions=5, messages=20)
    done, text = uclient(lab, RELAY4, PEER4, sessions=5, messages=20)
    judge(done, text, 100)


def test_nothing_is_left_behind(lab, relay, echo):
    """The client ends its allocations; what it left is at most what it never ended."""
    if relay.name == "coturn":
        pytest.skip("no control socket")
    for row in relay.call("turn.list")["allocations"]:
        relay.call("turn.delete", id=row["id"])
    assert relay.call("node.status")["turn"]["allocations"] == 0
    for w in relay.drops()["workers"]:
        assert w["balance"] == 0, w
