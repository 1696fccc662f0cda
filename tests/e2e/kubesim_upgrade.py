#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""exec, attach, port-forward and logs of kubesim itself, byte by byte; real
clients are elsewhere."""

import gzip
import json
import os
import pathlib
import socket
import ssl
import struct
import tempfile
import unittest

import harness

PODS = "/api/v1/namespaces/argo/pods"
POD = "p-000000"
# What kubectl 1.36 sends for an exec: the streams error, stdin, stdout and
# stderr with their compressed headers, and the end of stdin.
EXEC_STREAMS = bytes.fromhex(
    "80030001000000290000000100000000000078f9e3c6a7c26260606004a7b392a2d4"
    "c45c6851c29a0a0a6800000000ffff80030001000000170000000300000000000"
    "0c22e555c92929907000000ffff800300010000001900000005000000000000c22a"
    "c5565c92925f5a02000000ffff800300010000001500000007000000000000c22997"
    "5a5404000000ffff")


class Connection:
    """TLS without ALPN, and what comes out of it."""

    def __init__(self, port):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        raw = socket.create_connection(("127.0.0.1", port),
                                       timeout=harness.LIMIT)
        self.tls = context.wrap_socket(raw)
        self.rest = b""

    def close(self):
        self.tls.close()

    def send(self, data):
        self.tls.sendall(data)

    def read(self, count):
        while len(self.rest) < count:
            data = self.tls.recv(1 << 16)
            if not data:
                raise EOFError
            self.rest += data
        data, self.rest = self.rest[:count], self.rest[count:]
        return data

    def read_until(self, end):
        while end not in self.rest:
            data = self.tls.recv(1 << 16)
            if not data:
                raise EOFError
            self.rest += data
        at = self.rest.index(end) + len(end)
        data, self.rest = self.rest[:at], self.rest[at:]
        return data

    def request(self, method, path, *fields):
        lines = [f"{method} {path} HTTP/1.1", "Host: x",
                 "Authorization: Bearer argo-token", *fields, "", ""]
        self.send("\r\n".join(lines).encode())
        return self.read_until(b"\r\n\r\n").decode().split("\r\n")

    def at_end(self):
        return not self.rest and not self.tls.recv(1)

    # WebSocket

    def send_message(self, data):
        mask = os.urandom(4)
        length = (bytes([0x80 | len(data)]) if len(data) < 126
                  else b"\xfe" + struct.pack(">H", len(data)))
        self.send(b"\x82" + length + mask +
                  bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def read_message(self):
        op, length = self.read(2)
        if length == 126:
            length = struct.unpack(">H", self.read(2))[0]
        return op & 0x0f, self.read(length)

    # SPDY

    def read_frame(self):
        """Stream (None: a control frame), whether it ends, and data."""
        head = self.read(8)
        data = self.read(int.from_bytes(head[5:], "big"))
        stream = int.from_bytes(head[:4], "big")
        return (None if head[0] & 0x80 else stream), head[4] & 1, data


SPDY = ("Connection: Upgrade", "Upgrade: SPDY/3.1")


def websocket(protocol):
    return ("Connection: Upgrade", "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            f"Sec-WebSocket-Protocol: {protocol}")


class Upgrade(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.sim = harness.Kubesim(pathlib.Path(folder.name))
        self.addCleanup(self.sim.stop)
        self.sim.preload("pods", "argo", node="n1", running=True)

    def connect(self):
        connection = Connection(self.sim.port)
        self.addCleanup(connection.close)
        return connection

    def exec_path(self, *command, **more):
        query = [f"command={word}" for word in command]
        query += [f"{key}=true" for key in more]
        return f"{PODS}/{POD}/exec?{'&'.join(query)}"

    def test_exec_by_spdy(self):
        connection = self.connect()
        head = connection.request(
            "POST", self.exec_path("cat", stdin=1, stdout=1, stderr=1),
            *SPDY, "X-Stream-Protocol-Version: v5.channel.k8s.io",
            "X-Stream-Protocol-Version: v4.channel.k8s.io")
        self.assertEqual(head[:4], [
            "HTTP/1.1 101 Switching Protocols", "Connection: Upgrade",
            "Upgrade: SPDY/3.1",
            "X-Stream-Protocol-Version: v4.channel.k8s.io"])
        connection.send(EXEC_STREAMS)
        connection.send(b"\0\0\0\3\0\0\0\5hello" + b"\0\0\0\3\1\0\0\0")
        said = {}
        ended = set()
        while len(ended) < 3:
            stream, end, data = connection.read_frame()
            if stream:
                said[stream] = said.get(stream, b"") + data
                if end:
                    ended.add(stream)
        self.assertEqual(said[5], b"hello")
        self.assertEqual(said[1], b'{"metadata":{},"status":"Success"}')

    def test_exec_by_websocket(self):
        connection = self.connect()
        head = connection.request(
            "GET", self.exec_path("sh", "-c", "exit%207", stdout=1),
            *websocket("v5.channel.k8s.io"))
        self.assertEqual(head[:5], [
            "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            "Sec-WebSocket-Protocol: v5.channel.k8s.io"])
        self.assertEqual(connection.read_message(), (2, b"\1"))
        op, status = connection.read_message()
        self.assertEqual(op, 2)
        self.assertIn(b'{"reason":"ExitCode","message":"7"}', status)
        self.assertEqual(connection.read_message(), (8, b"\x03\xe8"))
        self.assertTrue(connection.at_end())

    def test_the_end_of_stdin_by_v5(self):
        connection = self.connect()
        connection.request("GET", self.exec_path("cat", stdin=1, stdout=1),
                           *websocket("v5.channel.k8s.io"))
        connection.send_message(b"\0hello")
        connection.send_message(b"\xff\0")
        said = [connection.read_message()[1] for _ in range(3)]
        self.assertEqual(said, [
            b"\1", b"\1hello", b'\3{"metadata":{},"status":"Success"}'])

    def test_attach_echoes_large_input(self):
        connection = self.connect()
        connection.request(
            "GET", f"{PODS}/{POD}/attach?stdin=true&stdout=true",
            *websocket("v4.channel.k8s.io"))
        sent = os.urandom(60000)
        got = b""
        connection.send_message(b"\0" + sent)
        while len(got) < len(sent):
            _, data = connection.read_message()
            self.assertEqual(data[0], 1)
            got += data[1:]
        self.assertEqual(got, sent)

    def test_ports_by_websocket(self):
        connection = self.connect()
        connection.request(
            "GET", f"{PODS}/{POD}/portforward?ports=80&ports=443",
            *websocket("v4.channel.k8s.io"))
        first = [connection.read_message()[1] for _ in range(4)]
        self.assertEqual(first, [b"\0\x50\0", b"\1\x50\0", b"\2\xbb\1",
                                 b"\3\xbb\1"])
        connection.send_message(b"\2abc")
        self.assertEqual(connection.read_message()[1], b"\2abc")

    def watch(self, connection, query):
        head = connection.request(
            "GET", f"/api/v1/namespaces/argo/configmaps?watch=1&{query}",
            *websocket("")[:-1], "Origin: https://x")
        self.assertEqual(head[:4], [
            "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="])

    def read_event(self, connection):
        op, text = connection.read_message()
        self.assertEqual(op, 1)
        return json.loads(text)

    def test_a_watch_by_websocket(self):
        self.sim.preload("configmaps", "argo", count=2)
        connection = self.connect()
        self.watch(connection, "allowWatchBookmarks=true")
        for _ in range(2):
            self.assertEqual(self.read_event(connection)["type"], "ADDED")
        connection.send(b"\x89\x80\0\0\0\0")  # a ping
        self.assertEqual(connection.read_message(), (10, b""))
        connection.send(b"\x88\x80\0\0\0\0")  # the end
        self.assertEqual(connection.read_message(), (8, b"\x03\xe8"))
        self.assertTrue(connection.at_end())

    def test_a_watch_by_websocket_that_the_server_ends(self):
        connection = self.connect()
        self.watch(connection, "timeoutSeconds=1")
        self.assertEqual(connection.read_message(), (8, b"\x03\xe8"))
        self.assertTrue(connection.at_end())

    def test_a_watch_by_websocket_from_a_forgotten_version(self):
        self.sim.preload("configmaps", "argo", count=2)
        self.sim.admin("POST", "/compact")
        connection = self.connect()
        self.watch(connection, "resourceVersion=1")
        event = self.read_event(connection)
        self.assertEqual((event["type"], event["object"]["code"]),
                         ("ERROR", 410))
        self.assertEqual(connection.read_message()[0], 8)

    def test_refusals_leave_the_connection(self):
        connection = self.connect()
        for path, fields, code in (
                (f"{PODS}/nope/exec?command=x&stdout=true", SPDY, 404),
                (self.exec_path("x", stdout=1), (), 400),
                (self.exec_path("x", stdout=1, container=1), SPDY, 400),
                (self.exec_path("x", stdout=1),
                 (*SPDY, "X-Stream-Protocol-Version: v9"), 403)):
            head = connection.request("GET", path, *fields)
            self.assertEqual(head[0].split()[1], str(code))
            length = next(int(field.split()[1]) for field in head
                          if field.startswith("Content-Length"))
            connection.read(length)

    def test_a_log_is_followed(self):
        order = {"namespace": "argo", "pod": POD}
        self.sim.admin("POST", "/logs", {**order, "lines": ["one", "two"]})
        connection = self.connect()
        connection.request(
            "GET", f"{PODS}/{POD}/log?follow=true&tailLines=1")
        self.assertEqual(connection.read_until(b"two\n\r\n"),
                         b"4\r\ntwo\n\r\n")
        self.sim.admin("POST", "/logs", {**order, "line": "three"})
        connection.read_until(b"three\n\r\n")
        self.sim.admin("POST", "/logs", {**order, "end": True})
        self.assertEqual(connection.read(5), b"0\r\n\r\n")

    def test_what_is_long_is_compressed_for_who_asks(self):
        self.sim.preload("configmaps", "argo", count=100, size=2000)
        path = "/api/v1/namespaces/argo/configmaps"
        plain, packed = self.connect(), self.connect()
        head = plain.request("GET", path)
        self.assertNotIn("Content-Encoding: gzip", head)
        self.assertIn("Content-Encoding: gzip", packed.request(
            "GET", path, "Accept-Encoding: gzip"))
        body = self.read_chunks(plain)
        self.assertGreater(len(body), 128 << 10)
        self.assertEqual(gzip.decompress(self.read_chunks(packed)), body)

    @staticmethod
    def read_chunks(connection):
        body = b""
        while size := int(connection.read_until(b"\r\n"), 16):
            body += connection.read(size)
            connection.read(2)
        return body

    def test_an_answer_comes_in_time(self):
        self.sim.fault(action="stall")
        connection = self.connect()
        head = connection.request(
            "GET", "/api/v1/namespaces/argo/configmaps?timeout=50ms")
        self.assertEqual(head[0], "HTTP/1.1 504 Gateway Timeout")

    def test_faults_end_the_connection(self):
        path = "/api/v1/namespaces/argo/pods"
        for action in "reset", "close", "cut":
            with self.subTest(action):
                self.sim.fault(action=action, bytes=10, count=1)
                with self.assertRaises((ConnectionResetError, EOFError)):
                    connection = self.connect()
                    connection.request("GET", path)
                    connection.read(1000)
        self.sim.fault(action="goaway", count=1)
        self.assertIn("Connection: close",
                      self.connect().request("GET", path))


if __name__ == "__main__":
    unittest.main()
