#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Several API servers: a client stays with one, and moves when it is gone."""

import pathlib
import shutil
import tempfile

import harness


class Endpoints(harness.Case):
    """Two kubesims with one CA; each has objects of its own."""

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-e2e."))
        self.addCleanup(shutil.rmtree, self.tmp)
        self.clients = []
        (self.tmp / "sim").mkdir()
        self.sims = [harness.Kubesim(self.tmp / "sim") for _ in range(2)]
        for sim in self.sims:
            self.addCleanup(sim.stop)
        servers = ", ".join(f'"https://127.0.0.1:{sim.port}"'
                            for sim in self.sims)
        config = self.tmp / "fairway.yaml"
        config.write_text(
            "apiVersion: fairway.dev/v1alpha1\n"
            "kind: Configuration\n"
            "upstream:\n"
            f"  servers: [{servers}]\n"
            f"  certificateAuthority: {self.tmp}/sim/ca.crt\n"
            "health:\n"
            "  probeInterval: 20ms\n"
            "  probeIntervalAway: 20ms\n"
            "  probeTimeout: 200ms\n")
        self.fairway = harness.Fairway(
            self.tmp / "fw", self.sims[0].kubeconfig, "--config", config)
        self.addCleanup(self.end_fairway)

    def served(self):
        """How many gets each of them has answered."""
        return [sum(item["count"] for item in sim.admin("GET", "/counters")
                    if item["verb"] == "get" and item["code"] == 200
                    and item["resource"] == "namespaces")
                for sim in self.sims]

    def get(self, client):
        self.assert_status(
            client.request("GET", "/api/v1/namespaces/argo"), 200)

    def test_a_connection_stays_with_one(self):
        client = self.client()
        for _ in range(10):
            self.get(client)
        self.assertIn(self.served(), ([10, 0], [0, 10]))

    def test_all_of_them_are_used(self):
        for _ in range(30):
            self.get(self.client())
        self.assertNotIn(0, self.served())

    def test_when_one_is_gone_the_other_serves(self):
        client = self.client()
        self.get(client)
        gone = self.served().index(1)
        self.sims[gone].listener("refuse")
        self.sims[gone].connections("reset")
        for _ in range(10):
            self.get(client)
        self.assertEqual(self.served()[1 - gone], 10)


if __name__ == "__main__":
    harness.main()
