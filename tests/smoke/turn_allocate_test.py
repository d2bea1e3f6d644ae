# SPDX-License-Identifier: Apache-2.0
"""Allocate and Refresh (RFC 8656 sections 7 and 8)."""

import os
import struct

import pytest

from kit import stun
from kit.lab import CLIENT6, RELAY4, RELAY6

BOTH = pytest.mark.parametrize("server", [RELAY4, RELAY6])
WANT6 = (stun.FAMILY, stun.IP6)
BOTH_FAMILIES = (stun.ADDITIONAL_FAMILY, stun.IP6)
EVEN = (stun.EVEN_PORT, b"\0")
PAIR = (stun.EVEN_PORT, b"\x80")


def lifetime(seconds):
    return stun.LIFETIME, struct.pack("!I", seconds)


@BOTH
def test_success_tells_relayed_and_mapped_address(client, server):
    c = client(server=server)
    answer = c.allocate()
    assert answer.code == 0
    assert answer.address(stun.XOR_MAPPED) == c.address
    (address, port), = answer.relayed
    assert address == RELAY4 and 49152 <= port <= 65535
    assert answer.lifetime == 600


@BOTH
def test_ipv6_address_when_asked_for(client, server):
    (address, port), = client(server=server).allocate(WANT6).relayed
    assert address == RELAY6 and port >= 49152


def test_ipv4_address_when_asked_for(client):
    (address, _), = client().allocate((stun.FAMILY, stun.IP4)).relayed
    assert address == RELAY4


def test_two_addresses(client):
    answer = client().allocate(BOTH_FAMILIES)
    assert sorted(a for a, _ in answer.relayed) == sorted([RELAY4, RELAY6])


@pytest.mark.parametrize("asked,given", [(0, 600), (10, 600), (600, 600), (1200, 1200), (3600, 3600),
                                         (3601, 3600), (0xFFFFFFFF, 3600)])
def test_lifetime_is_kept_within_bounds(client, asked, given):
    assert client().allocate(lifetime(asked)).lifetime == given


@pytest.mark.parametrize("attrs,code", [
    pytest.param([], 400, id="no transport"),
    pytest.param([(stun.TRANSPORT, b"\x06\0\0\0")], 442, id="tcp"),
    pytest.param([(stun.TRANSPORT, b"\xff\0\0\0")], 442, id="protocol 255"),
    pytest.param([(stun.TRANSPORT, b"\x11\0\0")], 400, id="transport of 3 bytes"),
    pytest.param([(stun.TRANSPORT, b"\x11\0\0\0\0")], 400, id="transport of 5 bytes"),
    pytest.param([(stun.TRANSPORT, stun.UDP), (stun.FAMILY, b"\x03\0\0\0")], 440, id="family 3"),
    pytest.param([(stun.TRANSPORT, stun.UDP), (stun.FAMILY, b"\0\0\0\0")], 440, id="family 0"),
    pytest.param([(stun.TRANSPORT, stun.UDP), (stun.FAMILY, b"\x01")], 400, id="family of 1 byte"),
    pytest.param([(stun.TRANSPORT, stun.UDP), (stun.FAMILY, stun.IP4), BOTH_FAMILIES], 400,
                 id="family and additional family"),
    pytest.param([(stun.TRANSPORT, stun.UDP), (stun.ADDITIONAL_FAMILY, stun.IP4)], 400,
                 id="additional IPv4"),
    pytest.param([(stun.TRANSPORT, stun.UDP), PAIR, BOTH_FAMILIES], 400, id="pair and two families"),
    pytest.param([(stun.TRANSPORT, stun.UDP), (stun.EVEN_PORT, b"\0\0\0\0")], 400, id="even port of 4"),
    pytest.param([(stun.TRANSPORT, stun.UDP), (stun.LIFETIME, b"\0\1")], 400, id="lifetime of 2 bytes"),
    pytest.param([(stun.TRANSPORT, stun.UDP), (stun.TOKEN, b"12345678")], 508, id="token of nobody"),
    pytest.param([(stun.TRANSPORT, stun.UDP), (stun.TOKEN, b"1234")], 400, id="token of 4 bytes"),
    pytest.param([(stun.TRANSPORT, stun.UDP), (stun.TOKEN, b"12345678"), EVEN], 400, id="token and even"),
    pytest.param([(stun.TRANSPORT, stun.UDP), (stun.TOKEN, b"12345678"), WANT6], 400,
                 id="token and family"),
    pytest.param([(stun.TRANSPORT, stun.UDP), (stun.TOKEN, b"12345678"), BOTH_FAMILIES], 400,
                 id="token and additional family"),
    pytest.param([(stun.TRANSPORT, stun.UDP), (0x7ABC, b"")], 420, id="unknown attribute"),
])
def test_refusals(client, attrs, code):
    c = client()
    answer = c.request(stun.ALLOCATE, attrs)
    assert answer.code == code
    if code == 420:
        assert answer.unknown == [0x7ABC]
    assert c.refresh().code == 437, "a refused request made an allocation"


def test_error_answers_carry_integrity(client):
    c = client()
    answer = c.request(stun.ALLOCATE, [(stun.TRANSPORT, b"\x06\0\0\0")])
    assert answer.integrity_ok(c.key)


def test_even_port(client):
    for _ in range(6):
        (_, port), = client().allocate(EVEN).relayed
        assert port % 2 == 0


def test_pair_reserves_the_next_port(client):
    first = client().allocate(PAIR)
    (address, port), = first.relayed
    token = first.get(stun.TOKEN)
    assert port % 2 == 0 and len(token) == 8
    second = client().allocate((stun.TOKEN, token))
    assert second.relayed == [(address, port + 1)]
    assert client().allocate((stun.TOKEN, token)).code == 508, "a token serves once"


def test_reserved_port_is_given_to_nobody_else(client):
    first = client().allocate(PAIR)
    (address, port), = first.relayed
    taken = {client().allocate().relayed[0] for _ in range(30)}
    assert (address, port + 1) not in taken


def test_dont_fragment_is_understood(client):
    assert client().allocate((stun.DONT_FRAGMENT, b"")).code == 0


def test_second_allocation_of_a_5_tuple_is_refused(client):
    c = client()
    relayed = c.allocate().relayed
    assert c.request(stun.ALLOCATE, [(stun.TRANSPORT, stun.UDP)]).code == 437
    assert c.refresh(600).code == 0 and c.relayed == relayed


def test_relayed_addresses_are_distinct(client):
    relayed = [client().allocate().relayed[0] for _ in range(40)]
    assert len(set(relayed)) == 40


def test_ports_are_not_in_sequence(client):
    ports = [client().allocate().relayed[0][1] for _ in range(8)]
    steps = {abs(a - b) for a, b in zip(ports, ports[1:])}
    assert len(steps) > 2, ports


def test_same_client_port_over_both_families_are_two_5_tuples(client, lab):
    a = client()
    b = client(server=RELAY6, bind=(CLIENT6, a.address[1]))
    assert a.allocate().code == 0 and b.allocate().code == 0


def test_indication_makes_no_allocation(client):
    c = client()
    c.login()
    c.send_raw(c.seal(stun.encode(stun.ALLOCATE, stun.INDICATION,
                                  [(stun.TRANSPORT, stun.UDP)] + c.credentials())))
    assert c.receive_raw(0.15) is None
    assert c.refresh().code == 437


def test_what_follows_the_integrity_is_not_honoured(client):
    c = client()
    raw = stun.append(c.encode(stun.ALLOCATE, [(stun.TRANSPORT, stun.UDP)]), *lifetime(1800))
    answer = c.exchange(raw)
    c.relayed = answer.relayed
    assert answer.code == 0 and answer.lifetime == 600


def test_transport_after_the_integrity_is_missing(client):
    c = client()
    assert c.exchange(stun.append(c.encode(stun.ALLOCATE), stun.TRANSPORT, stun.UDP)).code == 400


def test_first_of_a_repeated_attribute_counts(client):
    assert client().allocate(lifetime(1200), lifetime(3000)).lifetime == 1200


def test_unknown_optional_attribute_is_ignored(client):
    assert client().allocate((0xC0DE, os.urandom(7))).code == 0


# --- Refresh

def test_refresh_prolongs(client):
    c = client()
    c.allocate()
    assert c.refresh(1500).lifetime == 1500
    assert c.refresh().lifetime == 600
    assert c.refresh(10**6).lifetime == 3600


def test_refresh_without_allocation(client):
    assert client().refresh(600).code == 437


def test_refresh_of_zero_ends_it(client):
    c = client()
    c.allocate()
    assert c.refresh(0).lifetime == 0
    assert c.refresh(600).code == 437
    assert c.allocate().code == 0


def test_refresh_of_the_wrong_family(client):
    c = client()
    c.allocate()
    assert c.refresh(600, WANT6).code == 443
    assert c.refresh(600, (stun.FAMILY, stun.IP4)).code == 0


def test_refresh_with_unknown_attribute(client):
    c = client()
    c.allocate()
    answer = c.refresh(600, (0x7ABC, b"x"))
    assert answer.code == 420 and answer.unknown == [0x7ABC]


def test_one_of_two_addresses_can_end(client):
    c = client()
    c.allocate(BOTH_FAMILIES)
    assert c.request(stun.REFRESH, [lifetime(0), WANT6]).code == 0
    assert c.permit("198.18.0.3").code == 0
    assert c.permit("2001:2::3").code == 443


def test_malformed_lifetime_in_refresh(client):
    c = client()
    c.allocate()
    assert c.request(stun.REFRESH, [(stun.LIFETIME, b"\0\0\1")]).code == 400
    assert c.refresh().code == 0
