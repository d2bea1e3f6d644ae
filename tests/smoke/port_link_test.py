# SPDX-License-Identifier: Apache-2.0
"""A wire that is cut and mended: said, not ready meanwhile, and calls go on afterwards."""

import time

import pytest

from kit.lab import PEER4

WAIT_S = 20


def wait(done):
    end = time.monotonic() + WAIT_S
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def cut(lab):
    """The relay's wire without a carrier."""
    lab.switch.ip("link", "set", "relay", "down")
    yield
    lab.switch.ip("link", "set", "relay", "up")


def test_a_cut_wire_is_said(relay, cut):
    wait(lambda: relay.events("port_down"))
    assert relay.http("/readyz")[0] == 503 and relay.http("/healthz")[0] == 200
    assert relay.metric("turnpike_port_up", port="wan") == 0
    assert relay.call("node.status")["ports"][0]["up"] is False


def test_calls_go_on_over_the_mended_wire(lab, relay, client, peer):
    wait(lambda: relay.metric("turnpike_port_up", port="wan") == 1)
    c, p = client(), peer()
    c.allocate()
    c.permit(PEER4)
    lab.switch.ip("link", "set", "relay", "down")
    wait(lambda: relay.metric("turnpike_port_up", port="wan") == 0)
    lab.switch.ip("link", "set", "relay", "up")
    wait(lambda: relay.http("/readyz")[0] == 200)
    assert c.refresh().code == 0
    c.send(p.address, b"still here")
    assert p.receive() == (b"still here", c.relayed[0])
