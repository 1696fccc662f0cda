#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Files that change while Fairway runs: the configuration, by SIGHUP, by
itself and as a ConfigMap, right and wrong, a thousand times under load; what
needs a restart; F32 certificates and keys that are half written; F8 the API
server's authority; the client certificate that Fairway shows."""

import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess
import ssl
import tempfile
import unittest

import harness
from harness import (CONFIGMAPS, JSON, MERGE_PATCH, POD_FINALIZER, configmap,
                     pod, removal)

HEAD = "apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n"
NEW_LANE = """lanes:
- {name: mine, order: 3, qps: 100000, burst: 1000}
- {name: reads, order: 7, wideListSeats: 1}
rules:
- {name: my-configmaps, lane: mine, matchingPrecedence: 100,
   resources: [configmaps], requests: Resource, duration: Short}
"""
WRONG = "lanes:\n- {name: mine, oder: 3}\n"

GOOD = "a new configuration"
BAD = "the configuration is wrong"


def replace(path, text):
    """As careful editors do it."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    fresh.rename(path)


class Case(harness.Case):
    config = ""

    @property
    def file(self):
        return self.tmp / "fairway.yaml"

    def write(self, text):
        """Replaces the file, and waits for what Fairway says of it."""
        start = len(self.fairway.lines)
        replace(self.file, HEAD + text)
        return self.fairway.wait_line(f"{GOOD}|{BAD}", start).group(0)

    def metric(self, name):
        text = self.fairway.admin_get("/metrics")
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)
        self.assertIsNotNone(found, name)
        return float(found.group(1))

    def post(self, name, client=None):
        answer = (client or self.client()).request(
            "POST", CONFIGMAPS, [JSON], configmap(name))
        self.assert_status(answer, 201)
        return answer.header("x-fairway-lane")


class Configuration(Case):
    def test_a_file_that_changes_comes_into_force(self):
        client = self.client()
        self.assertEqual(self.post("a", client), "writes")
        self.assertEqual(self.write(NEW_LANE), GOOD)
        self.assertEqual(self.post("b", client), "mine")
        self.assertEqual(self.write(""), GOOD)
        self.assertEqual(self.post("c", client), "writes")
        self.assertEqual(
            self.metric('fairway_config_reloads_total{result="success"}'), 2)
        self.assertIn('lane="writes",verb="create",code="201"} 2',
                      self.fairway.admin_get("/metrics"))

    def test_written_in_place_as_well(self):
        start = len(self.fairway.lines)
        self.file.write_text(HEAD + NEW_LANE)
        self.fairway.wait_line(GOOD, start)
        self.assertEqual(self.post("a"), "mine")

    def test_connections_keep_their_window(self):
        limits = "limits: {clientWindow: %s, progressTimeout: 5s}\n"
        self.assertEqual(self.write(limits % "16Ki"), GOOD)
        for window in "1Mi", "16Ki":
            client = self.client()
            self.post(f"before-{window.lower()}", client)
            self.assertEqual(self.write(limits % window), GOOD)
            # As much as would be looked at behind a larger window.
            body = configmap(f"now-{window.lower()}", {"x": 40_000 * "x"})
            self.assert_status(client.request(
                "POST", CONFIGMAPS,
                [JSON, ("content-length", str(len(body)))], body), 201)

    def test_sighup_reads_what_has_not_changed(self):
        start = len(self.fairway.lines)
        self.fairway.process.send_signal(signal.SIGHUP)
        self.fairway.wait_line(GOOD, start)
        self.assertEqual(self.post("a"), "writes")

    def test_a_wrong_file_changes_nothing(self):
        self.write(NEW_LANE)
        before = self.metric(
            "fairway_config_last_reload_success_timestamp_seconds")
        self.assertEqual(self.write(WRONG), BAD)
        self.fairway.wait_line(r"fairway.yaml:4:16: lanes\[0\].oder: unknown "
                               r"key; did you mean .*order")
        self.assertEqual(self.post("a"), "mine")
        self.assertEqual(
            self.metric("fairway_config_last_reload_successful"), 0)
        self.assertEqual(before, self.metric(
            "fairway_config_last_reload_success_timestamp_seconds"))
        said = self.fairway.admin_get("/readyz?verbose")
        self.assertIn("[-]config: 2 errors; line 4: lanes[0]", said)
        self.assertIn("readyz check passed", said)
        self.assertEqual(self.write(NEW_LANE), GOOD)
        self.assertEqual(
            self.metric("fairway_config_last_reload_successful"), 1)
        self.assertIn("[+]config ok", self.fairway.admin_get(
            "/readyz?verbose"))

    def test_one_that_is_gone_changes_nothing(self):
        start = len(self.fairway.lines)
        self.file.unlink()
        self.fairway.process.send_signal(signal.SIGHUP)
        self.fairway.wait_line(BAD, start)
        self.assertEqual(self.post("a"), "writes")
        self.assertEqual(self.write(NEW_LANE), GOOD)
        self.assertEqual(self.post("b"), "mine")

    def test_one_that_is_empty_changes_nothing(self):
        start = len(self.fairway.lines)
        replace(self.file, "")
        self.fairway.wait_line(BAD + r'.*why="1 error; the file is empty',
                               start)
        self.assertEqual(self.post("a"), "writes")

    def test_a_pipe_is_not_read_again(self):
        self.assertEqual(self.fairway.stop(), 0)
        pipe = self.tmp / "pipe"
        os.mkfifo(pipe)
        writer = subprocess.Popen(
            ["sh", "-c", f"cat '{self.file}' >'{pipe}'"])
        self.addCleanup(writer.wait)
        self.fairway = harness.Fairway(
            self.tmp / "fw", self.sim.kubeconfig, "--config", pipe)
        self.fairway.process.send_signal(signal.SIGHUP)
        self.fairway.wait_line("is no ordinary file")
        self.assertEqual(self.post("a"), "writes")

    def test_a_pipe_that_a_file_names_is_not_waited_for(self):
        pipe = self.tmp / "pipe"
        os.mkfifo(pipe)
        self.assertEqual(self.write(
            f"upstream: {{certificateAuthority: {pipe}}}\n"), BAD)
        self.fairway.wait_line("pipe: is no ordinary file")
        self.assertEqual(self.post("a"), "writes")
        self.assertEqual(self.write(""), GOOD)

    def test_a_kubeconfig_by_a_pipe_is_read_once(self):
        self.assertEqual(self.fairway.stop(), 0)
        pipe = self.tmp / "pipe"
        os.mkfifo(pipe)
        writer = subprocess.Popen(
            ["sh", "-c", f"cat '{self.sim.kubeconfig}' >'{pipe}'"])
        self.addCleanup(writer.wait)
        self.fairway = harness.Fairway(self.tmp / "fw", pipe)
        self.fairway.wait_line("pipe: is no ordinary file")
        self.assertEqual(self.post("a"), "writes")

    def test_what_needs_a_restart_is_named(self):
        start = len(self.fairway.lines)
        self.write(NEW_LANE + "stateDir: /nowhere\nlimits: {maxRequests: 99}\n"
                   "listen: {address: '127.0.0.1:1'}\n")
        said = self.fairway.wait_line(r"needs a restart.* keys=\"(.*?)\"",
                                      start).group(1)
        self.assertEqual(said, "listen.address, stateDir, limits.maxRequests")
        # The rest of it is in force.
        self.assertEqual(self.post("a"), "mine")

    def test_what_does_not_go_with_what_stays_changes_nothing(self):
        self.assertEqual(self.write(
            "identity: {tokens: TokenReview}\n"
            "lanes: [{name: mine, order: 3}]\n"
            "rules: [{name: his, lane: mine, users: [a]}]\n"), BAD)
        self.fairway.wait_line('rule ."his." asks for who Fairway does not')
        self.assertEqual(self.write(NEW_LANE), GOOD)

    def test_what_runs_can_be_read(self):
        self.write(NEW_LANE + "log: {level: debug}\n")
        said = self.fairway.admin_get("/configz")
        digest = hashlib.sha256(self.file.read_bytes()).hexdigest()
        self.assertIn(f"# sha256: {digest}\n", said)
        self.assertIn(f"# What runs, of {self.file}\n", said)
        self.assertIn("- name: mine\n", said)
        self.assertIn("  level: debug\n", said)
        self.assertEqual(
            self.metric(f'fairway_config_info{{sha256="{digest}"}}'), 1)
        copy = self.tmp / "copy.yaml"
        copy.write_text(said)
        subprocess.run([harness.FAIRWAY, "check", copy], check=True)

    def test_levels_of_the_log(self):
        self.write("log: {level: debug, format: json}\n")
        self.post("a")
        self.fairway.wait_line('"level":"debug".*"name":"a"|'
                               '"lane":"writes"')
        self.assertEqual(self.fairway.lines[-1][0], "{")

    def test_of_a_config_map(self):
        """As the kubelet swaps it, many times."""
        folder = self.tmp / "volume"
        folder.mkdir()

        def fill(number, text):
            data = folder / f"..{number}"
            data.mkdir()
            (data / "fairway.yaml").write_text(HEAD + text)
            (folder / "..data_tmp").symlink_to(data.name)
            (folder / "..data_tmp").rename(folder / "..data")

        fill(0, "")
        (folder / "fairway.yaml").symlink_to("..data/fairway.yaml")
        self.assertEqual(self.fairway.stop(), 0)
        self.fairway = harness.Fairway(
            self.tmp / "fw", self.sim.kubeconfig, "--config",
            folder / "fairway.yaml")
        self.assertEqual(self.post("before"), "writes")
        for number in range(1, 9):
            start = len(self.fairway.lines)
            fill(number, NEW_LANE if number % 2 else "")
            self.fairway.wait_line(GOOD, start)
            self.assertEqual(self.post(f"x{number}"),
                             "mine" if number % 2 else "writes")


class Waiting(Case):
    """One seat, which somebody has."""

    config = ("total: {initial: 1, min: 1, max: 1, adaptive: false}\n"
              "lanes: [{name: finalizers, reserveSeats: 0}]\n")

    def test_requests_keep_their_places(self):
        fault = self.sim.fault(action="stall", count=1,
                               match={"verb": "create"})
        client = self.client()
        first = client.open("POST", CONFIGMAPS, [JSON], configmap("first"))
        self.sim.wait_hits(fault, 1)
        waiting = [client.open("POST", CONFIGMAPS, [JSON], configmap(f"x{i}"))
                   for i in range(20)]
        client.ping()
        for i in range(6):
            self.write(self.config + f"retry: {{tries: {1 + i}}}\n")
        self.sim.no_faults()
        first.cancel()
        for stream in waiting:
            self.assert_status(stream, 201)
        self.assertEqual([name for name in self.sim.effects()
                          if name != "first"],
                         [f"x{i}" for i in range(20)])


class Held(Case):
    """The API server is away, and what waits is in a lane that goes."""

    health = ("health: {probeInterval: 20ms, probeIntervalAway: 20ms, "
              "probeTimeout: 200ms}\n")
    config = health + (
        "lanes: [{name: mine, order: 0, holdMax: 10m}]\n"
        "rules: [{name: finalizer-removals, lane: mine}]\n")

    def test_removals_are_sent_when_it_is_back(self):
        self.sim.preload("pods", "argo", prefix="p-", count=20,
                         finalizers=[POD_FINALIZER], deleted=True)
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        versions = [json.loads(client.request(
            "GET", pod(f"p-{i:06}")).read())["metadata"]["resourceVersion"]
            for i in range(20)]
        self.sim.listener("refuse")
        self.sim.connections("reset")
        self.fairway.wait_line("health=away", len(self.fairway.lines))
        streams = [client.open("PATCH", pod(f"p-{i:06}"), [MERGE_PATCH],
                               removal(versions[i])) for i in range(20)]
        harness.poll(lambda: self.metric(
            'fairway_current_inqueue_requests{lane="mine"}') == 20,
            "they do not wait in their lane")
        self.assertEqual(self.write(self.health), GOOD)
        harness.poll(lambda: self.metric(
            'fairway_current_inqueue_requests{lane="finalizers"}') == 20,
            "they do not wait in the other lane")
        self.sim.listener("accept")
        for stream in streams:
            self.assert_status(stream, 200)
            self.assertEqual(stream.header("x-fairway-lane"), "finalizers")
        self.assertEqual(self.sim.effects("PATCH"),
                         [f"p-{i:06}" for i in range(20)])


class ManyTimes(Case):
    RELOADS = int(os.environ.get("RELOADS", "1000"))

    def good(self, i):
        return NEW_LANE if i % 4 else "total: {initial: 4}\n"

    def fds(self):
        return len(os.listdir(f"/proc/{self.fairway.pid}/fd"))

    def test_under_load(self):
        """No request is lost, and nothing is left behind."""
        client = self.client()
        path = self.watch_path()
        watch = client.open("GET", path)
        # A machine that is busy may take its time to find the API server.
        while watch.status == 429:
            watch = client.open("GET", path)
        self.assertEqual(watch.status, 200)
        streams, settled = [], None
        for i in range(self.RELOADS):
            streams += [
                client.open("POST", CONFIGMAPS, [JSON], configmap(f"x{i}")),
                client.open("GET", f"{CONFIGMAPS}/x{i - 1}"),
                client.open("GET", f"{CONFIGMAPS}?limit=5")]
            client.ping()
            said = self.write(WRONG if i % 2 else self.good(i))
            self.assertEqual(said, BAD if i % 2 else GOOD)
            while len(streams) > 30:
                self.finish(streams.pop(0))
            if i == self.RELOADS // 4:
                settled = self.fairway.rss(), self.fds()
        for stream in streams:
            self.finish(stream)
        self.assertFalse(watch.is_over)
        self.assertEqual(len(self.sim.effects("POST")), self.RELOADS)
        name = "fairway_config_reloads_total"
        self.assertEqual(self.metric(f'{name}{{result="success"}}'),
                         (self.RELOADS + 1) // 2)
        self.assertEqual(self.metric(f'{name}{{result="failure"}}'),
                         self.RELOADS // 2)
        rss, fds = settled
        # The admin's connection may take a moment to be closed.
        harness.poll(lambda: self.fds() <= fds,
                     f"more descriptors than the {fds} before")
        if os.environ.get("SANITIZED", "no") == "no":
            self.assertLess(self.fairway.rss(), rss + (2 << 20))

    def finish(self, stream):
        self.assertIn(stream.status, (200, 201, 404), bytes(stream.data))
        stream.wait_over()


def folder_of_pairs():
    """A folder with tls.crt and tls.key for localhost, and their ca.crt."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fairway-pair."))
    harness.Kubesim(folder).stop()
    return folder


class Certificates(Case):
    """F32: what clients are shown."""

    def setUp(self):
        self.pairs = [folder_of_pairs() for _ in range(2)]
        self.shown = pathlib.Path(tempfile.mkdtemp(prefix="fairway-tls."))
        for folder in *self.pairs, self.shown:
            self.addCleanup(harness.shutil.rmtree, folder)
        self.config = (f"listen: {{tlsCertFile: {self.shown}/tls.crt, "
                       f"tlsPrivateKeyFile: {self.shown}/tls.key}}\n")
        self.put(0, "crt")
        self.put(0, "key")
        super().setUp()

    def put(self, pair, kind):
        replace(self.shown / f"tls.{kind}",
                (self.pairs[pair] / f"tls.{kind}").read_text())

    def connect(self, pair):
        """A connection that trusts the authority of that pair alone."""
        client = harness.Client(
            "127.0.0.1", self.fairway.port, token=self.fairway.token,
            cafile=self.pairs[pair] / "ca.crt")
        self.clients.append(client)
        return client

    def assert_shown(self, pair):
        self.post(f"x{len(self.clients)}", self.connect(pair))
        with self.assertRaises(ssl.SSLError):
            self.connect(1 - pair)

    def failures(self):
        return self.metric('fairway_credential_reloads_total'
                           '{side="downstream",result="failure"}')

    def last_successful(self):
        return self.metric('fairway_credential_last_reload_successful'
                           '{side="downstream"}')

    def test_half_a_pair_is_not_shown(self):
        self.assert_shown(0)
        old = self.connect(0)
        self.put(1, "crt")
        self.fairway.wait_line("certificate for clients cannot be used")
        self.assertEqual(self.failures(), 1)
        self.assertEqual(self.last_successful(), 0)
        self.assertIn("[-]certificate: ",
                      self.fairway.admin_get("/readyz?verbose"))
        self.assert_shown(0)
        self.put(1, "key")
        self.fairway.wait_line("a new certificate for clients")
        self.assert_shown(1)
        self.assertEqual(self.last_successful(), 1)
        self.assertIn("[+]certificate ok",
                      self.fairway.admin_get("/readyz?verbose"))
        # What is there stays there.
        self.post("old", old)
        # The clients' kubeconfig trusts the new one.
        fresh = (self.pairs[1] / "tls.crt").read_bytes()
        self.assertIn(harness.base64.b64encode(fresh).decode(),
                      self.fairway.kubeconfig.read_text())

    def test_when_it_ends_can_be_asked_for(self):
        said = subprocess.run(
            ["openssl", "x509", "-in", self.pairs[0] / "tls.crt", "-noout",
             "-enddate"], check=True, capture_output=True, text=True).stdout
        self.assertEqual(
            self.metric("fairway_certificate_expiration_timestamp_seconds"
                        '{side="downstream"}'),
            ssl.cert_time_to_seconds(said.strip().split("=")[1]))

    def test_garbage_is_not_shown(self):
        replace(self.shown / "tls.key", "-----BEGIN PRIVATE KEY-----\n")
        self.fairway.wait_line("certificate for clients cannot be used")
        (self.shown / "tls.crt").unlink()
        self.assert_shown(0)
        self.put(1, "key")
        self.put(1, "crt")
        self.fairway.wait_line("a new certificate for clients")
        self.assert_shown(1)

    def test_a_configuration_may_name_others(self):
        folder = self.tmp / "other"
        text = self.config.replace(str(self.shown), str(folder))
        self.assertEqual(self.write(text), BAD)
        self.assert_shown(0)
        # They come later: nobody has to touch the configuration.
        folder.mkdir()
        start = len(self.fairway.lines)
        for kind in "crt", "key":
            replace(folder / f"tls.{kind}",
                    (self.pairs[1] / f"tls.{kind}").read_text())
        self.fairway.wait_line(GOOD, start)
        self.assert_shown(1)


class Upstream(unittest.TestCase):
    """F8 and F32: whom Fairway trusts, and what it shows."""

    post = Case.post
    metric = Case.metric
    client = harness.Case.client
    assert_status = harness.Case.assert_status
    end_fairway = harness.Case.end_fairway
    is_failed = harness.Case.is_failed
    whoami = harness.Case.whoami
    shortly = HEAD + ("lanes:\n- {name: writes, holdMax: 100ms, "
                      "waitMax: 100ms}\n")

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-e2e."))
        self.addCleanup(harness.shutil.rmtree, self.tmp)
        self.clients = []
        self.start_sim("sim", "127.0.0.1:0")

    def start_sim(self, name, listen):
        (self.tmp / name).mkdir(exist_ok=True)
        self.sim = harness.Kubesim(self.tmp / name, listen=listen)
        self.addCleanup(self.sim.stop)

    def start_fairway(self, user):
        for kind in "ca.crt", "admin.crt", "admin.key":
            self.take("sim", kind)
        kubeconfig = self.tmp / "kubeconfig"
        kubeconfig.write_text(
            "apiVersion: v1\nkind: Config\ncurrent-context: argo\n"
            "clusters: [{name: sim, cluster: {"
            f'server: "https://127.0.0.1:{self.sim.port}", '
            f"certificate-authority: {self.tmp}/ca.crt}}}}]\n"
            f"users: [{{name: argo, user: {{{user}}}}}]\n"
            "contexts: [{name: argo, "
            "context: {cluster: sim, user: argo}}]\n")
        (self.tmp / "fairway.yaml").write_text(self.shortly)
        self.fairway = harness.Fairway(
            self.tmp / "fw", kubeconfig, "--config",
            self.tmp / "fairway.yaml")
        self.addCleanup(self.end_fairway)

    def take(self, folder, kind, name=None):
        replace(self.tmp / (name or kind),
                (self.tmp / folder / kind).read_text())

    def test_an_authority_that_changes_is_trusted_once_it_is_there(self):
        self.start_fairway("token: admin-token")
        self.post("before")
        port = self.sim.port
        self.sim.stop()
        self.start_sim("stranger", f"127.0.0.1:{port}")
        self.fairway.wait_line("API server.*why=tls")
        self.fairway.wait_line("health=away")
        answer = self.client().request("POST", CONFIGMAPS, [JSON],
                                       configmap("never"))
        self.assert_status(answer, 503, "ServiceUnavailable")
        self.assertIsNotNone(answer.header("retry-after"))
        self.assertEqual(self.sim.effects(), [])
        start = len(self.fairway.lines)
        replace(self.tmp / "ca.crt", "")
        self.fairway.wait_line("trusted of the API server cannot be used")
        self.take("stranger", "ca.crt")
        self.fairway.wait_line("new trust or credentials", start)
        self.fairway.wait_line("health=(recovering|up)", start)
        self.post("after")
        name = "fairway_credential_reloads_total"
        self.assertEqual(self.metric(
            f'{name}{{side="upstream",result="success"}}'), 1)
        self.assertGreaterEqual(self.metric(
            f'{name}{{side="upstream",result="failure"}}'), 1)

    def test_a_client_certificate_that_changes_is_shown(self):
        self.start_fairway(
            f"client-certificate: {self.tmp}/admin.crt, "
            f"client-key: {self.tmp}/admin.key")
        client = self.client()
        before = self.whoami(client)["username"]
        self.take("sim", "argo-cert.crt", "admin.crt")
        self.fairway.wait_line("trusted of the API server cannot be used")
        self.assertEqual(self.whoami(client)["username"], before)
        self.take("sim", "argo-cert.key", "admin.key")
        self.fairway.wait_line("new trust or credentials")
        self.assertEqual(self.whoami(client)["username"], "argo-cert-user")

    def test_another_api_server_needs_a_restart(self):
        self.start_fairway("token: admin-token")
        kubeconfig = self.tmp / "kubeconfig"
        replace(kubeconfig, kubeconfig.read_text().replace(
            "127.0.0.1:", "127.0.0.2:"))
        self.fairway.wait_line("names another API server.*restart")
        self.post("a")


if __name__ == "__main__":
    harness.main()
