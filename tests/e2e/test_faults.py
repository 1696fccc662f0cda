#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Faults of the API server by the rows of the list: F1 refused connections,
F5 a storm of refusals, F9 two API servers of which one is bad."""

import harness
import servers
from harness import (CONFIGMAPS, JSON, MERGE_PATCH, POD_FINALIZER, configmap,
                     pod, removal)


class RefusedConnections(harness.Case):
    """F1: held for so long, then 503 with Retry-After; nothing was done."""

    config = (servers.HEALTH +
              "lanes:\n"
              "- {name: writes, holdMax: 100ms, waitMax: 100ms}\n")

    def test_held_then_503_and_as_before_when_it_returns(self):
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.sim.listener("refuse")
        self.sim.connections("reset")
        self.fairway.wait_line("health=away")
        for i in range(5):
            answer = client.request("POST", CONFIGMAPS, [JSON],
                                    configmap(f"lost-{i}"))
            self.assert_status(answer, 503, "ServiceUnavailable")
            self.assertIn(answer.header("retry-after"), ("1", "2"))
            self.assertEqual(answer.header("x-fairway-reason"), "away")
        self.sim.listener("accept")
        self.fairway.wait_line("health=(recovering|up)")
        self.assert_status(client.request("POST", CONFIGMAPS, [JSON],
                                          configmap("kept")), 201)
        self.assertEqual(self.sim.effects(), ["kept"])


class Storm(harness.Case):
    """F5: refusals of every kind, at once and for long."""

    config = ("retry: {throttledMax: 200ms}\n"
              "lanes:\n"
              "- {name: writes, waitMax: 200ms}\n")
    requests = 60

    def refuse(self, **more):
        return self.sim.fault(match={"verb": "create"}, action="status",
                              **more)

    def storm(self):
        client = self.client()
        streams = [client.open("POST", CONFIGMAPS, [JSON],
                               configmap(f"x-{i}"))
                   for i in range(self.requests)]
        for stream in streams:
            stream.wait_over()
        return streams

    def assert_told(self, streams):
        """What waits too long for its turn, on a busy machine, is told so."""
        for stream in streams:
            self.assert_status(stream, 429, "TooManyRequests")
            self.assertIn(stream.header("retry-after"), ("1", "2"))
            self.assertIn(stream.header("x-fairway-reason"),
                          ("throttled", "time-out"))

    def test_of_a_level_ends_in_429_and_few_attempts(self):
        fault = self.refuse(code=429, retryAfter=30, pf=True)
        # Behind a gate that is closed some wait and are never sent.
        self.assert_told(self.storm())
        self.assertLess(self.sim.hits(fault), 2 * self.requests)
        self.assertEqual(self.sim.effects(), [])

    def test_of_the_limit_ends_in_429(self):
        fault = self.refuse(code=429, retryAfter=1)
        self.assert_told(self.storm())
        self.assertLessEqual(self.sim.hits(fault), self.requests)
        self.assertEqual(self.sim.effects(), [])

    def test_without_retry_after_ends_in_429(self):
        fault = self.refuse(code=429)
        self.assert_told(self.storm())
        self.assertLessEqual(self.sim.hits(fault), self.requests)

    def test_503_with_retry_after_was_not_executed_either(self):
        fault = self.refuse(code=503, retryAfter=1)
        self.assert_told(self.storm())
        self.assertLessEqual(self.sim.hits(fault), self.requests)

    def test_what_may_have_happened_is_passed_on_unchanged(self):
        for code in (500, 502, 503, 504):
            fault = self.refuse(code=code, message=f"this is {code}")
            for stream in self.storm():
                self.assert_status(stream, code)
                self.assertIn(f"this is {code}".encode(), stream.read())
                self.assertIsNone(stream.header("x-fairway-reason"))
            self.assertEqual(self.sim.hits(fault), self.requests)
            self.sim.no_faults()
        self.assertEqual(self.sim.effects(), [])

    def test_retries_of_removals_are_few(self):
        self.sim.preload("pods", "argo", prefix="p-", count=self.requests,
                         finalizers=[POD_FINALIZER], deleted=True)
        fault = self.sim.fault(match={"verb": "patch"}, action="status",
                               code=500)
        client = self.client()
        streams = [client.open("PATCH", pod(f"p-{i:06}"), [MERGE_PATCH],
                               removal("1")) for i in range(self.requests)]
        for stream in streams:
            stream.wait_over()
            self.assert_status(stream, 503, "ServiceUnavailable")
            self.assertIsNone(stream.header("retry-after"))
        # Ten at first, and a tenth of the requests.
        self.assertLessEqual(self.sim.hits(fault),
                             self.requests + 10 + self.requests // 10)


class NotReady(harness.Case):
    """/readyz is answered, and not well: said once, and when it is over."""

    def test_is_told(self):
        for code in 500, 502:
            self.sim.fault(match={}, action="status", code=code)
            self.fairway.wait_line(
                rf'msg="the API server says that it is not ready".* '
                rf"status={code}")
            self.sim.no_faults()
        self.fairway.wait_line('msg="the API server is ready again".* '
                               "status=200")
        self.assertLess(sum("not ready" in line
                            for line in self.fairway.lines), 4)


class StormThatPasses(harness.Case):
    """F5: whoever waits for the end of it is served."""

    def test_all_go_in_the_end(self):
        for more in ({"code": 429, "retryAfter": 30, "pf": True, "count": 5},
                     {"code": 503, "retryAfter": 1, "count": 2},
                     {"code": 429, "retryAfter": 1, "count": 2}):
            self.sim.fault(match={"verb": "create"}, action="status", **more)
        client = self.client()
        streams = [client.open("POST", CONFIGMAPS, [JSON],
                               configmap(f"x-{i}")) for i in range(60)]
        for stream in streams:
            self.assert_status(stream, 201)
        self.assertEqual(len(set(self.sim.effects())), 60)
        self.assertEqual(len(self.sim.effects()), 60)


class OneOfTwoIsBad(servers.Case):
    """F9: nobody hears of the bad one, and it is back when it is well."""

    def test_that_refuses(self):
        self.start_fairway(self.urls())
        self.sims[0].listener("refuse")
        self.sims[0].connections("reset")
        self.fairway.wait_line("health=away")
        for _ in range(20):
            self.get(self.client())
        self.assertEqual(self.served(), [0, 20])
        self.sims[0].listener("accept")
        self.fairway.wait_line("health=(recovering|up)")
        for _ in range(20):
            self.get(self.client())
        self.assertGreater(self.served()[0], 0)

    def test_that_is_silent(self):
        self.start_fairway(self.urls())
        self.sims[1].freeze()
        self.addCleanup(self.sims[1].thaw)
        self.fairway.wait_line("health=away")
        for _ in range(20):
            self.get(self.client())
        self.sims[1].thaw()
        self.assertEqual(self.served(), [20, 0])


if __name__ == "__main__":
    harness.main()
