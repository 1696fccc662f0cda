#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Finalizer removals that outlive their client, Fairway, and outages."""

import json
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import cluster
import harness
from harness import (
    CONFIGMAPS, MERGE_PATCH, POD_FINALIZER, SPACE, pod, web_token)

OTHER = "system:serviceaccount:argo:other"
TOKENS = ["other-token", *(web_token(iss="https://k", sub="a", exp=n)
                           for n in (1, 2)),
          web_token(iss="https://k", sub="b", exp=1)]
STRATEGIC = ("content-type", "application/strategic-merge-patch+json")
HOLD = "lanes: [{name: finalizers, waitMax: 300ms, holdMax: 300ms}]\n"
HEALTH = ("health: {probeInterval: 20ms, probeIntervalAway: 20ms, "
          "probeTimeout: 200ms}\n")


class Base(harness.Case):
    config = HEALTH
    sim_args = [word for token in TOKENS
                for word in ("--token", f"{token}={OTHER};system:masters")]

    def metric(self, name):
        found = re.search(rf"^{re.escape(name)} (\S+)$",
                          self.fairway.admin_get("/metrics"), re.M)
        return float(found.group(1))

    def ended(self, how):
        return self.metric(f'fairway_intents_ended_total{{end="{how}"}}')

    def wait_metric(self, name, value):
        harness.poll(lambda: self.metric(name) == value,
                     f"{name} did not become {value}")

    def wait_ended(self, how, count=1):
        self.wait_metric(f'fairway_intents_ended_total{{end="{how}"}}', count)

    def go_away(self):
        self.sim.listener("refuse")
        self.sim.connections("reset")
        self.fairway.wait_line("health=away", len(self.fairway.lines))

    def come_back(self):
        self.sim.listener("accept")

    def make_pods(self, count=1, finalizers=(POD_FINALIZER,), deleted=True):
        self.sim.preload("pods", SPACE, prefix="p-", count=count,
                         finalizers=list(finalizers), deleted=deleted)

    def metadata(self, name="p-000000"):
        """Of a pod, past Fairway; None: it is gone."""
        answer = self.past("GET", name)
        if answer["code"] == 404:
            return None
        return answer["body"]["metadata"]

    def past(self, method, name="p-000000", body=None,
             content_type="application/merge-patch+json"):
        """Somebody's request whom no outage concerns."""
        answer = self.sim.past(method, pod(name), body, content_type)
        if method != "GET":
            self.assertEqual(answer["code"], 200, answer)
        return answer

    def body(self, name="p-000000", guards=("uid", "resourceVersion"),
             **more):
        metadata = {"finalizers": None, **more}
        stored = self.metadata(name)
        metadata.update({guard: stored[guard] for guard in guards})
        return json.dumps({"metadata": metadata}).encode()

    def send(self, client, body, name="p-000000"):
        return client.open("PATCH", pod(name), [MERGE_PATCH], body)

    def held(self, token=None, name="p-000000", **more):
        """A removal that waits and is durable; and its client."""
        body = self.body(name, **more)
        client = self.client(**({"token": token} if token else {}))
        self.assert_status(client.request("GET", "/version"), 200)
        durable = self.metric("fairway_intents_durable")
        self.go_away()
        stream = self.send(client, body, name)
        client.ping()
        self.wait_metric("fairway_intents_durable", durable + 1)
        return client, stream

    def assert_patched(self, *names):
        """These and nothing else, each once; a real one does not tell."""
        if not cluster.FOLDER:
            self.assertEqual(sorted(self.sim.effects("PATCH")),
                             sorted(names))

    def web_tokens(self):
        """Two of the same one, and one of another."""
        if cluster.FOLDER:
            return self.sim.web_tokens()
        return TOKENS[1:]

    def other_token(self):
        """Of somebody else than Fairway."""
        return self.web_tokens()[0] if cluster.FOLDER else "other-token"

    def order(self, *words, status=0):
        """What `fairway journal` says of it."""
        done = subprocess.run(
            [harness.FAIRWAY, "journal", *words, "--state-dir",
             self.tmp / "fw"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return (done.stderr if status else done.stdout).strip()

    def open_intents(self):
        return json.loads(self.order("-o", "json"))["intents"]

    def kill(self):
        self.fairway.process.send_signal(signal.SIGKILL)
        self.fairway.process.wait()
        self.fairway.pipe.close()

    def restart(self):
        args = ["--config", self.tmp / "fairway.yaml"]
        self.fairway = harness.Fairway(self.tmp / "fw", self.sim.kubeconfig,
                                       *args)


class Journal(Base):
    # ---- what is journaled ------------------------------------------------

    def test_what_goes_through_at_once_is_not(self):
        self.make_pods()
        answer = self.send(self.client(), self.body())
        self.assert_status(answer, 200)
        self.assertEqual(self.metric("fairway_intents_opened_total"), 0)

    def test_a_held_one_ends_with_the_answer_to_its_client(self):
        self.make_pods()
        _, stream = self.held()
        self.come_back()
        self.assert_status(stream, 200)
        self.wait_ended("done")
        self.assertEqual(self.metric("fairway_intents"), 0)
        self.assertEqual(self.metric("fairway_replays_total"), 0)

    # ---- restarts ----------------------------------------------------------

    def test_it_is_carried_out_after_fairway_was_killed(self):
        self.make_pods()
        self.held(labels={"workflows.argoproj.io/completed": "true"})
        self.kill()
        self.come_back()
        self.restart()
        self.wait_ended("done")
        self.assertIsNone(self.metadata())
        self.assert_patched("p-000000")

    def test_it_waits_out_an_outage_that_lasts_over_the_restart(self):
        self.make_pods()
        self.held()
        self.kill()
        self.restart()
        self.assertEqual(self.metric("fairway_intents_found_total"), 1)
        self.come_back()
        self.wait_ended("done")
        self.assertIsNone(self.metadata())

    def test_what_is_open_is_shown(self):
        self.make_pods()
        self.held()
        ask = [harness.FAIRWAY, "journal", "--state-dir", self.tmp / "fw"]
        shown = json.loads(subprocess.check_output([*ask, "-o", "json"]))
        self.assertEqual(shown["on"], True)
        intent, = shown["intents"]
        self.assertEqual(intent["path"], pod("p-000000"))
        self.assertEqual(intent["state"], "client")
        self.assertEqual(intent["durable"], True)
        table = subprocess.check_output(ask, text=True)
        self.assertIn(intent["id"], table)
        self.assertEqual(self.order("list"), table.strip())
        self.assertEqual(json.loads(self.order("show", intent["id"], "-o",
                                               "json"))["path"],
                         intent["path"])
        page = self.order("show", intent["id"])
        self.assertIn(f"object    {pod('p-000000')}\n", page)
        self.assertIn("state     client: its client waits", page)
        self.assertRegex(page, r"age +\d+s, given up in 14m\d+s\n")
        self.assertIn("no intent 7 is open",
                      self.order("show", "7", status=1))
        self.assertIn("not list, show, replay or discard",
                      self.order("shwo", status=64))
        self.assertIn("has its client",
                      self.order("replay", intent["id"], status=1))

    def test_what_ended_is_not_sent_again(self):
        self.make_pods()
        _, stream = self.held()
        self.come_back()
        self.assert_status(stream, 200)
        self.wait_ended("done")
        self.assertEqual(self.fairway.stop(), 0)
        self.restart()
        self.assertEqual(self.metric("fairway_intents_found_total"), 0)

    # ---- without the client -------------------------------------------------

    def test_it_goes_on_when_the_client_is_gone(self):
        self.make_pods()
        client, _ = self.held()
        client.close()
        self.come_back()
        self.wait_ended("done")
        self.assertIsNone(self.metadata())

    def test_it_goes_on_when_its_request_is_killed(self):
        self.make_pods()
        _, stream = self.held()
        item, = json.loads(
            self.fairway.admin_get("/debug/requests"))["requests"]
        subprocess.run(
            [harness.FAIRWAY, "kill", "request", item["id"], "--state-dir",
             self.tmp / "fw"], check=True, capture_output=True)
        self.assert_status(stream, 429)
        self.assertEqual(stream.header("x-fairway-reason"), "killed")
        self.assertTrue(stream.header("x-fairway-intent"))
        self.come_back()
        self.wait_ended("done")
        self.assertIsNone(self.metadata())

    def test_a_label_goes_with_it(self):
        self.make_pods(finalizers=[POD_FINALIZER, "other/one"])
        body = json.dumps({"metadata": {
            "uid": self.metadata()["uid"],
            "$deleteFromPrimitiveList/finalizers": [POD_FINALIZER],
            "labels": {"workflows.argoproj.io/completed": "true"}}}).encode()
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.go_away()
        client.open("PATCH", pod("p-000000"), [
            ("content-type", "application/strategic-merge-patch+json")], body)
        client.ping()
        self.wait_metric("fairway_intents_durable", 1)
        client.close()
        self.come_back()
        self.wait_ended("done")
        metadata = self.metadata()
        self.assertEqual(metadata["finalizers"], ["other/one"])
        self.assertEqual(
            metadata["labels"]["workflows.argoproj.io/completed"], "true")

    # ---- with whose rights --------------------------------------------------

    def test_another_s_token_is_awaited_after_a_restart(self):
        self.make_pods()
        token = self.other_token()
        self.held(token=token)
        self.kill()
        self.come_back()
        self.restart()
        self.wait_metric("fairway_intents_parked", 1)
        self.assert_status(self.client().request("GET", "/version"), 200)
        self.assertEqual(self.metric("fairway_replays_total"), 0)
        other = self.client(token=token)
        self.assert_status(other.request("GET", "/version"), 200)
        self.wait_ended("done")
        self.assertIsNone(self.metadata())

    def test_a_renewed_token_of_the_same_will_do(self):
        self.make_pods()
        first, renewed, somebody = self.web_tokens()
        self.held(token=first)
        self.kill()
        self.come_back()
        self.restart()
        other = self.client(token=somebody)
        self.assert_status(other.request("GET", "/version"), 200)
        self.wait_metric("fairway_intents_parked", 1)
        forged = first.rpartition(".")[0] + ".Zm9yZ2Vk"
        self.assert_status(
            self.client(token=forged).request("GET", "/version"), 401)
        self.assertEqual(self.metric("fairway_replays_total"), 0)
        same = self.client(token=renewed)
        self.assert_status(same.request("GET", "/version"), 200)
        self.wait_ended("done")
        self.assertIsNone(self.metadata())

    def test_an_older_token_does_not_spoil_a_newer_one(self):
        self.make_pods()
        if cluster.FOLDER:
            self.skipTest("a fault is ordered of a server that is away")
        _, first, renewed, _ = TOKENS
        client, _ = self.held(token=first)
        client.close()
        # The newer one is heard of before the older one is refused.
        self.sim.fault(action="status", code=401, count=1, delayMs=700,
                       match={"verb": "patch"})
        self.wait_metric("fairway_replays_total", 1)
        self.come_back()
        other = self.client(token=renewed)
        self.assert_status(other.request("GET", "/version"), 200)
        self.wait_ended("done")
        self.assertIsNone(self.metadata())

    def test_a_forged_token_in_an_outage_is_no_order(self):
        self.make_pods()
        body = self.body()
        client = self.client(token="forged")
        self.assert_status(client.request("GET", "/version"), 401)
        self.go_away()
        self.send(client, body)
        client.ping()
        self.assertEqual(self.metric("fairway_intents"), 0)

    def test_an_answer_before_the_token_was_looked_at_proves_none(self):
        self.make_pods()
        body = self.body()
        client = self.client(token=web_token(iss="https://k", sub="a", exp=3))
        self.assert_status(
            client.request("GET", "/version?timeout=never"), 400)
        self.go_away()
        self.send(client, body)
        client.ping()
        self.assertEqual(self.metric("fairway_intents"), 0)

    def test_a_revoked_token_is_refused_and_awaited(self):
        self.make_pods()
        if cluster.FOLDER:
            self.skipTest("a real one knows a revoked token for a while")
        client, _ = self.held(token="other-token")
        client.close()
        self.sim.admin("POST", "/tokens", {"remove": "other-token"})
        self.come_back()
        self.wait_metric("fairway_intents_parked", 1)
        self.assertEqual(self.metadata()["finalizers"], [POD_FINALIZER])

    def test_forbidden_is_the_end_when_it_is_said_again(self):
        self.make_pods()
        client, _ = self.held()
        forbidden = self.sim.fault(action="status", code=403,
                                   match={"verb": "patch"})
        client.close()
        self.come_back()
        self.wait_ended("refused")
        self.assertEqual(self.sim.hits(forbidden), 4)
        self.assertEqual(self.metadata()["finalizers"], [POD_FINALIZER])

    def test_an_api_server_that_has_just_begun_forbids_all(self):
        self.make_pods()
        self.sim.fault(action="status", code=403, count=3,
                       match={"verb": "patch"})
        self.held()
        self.kill()
        self.come_back()
        self.restart()
        self.wait_ended("done")
        self.assertIsNone(self.metadata())

    # ---- what the object says ------------------------------------------------

    def test_a_changed_object_is_left_to_its_client(self):
        self.make_pods()
        client, _ = self.held(guards=["resourceVersion"])
        client.close()
        self.past("PATCH", body={"metadata": {"labels": {"a": "b"}}})
        self.come_back()
        self.wait_ended("conflict")
        self.assertEqual(self.metadata()["finalizers"], [POD_FINALIZER])

    def test_a_recreated_object_is_never_touched(self):
        self.make_pods()
        client, _ = self.held()
        client.close()
        self.past("PATCH", body={"metadata": {"finalizers": None}})
        self.assertIsNone(self.metadata())
        self.make_pods()
        self.come_back()
        self.wait_ended("recreated")
        self.assertEqual(self.metadata()["finalizers"], [POD_FINALIZER])

    def test_an_object_that_is_gone_ends_it(self):
        self.make_pods()
        client, _ = self.held()
        client.close()
        self.past("PATCH", body={"metadata": {"finalizers": None}})
        self.come_back()
        self.wait_ended("gone")

    def test_its_client_hears_that_it_is_gone(self):
        self.make_pods()
        _, stream = self.held()
        self.past("PATCH", body={"metadata": {"finalizers": None}})
        self.come_back()
        self.assert_status(stream, 404, "NotFound")
        self.wait_ended("gone")
        self.assertEqual(self.metric("fairway_replays_total"), 0)

    def test_a_part_that_somebody_else_removed_is_not_all_of_it(self):
        """One name is written with an escape: it is not known by it."""
        self.make_pods(finalizers=[POD_FINALIZER, "other/one"])
        metadata = self.metadata()
        body = json.dumps({"metadata": {
            "resourceVersion": metadata["resourceVersion"],
            "$deleteFromPrimitiveList/finalizers":
                [POD_FINALIZER, "OTHER"]}}).replace("OTHER", r"other\/one")
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.go_away()
        client.open("PATCH", pod("p-000000"), [STRATEGIC], body.encode())
        client.ping()
        self.wait_metric("fairway_intents_durable", 1)
        client.close()
        self.past("PATCH", body={"metadata": {"finalizers": ["other/one"]}})
        self.come_back()
        self.wait_ended("conflict")

    def test_what_somebody_else_removed_is_noticed(self):
        self.make_pods(finalizers=[POD_FINALIZER, "other/one"])
        uid = self.metadata()["uid"]
        body = json.dumps({"metadata": {
            "resourceVersion": self.metadata()["resourceVersion"],
            "uid": uid,
            "$deleteFromPrimitiveList/finalizers": [POD_FINALIZER]}}).encode()
        self.past("PATCH", body={"metadata": {"labels": {"a": "b"}}})
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.go_away()
        client.open("PATCH", pod("p-000000"), [
            ("content-type", "application/strategic-merge-patch+json")], body)
        client.ping()
        self.wait_metric("fairway_intents_durable", 1)
        self.past("PATCH", body={
            "metadata": {"finalizers": ["other/one"]}})
        client.close()
        self.come_back()
        self.wait_ended("removed")
        self.assertEqual(self.metadata()["finalizers"], ["other/one"])


class NotFound(Base):
    """404 is said by many, and is true of an object by one of them."""

    WORKFLOWS = f"/apis/argoproj.io/v1alpha1/namespaces/{SPACE}/workflows"

    def stranger(self, verb="patch", count=1):
        """Somebody on the way who knows nothing of any object."""
        return self.sim.fault(action="status", code=404, text=True,
                              message="404 page not found", count=count,
                              match={"verb": verb, "resource": "pods"})

    def test_a_stranger_s_does_not_end_it(self):
        self.make_pods()
        client, _ = self.held()
        stranger = self.stranger()
        client.close()
        self.come_back()
        self.wait_ended("done")
        self.assertEqual(self.sim.hits(stranger), 1)
        self.assertIsNone(self.metadata())

    def test_nor_one_that_looks_like_the_api_server_s(self):
        self.make_pods()
        client, _ = self.held()
        self.sim.fault(action="status", code=404, count=1,
                       message="the server could not find the requested "
                               "resource", match={"verb": "patch"})
        client.close()
        self.come_back()
        self.wait_ended("done")
        self.assertIsNone(self.metadata())

    def test_nor_when_its_client_hears_it(self):
        self.make_pods()
        _, stream = self.held()
        self.stranger(count=1)
        self.come_back()
        self.assert_status(stream, 404)
        self.assertEqual(stream.read(), b"404 page not found\n")
        self.wait_ended("done")
        self.assertIsNone(self.metadata())

    def test_nor_one_to_the_question_about_its_object(self):
        self.make_pods()
        client, _ = self.held(guards=["resourceVersion"])
        self.past("PATCH", body={"metadata": {"labels": {"a": "b"}}})
        stranger = self.stranger(verb="get")
        client.close()
        self.come_back()
        self.wait_ended("conflict")
        self.assertEqual(self.sim.hits(stranger), 1)

    def test_a_kind_that_is_not_served_for_now_is_waited_for(self):
        if cluster.FOLDER:
            self.skipTest("a real API server serves what it serves")
        self.sim.preload("workflows", SPACE, prefix="w-", count=1,
                         finalizers=[POD_FINALIZER], deleted=True)
        path = f"{self.WORKFLOWS}/w-000000"
        stored = self.sim.past("GET", path)["body"]["metadata"]
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.go_away()
        client.open("PATCH", path, [MERGE_PATCH], json.dumps({"metadata": {
            "resourceVersion": stored["resourceVersion"],
            "finalizers": None}}).encode())
        client.ping()
        self.wait_metric("fairway_intents_durable", 1)
        client.close()
        self.sim.admin("POST", "/served", {"notServed": "argoproj.io"})
        self.come_back()
        harness.poll(lambda: self.metric("fairway_replays_total") >= 3,
                     "it was not sent again")
        self.sim.admin("POST", "/served", {"notServed": ""})
        self.wait_ended("done")
        self.assertEqual(self.sim.past("GET", path)["code"], 404)


class Discarded(Base):
    """Its replay waits for the API server as it is discarded."""

    def test_it_does_not_leave_any_more(self):
        self.make_pods(count=4)
        client, _ = self.held()
        client.close()
        self.wait_metric("fairway_replays_total", 1)
        shown, = self.open_intents()
        self.order("discard", shown["id"])
        self.come_back()
        others = [f"p-{i:06}" for i in range(1, 4)]
        client = self.client()
        for name in others:
            self.assert_status(self.send(client, self.body(name), name), 200)
        self.assertEqual(self.sim.effects("PATCH"), others)
        self.assertEqual(self.metadata()["finalizers"], [POD_FINALIZER])


class Refused(Base):
    """Held for a short time only."""

    config = HEALTH + HOLD

    def test_the_client_is_told_which_intent_is_pending(self):
        self.make_pods()
        _, stream = self.held()
        self.assert_status(stream, 503)
        intent = stream.header("x-fairway-intent")
        self.assertTrue(int(intent) > 0)
        self.assertIn(intent, json.loads(stream.read())["message"])
        self.come_back()
        self.wait_ended("done")
        self.assertIsNone(self.metadata())

    def test_the_client_that_comes_again_adopts_it(self):
        self.make_pods()
        client, stream = self.held()
        self.assert_status(stream, 503)
        body = self.body()
        again = self.send(client, body)
        client.ping()
        self.come_back()
        self.assert_status(again, 200)
        self.wait_ended("done")
        self.assertEqual(self.metric("fairway_intents"), 0)
        self.assertEqual(self.metric("fairway_intents_adopted_total"), 1)
        self.assert_patched("p-000000")

    def test_an_older_removal_that_fails_does_not_end_it(self):
        self.make_pods()
        older = self.body()
        self.past("PATCH", body={"metadata": {"labels": {"a": "b"}}})
        client, stream = self.held()
        self.assert_status(stream, 503)
        self.come_back()
        self.assert_status(client.request("GET", "/version"), 200)
        self.assert_status(self.send(client, older), 409)
        self.assertEqual(self.metric("fairway_intents_adopted_total"), 1)
        self.wait_ended("done")
        self.assertIsNone(self.metadata())

    def test_an_older_removal_that_is_held_does_not_replace_it(self):
        self.make_pods()
        older = self.body()
        self.past("PATCH", body={"metadata": {"labels": {"a": "b"}}})
        client, stream = self.held()
        self.assert_status(stream, 503)
        self.assert_status(self.send(client, older), 503)
        self.assertEqual(self.metric("fairway_intents_adopted_total"), 1)
        self.come_back()
        self.wait_ended("done")
        self.assertIsNone(self.metadata())

    def test_expired_ones_are_reported(self):
        self.assertEqual(self.fairway.stop(), 0)
        path = self.tmp / "fairway.yaml"
        path.write_text(path.read_text() + "journal: {expireAfter: 1s}\n")
        self.restart()
        self.make_pods()
        _, stream = self.held()
        self.assert_status(stream, 503)
        self.wait_ended("expired")
        self.fairway.wait_line("removal ended.*end=expired")
        self.come_back()
        self.assertEqual(self.metadata()["finalizers"], [POD_FINALIZER])


class Orders(Base):
    """What an operator tells about what is open."""

    config = HEALTH + HOLD

    def pending(self, **more):
        """A removal that its client was told is pending: its id."""
        client, stream = self.held(**more)
        self.assert_status(stream, 503)
        return client, stream.header("x-fairway-intent")

    def test_one_that_waits_is_sent_at_once(self):
        self.make_pods()
        _, intent = self.pending()
        self.assertEqual(self.order("replay", intent), f"{intent}: due now")
        self.fairway.wait_line("an operator's order.* verb=replay "
                               f"what={intent} .* result=done")
        self.wait_metric("fairway_replays_total", 1)
        self.assertIn("is being sent again",
                      self.order("replay", intent, status=1))
        self.come_back()
        self.wait_ended("done")
        self.assertIsNone(self.metadata())
        self.assertIn("no intent", self.order("replay", intent, status=1))

    def test_all_that_wait_are(self):
        self.make_pods()
        self.pending()
        self.assertRegex(self.order("replay", "--all"), "^[01]: due now$")
        self.come_back()
        self.wait_ended("done")

    def test_one_that_waits_for_a_token_cannot_go(self):
        self.make_pods()
        self.pending(token=self.other_token())
        self.kill()
        self.restart()
        self.wait_metric("fairway_intents_parked", 1)
        shown, = self.open_intents()
        self.assertIn("waits for a token",
                      self.order("replay", shown["id"], status=1))
        self.assertEqual(self.order("replay", "--all"), "0: due now")

    def test_one_that_is_discarded_is_never_sent(self):
        self.make_pods()
        _, intent = self.pending()
        self.assertEqual(self.order("discard", intent),
                         f"{intent}: discarded")
        self.wait_ended("discarded")
        self.fairway.wait_line(f"removal ended.*intent={intent} "
                               "end=discarded")
        self.kill()
        self.restart()
        self.assertEqual(self.metric("fairway_intents_found_total"), 0)
        self.come_back()
        self.assertIn("no intent", self.order("discard", intent, status=1))
        self.assertEqual(self.metadata()["finalizers"], [POD_FINALIZER])

    def test_what_is_no_order_is_refused(self):
        self.assertIn("is a number", self.order("discard", "x", status=1))
        self.order("replay", status=64)
        self.order("replay", "1", "--all", status=64)
        self.order("discard", status=64)
        self.order("discard", "1", "--all", status=64)
        self.order("--all", status=64)
        self.order("sing", status=64)


class OwnCredentials(Base):
    """Removals that came with Fairway's own, which change."""

    def setUp(self):
        if cluster.FOLDER:
            self.skipTest("its tokens are kubesim's")
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-e2e."))
        self.addCleanup(shutil.rmtree, self.tmp)
        self.clients = []
        self.start_sim()
        self.write_token("admin-token")
        (self.tmp / "fairway.yaml").write_text(
            "apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n" +
            self.config)
        self.restart()
        self.addCleanup(self.end_fairway)

    def write_token(self, token):
        fresh = self.tmp / "kubeconfig.new"
        fresh.write_text(
            "apiVersion: v1\nkind: Config\ncurrent-context: argo\n"
            "clusters: [{name: sim, cluster: {"
            f'server: "https://127.0.0.1:{self.sim.port}", '
            f"certificate-authority: {self.tmp}/sim/ca.crt}}}}]\n"
            f"users: [{{name: argo, user: {{token: {token}}}}}]\n"
            "contexts: [{name: argo, "
            "context: {cluster: sim, user: argo}}]\n")
        fresh.rename(self.tmp / "kubeconfig")

    def restart(self):
        self.fairway = harness.Fairway(
            self.tmp / "fw", self.tmp / "kubeconfig",
            "--config", self.tmp / "fairway.yaml")

    def state(self):
        return [intent["state"] for intent in self.open_intents()]

    def test_they_do_not_go_with_another_s_after_a_restart(self):
        self.make_pods()
        self.held()
        self.kill()
        self.write_token("other-token")
        self.restart()
        self.fairway.wait_line("a removal waits for the credentials")
        self.come_back()
        self.assert_status(self.client().request("GET", "/version"), 200)
        self.assertEqual(self.state(), ["credentials"])
        self.assertEqual(self.metric("fairway_intents_parked"), 1)
        self.assertEqual(self.metric("fairway_replays_total"), 0)
        self.write_token("admin-token")
        self.wait_ended("done")
        self.assertEqual(self.sim.history()[-1]["user"], "admin")

    def test_nor_after_a_reload(self):
        self.make_pods()
        client, _ = self.held()
        self.write_token("other-token")
        self.fairway.wait_line("new trust or credentials")
        client.close()
        self.fairway.wait_line("a removal waits for the credentials")
        self.come_back()
        self.assert_status(self.client().request("GET", "/version"), 200)
        self.assertEqual(self.state(), ["credentials"])
        self.assert_patched()

    def test_nor_when_one_is_on_its_way(self):
        """It waits for the API server, and leaves after the change."""
        self.make_pods()
        client, _ = self.held()
        client.close()
        self.wait_metric("fairway_replays_total", 1)
        self.write_token("other-token")
        self.fairway.wait_line("new trust or credentials")
        self.come_back()
        self.fairway.wait_line("a removal waits for the credentials")
        self.assert_patched()

    def test_a_renewed_token_of_the_same_will_do(self):
        _, first, renewed, _ = TOKENS
        self.write_token(first)
        self.fairway.wait_line("new trust or credentials")
        self.fairway.token = first
        self.make_pods()
        self.held()
        self.kill()
        self.write_token(renewed)
        self.come_back()
        self.restart()
        self.wait_ended("done")
        self.assertIsNone(self.metadata())


class OwnCertificate(Base):
    """Fairway is known by a certificate: it is so after a restart, too."""

    context = "argo-cert"

    def restart(self):
        self.fairway = harness.Fairway(
            self.tmp / "fw", self.sim.kubeconfig, "--config",
            self.tmp / "fairway.yaml", context=self.context)

    def test_it_goes_on_after_a_restart(self):
        self.make_pods()
        self.held()
        self.kill()
        self.come_back()
        self.restart()
        self.wait_ended("done")
        self.assertIsNone(self.metadata())


class LongNames(Base):
    """What there is room for of names does not tell removals apart."""

    config = HEALTH + HOLD

    def test_removals_of_other_finalizers_are_other_removals(self):
        common, *others = [f"{'d.' * count}example.com/{name}" for count, name
                           in ((60, "x"), (110, "one"), (110, "two"))]
        self.make_pods(finalizers=[POD_FINALIZER, common, *others])
        uid = self.metadata()["uid"]
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.go_away()
        for other in others:
            body = json.dumps({"metadata": {
                "uid": uid,
                "$deleteFromPrimitiveList/finalizers": [common, other],
            }}).encode()
            stream = client.open("PATCH", pod("p-000000"), [STRATEGIC], body)
            self.assert_status(stream, 503)
            self.assertIsNotNone(stream.header("x-fairway-intent"))
        self.assertEqual(self.metric("fairway_intents"), 2)
        self.come_back()
        self.wait_ended("done", 2)
        self.assertEqual(self.metadata()["finalizers"], [POD_FINALIZER])


class Alike(Base):
    """Removals of the same finalizer that are not the same."""

    config = HEALTH + HOLD
    LABEL = "workflows.argoproj.io/completed"

    def named(self, client, uid, label=None):
        """Refused, and pending as an intent of its own."""
        metadata = {"uid": uid,
                    "$deleteFromPrimitiveList/finalizers": [POD_FINALIZER]}
        if label:
            metadata["labels"] = {self.LABEL: label}
        stream = client.open("PATCH", pod("p-000000"), [STRATEGIC],
                             json.dumps({"metadata": metadata}).encode())
        self.assert_status(stream, 503)
        return stream.header("x-fairway-intent")

    def away(self):
        """An object with another finalizer, a client, and an outage."""
        self.make_pods(finalizers=[POD_FINALIZER, "other/one"])
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.go_away()
        return client, self.metadata()["uid"]

    def test_a_label_is_not_lost_by_a_later_one_without(self):
        client, uid = self.away()
        first = self.named(client, uid, "true")
        second = self.named(client, uid)
        self.assertEqual(self.named(client, uid, "true"), first)
        self.assertEqual(self.named(client, uid), second)
        self.assertNotEqual(first, second)
        self.come_back()
        self.wait_ended("done", 2)
        metadata = self.metadata()
        self.assertEqual(metadata["finalizers"], ["other/one"])
        self.assertEqual(metadata["labels"][self.LABEL], "true")

    def test_they_go_in_their_order(self):
        """Even if the first has to try again."""
        client, uid = self.away()
        self.named(client, uid, "1")
        self.named(client, uid, "2")
        client.close()
        if not cluster.FOLDER:
            self.sim.fault(action="status", code=500, count=2,
                           match={"verb": "patch"})
        self.come_back()
        self.wait_ended("done", 2)
        self.assertEqual(self.metadata()["labels"][self.LABEL], "2")

    def test_those_of_two_objects_of_a_name_are_two(self):
        client, uid = self.away()
        old = self.named(client, uid)
        self.past("PATCH", body={"metadata": {"finalizers": None}})
        self.make_pods(finalizers=[POD_FINALIZER, "other/one"])
        fresh = self.named(client, self.metadata()["uid"])
        self.assertNotEqual(old, fresh)
        # Somebody who has not noticed.
        self.assertEqual(self.named(client, uid), old)
        self.come_back()
        self.wait_ended("done")
        self.wait_ended("recreated")
        self.assertEqual(self.metadata()["finalizers"], ["other/one"])


class Rebase(Base):
    config = HEALTH + "journal: {onConflict: Rebase}\n"

    def test_the_named_ones_go_from_the_changed_object(self):
        self.make_pods(finalizers=[POD_FINALIZER, "other/one"])
        metadata = self.metadata()
        body = json.dumps({"metadata": {
            "uid": metadata["uid"],
            "resourceVersion": metadata["resourceVersion"],
            "$deleteFromPrimitiveList/finalizers": [POD_FINALIZER]}}).encode()
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.go_away()
        client.open("PATCH", pod("p-000000"), [STRATEGIC], body)
        client.ping()
        self.wait_metric("fairway_intents_durable", 1)
        client.close()
        self.past("PATCH", body={"metadata": {"labels": {"a": "b"}}})
        self.come_back()
        self.wait_ended("done")
        self.assertEqual(self.metadata()["finalizers"], ["other/one"])


class UnansweredBase(Base):
    def stall(self, **more):
        return self.sim.fault(action="stall", match={"verb": "patch"}, **more)

    def ready(self):
        """A client whose token is proven."""
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        return client


class UnansweredAndGone(UnansweredBase):
    """The API server takes a removal, says nothing, and its client goes."""

    config = (HEALTH + "retry: {answerTimeout: 2s}\n"
              "journal: {mode: Always}\n")

    def test_it_is_sent_again_when_its_client_is_gone(self):
        self.make_pods()
        stalled = self.stall(count=1)
        client = self.ready()
        self.send(client, self.body())
        self.sim.wait_hits(stalled, 1)
        self.wait_metric("fairway_intents_durable", 1)
        client.close()
        self.wait_ended("done")
        self.assertIsNone(self.metadata())
        self.assertEqual(self.metric("fairway_replays_total"), 1)
        self.assert_patched("p-000000")


class Unanswered(UnansweredBase):
    """… or waits for what does not come."""

    config = (HEALTH + "retry: {answerTimeout: 300ms, tries: 2}\n"
              "journal: {mode: Always}\n")

    def test_what_took_effect_unheard_is_not_done_twice(self):
        self.make_pods()
        stalled = self.stall(count=1, when="after")
        client = self.ready()
        self.send(client, self.body())
        self.sim.wait_hits(stalled, 1)
        client.close()
        self.wait_ended("gone")
        self.assert_patched("p-000000")

    def test_a_client_that_waits_gets_the_next_answer(self):
        self.make_pods()
        self.stall(count=1)
        self.assert_status(self.send(self.ready(), self.body()), 200)
        self.wait_ended("done")

    def test_a_client_that_waits_is_told_in_the_end(self):
        self.make_pods()
        self.stall()
        stream = self.send(self.ready(), self.body())
        self.assert_status(stream, 504)
        self.assertIsNone(stream.header("retry-after"))
        self.assertGreater(int(stream.header("x-fairway-intent")), 0)
        self.sim.no_faults()
        self.wait_ended("done")
        self.assertIsNone(self.metadata())

    def test_a_replay_does_not_wait_for_the_end_of_an_answer(self):
        self.make_pods()
        self.held()
        self.kill()
        self.restart()
        self.sim.fault(action="slow", bytes=1, match={"verb": "patch"})
        self.come_back()
        self.wait_ended("done")
        self.assert_patched("p-000000")

    def test_replays_that_are_not_answered_keep_nobody(self):
        count = 12
        self.make_pods(count=count)
        client = self.ready()
        bodies = {f"p-{i:06}": self.body(f"p-{i:06}") for i in range(count)}
        self.go_away()
        for name, body in bodies.items():
            self.send(client, body, name)
        client.ping()
        self.wait_metric("fairway_intents_durable", count)
        self.kill()
        self.restart()
        self.stall(count=6)
        self.come_back()
        self.wait_ended("done", count)
        self.assertEqual(len(set(self.sim.effects("PATCH"))), count)


class OneKindHangs(UnansweredBase):
    """A webhook of one kind's does not answer; others have nothing to do with
    it, and do not stand behind it."""

    config = HEALTH + "retry: {answerTimeout: 60s}\n"

    def test_another_kind_goes(self):
        hanging = [f"p-{i:06}" for i in range(12)]
        self.make_pods(count=len(hanging))
        self.sim.preload("configmaps", "argo", prefix="c-", count=1,
                         finalizers=[POD_FINALIZER], deleted=True)
        config_map = CONFIGMAPS + "/c-000000"
        client = self.ready()
        bodies = [(name, self.body(name)) for name in hanging]
        stored = self.sim.past("GET", config_map)["body"]["metadata"]
        self.go_away()
        for name, body in bodies:
            self.send(client, body, name)
        client.open("PATCH", config_map, [MERGE_PATCH], json.dumps(
            {"metadata": {"finalizers": None, "uid": stored["uid"],
                          "resourceVersion": stored["resourceVersion"]}}
        ).encode())
        client.ping()
        self.wait_metric("fairway_intents_durable", len(hanging) + 1)
        self.kill()
        self.restart()
        stalled = self.sim.fault(action="stall", match={
            "verb": "patch", "resource": "pods"})
        self.come_back()
        self.wait_ended("done", 1)
        self.assertEqual(self.sim.past("GET", config_map)["code"], 404)
        self.assertGreaterEqual(self.sim.hits(stalled), 1)
        self.assertEqual(self.metric("fairway_intents"), len(hanging))
        self.sim.no_faults()
        self.sim.connections("reset")
        self.wait_ended("done", len(hanging) + 1)


class Remembered(Base):
    """Removals without a proof, of objects that passed by before."""

    NAMED = {"$deleteFromPrimitiveList/finalizers": [POD_FINALIZER]}
    ALL = {"finalizers": None}

    def seen(self, patch, content_type=STRATEGIC):
        """Held, and its client is gone; returns how many intents."""
        client = self.client()
        self.assert_status(client.request("GET", pod("p-000000")), 200)
        self.go_away()
        client.open("PATCH", pod("p-000000"), [content_type],
                    json.dumps({"metadata": patch}).encode())
        client.ping()
        opened = self.metric("fairway_intents_opened_total")
        if opened:
            self.wait_metric("fairway_intents_durable", opened)
        client.close()
        return opened

    def test_one_that_names_what_it_takes_is_sent_again(self):
        self.make_pods(finalizers=[POD_FINALIZER, "other/one"])
        self.assertEqual(self.seen(self.NAMED), 1)
        self.past("PATCH", body={"metadata": {"labels": {"a": "b"}}})
        self.kill()
        self.restart()
        self.come_back()
        self.wait_ended("done")
        self.assertEqual(self.metadata()["finalizers"], ["other/one"])

    def test_it_meets_no_other_object(self):
        self.make_pods()
        self.assertEqual(self.seen(self.NAMED), 1)
        self.past("PATCH", body={"metadata": {"finalizers": None}})
        self.make_pods()
        self.come_back()
        self.wait_ended("recreated")
        self.assertEqual(self.metadata()["finalizers"], [POD_FINALIZER])

    def test_one_that_takes_all_meets_what_was_seen(self):
        self.make_pods()
        self.assertEqual(self.seen(self.ALL, MERGE_PATCH), 1)
        self.come_back()
        self.wait_ended("done")
        self.assertIsNone(self.metadata())

    def test_and_nothing_that_has_changed(self):
        self.make_pods()
        self.assertEqual(self.seen(self.ALL, MERGE_PATCH), 1)
        self.past("PATCH", body={"metadata": {"labels": {"a": "b"}}})
        self.come_back()
        self.wait_ended("conflict")
        self.assertEqual(self.metadata()["finalizers"], [POD_FINALIZER])

    def test_what_lives_is_not_remembered(self):
        self.make_pods(deleted=False)
        self.assertEqual(self.seen(self.NAMED), 0)


class Timeouts(Base):
    """The API server itself says that it does not know."""

    def test_that_opens_no_intent(self):
        self.make_pods()
        self.sim.fault(action="status", code=504, count=1,
                       match={"verb": "patch"})
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        stream = self.send(client, self.body())
        self.assert_status(stream, 504)
        self.assertIsNone(stream.header("x-fairway-intent"))
        self.assertEqual(self.metric("fairway_intents_opened_total"), 0)
        self.assertEqual(self.metadata()["finalizers"], [POD_FINALIZER])

    def test_what_was_journaled_before_is_sent_again(self):
        self.make_pods()
        client, stream = self.held()
        self.sim.fault(action="status", code=504, count=1,
                       match={"verb": "patch"})
        self.come_back()
        self.assert_status(stream, 504)
        self.wait_ended("done")
        self.assertIsNone(self.metadata())


class Many(Base):
    """More than are sent again at one time."""

    COUNT = 40

    def hold_many(self):
        self.make_pods(count=self.COUNT)
        names = [f"p-{i:06}" for i in range(self.COUNT)]
        bodies = [self.body(name) for name in names]
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.go_away()
        for name, body in zip(names, bodies):
            self.send(client, body, name)
        client.ping()
        self.wait_metric("fairway_intents_durable", self.COUNT)
        return client

    def test_each_is_carried_out_once(self):
        self.hold_many()
        self.kill()
        self.restart()
        self.come_back()
        self.wait_ended("done", self.COUNT)
        self.assert_patched(*(f"p-{i:06}" for i in range(self.COUNT)))

    def test_sigterm_while_they_are_sent_again_keeps_the_rest(self):
        if cluster.FOLDER:
            self.skipTest("a real API server answers too soon")
        self.hold_many()
        self.kill()
        stalled = self.sim.fault(action="stall", match={"verb": "patch"})
        self.come_back()
        self.restart()
        self.sim.wait_hits(stalled, 1)
        self.fairway.terminate()
        self.fairway.wait_line("ending")
        self.sim.no_faults()
        self.sim.connections("reset")
        self.assertEqual(self.fairway.stop(), 0)
        self.restart()
        self.assertGreater(self.metric("fairway_intents_found_total"),
                           self.COUNT - 10)
        self.wait_metric("fairway_intents", 0)
        self.assertEqual(len(set(self.sim.effects("PATCH"))), self.COUNT)


class Off(harness.Case):
    config = HEALTH + HOLD + "journal: {mode: \"Off\"}\n"

    def test_nothing_is_promised(self):
        self.sim.preload("pods", SPACE, prefix="p-", count=1,
                         finalizers=[POD_FINALIZER], deleted=True)
        client = self.client()
        found = client.request("GET", pod("p-000000"))
        uid = json.loads(found.read())["metadata"]["uid"]
        self.sim.listener("refuse")
        self.sim.connections("reset")
        self.fairway.wait_line("health=away")
        stream = client.open(
            "PATCH", pod("p-000000"), [MERGE_PATCH], json.dumps(
                {"metadata": {"uid": uid, "finalizers": None}}).encode())
        self.assert_status(stream, 503)
        self.assertIsNone(stream.header("x-fairway-intent"))


if __name__ == "__main__":
    harness.main()
