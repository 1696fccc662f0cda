#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""F3: the connection is lost under a request: what is sent again and what not
(DESIGN.md section 8, "Retries")."""

import json

import harness
from harness import (CONFIGMAPS, JSON, MERGE_PATCH, POD_FINALIZER, configmap,
                     pod, removal)


class UpstreamGone(harness.Case):
    def lose(self, verb, when="before", count=1):
        """The next requests of that verb meet a TCP reset."""
        return self.sim.fault(match={"verb": verb}, action="close",
                              when=when, count=count)

    def stuck_pod(self):
        self.sim.preload("pods", "argo", prefix="p-", count=1,
                         finalizers=[POD_FINALIZER], deleted=True)
        answer = self.direct().request("GET", pod("p-000000"))
        return json.loads(answer.read())["metadata"]["resourceVersion"]

    def assert_unknown_fate(self, stream):
        self.assert_status(stream, 504, "Timeout")
        self.assertIsNone(stream.header("retry-after"))
        self.assertEqual(stream.header("x-fairway-reason"), "no-answer")
        self.assertEqual(stream.header("content-type"), "application/json")

    def test_a_post_that_was_not_executed_is_not_sent_again(self):
        self.lose("create")
        self.assert_unknown_fate(self.client().request(
            "POST", CONFIGMAPS, [JSON], configmap("x")))
        self.assertEqual(self.sim.effects(), [])

    def test_a_post_that_was_executed_is_not_sent_again(self):
        self.lose("create", "after")
        self.assert_unknown_fate(self.client().request(
            "POST", CONFIGMAPS, [JSON], configmap("x")))
        self.assertEqual(self.sim.effects(), ["x"])

    def test_an_unguarded_patch_is_not_sent_again(self):
        self.stuck_pod()
        self.lose("patch", "after")
        self.assert_unknown_fate(self.client().request(
            "PATCH", pod("p-000000"), [MERGE_PATCH],
            b'{"metadata":{"labels":{"a":"b"}}}'))

    def test_a_get_is_sent_again(self):
        fault = self.lose("get")
        self.assert_status(self.client().request(
            "GET", "/api/v1/namespaces/argo"), 200)
        self.assertEqual(self.sim.hits(fault), 1)

    def test_a_guarded_removal_is_sent_again(self):
        version = self.stuck_pod()
        self.lose("patch")
        answer = self.client().request("PATCH", pod("p-000000"),
                                       [MERGE_PATCH], removal(version))
        self.assert_status(answer, 200)
        self.assertEqual(answer.header("x-fairway-lane"), "finalizers")

    def test_a_guarded_removal_that_was_executed_hears_the_truth(self):
        version = self.stuck_pod()
        self.lose("patch", "after")
        answer = self.client().request("PATCH", pod("p-000000"),
                                       [MERGE_PATCH], removal(version))
        # The pod is gone with its last finalizer: that is what it hears.
        self.assertIn(answer.status, (404, 409, 422))

    def test_a_reset_before_the_headers_counts_as_sent(self):
        self.sim.fault(match={"verb": "create"}, action="reset", count=1)
        self.assert_unknown_fate(self.client().request(
            "POST", CONFIGMAPS, [JSON], configmap("x")))

    def test_a_refused_stream_goes_again_whatever_it_is(self):
        self.sim.fault(match={"verb": "create"}, action="reset", h2Error=7,
                       count=2)
        self.assert_status(self.client().request(
            "POST", CONFIGMAPS, [JSON], configmap("x")), 201)
        self.assertEqual(self.sim.effects(), ["x"])

    def test_an_answer_that_breaks_off_is_a_reset(self):
        self.sim.preload("configmaps", "argo", prefix="c-", count=20,
                         size=10_000)
        self.sim.fault(match={"verb": "list"}, action="cut", bytes=50_000)
        stream = self.client().open("GET", CONFIGMAPS)
        self.assertEqual(stream.status, 200)
        stream.wait_over()
        self.assertFalse(stream.ended)
        self.assertIsNotNone(stream.reset_code)
        self.assertRaises(harness.Reset, stream.read)

    def test_an_answer_lost_with_its_connection_is_a_reset(self):
        self.sim.preload("configmaps", "argo", prefix="c-", count=200,
                         size=100_000)
        client = self.client(window=65535)
        client.auto_acknowledge = False
        stream = client.open("GET", CONFIGMAPS)
        client.wait(lambda: stream.received == 65535)
        self.sim.connections("reset")
        client.auto_acknowledge = True
        stream.acknowledge()
        stream.wait_over()
        self.assertFalse(stream.ended)
        self.assertIsNotNone(stream.reset_code)
        # The client's connection is as good as before.
        self.assert_status(client.request("GET", "/version"), 200)


if __name__ == "__main__":
    harness.main()
