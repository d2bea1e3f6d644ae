# SPDX-License-Identifier: Apache-2.0
"""Chromium players in rooms, each with a tone of its own: everybody hears exactly whom they should."""

import json
import os
import statistics
import time

import pytest

from kit.relay import ROOT
from kit.room import KEY, Player

CONFIG = {"voice": {"tokens": {"keys": [KEY]}, "speakers": 11}}
SECONDS = 4
JOINS = 11
PER_SECOND = 50


def others(room, player):
    return [p for p in room.players if p is not player]


def judge(before, after, lines, seconds):
    for was, now in zip(before, after):
        assert now["state"] == "connected"
        assert now["lines"] == lines
        assert now["lost"] == 0 and now["lostOut"] == 0
        # A loaded machine's browser sends late, never less in the end.
        assert now["received"] - was["received"] > 0.7 * PER_SECOND * lines * seconds
        assert now["srtp"] == "SRTP_AEAD_AES_128_GCM"


@pytest.mark.parametrize("count", [2, 5, 12])
def test_each_hears_exactly_the_others(room, relay, count):
    hall = room(count=count)
    for player in hall.players:
        hall.hears(player, *others(hall, player))
    before, began = hall.stats(), time.monotonic()
    time.sleep(SECONDS)
    after = hall.stats()
    judge(before, after, count - 1, min(SECONDS, time.monotonic() - began))
    # A browser reports every five seconds or so: until then nobody knows the round trip.
    end = time.monotonic() + 20
    while any(row["round_trip_ms"] is None for row in hall.listed()):
        assert time.monotonic() < end, "no round trip"
        time.sleep(0.1)
    assert all(row["connected"] and row["loss_in"] == 0 for row in hall.listed())
    for w in relay.drops(settle=False)["workers"]:
        assert not any(w["drops"][name] for name in ("tx_full", "punt_full"))


def test_first_audio_is_heard_soon(room, relay, chromium):
    """From the offer to the first sound that comes out; the figure goes to out/interop-join.json."""
    hall = room(0.2, slots=1)
    newcomer = Player(chromium, relay, "newcomer", 1, "peer")
    newcomer.open().result(30)
    rounds = []
    for _ in range(JOINS):
        newcomer.prepare(1).result(30)
        rounds.append(newcomer.join(hall.name, listen=True).result(60))
        hall.players.append(newcomer)
        hall.hears(hall.players[0], newcomer)
        hall.players.pop()
        newcomer.run("leave")
    newcomer.close().result(30)
    medians = {key: round(statistics.median(r[key] for r in rounds), 1) for key in rounds[0]}
    os.makedirs(os.path.join(ROOT, "out"), exist_ok=True)
    with open(os.path.join(ROOT, "out/interop-join.json"), "w") as f:
        json.dump({"joins": JOINS, "median_ms": medians, "rounds": rounds}, f, indent=1)
    print(f"join, median of {JOINS}: {medians} ms")
    assert medians["heard"] < 3000  # the target is 300 on a machine that does nothing else


def test_reload(room):
    """A page that comes again without a word of farewell takes its own seat."""
    hall = room(count=3)
    first, second, third = hall.players
    hall.hears(third, first, second)
    session = {p["player"]: p["seat"] for p in hall.listed()}
    first.reload()
    first.prepare(2).result(30)
    first.join(hall.name).result(30)
    for player in hall.players:
        hall.hears(player, *others(hall, player))
    again = {p["player"]: p["seat"] for p in hall.listed()}
    assert again.keys() == session.keys()
    assert again["p0"] != session["p0"] and again["p1"] == session["p1"]
    assert [s["lost"] for s in hall.stats()] == [0, 0, 0]
