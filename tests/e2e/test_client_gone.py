#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""F26: a client that leaves: nothing is done for it any more."""

import harness
from harness import CONFIGMAPS, JSON, configmap

SEATS = 8  # of the default total


class ClientGone(harness.Case):
    def occupy_all_seats(self):
        """Requests that hang upstream, one for each seat."""
        fault = self.sim.fault(match={"verb": "get",
                                      "resource": "configmaps"},
                               action="stall")
        client = self.client()
        streams = [client.open("GET", f"{CONFIGMAPS}/stalls-{i}")
                   for i in range(SEATS)]
        self.sim.wait_hits(fault, SEATS)
        return streams

    def test_who_leaves_the_queue_is_never_sent(self):
        running = self.occupy_all_seats()
        leaving = self.client()
        queued = leaving.open("POST", CONFIGMAPS, [JSON], configmap("gone"))
        staying = self.client()
        kept = staying.open("POST", CONFIGMAPS, [JSON], configmap("kept"))
        leaving.ping()
        staying.ping()
        queued.cancel()
        leaving.ping()
        for stream in running:
            stream.cancel()
        running[0].client.ping()
        self.assert_status(kept, 201)
        self.assertEqual(self.sim.effects(), ["kept"])

    def test_a_whole_connection_that_breaks_empties_its_queue(self):
        running = self.occupy_all_seats()
        leaving = self.client()
        for i in range(30):
            leaving.open("POST", CONFIGMAPS, [JSON], configmap(f"gone-{i}"))
        leaving.ping()
        leaving.abort()
        # Who comes behind it proves that it was noticed.
        staying = self.client()
        kept = staying.open("POST", CONFIGMAPS, [JSON], configmap("kept"))
        staying.ping()
        for stream in running:
            stream.cancel()
        running[0].client.ping()
        self.assert_status(kept, 201)
        self.assertEqual(self.sim.effects(), ["kept"])

    def test_who_leaves_while_it_runs_frees_its_seat(self):
        running = self.occupy_all_seats()
        for stream in running:
            stream.cancel()
        running[0].client.ping()
        self.sim.no_faults()
        self.sim.wait_streams(0)
        client = self.client()
        for i in range(2 * SEATS):
            self.assert_status(
                client.request("POST", CONFIGMAPS, [JSON],
                               configmap(f"after-{i}")), 201)

    def test_a_storm_of_cancels_does_not_cost_the_upstream_connection(self):
        """The API server answers resets above a rate with GOAWAY."""
        self.sim.fault(match={"verb": "get", "resource": "configmaps"},
                       delayMs=2)
        client = self.client()
        for i in range(400):
            client.open("GET", f"{CONFIGMAPS}/none-{i}").cancel()
            if client.goaway or client.closed:
                break
        self.assert_status(self.client().request("GET", "/version"), 200)


class HalfOpen(harness.Case):
    config = "limits: {pingAfter: 1s, pingTimeout: 100ms}\n"

    def test_who_is_silently_gone_is_found_out(self):
        fault = self.sim.fault(match={"verb": "create"}, action="stall")
        client = self.client()
        client.open("POST", CONFIGMAPS, [JSON], configmap("x"))
        self.sim.wait_hits(fault, 1)
        # It answers no PING any more, since it reads nothing.
        self.sim.wait_streams(0)
        self.sim.no_faults()
        self.assert_status(self.client().request("GET", "/version"), 200)


if __name__ == "__main__":
    harness.main()
