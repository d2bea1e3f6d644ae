# SPDX-License-Identifier: Apache-2.0
"""legacy_channels: the channel numbers of RFC 5766, for clients of its time."""

import pytest

from kit.lab import PEER4

CONFIG = {"turn": {"legacy_channels": True}}


@pytest.mark.parametrize("n", [0x4000, 0x5000, 0x6ABC, 0x7FFE])
def test_both_ways(client, peer, n):
    c, p = client(), peer()
    c.allocate()
    assert c.bind(n, p.address).code == 0
    c.channel_send(n, b"out")
    assert p.receive() == (b"out", c.relayed[0])
    p.send(c.relayed[0], b"in")
    assert c.receive() == (n, b"in")


@pytest.mark.parametrize("n", [0x3FFF, 0x8000])
def test_out_of_range(client, n):
    c = client()
    c.allocate()
    assert c.bind(n, (PEER4, 9)).code == 400
