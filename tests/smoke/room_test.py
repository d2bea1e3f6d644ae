# SPDX-License-Identifier: Apache-2.0
"""Rooms and players by the control socket: in, listed, ruled, moved, out."""

import json

import pytest

from kit.events import Subscriber
from kit.voice import CONFIG as VOICE
from kit.voice import OFFER, token

CONFIG = VOICE


@pytest.fixture(autouse=True)
def no_rooms(relay):
    yield
    for room in relay.call("room.list")["rooms"]:
        relay.call("room.delete", room=room["room"])


def join(relay, player, room="lobby", **more):
    return relay.call("player.join", room=room, player=player, offer=OFFER, **more)


def row(relay, player, room="lobby"):
    return next(p for p in relay.call("player.list", room=room)["players"] if p["player"] == player)


def refused(relay, method, **params):
    error = relay.exchange_error(method, params)
    assert error["message"]
    return error["code"], error.get("data", {}).get("field", "")


def test_join_and_leave(relay):
    got = join(relay, "zoe")
    assert (got["room"], got["player"]) == ("lobby", "zoe") and got["answer"].startswith("v=0")
    assert row(relay, "zoe") == {
        **row(relay, "zoe"), "seat": got["seat"], "voice_id": got["voice_id"], "team": 0, "connected": False,
        "speaking": False, "muted": False, "packets_in": 0, "level_dbov": None, "address": None, "cipher": None}
    assert relay.call("player.leave", session=got["session"])["player"] == "zoe"
    assert relay.call("room.list")["rooms"] == []
    assert refused(relay, "player.leave", session=got["session"]) == (-32002, "session")


def test_who_comes_again_takes_the_seat(relay):
    first, second = join(relay, "zoe"), join(relay, "zoe")
    assert first["session"] != second["session"] and first["voice_id"] == second["voice_id"]
    assert relay.call("room.show", room="lobby")["players"] == 1
    assert refused(relay, "player.leave", session=first["session"]) == (-32002, "session")


def test_a_token_names_room_and_player(relay):
    got = relay.call("player.join", token=token(room="arena", sub="bob", listen=False), offer=OFFER)
    assert (got["room"], got["player"]) == ("arena", "bob")
    assert row(relay, "bob", "arena")["deaf"] and not row(relay, "bob", "arena")["listener"]
    assert refused(relay, "player.hear", room="arena", player="bob", deaf=False) == (-32003, "deaf")
    for claims, asked, field in (({}, {"room": "lobby"}, "room"), ({}, {"player": "eve"}, "player"),
                                 ({"room": None}, {}, "room"), ({"exp": 1}, {}, "token")):
        given = token(**{"room": "arena", "sub": "bob", **claims})
        assert refused(relay, "player.join", token=given, offer=OFFER, **asked) == (-32001, field)
    assert refused(relay, "player.join", player="bob", offer=OFFER) == (-32602, "room")


def test_a_seat_ends_in_time(relay):
    join(relay, "zoe", ttl_s=1)
    with Subscriber(relay, kinds=["left"]) as s:
        assert s.next()["reason"] == "expired"
    assert relay.call("room.list")["rooms"] == []


def test_rooms_that_stay(relay):
    made = relay.call("room.create", room="arena", nearest=2, range=10)
    assert made["kept"] and (made["nearest"], made["range"]) == (2, 10.0)
    assert refused(relay, "room.create", room="arena") == (-32003, "room")
    for wrong in ({"nearest": 2}, {"range": 2}, {"nearest": 2, "range": 0}):
        assert refused(relay, "room.create", room="pit", **wrong)[0] == -32602
    assert refused(relay, "room.create", room="a b") == (-32602, "room")
    join(relay, "zoe", "arena")
    relay.call("player.leave", room="arena", player="zoe")
    assert relay.call("room.show", room="arena")["players"] == 0
    join(relay, "zoe", "lobby")
    assert relay.call("room.create", room="lobby")["kept"]
    assert relay.call("room.delete", room="lobby") == {"deleted": "lobby", "players": 1}
    assert [r["room"] for r in relay.call("room.list")["rooms"]] == ["arena"]


def test_rules(relay):
    for name in ("ann", "bob"):
        join(relay, name, team=1)
    assert relay.call("player.mute", room="lobby", player="ann", muted=True)["for"] is None
    assert row(relay, "ann")["muted"]
    assert relay.call("player.mute", room="lobby", player="ann", muted=True, **{"for": "bob"})["for"] == "bob"
    assert refused(relay, "player.mute", room="lobby", player="ann", muted=True, **{"for": "eve"}) == (-32002, "for")
    moved = relay.call("player.move", room="lobby", player="bob", team=7, priority=True)
    assert (moved["team"], moved["priority"]) == (7, True)
    heard = relay.call("player.hear", room="lobby", player="bob", whisper=["ann"], deaf=True)
    assert (heard["whisper"], heard["deaf"], heard["listener"]) == (["ann"], True, False)
    assert relay.call("player.hear", room="lobby", player="bob", whisper=[])["whisper"] == []
    assert refused(relay, "player.hear", room="lobby", player="bob", whisper=["eve"]) == (-32002, "whisper")
    assert refused(relay, "player.hear", room="lobby", player="bob")[0] == -32602
    teams = relay.call("room.show", room="lobby")["teams"]
    assert teams == [{"team": 1, "players": 1}, {"team": 7, "players": 1}]


def test_to_another_room(relay):
    got = join(relay, "zoe", priority=True, team=3)
    with Subscriber(relay, kinds=["player", "room"]) as s:
        relay.call("player.move", room="lobby", player="zoe", to="arena")
        told = [s.next() for _ in range(4)]
    assert [(e["kind"], e["room"]) for e in told] == [
        ("room_opened", "arena"), ("left", "lobby"), ("joined", "arena"), ("room_closed", "lobby")]
    assert row(relay, "zoe", "arena") == {**row(relay, "zoe", "arena"), "seat": got["seat"], "team": 3,
                                          "priority": True}
    join(relay, "zoe", "lobby")
    assert refused(relay, "player.move", room="lobby", player="zoe", to="arena") == (-32003, "to")
    for to in ("pit", "lair", "pit", "lair") * 5:  # quicker than any grace period
        relay.call("player.move", room=relay.call("room.list")["rooms"][-1]["room"], player="zoe", to=to)
    relay.call("player.leave", session=got["session"])


def test_pages(relay):
    names = sorted(f"p{i}" for i in range(25))
    for name in reversed(names):
        join(relay, name)
        relay.call("room.create", room=name)
    for method, key, name in (("player.list", "players", "player"), ("room.list", "rooms", "room")):
        where = {"room": "lobby"} if method == "player.list" else {}
        seen, after = [], {}
        while True:
            page = relay.call(method, limit=10, **where, **after)
            seen += [r[name] for r in page[key]]
            assert len(page[key]) <= 10
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert seen == sorted(names + (["lobby"] if method == "room.list" else []))


def test_ten_thousand_positions_in_a_line(relay):
    relay.call("room.create", room="lobby", nearest=4, range=100)
    for name in ("ann", "bob"):
        join(relay, name)
    many = [[f"somebody-{i:05}", i * 1.5, -i, 0.25] for i in range(9998)]
    placed = relay.call("player.position", room="lobby", positions=[["ann", 1, 2, 3], *many, ["bob", 1e6, 0, -5.5]])
    assert placed == {"placed": 2, "unknown": 9998}
    for wrong in (["ann", 1, 2], ["ann", 1, 2, "3"], ["ann", 1e30, 0, 0], "ann", [7, 1, 2, 3]):
        assert refused(relay, "player.position", room="lobby", positions=[wrong]) == (-32602, "positions")
    assert relay.call("player.position", room="lobby", player="bob", at=[0, 0, 0]) == {"placed": 1, "unknown": 0}
    assert refused(relay, "player.position", room="lobby", player="bob") == (-32602, "positions")


def test_draining_lets_nobody_in(relay):
    got = join(relay, "zoe")
    relay.call("node.drain")
    assert refused(relay, "player.join", room="lobby", player="bob", offer=OFFER)[0] == -32003
    assert relay.http("/readyz")[::2] == (503, "draining: 0 allocations and 1 players left\n")
    relay.call("node.resume")
    assert row(relay, "zoe")["seat"] == got["seat"]


def test_revoked(relay):
    join(relay, "zoe")
    relay.call("player.join", token=token(room="lobby", sub="bob", jti="t1"), offer=OFFER)
    assert relay.call("credential.revoke", player="zoe")["ended"] == 0  # came by the backend's word
    assert relay.call("credential.revoke", jti="t1")["ended"] == 1
    assert relay.call("credential.revoke", user="zoe")["ended"] == 1
    assert refused(relay, "player.join", room="lobby", player="zoe", offer=OFFER) == (-32003, "player")
    for by in ({"player": "zoe"}, {"jti": "t1"}, {"user": "zoe"}):
        relay.call("credential.allow", **by)


def test_command_line(relay, tmp_path):
    offer = tmp_path / "offer.sdp"
    offer.write_text(OFFER)
    assert relay.ctl("room", "create", "lobby", "--nearest", "2", "--range", "30.5").returncode == 0
    done = relay.ctl("player", "join", "lobby", "zoe", "--offer", offer)
    assert done.returncode == 0 and done.stdout.startswith("v=0\n") and "a=ice-lite" in done.stdout, done
    assert relay.ctl("player", "position", "lobby", "zoe", "--at", "-1,2,3.5").stdout == "placed: 1, unknown: 0\n"
    places = tmp_path / "places"
    places.write_text("zoe 1 2 3\n\neve  4 5 -6\n")
    assert relay.ctl("player", "position", "lobby", "--file", places).stdout == "placed: 1, unknown: 1\n"
    assert "zoe" in relay.ctl("player", "list", "lobby").stdout
    assert relay.ctl("player", "mute", "lobby", "zoe").returncode == 0
    assert relay.ctl("player", "hear", "lobby", "zoe", "--deaf", "on").returncode == 0
    assert relay.ctl("player", "hear", "lobby", "zoe", "--deaf", "maybe").returncode == 2
    flags = json.loads(relay.ctl("-j", "player", "list", "lobby").stdout)["players"][0]
    assert flags["muted"] and flags["deaf"]
    assert relay.ctl("player", "mute", "lobby", "eve").returncode == 5
    assert relay.ctl("player", "move", "lobby", "zoe", "--to", "arena").stdout == "zoe in arena, team 0\n"
    assert relay.ctl("player", "leave", "arena", "zoe").returncode == 0
    assert "1 room" in relay.ctl("room", "list").stdout
    assert relay.ctl("room", "delete", "lobby").returncode == 0


def test_metrics(relay):
    join(relay, "zoe")
    assert relay.metric("turnpike_voice_rooms") == 1
    assert relay.metric("turnpike_voice_players") == 1
    assert relay.metric("turnpike_voice_streams") == 0
    page = relay.http("/metrics")[2]
    for name in ("srtp_packets_total", "dtls_handshakes_total", "ice_checks_total", "srtcp_packets_total"):
        assert f"turnpike_{name}{{" in page
