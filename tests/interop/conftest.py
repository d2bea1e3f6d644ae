# SPDX-License-Identifier: Apache-2.0
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from kit.chromium import Chromium, together  # noqa: E402
from kit.fixtures import client, lab, peer, relay  # noqa: E402, F401
from kit.room import Door, Room  # noqa: E402


@pytest.fixture(scope="session")
def chromium(lab):  # noqa: F811
    """Browsers `client` and `peer` in the namespaces of these names."""
    driver = Chromium()
    try:
        together([driver.send("browser", name=host, namespace=getattr(lab, host).name) for host in ("client", "peer")])
        yield driver
    finally:
        driver.close()


@pytest.fixture(scope="module")
def door(lab, relay):  # noqa: F811
    made = Door(lab, relay)
    yield made
    made.close()


@pytest.fixture
def room(chromium, relay, door, request):  # noqa: F811
    """Makes rooms: room(3) or, with the loudness of each, room(0.2, 0.2, 0)."""
    made = []

    def make(*loudness, slots=None, count=None):
        loudness = loudness or (0.2,) * count
        name = f"{request.node.name.replace('[', '-').rstrip(']')}-{len(made)}"
        made.append(Room(chromium, relay, name, loudness, slots or len(loudness) - 1))
        return made[-1]

    yield make
    for r in made:
        r.close()
