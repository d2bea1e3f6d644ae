# SPDX-License-Identifier: Apache-2.0
"""turnpikectl token: signs what anybody can check, checks what anybody can sign. No relay."""
import base64
import hashlib
import hmac
import json
import re
import subprocess
import time

import pytest

from ctl_kit import DONE, FAILED, NOT_FOUND, USAGE, Run, same

SECRET = "0123456789abcdef0123456789abcdef"


def part(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unpart(text):
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def mac(text, secret=SECRET):
    return part(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())


def foreign(**claims):
    """A token of somebody else's making."""
    now = int(time.time())
    text = part({"alg": "HS256", "kid": "k1"}) + "." + part({"iat": now, "exp": now + 60, **claims})
    return text + "." + mac(text)


@pytest.fixture
def key(tmp_path):
    file = tmp_path / "key"
    file.write_text(SECRET + "\n")
    return file


@pytest.fixture
def config(tmp_path, key):
    file = tmp_path / "t.yaml"
    file.write_text('ports: [{name: a, device: b, addresses: ["198.18.0.1/16"]}]\n'
                    "voice: {tokens: {keys: [{id: k1, secret_file: key}, {id: k2, secret: other}]}}\n")
    return file


@pytest.fixture
def pem(tmp_path):
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    for words in (["ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", private],
                  ["ec", "-in", private, "-pubout", "-out", public]):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
    return private, public


def signed(*words):
    run = Run(["token", "sign", *words])
    assert (run.code, run.err) == (DONE, "")
    return run.out.strip()


def verified(token, *words):
    run = Run(["-j", "token", "verify", token, *words])
    return run.code, json.loads(run.out)


def test_what_it_signs(key):
    before = int(time.time())
    head, claims, tag = signed("--room", "R", "--player", "P", "--key-file", key).split(".")
    assert tag == mac(head + "." + claims)
    assert unpart(head) == {"alg": "HS256", "typ": "JWT", "kid": "k1"}
    claims = unpart(claims)
    assert before <= claims["iat"] <= time.time() and claims["exp"] == claims["iat"] + 600
    assert len(claims["jti"]) == 24
    assert {k: claims[k] for k in claims if k not in ("iat", "exp", "jti")} == {
        "room": "R", "sub": "P", "speak": True, "listen": True, "relay": True}


def test_grants_ttl_and_id(key):
    token = signed("--player", "P", "--grants", "listen", "--ttl", 60, "--id", "x1", "--rights", "show",
                   "--key", "k7", "--key-file", key)
    code, found = verified(token, "--key-file", key, "--key", "k7")
    assert code == DONE and found.pop("expires") - found.pop("issued") == 60
    assert found == {"ok": True, "key": "k7", "jti": "x1", "player": "P", "room": "", "speak": False,
                     "listen": True, "relay": False, "rights": "show"}


def test_a_foreign_token(key):
    code, found = verified(foreign(sub="P", speak=True), "--key-file", key)
    assert code == DONE and found["player"] == "P" and found["speak"] and not found["relay"]


def test_verify_as_text(key):
    token = foreign(sub="P", room="R", speak=True, jti="j1", exp=int(time.time()) + 86000)
    run = Run(["token", "verify", token, "--key-file", key])
    assert (run.code, run.err) == (DONE, "")
    same("token_verify.txt", re.sub(r"23:5\d:\d\d", "23:53:20", run.out))


@pytest.mark.parametrize("token,reason", [
    (foreign(exp=1800000000 - 10**8, iat=1800000000 - 10**8 - 60), "expired"),
    (foreign(nbf=int(time.time()) + 80000, exp=int(time.time()) + 86000), "not_yet"),
    (foreign()[:-1], "bad_signature"),
    ("x", "malformed"),
], ids=["expired", "not yet", "cut", "none"])
def test_bad_tokens(key, token, reason):
    code, found = verified(token, "--key-file", key)
    assert code == FAILED and found["ok"] is False and found["reason"] == reason
    run = Run(["token", "verify", token, "--key-file", key])
    assert run.code == FAILED and not run.out and f"({reason})" in run.err


def test_keys_of_a_configuration(config):
    first = signed("--player", "P", "--config", config)
    other = signed("--player", "P", "--config", config, "--key", "k2")
    assert verified(first, "--config", config)[1]["key"] == "k1"
    assert verified(other, "--config", config)[1]["key"] == "k2"
    run = Run(["token", "sign", "--config", config, "--key", "k3"])
    assert run.code == NOT_FOUND and "'k3'" in run.err


def test_es256(pem):
    private, public = pem
    token = signed("--player", "P", "--key-file", private, "--algorithm", "ES256")
    for file in pem:
        assert verified(token, "--key-file", file, "--algorithm", "ES256")[0] == DONE
    run = Run(["token", "sign", "--player", "P", "--key-file", public, "--algorithm", "ES256"])
    assert run.code != DONE and "public" in run.err
    head, claims, _ = token.split(".")
    confused = part({"alg": "HS256", "kid": "k1"}) + "." + claims
    confused += "." + mac(confused, public.read_text())
    code, found = verified(confused, "--key-file", public, "--algorithm", "ES256")
    assert code == FAILED and found["reason"] == "wrong_algorithm"


@pytest.mark.parametrize("words,code,part_", [
    (["--ttl", "0"], USAGE, "--ttl"),
    (["--ttl", "86401"], USAGE, "--ttl"),
    (["--grants", "speak,sing"], USAGE, "'sing'"),
    (["--rights", "all"], USAGE, "'all'"),
    (["--player", "p" * 129], USAGE, "128"),
    (["--algorithm", "EdDSA"], USAGE, "EdDSA"),
    (["--algorithm", "none"], USAGE, "HS256 or ES256"),
    (["--algorithm", "ES256"], FAILED, "PEM"),
])
def test_mistakes(key, words, code, part_):
    run = Run(["token", "sign", "--key-file", key, *words])
    assert run.code == code and part_ in run.err and not run.out
    assert SECRET not in run.err


def test_files_that_are_not_there(tmp_path):
    assert Run(["token", "sign", "--key-file", tmp_path / "absent"]).code == NOT_FOUND
    assert Run(["token", "sign", "--config", tmp_path / "absent"]).code == NOT_FOUND
    assert Run(["token", "sign", "--key-file", tmp_path]).code == FAILED
    (tmp_path / "bad.yaml").write_text("ports: 7\n")
    run = Run(["token", "sign", "--config", tmp_path / "bad.yaml"])
    assert run.code == FAILED and "ports" in run.err
