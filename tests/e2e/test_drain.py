#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""F24: SIGTERM under load: what runs is finished, watches end one after
another, exit 0; a second one is quick; a restarted one serves again."""

import datetime
import json
import re
import signal
import time

import harness
from harness import CONFIGMAPS, JSON, LEASES, SPACE, configmap

WATCHES = 300


class Drain(harness.Case):
    def end(self):
        """SIGTERM, as often as it is called."""
        self.fairway.process.send_signal(signal.SIGTERM)
        self.fairway.is_told = True

    def stalled(self, count):
        fault = self.sim.fault(match={"verb": "create"}, action="stall")
        client = self.client()
        streams = [client.open("POST", CONFIGMAPS, [JSON],
                               configmap(f"x-{i}")) for i in range(count)]
        self.sim.wait_hits(fault, count)
        return streams


class UnderLoad(Drain):
    def test_what_runs_and_what_waits_is_answered(self):
        fault = self.sim.fault(match={"verb": "create"}, delayMs=100)
        clients = [self.client() for _ in range(4)]
        streams = [client.open("POST", CONFIGMAPS, [JSON],
                               configmap(f"x-{i}-{at}"))
                   for at, client in enumerate(clients) for i in range(10)]
        for client in clients:
            client.ping()
        self.sim.wait_hits(fault, 1)
        self.end()
        for stream in streams:
            self.assert_status(stream, 201)
        self.assertEqual(len(set(self.sim.effects("POST"))), len(streams))
        self.assertEqual(self.fairway.stop(), 0)

    def test_again_and_again(self):
        for turn in range(3):
            client = self.client()
            streams = [client.open("POST", CONFIGMAPS, [JSON],
                                   configmap(f"x-{turn}-{i}"))
                       for i in range(20)]
            client.ping()
            self.end()
            for stream in streams:
                self.assert_status(stream, 201)
            self.assertEqual(self.fairway.stop(), 0)
            self.fairway = harness.Fairway(self.tmp / "fw",
                                           self.sim.kubeconfig)
        self.assertEqual(len(set(self.sim.effects("POST"))), 60)

    def test_a_second_signal_is_quick(self):
        streams = self.stalled(3)
        self.end()
        self.fairway.wait_line("ending: not ready any more")
        self.end()
        self.fairway.wait_line("a second signal")
        self.assertEqual(self.fairway.stop(), 0)
        self.assertEqual(len(streams), 3)


class Delay(Drain):
    config = "shutdown: {delay: 1h}\n"

    def test_it_is_not_ready_and_serves(self):
        self.assertEqual(self.fairway.admin_get("/readyz"), "ok")
        self.end()
        self.fairway.wait_line("ending: not ready any more")
        self.assertEqual(self.fairway.admin_get("/readyz"), "shutting down")
        self.assert_status(self.client().request("GET", "/version"), 200)
        self.end()
        self.assertEqual(self.fairway.stop(), 0)


class ShortGrace(Drain):
    config = "shutdown: {grace: 300ms}\n"

    def test_who_waits_in_vain_is_told_so(self):
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.sim.listener("refuse")
        self.sim.connections("reset")
        self.fairway.wait_line("health=suspect")
        stream = client.open("POST", CONFIGMAPS, [JSON], configmap("x"))
        client.ping()
        self.end()
        self.assert_status(stream, 429, "TooManyRequests")
        self.assertEqual(stream.header("x-fairway-reason"), "shutting-down")
        self.assertIn(stream.header("retry-after"), ("1", "2"))
        self.assertEqual(self.fairway.stop(), 0)
        self.assertEqual(self.sim.effects(), [])


class Watches(Drain):
    sim_args = ("--max-streams", "1000")
    config = ("hold: {streamStartsBurst: 1000}\n"
              "shutdown: {watchGrace: 10s}\n"
              "log: {level: debug}\n")

    def ends(self):
        """When Fairway logged that watches were over, in seconds.  Lines for
        which there is no room are dropped."""
        return [datetime.datetime.strptime(
            re.search(r"time=(\S+)Z", line)[1],
            "%Y-%m-%dT%H:%M:%S.%f").timestamp()
                for line in self.fairway.lines if " verb=watch " in line]

    def test_they_end_one_after_another(self):
        client = self.client()
        path = self.watch_path()
        watches = [client.open("GET", path) for _ in range(WATCHES)]
        for watch in watches:
            self.assertEqual(watch.status, 200)
        self.end()
        for watch in watches:
            watch.wait_over()
            self.assertTrue(watch.ended)
            self.fairway.read_lines(0)
        # Ten milliseconds apart, by Fairway's clock: it may be late, but
        # then it does not hurry.
        self.fairway.read_lines(1)
        ends = self.ends()
        self.assertGreater(len(ends), 20)
        self.assertGreater(ends[-1] - ends[0], 0.008 * (len(ends) - 1))
        self.assertEqual(self.fairway.stop(), 0)


class Lasting(Drain):
    """What no client can resume is broken off one after another, while a
    lease is still kept here."""

    config = "shutdown: {watchGrace: 0s, grace: 12s}\n"

    def follow(self, name):
        self.sim.log(name, ["line 1"])
        log = self.client().open(
            "GET", harness.pod(name) + "/log?follow=true")
        self.assertEqual(log.status, 200)
        self.assertEqual(log.read_line(), b"line 1")
        return log

    def preload_pods(self, count):
        self.sim.preload("pods", SPACE, prefix="p-", count=count, node="n",
                         running=True)

    def test_logs_that_are_followed(self):
        self.preload_pods(4)
        logs = [self.follow(f"p-{i:06}") for i in range(4)]
        began = time.monotonic()
        self.end()
        logs[0].wait_over()
        print(f"the first log was broken off {time.monotonic() - began:.1f} "
              "s after the signal")
        # The others are seconds away; who has no other place is served.
        answer = self.client().request(
            "POST", LEASES, [JSON], json.dumps(
                {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
                 "metadata": {"name": "leader"}}).encode())
        self.assert_status(answer, 201)
        logs[3].client.drain()
        self.assertFalse(logs[3].is_over)
        for log in logs:
            log.wait_over()
            # A log that is cut must not look whole.
            self.assertFalse(log.ended)
        self.assertEqual(self.fairway.stop(), 0)

    def test_none_of_them_is_waited_for_that_ends_by_itself(self):
        self.preload_pods(1)
        log = self.follow("p-000000")
        self.end()
        self.fairway.wait_line("ending: not ready any more")
        self.sim.admin("POST", "/logs", {
            "namespace": SPACE, "pod": "p-000000", "container": "main",
            "end": True})
        log.wait_over()
        self.assertTrue(log.ended)
        self.assertEqual(self.fairway.stop(), 0)


class Restart(Drain):
    """Of a sidecar, behind whose back a lease has to be kept."""

    def renew(self, version):
        """Once, by a fresh connection if need be: its new version."""
        until = time.monotonic() + 10  # the lease's own deadline
        body = {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
                "metadata": {"name": "leader", "namespace": SPACE,
                             "resourceVersion": version},
                "spec": {"holderIdentity": "me", "leaseDurationSeconds": 15}}
        while True:
            try:
                answer = self.client().request(
                    "PUT", LEASES + "/leader", [JSON],
                    json.dumps(body).encode())
                self.assertEqual(answer.status, 200)
                return json.loads(answer.read())["metadata"][
                    "resourceVersion"]
            except (OSError, harness.Closed):
                self.assertLess(time.monotonic(), until, "the lease is lost")

    def test_leases_go_on(self):
        answer = self.client().request(
            "POST", LEASES, [JSON], json.dumps(
                {"kind": "Lease", "apiVersion": "coordination.k8s.io/v1",
                 "metadata": {"name": "leader"},
                 "spec": {"holderIdentity": "me"}}).encode())
        self.assert_status(answer, 201)
        version = json.loads(answer.read())["metadata"]["resourceVersion"]
        port = self.fairway.port
        watch = self.client().open("GET", self.watch_path())
        self.assertEqual(watch.status, 200)
        for _ in range(3):
            version = self.renew(version)
            began = time.monotonic()
            self.assertEqual(self.fairway.stop(), 0)
            ended = time.monotonic()
            self.fairway = harness.Fairway(
                self.tmp / "fw", self.sim.kubeconfig,
                "--listen", f"127.0.0.1:{port}")
            version = self.renew(version)
            print(f"ended in {ended - began:.3f} s, served again "
                  f"{time.monotonic() - ended:.3f} s later")


if __name__ == "__main__":
    harness.main()
