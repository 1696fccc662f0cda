#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""fairway sweep: what it removes, and all that it must not touch."""

import json
import re
import subprocess

import harness
import sweeping
from harness import POD_FINALIZER, pod
from sweeping import LABEL, WORKFLOWS


class Argo(sweeping.Sweep):
    def make_all(self):
        """One of each kind; those that may go, by their proof."""
        lives = self.make_workflow("lives")
        gone = self.make_workflow("gone")
        again = self.make_workflow("again")
        self.make_pod("p-gone", "gone", gone, finalizers=(
            "example.com/first", POD_FINALIZER, "example.com/last"))
        self.make_pod("p-again", "again", again)
        self.make_pod("p-labelled", "lives", lives,
                      labels={LABEL + "completed": "true"})
        self.make_pod("p-lives", "lives", lives)
        self.make_pod("p-running", "gone", gone, phase="Running")
        self.make_pod("p-kept", "gone", gone, annotations={
            "fairway.dev/keep-finalizers": "true"})
        self.make_pod("p-foreign", "gone", gone,
                      finalizers=("example.com/other",))
        self.make_pod("p-instance", "gone", gone,
                      labels={LABEL + "controller-instanceid": "b"})
        self.make_pod("p-now", "gone", gone, changed="2099-01-01T00:00:00Z")
        self.drop_workflow("gone")
        self.drop_workflow("again")
        self.make_workflow("again")
        return {"p-gone": "gone", "p-again": "recreated",
                "p-labelled": "labelled"}

    def test_a_dry_run_shows_and_touches_nothing(self):
        wanted = self.make_all()
        report = self.report()
        self.assertEqual(self.proofs(report),
                         {name: (proof, "found")
                          for name, proof in wanted.items()})
        self.assertEqual(report["objects"], 8)
        self.assertEqual(report["kept"], {
            "has-none": 1, "opted-out": 1, "other-instance": 1,
            "running": 1, "unsettled": 1, "owner-lives": 1})
        self.assertEqual(self.patches(), [])
        table = self.sweep().stdout
        self.assertRegex(table, r"argo/p-gone +found +its Workflow is not "
                                r"found: gone\n")
        self.assertIn("--apply does it", table)

    def sweep_all(self, through):
        wanted = self.make_all()
        report = self.report("--apply", through=through)
        self.assertEqual(self.proofs(report),
                         {name: (proof, "removed")
                          for name, proof in wanted.items()})
        self.assertEqual(self.finalizers("p-gone"),
                         ["example.com/first", "example.com/last"])
        for name in "p-again", "p-labelled":
            self.assertEqual(self.finalizers(name), [])
        for name in "p-lives", "p-running", "p-kept", "p-instance", "p-now":
            self.assertEqual(self.finalizers(name), [POD_FINALIZER])
        self.assertEqual(self.finalizers("p-foreign"), ["example.com/other"])
        self.assertEqual(len(self.patches()), 3)
        self.assertEqual(self.report("--apply", through=through)[
            "candidates"], [])

    def test_what_is_proven_is_removed_through_fairway(self):
        self.sweep_all("fairway")
        text = self.fairway.admin_get("/metrics")
        lanes = re.findall(
            r'fairway_submitted_requests_total{lane="([^"]+)"} ([1-9]\d*)',
            text)
        # All of it, the removals and Events as well.
        self.assertEqual([name for name, _ in lanes], ["sweep"])

    def test_and_directly(self):
        self.sweep_all("sim")

    def test_caps_stop_all_of_it(self):
        self.make_all()
        for cap in (["--max-removals", "2"], ["--max-per-namespace", "2"]):
            done = self.sweep("--apply", *cap, status=1)
            self.assertIn("nothing is removed", done.stderr)
        self.assertEqual(self.patches(), [])

    def test_too_large_a_share_stops_it(self):
        uid = self.make_workflow("gone")
        for i in range(20):
            self.make_pod(f"p-{i:03}", "gone", uid)
        self.drop_workflow("gone")
        done = self.sweep("--apply", status=1)
        self.assertIn("--max-share", done.stderr)
        self.assertEqual(self.patches(), [])
        report = self.report("--apply", "--max-share", "100")
        self.assertEqual(report["removed"], 20)

    def test_an_answer_that_is_none_proves_nothing(self):
        self.make_all()
        for status in 403, 500, 404:
            self.sim.no_faults()
            self.sim.fault(action="status", code=status, match={
                "verb": "get", "resource": "workflows"})
            done = self.sweep("--apply", through="sim", status=1)
            self.assertIn("proves nothing", done.stderr)
        self.assertEqual(self.patches(), [])

    def test_pages(self):
        uid = self.make_workflow("gone")
        self.make_pod("aaa", "gone", uid)
        self.sim.preload("pods", "argo", count=600, labels={
            LABEL + "workflow": "gone"})
        self.make_pod("zzz", "gone", uid)
        self.drop_workflow("gone")
        report = self.report()
        self.assertEqual(set(self.proofs(report)), {"aaa", "zzz"})

    def workflow(self, name):
        stream = self.direct().request("GET", f"{WORKFLOWS}/{name}")
        return json.loads(stream.read()) if stream.status == 200 else None

    def test_a_deleted_workflow_goes_behind_its_pods(self):
        ours = "fairway.dev/pods-released"
        for name in "clean", "busy", "other":
            uid = self.make_workflow(name, finalizers=(
                "example.com/other",) if name == "other" else (ours,))
            self.make_pod(f"{name}-0", name, uid)
            self.make_pod(f"{name}-1", name, uid, phase="Running"
                          if name == "busy" else "Failed")
            self.drop_workflow(name)
        self.make_workflow("alive", finalizers=(ours,))
        args = ["--proofs", "deleted", "--deleted-for", "0s"]
        self.assertEqual(self.proofs(self.report(*args)), {
            "clean-0": ("deleted", "found"), "clean-1": ("deleted", "found"),
            "busy-0": ("deleted", "found"), "clean": ("deleted", "found"),
            "busy": ("deleted", "found")})
        report = self.report("--apply", *args)
        self.assertEqual(self.proofs(report), {
            "clean-0": ("deleted", "removed"),
            "clean-1": ("deleted", "removed"),
            "busy-0": ("deleted", "removed"),
            "clean": ("deleted", "removed"), "busy": ("deleted", "waits")})
        self.assertEqual([item["kind"] for item in report["candidates"]],
                         ["Pod"] * 3 + ["Workflow"] * 2)
        self.assertIsNone(self.workflow("clean"))
        self.assertEqual(self.workflow("busy")["metadata"]["finalizers"],
                         [ours])
        for name in "busy-1", "other-0", "other-1":
            self.assertEqual(self.finalizers(name), [POD_FINALIZER])
        # In any order of what took effect: pods before their Workflow.
        names = [item["name"] for item in self.patches()]
        self.assertEqual(names[-1], "clean")
        # Not for long: that is none of its business yet.
        self.assertEqual(self.proofs(self.report("--proofs", "deleted")), {})

    def test_one_that_was_killed_leaves_the_rest_for_the_next(self):
        uid = self.make_workflow("gone")
        names = [f"p-{i:02}" for i in range(16)]
        for name in names:
            self.make_pod(name, "gone", uid)
        self.drop_workflow("gone")
        for stop_at in 3, 9:
            running = self.begin_sweep("--qps", "20")
            self.wait_patches(stop_at)
            running.kill()
            running.communicate()
        self.report("--apply", "--max-share", "100")
        self.assertEqual(sorted(item["name"] for item in self.patches()),
                         names)
        for name in names:
            self.assertEqual(self.finalizers(name), [])

    def test_what_changed_meanwhile_is_not_touched(self):
        uid = self.make_workflow("gone")
        for name in "a", "b", "c":
            self.make_pod(name, "gone", uid)
        self.drop_workflow("gone")
        running = self.begin_sweep("--qps", "1")
        self.wait_patches(1)
        direct = self.direct()
        merge = [("content-type", "application/merge-patch+json")]
        self.assert_status(direct.request(
            "PATCH", pod("b"), merge, json.dumps({"metadata": {
                "annotations": {"fairway.dev/keep-finalizers": "true"}}}
            ).encode()), 200)
        # Its controller is back, and was faster.
        self.assert_status(direct.request(
            "PATCH", pod("c"), merge, json.dumps({"metadata": {
                "finalizers": ["example.com/other"]}}).encode()), 200)
        report = json.loads(running.communicate()[0])
        self.assertEqual(running.returncode, 0)
        self.assertEqual(self.proofs(report), {
            "a": ("gone", "removed"), "b": ("gone", "changed"),
            "c": ("gone", "no-more")})
        self.assertEqual(self.finalizers("b"), [POD_FINALIZER])
        self.assertEqual(self.finalizers("c"), ["example.com/other"])

    def test_a_change_behind_the_last_look_refuses_the_patch(self):
        uid = self.make_workflow("gone")
        self.make_pod("a", "gone", uid)
        self.drop_workflow("gone")
        stalled = self.sim.fault(match={
            "verb": "patch", "user": "system:serviceaccount:argo:"
            "argo-controller"}, delayMs=1500)
        running = self.begin_sweep()
        self.sim.wait_hits(stalled, 1)
        # By the admin, whom the fault does not meet.
        self.assert_status(self.direct().request(
            "PATCH", pod("a"), [("content-type",
                                 "application/merge-patch+json")],
            b'{"metadata":{"labels":{"x":"y"}}}'), 200)
        report = json.loads(running.communicate()[0])
        self.assertEqual(self.proofs(report), {"a": ("gone", "refused")})
        self.assertEqual(self.finalizers("a"), [POD_FINALIZER])

    def test_a_wrong_option_is_said(self):
        for args in (["--finalizer", "foregroundDeletion"],
                     ["--finalizer", "kubernetes.io/pvc-protection"],
                     ["--max-share", "101"], ["--proofs", "none"],
                     ["-o", "yaml"], ["--qps", "0"], ["-n", "a b"]):
            done = self.sweep(*args, status=64)
            self.assertIn("cannot be the argument", done.stderr)


class Yields(sweeping.Sweep):
    """Where one seat is all there is, and others have work for it."""

    config = ("total: {initial: 1, min: 1, max: 1, adaptive: false}\n"
              "hold: {streamStartsQPS: 100000, streamStartsBurst: 100000}\n")

    def count(self, lane):
        found = re.search(
            f'fairway_dispatched_requests_total{{lane="{lane}"}} (\\d+)',
            self.fairway.admin_get("/metrics"))
        return int(found.group(1))

    def test_to_all_others(self):
        uid = self.make_workflow("gone")
        for name in "a", "b":
            self.make_pod(name, "gone", uid)
        self.drop_workflow("gone")
        self.sim.fault(match={"user": sweeping.ARGO}, delayMs=10)
        client = self.client()
        streams = [client.open("GET", "/api/v1/namespaces/argo/configmaps/x")
                   for _ in range(400)]
        client.wait(lambda: streams[0].is_over)
        running = subprocess.Popen(
            self.command("--apply", "-o", "json"), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        harness.poll(lambda: 'submitted_requests_total{lane="sweep"} 1' in
                     self.fairway.admin_get("/metrics"), "no sweep came")
        self.assertLess(self.count("reads"), 350)
        client.wait(lambda: streams[350].is_over)
        self.assertEqual(self.count("sweep"), 0)
        for stream in streams:
            self.assertEqual(stream.status, 404)
        report = json.loads(running.communicate()[0])
        self.assertEqual(report["removed"], 2)
        self.assertEqual(running.returncode, 0)


class Journal(sweeping.Sweep):
    """A removal is not made when its proof is over."""
    config = "journal: {mode: Always}\naudit: {output: File}\n"

    def test_what_a_sweep_removes_is_not_sent_later(self):
        uid = self.make_workflow("lives")
        for name in "a", "b":
            self.make_pod(name, "lives", uid,
                          labels={LABEL + "completed": "true"})
        self.assertEqual(self.report("--apply")["removed"], 2)
        opened = re.search(r"\nfairway_intents_opened_total (\d+)\n",
                           self.fairway.admin_get("/metrics"))
        self.assertEqual(opened.group(1), "0")
        # It is told of like any other, with the object that it met.
        uid = self.read(pod("a"))["metadata"]["uid"]
        audit = self.tmp / "fw" / "audit.log"
        harness.poll(lambda: audit.read_text().count("\n") == 2, "no audit")
        event = json.loads(audit.read_text().splitlines()[0])
        self.assertEqual((event["objectRef"]["name"],
                          event["objectRef"]["uid"]), ("a", uid))


if __name__ == "__main__":
    harness.main()
