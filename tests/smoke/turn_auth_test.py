# SPDX-License-Identifier: Apache-2.0
"""Long-term and time-limited credentials (RFC 8489 section 9.2; the REST convention)."""

import base64
import hashlib
import hmac
import os
import time

import pytest

from kit import stun
from kit.lab import RELAY6

CONFIG = {"log": {"level": "debug"}, "turn": {"shared_secrets": ["s3cret", "0ther"]}}
ALLOCATE = [(stun.TRANSPORT, stun.UDP)]


def bare(attrs=ALLOCATE):
    return stun.encode(stun.ALLOCATE, stun.REQUEST, attrs)


def timed(expiry, name="carol", secret="s3cret"):
    user = f"{expiry}:{name}"
    mac = hmac.new(secret.encode(), user.encode(), hashlib.sha1).digest()
    return user, base64.b64encode(mac).decode()


def test_challenge(client):
    answer = client().exchange(bare())
    assert answer.code == 401 and answer.cls == stun.ERROR
    assert answer.get(stun.REALM) == b"turnpike.test"
    assert answer.get(stun.NONCE) and not answer.has(stun.INTEGRITY)


def test_challenge_offers_sha256_and_says_so_in_the_nonce(client):
    answer = client().exchange(bare())
    assert stun.SHA256_ALGORITHM in answer.get(stun.ALGORITHMS)
    nonce = answer.get(stun.NONCE)
    assert nonce.startswith(stun.COOKIE_PREFIX)
    features = base64.b64decode(nonce[9:13])
    assert features[0] & 0x80, "password algorithms"
    assert features[0] & 0x40, "username anonymity"


def test_challenge_is_no_amplifier(client):
    """1.7 times, counted as the wire does: preamble, Ethernet, check sequence, gap, least size."""
    def on_wire(stun_bytes):
        return max(stun_bytes + 28 + 18, 64) + 20

    request = bare()
    answer = client().exchange(request)
    assert on_wire(len(answer.raw)) <= 1.7 * on_wire(len(request)), len(answer.raw)


def test_challenge_to_an_empty_request_too(client):
    assert client().exchange(bare([])).code == 401


@pytest.mark.parametrize("method", [stun.REFRESH, stun.PERMIT, stun.BIND])
def test_every_method_is_challenged(client, method):
    assert client().exchange(stun.encode(method, stun.REQUEST)).code == 401


@pytest.mark.parametrize("style", ["md5", "sha256"])
@pytest.mark.parametrize("userhash", [False, True])
@pytest.mark.parametrize("fingerprint", [False, True])
def test_ways_to_log_in(client, style, userhash, fingerprint):
    c = client(style=style, userhash=userhash, fingerprint=fingerprint)
    answer = c.allocate()
    assert answer.code == 0
    assert answer.has(stun.INTEGRITY256 if style == "sha256" else stun.INTEGRITY)
    assert answer.has(stun.FINGERPRINT) == fingerprint
    assert not fingerprint or answer.fingerprint_ok()


def test_over_ipv6(client):
    assert client(server=RELAY6, style="sha256").allocate().code == 0


@pytest.mark.parametrize("options", [
    pytest.param({"password": "wrong"}, id="password"),
    pytest.param({"password": "secreT", "style": "sha256"}, id="password, sha256"),
    pytest.param({"user": "nobody"}, id="user"),
    pytest.param({"user": "nobody", "userhash": True}, id="user hash"),
    pytest.param({"user": "Alice"}, id="case of user"),
    pytest.param({"user": ""}, id="empty user"),
    pytest.param({"user": "bob"}, id="other user's password"),
])
def test_wrong_credentials(client, options):
    c = client(**options)
    answer = c.allocate()
    assert answer.code == 401 and answer.get(stun.NONCE)
    assert not answer.has(stun.INTEGRITY) and not answer.has(stun.INTEGRITY256)


def test_wrong_realm(client):
    c = client()
    c.login()
    c.realm = "else.where"
    assert c.allocate().code == 401


@pytest.mark.parametrize("missing", [stun.USERNAME, stun.REALM, stun.NONCE])
def test_incomplete_credentials(client, missing):
    c = client()
    c.login()
    attrs = [a for a in ALLOCATE + c.credentials() if a[0] != missing]
    assert c.exchange(c.seal(stun.encode(stun.ALLOCATE, stun.REQUEST, attrs))).code == 400


def test_credentials_without_integrity(client):
    c = client()
    c.login()
    assert c.exchange(bare(ALLOCATE + c.credentials())).code == 401


@pytest.mark.parametrize("at", [4 + 20, -1])
def test_changed_bytes_do_not_pass(client, at):
    c = client()
    raw = bytearray(c.encode(stun.ALLOCATE, ALLOCATE))
    raw[at] ^= 1
    assert c.exchange(bytes(raw)).code in (401, 442)
    assert c.refresh().code == 437


def test_integrity_of_the_wrong_length(client):
    c = client()
    c.login()
    raw = stun.encode(stun.ALLOCATE, stun.REQUEST, ALLOCATE + c.credentials())
    answer = c.exchange(stun.append(raw, stun.INTEGRITY, b"\0" * 16), 0.15)
    assert answer is None or answer.code in (400, 401)


def test_wrong_fingerprint_is_ignored(client):
    c = client()
    assert c.silent(stun.fingerprint(c.encode(stun.ALLOCATE, ALLOCATE), spoil=1 << 9))
    assert c.refresh().code == 437


@pytest.mark.parametrize("nonce", [b"x", b"obMatJos2AAAA", b"obMatJos2wAAA" + b"z" * 15, b"f" * 700])
def test_nonce_of_nobody_is_stale(client, nonce):
    c = client()
    c.login()
    c.nonce = nonce
    answer = c.allocate()
    assert answer.code == 438 and answer.get(stun.NONCE) != nonce
    c.nonce = answer.get(stun.NONCE)
    assert c.allocate().code == 0


def test_nonce_of_another_client_is_stale(client):
    a, b = client(), client(bind=("198.18.64.9", 0))
    a.login()
    b.nonce, b.realm, b.algorithms = a.nonce, a.realm, a.algorithms
    assert b.allocate().code == 438


def test_stale_nonce_with_wrong_password_is_401(client):
    c = client(password="wrong")
    c.login()
    c.nonce = b"stale"
    assert c.allocate().code in (401, 438)


@pytest.mark.parametrize("listed,chosen", [
    pytest.param(stun.MD5_ALGORITHM, stun.MD5_ALGORITHM, id="list cut down to MD5"),
    pytest.param(stun.SHA256_ALGORITHM, stun.SHA256_ALGORITHM, id="list cut down to SHA-256"),
    pytest.param(None, stun.SHA256_ALGORITHM, id="choice without list"),
    pytest.param(b"same", None, id="list without choice"),
    pytest.param(b"same", b"\0\3\0\0", id="algorithm that is not offered"),
    pytest.param(b"same", b"\0\2", id="choice cut off"),
])
def test_bid_down_is_refused(client, listed, chosen):
    c = client(style="sha256")
    c.login()
    attrs = [a for a in ALLOCATE + c.credentials() if a[0] not in (stun.ALGORITHM, stun.ALGORITHMS)]
    if listed:
        attrs.append((stun.ALGORITHMS, c.algorithms if listed == b"same" else listed))
    if chosen:
        attrs.append((stun.ALGORITHM, chosen))
    assert c.exchange(c.seal(stun.encode(stun.ALLOCATE, stun.REQUEST, attrs))).code == 400


def test_username_too_long(client):
    c = client(user="u" * 513)
    answer = c.request(stun.ALLOCATE, ALLOCATE)
    assert answer is None or answer.code in (400, 401)


# --- somebody else's allocation

@pytest.mark.parametrize("method,attrs", [
    (stun.REFRESH, []),
    (stun.PERMIT, [(stun.PEER, stun.address("198.18.0.3", 0))]),
    (stun.BIND, [(stun.CHANNEL_NUMBER, b"\x40\0\0\0"), (stun.PEER, stun.address("198.18.0.3", 9))]),
])
def test_another_users_allocation(client, method, attrs):
    c = client()
    c.allocate()
    c.user, c.password = "bob", "hunter2"
    assert c.request(method, attrs).code == 441
    c.user, c.password = "alice", "secret"
    assert c.refresh().code == 0


def test_another_user_cannot_allocate_on_the_5_tuple(client):
    c = client()
    c.allocate()
    c.user, c.password = "bob", "hunter2"
    assert c.request(stun.ALLOCATE, ALLOCATE).code in (437, 441)
    c.user, c.password = "alice", "secret"


# --- time-limited credentials

@pytest.mark.parametrize("style", ["md5", "sha256"])
@pytest.mark.parametrize("secret", ["s3cret", "0ther"])
def test_timed_credential(client, relay, style, secret):
    user, password = timed(int(time.time()) + 60, secret=secret)
    c = client(user=user, password=password, style=style)
    assert c.allocate().code == 0 and c.refresh().code == 0


@pytest.mark.parametrize("user,password", [
    pytest.param(*timed(int(time.time()) - 5), id="expired"),
    pytest.param(*timed(int(time.time()) + 600, secret="wrong"), id="secret of nobody"),
    pytest.param(*timed("soon"), id="no time"),
    pytest.param(*timed(""), id="empty time"),
    pytest.param(*timed("-1"), id="negative time"),
    pytest.param(*timed("99999999999999999999999999"), id="time without bounds"),
])
def test_bad_timed_credential(client, user, password):
    assert client(user=user, password=password).allocate().code == 401


def test_issued_credential(client, relay):
    issued = relay.call("credential.issue", name="dave", ttl_s=30)
    assert issued["ttl_s"] == 30 and issued["username"].endswith(":dave")
    assert client(user=issued["username"], password=issued["password"]).allocate().code == 0


def test_a_call_outlasts_its_credential(client, relay):
    user, password = timed(int(time.time()) + 2)
    c = client(user=user, password=password)
    assert c.allocate().code == 0
    time.sleep(2.3)
    assert c.refresh().code == 0
    assert client(user=user, password=password).allocate().code == 401


def test_failures_are_counted_by_reason(client, relay):
    before = relay.metric("turnpike_turn_auth_failures_total", reason="integrity")
    client(password="wrong").allocate()
    assert relay.metric("turnpike_turn_auth_failures_total", reason="integrity") == before + 1


def test_unauthenticated_requests_hold_no_memory(client, relay):
    c = client()
    before = relay.call("node.status")["turn"]["allocations"]
    for _ in range(300):
        c.send_raw(bare())
    c.exchange(bare())
    assert relay.call("node.status")["turn"]["allocations"] == before


def test_no_secret_is_in_the_log(client, relay):
    user, password = timed(int(time.time()) + 60)
    client(user=user, password=password).allocate()
    client(password="wrong-password").allocate()
    relay.call("credential.issue", name="erin")
    with open(relay.log_file, errors="replace") as f:
        log = f.read()
    for secret in ("s3cret", "0ther", "hunter2", password, "wrong-password", '"secret"'):
        assert secret not in log
    for mac in (stun.key_md5("alice", "turnpike.test", "secret"), os.urandom(16)):
        assert mac.hex() not in log
