#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""fairway sweep: other controllers, what is told, and what is given back."""

import json
import os
import pty
import re
import subprocess
import uuid

import harness
import sweeping
from harness import POD_FINALIZER, pod
from sweeping import CONFIGMAPS, LABEL, LONG_AGO, PODS, WORKFLOWS

OURS = "example.com/cleanup"
EVENTS = "/api/v1/namespaces/argo/events"


class Rules(sweeping.Sweep):
    def make_map(self, name, owner=None, uid=None, labels=None,
                 finalizers=(OURS,), kind="Secret", version="v1", more=()):
        owners = [{"apiVersion": version, "kind": kind, "name": owner,
                   "uid": uid}] if owner else []
        return self.make(CONFIGMAPS, {
            "kind": "ConfigMap", "apiVersion": "v1",
            "metadata": {"name": name, "finalizers": list(finalizers),
                         "labels": labels or {},
                         "ownerReferences": owners + list(more)}})

    def make_secret(self, name):
        return self.make(CONFIGMAPS.replace("configmaps", "secrets"), {
            "kind": "Secret", "apiVersion": "v1", "metadata": {"name": name}})

    def drop_secret(self, name):
        path = CONFIGMAPS.replace("configmaps", "secrets") + "/" + name
        self.assert_status(self.direct().request("DELETE", path), 200)

    def rule(self, text, **more):
        keys = {"name": "maps", "apiVersion": "v1", "resource": "configmaps",
                "finalizer": OURS, "settledFor": "0s", "sightings": "1",
                **more}
        lines = [f"    {key}: {value}" for key, value in keys.items()]
        lines += [f"    {line}" for line in text.split("\n") if line]
        lines[0] = "  - " + lines[0].strip()
        return self.write_config("  argo: false\n  rules:\n" +
                                 "\n".join(lines) + "\n")

    def left(self, name):
        return self.read(f"{CONFIGMAPS}/{name}")["metadata"].get(
            "finalizers", [])

    def test_orphans(self):
        lives, gone, again = (self.make_secret(name) for name in
                              ("lives", "gone", "again"))
        self.make_map("m-lives", "lives", lives)
        self.make_map("m-gone", "gone", gone,
                      finalizers=("example.com/other", OURS))
        self.make_map("m-again", "again", again)
        self.make_map("m-alone")
        self.make_map("m-two", "gone", gone, more=[{
            "apiVersion": "v1", "kind": "Secret", "name": "lives",
            "uid": lives}])
        self.make_map("m-other", "gone", gone, kind="Widget",
                      version="example.com/v1")
        self.make_map("m-without", "gone", gone, finalizers=())
        for name in "gone", "again":
            self.drop_secret(name)
        self.make_secret("again")
        config = self.rule("orphans: true")
        report = self.report("--config", config)
        self.assertEqual(self.proofs(report), {
            "m-gone": ("orphaned", "found"),
            "m-again": ("orphaned", "found")})
        self.assertEqual(report["kept"], {
            "owner-lives": 1, "no-owner": 2, "owner-unserved": 1,
            "has-none": report["kept"]["has-none"]})
        self.assertEqual(self.patches(), [])
        report = self.report("--config", config, "--apply")
        self.assertEqual(report["removed"], 2)
        self.assertEqual(self.left("m-gone"), ["example.com/other"])
        for name in "m-lives", "m-alone", "m-two", "m-other":
            self.assertEqual(self.left(name), [OURS])

    def test_an_owner_that_may_not_be_read_proves_nothing(self):
        """Whoever makes an object says of which kind its owner is: that must
        not stop the sweeps of all others."""
        gone = self.make_secret("gone")
        self.make_map("m-gone", "gone", gone)
        self.make_map("n-gone", "gone", gone, kind="ConfigMap")
        self.drop_secret("gone")
        self.sim.admin("POST", "/denials", {
            "user": sweeping.ARGO, "verb": "get", "resource": "secrets"})
        report = self.report("--config", self.rule("orphans: true"),
                             "--apply", through="sim")
        self.assertEqual(self.proofs(report),
                         {"n-gone": ("orphaned", "removed")})
        self.assertEqual(report["kept"]["owner-forbidden"], 1)
        self.assertEqual(self.left("m-gone"), [OURS])

    def test_a_group_whose_api_server_is_away_stops_nothing(self):
        gone = self.make_secret("gone")
        self.make_map("a", "gone", gone, version="metrics.k8s.io/v1beta1")
        self.make_map("b", "gone", gone)
        self.drop_secret("gone")
        self.sim.fault(match={"path": "/apis/metrics.k8s.io/v1beta1"},
                       action="status", code=503)
        report = self.report("--config", self.rule("orphans: true"),
                             through="sim")
        self.assertEqual(self.proofs(report), {"b": ("orphaned", "found")})
        self.assertEqual(report["kept"]["owner-unserved"], 1)
        # What the sweep itself is after has to be there.
        config = self.rule("orphans: true", resource="widgets",
                           apiVersion="metrics.k8s.io/v1beta1")
        self.assertIn("503", self.sweep("--config", config, through="sim",
                                        status=1).stderr)

    def test_an_owner_of_another_group_is_another(self):
        """With the same kind, name and uid."""
        gone = self.make_secret("gone")
        self.make_map("a", "gone", gone, version="example.com/v1")
        self.make_map("b", "gone", gone)
        self.drop_secret("gone")
        report = self.report("--config", self.rule("orphans: true"))
        self.assertEqual(self.proofs(report), {"b": ("orphaned", "found")})
        self.assertEqual(report["kept"]["owner-unserved"], 1)

    def test_an_owner_that_cannot_be_asked_for_stops_nothing(self):
        gone = self.make_secret("gone")
        for name, owner, version in (("a", "x/y", "v1"), ("b", "..", "v1"),
                                     ("c", "x", "v1 y"), ("d", "x", "a/b/c")):
            self.make_map(name, owner, gone, version=version)
        self.make_map("m-gone", "gone", gone)
        self.drop_secret("gone")
        report = self.report("--config", self.rule("orphans: true"),
                             "--apply", through="sim")
        self.assertEqual(self.proofs(report),
                         {"m-gone": ("orphaned", "removed")})
        self.assertEqual(report["kept"]["no-owner"], 4)

    def test_by_the_clock_that_is_behind(self):
        """The API server says when an object was deleted."""
        config = self.rule("deletedFor: 30m")
        self.sim.admin("POST", "/clock", {"aheadSeconds": -3600})
        self.make_map("m")
        self.assert_status(self.direct().request(
            "DELETE", f"{CONFIGMAPS}/m"), 200)
        for through in "fairway", "sim":
            done = self.sweep("--config", config, "--apply", "-o", "json",
                              through=through)
            self.assertEqual(json.loads(done.stdout)["kept"]["unsettled"], 1)
            self.assertRegex(done.stderr, "here=ahead seconds=3(599|60[0-9])")
        self.sim.admin("POST", "/clock", {"aheadSeconds": -1790})
        self.assertEqual(self.proofs(self.report("--config", config)),
                         {"m": ("rule", "found")})

    def test_an_owner_that_no_api_server_answers_for_ends_it(self):
        gone = self.make_secret("gone")
        self.make_map("m-gone", "gone", gone)
        self.drop_secret("gone")
        config = self.rule("orphans: true")
        for order in ({"code": 500}, {"code": 404}):
            self.sim.no_faults()
            self.sim.fault(action="status", match={
                "verb": "get", "resource": "secrets"}, **order)
            self.sweep("--config", config, "--apply", through="sim", status=1)
        self.assertEqual(self.patches(), [])

    def test_a_label(self):
        self.make_map("yes", labels={"done": "yes"})
        self.make_map("no", labels={"done": "no"})
        self.make_map("none")
        config = self.rule("label: done=yes")
        report = self.report("--config", config, "--apply")
        self.assertEqual(self.proofs(report), {"yes": ("rule", "removed")})
        self.assertEqual(report["kept"]["unmet"], 2)
        self.assertEqual(report["candidates"][0]["rule"], "maps")

    def test_a_condition_and_a_selector(self):
        def conditions(status):
            return {"conditions": [{
                "type": "Done", "status": status,
                "lastTransitionTime": LONG_AGO}]}

        for name, status, labels in (
                ("yes", "True", {"a": "b"}), ("no", "False", {"a": "b"}),
                ("elsewhere", "True", {"a": "c"})):
            self.make_workflow(name, labels=labels, finalizers=(OURS,),
                               status=conditions(status))
        config = self.rule("condition: Done=True\nlabelSelector: a=b",
                           apiVersion="argoproj.io/v1alpha1",
                           resource="workflows")
        self.assertEqual(self.proofs(self.report("--config", config,
                                                 "--apply")),
                         {"yes": ("rule", "removed")})
        for name in "no", "elsewhere":
            self.assertEqual(self.read(f"{WORKFLOWS}/{name}")["metadata"][
                "finalizers"], [OURS])

    def test_a_deletion_that_was_long_ago(self):
        for name in "deleted", "alive":
            self.make_map(name)
        self.assert_status(self.direct().request(
            "DELETE", f"{CONFIGMAPS}/deleted"), 200)
        late = self.rule("deletedFor: 1h")
        self.assertEqual(self.proofs(self.report("--config", late)), {})
        config = self.rule("deletedFor: 1ms")
        done = self.sweep("--config", config, "--apply", "-o", "json")
        self.assertIn("alone proves little", done.stderr)
        self.assertEqual(self.proofs(json.loads(done.stdout)),
                         {"deleted": ("rule", "removed")})
        self.assertIsNone(self.read(f"{CONFIGMAPS}/deleted"))

    def test_what_changed_not_long_ago_stays(self):
        self.make_map("yes", labels={"done": "yes"})
        config = self.rule("label: done=yes", settledFor="10m")
        self.assertEqual(self.report("--config", config)["kept"][
            "unsettled"], 1)

    def test_three_sightings_by_default(self):
        self.make_map("yes", labels={"done": "yes"})
        self.make(CONFIGMAPS, {"kind": "ConfigMap", "apiVersion": "v1",
                               "metadata": {"name": "sightings"}})
        config = self.rule("label: done=yes", sightings=3)
        config.write_text(config.read_text() + sweeping.AT_ONCE)
        for result in "sighted", "sighted", "removed":
            self.assertEqual(
                self.proofs(self.report("--config", config, "--apply")),
                {"yes": ("rule", result)})

    def test_what_is_not_served_is_said(self):
        for keys, wanted in (({"resource": "widgets"}, "no widgets of v1"),
                             ({"apiVersion": "example.com/v1"},
                              "no configmaps of example.com/v1")):
            config = self.rule("orphans: true", **keys)
            done = self.sweep("--config", config, status=1)
            self.assertIn(wanted, done.stderr)

    def test_what_is_kubernetes_own_needs_a_word(self):
        for name in ("foregroundDeletion", "orphan", "kubernetes",
                     "kubernetes.io/pvc-protection",
                     "batch.kubernetes.io/job-tracking"):
            config = self.rule("label: a=b", finalizer=name)
            done = self.sweep("--config", config, status=2)
            self.assertIn("evenIfProtected", done.stderr)
        config = self.rule("label: a=b\nevenIfProtected: true",
                           finalizer="kubernetes.io/pvc-protection")
        self.sweep("--config", config)

    def test_a_share_of_each_kind(self):
        for i in range(20):
            self.make_map(f"m-{i:02}", labels={"done": "yes"})
        uid = self.make_workflow("lives")
        for i in range(20):
            self.make_pod(f"p-{i:02}", "lives", uid)
        config = self.rule("label: done=yes")
        config.write_text(config.read_text().replace("  argo: false\n", ""))
        done = self.sweep("--config", config, "--apply", status=1)
        self.assertIn("20 of 20 configmaps", done.stderr)
        self.assertEqual(self.patches(), [])

    def test_workflows_get_the_finalizer_for_their_deletion(self):
        ours = "fairway.dev/pods-released"
        self.make_workflow("new")
        self.make_workflow("other", finalizers=(OURS,))
        self.make_workflow("has", finalizers=(ours,))
        self.make_workflow("done", labels={LABEL + "completed": "true"})
        self.make_workflow("theirs",
                           labels={LABEL + "controller-instanceid": "b"})
        config = self.write_config("  addWorkflowFinalizerIn: [argo]\n")
        report = self.report("--config", config)
        self.assertEqual((report["added"], self.patches()), (2, []))
        # A namespace that is asked for is the only one that is touched.
        self.assertEqual(self.report("--config", config, "--apply", "-n",
                                     "default")["added"], 0)
        self.assertEqual(self.patches(), [])
        self.assertEqual(self.report("--config", config, "--apply")["added"],
                         2)
        self.assertEqual(
            {name: self.read(f"{WORKFLOWS}/{name}")["metadata"].get(
                "finalizers", []) for name in ("new", "other", "has",
                                               "done")},
            {"new": [ours], "other": [OURS, ours], "has": [ours], "done": []})
        self.assertEqual(self.report("--config", config, "--apply")["added"],
                         0)
        # Those of another controller are for its own sweep.
        self.assertEqual(self.read(f"{WORKFLOWS}/theirs")["metadata"].get(
            "finalizers", []), [])
        self.assertEqual(self.report("--config", config, "--apply",
                                     "--instance-id", "b")["added"], 1)
        self.assertEqual(self.read(f"{WORKFLOWS}/theirs")["metadata"][
            "finalizers"], [ours])


class Told(sweeping.Sweep):
    def make_labelled(self, *names, **more):
        uid = self.make_workflow("lives")
        for name in names:
            self.make_pod(name, "lives", uid,
                          labels={LABEL + "completed": "true"}, **more)
        return uid

    def test_an_event_at_the_object(self):
        self.make_labelled("p")
        self.report("--apply")
        event, = self.read(EVENTS)["items"]
        involved = event["involvedObject"]
        self.assertEqual(event["reason"], "FinalizerRemoved")
        self.assertIn("labelled it completed", event["message"])
        self.assertEqual((involved["kind"], involved["name"],
                          involved["uid"]),
                         ("Pod", "p", self.read(pod("p"))["metadata"]["uid"]))
        self.assertEqual(event["source"], {"component": "fairway-sweep"})

    def test_without_events(self):
        self.make_labelled("p", "q")
        self.report("--apply", "--no-events")
        self.assertEqual(self.read(EVENTS)["items"], [])

    def test_events_that_may_not_be_made_stop_nothing(self):
        self.make_labelled("p", "q")
        self.sim.admin("POST", "/denials", {
            "user": sweeping.ARGO,
            "verb": "create", "resource": "events"})
        done = self.sweep("--apply", "-o", "json", through="sim")
        self.assertEqual(json.loads(done.stdout)["removed"], 2)
        self.assertEqual(done.stderr.count("no more Events"), 1)

    def test_an_event_that_is_not_taken_is_not_the_last(self):
        self.make_labelled("p", "q")
        self.sim.fault(match={"verb": "create", "resource": "events",
                              "user": sweeping.ARGO},
                       count=1, action="status", code=422)
        self.report("--apply", through="sim")
        event, = self.read(EVENTS)["items"]
        self.assertEqual(event["involvedObject"]["name"], "q")

    def test_audit(self):
        self.make_labelled("p")
        audit = self.tmp / "audit.log"
        self.report("--audit-file", audit)
        self.assertFalse(audit.exists())
        self.report("--apply", "--audit-file", audit, through="sim")
        self.assertEqual(audit.stat().st_mode & 0o777, 0o600)
        event = json.loads(audit.read_text())
        uuid.UUID(event["auditID"])
        self.assertEqual(
            (event["kind"], event["apiVersion"], event["level"],
             event["stage"], event["verb"], event["requestURI"]),
            ("Event", "audit.k8s.io/v1", "Metadata", "ResponseComplete",
             "patch", pod("p")))
        self.assertEqual(
            event["user"],
            {"username": sweeping.ARGO})
        self.assertEqual(event["responseStatus"]["code"], 200)
        self.assertEqual(event["objectRef"]["name"], "p")
        self.assertEqual(event["annotations"]["fairway.dev/finalizers"],
                         POD_FINALIZER)
        # By that name it is in the API server's own log as well.
        self.assertEqual(self.patches()[0]["auditID"], event["auditID"])

    def test_metrics(self):
        uid = self.make_labelled("p", "q")
        self.make_pod("runs", "lives", uid, phase="Running")
        path = self.tmp / "sweep.prom"
        self.report("--metrics-file", path)
        text = path.read_text()
        for line in ('candidates{rule="argo",proof="labelled",'
                     'result="found"} 2', 'objects{rule="argo"} 3',
                     'kept{reason="running"} 1', "removed 0", "applied 0",
                     "complete 1"):
            self.assertIn(f"\nfairway_sweep_{line}\n", "\n" + text)
        success = re.search(r"last_success_timestamp_seconds (\d+)",
                            text).group(1)
        self.sim.fault(match={"verb": "list", "resource": "pods"},
                       action="status", code=500)
        self.sweep("--metrics-file", path, through="sim", status=1)
        text = path.read_text()
        self.assertIn("\nfairway_sweep_complete 0\n", text)
        # The one before is not forgotten.
        self.assertIn(f"last_success_timestamp_seconds {success}\n", text)
        self.sweep("--metrics-file", self.tmp / "no" / "folder", status=1)

    def test_a_bar_on_a_terminal(self):
        self.make_labelled("p", "q")
        ours, theirs = pty.openpty()
        done = subprocess.run(
            self.command("--apply", "--qps", "1000"), stderr=theirs,
            stdout=subprocess.PIPE, check=True)
        os.close(theirs)
        shown = os.read(ours, 1 << 16).decode()
        os.close(ours)
        self.assertIn("1 of 2", shown)
        self.assertRegex(shown, r"\[#+\.*\]")
        # It is gone when something else is said, and at the end.
        self.assertRegex(shown, r"\r\x1b\[Ktime=\S+ level=info "
                                r"msg=\"finalizer removed\"")
        self.assertNotIn(b"\x1b", done.stdout)


class Restore(sweeping.Sweep):
    def setUp(self):
        super().setUp()
        self.record = self.tmp / "record.jsonl"

    def remove(self, *names):
        uid = self.make_workflow("lives")
        for name in names:
            self.make_pod(name, "lives", uid,
                          labels={LABEL + "completed": "true"},
                          finalizers=("example.com/a", POD_FINALIZER))
        report = self.report("--apply", "--record-file", self.record)
        self.assertEqual(report["removed"], len(names))

    def restore(self, *args):
        done = self.sweep("restore", self.record, "-o", "json", *args)
        report = json.loads(done.stdout)
        self.assertEqual(done.stderr.count("finalizer given back"),
                         report["restored"])
        return {item["name"]: item["result"] for item in report["removals"]}

    def test_gives_back_what_can_be(self):
        self.remove("back", "gone", "again", "deleting", "has-it", "only")
        direct = self.direct()
        for name in "gone", "again":
            self.change(pod(name), {"metadata": {"finalizers": None}})
            self.assert_status(direct.request(
                "DELETE", f"{PODS}/{name}?gracePeriodSeconds=0"), 200)
        self.make_pod("again", "lives", "x")
        self.assert_status(direct.request("DELETE", pod("deleting")), 200)
        self.change(pod("has-it"), {"metadata": {"finalizers": [
            POD_FINALIZER]}})
        self.change(pod("only"), {"metadata": {"finalizers": None}})
        before = len(self.patches())
        wanted = {"gone": "no-more", "again": "no-more",
                  "deleting": "deleting", "has-it": "has-it"}
        self.assertEqual(self.restore(), {**wanted, "back": "found",
                                          "only": "found"})
        self.assertEqual(len(self.patches()), before)
        self.assertEqual(self.restore("--apply"),
                         {**wanted, "back": "restored", "only": "restored"})
        self.assertEqual(self.finalizers("back"),
                         ["example.com/a", POD_FINALIZER])
        self.assertEqual(self.finalizers("only"), [POD_FINALIZER])
        self.assertEqual(self.restore("--apply"), {
            **wanted, "back": "has-it", "only": "has-it"})

    def test_it_is_told_as_a_removal_is(self):
        """An Event at the object, and an audit event for each attempt."""
        self.remove("back")
        audit = self.tmp / "audit.log"
        self.restore("--audit-file", audit)
        self.assertFalse(audit.exists())
        self.restore("--apply", "--audit-file", audit)
        self.assertEqual(audit.stat().st_mode & 0o777, 0o600)
        event = json.loads(audit.read_text())
        self.assertEqual(
            (event["verb"], event["requestURI"], event["user"],
             event["responseStatus"]["code"]),
            ("patch", pod("back"), {"username": sweeping.ARGO}, 200))
        notes = event["annotations"]
        self.assertEqual(
            (notes["fairway.dev/event"], notes["fairway.dev/outcome"],
             notes["fairway.dev/finalizers"]),
            ("sweep", "restored", POD_FINALIZER))
        self.assertEqual(self.patches()[-1]["auditID"], event["auditID"])
        told = {each["reason"]: each for each in self.read(EVENTS)["items"]}
        self.assertEqual(set(told), {"FinalizerRemoved", "FinalizerRestored"})
        self.assertEqual(told["FinalizerRestored"]["involvedObject"]["uid"],
                         self.read(pod("back"))["metadata"]["uid"])
        self.assertEqual(told["FinalizerRestored"]["message"],
                         f"Finalizer {POD_FINALIZER} given back")
        self.restore("--apply", "--no-events", "--audit-file", audit)
        self.assertEqual(len(self.read(EVENTS)["items"]), 2)
        # What was not tried is no event.
        self.assertEqual(len(audit.read_text().splitlines()), 1)

    def test_only_in_the_namespace_that_is_asked_for(self):
        self.remove("a")
        self.assertEqual(self.restore("--apply", "-n", "other"),
                         {"a": "not-asked"})
        self.assertEqual(self.finalizers("a"), ["example.com/a"])
        self.assertEqual(self.restore("--apply", "-n", "argo"),
                         {"a": "restored"})

    def test_what_is_refused_is_no_success(self):
        self.remove("a", "b")
        self.sim.fault(match={"verb": "patch", "resource": "pods"}, count=1,
                       action="status", code=409)
        done = self.sweep("restore", self.record, "--apply", status=1)
        self.assertIn("some were refused", done.stderr)
        self.assertRegex(done.stdout, "a +refused")
        self.assertEqual(self.finalizers("b"),
                         ["example.com/a", POD_FINALIZER])
        self.assertEqual(self.restore("--apply"),
                         {"a": "restored", "b": "has-it"})

    def test_a_record_that_was_cut_off(self):
        self.remove("a", "b")
        lines = self.record.read_text().splitlines(keepends=True)
        self.assertEqual(
            [(line["name"], line["result"]) for line in
             map(json.loads, lines)],
            [("a", "begun"), ("a", "removed"), ("b", "begun"),
             ("b", "removed")])
        self.assertEqual(self.record.stat().st_mode & 0o777, 0o600)
        # Killed before its result was written.
        self.record.write_text("".join(lines[:3]) + lines[3][:20])
        self.assertEqual(self.restore(), {"a": "found", "b": "unknown"})
        # The next sweep does not write behind half a line.
        self.change(pod("b"), {"metadata": {"finalizers": [POD_FINALIZER]}})
        self.report("--apply", "--record-file", self.record)
        self.assertEqual(self.restore(), {"a": "found", "b": "found"})
        # That is no way in which it ends.
        self.record.write_text(lines[0][:20] + "\n" + lines[1])
        done = self.sweep("restore", self.record, status=1)
        self.assertIn("line 1 is none of a record", done.stderr)

    def test_what_cannot_be_written_down_is_not_removed(self):
        uid = self.make_workflow("lives")
        self.make_pod("p", "lives", uid, labels={LABEL + "completed": "true"})
        for path in "/dev/full", self.tmp / "no" / "folder":
            self.sweep("--apply", "--record-file", path, status=1)
        self.assertEqual(self.patches(), [])

    def test_misused(self):
        for words in (["restore"], ["restore", "a", "b"], ["undo", "a"]):
            self.sweep(*words, status=64)
        for namespace in "a/b", "a/pods/b/..", "":
            self.sweep("-n", namespace, status=64)
        self.sweep("restore", self.tmp / "none", status=1)


if __name__ == "__main__":
    harness.main()
