#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The API server's 429s stay inside: the client gets the answer behind
them."""

import json

import harness
from harness import CONFIGMAPS, JSON, MERGE_PATCH, configmap, pod, removal


class Throttled(harness.Case):
    def refuse(self, count, **more):
        return self.sim.fault(match={"verb": "create"}, action="status",
                              code=more.pop("code", 429), count=count,
                              **more)

    def create(self, name="x"):
        return self.client().request("POST", CONFIGMAPS, [JSON],
                                     configmap(name))

    def test_priority_and_fairness_refuses(self):
        fault = self.refuse(3, retryAfter=1, pf=True)
        self.assert_status(self.create(), 201)
        self.assertEqual(self.sim.hits(fault), 3)
        self.assertEqual(self.sim.effects(), ["x"])

    def test_max_in_flight_refuses(self):
        fault = self.refuse(1, retryAfter=1, pf=False)
        self.assert_status(self.create(), 201)
        self.assertEqual(self.sim.hits(fault), 1)

    def test_shutting_down_with_retry_after(self):
        fault = self.refuse(1, code=503, retryAfter=1,
                            message="apiserver is shutting down")
        self.assert_status(self.create(), 201)
        self.assertEqual(self.sim.hits(fault), 1)

    def test_a_503_without_retry_after_is_the_answer(self):
        fault = self.refuse(1, code=503)
        self.assert_status(self.create(), 503)
        self.assertEqual(self.sim.hits(fault), 1)

    def test_a_body_of_several_pieces_is_sent_again_whole(self):
        fault = self.refuse(2, retryAfter=1, pf=True)
        data = {"key": "v" * 300_000}
        answer = self.client().request("POST", CONFIGMAPS, [JSON],
                                       configmap("x", data))
        self.assert_status(answer, 201)
        self.assertEqual(self.sim.hits(fault), 2)
        self.assertEqual(json.loads(answer.read())["data"], data)

    def test_a_watch_that_was_refused_begins_in_the_end(self):
        fault = self.sim.fault(match={"verb": "watch"}, action="status",
                               code=429, retryAfter=1, pf=True, count=2)
        watch = self.client().open(
            "GET", CONFIGMAPS + "?watch=true&timeoutSeconds=1")
        self.assertEqual(watch.status, 200)
        self.assertEqual(self.sim.hits(fault), 2)
        watch.wait_over()
        self.assertTrue(watch.ended)

    def test_an_internal_error_is_the_answer(self):
        self.refuse(1, code=500)
        self.assert_status(self.create(), 500)

    def test_an_internal_error_to_a_guarded_removal_is_not(self):
        self.sim.preload("pods", "argo", prefix="p-", count=1,
                         finalizers=[harness.POD_FINALIZER], deleted=True)
        answer = self.direct().request("GET", pod("p-000000"))
        version = json.loads(answer.read())["metadata"]["resourceVersion"]
        self.sim.fault(match={"verb": "patch"}, action="status", code=500,
                       count=1)
        self.assert_status(self.client().request(
            "PATCH", pod("p-000000"), [MERGE_PATCH], removal(version)), 200)


if __name__ == "__main__":
    harness.main()
