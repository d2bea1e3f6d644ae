# SPDX-License-Identifier: Apache-2.0
"""One lab for the whole run, one relay for each module (its CONFIG goes on top of the lab's)."""

import os

import pytest

from kit.coturn import Coturn
from kit.lab import Lab
from kit.relay import Relay
from kit.turn_client import Peer, TurnClient

KIND = Coturn if os.environ.get("TURNPIKE_SUT") == "coturn" else Relay


@pytest.fixture(scope="session")
def lab():
    with Lab() as made:
        yield made


@pytest.fixture(scope="module")
def relay(lab, request):
    """Alive at the end and orderly in its going, or the module's last test fails."""
    running = lab.start(getattr(request.module, "CONFIG", None), KIND)
    yield running
    died = not running.alive()
    code = running.stop()
    assert not died and code == 0, f"relay ended with {code}:\n{running.log_tail()}"


@pytest.fixture
def client(lab, relay):
    """Makes clients; the test's end closes them and ends their allocations."""
    made = []

    def make(**options):
        made.append(TurnClient(options.pop("host", lab.client), **options))
        return made[-1]

    yield make
    for c in made:
        c.close(delete=relay.alive())


@pytest.fixture
def peer(lab):
    made = []

    def make(address=None, port=0, host=None):
        made.append(Peer(host or lab.peer, address or lab.peer4, port))
        return made[-1]

    yield make
    for p in made:
        p.sock.close()
