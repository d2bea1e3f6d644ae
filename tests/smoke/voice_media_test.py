# SPDX-License-Identifier: Apache-2.0
"""aiortc players in a room: each hears exactly the right others, told apart by the pitch of their tones."""

import pytest

from kit.events import Subscriber
from kit.voice import CONFIG as VOICE
from kit.voice import Player, token

CONFIG = VOICE
TONES = {"ann": 400, "bob": 700, "cat": 1100}


@pytest.fixture
def room(lab, relay):
    """Seats players: room("ann", "bob") gives them by name, connected."""
    made = {}

    def seat(*names):
        for i, name in enumerate(names):
            made[name] = Player(lab.peer if i % 2 else lab.client, TONES[name])
            made[name].answer(relay.call("player.join", room="lobby", player=name, offer=made[name].offer)["answer"])
        return made

    yield seat
    for player in made.values():
        player.close()
    for r in relay.call("room.list")["rooms"]:
        relay.call("room.delete", room=r["room"])


def others(name, *names):
    return [TONES[n] for n in names if n != name]


def test_two_hear_each_other_and_what_rules_say(relay, room):
    p = room("ann", "bob")
    p["ann"].hears([TONES["bob"]])
    p["bob"].hears([TONES["ann"]])
    rows = {r["player"]: r for r in relay.call("player.list", room="lobby")["players"]}
    for name in ("ann", "bob"):
        assert rows[name]["connected"] and rows[name]["speaking"] and rows[name]["cipher"].startswith("a")
        assert rows[name]["packets_in"] > 0 and rows[name]["packets_out"] > 0 and rows[name]["address"]
        assert rows[name]["level_dbov"] is not None
    assert relay.metric("turnpike_voice_streams") == 2
    assert relay.metric("turnpike_dtls_handshakes_total", result="done") >= 2
    assert relay.metric("turnpike_srtp_packets_total", direction="in", result="ok") > 0
    assert relay.metric("turnpike_srtp_packets_total", direction="out", result="ok") > 0

    relay.call("player.mute", room="lobby", player="ann", muted=True)
    p["bob"].hears([])
    p["ann"].hears([TONES["bob"]])
    relay.call("player.mute", room="lobby", player="ann", muted=False)
    p["bob"].hears([TONES["ann"]])

    relay.call("player.mute", room="lobby", player="bob", muted=True, **{"for": "ann"})
    p["ann"].hears([])
    relay.call("player.mute", room="lobby", player="bob", muted=False, **{"for": "ann"})
    p["ann"].hears([TONES["bob"]])

    relay.call("player.move", room="lobby", player="ann", team=1)
    p["ann"].hears([])
    p["bob"].hears([])
    relay.call("player.move", room="lobby", player="bob", team=1)
    p["ann"].hears([TONES["bob"]])

    relay.call("player.hear", room="lobby", player="bob", deaf=True)
    p["bob"].hears([])
    relay.call("player.leave", room="lobby", player="ann")
    assert [r["player"] for r in relay.call("player.list", room="lobby")["players"]] == ["bob"]


def test_to_another_room_and_back_with_the_same_keys(relay, room):
    p = room("ann", "bob", "cat")
    p["ann"].hears(others("ann", *TONES))
    relay.call("player.move", room="lobby", player="cat", to="arena")
    p["ann"].hears([TONES["bob"]])
    p["cat"].hears([])
    relay.call("player.move", room="lobby", player="bob", to="arena")
    p["cat"].hears([TONES["bob"]])
    p["bob"].hears([TONES["cat"]])
    for name in ("bob", "cat"):
        relay.call("player.move", room="arena", player=name, to="lobby")
    for name in TONES:
        p[name].hears(others(name, *TONES))
    assert relay.dropped("srtp_replayed") == 0 and relay.dropped("srtp_forged") == 0


def test_by_the_http_door(lab, relay, room):
    p = room("ann")
    bob = Player(lab.peer, TONES["bob"])
    try:
        status, headers, answer = relay.http(
            "/whip/lobby", "POST", {"Authorization": f"Bearer {token(room='lobby', sub='bob')}",
                                    "Content-Type": "application/sdp"}, bob.offer)
        assert status == 201
        bob.answer(answer)
        bob.hears([TONES["ann"]])
        p["ann"].hears([TONES["bob"]])
        assert relay.http(headers["Location"], "DELETE")[0] == 200
        p["ann"].hears([])
    finally:
        bob.close()


def test_quality_is_told_when_it_changes(relay, room):
    p = room("ann", "bob")
    p["ann"].hears([TONES["bob"]])
    with Subscriber(relay, kinds=["quality"]) as s:
        p["ann"].drop(0.2)
        told = s.until("quality", 30)
        # Jitter of a busy machine is told as well: the loss comes with a later report, if not with this one.
        while told[-1]["player"] != "ann" or told[-1]["loss_in"] <= 0.02:
            told += s.until("quality", 30)
    seats = {r["player"]: r["seat"] for r in relay.call("player.list", room="lobby")["players"]}
    assert told[-1]["room"] == "lobby" and told[-1]["seat"] == seats["ann"]
