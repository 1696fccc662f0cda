#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kubectl exec and port-forward through Fairway, by WebSocket and by SPDY, as
without it; and kubectl by http://, which sends no token.

$KUBECTL names the program; without one this is skipped.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys

import harness

KUBECTL = os.environ.get("KUBECTL", "kubectl")
if not shutil.which(KUBECTL):
    print("kubectl is not installed")
    sys.exit(77)

WAYS = {}, {"KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "false",
            "KUBECTL_PORT_FORWARD_WEBSOCKETS": "false"}
POD = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p"},
       "spec": {"nodeName": "n",
                "containers": [{"name": "c", "image": "none"}]}}
RUNS = {"status": {"phase": "Running", "containerStatuses": [
    {"name": "c", "ready": True, "state": {"running": {}}}]}}


class Case(harness.Case):
    config = "cleartext: {address: '127.0.0.1:0', credentials: Own}\n"

    def setUp(self):
        super().setUp()
        direct = self.direct()
        pods = harness.pod("").rstrip("/")
        answer = direct.request("POST", pods, [harness.JSON],
                                json.dumps(POD).encode())
        self.assert_status(answer, 201)
        answer = direct.request("PATCH", harness.pod("p") + "/status",
                                [harness.MERGE_PATCH],
                                json.dumps(RUNS).encode())
        self.assert_status(answer, 200)

    def command(self, way, kubeconfig, *args):
        return dict(args=[KUBECTL, "--kubeconfig", kubeconfig, "-n", "argo",
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
            direct, through = [(run.returncode, run.stdout, run.stderr)
                               for run in found]
            self.assertEqual(direct, through, way)
            yield through


class Exec(Case):
    def test_what_it_prints(self):
        for status, out, _ in self.run_both("exec", "p", "--", "echo", "hi"):
            self.assertEqual((status, out), (0, b"hi\n"))

    def test_what_it_is_given(self):
        text = bytes(range(256)) * 1000
        for status, out, _ in self.run_both("exec", "-i", "p", "--", "cat",
                                            stdin=text):
            self.assertEqual((status, out), (0, text))

    def test_of_a_pod_that_is_not_there(self):
        for status, _, err in self.run_both("exec", "q", "--", "echo"):
            self.assertEqual(status, 1)
            self.assertIn(b"not found", err)


class PortForward(Case):
    def test_bytes(self):
        for way in WAYS:
            process = subprocess.Popen(
                **self.command(way, self.fairway.kubeconfig, "port-forward",
                               "p", ":80"),
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            try:
                port = int(re.search(
                    rb"127\.0\.0\.1:(\d+)",
                    process.stdout.readline()).group(1))
                with socket.create_connection(
                        ("127.0.0.1", port), timeout=harness.LIMIT) as peer:
                    peer.sendall(b"abc" * 1000)
                    got = b""
                    while len(got) < 3000:
                        more = peer.recv(1 << 16)
                        self.assertNotEqual(more, b"")
                        got += more
                self.assertEqual(got, b"abc" * 1000)
            finally:
                process.terminate()
                process.wait()
                process.stdout.close()


class Cleartext(Case):
    def test_what_has_no_token_goes_with_ours(self):
        port = self.fairway.wait_line(
            r"cleartext=\"?127\.0\.0\.1:(\d+)").group(1)
        empty = self.tmp / "empty"
        empty.write_text("apiVersion: v1\nkind: Config\n")
        server = f"http://127.0.0.1:{port}"
        for args in (["get", "pod", "p", "-o", "name"],
                     ["exec", "p", "--", "echo", "pod/p"]):
            run = subprocess.run(
                **self.command({}, empty, "--server", server, *args),
                capture_output=True, timeout=harness.LIMIT)
            self.assertEqual((run.returncode, run.stdout), (0, b"pod/p\n"),
                             run.stderr)


if __name__ == "__main__":
    harness.main()
