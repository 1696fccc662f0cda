#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A client that reads slowly costs a bounded relay and nobody else's time."""

import os

import harness

MEBIBYTE = 1 << 20
# A sanitizer has red zones, and keeps what was freed for a while.
RELAY_LIMIT = (16 if os.environ.get("SANITIZED", "no") == "no"
               else 32) * MEBIBYTE
LIST = harness.CONFIGMAPS


class SlowReader(harness.Case):
    def test_a_50_mb_list_needs_a_bounded_relay(self):
        self.sim.preload("configmaps", harness.SPACE, prefix="c-", count=500,
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
        self.sim.preload("configmaps", harness.SPACE, prefix="c-", count=10,
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
        self.sim.preload("configmaps", harness.SPACE, prefix="c-", count=200,
                         size=100_000)
        slow = self.client(window=65535)
        slow.auto_acknowledge = False
        stream = slow.open("GET", LIST)
        slow.wait(lambda: stream.received == 65535)
        slow.abort()
        self.sim.wait_streams(0)


SMALL = ("limits:\n"
         "  maxRelayBytes: 64Ki\n"
         "  upstreamWindow: 64Ki\n")


class Rate(harness.Case):
    def open_list(self):
        self.sim.preload("configmaps", harness.SPACE, prefix="c-", count=200,
                         size=100_000)
        client = self.client(window=65535)
        client.auto_acknowledge = False
        stream = client.open("GET", LIST)
        client.wait(lambda: stream.received == 65535)
        return client, stream


class TooSlow(Rate):
    config = SMALL + "  minReadRate: 1Mi\n  readInterval: 100ms\n"

    def test_it_is_cut_off_and_gives_its_seat_back(self):
        client, stream = self.open_list()
        # It takes a little all the time, and so is never without progress.
        while not stream.is_over:
            read = stream.received
            client.conn.increment_flow_control_window(
                1, stream_id=stream.id)
            client.flush()
            client.wait(lambda: stream.received > read or stream.is_over)
        self.assertIsNotNone(stream.reset_code)
        self.sim.wait_streams(0)
        self.assertIn("fairway_slow_readers_total 1",
                      self.fairway.admin_get("/metrics"))
        # Its connection is as good as before.
        self.assert_status(client.request("GET", "/version"), 200)


    def test_nor_is_the_rest_of_an_answer_kept_for_ever(self):
        self.sim.preload("configmaps", harness.SPACE, prefix="c-", count=1,
                         size=40_000)
        client = self.client(window=1)
        client.auto_acknowledge = False
        stream = client.open("GET", f"{LIST}/c-000000")
        client.wait(lambda: stream.received == 1)
        self.sim.wait_streams(0)
        while not stream.is_over and stream.received < 5000:
            read = stream.received
            client.conn.increment_flow_control_window(
                1, stream_id=stream.id)
            client.flush()
            client.wait(lambda: stream.received > read or stream.is_over)
        self.assertIsNotNone(stream.reset_code)
        self.assert_status(client.request("GET", "/version"), 200)


class Full(Rate):
    """Any rate will do, but there is no memory left for others."""

    config = ("hold: {maxBytes: 1Mi, maxSmallBytes: 64Ki}\n"
              "limits:\n"
              "  maxMemoryBytes: 1Mi\n"
              "  maxRelayBytes: 4Mi\n"
              "  minReadRate: 0\n"
              "  pingAfter: 10m\n"
              "  readInterval: 1s\n")

    def test_who_has_most_of_it_gives_way(self):
        _, stream = self.open_list()
        other = self.client()
        harness.poll(lambda: other.request("GET", "/version").status == 429,
                     "there was room")
        harness.poll(lambda: other.request("GET", "/version").status == 200,
                     "there was no room again")
        stream.wait_over()
        self.assertIsNotNone(stream.reset_code)


class QuickEnough(Rate):
    # No more than a busy machine does.
    config = SMALL + "  minReadRate: 64Ki\n  readInterval: 1s\n"

    def test_one_that_takes_enough_is_not(self):
        client, stream = self.open_list()
        client.auto_acknowledge = True
        stream.acknowledge()
        self.assertGreater(len(stream.read()), 15_000_000)
        self.assertTrue(stream.ended)


if __name__ == "__main__":
    harness.main()
