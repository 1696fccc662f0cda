# SPDX-License-Identifier: Apache-2.0
"""A meter for a real API server on this machine: a webhook that it asks about
each config map and each Event of our namespace that is made or changed.  It
always says yes, but takes its time; how many questions are open is how many
requests the API server has, or less."""

import base64
import http.server
import json
import secrets
import ssl
import threading
import time
import unittest

import certificates
import harness
from cluster import SPACE

PATH = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
LOOPBACK = "127.0.0.1", "localhost", "::1"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # noqa: N802, the name is http.server's
        review = json.loads(self.rfile.read(
            int(self.headers["content-length"])))
        with self.server.meter.counted():
            # It is what the API server waits for.
            time.sleep(self.server.meter.takes)
        text = json.dumps({
            "apiVersion": review["apiVersion"], "kind": review["kind"],
            "response": {"uid": review["request"]["uid"],
                         "allowed": True}}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Nobody wants to know."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, meter, context):
        self.meter = meter
        self.context = context
        super().__init__(("127.0.0.1", 0), Handler)

    def finish_request(self, request, client_address):
        """In the thread of that connection, TLS included."""
        try:
            with self.context.wrap_socket(request, server_side=True) as tls:
                self.RequestHandlerClass(tls, client_address, self)
        except OSError:
            pass  # the API server has ended it

    def shutdown_request(self, request):
        request.close()


class Counted:
    def __init__(self, edges):
        self.edges = edges

    def __enter__(self):
        self.edges.append((time.monotonic(), 1))

    def __exit__(self, *_):
        self.edges.append((time.monotonic(), -1))


class Webhook:
    def __init__(self, sim, folder, takes):
        if sim.target[0] not in LOOPBACK:
            raise unittest.SkipTest("the API server is on another machine "
                                    "than a webhook would be")
        self.sim = sim
        self.takes = takes
        self.seen = []
        self.name = "fairway-" + secrets.token_hex(4)
        authority = certificates.Authority(folder / "webhook")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.issue(
            "leaf", [("CN", "webhook")],
            extensions="subjectAltName = IP:127.0.0.1\n"))
        self.server = Server(self, context)
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()
        self.register(base64.b64encode(authority.file.read_bytes()).decode())

    def register(self, bundle):
        answer = self.sim.past("POST", PATH, {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": self.name},
            "webhooks": [{
                "name": "meter.fairway.dev",
                "clientConfig": {
                    "url": f"https://127.0.0.1:{self.server.server_port}/",
                    "caBundle": bundle},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"],
                           "resources": ["configmaps", "events"],
                           "operations": ["CREATE", "UPDATE"]}],
                "namespaceSelector": {"matchLabels": {
                    "kubernetes.io/metadata.name": SPACE}},
                "sideEffects": "None", "timeoutSeconds": 30,
                "failurePolicy": "Fail",
                "admissionReviewVersions": ["v1"]}]})
        if answer["code"] == 403:
            raise unittest.SkipTest(answer["body"]["message"])
        assert answer["code"] == 201, answer
        harness.poll(self.is_asked, "the API server asks no webhook")
        self.seen.clear()

    def is_asked(self):
        """It takes the API server a moment."""
        answer = self.sim.past("POST", harness.CONFIGMAPS, json.loads(
            harness.configmap("try-" + secrets.token_hex(4))))
        assert answer["code"] == 201, answer
        return self.seen

    def counted(self):
        return Counted(self.seen)

    def edges(self):
        return list(self.seen)

    def begins(self):
        return [1e6 * at for at, step in self.seen if step > 0]

    def close(self):
        self.sim.past("DELETE", f"{PATH}/{self.name}")
        self.server.shutdown()
        self.server.server_close()
