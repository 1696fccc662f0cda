#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Three replicas divide their limits by Leases: the API server never has more
of them open than the total, wherever the demand is, and whoever is killed or
cut off.  What it had open is counted there, by when each request came in and
when it was done."""

import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import harness
from harness import (CONFIGMAPS, JSON, LEASES, MERGE_PATCH, POD_FINALIZER,
                     Fairway, configmap, pod, poll, removal)

TOTAL = 16
FLOOR = 1  # a quarter of it by four
POOL = TOTAL - 4 * FLOOR
LEASE = 3
CROWD = 40  # requests that each client has open, more than there are seats
CONFIG = """apiVersion: fairway.dev/v1alpha1
kind: Configuration
preset: gateway
total: {{initial: {total}, min: 1}}
replicas: {{divide: true, name: {name}, namespace: argo, leaseDuration: {lease}s}}
shutdown: {{delay: 0s, grace: 5s}}
{more}"""


class Crowd:
    """Creates config maps through one replica, so many at a time."""

    numbers = itertools.count()

    def __init__(self, client):
        self.client = client
        self.streams = []
        self.size = 0
        self.done = 0
        self.statuses = set()

    def turn(self):
        over = [each for each in self.streams if each.is_over]
        self.streams = [each for each in self.streams if not each.is_over]
        for each in over:
            if each.reset_code is None:
                self.statuses.add(each.status)
            self.done += 1
            del self.client.streams[each.id]
        for _ in range(self.size - len(self.streams)):
            self.streams.append(self.client.open(
                "POST", CONFIGMAPS, [JSON],
                configmap(f"x-{next(self.numbers)}")))
        if self.streams:
            self.client.flush()
            self.client.receive(0.005)


def creations(history):
    return [item for item in history if item["path"] == CONFIGMAPS]


def most_open(history):
    """How many of the crowds' requests were open at one time."""
    edges = []
    for item in creations(history):
        edges.append((item["usec"] - item["waitedUsec"], 1))
        edges.append((item["usec"], -1))
    most = now = 0
    for _, step in sorted(edges):
        now += step
        most = max(most, now)
    return most


class Replicas(harness.Case):
    more = ""

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-e2e."))
        self.addCleanup(shutil.rmtree, self.tmp)
        self.clients = []
        self.addCleanup(self.close_clients)
        self.fairways = {}
        self.crowds = {}
        self.start_sim()
        # As long as it takes at the API server, with its seat in hand.
        self.sim.fault(match={"verb": "create", "resource": "configmaps"},
                       delayMs=300)

    def start(self, name, lease=LEASE, is_named=True):
        config = self.tmp / f"{name}.yaml"
        config.write_text(CONFIG.format(
            name=name if is_named else '""', total=TOTAL, lease=lease,
            more=self.more))
        folder = self.tmp / f"{name}-{len(self.fairways)}"
        fairway = Fairway(folder, self.sim.kubeconfig, "--config", config)
        self.fairways[name] = fairway
        self.addCleanup(self.end, fairway)
        client = harness.Client("127.0.0.1", fairway.port,
                                cafile=fairway.cafile, token=fairway.token)
        self.addCleanup(client.close)
        self.crowds[name] = Crowd(client)
        return fairway

    def close_clients(self):
        for client in self.clients:
            client.close()

    def end(self, fairway):
        status = fairway.stop()
        if status not in (0, -signal.SIGKILL) or self.is_failed():
            print(f"--- {fairway.folder.name} ended with {status}; it said:")
            print("\n".join(line for line in fairway.lines
                            if "msg=request" not in line))
        self.assertIn(status, (0, -signal.SIGKILL))

    def three(self):
        for name in "fw-a", "fw-b", "fw-c":
            self.start(name)
        self.until(lambda: all(self.portion(name) > FLOOR
                               for name in self.fairways), "nobody settled")

    def kill(self, name):
        fairway = self.fairways.pop(name)
        self.crowds.pop(name)
        fairway.process.kill()
        fairway.process.wait()

    # ---- what is seen

    def metric(self, name, metric, labels=""):
        text = self.fairways[name].admin_get("/metrics")
        for line in text.splitlines():
            if line.startswith(metric + labels + " "):
                return float(line.rsplit(" ", 1)[1])
        raise AssertionError(f"{name} has no {metric}{labels}")

    def portion(self, name, quota="total"):
        return self.metric(name, "fairway_replica_portion",
                           f'{{quota="{quota}"}}')

    def is_in_state(self, name, state):
        return self.metric(name, "fairway_replica_state",
                           f'{{state="{state}"}}') == 1

    def leases(self):
        if not self.clients:
            self.direct()
        answer = self.clients[0].request("GET", LEASES)
        return json.loads(answer.read())["items"]

    # ---- what is done

    def turn(self):
        for crowd in self.crowds.values():
            crowd.turn()
        for fairway in self.fairways.values():
            fairway.read_lines(0)

    def until(self, condition, complaint):
        """Crowds go on meanwhile."""
        begun = time.monotonic()
        while not condition():
            for _ in range(5):
                self.turn()
            if time.monotonic() - begun > harness.LIMIT:
                raise harness.TimedOut(complaint)
        return time.monotonic() - begun

    def go_on(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.turn()

    def heat(self, *names):
        """The crowds of those, and no others."""
        for name, crowd in self.crowds.items():
            crowd.size = CROWD if name in names else 0

    def wait_for_all_of_it(self, name):
        return self.until(lambda: self.portion(name) == FLOOR + POOL,
                          f"{name} did not get what the others left")

    def assert_never_more(self, bound=TOTAL):
        most = most_open(self.sim.history())
        self.assertLessEqual(most, bound)
        # Or nothing was shown.
        self.assertGreater(most, TOTAL // 2)
        for crowd in self.crowds.values():
            self.assertLessEqual(crowd.statuses, {201})


class Division(Replicas):
    def test_demand_moves(self):
        self.three()
        for name in "fw-a", "fw-b", "fw-c", "fw-a":
            self.heat(name)
            self.wait_for_all_of_it(name)
            self.go_on(1)
        self.heat("fw-b", "fw-c")
        self.until(lambda: self.portion("fw-b") == self.portion("fw-c") ==
                   FLOOR + POOL / 2, "two do not have half each")
        self.go_on(0.5)
        self.assert_never_more()

    def test_one_is_killed(self):
        self.three()
        self.heat("fw-a")
        self.wait_for_all_of_it("fw-a")
        self.kill("fw-a")
        self.heat("fw-b", "fw-c")
        self.sim.preload("pods", "argo", prefix="p-", count=1,
                         finalizers=[POD_FINALIZER])
        # What the others have for sure, they have now.
        stream = self.crowds["fw-b"].client.open(
            "PATCH", pod("p-000000"), [MERGE_PATCH], removal())
        took = self.until(lambda: stream.is_over, "a removal waits")
        self.assertLess(took, LEASE)
        self.assertEqual(stream.status, 200)
        self.until(lambda: self.portion("fw-b") == self.portion("fw-c") ==
                   FLOOR + POOL / 2, "what the dead one had is not free")
        self.go_on(0.5)
        self.assert_never_more(TOTAL + FLOOR + POOL)
        # The same name again: a new process.
        self.start("fw-a")
        self.heat("fw-a", "fw-b", "fw-c")
        self.until(lambda: self.portion("fw-a") == FLOOR + POOL / 3,
                   "the new one gets nothing")
        self.assert_never_more(TOTAL + FLOOR + POOL)

    def test_one_is_cut_off_from_its_lease_alone(self):
        """Its other requests get through: it must not use what it had."""
        self.three()
        self.heat("fw-a", "fw-b")
        self.until(lambda: self.portion("fw-a") == FLOOR + POOL / 2,
                   "two do not have half each")
        fault = self.sim.fault(match={"verb": "update", "resource": "leases",
                                      "name": "fw-a"}, action="stall")
        self.until(lambda: self.is_in_state("fw-a", "cut-off"),
                   "it does not notice")
        self.assertEqual(self.portion("fw-a"), FLOOR)
        self.wait_for_all_of_it("fw-b")
        done = self.crowds["fw-a"].done
        self.go_on(1)
        self.assertGreater(self.crowds["fw-a"].done, done)
        self.fairways["fw-a"].wait_line(
            r'msg="replica" .*state=cut-off')
        self.assertIn("[-]replicas: cut-off: ",
                      self.fairways["fw-a"].admin_get("/readyz?verbose"))
        self.sim.admin("DELETE", f"/faults?id={fault}")
        self.until(lambda: self.portion("fw-a") == self.portion("fw-b") ==
                   FLOOR + POOL / 2, "it does not come back")
        self.assert_never_more()

    def test_one_stands_still(self):
        """It goes on with its floor, whatever it had."""
        self.three()
        self.heat("fw-a", "fw-b")
        self.until(lambda: self.portion("fw-a") == FLOOR + POOL / 2,
                   "two do not have half each")
        crowd = self.crowds.pop("fw-a")
        fairway = self.fairways.pop("fw-a")
        fairway.freeze()
        self.wait_for_all_of_it("fw-b")
        fairway.thaw()
        self.fairways["fw-a"], self.crowds["fw-a"] = fairway, crowd
        self.until(lambda: self.portion("fw-a") == self.portion("fw-b") ==
                   FLOOR + POOL / 2, "it does not come back")
        self.go_on(0.5)
        # What it had open it had sent before.
        self.assert_never_more(TOTAL + FLOOR + POOL / 2)

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
        self.assertEqual(self.portion("fw-a"), FLOOR)
        fairway.wait_line("cannot list the Leases: .* 403")
        done = self.crowds["fw-a"].done
        self.until(lambda: self.crowds["fw-a"].done > done + 10,
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
        self.until(lambda: self.portion("fw-a") == FLOOR + POOL,
                   "it counts for ever")

    def test_another_total_is_in_force_at_once(self):
        self.three()
        self.heat("fw-a")
        self.wait_for_all_of_it("fw-a")
        self.go_on(1)
        for name, fairway in self.fairways.items():
            config = self.tmp / f"{name}.yaml"
            config.write_text(CONFIG.format(name=name, total=8, lease=LEASE,
                                            more=""))
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
        self.until(lambda: self.portion("fw-a") == FLOOR + POOL / 2,
                   "two do not have half each")
        fairway = self.fairways.pop("fw-a")
        crowd = self.crowds.pop("fw-a")
        crowd.size = 0
        fairway.terminate()
        self.wait_for_all_of_it("fw-b")
        self.assert_never_more()


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
        times = sorted(item["usec"] - item["waitedUsec"]
                       for item in creations(self.sim.history()))
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
