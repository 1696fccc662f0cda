#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A client that reads slowly costs a bounded relay and nobody else's time."""

import os

import harness

MEBIBYTE = 1 << 20
# A sanitizer has red zones, and keeps what was freed for a while.
RELAY_LIMIT = (16 if os.environ.get("SANITIZED", "no") == "no"
               else 32) * MEBIBYTE
LIST = "/api/v1/namespaces/argo/configmaps"


class SlowReader(harness.Case):
    def test_a_50_mb_list_needs_a_bounded_relay(self):
        self.sim.preload("configmaps", "argo", prefix="c-", count=500,
                         size=100_000)
        whole = len(self.direct().request("GET", LIST).read())
        self.assertGreater(whole, 45_000_000)

        other = self.client()
        self.assert_status(other.request("GET", "/version"), 200)
        before = self.fairway.rss()

        slow = self.client(window=65535)
        slow.auto_acknowledge = False
        stream = slow.open("GET", LIST)
        self.assertEqual(stream.status, 200)
        slow.wait(lambda: stream.received == 65535)

        # The relay is full when the API server's window is: nothing moves.
        for _ in range(50):
            self.assert_status(other.request("GET", "/version"), 200)
        self.assert_status(
            other.request("POST", LIST, [harness.JSON],
                          harness.configmap("in-between")), 201)
        self.assertLess(self.fairway.rss() - before, RELAY_LIMIT)

        slow.auto_acknowledge = True
        stream.acknowledge()
        body = stream.read()
        self.assertEqual(len(body), whole)
        self.assertTrue(stream.ended)

    def test_slow_readers_do_not_keep_the_seats_of_short_answers(self):
        self.sim.preload("configmaps", "argo", prefix="c-", count=10,
                         size=100_000)
        slow = self.client(window=0)
        slow.auto_acknowledge = False
        streams = [slow.open("GET", f"{LIST}/c-00000{i}")
                   for i in range(10)]
        for stream in streams:
            self.assertEqual(stream.status, 200)
        # More of them than there are seats, none read, all answered.
        self.sim.wait_streams(0)
        self.assert_status(self.client().request("GET", "/version"), 200)

    def test_a_slow_reader_that_leaves_is_forgotten(self):
        self.sim.preload("configmaps", "argo", prefix="c-", count=200,
                         size=100_000)
        slow = self.client(window=65535)
        slow.auto_acknowledge = False
        stream = slow.open("GET", LIST)
        slow.wait(lambda: stream.received == 65535)
        slow.abort()
        self.sim.wait_streams(0)


if __name__ == "__main__":
    harness.main()
