#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""F6: how many streams the API server takes, and how many connections that
makes."""

import harness
from harness import CONFIGMAPS, JSON, configmap

WATCH = CONFIGMAPS + "?watch=true&resourceVersion=1"


class FewStreams(harness.Case):
    sim_args = ("--max-streams", "3")

    def test_never_more_than_the_peer_takes(self):
        self.sim.fault(match={"verb": "create"}, delayMs=5)
        client = self.client()
        streams = [client.open("POST", CONFIGMAPS, [JSON],
                               configmap(f"x-{i}")) for i in range(60)]
        for stream in streams:
            self.assert_status(stream, 201)
        self.assertEqual(len(set(self.sim.effects("POST"))), 60)
        for item in self.sim.admin("GET", "/connections"):
            self.assertLessEqual(item["streams"], 3)

    def test_watches_beyond_it_open_more_connections(self):
        client = self.client()
        # Four connections with three streams each.
        watches = [client.open("GET", WATCH) for _ in range(12)]
        for watch in watches:
            self.assertEqual(watch.status, 200)
        # No watch is in the way of anything else.
        self.assert_status(client.request("POST", CONFIGMAPS, [JSON],
                                          configmap("x")), 201)


class NoStreams(harness.Case):
    def test_a_peer_that_takes_none_is_waited_for(self):
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.sim.connections("settings", maxConcurrentStreams=0)
        # The probe's connection, too: nobody can tell whether it is alive.
        stream = client.open("POST", CONFIGMAPS, [JSON], configmap("x"))
        client.ping()
        self.sim.connections("settings", maxConcurrentStreams=100)
        self.assert_status(stream, 201)
        self.assertEqual(self.sim.effects(), ["x"])


if __name__ == "__main__":
    harness.main()
