#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""B18, H13: answers that no API server gives.

Whatever comes from upstream, the client gets an honest error of Fairway's or
a stream that ends with a reset, never a wrong answer that looks whole; and
Fairway goes on: the next request is served.
"""

import json
import pathlib
import struct
import tempfile
import unittest

import harness
from h2client import Client, Reset
from recorder import (block, frame, Recorder, CONTINUATION, DATA, END_HEADERS,
                      END_STREAM, GOAWAY, HEADERS, PUSH_PROMISE, RST_STREAM,
                      SETTINGS)

OK = (b":status", b"200")
LENGTH_2 = (b"content-length", b"2")


def head(stream, *fields, flags=END_HEADERS):
    return frame(HEADERS, flags, stream, block(fields))


def data(stream, octets, end=True):
    return frame(DATA, END_STREAM if end else 0, stream, octets)


def whole(stream, *fields):
    return head(stream, *fields) + data(stream, b"ok")


def huge_head(stream):
    """A megabyte of fields in CONTINUATION frames."""
    out = head(stream, OK, flags=0)
    piece = block([(b"x-%d" % i, b"v" * 1000) for i in range(16)])
    for _ in range(63):
        out += frame(CONTINUATION, 0, stream, piece)
    return out + frame(CONTINUATION, END_HEADERS, stream, piece)


def push(stream):
    promise = struct.pack(">I", 2) + block([
        (b":method", b"GET"), (b":scheme", b"https"),
        (b":authority", b"x"), (b":path", b"/evil")])
    return frame(PUSH_PROMISE, END_HEADERS, stream, promise) + whole(
        stream, OK)


def goaway(last, code):
    return frame(GOAWAY, 0, 0, struct.pack(">II", last, code))


# What is sent, by name: and what a GET's client may see: a status, or "reset"
# behind the status that was passed on already.
ODD = {
    "a status of letters": (
        lambda s: whole(s, (b":status", b"abc")), {503, 504}),
    "a status of two digits": (
        lambda s: whole(s, (b":status", b"99")), {503, 504}),
    "a status of four digits": (
        lambda s: whole(s, (b":status", b"1000")), {503, 504}),
    "a status with a sign": (
        lambda s: whole(s, (b":status", b"+20")), {503, 504}),
    "no status": (
        lambda s: whole(s, LENGTH_2), {503, 504}),
    "two statuses": (
        lambda s: whole(s, OK, (b":status", b"404")), {503, 504}),
    "a status behind the fields": (
        lambda s: whole(s, LENGTH_2, OK), {503, 504}),
    "101 without being asked": (
        lambda s: whole(s, (b":status", b"101")), {503, 504}),
    "a pseudo field of requests": (
        lambda s: whole(s, OK, (b":path", b"/")), {503, 504}),
    "a name in upper case": (
        lambda s: whole(s, OK, (b"X-Evil", b"1")), {503, 504}),
    "CR LF in a value": (
        lambda s: whole(s, OK, (b"x-evil", b"1\r\nx: y")), {503, 504}),
    "NUL in a value": (
        lambda s: whole(s, OK, (b"x-evil", b"a\0b")), {503, 504}),
    "connection": (
        lambda s: whole(s, OK, (b"connection", b"close")), {503, 504}),
    "transfer-encoding": (
        lambda s: whole(s, OK, (b"transfer-encoding", b"chunked")),
        {503, 504}),
    "two lengths": (
        lambda s: whole(s, OK, LENGTH_2, (b"content-length", b"3")),
        {503, 504}),
    "a length that is none": (
        lambda s: whole(s, OK, (b"content-length", b"2x")), {503, 504}),
    "a negative length": (
        lambda s: whole(s, OK, (b"content-length", b"-2")), {503, 504}),
    "less than said": (
        lambda s: whole(s, OK, (b"content-length", b"5")),
        {"reset"}),
    "more than said": (
        lambda s: whole(s, OK, (b"content-length", b"1")),
        {"reset"}),
    "a megabyte of fields": (huge_head, {503, 504}),
    "1xx without end": (
        lambda s: head(s, (b":status", b"103")) * 2000 + whole(s, OK),
        {503, 504}),
    "1xx that ends the stream": (
        lambda s: head(s, (b":status", b"103"),
                       flags=END_HEADERS | END_STREAM), {503, 504}),
    "DATA before the head": (
        lambda s: data(s, b"ok"), {503, 504}),
    "204 with a body": (
        lambda s: whole(s, (b":status", b"204")), {"reset", 503, 504}),
    "304 with a body": (
        lambda s: whole(s, (b":status", b"304")), {"reset", 503, 504}),
    "a reset behind half of the body": (
        lambda s: head(s, OK) + data(s, b"o", end=False) + frame(
            RST_STREAM, 0, s, struct.pack(">I", 2)), {"reset"}),
    "a reset without an error behind half of the body": (
        lambda s: head(s, OK) + data(s, b"o", end=False) + frame(
            RST_STREAM, 0, s, struct.pack(">I", 0)), {"reset"}),
    "a reset without an answer": (
        lambda s: frame(RST_STREAM, 0, s, struct.pack(">I", 2)), {503, 504}),
    "trailers with a pseudo field": (
        lambda s: head(s, OK) + data(s, b"ok", end=False) + head(
            s, OK, flags=END_HEADERS | END_STREAM), {"reset"}),
    "trailers that do not end": (
        lambda s: head(s, OK) + data(s, b"ok", end=False) + head(
            s, (b"x-a", b"b")), {"reset"}),
    "push": (push, {503, 504}),
    "DATA on a stream that nobody asked for": (
        lambda s: data(4711, b"evil") + whole(s, OK), {503, 504}),
    "an answer on a stream that nobody asked for": (
        lambda s: whole(4711, OK) + whole(s, OK), {503, 504}),
    "a window of 2^31": (
        lambda s: frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 1 << 31))
        + whole(s, OK), {503, 504}),
    "PING of seven bytes": (
        lambda s: frame(6, 0, 0, b"1234567") + whole(s, OK), {503, 504}),
    "HPACK that points nowhere": (
        lambda s: frame(HEADERS, END_HEADERS, s, b"\xff"), {503, 504}),
    "HTTP/1.1": (
        lambda s: b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok" * 9,
        {503, 504}),
    "SETTINGS without end": (
        lambda s: frame(SETTINGS, 0, 0, struct.pack(">HI", 3, 100)) * 20000
        + whole(s, OK), {200, 503, 504}),
    "PING without end": (
        lambda s: frame(6, 0, 0, b"12345678") * 20000 + whole(s, OK),
        {200, 503, 504}),
    "empty DATA without end": (
        lambda s: head(s, OK) + data(s, b"", end=False) * 30000
        + data(s, b"ok"), {200, "reset"}),
}


class OddAnswers(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="fairway-odd.")
        self.addCleanup(self.tmp.cleanup)
        folder = pathlib.Path(self.tmp.name)
        self.recorder = Recorder(folder)
        self.addCleanup(self.recorder.close)
        self.fairway = harness.Fairway(folder / "fw", self.recorder.kubeconfig)
        self.addCleanup(lambda: self.assertEqual(self.fairway.stop(), 0))
        self.client = Client("127.0.0.1", self.fairway.port,
                             cafile=self.fairway.cafile, token="argo-token")
        self.addCleanup(self.client.close)

    def outcome(self, method, path):
        stream = self.client.request(
            method, path, [harness.JSON] if method == "POST" else (),
            b"{}" if method == "POST" else None)
        try:
            status = stream.status
            body = stream.read()
        except Reset:
            return "reset"
        if status >= 500:
            said = json.loads(body)
            self.assertEqual((said["kind"], said["code"]), ("Status", status))
            self.assertTrue(stream.header("x-fairway-reason"))
            self.assertEqual(stream.header("retry-after") is not None,
                             status == 503)
        return status

    def check(self, method, octets, right):
        path = "/api/v1/namespaces/argo/configmaps"
        self.recorder.requests.clear()
        self.recorder.answer = lambda connection, stream, _: \
            connection.send(octets(stream))
        self.assertIn(self.outcome(method, path), right)
        tries = len(self.recorder.requests)
        self.recorder.answer = None
        self.assertEqual(self.outcome("GET", "/version"), 200)
        return tries

    def test_all(self):
        for name, (octets, right) in ODD.items():
            with self.subTest(name):
                self.assertLessEqual(self.check("GET", octets, right), 3)

    def test_a_post_is_never_sent_twice(self):
        for name, (octets, right) in ODD.items():
            # Executed or not, nobody knows: 504 without Retry-After.
            right = {504 if answer == 503 else answer for answer in right}
            with self.subTest(name):
                self.assertEqual(self.check("POST", octets, right), 1)

    def test_goaway_below_the_stream_sends_it_again(self):
        """B18, GOAWAY loop: what was not processed is nobody's trouble."""
        for method in "GET", "POST":
            goaways = [goaway(0, 11)] * 3

            def answer(connection, stream, _):
                connection.send(goaways.pop() if goaways
                                else whole(stream, OK))
            self.recorder.answer = answer
            self.recorder.requests.clear()
            self.assertEqual(self.outcome(method, "/x"), 200)
            self.assertEqual(len(self.recorder.requests), 4)


if __name__ == "__main__":
    harness.main()
