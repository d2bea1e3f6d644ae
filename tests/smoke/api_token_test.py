# SPDX-License-Identifier: Apache-2.0
"""A token with a request: every method × caller × what the token grants. It takes away, and never gives."""

import time

import pytest
from api_rights_test import CALLERS, CHANGE, DENIED, GROUP, MATRIX, OUT, PARAMS, SHOW, ask, doors, verdict  # noqa: F401
from token_test import sign

CONFIG = {
    "control": {"group": GROUP},
    "voice": {"tokens": {"keys": [{"id": "k1", "algorithm": "HS256", "secret": "one" * 16}]}},
}

# What is granted, and which methods that leaves to those who may call them anyway.
GRANTS = {
    "none": (lambda: sign("ada"), ()),
    "show": (lambda: sign("ada", rights="show"), (SHOW,)),
    "change": (lambda: sign("ada", rights="change"), (SHOW, CHANGE)),
    "change, forged": (lambda: sign("ada", secret="guess", rights="change"), ()),
    "change, expired": (lambda: sign("ada", rights="change", iat=int(time.time()) - 200,
                                     exp=int(time.time()) - 100), ()),
}


@pytest.fixture(autouse=True)
def ready(relay):
    yield
    relay.call("node.resume")
    relay.call("log.level", level="info")


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("grant", GRANTS)
def test_column(doors, caller, grant):  # noqa: F811
    key, uid, gid = CALLERS[caller]
    token, leaves = GRANTS[grant]
    column = list(CALLERS).index(caller)
    want = {m: row[column] if row in leaves or row[column] == OUT else DENIED for m, row in MATRIX.items()}
    answers = ask(doors[key], uid, gid, *({"method": m, "params": PARAMS.get(m, {}), "token": token()} for m in MATRIX))
    if answers == OUT:
        assert set(want.values()) == {OUT}
    else:
        assert {m: verdict([a]) for m, a in zip(MATRIX, answers)} == want


def test_a_refusal_says_why(doors):  # noqa: F811
    key, uid, gid = CALLERS["root, control"]
    error = ask(doors[key], uid, gid, {"method": "node.drain", "token": GRANTS["show"][0]()})[0]["error"]
    assert error["data"]["field"] == "token" and "lacks_grant" in error["message"] and error["data"]["expected"]
    error = ask(doors[key], uid, gid, {"method": "node.status", "token": 7})[0]["error"]
    assert error["code"] == -32600
