#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""mode: Shadow through the whole of Fairway: requests go as if there were no
limits, and metrics and the access log say what would have been."""

import harness
from harness import CONFIGMAPS, JSON, configmap


class Shadow(harness.Case):
    config = ("log: {level: debug}\n"
              "rules:\n"
              "- {name: maps, lane: events, resources: [configmaps],\n"
              "   matchingPrecedence: 5, mode: Shadow}\n"
              "lanes:\n"
              "- {name: writes, qps: 1, burst: 1, seats: 1, mode: Shadow}\n")

    def metric(self, name, *labels):
        total = 0
        for line in self.fairway.admin_get("/metrics").splitlines():
            if (line.startswith(name + "{") and
                    all(label in line for label in labels)):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def test_what_would_have_been_is_counted_and_nothing_is_done(self):
        client = self.client()
        streams = [client.open("POST", CONFIGMAPS, [JSON],
                               configmap(f"x-{i}")) for i in range(20)]
        for stream in streams:
            self.assert_status(stream, 201)
            self.assertEqual(stream.header("x-fairway-lane"), "writes")
            self.assertEqual(stream.header("x-fairway-rule"), "writes")
        self.assertEqual(self.metric("fairway_rule_requests_total",
                                     'rule="maps"', 'mode="Shadow"'), 20)
        self.assertGreater(self.metric("fairway_shadow_waits_total",
                                       'lane="writes"'), 10)
        self.assertEqual(self.metric("fairway_shadow_waits_total",
                                     'lane="reads"'), 0)
        self.fairway.wait_line("kept_by=- shadow_rule=maps "
                               "would_be_kept_by=lane-")

    def test_refusals_are_passed_on(self):
        self.sim.fault(match={"verb": "create"}, action="status", code=429,
                       retryAfter=7, pf=True, count=1)
        answer = self.client().request("POST", CONFIGMAPS, [JSON],
                                       configmap("x"))
        self.assert_status(answer, 429)
        self.assertEqual(answer.header("retry-after"), "7")
        self.assertEqual(self.metric("fairway_shadow_retries_total",
                                     'lane="writes"'), 1)


if __name__ == "__main__":
    harness.main()
