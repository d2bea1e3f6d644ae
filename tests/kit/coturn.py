# SPDX-License-Identifier: Apache-2.0
"""coturn in the relay's place (TURNPIKE_SUT=coturn): an independent server that the suite itself is
judged by. What only our relay offers skips."""

import socket
import time

import pytest

from kit.relay import Relay


class Coturn(Relay):
    name = "coturn"

    def command(self):
        host, turn = self.lab.relay_host, self.config["turn"]
        words = ["turnserver", "-n", "-m", "1", "--no-cli", "--no-tls", "--no-dtls", "--no-tcp", "-v",
                 "--log-file", "stdout", "--simple-log", "--lt-cred-mech", "--realm", turn["realm"],
                 "--userdb", f"{self.lab.folder}/coturn.db", "--pidfile", f"{self.lab.folder}/coturn.pid",
                 "--fingerprint"]
        for user in turn["users"]:
            words += ["-u", f"{user['name']}:{user['password']}"]
        for i, port in enumerate(self.config["ports"]):
            for address in port["addresses"]:
                device = "vs" if i == 0 else "vp"
                host.run("sysctl", "-qw", f"net.ipv6.conf.{device}.disable_ipv6=0")
                host.run("ip", "addr", "replace", address, "dev", device, "nodad", check=False)
                words += ["-L", address.split("/")[0], "-E", address.split("/")[0]]
        return words

    def is_ready(self):
        try:
            with self.lab.client.socket() as s:
                s.settimeout(0.2)
                s.sendto(bytes.fromhex("00010000" "2112a442") + b"coturn-probe", ("198.18.0.1", 3478))
                return bool(s.recv(2048))
        except (socket.timeout, OSError):
            time.sleep(0.1)
            return False

    def stop(self, *args, **kw):
        super().stop(*args, **kw)
        for device in ("vs", "vp")[: self.lab.ports]:
            if self.lab.relay_host.fd >= 0:
                self.lab.relay_host.run("ip", "addr", "flush", "dev", device, check=False)
        return 0  # it dies of the signal that it is asked to stop with

    def exchange_line(self, *_):
        pytest.skip("coturn has no control socket of ours")

    def http(self, *_, **__):
        pytest.skip("coturn has no metrics of ours")

    def ctl(self, *_):
        pytest.skip("coturn is not our relay")
