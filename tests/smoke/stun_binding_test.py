# SPDX-License-Identifier: Apache-2.0
"""Binding (RFC 8489): answered by a worker, without state."""

import struct

import pytest

from kit import stun
from kit.lab import RELAY4, RELAY6

BOTH = pytest.mark.parametrize("server", [RELAY4, RELAY6])


def binding(*attrs, **kw):
    return stun.encode(stun.BINDING, stun.REQUEST, attrs, **kw)


@BOTH
def test_answer_tells_the_mapped_address(client, server):
    c = client(server=server)
    answer = c.exchange(binding())
    assert answer.cls == stun.SUCCESS and answer.method == stun.BINDING
    assert answer.address(stun.XOR_MAPPED) == c.address


@BOTH
def test_fingerprint_is_answered_with_fingerprint(client, server):
    answer = client(server=server).exchange(stun.fingerprint(binding()))
    assert answer.fingerprint_ok() and answer.attrs[-1][0] == stun.FINGERPRINT


def test_wrong_fingerprint_is_ignored(client):
    assert client().silent(stun.fingerprint(binding(), spoil=1))


def test_unknown_comprehension_required_attribute_is_420(client):
    answer = client().exchange(binding((0x7FFE, b"abcd")))
    assert answer.code == 420 and answer.unknown == [0x7FFE]


def test_unknown_attributes_are_all_listed(client):
    answer = client().exchange(binding((0x7FFE, b"abcd"), (0x7FFD, b"x"), (0x0033, b"")))
    assert answer.code == 420 and sorted(answer.unknown) == [0x0033, 0x7FFD, 0x7FFE]


def test_unknown_comprehension_optional_attribute_is_ignored(client):
    assert client().exchange(binding((0xFFFE, b"abc"))).cls == stun.SUCCESS


def test_padding_may_be_anything(client):
    body = stun.attribute(stun.SOFTWARE, b"x", pad=b"\xaa")
    raw = stun.header(stun.BINDING, stun.REQUEST, len(body), b"t" * 12) + body
    assert client().exchange(raw).cls == stun.SUCCESS


@pytest.mark.parametrize("name,raw", [
    ("length not a multiple of four", stun.header(1, 0, 3, b"a" * 12) + b"abc"),
    ("length beyond the datagram", stun.header(1, 0, 64, b"a" * 12)),
    ("length short of the datagram", stun.header(1, 0, 0, b"a" * 12) + stun.attribute(0x8022, b"abcd")),
    ("header cut off", stun.header(1, 0, 0, b"a" * 12)[:19]),
    ("first bits set", b"\xc0\x01" + stun.header(1, 0, 0, b"a" * 12)[2:]),
    ("attribute beyond the message", stun.header(1, 0, 8, b"a" * 12) + struct.pack("!HHI", 0x8022, 400, 0)),
    ("attribute header cut off", stun.header(1, 0, 2, b"a" * 12) + b"\x80\x22"),
    ("empty", b""),
    ("one byte", b"\0"),
])
def test_malformed_is_dropped(client, name, raw):
    c = client()
    assert c.silent(raw), name
    assert c.exchange(binding()).cls == stun.SUCCESS


def test_indication_is_not_answered(client):
    assert client().silent(stun.encode(stun.BINDING, stun.INDICATION))


@pytest.mark.parametrize("cls", [stun.SUCCESS, stun.ERROR])
def test_answers_are_not_answered(client, cls):
    assert client().silent(stun.encode(stun.BINDING, cls))


def test_unknown_method_is_not_served(client):
    answer = client().exchange(stun.encode(0x0F1, stun.REQUEST), 0.15)
    assert answer is None or answer.cls == stun.ERROR


def test_transaction_id_is_repeated(client):
    tid = bytes(range(12))
    assert client().exchange(binding(tid=tid)).tid == tid


def test_answer_is_no_amplifier(client):
    request = binding()
    for server in (RELAY4,):
        answer = client(server=server).exchange(request)
        assert len(answer.raw) + 28 <= 2 * (len(request) + 28)


def test_many_at_once_are_all_answered(client):
    c = client()
    wanted = set()
    for i in range(200):
        tid = struct.pack("!III", 7, 7, i)
        wanted.add(tid)
        c.send_raw(binding(tid=tid))
    while wanted:
        got = c.receive_raw(1)
        assert got, f"{len(wanted)} answers missing"
        wanted.discard(got[8:20])
