# SPDX-License-Identifier: Apache-2.0
"""The webhook: signed, tried again, in order; and a log that gives no secret away."""

import re
import subprocess
import time

import pytest

from kit import stun
from kit.events import Receiver
from kit.lab import PEER4

SECRET = "hook-s3cret-9d1f"
CONFIG = {"turn": {"users": [{"name": "alice", "password": "secret-4c0ffee"}],
                   "shared_secrets": ["shared-s3cret-77aa"]},
          "log": {"level": "debug"}}


@pytest.fixture
def hooked(lab, request):
    """A relay whose receiver fails the first two posts."""
    receiver = Receiver(lab.relay_host, SECRET, failures=2)
    hook = {"url": f"http://127.0.0.1:{receiver.port}/h00k-t0ken", "secret": SECRET,
            "kinds": ["allocation", "drain_finished"]}
    relay = lab.start({**CONFIG, "events": {"webhook": hook}})
    yield relay, receiver
    code = relay.stop()
    receiver.close()
    assert code == 0, relay.log_tail()


def test_posts_are_signed_repeated_and_in_order(hooked, lab):
    from kit.turn_client import TurnClient

    relay, receiver = hooked
    with TurnClient(lab.client, password="secret-4c0ffee") as c:
        assert c.allocate().code == 0
        c.permit(PEER4)
        c.refresh(0)
        receiver.wait("deleted")
    with TurnClient(lab.client, password="wr0ng-passw0rd") as c:
        assert c.allocate().code == 401
    assert receiver.statuses[:2] == [500, 500] and not receiver.wrong
    assert [e["kind"] for e in receiver.events] == ["allocated", "permission", "deleted"]
    seqs = [e["seq"] for e in receiver.events]
    assert seqs == sorted(seqs) and len(set(seqs)) == 3
    assert relay.metric("turnpike_webhook_events_total", result="sent") == 3
    assert relay.metric("turnpike_webhook_posts_total", result="failed") == 2
    assert len(relay.events("webhook_failed")) == 2 and len(relay.events("webhook_recovered")) == 1
    issued = relay.call("credential.issue", name="carol")
    # The last event is posted while the relay goes.
    relay.call("node.drain", exit=True)
    assert relay.process.wait(10) == 0
    receiver.wait("drain_finished", 1)
    log = open(relay.log_file).read()
    for secret in (SECRET, "secret-4c0ffee", "shared-s3cret-77aa", "h00k-t0ken", "wr0ng-passw0rd", issued["password"]):
        assert secret not in log, secret


def test_a_receiver_that_is_away_hinders_nobody(lab):
    from kit.turn_client import TurnClient

    hook = {"url": "http://127.0.0.1:9/", "secret": SECRET}
    relay = lab.start({"events": {"webhook": hook}})
    with TurnClient(lab.client) as c:
        assert c.allocate().code == 0
        start = time.monotonic()
        for _ in range(50):
            assert c.refresh(600).code == 0
        assert time.monotonic() - start < 5
        c.refresh(0)
    start = time.monotonic()
    assert relay.stop() == 0
    assert time.monotonic() - start < 6


def test_a_reload_changes_the_receiver(lab):
    from kit.turn_client import TurnClient

    first, second = (Receiver(lab.relay_host, secret) for secret in (SECRET, "another"))
    relay = lab.start({"events": {"webhook": {"url": f"http://127.0.0.1:{first.port}/", "secret": SECRET,
                                              "kinds": ["allocated"]}}})
    try:
        with TurnClient(lab.client) as c:
            assert c.allocate().code == 0
            first.wait("allocated")
            config = {**relay.config, "events": {"webhook": {"url": f"http://127.0.0.1:{second.port}/",
                                                             "secret": "another"}}}
            relay.configure(config)
            assert not relay.call("config.reload")["restart"]
            c.refresh(0)
            second.wait("deleted")
        assert [e["kind"] for e in first.events] == ["allocated"]
        assert [e["kind"] for e in second.events] == ["config_reloaded", "deleted"]
        assert not first.wrong and not second.wrong
        relay.configure({**relay.config, "events": {}})
        relay.call("config.reload")
        assert "turnpike_webhook" not in relay.http("/metrics")[2]
        assert "another" not in open(relay.log_file).read()
    finally:
        assert relay.stop() == 0
        first.close()
        second.close()


def test_an_unknown_certificate_is_refused(lab, tmp_path):
    """TLS without an authority that anybody knows: no post arrives."""
    import ssl

    key, cert = tmp_path / "k", tmp_path / "c"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "1", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    receiver = Receiver(lab.relay_host, SECRET)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    relay = lab.start({"events": {"webhook": {"url": f"https://127.0.0.1:{receiver.port}/", "secret": SECRET}}})
    try:
        relay.call("config.reload")
        end = time.monotonic() + 10
        while not relay.events("webhook_failed") and time.monotonic() < end:
            time.sleep(0.05)
        assert re.search("certificate|peer", relay.events("webhook_failed")[0]["error"])
        assert not receiver.statuses
    finally:
        assert relay.stop() == 0
        receiver.close()
