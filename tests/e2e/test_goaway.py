#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""F4: GOAWAY from the API server is routine: nobody notices, nothing is done
twice."""

import harness
from harness import CONFIGMAPS, JSON, configmap


class Goaway(harness.Case):
    def burst(self, client, count, prefix):
        return [client.open("POST", CONFIGMAPS, [JSON],
                            configmap(f"{prefix}-{i}"))
                for i in range(count)]

    def assert_each_once(self, streams):
        for stream in streams:
            self.assert_status(stream, 201)
        effects = self.sim.effects("POST")
        self.assertEqual(len(effects), len(streams))
        self.assertEqual(len(set(effects)), len(streams))

    def test_with_every_answer_for_a_while(self):
        self.sim.fault(match={"verb": "create"}, action="goaway", count=10,
                       skip=5)
        self.assert_each_once(self.burst(self.client(), 200, "x"))

    def test_streams_that_were_not_looked_at_go_again(self):
        # Long enough that none of them has been executed when four of them
        # are disowned; who goes again finds no delay.
        fault = self.sim.fault(match={"verb": "create"}, delayMs=2000,
                               count=8)
        streams = self.burst(self.client(), 60, "x")
        self.sim.wait_hits(fault, 8)
        self.sim.connections("goaway", dropNewest=4)
        self.assert_each_once(streams)

    def test_a_graceful_one_lets_what_runs_finish(self):
        fault = self.sim.fault(match={"verb": "create"}, delayMs=50)
        streams = self.burst(self.client(), 8, "x")
        self.sim.wait_hits(fault, 8)
        self.sim.connections("goaway")
        self.assert_each_once(streams)
        self.assert_status(self.client().request("GET", "/version"), 200)


if __name__ == "__main__":
    harness.main()
