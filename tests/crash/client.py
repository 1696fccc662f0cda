# SPDX-License-Identifier: Apache-2.0
"""A client of its own process, to be killed: sends a list of requests and
reports what it is told, one line of JSON for each, into a pipe.

A line is in the pipe before its request leaves, and what is in the pipe
outlives the process: whoever reads it knows what the client can have known.
"""

import json
import os
import select
import signal
import socket
import time

import h2client

INTENT_HEADER = "x-fairway-intent"


class UnixClient(h2client.CleartextClient):
    def __init__(self, path, token):
        self.path = path
        super().__init__("localhost", 0, token=token)

    def connect(self, host, port, cafile, certificate, server_name):
        raw = socket.socket(socket.AF_UNIX)
        raw.settimeout(h2client.LIMIT)
        raw.connect(str(self.path))
        return raw


class Sender:
    def __init__(self, dial, pipe):
        self.dial = dial
        self.pipe = pipe
        self.clients = {}
        self.open = {}  # key: stream

    def report(self, *event):
        os.write(self.pipe, json.dumps(event).encode() + b"\n")

    def client(self, token):
        """Its connection; dialled until somebody is there."""
        client = self.clients.get(token)
        until = time.monotonic() + h2client.LIMIT
        while client is None or client.closed or client.goaway:
            try:
                client = self.dial(token)
            except OSError:
                if time.monotonic() > until:
                    raise
                select.select([], [], [], 0.002)
        self.clients[token] = client
        return client

    def send(self, request):
        client = self.client(request.token)
        headers = [("audit-id", request.audit_id),
                   ("user-agent", "crash")]
        if request.body:
            headers.append(("content-type", request.content_type))
        self.report("sent", request.key)
        try:
            self.open[request.key] = client.open(
                request.method, request.path, headers, request.body or None)
        except OSError:
            client.close()
            self.report("lost", request.key)

    def look(self, timeout):
        """Takes what has come."""
        clients = [c for c in self.clients.values() if not c.closed]
        sockets = [client.socket for client in clients]
        ready, _, _ = select.select(sockets, [], [], timeout)
        for client in clients:
            if client.socket in ready:
                client.receive(0.001)
        for key, stream in list(self.open.items()):
            if stream.is_over or stream.client.closed:
                del self.open[key]
                self.tell(key, stream)

    def tell(self, key, stream):
        if not stream.ended or stream.headers is None:
            self.report("lost", key)
            return
        intent = stream.header(INTENT_HEADER)
        self.report("answer", key, stream.status, int(intent or "0", 0),
                    stream.header("retry-after") is not None,
                    stream.header("x-fairway-reason") or "")

    def run(self, requests, at_once):
        for request in requests:
            while len(self.open) >= at_once:
                self.look(1)
            self.send(request)
            self.look(0)
        while self.open:
            self.look(1)


class ClientProcess:
    """Lives in the driver; `fileno` can be waited for.  `dial` makes a
    connection for a token, or is the path of Fairway's socket."""

    def __init__(self, dial, requests, at_once):
        if not callable(dial):
            path, dial = dial, lambda token: UnixClient(path, token)
        self.rest = b""
        self.pipe, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            try:
                os.close(self.pipe)
                signal.alarm(2 * h2client.LIMIT)
                Sender(dial, write).run(requests, at_once)
                status = 0
            except Exception as error:  # the driver sees the status
                os.write(2, f"client: {error!r}\n".encode())
            finally:
                os._exit(status)
        os.close(write)
        self.is_over = False

    def fileno(self):
        return self.pipe

    def read(self):
        """The events that are there; at the end it sets is_over."""
        data = os.read(self.pipe, 1 << 16)
        if not data:
            self.end()
            return []
        *lines, self.rest = (self.rest + data).split(b"\n")
        return [json.loads(line) for line in lines]

    def end(self):
        os.close(self.pipe)
        _, status = os.waitpid(self.pid, 0)
        self.is_over = True
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
            raise AssertionError("a client failed")

    def kill(self):
        """kill -9; returns what it had reported."""
        os.kill(self.pid, signal.SIGKILL)
        events = []
        while not self.is_over:
            events += self.read()
        return events
