# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests stand on: kubesim and Fairway on free ports.

    class Watch(harness.Case):
        def test_something(self):
            self.sim.fault(action="stall", match={"verb": "patch"})
            self.client().request("GET", "/version")

Each test has a kubesim and a Fairway of its own.  Nothing sleeps: a test
waits for lines, frames and counters, with limits that only end a test that
would otherwise hang.  Some also run before a real API server: cluster.py.
"""

import base64
import http.client
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import cluster
from cluster import JSON, MERGE_PATCH, SPACE
from h2client import (Client, Closed, LIMIT, Reset,  # noqa: F401
                      TimedOut)

BUILD = pathlib.Path(os.environ.get("top_builddir", "."))
KUBESIM = BUILD / "tests/kubesim/kubesim"
FAIRWAY = pathlib.Path(os.environ.get("FAIRWAY", BUILD / "fairway"))

POD_FINALIZER = "workflows.argoproj.io/status"


def poll(condition, complaint):
    """Asks again and again, which costs that process time as well; for what
    only it knows."""
    until = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > until:
            raise TimedOut(complaint)
        time.sleep(0.01)


def admin_get(port, path):
    """What the admin endpoint answers, whatever its status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def hold_port(host, port):
    """Nobody else gets it; who knows of it can still listen there."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((host, port))
    return held


class Process:
    """A program whose standard error is read line by line."""

    def __init__(self, args, name, stream="stderr"):
        self.name = name
        self.lines = []
        self.is_told = False
        self.rest = b""
        pipes = {stream: subprocess.PIPE}
        self.process = subprocess.Popen(
            [str(arg) for arg in args], stdin=subprocess.DEVNULL, **pipes)
        self.pipe = getattr(self.process, stream)
        os.set_blocking(self.pipe.fileno(), False)

    @property
    def pid(self):
        return self.process.pid

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def read_lines(self, timeout):
        """Takes what it said; False at its end."""
        ready, _, _ = select.select([self.pipe], [], [], timeout)
        if not ready:
            return True
        data = self.pipe.read(1 << 16)
        if not data:
            return False
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.lines.append(line.decode(errors="replace"))
        return True

    def wait_line(self, pattern, start=0):
        """The first line from `start` on that the pattern is found in."""
        until = time.monotonic() + LIMIT
        while True:
            for line in self.lines[start:]:
                match = re.search(pattern, line)
                if match:
                    return match
            start = len(self.lines)
            if time.monotonic() > until:
                raise TimedOut(f"{self.name} did not say {pattern}")
            if not self.read_lines(1) and start == len(self.lines):
                self.pipe.close()
                raise AssertionError(
                    f"{self.name} ended with {self.process.wait()} and "
                    f"without saying {pattern}:\n" + "\n".join(self.lines))

    def terminate(self):
        """Asks it to end, once: a second signal is an order to hurry."""
        if not self.is_told and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.is_told = True

    def stop(self):
        """Ends it, if it has not ended; returns its exit status."""
        if self.pipe.closed:
            return self.process.returncode
        self.terminate()
        until = time.monotonic() + LIMIT
        while self.process.poll() is None:
            if time.monotonic() > until:
                self.process.kill()
                self.process.wait()
                raise TimedOut(f"{self.name} did not end")
            if not self.read_lines(0.05):
                self.process.wait(timeout=LIMIT)
        while self.read_lines(0) and select.select(
                [self.pipe], [], [], 0)[0]:
            pass
        self.pipe.close()
        return self.process.returncode


class Kubesim(Process):
    """The API server.  Faults are ordered by keyword arguments."""

    def __init__(self, folder, *args, listen="127.0.0.1:0",
                 admin="127.0.0.1:0", wrapper=()):
        self.folder = folder
        self.args = args
        super().__init__([*wrapper, KUBESIM, "--dir", folder,
                          "--listen", listen, "--admin", admin, *args],
                         "kubesim", "stdout")
        said = self.wait_line(r"listening on https://([\d.]+):(\d+) "
                              r"admin http://([\d.]+):(\d+)")
        self.host = said.group(1)
        self.port = int(said.group(2))
        self.admin_host = said.group(3)
        self.admin_port = int(said.group(4))

    @property
    def kubeconfig(self):
        return self.folder / "kubeconfig"

    def kill(self):
        """Its ports stay ours; with --keep it can be begun again."""
        self.process.kill()
        self.process.wait()
        self.pipe.close()
        self.ports = [hold_port(self.host, self.port),
                      hold_port(self.admin_host, self.admin_port)]

    def begin_again(self):
        """As if it had been started again, where it was."""
        Kubesim.__init__(self, self.folder, *self.args,
                         listen=f"{self.host}:{self.port}",
                         admin=f"{self.admin_host}:{self.admin_port}")
        for port in self.ports:
            port.close()

    def admin(self, method, path, body=None):
        connection = http.client.HTTPConnection(
            self.admin_host, self.admin_port, timeout=LIMIT)
        connection.request(method, path,
                           None if body is None else json.dumps(body))
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != 200:
            raise AssertionError(f"kubesim: {answer.status} {text}")
        return json.loads(text) if text.strip() else None

    def fault(self, **rule):
        return self.admin("POST", "/faults", rule)["id"]

    def no_faults(self):
        self.admin("DELETE", "/faults")

    def listener(self, mode):
        self.admin("POST", "/listener", {"mode": mode})

    def connections(self, action, **more):
        self.admin("POST", "/connections", {"action": action, **more})

    def log(self, name, lines):
        """What the container of a pod has said."""
        self.admin("POST", "/logs", {"namespace": SPACE, "pod": name,
                                     "container": "main", "lines": lines})

    def preload(self, resource, namespace, **more):
        self.admin("POST", "/preload",
                   {"resource": resource, "namespace": namespace, **more})

    def past(self, method, path, body=None, content_type="application/json"):
        """Somebody's request that no outage concerns: code and body."""
        order = {"method": method, "path": path}
        if body is not None:
            order.update(contentType=content_type, body=body)
        return self.admin("POST", "/request", order)

    def history(self):
        return self.admin("GET", "/history")

    def effects(self, method=None):
        """The names of what was changed, in order."""
        return [item["name"] for item in self.history()
                if method is None or item["method"] == method]

    def hits(self, fault):
        return next(rule["hits"] for rule in self.admin("GET", "/faults")
                    if rule["id"] == fault)

    def client(self, token="admin-token", **more):
        return Client(self.host, self.port, cafile=self.folder / "ca.crt",
                      token=token, **more)

    def wait_hits(self, fault, hits):
        """Until that many requests have met the fault."""
        poll(lambda: self.hits(fault) >= hits,
             f"fault {fault} was not met {hits} times")

    def wait_watches(self, count):
        """Until there are so many, and nothing else is open."""
        self.wait_streams(count)

    def wait_streams(self, streams):
        """Until that many requests are open."""
        poll(lambda: sum(item["streams"] for item in
                         self.admin("GET", "/connections")) == streams,
             f"there were not {streams} open streams")


class Fairway(Process):
    """The program under test."""

    def __init__(self, folder, kubeconfig, *args, context="argo",
                 wrapper=()):
        self.folder = folder
        wrapper = [*wrapper,
                   *os.environ.get("FAIRWAY_WRAPPER", "").split()]
        super().__init__(
            [*wrapper, FAIRWAY, "serve", "--kubeconfig", kubeconfig,
             "--context", context, "--state-dir", folder,
             "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0",
             *args], "fairway")
        said = self.wait_line(
            r"msg=\"?listening.* admin=127\.0\.0\.1:(\d+)")
        self.admin_port = int(said.group(1))
        self.kubeconfig = folder / "kubeconfig"
        text = self.kubeconfig.read_text()
        self.port = int(re.search(
            r"server: \"?https://127\.0\.0\.1:(\d+)", text).group(1))
        ca = re.search(r"certificate-authority-data: \"?([A-Za-z0-9+/=]+)",
                       text).group(1)
        self.cafile = folder / "ca-for-tests.pem"
        self.cafile.write_bytes(base64.b64decode(ca))
        token = re.search(r"token: \"?([^\s\"]+)", text)
        self.token = token.group(1) if token else None
        self.certificate = self.read_certificate(text)

    def read_certificate(self, text):
        """Of the clients, (certificate, key) files; None without one."""
        files = []
        for kind in "certificate", "key":
            found = re.search(
                rf"client-{kind}-data: \"?([A-Za-z0-9+/=]+)", text)
            if not found:
                return None
            files.append(self.folder / f"client-{kind}-for-tests.pem")
            files[-1].write_bytes(base64.b64decode(found.group(1)))
        return tuple(files)

    def admin_get(self, path):
        return admin_get(self.admin_port, path)

    def rss(self):
        """Resident memory in bytes."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024


class Case(unittest.TestCase):
    """A kubesim, or a real API server, and a Fairway for each test."""

    sim_args = ()
    config = None  # text of a configuration file
    context = "argo"
    wrapper = ()  # what runs Fairway

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-e2e."))
        self.addCleanup(shutil.rmtree, self.tmp)
        self.clients = []
        self.start_sim()
        args = []
        if self.config is not None:
            path = self.tmp / "fairway.yaml"
            path.write_text("apiVersion: fairway.dev/v1alpha1\n"
                            "kind: Configuration\n" + self.config)
            args = ["--config", path]
        self.fairway = Fairway(self.tmp / "fw", self.sim.kubeconfig, *args,
                               context=self.context, wrapper=self.wrapper)
        self.addCleanup(self.end_fairway)

    def start_sim(self):
        (self.tmp / "sim").mkdir()
        if cluster.FOLDER:
            if self.context != "argo":
                self.skipTest("the cluster's context is all there is")
            self.sim = cluster.Cluster(self.tmp / "sim")
        else:
            self.sim = Kubesim(self.tmp / "sim", *self.sim_args)
        self.addCleanup(self.end_sim)

    def end_sim(self):
        self.sim.stop()

    def end_fairway(self):
        for client in self.clients:
            client.close()
        status = self.fairway.stop()
        if status != 0 or self.is_failed():
            print(f"--- fairway ended with {status}; it said:")
            print("\n".join(self.fairway.lines))
        self.assertEqual(status, 0)

    def is_failed(self):
        outcome = getattr(self, "_outcome", None)
        result = getattr(outcome, "result", None)
        return bool(result and any(
            case is self for case, _ in result.failures + result.errors))

    def client(self, **more):
        """A fresh connection to Fairway, as the kubeconfig's user unless it
        says as whom."""
        if self.fairway.certificate and more.get("token"):
            # A real cluster's context; kubesim's has a token.
            self.skipTest("who has to show a certificate is known by it alone")
        more.setdefault("token", self.fairway.token)
        more.setdefault("certificate", self.fairway.certificate)
        client = Client("127.0.0.1", self.fairway.port,
                        cafile=self.fairway.cafile, **more)
        self.clients.append(client)
        return client

    def direct(self, **more):
        """A connection to the API server, past Fairway."""
        client = self.sim.client(**more)
        self.clients.append(client)
        return client

    def watch_path(self):
        """Of a watch of config maps from now on."""
        answer = self.direct().request("GET", CONFIGMAPS + "?limit=1")
        version = json.loads(answer.read())["metadata"]["resourceVersion"]
        return f"{CONFIGMAPS}?watch=true&resourceVersion={version}"

    def whoami(self, client, fields=()):
        """Whom the API server takes it for."""
        body = {"kind": "SelfSubjectReview",
                "apiVersion": "authentication.k8s.io/v1"}
        answer = client.request(
            "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            [JSON, *fields], json.dumps(body).encode())
        self.assertEqual(answer.status, 201)
        text = answer.read() if isinstance(client, Client) else answer.body
        return json.loads(text)["status"]["userInfo"]

    def assert_status(self, stream, status, reason=None):
        self.assertEqual(stream.status, status, bytes(stream.data))
        if reason is not None:
            self.assertEqual(json.loads(stream.read())["reason"], reason)


def pod(name, namespace=SPACE):
    """The path of a pod."""
    return f"/api/v1/namespaces/{namespace}/pods/{name}"


def configmap(name, data=None):
    return json.dumps({"kind": "ConfigMap", "apiVersion": "v1",
                       "metadata": {"name": name},
                       "data": data or {}}).encode()


CONFIGMAPS = f"/api/v1/namespaces/{SPACE}/configmaps"
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{SPACE}/leases"


def web_token(**claims):
    """A JSON web token, but for its signature."""
    text = base64.urlsafe_b64encode(json.dumps(claims).encode())
    return f"eyJ9.{text.decode().rstrip('=')}.c2ln"


def removal(version=None):
    """The body of a finalizer removal, as Argo sends it."""
    metadata = {"finalizers": None}
    if version:
        metadata["resourceVersion"] = version
    return json.dumps({"metadata": metadata}).encode()


class Result(unittest.TextTestResult):
    """Says how long the slow ones took."""

    def startTest(self, test):
        self.began = time.monotonic()
        super().startTest(test)

    def stopTest(self, test):
        took = time.monotonic() - self.began
        if took >= 1:
            self.stream.writeln(f"    {took:.1f} s")
        super().stopTest(test)


class Runner(unittest.TextTestRunner):
    resultclass = Result


def main():
    unittest.main(verbosity=2, testRunner=Runner)
