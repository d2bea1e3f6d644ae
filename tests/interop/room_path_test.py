# SPDX-License-Identifier: Apache-2.0
"""The path changes in mid-sentence: a NAT gives another port, the network another address. Voices go on."""

import time

import pytest

from kit.room import DOOR, KEY

CONFIG = {"voice": {"tokens": {"keys": [KEY]}, "speakers": 11}}
NEW4, NEW6 = "198.18.0.9", "2001:2::9"
STATE = "document.getElementById('state').textContent"


def row(relay, room, name):
    return next(p for p in relay.call("player.list", room=room)["players"] if p["player"] == name)


def port(address):
    return int(address.rpartition(":")[2])


@pytest.fixture
def rebind(lab):
    """From here on the client's one port looks like another one, as after a NAT forgot it."""
    table = "turnpike_rebind"

    def change(old, new):
        lab.client.run("nft", f"""
            add table inet {table}
            add chain inet {table} out {{ type filter hook output priority mangle; }}
            add chain inet {table} in {{ type filter hook prerouting priority raw; }}
            add rule inet {table} out udp dport 5004 udp sport {old} udp sport set {new}
            add rule inet {table} in udp sport 5004 udp dport {new} udp dport set {old}""")

    yield change
    lab.client.run("nft", "delete", "table", "inet", table, check=False)


def test_nat_rebinding(room, relay, rebind):
    hall = room(count=3)
    first, second, third = hall.players
    hall.hears(second, first, third)
    before = row(relay, hall.name, first.name)
    packets = third.stats()["received"]
    rebind(port(before["address"]), 41000)
    end = time.monotonic() + 20
    while port(row(relay, hall.name, first.name)["address"]) != 41000:
        assert time.monotonic() < end, "the relay did not follow"
        time.sleep(0.05)
    for player in hall.players:
        hall.hears(player, *(p for p in hall.players if p is not player))
    after = row(relay, hall.name, first.name)
    assert after["seat"] == before["seat"]
    # Others hear each other without a gap meanwhile.
    assert third.stats()["received"] > packets
    assert second.stats()["state"] == third.stats()["state"] == "connected"


@pytest.fixture
def moved(lab):
    """The client's addresses are others from here on."""
    def change():
        for old, new, size in (("198.18.0.2", NEW4, 16), ("2001:2::2", NEW6, 64)):
            lab.client.ip("addr", "add", f"{new}/{size}", "dev", "eth0", *(["nodad"] if ":" in new else []))
            lab.client.ip("addr", "del", f"{old}/{size}", "dev", "eth0")

    yield change
    for old, new, size in (("198.18.0.2", NEW4, 16), ("2001:2::2", NEW6, 64)):
        lab.client.run("ip", "addr", "del", f"{new}/{size}", "dev", "eth0", check=False)
        lab.client.run("ip", "addr", "add", f"{old}/{size}", "dev", "eth0", *(["nodad"] if ":" in new else []),
                       check=False)


def test_another_address(chromium, relay, door, moved):
    """The page notices, restarts ICE (WHIP PATCH) and keeps its session."""
    for name, browser in (("ann", "client"), ("ben", "peer")):
        chromium.ask("page", name=name, browser=browser, url=f"{DOOR}/#room=move&player={name}&join=1")
    try:
        for name in ("ann", "ben"):
            chromium.ask("wait", page=name, text=f"{STATE} === 'Connected'")
        before = row(relay, "move", "ann")
        moved()
        end = time.monotonic() + 40
        while not {NEW4, f"[{NEW6}]"} & {row(relay, "move", "ann")["address"].rpartition(":")[0]}:
            assert time.monotonic() < end, "the page did not find a way"
            time.sleep(0.1)
        chromium.ask("wait", page="ann", text=f"{STATE} === 'Connected'")
        after = row(relay, "move", "ann")
        assert after["seat"] == before["seat"], "it joined again instead"
        chromium.ask("wait", page="ben", text="[...document.querySelectorAll('#people li.speaking .name')]"
                                              ".some((e) => e.textContent === 'ann')")
        assert row(relay, "move", "ann")["packets_in"] > before["packets_in"]
    finally:
        for name in ("ann", "ben"):
            chromium.ask("close", page=name)
