# SPDX-License-Identifier: Apache-2.0
"""The HTTP door: RFC 9725 from the first offer to the last DELETE."""

import re

import pytest

from kit.voice import CONFIG as VOICE
from kit.voice import OFFER, token

CONFIG = VOICE
SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"


def post(relay, room="lobby", body=OFFER, **headers):
    sent = {"Authorization": f"Bearer {token(room='lobby', sub='zoe')}", "Content-Type": SDP,
            **{k.replace("_", "-"): v for k, v in headers.items()}}
    return relay.http(f"/whip/{room}", "POST", {k: v for k, v in sent.items() if v is not None}, body)


def players(relay, room="lobby"):
    rooms = [r["room"] for r in relay.call("room.list")["rooms"]]
    return [p["player"] for p in relay.call("player.list", room=room)["players"]] if room in rooms else []


@pytest.fixture
def session(relay):
    """Location and ETag of a live session; what the test left of it is ended."""
    status, headers, answer = post(relay)
    assert status == 201, answer
    yield headers["Location"], headers["ETag"]
    relay.http(headers["Location"], "DELETE")


def restart(ufrag="abcd", pwd="0123456789abcdefghijklmn"):
    return f"a=ice-ufrag:{ufrag}\r\na=ice-pwd:{pwd}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"


def test_post(relay):
    status, headers, answer = post(relay)
    assert (status, headers["Content-Type"], headers["Accept-Patch"]) == (201, SDP, FRAGMENT)
    assert re.fullmatch(r"/whip/lobby/[0-9a-f]{16}", headers["Location"])
    assert re.fullmatch(r'"[!#-~]+"', headers["ETag"])
    assert answer.startswith("v=0\r\n") and "a=ice-lite" in answer and "a=fingerprint:sha-256" in answer
    assert players(relay) == ["zoe"]
    assert relay.http(headers["Location"], "DELETE")[0] == 200
    assert players(relay) == []
    assert relay.http(headers["Location"], "DELETE")[0] == 404


@pytest.mark.parametrize("want, headers", [
    (401, {"Authorization": None}),
    (401, {"Authorization": "Basic emFl"}),
    (401, {"Authorization": "Bearer no.such.token"}),
    (415, {"Content_Type": "text/plain"}),
    (415, {"Content_Type": None}),
    (406, {"Accept": "text/html"}),
    (406, {"Accept": "application/sdp;q=0"}),
])
def test_refused_by_headers(relay, want, headers):
    status, said, text = post(relay, **headers)
    assert (status, players(relay)) == (want, []), text
    assert text.strip() and ("WWW-Authenticate" in said) == (want == 401)
    assert ("Accept-Post" in said) == (want == 415)


@pytest.mark.parametrize("want, claims", [
    (401, {"exp": 1}),
    (403, {"room": "arena"}),
    (403, {"room": None}),
    (403, {"sub": None}),
    (403, {"speak": False, "listen": None}),
])
def test_refused_by_token(relay, want, claims):
    given = token(**{"room": "lobby", "sub": "zoe", **claims})
    status, said, text = post(relay, Authorization=f"Bearer {given}")
    assert (status, players(relay)) == (want, []), text
    assert "WWW-Authenticate" in said


@pytest.mark.parametrize("body", ["", "no SDP", OFFER.replace("opus", "opal"), OFFER.replace("a=rtcp-mux\r\n", "")])
def test_an_offer_that_is_none(relay, body):
    status, _, text = post(relay, body=body)
    assert status == 400 and text.strip()
    assert players(relay) == []


def test_an_offer_that_is_too_long(relay):
    assert post(relay, body="v=0\r\n" + "a=x\r\n" * 20000)[0] == 413


def test_paths_and_methods(relay, session):
    for path in ("/whip/", "/whip/a/b/c", "/whip/" + "x" * 64, "/whip//abc"):
        assert relay.http(path, "POST")[0] == 404, path
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
        status, headers, _ = relay.http("/whip/lobby", method)
        assert (status, headers["Allow"]) == (405, "POST, OPTIONS")
    for method in ("GET", "PUT", "POST"):
        status, headers, _ = relay.http(session[0], method)
        assert (status, headers["Allow"]) == (405, "PATCH, DELETE, OPTIONS")
    elsewhere = session[0].replace("lobby", "arena")
    assert relay.http(elsewhere, "DELETE")[0] == 404
    assert players(relay) == ["zoe"]


def test_cors(relay, session):
    for path, methods in (("/whip/lobby", "POST, OPTIONS"), (session[0], "PATCH, DELETE, OPTIONS")):
        status, headers, _ = relay.http(path, "OPTIONS", {"Origin": "https://game.example"})
        assert (status, headers["Access-Control-Allow-Origin"]) == (200, "*")
        assert headers["Access-Control-Allow-Methods"] == methods
        assert "Authorization" in headers["Access-Control-Allow-Headers"]
    assert relay.http("/whip/lobby", "OPTIONS")[1]["Accept-Post"] == SDP
    exposed = post(relay, Origin="https://game.example")[1]["Access-Control-Expose-Headers"]
    assert "Location" in exposed and "ETag" in exposed


def test_origins_of_the_configuration(relay):
    first = relay.config
    relay.configure({**first, "voice": {**first["voice"], "origins": ["https://game.example"]}})
    assert relay.call("config.reload")["changed"] == ["voice.origins"]
    mine = relay.http("/whip/lobby", "OPTIONS", {"Origin": "https://game.example"})[1]
    theirs = relay.http("/whip/lobby", "OPTIONS", {"Origin": "https://evil.example"})[1]
    relay.configure(first)
    relay.call("config.reload")
    assert (mine["Access-Control-Allow-Origin"], mine["Vary"]) == ("https://game.example", "Origin")
    assert "Access-Control-Allow-Origin" not in theirs


def patch(relay, location, body, **headers):
    return relay.http(location, "PATCH", {"Content-Type": FRAGMENT, **headers}, body)


def test_candidates(relay, session):
    location, etag = session
    ufrag = re.search("a=ice-ufrag:(.*)\r", OFFER)[1]
    body = (f"a=ice-ufrag:{ufrag}\r\na=ice-pwd:{re.search('a=ice-pwd:(.*)' + chr(13), OFFER)[1]}\r\n"
            "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
            "a=candidate:1 1 udp 2130706431 198.18.0.2 40000 typ host\r\na=end-of-candidates\r\n")
    assert patch(relay, location, body, **{"If-Match": etag})[0] == 204
    assert patch(relay, location, body)[0] == 428
    assert patch(relay, location, body, **{"If-Match": '"other"'})[0] == 412
    assert relay.http(location, "PATCH", {"Content-Type": SDP, "If-Match": etag}, body)[0] == 415
    assert patch(relay, location, "rubbish", **{"If-Match": etag})[0] == 400
    assert patch(relay, location[:-1] + "x", body, **{"If-Match": etag})[0] == 404


def test_restart(relay, session):
    location, etag = session
    status, headers, fragment = patch(relay, location, restart(), **{"If-Match": "*"})
    assert (status, headers["Content-Type"]) == (200, FRAGMENT)
    assert headers["ETag"] != etag and "a=ice-ufrag:" in fragment and "a=ice-pwd:" in fragment
    assert headers["ETag"].strip('"') == re.search("a=ice-ufrag:(.*)\r", fragment)[1]
    assert patch(relay, location, restart("efgh"), **{"If-Match": etag})[0] == 412
    assert patch(relay, location, restart("efgh"), **{"If-Match": headers["ETag"]})[0] == 200
    assert players(relay) == ["zoe"]


def test_draining(relay, session):
    relay.call("node.drain")
    status, headers, _ = post(relay)
    ended = relay.http(session[0], "DELETE")[0]
    relay.call("node.resume")
    assert (status, ended) == (503, 200) and int(headers["Retry-After"]) > 0


def test_a_room_with_a_name_to_escape(relay):
    given = token(room="a%b#c", sub="zoe")
    status, headers, _ = post(relay, "a%25b%23c", Authorization=f"Bearer {given}")
    assert status == 201 and headers["Location"].startswith("/whip/a%25b%23c/")
    assert players(relay, "a%b#c") == ["zoe"]
    assert relay.http(headers["Location"], "DELETE")[0] == 200


def test_a_revoked_token_ends_its_seat(relay, session):
    assert relay.call("credential.revoke", player="zoe")["ended"] == 1
    assert players(relay) == []
    assert post(relay)[0] == 401
    relay.call("credential.allow", player="zoe")


def test_bad_tokens_of_one_address(relay):
    answers = [post(relay, Authorization="Bearer no.such.token") for _ in range(25)]
    statuses = [status for status, _, _ in answers]
    assert statuses == sorted(statuses) and set(statuses) == {401, 429}
    assert 1 <= int(answers[-1][1]["Retry-After"]) <= 60
    status, headers, _ = post(relay)
    assert status == 201, "a good token of that address is let in"
    assert relay.http(headers["Location"], "DELETE")[0] == 200
