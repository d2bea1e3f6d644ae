# SPDX-License-Identifier: Apache-2.0
"""Who hears whom in a room of Chromium players, changed while they talk, and nobody else hears a gap."""

from kit.room import KEY

SPEAKERS = 2
CONFIG = {"voice": {"tokens": {"keys": [KEY]}, "speakers": SPEAKERS}}


def lost(room):
    return [s["lost"] for s in room.stats()]


def test_the_loudest_are_heard(room):
    """Four may speak, two are sent; a switch leaves no gap in what the receivers count."""
    hall = room(0.3, 0.3, 0, 0)
    a, b, c, d = hall.players
    hall.hears(d, a, b)
    hall.hears(a, b)
    for silent, loud, now in ((a, c, (b, c)), (b, a, (c, a)), (c, b, (a, b))):
        silent.say(0)
        loud.say(0.3)
        hall.hears(d, *now)
        for speaker in now:
            hall.hears(speaker, *(p for p in now if p is not speaker))
    assert lost(hall) == [0] * 4
    assert hall.stats()[3]["lines"] <= SPEAKERS


def test_a_louder_voice_takes_a_place(room):
    hall = room(0.3, 0.1, 0.02, 0)
    a, b, c, d = hall.players
    hall.hears(d, a, b)
    c.say(0.5)
    hall.hears(d, a, c)
    assert lost(hall) == [0] * 4


def test_mute(room):
    hall = room(0.2, 0.2, 0.2)
    a, b, c = hall.players
    hall.hears(c, a, b)
    hall.call("player.mute", a, muted=True)
    hall.hears(c, b)
    hall.hears(b, c)
    hall.hears(a, b, c)
    hall.call("player.mute", a, muted=False)
    hall.hears(c, a, b)
    hall.call("player.mute", a, muted=True, **{"for": c.name})
    hall.hears(c, b)
    hall.hears(b, a, c)
    hall.call("player.mute", a, muted=False, **{"for": c.name})
    hall.hears(c, a, b)
    assert lost(hall) == [0] * 3


def test_teams(room):
    hall = room(0.2, 0.2, 0, 0)
    a, b, c, d = hall.players
    hall.hears(d, a, b)
    hall.call("player.move", a, team=1)
    hall.call("player.move", c, team=1)
    hall.hears(c, a)
    hall.hears(d, b)
    hall.hears(a)
    hall.call("player.move", d, team=1)
    hall.hears(d, a)
    assert lost(hall) == [0] * 4


def test_whisper_and_deaf(room):
    hall = room(0.2, 0.2, 0)
    a, b, c = hall.players
    hall.hears(c, a, b)
    hall.call("player.hear", a, whisper=[b.name])
    hall.hears(c, b)
    hall.hears(b, a)
    hall.call("player.hear", a, whisper=[])
    hall.call("player.hear", c, deaf=True)
    hall.hears(c)
    hall.hears(b, a)
    hall.call("player.hear", c, deaf=False)
    hall.hears(c, a, b)
    assert lost(hall) == [0] * 3


def test_another_room(room):
    """Without a new offer: the voice leaves with its player, and comes in where it goes."""
    here, there = room(0.2, 0.2), room(0.2, 0)
    a, b = here.players
    here.hears(b, a)
    there.hears(there.players[1], there.players[0])
    here.call("player.move", a, to="elsewhere")
    here.hears(b)
    here.call("player.move", b, to="elsewhere")
    here.name, left = "elsewhere", here.name
    here.hears(b, a)
    here.hears(a, b)
    assert left not in [r["room"] for r in here.relay.call("room.list")["rooms"]]
