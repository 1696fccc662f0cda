#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""While the API server is away requests are held, and leave in order."""

import json

import harness
from harness import (CONFIGMAPS, JSON, LEASES, MERGE_PATCH, POD_FINALIZER,
                     SPACE, configmap, pod, removal)


def lease(name, version=None):
    metadata = {"name": name}
    if version:
        metadata["resourceVersion"] = version
    return json.dumps({
        "kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
        "metadata": metadata,
        "spec": {"holderIdentity": "a", "leaseDurationSeconds": 15},
    }).encode()


class Hold(harness.Case):
    config = ("health:\n"
              "  probeInterval: 20ms\n"
              "  probeIntervalAway: 20ms\n"
              "  probeTimeout: 200ms\n")

    def go_away(self):
        """Nobody listens any more, and what was open is reset."""
        self.sim.listener("refuse")
        self.sim.connections("reset")
        self.fairway.wait_line("health=away")

    def test_requests_wait_out_a_refusal(self):
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.go_away()
        streams = [client.open("POST", CONFIGMAPS, [JSON],
                               configmap(f"x-{i}")) for i in range(50)]
        client.ping()
        self.assertTrue(all(stream.headers is None for stream in streams))
        self.sim.listener("accept")
        for stream in streams:
            self.assert_status(stream, 201)
        self.assertEqual(len(set(self.sim.effects())), 50)
        self.assertEqual(len(self.sim.effects()), 50)

    def test_requests_wait_out_what_a_load_balancer_says(self):
        """It answers all, /readyz too, while it has nobody to ask."""
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.sim.preload("pods", "argo", prefix="p-", count=1,
                         finalizers=[POD_FINALIZER])
        self.sim.fault(action="status", code=502, text=True,
                       message="Bad Gateway")
        self.fairway.wait_line(
            'something on the way answers for the API server.*status=502')
        self.fairway.wait_line("health=away")
        streams = [client.open("GET", CONFIGMAPS),
                   client.open("POST", CONFIGMAPS, [JSON], configmap("x")),
                   client.open("PATCH", pod("p-000000"), [MERGE_PATCH],
                               removal())]
        client.ping()
        self.assertTrue(all(stream.headers is None for stream in streams))
        self.sim.no_faults()
        for stream, status in zip(streams, (200, 201, 200)):
            self.assert_status(stream, status)
        self.assertEqual(len(self.sim.effects()), 2)

    def test_who_meets_its_first_word_reads_again(self):
        """Before a probe has told that nobody is there."""
        fault = self.sim.fault(action="status", code=503, text=True,
                               count=1, match={"path": CONFIGMAPS})
        client = self.client()
        self.assert_status(client.request("GET", CONFIGMAPS), 200)
        self.assertEqual(self.sim.hits(fault), 1)
        # The API server's own word is passed on.
        self.sim.fault(action="status", code=503, count=1,
                       match={"path": CONFIGMAPS})
        self.assert_status(client.request("GET", CONFIGMAPS), 503)

    def test_requests_wait_until_it_knows_its_roles(self):
        """An API server that has just begun forbids everything."""
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        allowed = self.sim.fault(delayMs=1, match={"path": "/readyz"})
        self.sim.wait_hits(allowed, 2)
        self.sim.no_faults()
        self.go_away()
        probe = self.sim.fault(action="status", code=403,
                               match={"path": "/readyz"})
        create = self.sim.fault(action="status", code=403,
                                match={"verb": "create"})
        stream = client.open("POST", CONFIGMAPS, [JSON], configmap("x"))
        client.ping()
        self.sim.listener("accept")
        self.sim.wait_hits(probe, 3)
        self.assertEqual(self.sim.hits(create), 0)
        self.sim.no_faults()
        self.assert_status(stream, 201)

    def test_also_when_fairway_has_just_begun_too(self):
        """Both were killed: it has never heard an answer."""
        self.sim.listener("refuse")
        self.assertEqual(self.fairway.stop(), 0)
        self.fairway = harness.Fairway(
            self.tmp / "fw", self.sim.kubeconfig, "--config",
            self.tmp / "fairway.yaml")
        self.fairway.wait_line("health=away")
        probe = self.sim.fault(action="status", code=403,
                               match={"path": "/readyz"})
        create = self.sim.fault(action="status", code=403,
                                match={"verb": "create"})
        stream = self.client().open("POST", CONFIGMAPS, [JSON],
                                    configmap("x"))
        stream.client.ping()
        self.sim.listener("accept")
        self.sim.wait_hits(probe, 3)
        self.assertEqual(self.sim.hits(create), 0)
        self.sim.no_faults()
        self.assert_status(stream, 201)

    def test_who_may_never_ask_is_served_at_once(self):
        """403 is what /readyz says when all is well."""
        self.assertEqual(self.fairway.stop(), 0)
        probe = self.sim.fault(action="status", code=403,
                               match={"path": "/readyz"})
        self.fairway = harness.Fairway(
            self.tmp / "fw", self.sim.kubeconfig, "--config",
            self.tmp / "fairway.yaml")
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.sim.wait_hits(probe, 2)
        self.go_away()
        stream = client.open("GET", "/version")
        client.ping()
        before = self.sim.hits(probe)
        self.sim.listener("accept")
        self.assert_status(stream, 200)
        self.assertLess(self.sim.hits(probe), before + 10)

    def test_requests_wait_out_a_silence(self):
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.sim.freeze()
        self.addCleanup(self.sim.thaw)
        self.fairway.wait_line("health=away")
        streams = [client.open("POST", CONFIGMAPS, [JSON],
                               configmap(f"x-{i}")) for i in range(50)]
        client.ping()
        self.sim.thaw()
        for stream in streams:
            self.assert_status(stream, 201)
        self.assertEqual(len(self.sim.effects()), 50)

    def test_leases_and_removals_go_first_on_return(self):
        self.sim.preload("pods", SPACE, prefix="p-", count=5,
                         finalizers=[POD_FINALIZER], deleted=True)
        client = self.client()
        created = client.request("POST", LEASES, [JSON], lease("leader"))
        self.assert_status(created, 201)
        version = json.loads(created.read())["metadata"]["resourceVersion"]
        self.sim.fault(delayMs=10)
        self.go_away()
        creates = [client.open("POST", CONFIGMAPS, [JSON],
                               configmap(f"x-{i}")) for i in range(60)]
        removals = [client.open("PATCH", pod(f"p-00000{i}"), [MERGE_PATCH],
                                removal()) for i in range(5)]
        renewal = client.open("PUT", f"{LEASES}/leader", [JSON],
                              lease("leader", version))
        client.ping()
        self.sim.admin("DELETE", "/history")
        self.sim.listener("accept")
        for stream in creates:
            self.assert_status(stream, 201)
        for stream in [*removals, renewal]:
            self.assert_status(stream, 200)
        order = [item["method"] for item in self.sim.history()]
        # They came last; a handful that left together may be before them.
        self.assertLess(order.index("PUT"), 12, order)
        last_removal = max(i for i, method in enumerate(order)
                           if method == "PATCH")
        self.assertLess(last_removal, 24, order)

    def test_new_watches_get_429_and_resume_later(self):
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.go_away()
        watch = client.request("GET", CONFIGMAPS + "?watch=true")
        self.assert_status(watch, 429, "TooManyRequests")
        self.assertIn(watch.header("retry-after"), ("1", "2"))
        self.assertEqual(watch.header("x-fairway-reason"), "stream-away")

    def test_who_leaves_while_held_is_not_sent(self):
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.go_away()
        gone = client.open("POST", CONFIGMAPS, [JSON], configmap("gone"))
        kept = client.open("POST", CONFIGMAPS, [JSON], configmap("kept"))
        client.ping()
        gone.cancel()
        client.ping()
        self.sim.listener("accept")
        self.assert_status(kept, 201)
        self.assertEqual(self.sim.effects(), ["kept"])


class NeverThere(harness.Case):
    """An API server that does not answer when Fairway starts."""

    def test_it_starts_and_holds_until_somebody_is_there(self):
        self.sim.listener("refuse")
        client = self.client()
        stream = client.open("GET", "/version")
        client.ping()
        self.assertIsNone(stream.headers)
        self.sim.listener("accept")
        self.assert_status(stream, 200)


if __name__ == "__main__":
    harness.main()
