#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""fairway sweep: what it needs to see more than once, and what goes wrong."""

import json
import os
import random

import harness
import sweeping
from harness import JSON, POD_FINALIZER, pod
from sweeping import (ARGO, AT_ONCE, CONFIGMAPS, LABEL, LONG_AGO, MERGE,
                      PODS, WORKFLOWS)

KEPT = f"{CONFIGMAPS}/sightings"
NODE = "workflows.argoproj.io/node-id"


class Sightings(sweeping.Sweep):
    def make_finished(self, *names):
        uid = self.make_workflow("done", labels={LABEL + "completed": "true"},
                                 status={"phase": "Succeeded",
                                         "finishedAt": LONG_AGO})
        for name in names:
            self.make_pod(name, "done", uid)
        return uid

    def keep(self, data=None):
        self.make(CONFIGMAPS, {"kind": "ConfigMap", "apiVersion": "v1",
                               "metadata": {"name": "sightings",
                                            "labels": {"mine": "too"}},
                               "data": data or {}})
        return self.write_config(AT_ONCE)

    def apply(self, config, *args, **more):
        return self.report("--apply", "--config", config, *args, **more)

    def test_finished_is_removed_when_seen_three_times(self):
        self.make_finished("p")
        config = self.keep()
        for seen in 1, 2:
            report = self.apply(config)
            self.assertEqual(self.proofs(report), {"p": ("finished",
                                                         "sighted")})
            self.assertEqual(report["candidates"][0]["seen"], seen)
            # Who only looks is no sighting.
            self.report("--config", config)
        self.assertEqual(self.finalizers("p"), [POD_FINALIZER])
        self.assertEqual(self.proofs(self.apply(config)),
                         {"p": ("finished", "removed")})
        self.assertEqual(self.finalizers("p"), [])
        # What else is in the ConfigMap stays.
        self.assertEqual(self.read(KEPT)["metadata"]["labels"],
                         {"mine": "too"})

    def test_sweeps_too_close_are_one(self):
        self.make_finished("p")
        self.keep()
        for _ in range(4):
            report = self.report("--apply", "--sightings-in",
                                 "argo/sightings")
            self.assertEqual(report["candidates"][0]["seen"], 1)

    def test_who_was_not_seen_begins_anew(self):
        self.make_finished("p", "q")
        config = self.keep()
        self.apply(config)
        self.apply(config)
        note = {"fairway.dev/keep-finalizers": "true"}
        self.change(pod("p"), {"metadata": {"annotations": note}})
        # q alone would be more than its share of what is left.
        self.assertEqual(self.proofs(self.apply(config)),
                         {"q": ("finished", "removed")})
        self.change(pod("p"), {"metadata": {"annotations": None}})
        for result in "sighted", "sighted", "removed":
            self.assertEqual(self.proofs(self.apply(config)),
                             {"p": ("finished", result)})

    def test_without_a_memory_each_sweep_is_the_first(self):
        self.make_finished("p")
        for _ in range(4):
            done = self.sweep("--apply")
            self.assertIn("more sweeps", done.stdout)
        self.assertEqual(self.patches(), [])
        self.assertEqual(self.proofs(self.report("--apply", "--sightings",
                                                 "1")),
                         {"p": ("finished", "removed")})

    def test_a_memory_that_is_none(self):
        self.make_finished("p")
        args = ["--apply", "--sightings-in", "argo/sightings"]
        self.assertIn("make an empty one",
                      self.sweep(*args, status=1).stderr)
        self.keep({"memory.json": "[]"})
        self.assertIn("begin anew", self.sweep(*args, status=1).stderr)
        self.change(KEPT, {"data": {"memory.json": None}})
        self.report(*args)

    def test_a_memory_that_may_not_be_read_or_written(self):
        self.make_finished("p")
        config = self.keep()
        for verb in "get", "patch":
            self.sim.admin("DELETE", "/denials")
            self.sim.admin("POST", "/denials", {
                "user": ARGO, "verb": verb, "resource": "configmaps"})
            self.sweep("--apply", "--sightings", "1", "--config", config,
                       through="sim", status=1)
        self.assertEqual(self.finalizers("p"), [POD_FINALIZER])

    def test_of_two_sweeps_at_once_the_second_ends(self):
        self.make_finished("p")
        config = self.keep()
        slow = self.sim.fault(match={"verb": "list", "resource": "pods"},
                              delayMs=1500)
        running = self.begin_sweep("--config", str(config), "--sightings",
                                   "1")
        self.sim.wait_hits(slow, 1)
        self.change(KEPT, {"data": {"by": "another"}})
        report = json.loads(running.communicate()[0])
        self.assertEqual(running.returncode, 1)
        self.assertIn("another sweep", report["error"])
        self.assertEqual(self.finalizers("p"), [POD_FINALIZER])

    def test_a_controller_that_puts_it_back_is_left_alone(self):
        uid = self.make_workflow("lives")
        self.make_pod("p", "lives", uid, labels={LABEL + "completed": "true"})
        config = self.keep()
        self.assertEqual(self.proofs(self.apply(config)),
                         {"p": ("labelled", "removed")})
        self.change(pod("p"), {"metadata": {"finalizers": [POD_FINALIZER]}})
        for _ in range(2):
            self.assertEqual(self.proofs(self.apply(config)),
                             {"p": ("labelled", "put-back")})
        self.assertIn("put it back", self.sweep("--config", config).stdout)
        self.assertEqual(self.finalizers("p"), [POD_FINALIZER])

    def test_only_a_recorded_node_goes_while_its_workflow_runs(self):
        def node(phase, synced):
            return {"phase": phase, "taskResultSynced": synced}

        nodes = {"n-done": node("Succeeded", True),
                 "n-runs": node("Running", False),
                 "n-late": node("Succeeded", False)}
        uid = self.make_workflow("runs", status={"phase": "Running",
                                                 "nodes": nodes})
        for name in (*nodes, "n-none"):
            self.make_pod(name, "runs", uid, annotations={NODE: name})
        self.make_pod("no-node", "runs", uid)
        far = self.make_workflow("far", status={
            "phase": "Running", "nodes": nodes, "compressedNodes": "H4sI"})
        self.make_pod("elsewhere", "far", far, annotations={NODE: "n-done"})
        self.assertEqual(self.proofs(self.report()), {})
        report = self.report("--apply", "--proofs", "gone,recorded",
                             "--sightings", "1")
        self.assertEqual(self.proofs(report),
                         {"n-done": ("recorded", "removed")})
        self.assertEqual(report["kept"]["owner-lives"], 5)


class Trouble(sweeping.Sweep):
    def make_gone(self, *names):
        uid = self.make_workflow("gone")
        for name in names:
            self.make_pod(name, "gone", uid)
        self.drop_workflow("gone")
        return uid

    def test_a_list_that_expires_goes_on(self):
        uid = self.make_gone("aaa", "yyy", "zzz")
        self.sim.preload("pods", "argo", count=600, labels={
            LABEL + "workflow": "gone"})
        slow = self.sim.fault(match={"verb": "list", "resource": "pods"},
                              skip=1, count=1, delayMs=1500)
        running = self.begin_sweep("--sightings", "1")
        self.sim.wait_hits(slow, 1)
        # One goes, one comes where it has been, and what was is forgotten.
        self.change(pod("yyy"), {"metadata": {"finalizers": None}})
        self.make_pod("aab", "gone", uid)
        self.sim.admin("POST", "/compact", {})
        report = json.loads(running.communicate()[0])
        self.assertEqual(running.returncode, 0, report.get("error"))
        self.assertEqual(self.proofs(report), {"aaa": ("gone", "removed"),
                                               "zzz": ("gone", "removed")})
        self.assertEqual(self.finalizers("aab"), [POD_FINALIZER])

    def test_a_list_may_expire_at_each_page(self):
        """It takes as long as it takes: 5 000 owners are asked for in it."""
        self.make_gone("aaa", "zzz")
        self.sim.preload("pods", "argo", count=1800, labels={
            LABEL + "workflow": "gone"})
        slow = self.sim.fault(match={"verb": "list", "resource": "pods"},
                              skip=1, delayMs=400)
        running = self.begin_sweep()
        # Each page is late, expires, and is asked for once more.
        for page in range(7):
            self.sim.wait_hits(slow, 2 * page + 1)
            self.make(CONFIGMAPS, {"kind": "ConfigMap", "apiVersion": "v1",
                                   "metadata": {"name": f"x-{page}"}})
            self.sim.admin("POST", "/compact", {})
        report = json.loads(running.communicate()[0])
        self.assertEqual(running.returncode, 0, report.get("error"))
        self.assertEqual(self.proofs(report), {"aaa": ("gone", "removed"),
                                               "zzz": ("gone", "removed")})
        expired = [item for item in self.sim.admin("GET", "/counters")
                   if item["code"] == 410]
        self.assertGreater(sum(item["count"] for item in expired), 4)

    def test_pages_of_large_objects(self):
        """250 of them are more than a sweep takes at once."""
        self.make_gone("aaa", "zzz")
        self.sim.preload("pods", "argo", count=250, size=300000, labels={
            LABEL + "workflow": "gone"})
        self.assertEqual(set(self.proofs(self.report(through="sim"))),
                         {"aaa", "zzz"})

    def test_absence_from_a_list_that_expired_is_no_proof(self):
        """Whether a Workflow has pods left: that LIST begins anew."""
        ours = "fairway.dev/pods-released"
        uid = self.make_workflow("wf", finalizers=(ours,))
        self.sim.preload("pods", "argo", count=300, labels={
            LABEL + "workflow": "wf"})
        self.drop_workflow("wf")
        # Two pages to find, two to ask again: of these the second is late.
        slow = self.sim.fault(match={"verb": "list", "resource": "pods"},
                              skip=3, count=1, delayMs=1500)
        running = self.begin_sweep("--proofs", "deleted", "--deleted-for",
                                   "0s")
        self.sim.wait_hits(slow, 1)
        self.make_pod("aaa", "wf", uid, phase="Running")
        self.sim.admin("POST", "/compact", {})
        report = json.loads(running.communicate()[0])
        self.assertEqual(self.proofs(report), {"wf": ("deleted", "waits")})
        self.assertEqual(
            self.read(f"{WORKFLOWS}/wf")["metadata"]["finalizers"], [ours])

    def test_what_may_not_be_read_ends_it(self):
        self.make_gone("a", "b")
        for verb, resource in (("list", "pods"), ("get", "pods"),
                               ("get", "workflows"), ("list", "workflows"),
                               ("patch", "pods")):
            self.sim.admin("DELETE", "/denials")
            self.sim.admin("POST", "/denials", {
                "user": ARGO, "verb": verb, "resource": resource})
            done = self.sweep("--apply", through="sim", status=1)
            self.assertIn("403", done.stderr, (verb, resource))
        for name in "a", "b":
            self.assertEqual(self.finalizers(name), [POD_FINALIZER])

    def test_an_error_in_the_middle_ends_it_there(self):
        self.make_gone("a", "b", "c")
        for match in ({"verb": "get", "resource": "pods"},
                      {"verb": "patch", "resource": "pods"}):
            self.sim.no_faults()
            self.sim.fault(match={**match, "user": ARGO}, skip=1,
                           action="status", code=500)
            report = json.loads(self.sweep(
                "--apply", "-o", "json", through="sim", status=1).stdout)
            self.assertIn("500", report["error"])
            self.assertEqual(report["removed"], 1)
        self.sim.no_faults()
        self.assertEqual(self.report("--apply", through="sim")["removed"], 1)

    def test_an_api_server_that_goes_away(self):
        self.make_gone("a", "b")
        self.sim.fault(match={"verb": "patch", "resource": "pods"},
                       action="close")
        self.sweep("--apply", through="sim", status=1)
        self.sim.no_faults()
        self.assertEqual(self.report("--apply", through="sim")["removed"], 2)

    def test_what_only_reads_is_asked_again(self):
        """Connections end now and then."""
        self.make_gone("a", "b")
        for match in ({"verb": "list", "resource": "pods"},
                      {"verb": "get", "resource": "workflows"},
                      {"verb": "get", "resource": "pods"}):
            self.sim.fault(match={**match, "user": ARGO}, count=1,
                           action="close")
        self.assertEqual(self.report("--apply", through="sim")["removed"], 2)

    def test_a_webhook_that_denies_it_stops_nothing(self):
        """Or one policy in one namespace would, at the same pod each time."""
        self.make_gone("a", "b", "c")
        for name, code in ("a", 403), ("b", 400):
            self.sim.fault(match={"verb": "patch", "name": name,
                                  "user": ARGO},
                           action="status", code=code,
                           message='admission webhook "policy.example.com" '
                           'denied the request: not here')
        self.assertEqual(self.proofs(self.report("--apply", through="sim")), {
            "a": ("gone", "refused"), "b": ("gone", "refused"),
            "c": ("gone", "removed")})

    def test_a_404_of_something_else_is_no_end_of_a_pod(self):
        self.make_gone("a", "b")
        self.sim.fault(match={"verb": "patch", "resource": "pods",
                              "user": ARGO}, action="status", code=404)
        done = self.sweep("--apply", through="sim", status=1)
        self.assertIn("patch: the answer (404) proves nothing", done.stderr)

    def test_another_proof_needs_sightings_of_its_own(self):
        uid = self.make_workflow("done", labels={LABEL + "completed": "true"},
                                 status={"phase": "Succeeded",
                                         "finishedAt": LONG_AGO})
        for name in "a", "b":
            self.make_pod(name, "done", uid,
                          labels={LABEL + "completed": "true"})
        running = self.begin_sweep("--qps", "1")
        self.wait_patches(1)
        # Of what it says by itself nothing is left.
        self.change(pod("b"), {"metadata": {"labels": {
            LABEL + "completed": None}}})
        report = json.loads(running.communicate()[0])
        self.assertEqual(self.proofs(report), {
            "a": ("labelled", "removed"), "b": ("labelled", "changed")})
        self.assertEqual(self.finalizers("b"), [POD_FINALIZER])

    def test_a_workflow_with_a_name_too_long_for_a_label(self):
        """It stops nobody, and is not let go before its pods are."""
        ours = "fairway.dev/pods-released"
        long = "a" * 80
        uids = {name: self.make_workflow(name, finalizers=(ours,))
                for name in (long, long + "b", "zzz")}
        self.make_pod("p", "other", uids[long], phase="Running")
        for name in uids:
            self.drop_workflow(name)
        report = self.report("--apply", "--proofs", "deleted",
                             "--deleted-for", "0s", through="sim")
        self.assertEqual(self.proofs(report), {
            long: ("deleted", "waits"), long + "b": ("deleted", "removed"),
            "zzz": ("deleted", "removed")})

    def test_a_workflow_that_nests_deeply_stops_nothing(self):
        uid = self.make_gone("a")
        deep = {}
        for _ in range(300):
            deep = {"a": deep}
        stream = self.direct().request("POST", WORKFLOWS, [JSON], json.dumps({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
            "metadata": {"name": "deep"},
            "spec": {"templates": [{"name": "x", "plugin": deep}]}}).encode())
        self.assert_status(stream, 201)
        uid = json.loads(stream.read())["metadata"]["uid"]
        self.make_pod("b", "deep", uid)
        for more in [], ["--proofs", "gone,deleted"]:
            report = self.report(*more)
            self.assertEqual(self.proofs(report), {"a": ("gone", "found")})
            self.assertEqual(report["kept"], {"owner-lives": 1})

    def test_an_owner_that_cannot_be_asked_for_stops_nothing(self):
        """The API server takes any text as an owner's name."""
        uid = self.make_gone("a")
        for name, owner in (("b", "x/status"), ("c", ".."), ("d", "x%2fy")):
            self.make_pod(name, owner, uid, labels={LABEL + "workflow": "x"})
        report = self.report("--apply", through="sim")
        self.assertEqual(self.proofs(report), {"a": ("gone", "removed")})
        self.assertEqual(report["kept"]["no-owner"], 3)

    def test_refusals_make_it_slower(self):
        names = [f"p-{i:02}" for i in range(8)]
        self.make_gone(*names)
        refused = self.sim.fault(
            match={"verb": "patch", "resource": "pods", "user": ARGO},
            skip=3, count=1, action="status", code=429, retryAfter=1)
        running = self.begin_sweep("--qps", "10")
        report = json.loads(running.communicate()[0])
        self.assertEqual(report["removed"], 8)
        self.assertEqual(self.sim.hits(refused), 1)
        at = [item["usec"] for item in self.patches()]
        gaps = [b - a for a, b in zip(at, at[1:])]
        # The pause between removals, what was told to wait, twice the pause.
        self.assertGreaterEqual(gaps[2], 1000000)
        self.assertGreaterEqual(gaps[3], 200000)
        self.assertGreaterEqual(min(gaps), 100000)

    def test_killed_at_random_it_ends_the_same(self):
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        names = [f"p-{i:02}" for i in range(30)]
        uid = self.make_gone(*names)
        self.make_pod("lives", "stays", self.make_workflow("stays"))
        self.make_pod("foreign", "gone", uid,
                      finalizers=("example.com/other",))
        record = self.tmp / "record"
        while True:
            done = len(self.patches())
            if done > 25:
                break
            running = self.begin_sweep("--qps", "100", "--record-file",
                                       str(record))
            self.wait_patches(done + chance.randint(1, 5))
            running.kill()
            running.communicate()
        self.report("--apply", "--max-share", "100", "--record-file",
                    str(record))
        self.assertEqual(sorted(item["name"] for item in self.patches()),
                         names, f"seed {seed}")
        for name in names:
            self.assertEqual(self.finalizers(name), [])
        self.assertEqual(self.finalizers("lives"), [POD_FINALIZER])
        self.assertEqual(self.finalizers("foreign"), ["example.com/other"])
        # Each is in the record; of those that were killed at the outcome may
        # not be known.
        lines = [json.loads(line) for line in
                 record.read_text().splitlines()]
        self.assertEqual({line["name"] for line in lines}, set(names))
        report = json.loads(self.sweep("restore", record, "-o",
                                       "json").stdout)
        self.assertLessEqual({item["result"] for item in report["removals"]},
                             {"found", "unknown"})

    def test_unread_objects_are_counted(self):
        self.make_gone("a")
        self.change(pod("a"), {"metadata": {"labels": {
            LABEL + "completed": "yes"}}})
        self.assertEqual(self.report()["unread"], 0)
        stream = self.direct().request("PATCH", pod("a") + "/status", [MERGE],
                                       json.dumps({"status": {
                                           "startTime": "soon"}}).encode())
        self.assert_status(stream, 200)
        report = self.report()
        self.assertEqual((report["unread"], report["candidates"]), (1, []))


class All(sweeping.Sweep):
    """Point 5 of what a sweep is for."""

    WORKFLOWS = 50
    PODS = int(os.environ.get("SWEEP_PODS", "20"))  # of each

    def test_deleted_workflows_while_no_controller_runs(self):
        ours = "fairway.dev/pods-released"
        direct = self.direct()
        for i in range(self.WORKFLOWS):
            name = f"wf-{i:02}"
            uid = self.make_workflow(name, finalizers=(ours,))
            for j in range(self.PODS):
                self.make_pod(f"{name}-{j:03}", name, uid, direct=direct)
        for i in range(self.WORKFLOWS):
            name = f"wf-{i:02}"
            self.drop_workflow(name)
            # As the garbage collector does; without a kubelet no grace.
            for j in range(self.PODS):
                direct.request(
                    "DELETE", f"{PODS}/{name}-{j:03}?gracePeriodSeconds=0")
        report = self.report(
            "--apply", "--proofs", "deleted", "--deleted-for", "0s",
            "--settled-for", "0s", "--max-removals", "100000",
            "--max-per-namespace", "100000", "--max-share", "100",
            "--no-events", through="sim")
        all_pods = self.WORKFLOWS * self.PODS
        self.assertEqual(report["removed"], all_pods + self.WORKFLOWS)
        for path in PODS, WORKFLOWS:
            self.assertEqual(self.read(path)["items"], [])
        names = [item["name"] for item in self.patches()]
        self.assertEqual(len(names), all_pods + self.WORKFLOWS)
        self.assertEqual(sorted(names[all_pods:]), [
            f"wf-{i:02}" for i in range(self.WORKFLOWS)])


if __name__ == "__main__":
    harness.main()
