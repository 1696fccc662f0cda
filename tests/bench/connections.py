#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What connections cost: Fairway beside nghttpx and HAProxy.

As speed.py, of which it is the other half; in alternation, on one CPU:

    handshake   CPU for TLS, one GET and the end of a connection
    latency     what a proxy adds to one request at a time (mean, against
                the same load without a proxy)
    events      CPU for each event of a watch: 4 connections with 50 watches
                each, and 200 connections with one each
    memory      proportional set size for each of 500 connections that hold
                one watch, and for each of 2000 watches on 20 connections

Only the ratios mean something; times drift with the machine.
"""

import os
import re
import selectors
import ssl
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../e2e"))
import recorder as h2  # noqa: E402
import speed  # noqa: E402

WATCH = b"/api/v1/namespaces/argo/configmaps?watch=true&resourceVersion="
CREATE = "/api/v1/namespaces/argo/configmaps"


class Watcher:
    """Connections full of watches, read whenever something comes."""

    def __init__(self, port, connections, streams, version, token):
        self.events = 0
        self.heads = 0
        self.selector = selectors.DefaultSelector()
        self.connections = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        for _ in range(connections):
            raw = socket.create_connection(("127.0.0.1", port), timeout=60)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = h2.Connection(context.wrap_socket(raw))
            connection.send(h2.PREFACE + h2.frame(h2.SETTINGS, 0, 0))
            for i in range(streams):
                connection.send(h2.frame(
                    h2.HEADERS, h2.END_HEADERS | h2.END_STREAM, 2 * i + 1,
                    h2.block([
                        (b":method", b"GET"), (b":scheme", b"https"),
                        (b":authority", b"localhost"),
                        (b":path", WATCH + version),
                        (b"accept", b"application/json"),
                        (b"user-agent", speed.AGENT.encode()),
                        (b"authorization", b"Bearer " + token)])))
            self.connections.append(connection)
            self.selector.register(connection.socket, selectors.EVENT_READ,
                                   connection)

    def read_until(self, done):
        while not done():
            for key, _ in self.selector.select():
                connection = key.data
                self.read_one(connection)
                while connection.rest or connection.socket.pending():
                    self.read_one(connection)

    def read_one(self, connection):
        got = connection.read_frame()
        if got is None:
            sys.exit("connections: a proxy ended a connection with watches")
        kind, flags, stream, payload = got
        if kind == h2.HEADERS:
            fields = dict(connection.decode(flags, payload))
            if fields[b":status"] != b"200":
                sys.exit(f"connections: a watch was answered with {fields}")
            self.heads += 1
        elif kind == h2.DATA:
            self.events += payload.count(b"\n")
            if payload:  # the connection's window; a stream's is enough
                connection.send(h2.frame(h2.WINDOW_UPDATE, 0, 0,
                                         len(payload).to_bytes(4, "big")))
        elif kind == h2.SETTINGS and not flags & h2.ACK:
            connection.send(h2.frame(h2.SETTINGS, h2.ACK, 0))
        elif kind == h2.PING and not flags & h2.ACK:
            connection.send(h2.frame(h2.PING, h2.ACK, 0, payload))

    def close(self):
        for connection in self.connections:
            connection.socket.close()
        self.selector.close()


class Bench(speed.Bench):
    EVENTS = 40

    def version(self):
        return self.ask(CREATE + "?limit=1")["metadata"][
            "resourceVersion"].encode()

    def make_events(self):
        """EVENTS config maps of half a kilobyte, past the proxies."""
        self.preload(resource="configmaps", namespace="argo",
                     prefix=f"event-{self.batch}-", count=self.EVENTS,
                     size=500)
        self.batch += 1

    def watched(self, proxy, connections, streams):
        watcher = Watcher(proxy.find_port(), connections, streams,
                          self.version(), self.token.encode())
        watcher.read_until(lambda: watcher.heads == connections * streams)
        return watcher

    def events_cpu(self, proxy, connections, streams):
        watcher = self.watched(proxy, connections, streams)
        before = proxy.cpu_us()
        self.make_events()
        wanted = self.EVENTS * connections * streams
        watcher.read_until(lambda: watcher.events >= wanted)
        used = proxy.cpu_us() - before
        watcher.close()
        return used / wanted

    def memory(self, proxy, connections, streams, each):
        proxy.stop()
        self.start(proxy)
        before = proxy.pss_kib()
        watcher = self.watched(proxy, connections, streams)
        grown = proxy.pss_kib() - before
        watcher.close()
        return grown / each

    def handshake_cpu(self, proxy):
        before = proxy.cpu_us()
        count = 200
        out = self.h2load(proxy.find_port(), count, ["-c", str(count)])
        if f"status codes: {count} 2xx" not in out:
            print(f"!! {proxy.name}: not all handshakes were answered")
        return (proxy.cpu_us() - before) / count

    def h2load(self, port, count, shape):
        return subprocess.run(
            ["taskset", "-c", "0", "h2load", "-n", str(count), *shape,
             *self.headers, f"https://127.0.0.1:{port}"
             + self.scenarios[0].path], capture_output=True, text=True).stdout

    def mean_latency(self, port):
        out = self.h2load(port, 1000, ["-c", "1", "-m", "1"])
        found = re.search(r"time for request: +\S+ +\S+ +([\d.]+)(us|ms)", out)
        return float(found[1]) * (1000 if found[2] == "ms" else 1)

    def added_latency(self, proxy):
        direct = self.mean_latency(self.backend_port)
        return self.mean_latency(proxy.find_port()) - direct

    def run(self):
        self.batch = 0
        self.start_kubesim()
        self.make_leaf()
        peers = self.options.peers.split(",")
        if "nghttpx" in peers:
            self.add_nghttpx()
        if "haproxy" in peers:
            self.add_haproxy()
        self.add_fairway()
        for proxy in self.proxies:
            self.start(proxy)
        figures = {
            "handshake, us": self.handshake_cpu,
            "added latency, us": self.added_latency,
            "event 4x50, us": lambda p: self.events_cpu(p, 4, 50),
            "event 200x1, us": lambda p: self.events_cpu(p, 200, 1),
            "500 x 1, KiB": lambda p: self.memory(p, 500, 1, 500),
            "20 x 100, KiB": lambda p: self.memory(p, 20, 100, 2000),
        }
        table = {}
        for name, measure in figures.items():
            rounds = 1 if "KiB" in name else self.options.rounds
            for _ in range(rounds):
                for proxy in self.proxies:
                    table.setdefault((name, proxy.name), []).append(
                        measure(proxy))
        print(f"rounds: {self.options.rounds}; medians; the last columns are "
              "Fairway divided by the peer")
        self.scenarios = [speed.Scenario(name, 1, 1, 1, "")
                          for name in figures]
        self.tell("for each handshake, request, event, connection and watch",
                  table, lambda v: f"{v:.1f}")


if __name__ == "__main__":
    speed.main(Bench, __doc__)
