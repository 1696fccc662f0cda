#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Faults of the way to the API server: F2 a black hole, F6 tiny and closed
windows, F7 answers a byte at a time, F8 certificates that are not its own."""

import pathlib
import struct
import tempfile
import unittest

import harness
import servers
from harness import CONFIGMAPS, JSON, configmap
from h2client import Client
from recorder import Recorder

PATIENCE = ("limits: {pingAfter: 1s, pingTimeout: 100ms}\n")
INITIAL_WINDOW_SIZE = 4


class BlackHole(servers.Case):
    """F2: nothing is refused, nothing comes back."""

    def test_of_connections_that_are_there(self):
        self.start_fairway(self.urls(), more=PATIENCE)
        client = self.client()
        self.get(client)
        at = self.served().index(1)
        self.sims[at].freeze()
        self.addCleanup(self.sims[at].thaw)
        post = client.open("POST", CONFIGMAPS, [JSON], configmap("x"))
        read = client.open("GET", servers.NAMESPACE)
        # The PING finds it out; by then others go elsewhere.
        self.assert_status(post, 504, "Timeout")
        self.assertIsNone(post.header("retry-after"))
        self.assert_status(read, 200)
        self.get(client)
        self.sims[at].thaw()

    def test_of_new_connections(self):
        self.start_fairway(self.urls(), "  connectTimeout: 100ms\n")
        client = self.client()
        self.get(client)
        at = self.served().index(1)
        self.sims[at].listener("hang")
        self.sims[at].connections("reset")
        for _ in range(5):
            self.get(client)
        self.assertEqual(self.served()[1 - at], 5)


class Windows(unittest.TestCase):
    """F6: an API server that takes a body by the byte, or not at all."""

    def start(self, window):
        tmp = tempfile.TemporaryDirectory(prefix="fairway-windows.")
        self.addCleanup(tmp.cleanup)
        folder = pathlib.Path(tmp.name)
        self.recorder = Recorder(folder)
        self.recorder.settings = struct.pack(
            ">HI", INITIAL_WINDOW_SIZE, window)
        self.addCleanup(self.recorder.close)
        self.fairway = harness.Fairway(folder / "fw",
                                       self.recorder.kubeconfig)
        self.addCleanup(lambda: self.assertEqual(self.fairway.stop(), 0))
        self.client = Client("127.0.0.1", self.fairway.port,
                             cafile=self.fairway.cafile, token="argo-token")
        self.addCleanup(self.client.close)

    def test_of_one_byte(self):
        self.start(1)
        body = bytes(range(256)) * 2
        stream = self.client.request("POST", CONFIGMAPS, [JSON], body)
        self.assertEqual(stream.status, 200)
        self.assertEqual(self.recorder.requests[-1].body, body)

    def test_of_nothing_is_in_nobody_s_way(self):
        self.start(0)
        stuck = self.client.open("POST", CONFIGMAPS, [JSON], b"{}")
        for _ in range(5):
            self.assertEqual(
                self.client.request("GET", CONFIGMAPS).status, 200)
        stuck.cancel()
        self.client.ping()
        harness.poll(lambda: any(request.is_reset for request in
                                 self.recorder.requests),
                     "the request that was given up is still there")


class SlowAnswers(harness.Case):
    """F7: a byte at a time, without end."""

    def test_others_do_not_wait(self):
        self.sim.preload("configmaps", "argo", prefix="c-", count=100,
                         size=1000)
        self.sim.fault(match={"verb": "list", "resource": "configmaps"},
                       action="slow", bytes=1, count=2)
        client = self.client()
        # As many wide lists as may run at one time.
        slow = [client.open("GET", CONFIGMAPS) for _ in range(2)]
        for stream in slow:
            self.assertEqual(stream.status, 200)
        for i in range(100):
            self.assert_status(client.request(
                "POST", CONFIGMAPS, [JSON], configmap(f"x-{i}")), 201)
        for stream in slow:
            self.assertFalse(stream.is_over)
            stream.cancel()
        client.ping()
        self.sim.wait_streams(0)


class Certificates(servers.Case):
    """F8: fails closed, says so, and is well again by itself."""

    count = 1
    shortly = "lanes:\n- {name: writes, holdMax: 100ms, waitMax: 100ms}\n"

    def post(self, name):
        return self.client().request("POST", CONFIGMAPS, [JSON],
                                     configmap(name))

    def assert_closed(self):
        self.fairway.wait_line("API server.*why=tls")
        self.fairway.wait_line("health=away")
        answer = self.post("never")
        self.assert_status(answer, 503, "ServiceUnavailable")
        self.assertEqual(answer.header("x-fairway-reason"), "away")
        self.assertEqual(self.sims[0].effects(), [])
        self.assertNotIn("fairway_tls_handshake_failures_total 0",
                         self.fairway.admin_get("/metrics"))

    def restart_as(self, folder):
        port = self.sims[0].port
        self.sims[0].stop()
        folder.mkdir(exist_ok=True)
        self.sims[0] = harness.Kubesim(folder, listen=f"127.0.0.1:{port}")

    def test_of_another_authority(self):
        self.start_fairway(self.urls(), more=self.shortly)
        self.assert_status(self.post("before"), 201)
        self.restart_as(self.tmp / "stranger")
        self.assert_closed()
        self.restart_as(self.tmp / "sim")
        self.fairway.wait_line("health=(recovering|up)",
                               start=len(self.fairway.lines))
        self.assert_status(self.post("after"), 201)

    def test_of_another_name(self):
        self.start_fairway(self.urls(), "  tlsServerName: not.its.name\n",
                           more=self.shortly)
        # Without a request there is no connection but the probe's.
        self.client().open("POST", CONFIGMAPS, [JSON], configmap("x"))
        self.assert_closed()


if __name__ == "__main__":
    harness.main()
