# SPDX-License-Identifier: Apache-2.0
"""Session tokens: exchanged for a TURN credential, revoked at once, keys rotated by a reload."""

import base64
import copy
import hashlib
import hmac
import json
import time

import pytest

from kit import stun
from kit.relay import RpcError
from kit.turn_client import Peer

CONFIG = {
    "turn": {"shared_secrets": ["s3cret"], "credential_ttl": 300},
    "voice": {"tokens": {"keys": [{"id": "k1", "algorithm": "HS256", "secret": "one" * 16},
                                  {"id": "k2", "algorithm": "HS256", "secret": "two" * 16},
                                  {"id": "weak", "secret": "s3cret"}]}},
}
DENIED, PARAMS, NOT_FOUND, REFUSED = -32001, -32602, -32002, -32003
SKEW_S = 30
serial = iter(range(10**6))


def part(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign(player, secret="one" * 16, kid="k1", **claims):
    """By nobody's library: RFC 7515's HMAC-SHA256 over header and claims."""
    now = int(time.time())
    claims = {"sub": player, "relay": True, "iat": now, "exp": now + 600,
              "jti": f"t{next(serial)}", **claims}
    text = part({"alg": "HS256", "kid": kid}) + "." + part(claims)
    return text + "." + part(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())


def exchange(relay, client, token):
    """A client with the credential that the token is good for."""
    given = relay.call("credential.issue", token=token)
    return client(user=given["username"], password=given["password"])


def refused(relay, method="credential.issue", **params):
    with pytest.raises(RpcError) as caught:
        relay.call(method, **params)
    return caught.value


def listed(relay, name):
    return [a for a in relay.call("turn.list")["allocations"] if f":{name}~" in a["user"] or a["user"] == name]


def test_a_token_becomes_a_credential_that_relays(relay, client, peer):
    p = peer()
    given = relay.call("credential.issue", token=sign("ada"))
    assert given["ttl_s"] == 300 and ":ada~" in given["username"] and given["uris"]
    c = client(user=given["username"], password=given["password"])
    assert c.allocate().code == 0
    assert c.permit(p.address[0]).code == 0
    c.send(p.address, b"hello")
    assert p.receive()[0] == b"hello"


def test_lives_no_longer_than_the_token(relay):
    now = int(time.time())
    assert relay.call("credential.issue", token=sign("ada", exp=now + 60))["ttl_s"] <= 60
    assert relay.call("credential.issue", token=sign("ada"), ttl_s=100)["ttl_s"] == 100
    assert relay.call("credential.issue", token=sign("ada"), ttl_s=80000)["ttl_s"] == 300


@pytest.mark.parametrize("token,reason", [
    (lambda: sign("eve", secret="guess"), "bad_signature"),
    (lambda: sign("eve", kid="k9"), "unknown_key"),
    (lambda: sign("eve", exp=int(time.time()) - SKEW_S - 5, iat=int(time.time()) - 100), "expired"),
    (lambda: sign("eve", nbf=int(time.time()) + SKEW_S + 60), "not_yet"),
    (lambda: sign("eve", exp=int(time.time()) + 90000), "too_long_lived"),
    (lambda: sign("eve").rsplit(".", 1)[0] + ".", "bad_signature"),
    (lambda: "eve", "malformed"),
], ids=lambda v: v if isinstance(v, str) else "")
def test_bad_tokens_are_counted_and_never_logged(relay, token, reason):
    text = token()
    before = relay.metric("turnpike_token_failures_total", reason=reason)
    error = refused(relay, token=text)
    assert error.code == DENIED and reason in str(error) and error.data["field"] == "token"
    assert relay.metric("turnpike_token_failures_total", reason=reason) == before + 1
    assert any(e["reason"] == reason for e in relay.events("token_refused"))
    with open(relay.log_file) as log:
        assert len(text) < 10 or text not in log.read()


def test_relay_must_be_granted(relay):
    assert refused(relay, token=sign("eve", relay=False)).code == DENIED
    assert refused(relay, token=sign("eve"), name="eve").code == PARAMS
    assert refused(relay).data["expected"] == "one of name and token"


@pytest.mark.parametrize("method, params, field", [
    ("credential.issue", {"token": "eve"}, "token"), ("credential.issue", {"name": "x" * 600}, "name"),
    ("credential.revoke", {}, "token"), ("credential.revoke", {"jti": "a", "user": "b"}, "token"),
    ("credential.allow", {"user": "never"}, "user"), ("node.drain", {"alternate": "nowhere"}, "alternate"),
    ("events.subscribe", {"kinds": ["no"]}, "kinds"),
])
def test_an_error_names_the_field_and_what_was_expected(relay, method, params, field):
    error = refused(relay, method, **params)
    assert error.data["field"] == field and error.data["expected"]


@pytest.mark.parametrize("by", ["token", "jti", "player", "user"])
def test_revoking_ends_what_it_has_at_once_and_for_good(relay, client, peer, by):
    name, p = f"bob-{by}", peer()
    token = sign(name, jti=f"j-{by}")
    c = exchange(relay, client, token)
    assert c.allocate().code == 0 and c.permit(p.address[0]).code == 0
    other = exchange(relay, client, sign("bystander"))
    assert other.allocate().code == 0
    what = {"token": token, "jti": f"j-{by}", "player": name, "user": name}[by]
    result = relay.call("credential.revoke", **{by: what})
    assert result["ended"] == 1 and not listed(relay, name)
    c.send(p.address, b"late")
    assert p.receive(0.3) is None
    before = relay.metric("turnpike_turn_auth_failures_total", reason="revoked")
    assert c.allocate().code == 401
    assert relay.metric("turnpike_turn_auth_failures_total", reason="revoked") == before + 1
    assert "revoked" in str(refused(relay, token=token))
    assert other.refresh(600).code == 0


def test_one_token_is_not_all(relay, client):
    first, second = (exchange(relay, client, sign("ann", jti=j)) for j in ("a1", "a2"))
    assert first.allocate().code == 0 and second.allocate().code == 0
    assert relay.call("credential.revoke", jti="a1")["ended"] == 1
    assert second.refresh(600).code == 0


def test_later_tokens_of_a_player_are_good(relay, client):
    relay.call("credential.revoke", player="kim")
    assert "revoked" in str(refused(relay, token=sign("kim")))
    later = int(time.time()) + SKEW_S + 2  # a clock that is ahead, by less than is too much after all
    token = sign("kim", iat=later - 1, exp=later + 60)
    for _ in range(50):
        try:
            c = exchange(relay, client, token)
            break
        except RpcError as error:
            assert "not_yet" in str(error)
            time.sleep(0.1)
    assert c.allocate().code == 0


def test_a_static_user_until_allowed(relay, client):
    bob, alice = client(user="bob", password="hunter2"), client()
    assert bob.allocate().code == 0 and alice.allocate().code == 0
    assert relay.call("credential.revoke", user="bob") == {
        "by": "user", "name": "bob", "ended": 1, "for_s": None}
    assert bob.allocate().code == 401
    assert refused(relay, name="bob").code == REFUSED
    assert alice.refresh(600).code == 0
    relay.call("credential.allow", user="bob")
    assert bob.allocate().code == 0
    assert refused(relay, "credential.allow", user="bob").code == NOT_FOUND


def test_keys_are_rotated_by_a_reload(relay, client):
    old, new = sign("rot"), sign("rot", secret="new" * 16, kid="k3")
    c = exchange(relay, client, old)
    assert c.allocate().code == 0
    assert "unknown_key" in str(refused(relay, token=new))
    config = copy.deepcopy(relay.config)
    try:
        fresh = copy.deepcopy(config)
        fresh["voice"]["tokens"]["keys"] = [{"id": "k2", "algorithm": "HS256", "secret": "two" * 16},
                                            {"id": "k3", "algorithm": "HS256", "secret": "new" * 16}]
        relay.configure(fresh)
        relay.call("config.reload")
        assert "unknown_key" in str(refused(relay, token=old))
        assert relay.call("credential.issue", token=new)
        assert relay.call("credential.issue", token=sign("rot", secret="two" * 16, kid="k2"))
        assert c.refresh(600).code == 0  # what was given before goes on
        bad = copy.deepcopy(fresh)
        bad["voice"]["tokens"]["keys"][0] = {"id": "k2", "algorithm": "ES256", "secret": "no PEM"}
        relay.configure(bad)
        assert refused(relay, "config.reload").code == REFUSED
        assert relay.call("credential.issue", token=new)
    finally:
        relay.configure(config)
        relay.call("config.reload")


def ask(relay, method, token, **params):
    line = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params, "token": token}
    return json.loads(relay.exchange_line(json.dumps(line)))


def test_a_token_narrows_a_control_connection(relay):
    show, change = sign("op", rights="show"), sign("op", rights="change")
    assert "result" in ask(relay, "node.status", show)
    assert ask(relay, "credential.issue", show, name="x")["error"]["code"] == DENIED
    assert "result" in ask(relay, "credential.issue", change, name="x")
    assert ask(relay, "node.status", sign("op"))["error"]["code"] == DENIED
    assert ask(relay, "node.status", "nonsense")["error"]["code"] == DENIED
    assert ask(relay, "node.status", 7)["error"]["code"] == -32600


def test_a_token_gives_nothing_that_the_door_does_not(relay):
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "credential.issue",
                       "params": {"name": "x"}, "token": sign("op", rights="change")})
    answer = json.loads(relay.exchange_line(line, "read_socket"))
    assert answer["error"]["code"] == DENIED


def test_command_line(relay, client):
    def ctl(*words):
        done = relay.ctl("-j", *words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    token = ctl("token", "sign", "--config", relay.config_file, "--player", "cli", "--ttl", 60)["token"]
    assert ctl("token", "verify", "--config", relay.config_file, token)["player"] == "cli"
    given = ctl("credential", "issue", "--token", token)
    c = client(user=given["username"], password=given["password"])
    assert c.allocate().code == 0
    assert ctl("credential", "revoke", "--token", token)["ended"] == 1
    assert relay.ctl("credential", "issue", "--token", token).returncode == 4
    assert c.allocate().code == 401


def test_guessing_closes_the_guessers_door_only(lab, relay, client):
    good = client()
    assert good.allocate().code == 0
    bad = client(password="guess", bind=("198.18.64.66", 0))
    codes = []
    for _ in range(40):
        answer = bad.allocate()
        codes.append(answer.code if answer else None)
        if not answer:
            break
    assert set(codes) == {401, None} and codes[-1] is None, codes
    assert relay.metric("turnpike_turn_auth_failures_total", reason="limited") >= 1
    assert good.refresh(600).code == 0
    assert client(bind=("198.18.64.67", 0)).allocate().code == 0  # alice, from elsewhere
    assert client(user="bob", password="hunter2", bind=("198.18.64.66", 0)).allocate().code == 0
    assert any(e["reason"] == "integrity" for e in relay.events("turn_auth_failed"))


def test_weak_keys_are_said(relay):
    assert [e["id"] for e in relay.events("token_key_weak")][:1] == ["weak"]
