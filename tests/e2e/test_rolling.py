#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""F4: a rolling restart of two API servers is not noticed by a client."""

import harness
import servers

CLIENTS = 4
WATCH = "/api/v1/namespaces/argo/configmaps?watch=true"


class Rolling(servers.Case):
    def setUp(self):
        super().setUp()
        self.start_fairway(self.urls())

    def roll(self, at, during):
        """As an API server ends: not ready, GOAWAY, gone, there again."""
        sim = self.sims[at]
        sim.admin("POST", "/ready", {"ready": False})
        during()
        sim.connections("goaway")
        during()
        self.restart_sim(at)
        during()
        self.wait_health("up", "up")
        during()

    def test_reads_go_on(self):
        clients = [self.client() for _ in range(CLIENTS)]

        def read():
            streams = [client.open("GET", servers.NAMESPACE)
                       for client in clients for _ in range(5)]
            for stream in streams:
                self.assert_status(stream, 200)

        read()
        for at in 0, 1, 0:
            self.roll(at, read)
        for client in clients:
            self.assertFalse(client.goaway or client.closed)

    def test_what_runs_when_one_ends_is_done_by_the_other(self):
        clients = [self.client() for _ in range(CLIENTS)]
        for client in clients:
            self.get(client)
        faults = [sim.fault(match={"resource": "namespaces"},
                            action="stall") for sim in self.sims]
        streams = [client.open("GET", servers.NAMESPACE)
                   for client in clients]
        for sim, fault in zip(self.sims, faults):
            sim.wait_hits(fault, CLIENTS // 2)
        self.sims[1].no_faults()
        self.sims[0].listener("refuse")
        self.sims[0].connections("reset")
        self.sims[1].connections("reset")
        for stream in streams:
            self.assert_status(stream, 200)

    def test_one_that_is_not_ready_gets_no_new_requests(self):
        clients = [self.client() for _ in range(CLIENTS)]
        for client in clients:
            self.get(client)
        self.sims[0].admin("POST", "/ready", {"ready": False})
        before = self.served()[0]

        def is_left():
            count = self.served()[0]
            for client in clients:
                self.get(client)
            return self.served()[0] == count

        harness.poll(is_left, "it was not left")
        self.assertGreaterEqual(self.served()[0], before)

    def test_a_watch_ends_cleanly_and_goes_on_at_the_other(self):
        client = self.client()
        watch = client.open("GET", WATCH)
        self.assertEqual(watch.status, 200)
        at = next(i for i, sim in enumerate(self.sims)
                  if any(item["streams"] for item in
                         sim.admin("GET", "/connections")))
        self.sims[at].listener("refuse")
        self.sims[at].connections("reset")
        watch.wait_over()
        self.assertTrue(watch.ended)
        # An informer that is told 429 comes again and resumes.
        harness.poll(lambda: client.open("GET", WATCH).status == 200,
                     "no watch at the other one")


if __name__ == "__main__":
    harness.main()
