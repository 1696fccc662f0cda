#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Three replicas divide their limits by Leases: the API server never has more
of them open than the total, wherever the demand is, and whoever is killed or
cut off.  What it had open is counted there (replicas.py)."""

import json
import os
import signal
import subprocess
import unittest

import cluster
import harness
import replicas
from harness import (JSON, LEASES, MERGE_PATCH, POD_FINALIZER, SPACE, pod,
                     poll, removal)
from replicas import LEASE, Replicas


class Division(Replicas):
    def test_demand_moves(self):
        self.three()
        for name in "fw-a", "fw-b", "fw-c", "fw-a":
            self.heat(name)
            self.wait_for_all_of_it(name)
            self.go_on(1)
        self.heat("fw-b", "fw-c")
        self.wait_for_halves("fw-b", "fw-c")
        self.go_on(0.5)
        self.assert_never_more()

    def test_one_is_killed(self):
        self.three()
        self.heat("fw-a")
        self.wait_for_all_of_it("fw-a")
        self.kill("fw-a")
        self.heat("fw-b", "fw-c")
        self.sim.preload("pods", SPACE, prefix="p-", count=1,
                         finalizers=[POD_FINALIZER])
        # What the others have for sure, they have now.
        stream = self.crowd("fw-b").client.open(
            "PATCH", pod("p-000000"), [MERGE_PATCH], removal())
        took = self.until(lambda: stream.is_over, "a removal waits")
        self.assertLess(took, LEASE)
        self.assertEqual(stream.status, 200)
        self.wait_for_halves("fw-b", "fw-c",
                             "what the dead one had is not free")
        self.go_on(0.5)
        self.assert_never_more(self.total + self.floor + self.pool)
        # The same name again: a new process.
        self.start("fw-a")
        self.heat("fw-a", "fw-b", "fw-c")
        self.until(lambda: self.portion("fw-a") == self.floor + self.pool / 3,
                   "the new one gets nothing")
        self.assert_never_more(self.total + self.floor + self.pool)

    def test_one_is_cut_off_from_its_lease_alone(self):
        """Its other requests get through: it must not use what it had."""
        self.three()
        self.heat("fw-a", "fw-b")
        self.wait_for_halves("fw-a", "fw-b")
        fault = self.sim.fault(match={"verb": "update", "resource": "leases",
                                      "name": "fw-a"}, action="stall")
        self.until(lambda: self.is_in_state("fw-a", "cut-off"),
                   "it does not notice")
        self.assertEqual(self.portion("fw-a"), self.floor)
        self.wait_for_all_of_it("fw-b")
        done = self.crowd("fw-a").done
        self.go_on(1)
        self.assertGreater(self.crowd("fw-a").done, done)
        self.fairways["fw-a"].wait_line(
            r'msg="replica" .*state=cut-off')
        self.assertIn("[-]replicas: cut-off: ",
                      self.fairways["fw-a"].admin_get("/readyz?verbose"))
        self.sim.admin("DELETE", f"/faults?id={fault}")
        self.wait_for_halves("fw-a", "fw-b", "it does not come back")
        self.assert_never_more()

    def test_one_stands_still(self):
        """It goes on with its floor, whatever it had."""
        self.three()
        self.heat("fw-a", "fw-b")
        self.wait_for_halves("fw-a", "fw-b")
        crowd = self.crowds.pop("fw-a")
        fairway = self.fairways.pop("fw-a")
        fairway.freeze()
        self.wait_for_all_of_it("fw-b")
        fairway.thaw()
        self.fairways["fw-a"], self.crowds["fw-a"] = fairway, crowd
        self.wait_for_halves("fw-a", "fw-b", "it does not come back")
        self.go_on(0.5)
        # What it had open it had sent before.
        self.assert_never_more(self.total + self.floor + self.pool / 2)

    def test_what_its_lease_says(self):
        self.start("fw-a", lease=15)
        poll(self.leases, "no Lease")
        lease, = self.leases()
        metadata, spec = lease["metadata"], lease["spec"]
        self.assertEqual(metadata["name"], "fw-a")
        self.assertEqual(metadata["labels"],
                         {"fairway.dev/replicas": "fairway"})
        self.assertEqual(spec["leaseDurationSeconds"], 15)
        self.assertRegex(spec["holderIdentity"], r"^fw-a_[0-9a-f]{16}$")
        self.assertNotIn("ownerReferences", metadata)
        said = json.loads(metadata["annotations"]["fairway.dev/portions"])
        self.assertEqual(said["quotas"]["total"], {"demand": 0, "claim": 0})

    def test_it_goes_with_its_pod(self):
        os.environ.update(POD_NAME="fw-p", POD_NAMESPACE="argo",
                          POD_UID="0b0c5ad6-4a8c-4a34-9d4c-3a3e6e8f5a01")
        try:
            self.start("fw-p", is_named=False)
        finally:
            for name in "POD_NAME", "POD_NAMESPACE", "POD_UID":
                del os.environ[name]
        poll(self.leases, "no Lease")
        lease, = self.leases()
        self.assertEqual(lease["metadata"]["name"], "fw-p")
        self.assertEqual(lease["metadata"]["ownerReferences"], [
            {"apiVersion": "v1", "kind": "Pod", "name": "fw-p",
             "uid": "0b0c5ad6-4a8c-4a34-9d4c-3a3e6e8f5a01"}])

    def test_without_the_right_it_has_its_floor(self):
        self.sim.admin("POST", "/denials", {"resource": "leases"})
        fairway = self.start("fw-a", lease=1)
        self.heat("fw-a")
        self.until(lambda: self.is_in_state("fw-a", "cut-off"),
                   "it does not say so")
        self.assertEqual(self.portion("fw-a"), self.floor)
        fairway.wait_line("cannot list the Leases: .* 403")
        done = self.crowd("fw-a").done
        self.until(lambda: self.crowd("fw-a").done > done + 10,
                   "nothing gets through")
        status = subprocess.run(
            [harness.FAIRWAY, "status", "--state-dir", fairway.folder],
            capture_output=True, text=True, check=True).stdout
        self.assertRegex(status, r"REPLICA fw-a of fairway: cut-off for")
        self.assertIn("403", status)

    def test_a_lease_that_says_nothing_stops_growth(self):
        body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": {"name": "odd", "labels": {
                    "fairway.dev/replicas": "fairway"}}, "spec": {}}
        answer = self.direct().request("POST", LEASES, [JSON],
                                       json.dumps(body).encode())
        self.assertEqual(answer.status, 201)
        self.start("fw-a", lease=1)
        self.until(lambda: self.metric(
            "fw-a", "fairway_replica_unreadable_leases") == 1, "not seen")
        # Until it has expired, as any.
        self.until(lambda: self.portion("fw-a") == self.floor + self.pool,
                   "it counts for ever")

    def test_another_total_is_in_force_at_once(self):
        self.three()
        self.heat("fw-a")
        self.wait_for_all_of_it("fw-a")
        self.go_on(1)
        for name, fairway in self.fairways.items():
            config = self.tmp / f"{name}.yaml"
            config.write_text(self.text_of(name, total=8))
            fairway.process.send_signal(signal.SIGHUP)
        self.until(lambda: all(
            self.metric(name, "fairway_replica_limit", '{quota="total"}') == 8
            for name in self.fairways), "not reloaded")
        self.assertLessEqual(self.portion("fw-a"), 8 - 3)
        self.until(lambda: self.portion("fw-a") == 5, "not divided anew")
        self.assert_never_more()

    def test_one_that_ends_gives_its_part_back(self):
        self.three()
        self.heat("fw-a", "fw-b")
        self.wait_for_halves("fw-a", "fw-b")
        fairway = self.fairways.pop("fw-a")
        self.crowds.pop("fw-a")
        fairway.terminate()
        self.wait_for_all_of_it("fw-b")
        self.assert_never_more()


class Partition(replicas.Relayed, replicas.Story):
    def test_one_is_cut_off_and_another_is_killed(self):
        self.tell()


# A real one takes its time before it asks the meter, sometimes more.
@unittest.skipIf(cluster.FOLDER, "kubesim alone knows when they came in")
class Budget(Replicas):
    more = "budget: {qps: 60, burst: 8}\n"

    def test_is_one_for_all(self):
        self.three()
        self.heat("fw-a", "fw-b", "fw-c")
        self.go_on(LEASE)
        self.heat("fw-a")
        self.go_on(LEASE)
        self.heat("fw-b")
        self.go_on(LEASE)
        times = sorted(self.meter.begins())
        self.assertGreater(len(times), 60 * LEASE)
        # In any time no more than the rate and the burst allow; each has a
        # burst of one at least.
        for begin, first in enumerate(times):
            for end in range(begin, min(begin + 300, len(times))):
                seconds = (times[end] - first) / 1e6
                self.assertLessEqual(end - begin + 1,
                                     60 * seconds + 8 + 3 + 2)


if __name__ == "__main__":
    harness.main()
