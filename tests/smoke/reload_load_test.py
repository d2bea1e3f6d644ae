# SPDX-License-Identifier: Apache-2.0
"""Fifty reloads that change users, limits, listeners, level and more under traffic: no packet is lost."""

import time

from kit.lab import merge
from kit.stream import Flow

RELOADS = 50


def changes(i):
    """Another configuration each time; what the streams need is in all of them."""
    return {
        "node": {"region": f"r{i}"},
        "log": {"level": ["info", "debug", "warn"][i % 3]},
        "http": {"listen": f"127.0.0.1:{9478 + i % 2}"},
        "turn": {
            "users": [{"name": "alice", "password": "secret"}] + [
                {"name": f"u{k}", "password": f"p{i}"} for k in range(i % 7 * 20)],
            "listen": [["udp:3478"], ["udp:3478", "udp:3490"], ["udp:3491"], ["udp:3491", "udp:3478"]][i % 4],
            "limits": {"allocations": 500 + i, "allocations_per_user": i % 5 * 100,
                       "bits_per_second": [0, 100_000_000][i % 2]},
            "deny_peers": ["default", f"203.0.113.{i}/32"],
            "relay_ports": f"{49152 + i}-65535",
        },
    }


def test_reloads_lose_nothing(relay, client, peer):
    first = relay.config
    with Flow(client(), peer()) as flow:
        for i in range(RELOADS):
            relay.configure(merge(first, changes(i)))
            done = relay.call("config.reload")
            assert "turn.users" in done["changed"] or i % 7 == 0, done
            assert not done["restart"], done
            time.sleep(0.1)
    relay.configure(first)
    relay.call("config.reload")
    assert flow.lost() == [set(), set()]
    assert relay.drops()["total"]["balance"] == 0
