# SPDX-License-Identifier: Apache-2.0
"""Two Chromium pages call each other, each through its own allocation: audio both ways, nothing lost."""

import json
import os
import subprocess

import pytest

from kit.lab import RELAY4, RELAY6

HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = 10  # 50 packets a second
STATIC = {"username": "alice", "credential": "secret"}


def call(lab, *servers):
    hosts = (lab.client, lab.peer)
    plan = {"seconds": SECONDS, "ends": [
        {"namespace": host.name, "server": server} for host, server in zip(hosts, servers)]}
    done = subprocess.run(["node", f"{HERE}/call.mjs", json.dumps(plan)], capture_output=True, text=True,
                          timeout=120, cwd=HERE)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def judge(ends):
    for end in ends:
        assert end["local"]["candidateType"] == end["remote"]["candidateType"] == "relay"
        assert end["received"] > 400 and end["sent"] > 400
        assert end["lost"] == 0
        assert end["energy"] > 0, "silence was decoded"


@pytest.mark.parametrize("address", [RELAY4, f"[{RELAY6}]"], ids=["IPv4", "IPv6"])
def test_call(lab, relay, address):
    server = {"urls": f"turn:{address}:3478?transport=udp", **STATIC}
    ends = call(lab, server, server)
    judge(ends)
    assert {e["local"]["address"] for e in ends} <= {RELAY4, RELAY6}


def test_call_with_issued_credentials(lab, relay):
    """One end over IPv4, the other over IPv6, each with a credential of its own."""
    servers = []
    for name, address in (("ann", RELAY4), ("ben", f"[{RELAY6}]")):
        issued = relay.call("credential.issue", name=name, ttl_s=120)
        servers.append({"urls": f"turn:{address}:3478?transport=udp", "username": issued["username"],
                        "credential": issued["password"]})
    judge(call(lab, *servers))


def test_the_relay_saw_it_all(relay):
    """Packets that the browsers count went through the workers, and nothing was dropped for room."""
    drops = relay.drops()
    assert drops["total"]["relayed"] > 3 * 2 * 400
    for w in drops["workers"]:
        assert w["balance"] == 0 and not w["drops"]["tx_full"] and not w["drops"]["punt_full"]
