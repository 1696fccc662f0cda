#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""B3 to B8: clients that want to cost more than they pay.

Raw frames on one connection.  How far Fairway followed is what its GOAWAY
says: the last stream that it looked at.  What reached the API server is what
the recorder wrote down.
"""

import pathlib
import re
import select
import socket
import ssl
import struct
import tempfile
import unittest

import harness
from recorder import (block, frame, Connection, Recorder, CONTINUATION, DATA,
                      END_HEADERS, END_STREAM, GOAWAY, HEADERS,
                      PING, PREFACE, PRIORITY, RST_STREAM, SETTINGS,
                      WINDOW_UPDATE)

ENHANCE_YOUR_CALM = 11
# Far less than what the floods carry; a sanitizer keeps what was freed.
MEMORY_MAX = 64 << 20
# Of one flood, before it is ended; the longest is of 10 000 empty frames.
FOLLOWED_MAX = 1 << 20
POD = b"/api/v1/namespaces/argo/pods/p"


class Flood(Connection):
    """A client that sends as fast as it may, and reads what is there."""

    def __init__(self, sock):
        super().__init__(sock)
        self.goaway = None  # (last stream, code)
        self.is_closed = False
        self.statuses = {}  # by stream
        self.resets = 0

    def sort(self, kind, flags, stream, payload):
        if kind == GOAWAY:
            self.goaway = struct.unpack(">II", payload[:8])
        elif kind == RST_STREAM:
            self.resets += 1
        elif kind == HEADERS:
            fields = dict(self.decode(flags, payload))
            self.statuses[stream] = int(fields.get(b":status", 0))

    def send_while_open(self, octets):
        """False when the peer has had enough."""
        while not self.is_closed and self.is_readable():
            self.read_one()
        if self.is_closed or (self.goaway and self.goaway[1]):
            return False
        try:
            self.socket.sendall(octets)
        except (ConnectionError, ssl.SSLError):
            self.read_to_end()
            return False
        return True

    def is_readable(self):
        return bool(self.rest) or self.socket.pending() > 0 or bool(
            select.select([self.socket], [], [], 0)[0])

    def read_one(self):
        got = self.read_frame()
        if got is None:
            self.is_closed = True
        else:
            self.sort(*got)

    def read_to_end(self):
        while not self.is_closed:
            self.read_one()


class Floods(unittest.TestCase):
    options = ""

    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="fairway-flood.")
        self.addCleanup(self.tmp.cleanup)
        folder = pathlib.Path(self.tmp.name)
        self.recorder = Recorder(folder)
        self.addCleanup(self.recorder.close)
        config = folder / "fairway.yaml"
        config.write_text("apiVersion: fairway.dev/v1alpha1\n"
                          "kind: Configuration\n" + self.options)
        self.fairway = harness.Fairway(folder / "fw", self.recorder.kubeconfig,
                                       "--config", config)
        self.addCleanup(lambda: self.assertEqual(self.fairway.stop(), 0))
        self.rss = self.fairway.rss()
        self.cpu, self.octets = self.spent()

    def spent(self):
        """Seconds of CPU and bytes from clients, until now."""
        text = self.fairway.admin_get("/metrics")
        return (float(re.search(r"^process_cpu_seconds_total (\S+)", text,
                                re.MULTILINE)[1]),
                int(re.search(r"^fairway_network_bytes_total{side=\"down"
                              r"stream\",direction=\"in\"} (\d+)", text,
                              re.MULTILINE)[1]))

    def connect(self, settings=b""):
        context = ssl.create_default_context(cafile=self.fairway.cafile)
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection(("127.0.0.1", self.fairway.port),
                                       timeout=harness.LIMIT)
        flood = Flood(context.wrap_socket(raw, server_hostname="localhost"))
        self.addCleanup(flood.socket.close)
        flood.send(PREFACE + frame(SETTINGS, 0, 0, settings))
        return flood

    def fields(self, *more, method=b"GET", path=POD):
        return [(b":method", method), (b":scheme", b"https"),
                (b":authority", b"localhost"), (b":path", path),
                (b"authorization", b"Bearer argo-token"), *more]

    def head(self, stream, *more, flags=END_HEADERS | END_STREAM, **how):
        return frame(HEADERS, flags, stream,
                     block(self.fields(*more, **how)))

    def run_flood(self, octets, count=20000, flood=None):
        """Sends octets(stream) for one stream after the other."""
        flood = flood or self.connect()
        for i in range(count):
            if not flood.send_while_open(octets(2 * i + 1)):
                break
        # All of it may be in the sockets' buffers, and not read yet.
        flood.read_to_end()
        return flood

    def assert_calmed(self, flood, streams):
        self.assertIsNotNone(flood.goaway)
        last, code = flood.goaway
        self.assertEqual(code, ENHANCE_YOUR_CALM)
        self.assertLessEqual(last / 2, streams)

    def assert_harmless(self, reached=100, followed=FOLLOWED_MAX):
        """What it cost is bounded: bytes that Fairway followed, requests
        that reached the API server, memory.  CPU time is only told."""
        cpu, octets = self.spent()
        grown = self.fairway.rss() - self.rss
        print(f"\n  followed {(octets - self.octets) >> 10} KiB with "
              f"{(cpu - self.cpu) * 1000:.1f} ms of CPU; "
              f"{len(self.recorder.requests)} requests reached the API "
              f"server; {grown >> 10} KiB more memory ", end="", flush=True)
        self.assertLessEqual(octets - self.octets, followed)
        self.cpu, self.octets = cpu, octets
        self.assertLessEqual(len(self.recorder.requests), reached)
        self.assertLess(grown, MEMORY_MAX)
        # … and Fairway serves on.
        flood = self.connect()
        flood.send(self.head(1, path=b"/version"))
        while not flood.statuses:
            flood.read_one()
        self.assertEqual(flood.statuses, {1: 200})

    # --- B3

    def test_rapid_reset(self):
        cancel = struct.pack(">I", 8)
        flood = self.run_flood(lambda s: self.head(s) + frame(
            RST_STREAM, 0, s, cancel))
        self.assert_calmed(flood, 1100)
        self.assert_harmless()

    def test_made_you_reset(self):
        window = struct.pack(">I", 0x7fffffff)
        forms = {
            "a window beyond 2^31": lambda s: self.head(s) + frame(
                WINDOW_UPDATE, 0, s, window) * 2,
            "a window opened by nothing": lambda s: self.head(s) + frame(
                WINDOW_UPDATE, 0, s, bytes(4)),
            "DATA behind the end": lambda s: self.head(s) + frame(
                DATA, 0, s, b"x"),
            "HEADERS behind the end": lambda s: self.head(s) + self.head(s),
            "PRIORITY of four bytes": lambda s: self.head(s) + frame(
                PRIORITY, 0, s, bytes(4)),
            "depends on itself": lambda s: self.head(s) + frame(
                PRIORITY, 0, s, struct.pack(">IB", s, 1)),
            "longer than said": lambda s: self.head(
                s, (b"content-length", b"1"), flags=END_HEADERS,
                method=b"POST") + frame(DATA, 0, s, b"xx"),
            "shorter than said": lambda s: self.head(
                s, (b"content-length", b"5"), flags=END_HEADERS,
                method=b"POST") + frame(DATA, END_STREAM, s, b"xx"),
            "a field in upper case": lambda s: self.head(s, (b"X", b"y")),
        }
        for name, octets in forms.items():
            with self.subTest(name):
                self.recorder.requests.clear()
                flood = self.run_flood(octets)
                self.assertIsNotNone(flood.goaway)
                # Some are errors of the whole connection to nghttp2.
                self.assertIn(flood.goaway[1], (1, 5, 6, ENHANCE_YOUR_CALM))
                self.assertLessEqual(flood.goaway[0] / 2, 250)
                self.assert_harmless()

    # --- B4

    def test_continuation_without_end(self):
        flood = self.connect()
        flood.send(frame(HEADERS, END_STREAM, 1, block(self.fields())))
        self.run_flood(lambda _: frame(CONTINUATION, 0, 1, block(
            [(b"x", b"y" * 1000)])), flood=flood)
        self.assert_harmless(0)

    def test_empty_continuations_without_end(self):
        flood = self.connect()
        flood.send(frame(HEADERS, END_STREAM, 1, block(self.fields())))
        self.run_flood(lambda _: frame(CONTINUATION, 0, 1), flood=flood)
        self.assert_harmless(0)

    def refused_head(self, *more):
        """A head that is too large: 431, or the end of the connection."""
        flood = self.connect()
        payload = block(self.fields(*more))
        pieces = [payload[at:at + 16384]
                  for at in range(0, len(payload), 16384)]
        flood.send(frame(HEADERS, END_STREAM, 1, pieces[0]))
        for piece in pieces[1:]:
            flood.send_while_open(frame(CONTINUATION, 0, 1, piece))
        flood.send_while_open(frame(CONTINUATION, END_HEADERS, 1))
        while not (flood.statuses or flood.goaway or flood.is_closed):
            flood.read_one()
        self.assertIn(flood.statuses.get(1), (None, 431))
        self.assert_harmless(0)
        return flood

    def test_a_megabyte_of_fields(self):
        self.refused_head(*[(b"x-%d" % i, b"y" * 1000) for i in range(1000)])

    def test_a_field_of_a_megabyte(self):
        self.refused_head((b"x", b"y" * (1 << 20)))

    def test_5000_crumbs(self):
        self.refused_head(*[(b"cookie", b"a=b")] * 5000)

    def test_a_little_too_much_is_431(self):
        flood = self.refused_head(*[(b"x-%d" % i, b"y" * 1000)
                                    for i in range(66)])
        self.assertEqual(flood.statuses, {1: 431})

    def test_fields_without_names(self):
        self.refused_head(*[(b"", b"")] * 5000)

    def test_hpack_bomb(self):
        """A large field once, then thousands of one-byte references."""
        flood = self.connect()
        name, value = b"x", b"y" * 3900
        indexed = (b"\x40\x01" + name + b"\x7f" + bytes(
            [(len(value) - 127) % 128 + 128, (len(value) - 127) // 128])
            + value)
        self.assertTrue(flood.send_while_open(frame(
            HEADERS, END_HEADERS | END_STREAM, 1,
            block(self.fields()) + indexed)))
        self.run_flood(lambda s: frame(
            HEADERS, END_HEADERS | END_STREAM, s + 2,
            block(self.fields()) + b"\xbe" * 16000), 300, flood)
        self.assert_harmless(1)

    # --- B5

    def test_ping_without_reading(self):
        flood = self.connect()
        self.unread(flood, frame(PING, 0, 0, b"12345678") * 100)

    def test_settings_without_reading(self):
        flood = self.connect()
        self.unread(flood, frame(SETTINGS, 0, 0) * 100)

    def unread(self, flood, octets):
        """Sends without reading until Fairway has had enough."""
        flood.socket.settimeout(harness.LIMIT)
        for _ in range(20000):
            try:
                flood.socket.sendall(octets)
            except (ConnectionError, ssl.SSLError):
                break
            if self.is_over(flood):
                break
        else:
            self.fail("no end")
        self.assert_harmless(0)

    @staticmethod
    def is_over(flood):
        """Looks for the end of the connection behind what is unread."""
        poll = select.poll()
        poll.register(flood.socket, select.POLLRDHUP)
        return bool(poll.poll(0))

    def test_settings_of_2000_entries(self):
        entries = struct.pack(">HI", 0x9999, 1) * 2000
        flood = self.connect()
        self.run_flood(lambda _: frame(SETTINGS, 0, 0, entries), 20000, flood)
        self.assert_harmless(0)

    # --- B6

    def test_frames_that_carry_nothing(self):
        floods = {
            "DATA": frame(DATA, 0, 1),
            "PRIORITY": frame(PRIORITY, 0, 9, struct.pack(">IB", 3, 1)),
            "WINDOW_UPDATE": frame(WINDOW_UPDATE, 0, 0,
                                   struct.pack(">I", 1)),
            "unknown": frame(0xbb, 0, 0),
        }
        for name, octets in floods.items():
            with self.subTest(name):
                flood = self.connect()
                flood.send(self.head(1, method=b"POST", flags=END_HEADERS))
                self.run_flood(lambda _: octets * 100, 1000, flood)
                self.assert_calmed(flood, 1)
                self.assert_harmless(10)


class SlowPeers(Floods):
    """B2, B7, B8, with the timers as short as they may be."""

    options = """limits:
  handshakeTimeout: 100ms
  firstRequestTimeout: 100ms
  headerTimeout: 100ms
  progressTimeout: 1s
"""

    def test_windows_of_zero(self):
        """B7: 1000 answers that nobody takes."""
        flood = self.connect(struct.pack(">HI", 4, 0))
        for i in range(1000):
            flood.send(self.head(2 * i + 1))
        while flood.resets < 1000 and not flood.is_closed:
            flood.read_one()
        self.assert_harmless(1100)

    def test_heads_that_do_not_end(self):
        """B8."""
        floods = [self.connect() for _ in range(50)]
        for flood in floods:
            flood.send(frame(HEADERS, END_STREAM, 1, block(self.fields())))
        for flood in floods:
            flood.read_to_end()
        self.assert_harmless(0)

    def test_silent_connections(self):
        """B2: neither TLS, nor a preface, nor a request."""
        silent = [socket.create_connection(("127.0.0.1", self.fairway.port))
                  for _ in range(100)]
        for sock in silent:
            sock.settimeout(harness.LIMIT)
            self.assertEqual(sock.recv(1), b"")
            sock.close()
        floods = [self.connect() for _ in range(50)]
        for flood in floods:
            flood.read_to_end()
        self.assert_harmless(0)

    def test_a_handshake_byte_by_byte(self):
        sock = socket.create_connection(("127.0.0.1", self.fairway.port))
        sock.settimeout(harness.LIMIT)
        sock.sendall(b"\x16")
        self.assertEqual(sock.recv(1), b"")
        sock.close()
        self.assert_harmless(0)

    def test_plain_http_to_the_tls_port(self):
        sock = socket.create_connection(("127.0.0.1", self.fairway.port))
        sock.settimeout(harness.LIMIT)
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            while sock.recv(1024):
                pass
        except ConnectionError:
            pass
        sock.close()
        self.assert_harmless(0)


# Inherited only for what they stand on.
for inherited in [name for name in vars(Floods) if name.startswith("test_")]:
    setattr(SlowPeers, inherited, None)


if __name__ == "__main__":
    harness.main()
