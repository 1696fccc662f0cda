#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Request bodies of any size: streamed, flow-controlled, whole."""

import json

import harness
from harness import CONFIGMAPS, JSON, LEASES, configmap

MEBIBYTE = 1 << 20


class Upload(harness.Case):
    def upload(self, size, **more):
        data = {"key": "0123456789abcdef" * (size // 16)}
        answer = self.client().request(
            "POST", CONFIGMAPS, [JSON, *more.pop("headers", [])],
            configmap("big", data))
        self.assert_status(answer, 201)
        self.assertEqual(json.loads(answer.read())["data"], data)

    def test_64_kib(self):
        self.upload(64 * 1024)

    def test_1_mib(self):
        self.upload(MEBIBYTE - 1024)

    def test_just_below_3_mib(self):
        """More than the API server stores: it reads it all to say so."""
        body = configmap("big", {"key": "x" * (3 * MEBIBYTE - 4096)})
        answer = self.client().request("POST", CONFIGMAPS, [JSON], body)
        self.assert_status(answer, 422, "Invalid")

    def test_with_its_length_announced(self):
        body = configmap("big", {"key": "x" * MEBIBYTE})
        answer = self.client().request(
            "POST", CONFIGMAPS,
            [JSON, ("content-length", str(len(body)))], body)
        self.assert_status(answer, 201)

    def test_a_413_before_the_body_is_read_is_a_whole_answer(self):
        body = configmap("big", {"key": "x" * (4 * MEBIBYTE)})
        client = self.client()
        answer = client.request(
            "POST", CONFIGMAPS,
            [JSON, ("content-length", str(len(body)))], body)
        self.assertEqual(answer.status, 413)
        self.assertTrue(answer.ended)
        self.assertGreater(len(answer.read()), 0)
        # NO_ERROR or nothing; and the connection lives.
        self.assertIn(answer.reset_code, (None, 0))
        self.assert_status(client.request("GET", "/version"), 200)

    def test_held_uploads_do_not_close_the_connections_window(self):
        fault = self.sim.fault(match={"verb": "get",
                                      "resource": "configmaps"},
                               action="stall")
        busy = self.client()
        running = [busy.open("GET", f"{CONFIGMAPS}/stalls-{i}")
                   for i in range(8)]
        self.sim.wait_hits(fault, 8)
        client = self.client()
        body = configmap("held", {"key": "x" * MEBIBYTE})
        held = [client.open("POST", CONFIGMAPS, [JSON], end=False)
                for _ in range(20)]
        sent = []
        for stream in held:
            size = min(client.conn.local_flow_control_window(stream.id),
                       len(body))
            stream.send(body[:size])
            sent.append(size)
        # All of them wait; a lease passes on the same connection.
        answer = client.request("GET", LEASES + "/x")
        self.assertEqual(answer.status, 404)
        for stream in running:
            stream.cancel()
        busy.ping()
        held[0].send(body[sent[0]:], end=True)
        self.assert_status(held[0], 201)
        for stream in held[1:]:
            stream.cancel()

    def test_an_upload_that_breaks_off_is_not_executed(self):
        client = self.client()
        body = configmap("half", {"key": "x" * MEBIBYTE})
        stream = client.open("POST", CONFIGMAPS, [JSON], end=False)
        stream.send(body[:300_000])
        stream.cancel()
        client.ping()
        self.sim.wait_streams(0)
        self.assertEqual(self.sim.effects(), [])


class SlowUpload(harness.Case):
    config = "limits: {progressTimeout: 1s}\n"

    def test_a_beginning_that_does_not_come_is_given_up(self):
        client = self.client()
        stream = client.open("POST", CONFIGMAPS, [JSON], end=False)
        stream.send(b'{"kind":')
        self.assert_status(stream, 504, "Timeout")
        self.assertTrue(stream.ended)
        self.assertIsNone(stream.header("retry-after"))
        self.assertEqual(self.sim.effects(), [])


class Retried(harness.Case):
    """A body that is still coming while its first part is sent again."""

    def test_what_comes_after_a_refusal_is_sent_too(self):
        fault = self.sim.fault(match={"verb": "create"}, action="status",
                               code=429, retryAfter=1, pf=False, count=1)
        body = configmap("big", {"key": "x" * (MEBIBYTE - 1000)})
        client = self.client()
        stream = client.open("POST", CONFIGMAPS, [JSON], end=False)
        stream.send(body[:100_000])
        self.sim.wait_hits(fault, 1)
        stream.send(body[100_000:], end=True)
        self.assert_status(stream, 201)
        self.assertEqual(json.loads(stream.read())["data"],
                         json.loads(body)["data"])

    def test_one_that_became_too_large_to_keep_hears_the_refusal(self):
        """Or is sent whole, where the refusal came before much was sent."""
        self.sim.fault(match={"verb": "create"}, action="status", code=429,
                       retryAfter=1, pf=False, count=1)
        body = configmap("big", {"key": "x" * (2 * MEBIBYTE)})
        answer = self.client().request("POST", CONFIGMAPS, [JSON], body)
        self.assertIn(answer.status, (422, 429))


if __name__ == "__main__":
    harness.main()
