# SPDX-License-Identifier: Apache-2.0
"""The ClientHello race: a handshake from an address that passed no authenticated check gets no answer, and
neither before nor after the player's own check does it keep the player from getting in."""

import os
import re
import subprocess
import time

import pytest

from kit import stun
from kit.lab import CLIENT4, PEER4, RELAY4

VOICE = 5004
OFFER = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=mid:0
a=sendrecv
a=rtcp-mux
a=ice-ufrag:race
a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa
a=setup:active
a=fingerprint:sha-256 {fingerprint}
a=rtpmap:111 opus/48000/2
a=ssrc:77 cname:race
"""


def identity(folder, name):
    key, certificate = os.path.join(folder, f"{name}.key"), os.path.join(folder, f"{name}.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", certificate, "-subj", f"/CN={name}", "-days", "2"],
                   check=True, capture_output=True)
    shown = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256"],
                           check=True, capture_output=True, text=True).stdout
    return key, certificate, shown.strip().partition("=")[2]


def handshake(host, bind, who, seconds=2):
    """What openssl's client says after so long."""
    key, certificate, _ = who
    child = host.start(["openssl", "s_client", "-dtls1_2", "-use_srtp", "SRTP_AEAD_AES_128_GCM", "-key", key, "-cert",
                        certificate, "-bind", bind, "-connect", f"{RELAY4}:{VOICE}"],
                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    time.sleep(seconds)
    child.terminate()
    return child.communicate(timeout=10)[0]


def check(host, port, answer):
    """The player's authenticated check; true when it was answered with success."""
    ufrag, password = (re.search(f"a=ice-{key}:(\\S+)", answer)[1] for key in ("ufrag", "pwd"))
    message = stun.encode(stun.BINDING, stun.REQUEST, [
        (stun.USERNAME, f"{ufrag}:race".encode()), (0x24, b"\x6e\x00\x01\xff"), (0x802A, os.urandom(8)), (0x25, b"")])
    message = stun.fingerprint(stun.sign(message, password.encode()))
    with host.socket(bind=(CLIENT4, port)) as s:
        s.settimeout(3)
        s.sendto(message, (RELAY4, VOICE))
        return s.recvfrom(2048)[0][:2] == b"\x01\x01"


@pytest.fixture
def seat(relay, tmp_path):
    good, bad = identity(tmp_path, "player"), identity(tmp_path, "attacker")
    made = relay.call("player.join", room="race", player="victim", offer=OFFER.format(fingerprint=good[2]))
    yield made["answer"], good, bad
    relay.call("player.leave", room="race", player="victim")


def connected(relay):
    return relay.call("player.list", room="race")["players"][0]["connected"]


def test_the_race_is_lost(lab, relay, seat):
    answer, good, bad = seat
    # First on the wire, from another address and from the player's own: silence.
    for host, bind, who in ((lab.peer, f"{PEER4}:7001", bad), (lab.client, f"{CLIENT4}:7000", bad)):
        said = handshake(host, bind, who)
        assert "BEGIN CERTIFICATE" not in said and not connected(relay)
    assert check(lab.client, 7000, answer)
    # After the check: another address still gets nothing, and another certificate is not the player's.
    assert "BEGIN CERTIFICATE" not in handshake(lab.peer, f"{PEER4}:7001", bad)
    handshake(lab.client, f"{CLIENT4}:7000", bad)
    assert not connected(relay)
    # None of it has harmed the player.
    assert check(lab.client, 7000, answer)
    said = handshake(lab.client, f"{CLIENT4}:7000", good)
    assert "SRTP_AEAD_AES_128_GCM" in said and "BEGIN CERTIFICATE" in said, said[-1500:]
    assert any(e["player"] == "victim" for e in relay.events("player_connected"))
