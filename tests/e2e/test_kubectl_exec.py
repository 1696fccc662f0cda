#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kubectl exec, attach, cp, port-forward and logs -f through Fairway, by
WebSocket and by SPDY, as without it; and kubectl by http://, which sends no
token.

$KUBECTL names the program; without one this is skipped.  With a real API
server it needs a Node whose kubelet is tests/clients/kubelet-stub.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys

import cluster
import harness
from cluster import SPACE

KUBECTL = os.environ.get("KUBECTL", "kubectl")
if not shutil.which(KUBECTL):
    print("kubectl is not installed")
    sys.exit(77)
if cluster.FOLDER and not cluster.NODE:
    print("there is no Node with our stub for a kubelet")
    sys.exit(77)

WAYS = {}, {"KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "false",
            "KUBECTL_PORT_FORWARD_WEBSOCKETS": "false"}
TEXT = bytes(range(256)) * 1000
# kubectl's own remark when the API server's first, empty message comes before
# it has its streams.
EARLY = re.compile(rb"(?m)^E.*Unknown stream id \d+, discarding message\n")


class Case(harness.Case):
    config = "cleartext: {address: '127.0.0.1:0', credentials: Own}\n"

    def setUp(self):
        super().setUp()
        direct = self.direct()
        pod = cluster.pod("p")
        pod["spec"].setdefault("nodeName", "n")
        answer = direct.request("POST", harness.pod("").rstrip("/"),
                                [harness.JSON], json.dumps(pod).encode())
        self.assert_status(answer, 201)
        answer = direct.request("PATCH", harness.pod("p") + "/status",
                                [harness.MERGE_PATCH],
                                json.dumps(cluster.RUNS).encode())
        self.assert_status(answer, 200)

    def command(self, way, kubeconfig, *args):
        return dict(args=[KUBECTL, "--kubeconfig", kubeconfig, "-n", SPACE,
                          *args],
                    env={**os.environ, **way, "HOME": str(self.tmp)})

    def run_both(self, *args, stdin=b""):
        """What it says, directly and through Fairway, in both ways."""
        for way in WAYS:
            found = [subprocess.run(
                **self.command(way, kubeconfig, *args), input=stdin,
                capture_output=True, timeout=harness.LIMIT)
                for kubeconfig in (self.sim.kubeconfig,
                                   self.fairway.kubeconfig)]
            direct, through = [
                (run.returncode, run.stdout, EARLY.sub(b"", run.stderr))
                for run in found]
            self.assertEqual(direct, through, way)
            yield through


class Exec(Case):
    def test_what_it_prints(self):
        for status, out, _ in self.run_both("exec", "p", "--", "echo", "hi"):
            self.assertEqual((status, out), (0, b"hi\n"))

    def test_what_it_is_given(self):
        for status, out, _ in self.run_both("exec", "-i", "p", "--", "cat",
                                            stdin=TEXT):
            self.assertEqual((status, out), (0, TEXT))

    def test_how_it_ends(self):
        for status, _, err in self.run_both("exec", "p", "--", "exit", "3"):
            self.assertEqual(status, 3)
            self.assertIn(b"exit code 3", err)

    def test_of_a_pod_that_is_not_there(self):
        for status, _, err in self.run_both("exec", "q", "--", "echo"):
            self.assertEqual(status, 1)
            self.assertIn(b"not found", err)

    def test_attach(self):
        for status, out, _ in self.run_both("attach", "-q", "-i", "p",
                                            stdin=TEXT):
            self.assertEqual((status, out), (0, TEXT))


class Copy(Case):
    def test_out_of_a_pod(self):
        copies = [self.tmp / name for name in ("direct", "through")]
        for way in WAYS:
            for kubeconfig, copy in zip((self.sim.kubeconfig,
                                         self.fairway.kubeconfig), copies):
                subprocess.run(**self.command(
                    way, kubeconfig, "cp", "p:/file", str(copy)),
                    capture_output=True, check=True, timeout=harness.LIMIT)
            direct, through = [copy.read_bytes() for copy in copies]
            self.assertEqual(direct, through)
            self.assertNotEqual(through, b"")
            for copy in copies:
                copy.unlink()

    def test_into_a_pod(self):
        source = self.tmp / "file"
        source.write_bytes(TEXT * 8)
        for status, _, _ in self.run_both("cp", str(source), "p:/tmp/file"):
            self.assertEqual(status, 0)

    def test_of_a_pod_that_is_not_there(self):
        for status, _, err in self.run_both("cp", "q:/file",
                                            str(self.tmp / "none")):
            self.assertEqual(status, 1)
            self.assertIn(b"not found", err)


class Running(Case):
    """What goes on until it is told to end."""

    def start(self, way, *args):
        process = subprocess.Popen(
            **self.command(way, self.fairway.kubeconfig, *args),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return process

    def test_a_port_is_forwarded(self):
        sent = TEXT
        for way in WAYS:
            process = self.start(way, "port-forward", "p", ":80")
            port = int(re.search(
                rb"127\.0\.0\.1:(\d+)",
                process.stdout.readline()).group(1))
            # Again and again: each has streams of its own.
            for _ in range(3):
                with socket.create_connection(
                        ("127.0.0.1", port), timeout=harness.LIMIT) as peer:
                    peer.sendall(sent)
                    got = b""
                    while len(got) < len(sent):
                        more = peer.recv(1 << 16)
                        self.assertNotEqual(more, b"")
                        got += more
                self.assertEqual(got, sent)

    def test_a_log_is_followed(self):
        self.sim.log("p", [f"line {i}" for i in range(1, 4)])
        for way in WAYS:
            process = self.start(way, "logs", "-f", "p")
            for i in range(1, 4):
                self.assertEqual(process.stdout.readline(),
                                 b"line %d\n" % i)


class Cleartext(Case):
    def test_what_has_no_token_goes_with_ours(self):
        port = self.fairway.wait_line(
            r"cleartext=\"?127\.0\.0\.1:(\d+)").group(1)
        empty = self.tmp / "empty"
        empty.write_text("apiVersion: v1\nkind: Config\n")
        server = f"http://127.0.0.1:{port}"
        for way in WAYS:
            for args in (["get", "pod", "p", "-o", "name"],
                         ["exec", "p", "--", "echo", "pod/p"]):
                run = subprocess.run(
                    **self.command(way, empty, "--server", server, *args),
                    capture_output=True, timeout=harness.LIMIT)
                self.assertEqual((run.returncode, run.stdout),
                                 (0, b"pod/p\n"), run.stderr)


if __name__ == "__main__":
    harness.main()
