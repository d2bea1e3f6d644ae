# SPDX-License-Identifier: Apache-2.0
"""CreatePermission and what a permission lets through (RFC 8656 sections 9 to 11)."""

import pytest

from kit import stun
from kit.lab import PEER4, PEER6
from kit.turn_client import QUIET_S

WANT6 = (stun.FAMILY, stun.IP6)
WANT_BOTH = (stun.ADDITIONAL_FAMILY, stun.IP6)


def made(client, *attrs, **options):
    c = client(**options)
    assert c.allocate(*attrs).code == 0
    return c


def test_without_permission_nothing_comes_in(client, peer):
    c, p = made(client), peer()
    p.send(c.relayed[0], b"knock")
    assert c.receive(QUIET_S) is None


def test_with_permission_it_does(client, peer):
    c, p = made(client), peer()
    assert c.permit(PEER4).code == 0
    p.send(c.relayed[0], b"knock")
    assert c.receive() == (p.address, b"knock")


def test_any_port_of_the_peer(client, peer):
    c = made(client)
    c.permit((PEER4, 1234))
    for _ in range(3):
        p = peer()
        p.send(c.relayed[0], b"x")
        assert c.receive() == (p.address, b"x")


def test_another_address_is_still_closed(client, peer, lab):
    c = made(client)
    c.permit(PEER4)
    other = peer(address="198.18.64.7", host=lab.client)
    other.send(c.relayed[0], b"knock")
    assert c.receive(QUIET_S) is None


def test_without_permission_nothing_goes_out(client, peer):
    c, p = made(client), peer()
    c.send(p.address, b"out")
    assert p.receive(QUIET_S) is None


def test_send_makes_no_permission(client, peer):
    c, p = made(client), peer()
    c.send(p.address, b"out")
    p.send(c.relayed[0], b"in")
    assert c.receive(QUIET_S) is None


def test_with_permission_data_goes_out_from_the_relayed_address(client, peer):
    c, p = made(client), peer()
    c.permit(PEER4)
    c.send(p.address, b"out")
    assert p.receive() == (b"out", c.relayed[0])


def test_several_peers_in_one_request(client, peer, lab):
    c = made(client)
    assert c.permit(PEER4, "198.18.64.1", "198.18.64.2").code == 0
    for address in ("198.18.64.1", "198.18.64.2"):
        p = peer(address=address, host=lab.client)
        p.send(c.relayed[0], b"x")
        assert c.receive() == (p.address, b"x")


def test_one_bad_peer_spoils_the_request(client, peer):
    c, p = made(client), peer()
    assert c.permit(PEER4, "127.0.0.1").code == 403
    p.send(c.relayed[0], b"x")
    assert c.receive(QUIET_S) is None


@pytest.mark.parametrize("attrs,code", [
    pytest.param([], 400, id="no peer"),
    pytest.param([(stun.PEER, b"\0\1\0\0\0\0")], 400, id="cut off"),
    pytest.param([(stun.PEER, b"\0\1" + b"\0" * 18)], 400, id="IPv4 of 20 bytes"),
    pytest.param([(stun.PEER, b"\0\2" + b"\0" * 6)], 400, id="IPv6 of 8 bytes"),
    pytest.param([(stun.PEER, b"\0\1" + b"\0" * 26)], 400, id="too long"),
    pytest.param([(stun.PEER, b"")], 400, id="empty"),
    pytest.param([(stun.PEER, stun.address(PEER4, 1)), (0x7001, b"")], 420, id="unknown attribute"),
])
def test_refusals(client, attrs, code):
    assert made(client).request(stun.PERMIT, attrs).code == code


def test_family_that_is_not_a_family(client):
    assert made(client).request(stun.PERMIT, [(stun.PEER, b"\0\3" + b"\0" * 6)]).code in (400, 440, 443)


def test_peer_of_the_other_family(client):
    assert made(client).permit(PEER6).code == 443
    assert made(client, WANT6).permit(PEER4).code == 443


def test_two_families(client, peer):
    c = made(client, WANT_BOTH)
    assert c.permit(PEER4, PEER6).code == 0
    for address in (PEER4, PEER6):
        p = peer(address)
        relayed = next(r for r in c.relayed if (":" in r[0]) == (":" in address))
        p.send(relayed, b"in")
        assert c.receive() == (p.address, b"in")
        c.send(p.address, b"out")
        assert p.receive() == (b"out", relayed)


def test_without_allocation(client):
    assert client().permit(PEER4).code == 437


def test_permissions_are_of_one_allocation(client, peer):
    a, b, p = made(client), made(client), peer()
    a.permit(PEER4)
    p.send(b.relayed[0], b"x")
    assert b.receive(QUIET_S) is None


def test_permission_ends_with_the_allocation(client, peer):
    c, p = made(client), peer()
    c.permit(PEER4)
    c.refresh(0)
    assert c.allocate().code == 0
    p.send(c.relayed[0], b"x")
    assert c.receive(QUIET_S) is None


def test_ended_allocation_relays_nothing(client, peer):
    c, p = made(client), peer()
    c.permit(PEER4)
    relayed = c.relayed[0]
    c.refresh(0)
    p.send(relayed, b"in")
    c.send(p.address, b"out")
    assert c.receive(QUIET_S) is None and p.receive(0.01) is None


def test_thirty_two_in_one_request(client):
    assert made(client).permit(*[f"198.18.70.{i}" for i in range(1, 33)]).code == 0


def test_permissions_have_a_bound_and_the_relay_lives(client, peer, relay):
    c, p = made(client), peer()
    codes = [c.permit(*[f"198.18.{80 + i}.{k}" for k in range(1, 31)]).code for i in range(10)]
    assert codes[0] == 0 and set(codes) <= {0, 486, 508}
    if relay.name == "turnpike":
        assert codes[-1] == 508
    d = made(client)
    d.permit(PEER4)
    p.send(d.relayed[0], b"x")
    assert d.receive() == (p.address, b"x")


def test_refusal_is_counted_under_its_name(client, peer, relay):
    before = relay.dropped("no_permission")
    c, p = made(client), peer()
    for _ in range(7):
        p.send(c.relayed[0], b"x")
    assert c.receive(QUIET_S) is None
    assert relay.dropped("no_permission") == before + 7


@pytest.mark.parametrize("attrs", [
    pytest.param([(stun.PEER, stun.address(PEER4, 7))], id="no data"),
    pytest.param([(stun.DATA_ATTR, b"x")], id="no peer"),
    pytest.param([(stun.PEER, stun.address(PEER4, 0)), (stun.DATA_ATTR, b"x")], id="port 0"),
    pytest.param([(0x7001, b""), (stun.PEER, stun.address(PEER4, 7)), (stun.DATA_ATTR, b"x")],
                 id="unknown attribute"),
])
def test_malformed_send_is_dropped(client, lab, attrs):
    from kit.turn_client import Peer

    c = made(client)
    c.permit(PEER4)
    with Peer(lab.peer, PEER4, 7) as p:
        c.send_raw(stun.encode(stun.SEND, stun.INDICATION, attrs))
        assert p.receive(QUIET_S) is None
        c.send(p.address, b"good")
        assert p.receive() == (b"good", c.relayed[0])


def test_data_indication_from_a_client_is_dropped(client, peer):
    c, p = made(client), peer()
    c.permit(PEER4)
    c.send_raw(stun.encode(stun.DATA, stun.INDICATION,
                           [(stun.PEER, stun.address(*p.address)), (stun.DATA_ATTR, b"x")]))
    assert p.receive(QUIET_S) is None
