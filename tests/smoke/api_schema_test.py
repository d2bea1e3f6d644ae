# SPDX-License-Identifier: Apache-2.0
"""Every method's real result against what api.describe promises."""

import pytest

from kit.lab import PEER4
from kit.schema import mistakes
from kit.voice import OFFER


@pytest.fixture(scope="module")
def described(relay):
    return {m["method"]: m for m in relay.call("api.describe")["methods"]}


# What to call each with; a function gets the id of a live allocation. A new method without a row fails.
CALLS = {
    "node.status": {},
    "node.drain": {},
    "node.resume": {},
    "config.reload": {"dry_run": True},
    "log.level": {},
    "stats.ports": {},
    "stats.steps": {},
    "stats.drops": {},
    "stats.load": {},
    "path.show": {},
    "turn.list": {"limit": 1},
    "turn.show": lambda i: {"id": i},
    "turn.delete": lambda i: {"id": i},
    "credential.issue": {"name": "zoe"},
    "credential.revoke": {"jti": "nobody"},
    "credential.allow": {"jti": "nobody"},
    "events.subscribe": {},
    "room.list": {},
    "room.show": {"room": "schema"},
    "room.create": {"room": "schema", "nearest": 4, "range": 20},
    "room.delete": {"room": "schema"},
    "player.join": {"room": "lobby", "player": "zoe", "offer": OFFER},
    "player.leave": {"room": "lobby", "player": "zoe"},
    "player.list": {"room": "lobby"},
    "player.mute": {"room": "lobby", "player": "zoe", "muted": True},
    "player.move": {"room": "lobby", "player": "zoe", "team": 2},
    "player.hear": {"room": "lobby", "player": "zoe", "deaf": True},
    "player.position": {"room": "lobby", "player": "zoe", "at": [1, 2.5, -3]},
    "capture.start": lambda i: {"session": i, "file": "schema.pcapng"},
    "capture.stop": {},
    "capture.show": {},
    "api.describe": {},
}


def test_every_method_is_called(described):
    assert set(described) == set(CALLS)


def voice_stage(relay, method):
    """A room and a player for what needs them."""
    rooms = [r["room"] for r in relay.call("room.list")["rooms"]]
    if method == "room.create" and "schema" in rooms:
        relay.call("room.delete", room="schema")
    elif method in ("room.show", "room.delete") and "schema" not in rooms:
        relay.call("room.create", **CALLS["room.create"])
    elif method.startswith("player.") or method == "room.list":
        relay.call("player.join", **CALLS["player.join"])


@pytest.mark.parametrize("method", CALLS)
def test_result(relay, client, peer, described, method):
    c, p = client(), peer()
    c.allocate()
    c.permit(PEER4)
    c.bind(0x4000, p.address)
    c.channel_send(0x4000, b"data")
    assert p.receive()
    mine = next(a["id"] for a in relay.call("turn.list")["allocations"] if a["client"] == "%s:%d" % c.address)
    voice_stage(relay, method)
    params = CALLS[method](mine) if callable(CALLS[method]) else CALLS[method]
    result = relay.call(method, **params)
    if method == "node.drain":
        relay.call("node.resume")
    if method == "turn.delete":
        c.relayed = []
    assert mistakes(described[method]["result"], result) == []


def test_a_changed_key_too(relay, described):
    first = relay.config
    relay.configure({**first, "node": {"name": "lab", "region": "moon"}, "cores": {**first["cores"], "idle": "poll"}})
    result = relay.call("config.reload", dry_run=True)
    relay.configure(first)
    assert len(result["diff"]) == 2
    assert mistakes(described["config.reload"]["result"], result) == []


def test_parameters_are_as_described(relay, described):
    """Wrong types, bounds and names are refused with field and what was expected."""
    wrong = {"text": 7, "int": "x", "bool": "x", "list": "x", "object": 3, "real": "x"}
    for method, m in described.items():
        for f in m["params"]:
            good = {g["name"]: {"int": 1, "bool": True}.get(g["type"], "x") for g in m["params"] if g["required"]}
            for value in (wrong[f["type"]], *([f["max"] + 1] if f["type"] == "int" and 0 < f.get("max", 0) < 2**62 else [])):
                answer = relay.exchange_error(method, {**good, f["name"]: value})
                assert answer["code"] == -32602, (method, f["name"], value)
                assert answer["data"]["field"] == f["name"] and answer["data"]["expected"], answer
        answer = relay.exchange_error(method, {"no_such": 1})
        assert answer["code"] == -32602 and answer["data"]["field"] == "no_such" and answer["data"]["expected"]
