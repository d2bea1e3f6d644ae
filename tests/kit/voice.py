# SPDX-License-Identifier: Apache-2.0
"""Offers of players."""

import os

GOLDEN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden/sdp")

with open(f"{GOLDEN}/aiortc.offer", newline="") as _f:
    OFFER = _f.read()
