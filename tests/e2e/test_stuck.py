#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Objects that a finalizer keeps from going, as they pass by."""

import json
import re
import subprocess

import harness
from harness import JSON, MERGE_PATCH, POD_FINALIZER, pod, removal

PODS = "/api/v1/namespaces/argo/pods"
PROTOBUF = ("accept", "application/vnd.kubernetes.protobuf")


def pod_body(name, finalizers=(POD_FINALIZER,)):
    return json.dumps({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": name, "finalizers": list(finalizers),
                     "labels": {"app": name}},
        "spec": {"containers": [{"name": "main", "image": "none"}]},
    }).encode()


class Case(harness.Case):
    def fairway_stuck(self, *args):
        return subprocess.run(
            [harness.FAIRWAY, "stuck", "--state-dir", self.tmp / "fw", *args],
            capture_output=True, text=True, check=True).stdout

    def objects(self):
        return json.loads(self.fairway_stuck("-o", "json"))["objects"]

    def names(self):
        return sorted(item["name"] for item in self.objects())

    def create(self, name, *finalizers):
        stream = self.direct().request(
            "POST", PODS, [JSON], pod_body(name, finalizers))
        self.assertEqual(stream.status, 201)
        return json.loads(stream.read())

    def delete(self, name):
        """Past Fairway, at once."""
        stream = self.direct().request(
            "DELETE", pod(name) + "?gracePeriodSeconds=0")
        self.assertEqual(stream.status, 200)

    def create_deleting(self, name):
        made = self.create(name, POD_FINALIZER)
        self.delete(name)
        return made["metadata"]["uid"]

    def metric(self, name):
        text = self.fairway.admin_get("/metrics")
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return found and float(found.group(1))


class Stuck(Case):
    config = "terminating:\n  stuckAfter: 0s\n"

    def test_an_answer_about_one_object_tells(self):
        self.create("living", POD_FINALIZER)
        uid = self.create_deleting("kept")
        client = self.client()
        for name in "living", "kept":
            self.assert_status(client.request("GET", pod(name)), 200)
        item, = self.objects()
        self.assertEqual(
            (item["group"], item["resource"], item["namespace"],
             item["name"], item["uid"], item["finalizers"]),
            ("", "pods", "argo", "kept", uid, [POD_FINALIZER]))
        self.assertLess(item["deletedSeconds"], 60)
        self.assertEqual(self.metric(
            'fairway_stuck_objects_seen{resource="pods",'
            f'finalizer="{POD_FINALIZER}"}}'), 1)
        self.assertEqual(self.metric("fairway_terminating_objects_seen"), 1)
        table = self.fairway_stuck()
        self.assertRegex(
            table, rf"argo/pods/kept {re.escape(POD_FINALIZER)}\n")

    def test_its_release_is_seen_too(self):
        self.create_deleting("kept")
        client = self.client()
        self.assert_status(client.request("GET", pod("kept")), 200)
        self.assertEqual(self.names(), ["kept"])
        self.assert_status(client.request(
            "PATCH", pod("kept"), [MERGE_PATCH], removal()), 200)
        self.assertEqual(self.names(), [])

    def test_what_is_not_found_is_forgotten(self):
        self.create_deleting("kept")
        client = self.client()
        self.assert_status(client.request("GET", pod("kept")), 200)
        self.assert_status(self.direct().request(
            "PATCH", pod("kept"), [MERGE_PATCH], removal()), 200)
        self.assertEqual(self.names(), ["kept"])
        self.assert_status(client.request("GET", pod("kept")), 404)
        self.assertEqual(self.names(), [])

    def test_another_of_that_name_takes_its_place(self):
        self.create_deleting("kept")
        client = self.client()
        self.assert_status(client.request("GET", pod("kept")), 200)
        self.assert_status(self.direct().request(
            "PATCH", pod("kept"), [MERGE_PATCH], removal()), 200)
        self.create("kept", POD_FINALIZER)
        self.assert_status(client.request("GET", pod("kept")), 200)
        self.assertEqual(self.names(), [])

    def test_what_is_asked_only_is_not_looked_into(self):
        """A dry run, a subresource, a list: they tell of no object."""
        self.create_deleting("kept")
        client = self.client()
        self.assert_status(client.request("GET", PODS), 200)
        self.assertEqual(self.names(), [])
        self.assert_status(client.request("GET", pod("kept")), 200)
        self.assert_status(client.request(
            "PATCH", pod("kept") + "?dryRun=All", [MERGE_PATCH],
            removal()), 200)
        self.assertEqual(self.names(), ["kept"])

    def watch_of(self, *fields):
        watch = self.client().open("GET", PODS + "?watch=true", list(fields))
        self.assertEqual(watch.status, 200)
        return watch

    def wait_names(self, names):
        harness.poll(lambda: self.names() == names, f"never {names}")

    def follow_a_watch(self, *fields):
        self.watch_of(*fields)
        self.create("living", POD_FINALIZER)
        self.create_deleting("one")
        self.create_deleting("two")
        self.wait_names(["one", "two"])
        self.assert_status(self.direct().request(
            "PATCH", pod("one"), [MERGE_PATCH], removal()), 200)
        self.wait_names(["two"])
        item, = self.objects()
        self.assertEqual((item["resource"], item["namespace"]),
                         ("pods", "argo"))

    def test_a_watch_tells(self):
        self.follow_a_watch()

    def test_a_watch_in_protobuf_tells(self):
        self.follow_a_watch(
            ("accept", "application/vnd.kubernetes.protobuf;stream=watch"))

    def test_one_object_in_protobuf_tells(self):
        self.create_deleting("kept")
        stream = self.client().request("GET", pod("kept"), [PROTOBUF])
        self.assert_status(stream, 200)
        self.assertEqual(stream.read()[:4], b"k8s\0")
        self.assertEqual(self.names(), ["kept"])

    def test_http1_is_the_same(self):
        self.create_deleting("kept")
        out = subprocess.run(
            ["curl", "-sS", "--http1.1", "--cacert", self.fairway.cafile,
             "-H", f"Authorization: Bearer {self.fairway.token}",
             f"https://127.0.0.1:{self.fairway.port}{pod('kept')}"],
            capture_output=True, text=True, check=True).stdout
        self.assertEqual(json.loads(out)["metadata"]["name"], "kept")
        self.assertEqual(self.names(), ["kept"])


class Room(Case):
    """Four places: a mass deletion costs no more than that."""

    config = "terminating:\n  objects: 4\n  stuckAfter: 1h\n"

    def test_the_longest_unseen_is_given_up(self):
        client = self.client()
        for i in range(6):
            self.create_deleting(f"kept-{i}")
            self.assert_status(client.request("GET", pod(f"kept-{i}")), 200)
        self.assertEqual(self.names(),
                         [f"kept-{i}" for i in range(2, 6)])
        self.assertEqual(self.metric(
            "fairway_terminating_objects_given_up_total"), 2)
        self.assertIn("stuck for 1h0m", self.fairway_stuck())
        self.assertIn("argo/pods/kept-5", self.fairway_stuck("--all"))


class Exact(Case):
    """What is remembered of an object says what a PUT of it does."""

    config = """
rules:
- name: puts-that-remove
  lane: finalizers
  matchingPrecedence: 10
  verbs: [update]
  finalizerEffects: [Removes]
"""

    def put(self, client, name, finalizers):
        stream = self.direct().request("GET", pod(name))
        body = json.loads(stream.read())
        body["metadata"]["finalizers"] = finalizers
        # As a client that keeps only what it needs.
        del body["metadata"]["deletionTimestamp"]
        return client.request("PUT", pod(name), [JSON],
                              json.dumps(body).encode())

    def test_a_put_of_a_remembered_object_is_known_to_remove(self):
        made = self.create("kept", POD_FINALIZER, "example.com/other")
        self.assertEqual(len(made["metadata"]["finalizers"]), 2)
        self.delete("kept")
        client = self.client()
        unknown = self.put(client, "kept",
                           [POD_FINALIZER, "example.com/other"])
        self.assert_status(unknown, 200)
        self.assertNotEqual(unknown.header("x-fairway-rule"),
                            "puts-that-remove")
        # Its answer has told the object's finalizers.
        removes = self.put(client, "kept", [POD_FINALIZER])
        self.assert_status(removes, 200)
        self.assertEqual(removes.header("x-fairway-rule"),
                         "puts-that-remove")
        keeps = self.put(client, "kept", [POD_FINALIZER])
        self.assert_status(keeps, 200)
        self.assertNotEqual(keeps.header("x-fairway-rule"),
                            "puts-that-remove")


class Off(harness.Case):
    config = "terminating:\n  objects: 0\n"

    def test_nothing_is_remembered(self):
        direct = self.direct()
        stream = direct.request("POST", PODS, [JSON], pod_body("kept"))
        self.assertEqual(stream.status, 201)
        self.assert_status(direct.request("DELETE", pod("kept")), 200)
        self.assert_status(self.client().request("GET", pod("kept")), 200)
        out = subprocess.run(
            [harness.FAIRWAY, "stuck", "--state-dir", self.tmp / "fw"],
            capture_output=True, text=True, check=True).stdout
        self.assertIn("terminating.objects is 0", out)


if __name__ == "__main__":
    harness.main()
