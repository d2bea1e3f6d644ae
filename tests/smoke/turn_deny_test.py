# SPDX-License-Identifier: Apache-2.0
"""Peers that are denied, in every form that an address can be written."""

import ipaddress

import pytest

from kit import stun
from kit.lab import PEER4, PEER6
from kit.turn_client import QUIET_S

CONFIG = {"turn": {"deny_peers": ["default", "198.18.70.0/24", "2001:2:0:0:70::/80"],
                   "allow_peers": ["10.77.0.0/16", "198.18.70.7"]}}
WANT6 = (stun.FAMILY, stun.IP6)

DENIED4 = ["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
           "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255",
           "192.0.0.8", "192.168.1.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
           "198.18.70.1"]
PASSED4 = ["8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.255.255", "172.32.0.1", "192.167.255.255",
           "198.18.70.7", "10.77.0.1", "11.0.0.1", "223.255.255.255"]
DENIED6 = ["::", "::1", "fe80::1", "febf::1", "fc00::1", "fdff::1", "ff02::1", "ff0e::1", "fec0::1",
           "2001:2:0:0:70::5"]
PASSED6 = ["2001:2::3", "2606:4700::1", "2400::1"]


def within(v4):
    """IPv6 addresses that lead to an IPv4 address."""
    n = int(ipaddress.ip_address(v4))
    hi, lo = n >> 16, n & 0xFFFF
    return {
        "mapped": f"::ffff:{v4}",
        "compatible": f"::{v4}",
        "6to4": f"2002:{hi:x}:{lo:x}::1",
        "nat64": f"64:ff9b::{v4}",
        "nat64 local": f"64:ff9b:1::{v4}",
        "teredo": f"2001:0:808:808:0:0:{hi ^ 0xFFFF:x}:{lo ^ 0xFFFF:x}",
        "teredo server": f"2001:0:{hi:x}:{lo:x}:0:0:f7f7:f7f7",
        "isatap": f"2001:2:0:0:0:5efe:{hi:x}:{lo:x}",
        "translated": f"::ffff:0:{hi:x}:{lo:x}",
    }


FORMS = [(form, address) for v4 in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.0.1")
         for form, address in within(v4).items()]


@pytest.fixture
def four(client):
    c = client()
    assert c.allocate().code == 0
    return c


@pytest.fixture
def six(client):
    c = client()
    assert c.allocate(WANT6).code == 0
    return c


@pytest.mark.parametrize("address", DENIED4)
def test_ipv4(four, address):
    assert four.permit(address).code == 403
    assert four.bind(0x4000, (address, 80)).code == 403


@pytest.mark.parametrize("address", PASSED4)
def test_ipv4_that_is_allowed(four, address):
    assert four.permit(address).code == 0


@pytest.mark.parametrize("address", DENIED6)
def test_ipv6(six, address):
    assert six.permit(address).code == 403
    assert six.bind(0x4000, (address, 80)).code == 403


@pytest.mark.parametrize("address", PASSED6)
def test_ipv6_that_is_allowed(six, address):
    assert six.permit(address).code == 0


@pytest.mark.parametrize("form,address", FORMS, ids=lambda v: v.replace(":", "."))
def test_ipv4_within_ipv6(six, form, address):
    assert six.permit(address).code == 403, form
    assert six.bind(0x4000, (address, 80)).code == 403, form


def test_mapped_form_of_an_allowed_address_is_no_second_name(six):
    assert six.permit("::ffff:198.18.0.3").code in (403, 443)


def test_a_denied_peer_cannot_speak_either(client, peer, lab):
    """198.18.70.1 is denied: no permission, so nothing from it arrives."""
    c = client()
    c.allocate()
    c.permit("198.18.70.1", PEER4)
    p = peer(address="198.18.70.1", host=lab.client)
    p.send(c.relayed[0], b"x")
    assert c.receive(QUIET_S) is None


def test_send_to_a_denied_peer_goes_nowhere(client, peer, lab):
    c = client()
    c.allocate()
    p = peer(address="198.18.70.1", host=lab.client)
    c.send(p.address, b"x")
    assert p.receive(QUIET_S) is None


def test_send_by_mapped_form_needs_the_permission_of_its_own(client, peer):
    c, p = client(), peer()
    c.allocate()
    c.permit(PEER4)
    c.send(("::ffff:" + p.address[0], p.address[1]), b"x")
    assert p.receive(QUIET_S) is None


def test_reload_takes_a_permission_back(client, peer, relay):
    """A rule that is added by reload also ends what older permissions let through."""
    if relay.name == "coturn":
        pytest.skip("no reload of rules")
    c, p = client(), peer()
    c.allocate()
    c.permit(PEER4)
    config = relay.config
    changed = dict(config, turn=dict(config["turn"], deny_peers=["default", PEER4 + "/32"]))
    relay.configure(changed)
    try:
        relay.call("config.reload")
        assert c.permit(PEER4).code == 403
        p.send(c.relayed[0], b"x")
        assert c.receive(QUIET_S) is None
    finally:
        relay.configure(config)
        relay.call("config.reload")


def test_ipv6_of_the_lab_is_open(six, peer):
    p = peer(PEER6)
    assert six.permit(PEER6).code == 0
    six.send(p.address, b"x")
    assert p.receive() == (b"x", six.relayed[0])
