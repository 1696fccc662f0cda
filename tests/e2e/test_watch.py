#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Watches: event by event, and an end that makes clients resume."""

import json

import cluster
import harness
from harness import CONFIGMAPS, JSON, Reset, configmap

class Watch(harness.Case):
    def create(self, name):
        stream = self.direct().request("POST", CONFIGMAPS, [JSON],
                                       configmap(name))
        self.assertEqual(stream.status, 201)

    def next_name(self, watch):
        while True:
            event = json.loads(watch.read_line())
            name = event["object"]["metadata"]["name"]
            if name not in cluster.NOT_OURS:
                return name

    def begin(self):
        self.create("first")
        watch = self.client().open("GET", CONFIGMAPS + "?watch=true")
        self.assertEqual(watch.status, 200)
        self.assertEqual(watch.header("x-fairway-lane"), "streams")
        self.assertEqual(self.next_name(watch), "first")
        return watch

    def test_events_come_one_by_one(self):
        watch = self.begin()
        for i in range(20):
            self.create(f"event-{i}")
            self.assertEqual(self.next_name(watch), f"event-{i}")

    def test_the_api_servers_end_is_an_end(self):
        watch = self.client().open(
            "GET", self.watch_path() + "&timeoutSeconds=1")
        self.assertEqual(watch.status, 200)
        watch.wait_over()
        self.assertTrue(watch.ended)
        self.assertIsNone(watch.reset_code)

    def test_a_lost_api_server_is_a_clean_end_between_events(self):
        watch = self.begin()
        self.sim.connections("reset")
        watch.wait_over()
        self.assertTrue(watch.ended)
        self.assertIsNone(watch.reset_code)

    def test_a_lost_api_server_is_a_reset_within_an_event(self):
        self.create("first")
        self.sim.fault(match={"verb": "watch"}, action="cut", bytes=40)
        watch = self.client().open("GET", CONFIGMAPS + "?watch=true")
        self.assertEqual(watch.status, 200)
        watch.wait_over()
        self.assertFalse(watch.ended)
        self.assertRaises(Reset, watch.read)

    def test_a_refused_watch_that_is_cut_is_no_clean_end(self):
        self.sim.fault(match={"verb": "watch"}, action="cut", bytes=0)
        watch = self.client().open(
            "GET", CONFIGMAPS + "?watch=true&fieldSelector=no.such=x")
        self.assertEqual(watch.status, 400)
        watch.wait_over()
        self.assertFalse(watch.ended)

    def test_a_client_that_leaves_ends_it_upstream(self):
        watch = self.begin()
        self.sim.wait_watches(1)
        watch.cancel()
        watch.client.ping()
        self.sim.wait_watches(0)

    def test_sigterm_ends_watches_cleanly(self):
        watch = self.begin()
        other = self.client().open("GET", self.watch_path())
        self.assertEqual(other.status, 200)
        self.fairway.terminate()
        for stream in watch, other:
            stream.wait_over()
            self.assertTrue(stream.ended)
            self.assertIsNotNone(stream.client.goaway)

    def test_many_watches_share_connections_within_the_peers_limit(self):
        client = self.client()
        path = self.watch_path()
        watches = [client.open("GET", path) for _ in range(150)]
        for watch in watches:
            self.assertEqual(watch.status, 200)
        self.create("for-all")
        for watch in watches:
            self.assertIsNotNone(watch.read_line())


if __name__ == "__main__":
    harness.main()
