#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Audit events: each removal, each end of an intent, each order and each time
that files are read again is told once, in the API server's own shape, whatever
the disk does.

With AUDIT_DECODER, a program, each file of events is given to it as well:
make check-audit."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import threading

import harness
import test_identity
import test_journal
import test_reload
from harness import MERGE_PATCH, POD_FINALIZER, pod, removal
from test_journal import HEALTH, HOLD, web_token

DECODER = os.environ.get("AUDIT_DECODER")
FILE = "audit: {output: File}\n"
SUBJECT = web_token(iss="https://k", sub="a", exp=1)

# Of k8s.io/apiserver/pkg/apis/audit/v1, as far as Fairway has use for it.
SHAPE = {
    "kind": str, "apiVersion": str, "level": str, "auditID": str,
    "stage": str, "requestURI": str, "verb": str, "userAgent": str,
    "requestReceivedTimestamp": str, "stageTimestamp": str,
    "sourceIPs": [str], "annotations": {None: str},
    "user": {"username": str, "uid": str, "groups": [str],
             "extra": {None: [str]}},
    "objectRef": {"resource": str, "namespace": str, "name": str, "uid": str,
                  "apiGroup": str, "apiVersion": str, "subresource": str},
    "responseStatus": {"metadata": {}, "status": str, "message": str,
                       "reason": str, "code": int},
}
ALWAYS = ("kind", "apiVersion", "level", "auditID", "stage", "requestURI",
          "verb", "user", "requestReceivedTimestamp", "stageTimestamp")


def check_shape(value, shape, path="event"):
    if isinstance(shape, list):
        assert isinstance(value, list), path
        for item in value:
            check_shape(item, shape[0], path + "[]")
    elif isinstance(shape, dict):
        assert isinstance(value, dict), path
        for key, item in value.items():
            assert key in shape or None in shape, f"{path}.{key}"
            check_shape(item, shape.get(key, shape.get(None)),
                        f"{path}.{key}")
    else:
        assert type(value) is shape, path


def check_event(event):
    check_shape(event, SHAPE)
    for key in ALWAYS:
        assert event.get(key), (key, event)
    assert event["kind"] == "Event"
    assert event["apiVersion"] == "audit.k8s.io/v1"
    assert event["level"] == "Metadata"
    assert event["stage"] == "ResponseComplete"
    for key in "requestReceivedTimestamp", "stageTimestamp":
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", event[key]), event
    assert all(key.startswith("fairway.dev/")
               for key in event["annotations"]), event


def decode(text):
    """Each line by itself; all of them are whole."""
    assert text == "" or text.endswith("\n"), text[-100:]
    events = [json.loads(line) for line in text.splitlines()]
    for event in events:
        check_event(event)
    if DECODER and text:
        subprocess.run([DECODER], input=text, text=True, check=True)
    return events


def note(event, key):
    return event["annotations"].get("fairway.dev/" + key)


class Base(test_journal.Base):
    config = HEALTH + FILE

    @property
    def path(self):
        return self.tmp / "fw/audit.log"

    def events(self, kind=None):
        return [event for event in decode(self.path.read_text())
                if kind in (None, note(event, "event"))]

    def wait_events(self, count, kind):
        harness.poll(lambda: len(self.events(kind)) >= count,
                     f"there were not {count} events {kind}")
        events = self.events(kind)
        self.assertEqual(len(events), count, events)
        return events

    def wait_told(self, count):
        """Until so many were; returns how many of them were dropped."""
        names = [f"fairway_audit_events_{what}" for what in
                 ("written_total", "waiting", "dropped_total")]
        harness.poll(lambda: sum(map(self.metric, names)) == count,
                     f"there were not {count} events")
        return int(self.metric(names[-1]))

    def wait_outcome(self, outcome, kind="removal"):
        """The one event that there is."""
        event, = self.wait_events(1, kind)
        self.assertEqual(note(event, "outcome"), outcome, event)
        return event


class Removals(Base):
    def test_removed(self):
        self.make_pods()
        stream = self.send(self.client(), self.body())
        self.assert_status(stream, 200)
        event = self.wait_outcome("removed")
        self.assertEqual(event["objectRef"], {
            "resource": "pods", "namespace": "argo", "name": "p-000000",
            "apiVersion": "v1", "uid": event["objectRef"]["uid"]})
        self.assertEqual(event["requestURI"], pod("p-000000"))
        self.assertEqual(event["verb"], "patch")
        self.assertEqual(event["responseStatus"],
                         {"metadata": {}, "code": 200})
        self.assertEqual(event["sourceIPs"], ["127.0.0.1"])
        self.assertEqual(event["auditID"], stream.header("audit-id"))
        self.assertEqual(note(event, "lane"), "finalizers")
        self.assertEqual(note(event, "rule"), "finalizer-removals")
        self.assertEqual(note(event, "attempts"), "1")
        self.assertEqual(note(event, "own-credentials"), "true")
        self.assertEqual(oct(self.path.stat().st_mode & 0o777), "0o600")

    def test_what_is_no_removal_is_not_told(self):
        self.make_pods()
        client = self.client()
        for answer in (
                client.request("GET", pod("p-000000")),
                client.request("PATCH", pod("p-000000"), [MERGE_PATCH],
                               b'{"metadata":{"labels":{"a":"b"}}}'),
                client.request("PATCH", pod("p-000000") + "?dryRun=All",
                               [MERGE_PATCH], removal())):
            self.assert_status(answer, 200)
        self.assert_status(self.send(client, self.body()), 200)
        self.wait_events(1, "removal")
        self.assertEqual(len(self.events()), 1)

    def test_gone_and_refused(self):
        self.make_pods()
        client = self.client()
        self.assert_status(client.request(
            "PATCH", pod("none"), [MERGE_PATCH], removal()), 404)
        self.sim.fault(action="status", code=403, count=1,
                       match={"verb": "patch"})
        self.assert_status(self.send(client, self.body()), 403)
        gone, refused = self.wait_events(2, "removal")
        self.assertEqual(note(gone, "outcome"), "gone")
        self.assertEqual(note(refused, "outcome"), "refused")
        self.assertEqual(refused["responseStatus"]["code"], 403)

    def test_whose_client_left(self):
        self.make_pods()
        fault = self.sim.fault(match={"verb": "patch"}, delayMs=600000)
        client = self.client()
        stream = client.open("PATCH", pod("p-000000"), [MERGE_PATCH],
                             removal())
        self.sim.wait_hits(fault, 1)
        stream.cancel()
        client.ping()
        event = self.wait_outcome("unknown")
        self.assertNotIn("responseStatus", event)

    def test_that_was_never_sent(self):
        self.make_pods()
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.go_away()
        stream = client.open("PATCH", pod("p-000000"), [MERGE_PATCH],
                             removal())
        client.ping()
        stream.cancel()
        client.ping()
        event = self.wait_outcome("withdrawn")
        self.assertEqual(note(event, "attempts"), "0")

    def test_the_client_s_own_ids_are_those_of_the_event(self):
        self.make_pods()
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        stream = self.client().request(
            "PATCH", pod("p-000000"),
            [MERGE_PATCH, ("audit-id", "chosen-by-the-client"),
             ("traceparent", trace)], removal())
        self.assert_status(stream, 200)
        event = self.wait_outcome("removed")
        self.assertEqual(event["auditID"], "chosen-by-the-client")
        self.assertEqual(note(event, "traceparent"), trace)


class Who(Base):
    """A name where it is verified; else what is said, as what it is."""

    def remove(self, **more):
        self.make_pods()
        self.assert_status(self.send(self.client(**more), self.body()), 200)
        return self.wait_outcome("removed")

    def test_a_token_is_shown_by_a_hash_and_its_own_word(self):
        event = self.remove(token=SUBJECT)
        self.assertRegex(event["user"]["username"],
                         r"^fairway:unverified:[0-9a-f]{16}$")
        self.assertEqual(note(event, "unverified-subject"), "a")
        self.assertIsNone(note(event, "own-credentials"))
        self.assertNotIn(SUBJECT, self.path.read_text())

    def test_a_token_of_another_kind_says_nothing(self):
        event = self.remove(token="other-token")
        self.assertRegex(event["user"]["username"], "^fairway:unverified:")
        self.assertIsNone(note(event, "unverified-subject"))

    def test_a_renewed_token_has_the_same_name(self):
        self.make_pods(3)
        for i, token in enumerate((
                SUBJECT, web_token(iss="https://k", sub="a", exp=2),
                web_token(iss="https://k", sub="b", exp=1))):
            name = f"p-00000{i}"
            self.assert_status(self.send(
                self.client(token=token), self.body(name), name), 200)
        first, renewed, other = (event["user"]["username"]
                                 for event in self.wait_events(3, "removal"))
        self.assertEqual(first, renewed)
        self.assertNotEqual(first, other)

    def test_impersonation_is_what_was_asked_for(self):
        self.make_pods()
        self.assert_status(self.client().request(
            "PATCH", pod("p-000000"),
            [MERGE_PATCH, ("impersonate-user", "jane"),
             ("impersonate-group", "system:masters")], removal()), 200)
        event = self.wait_outcome("removed")
        self.assertEqual(note(event, "unverified-impersonation"), "jane")


class OwnCertificate(Base):
    context = "argo-cert"

    def test_its_name_is_known(self):
        self.make_pods()
        self.assert_status(self.send(self.client(), self.body()), 200)
        event = self.wait_outcome("removed")
        self.assertEqual(event["user"], {"username": "argo-cert-user"})


class ClientCertificate(test_identity.Case):
    """A gateway that verifies its clients' certificates."""

    more = FILE

    def test_the_name_is_known_with_its_groups(self):
        self.world.allow("alice", "patch", "pods", namespace="argo")
        self.sim.preload("pods", "argo", prefix="p-", count=1,
                         finalizers=[POD_FINALIZER], deleted=True)
        self.assert_status(self.h2(self.certificates.alice).request(
            "PATCH", pod("p-000000"), [MERGE_PATCH], removal()), 200)
        path = self.tmp / "fw/audit.log"
        harness.poll(lambda: decode(path.read_text()), "nothing is told")
        event, = decode(path.read_text())
        self.assertEqual(event["user"]["username"], "alice")
        self.assertEqual(event["user"]["groups"][:2], ["team-a", "team-b"])
        self.assertIsNone(note(event, "own-credentials"))


class Held(Base):
    config = HEALTH + HOLD + FILE

    def test_rejected(self):
        self.make_pods()
        client = self.client(token="never-seen-before")
        self.go_away()
        self.assert_status(client.request(
            "PATCH", pod("p-000000"), [MERGE_PATCH], removal()), 503)
        event = self.wait_outcome("rejected")
        self.assertEqual(note(event, "reason"), "away")
        self.assertEqual(event["responseStatus"]["code"], 503)
        self.assertEqual(event["responseStatus"]["status"], "Failure")
        self.assertGreater(float(note(event, "wait-seconds")), 0.2)

    def test_pending_then_replayed(self):
        self.make_pods()
        _, stream = self.held()
        self.assert_status(stream, 503)
        event = self.wait_outcome("pending")
        intent = stream.header("x-fairway-intent")
        self.assertEqual(note(event, "intent"), intent)
        self.come_back()
        self.wait_ended("done")
        _, replay = self.wait_events(2, "removal")
        self.assertEqual(note(replay, "outcome"), "removed")
        self.assertEqual(note(replay, "replay"), "true")
        self.assertEqual(note(replay, "intent"), intent)
        end = self.wait_outcome("done", "intent")
        self.assertEqual(note(end, "intent"), intent)
        self.assertEqual(note(end, "durable"), "true")
        self.assertEqual(note(end, "replays"), "1")
        self.assertEqual(end["auditID"], replay["auditID"])
        self.assertEqual(end["objectRef"]["name"], "p-000000")


class Intents(Base):
    def test_one_that_its_client_ends(self):
        self.make_pods()
        _, stream = self.held(token=SUBJECT)
        self.come_back()
        self.assert_status(stream, 200)
        removed = self.wait_outcome("removed")
        end = self.wait_outcome("done", "intent")
        self.assertEqual(note(end, "intent"), note(removed, "intent"))
        self.assertEqual(end["user"], removed["user"])
        self.assertEqual(end["auditID"], removed["auditID"])

    def test_after_a_restart(self):
        self.make_pods()
        self.held()
        self.kill()
        self.come_back()
        self.restart()
        self.wait_ended("done")
        end = self.wait_outcome("done", "intent")
        self.assertEqual(note(end, "finalizers"), None)
        self.assertEqual(end["user"]["username"], "fairway:own-credentials")

    def test_conflict(self):
        self.make_pods()
        client, _ = self.held(guards=["resourceVersion"])
        client.close()
        self.past("PATCH", body={"metadata": {"labels": {"a": "b"}}})
        self.come_back()
        self.wait_ended("conflict")
        self.wait_outcome("conflict", "intent")

    def test_expired(self):
        self.assertEqual(self.fairway.stop(), 0)
        path = self.tmp / "fairway.yaml"
        path.write_text(path.read_text() + HOLD +
                        "journal: {expireAfter: 1s}\n")
        self.restart()
        self.make_pods()
        _, stream = self.held()
        self.assert_status(stream, 503)
        self.wait_ended("expired")
        end = self.wait_outcome("expired", "intent")
        self.assertNotIn("responseStatus", end)
        self.come_back()


class Orders(Base):
    def order(self, *words, status=0):
        done = subprocess.run(
            [harness.FAIRWAY, *words, "--state-dir", self.tmp / "fw"],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, status, done)
        return done

    def test_each_that_changes_something(self):
        self.order("pause", "reads")
        self.order("resume", "reads")
        self.order("pause", "nothing", status=1)
        self.order("log-level", "debug")
        self.order("log-level")
        self.order("reload")
        self.order("status")
        self.order("drain", "lane", "reads")
        self.order("kill", "request", "4711", status=1)
        events = self.wait_events(7, "order")
        self.assertEqual(
            [(event["requestURI"], note(event, "outcome"),
              event["responseStatus"]["code"]) for event in events],
            [("/orders/pause/reads", "done", 200),
             ("/orders/resume/reads", "done", 200),
             ("/orders/pause/nothing", "refused", 422),
             ("/orders/log-level/debug", "done", 200),
             ("/orders/reload", "done", 200),
             ("/orders/drain/lane/reads", "done", 200),
             ("/orders/kill/request/4711", "refused", 422)])
        uid = str(os.geteuid())
        for event in events:
            self.assertEqual(event["user"]["username"], f"unix:{uid}")
            self.assertEqual(event["user"]["uid"], uid)
            pid, = event["user"]["extra"]["fairway.dev/pid"]
            self.assertGreater(int(pid), 1)
        self.assertIn("no lane nothing",
                      events[2]["responseStatus"]["message"])


class Reloads(Base):
    """Files that are read again: by SIGHUP, or because one changed."""

    def write(self, more):
        path = self.tmp / "fairway.yaml"
        test_reload.replace(path, test_reload.HEAD + self.config + more)

    def wait_told(self, *expected):
        events = self.wait_events(len(expected), "order")
        self.assertEqual(
            [(event["user"], event["requestURI"], note(event, "outcome"))
             for event in events],
            [({"username": user}, uri, outcome)
             for user, uri, outcome in expected])
        return events

    def test_sighup(self):
        hup = "fairway:sighup", "/orders/reload"
        self.fairway.process.send_signal(signal.SIGHUP)
        event, = self.wait_told((*hup, "done"))
        self.assertEqual(event["responseStatus"]["code"], 200)
        self.assertEqual(event["verb"], "reload")
        # One that was read by itself before is told again: it was asked for.
        self.write(test_reload.WRONG)
        told = (*hup, "done"), ("fairway:changed-file",
                                "/orders/reload/configuration", "refused")
        self.wait_told(*told)
        self.fairway.process.send_signal(signal.SIGHUP)
        *_, event = self.wait_told(*told, (*hup, "refused"))
        self.assertIn("configuration: 2 errors; line ",
                      event["responseStatus"]["message"])

    def test_a_file_that_changes(self):
        told = []
        for more, outcome in ((test_reload.NEW_LANE, "done"),
                              (test_reload.WRONG, "refused"), ("", "done")):
            self.write(more)
            told.append(("fairway:changed-file",
                         "/orders/reload/configuration", outcome))
            events = self.wait_told(*told)
        self.assertIn("2 errors; line 6: lanes[0]",
                      events[1]["responseStatus"]["message"])
        self.assertNotIn("message", events[2]["responseStatus"])

    def test_a_certificate_that_changes(self):
        """Half of a pair is refused, once, and the whole is taken."""
        shown = self.tmp / "tls"
        shown.mkdir()
        pairs = [test_reload.folder_of_pairs() for _ in range(2)]
        for folder in pairs:
            self.addCleanup(shutil.rmtree, folder)

        def put(pair, name):
            test_reload.replace(shown / name, (pairs[pair] / name).read_text())

        put(0, "tls.crt")
        put(0, "tls.key")
        self.write(f"listen: {{tlsCertFile: {shown}/tls.crt, "
                   f"tlsPrivateKeyFile: {shown}/tls.key}}\n")
        certificate = "fairway:changed-file", "/orders/reload/certificate"
        told = [("fairway:changed-file", "/orders/reload/configuration",
                 "done"), (*certificate, "done")]
        self.wait_told(*told)
        put(1, "tls.crt")
        self.wait_told(*told, (*certificate, "refused"))
        put(1, "tls.key")
        self.wait_told(*told, (*certificate, "refused"),
                       (*certificate, "done"))


class Off(Base):
    config = HEALTH

    def test_nothing_is_written(self):
        self.make_pods()
        self.assert_status(self.send(self.client(), self.body()), 200)
        self.assertEqual(self.metric("fairway_audit_events_written_total"), 0)
        self.assertFalse(self.path.exists())


class Disk(Base):
    config = HEALTH + ("audit: {output: File, maxFileBytes: 64Ki, "
                       "maxBackups: 2, maxQueueBytes: 64Ki}\n"
                       "journal: {mode: \"Off\"}\n")

    def remove_many(self, count, start=0):
        """Of pods that are not there: an event each."""
        client = self.client()
        for i in range(start, start + count):
            self.assert_status(client.request(
                "PATCH", pod(f"none-{i}"), [MERGE_PATCH], removal()), 404)

    def allow(self, size):
        resource.prlimit(self.fairway.pid, resource.RLIMIT_FSIZE,
                         (size, resource.RLIM_INFINITY))

    def names(self):
        """Of the pods, in all files, from the oldest on."""
        found = []
        for suffix in ".2", ".1", "":
            path = self.path.with_name(self.path.name + suffix)
            if path.exists():
                found += [event["objectRef"]["name"]
                          for event in decode(path.read_text())]
        return found

    def wait_written(self, count):
        self.wait_metric("fairway_audit_events_written_total", count)

    def test_rotation(self):
        self.remove_many(250)
        self.wait_written(250)
        sizes = [path.stat().st_size
                 for path in self.path.parent.glob("audit.log*")]
        self.assertEqual(len(sizes), 3)
        self.assertLessEqual(max(sizes), 64 << 10)
        names = self.names()
        self.assertEqual(names, [f"none-{i}" for i in
                                 range(250 - len(names), 250)])
        self.assertGreater(len(names), 100)

    def test_a_file_that_is_moved_away(self):
        self.remove_many(1)
        self.wait_written(1)
        self.path.rename(self.tmp / "moved")
        self.remove_many(1, 1)
        self.wait_written(2)
        self.assertEqual(self.names(), ["none-1"])

    def test_a_full_disk_loses_nothing_for_a_while(self):
        self.remove_many(1)
        self.wait_written(1)
        self.allow(self.path.stat().st_size + 100)
        self.remove_many(20, 1)
        self.wait_metric("fairway_audit_failing", 1)
        self.wait_metric("fairway_audit_events_waiting", 20)
        self.fairway.wait_line("events cannot be written, and wait.*"
                               "File too large")
        self.assertIn("[-]audit: write",
                      self.fairway.admin_get("/readyz?verbose"))
        self.assertEqual(self.names(), ["none-0"])
        self.allow(resource.RLIM_INFINITY)
        self.wait_written(21)
        self.wait_metric("fairway_audit_failing", 0)
        self.fairway.wait_line("events are written again")
        self.assertEqual(self.names(), [f"none-{i}" for i in range(21)])

    def test_what_finds_no_room_is_dropped_and_told(self):
        self.allow(0)
        self.remove_many(200)
        dropped = self.wait_told(200)
        waiting = 200 - dropped
        self.assertGreater(dropped, 50)
        self.fairway.wait_line('level=error msg="audit: events were dropped"')
        self.allow(resource.RLIM_INFINITY)
        self.wait_written(waiting)
        # It goes on behind what was kept, and the rest was counted.
        self.remove_many(1, 200)
        self.wait_written(waiting + 1)
        self.assertEqual(self.names(), [
            *(f"none-{i}" for i in range(waiting)), "none-200"])

    def test_kill_leaves_whole_lines(self):
        done = 0
        for _ in range(5):
            stop = threading.Event()
            requests = threading.Thread(
                target=self.remove_until, args=(stop,))
            requests.start()
            harness.poll(
                lambda: self.metric(
                    "fairway_audit_events_written_total") >= 20,
                "no event was written")
            self.fairway.process.send_signal(signal.SIGKILL)
            stop.set()
            requests.join()
            self.fairway.process.wait()
            self.fairway.pipe.close()
            self.restart()
            names = self.names()
            self.assertGreater(len(names), 1)
            done += len(names)
        print(f"{done} whole lines after 5 kills")

    def remove_until(self, stop):
        try:
            client = self.client()
            while not stop.is_set():
                client.request("PATCH", pod("none"), [MERGE_PATCH], removal())
        except (OSError, harness.Closed, harness.TimedOut):
            pass


class Elsewhere(Base):
    """Not in the state directory: its folder may be written in all the same,
    and Fairway is confined."""

    def setUp(self):
        super().setUp()
        self.assertEqual(self.fairway.stop(), 0)
        (self.tmp / "log").mkdir()
        path = self.tmp / "fairway.yaml"
        path.write_text(path.read_text().replace(
            "File}", "File, path: log/events, maxFileBytes: 64Ki}"))
        self.restart()

    @property
    def path(self):
        return self.tmp / "log/events"

    def test_it_is_written_and_rotated(self):
        client = self.client()
        for i in range(100):
            self.assert_status(client.request(
                "PATCH", pod(f"none-{i}"), [MERGE_PATCH], removal()), 404)
        self.wait_told(100)
        self.wait_metric("fairway_audit_events_written_total", 100)
        self.assertEqual(
            sorted(path.name for path in self.path.parent.iterdir()),
            ["events", "events.1"])
        self.assertLess(len(self.events()), 100)


class Pipe(Base):
    """Standard output is a pipe that nobody reads for a while."""

    config = HEALTH + ("audit: {output: Stdout, maxQueueBytes: 64Ki}\n"
                       "journal: {mode: \"Off\"}\n")

    def setUp(self):
        super().setUp()
        self.assertEqual(self.fairway.stop(), 0)
        fifo = self.tmp / "stdout"
        os.mkfifo(fifo)
        self.reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(lambda: os.close(self.reader))
        self.fairway = harness.Fairway(
            self.tmp / "fw", self.sim.kubeconfig, "--config",
            self.tmp / "fairway.yaml",
            wrapper=["sh", "-c", 'exec "$@" >"$0"', str(fifo)])

    def read(self):
        got = b""
        while True:
            try:
                got += os.read(self.reader, 1 << 16)
            except BlockingIOError:
                return got.decode()

    def test_requests_do_not_wait_for_it(self):
        client = self.client()
        for i in range(400):
            self.assert_status(client.request(
                "PATCH", pod(f"none-{i}"), [MERGE_PATCH], removal()), 404)
        self.wait_metric("fairway_audit_failing", 1)
        dropped = self.wait_told(400)
        self.assertGreater(dropped, 50)
        text = ""

        def is_read():
            nonlocal text
            text += self.read()
            return text.count("\n") + dropped == 400
        harness.poll(is_read, "events were lost")
        names = [event["objectRef"]["name"] for event in decode(text)]
        self.assertEqual(names, [f"none-{i}" for i in range(len(names))])
        self.wait_metric("fairway_audit_failing", 0)

    def test_its_end_does_not_wait_either(self):
        client = self.client()
        for i in range(200):
            self.assert_status(client.request(
                "PATCH", pod(f"none-{i}"), [MERGE_PATCH], removal()), 404)
        self.assertEqual(self.fairway.stop(), 0)


class Secrets(Base):
    """Tokens and bodies are told nowhere."""

    config = HEALTH + FILE + "log: {level: debug}\n"

    def test_no_token_and_no_body(self):
        self.make_pods()
        body = json.dumps({"metadata": {
            "finalizers": None, "labels": {"in-the-body": "x"}}}).encode()
        for token in SUBJECT, "other-token":
            self.assert_status(self.client(token=token).request(
                "PATCH", pod("p-000000") + "?token=in-the-query",
                [MERGE_PATCH], body), 200)
            self.make_pods()
        self.wait_events(2, "removal")
        self.fairway.wait_line("path=.*p-000000", 0)
        self.assertEqual(self.fairway.stop(), 0)
        for text in (self.path.read_text(), "\n".join(self.fairway.lines)):
            for secret in (SUBJECT, SUBJECT.split(".")[1], "other-token",
                           self.fairway.token, "in-the-body", "in-the-query"):
                self.assertNotIn(secret, text)


class Start(Base):
    """What cannot be used is one clear line, and nothing begun."""

    def refused(self, path):
        config = self.tmp / "bad.yaml"
        config.write_text("apiVersion: fairway.dev/v1alpha1\n"
                          "kind: Configuration\n"
                          f"audit: {{output: File, path: {path}}}\n")
        done = subprocess.run(
            [harness.FAIRWAY, "serve", "--kubeconfig", self.sim.kubeconfig,
             "--state-dir", self.tmp / "other", "--listen", "127.0.0.1:0",
             "--admin-listen", "127.0.0.1:0", "--config", config],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done)
        return done.stderr

    def test_refused(self):
        os.mkfifo(self.tmp / "pipe")
        (self.tmp / "link").symlink_to("/dev/null")
        for name, why in (("pipe", "is not a plain file with one name"),
                          ("link", "Too many levels of symbolic links"),
                          ("none/log", "No such file or directory")):
            said = self.refused(self.tmp / name)
            self.assertIn("audit: ", said)
            self.assertIn(str(self.tmp / name), said)
            self.assertIn(why, said)


if __name__ == "__main__":
    harness.main()
