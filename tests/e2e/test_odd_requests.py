#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Odd requests: what each is answered with, and what reaches the API server.

The cases are in odd/*.txt, one paragraph each:

    # B10: a length in hexadecimal
    GET /version            HTTP/2; the pseudo fields and a token are there
    :scheme: http           … instead of what is there;  -:scheme  without it
    content-length: 0x5     one more field, its bytes as they stand (\\x00 …)
    data: abc               a DATA frame;  data| the last, with END_STREAM
    trailer x: y            behind the body
    raw: 00 00 04 08 …      any bytes between frames, in hexadecimal
    = 400 bad request       one of the answers that are right
    = reset 1               … RST_STREAM;  = goaway 1;  = close
    > GET /version          what reaches the API server; otherwise nothing may
    ! x-remote-user         … and that this is not among its fields
    & accept: x             … and that this is
    body: abc               … and its body

HTTP/1.1 is written as it is, $HOST and $TOKEN filled in:

    | GET /version HTTP/1.1         a line and CRLF
    |- abc                          without CRLF

<9000*x> is 9000 times x, "|* 300 " a line that comes 300 times.  An answer may be
followed by "close": that the connection ends behind it.
"""

import pathlib
import re
import socket
import ssl
import struct
import sys
import tempfile
import unittest

import harness
from recorder import (block, frame, Connection, Recorder, DATA, END_HEADERS,
                      END_STREAM, GOAWAY, HEADERS, PADDED, PREFACE,
                      RST_STREAM, SETTINGS)

ODD = pathlib.Path(__file__).parent / "odd"


def unescape(text):
    return text.encode("utf-8").decode("unicode_escape").encode("latin-1")


class Case:
    """One paragraph."""

    def __init__(self, place, lines):
        self.place = place
        self.title = lines[0].lstrip("# ")
        self.right = []     # answers that are right
        self.reaches = []   # the request lines, at the API server
        self.absent, self.present, self.body = [], [], None
        self.text = b""     # HTTP/1.1
        self.fields = None  # HTTP/2
        self.changes, self.data, self.trailers = [], [], []
        self.is_ended = True
        for line in lines[1:]:
            self.read(line)

    def read(self, line):
        mark, _, rest = line.partition(" ")
        if mark == "=":
            self.right.append(rest.strip())
        elif mark == ">":
            self.reaches.append(unescape(rest))
        elif mark == "!":
            self.absent.append(rest.encode())
        elif mark == "&":
            name, _, value = rest.partition(": ")
            self.present.append((name.encode(), unescape(value)))
        elif mark == "body:":
            self.body = unescape(rest)
        elif mark == "|":
            self.text += unescape(rest) + b"\r\n"
        elif mark == "|*":
            count, _, line = rest.partition(" ")
            self.text += (unescape(line) + b"\r\n") * int(count)
        elif mark == "|-":
            self.text += unescape(rest)
        elif mark in ("data:", "data|"):
            self.data.append((DATA, mark == "data|", unescape(rest)))
            self.is_ended = False
        elif mark == "data*":  # data* COUNT SIZE: that many frames
            count, size = map(int, rest.split())
            self.data += [(DATA, i == count - 1, b"x" * size)
                          for i in range(count)]
            self.is_ended = False
        elif mark == "pad":  # pad LENGTH TEXT: DATA with that much padding
            length, text = rest.split()
            self.data.append((None, False, frame(
                DATA, PADDED, 1, bytes([int(length)]) + unescape(text)
                + bytes(int(length)))))
            self.is_ended = False
        elif mark == "open":
            self.is_ended = False
        elif mark == "raw:":
            self.data.append((None, False, bytes.fromhex(rest)))
        elif mark == "trailer":
            name, _, value = rest.partition(": ")
            self.trailers.append((unescape(name), unescape(value)))
        elif self.fields is None and not self.text:
            self.fields = (mark.encode(), unescape(rest))
        else:
            self.changes.append(line)

    def field_list(self, host, token):
        """The fields of an HTTP/2 request as they are sent."""
        method, path = self.fields
        fields = [(b":method", method), (b":scheme", b"https"),
                  (b":authority", host), (b":path", path),
                  (b"authorization", b"Bearer " + token)]
        for change in self.changes:
            if change.startswith("-"):
                name = change[1:].encode()
                fields = [item for item in fields if item[0] != name]
                continue
            at = change.index(":", 1)
            name = unescape(change[:at])
            value = unescape(change[at + 1:].removeprefix(" "))
            value = value.replace(b"$HOST", host).replace(b"$TOKEN", token)
            index = next((i for i, item in enumerate(fields)
                          if item[0] == name and name[:1] == b":"), None)
            if index is None:
                fields.append((name, value))
            else:
                fields[index] = (name, value)
        return fields

    def frames(self, host, token):
        out = frame(HEADERS, END_HEADERS
                    | (END_STREAM if self.is_ended and not self.trailers
                       else 0), 1, block(self.field_list(host, token)))
        for kind, is_last, payload in self.data:
            out += payload if kind is None else frame(
                kind, END_STREAM if is_last and not self.trailers else 0, 1,
                payload)
        if self.trailers:
            out += frame(HEADERS, END_HEADERS | END_STREAM, 1,
                         block(self.trailers))
        return out


def read_cases():
    for path in sorted(ODD.glob("*.txt")):
        start, lines = 0, []
        for number, line in enumerate(
                path.read_text().splitlines() + [""], 1):
            line = re.sub(r"<(\d+)\*(.)>",
                          lambda m: int(m[1]) * m[2], line)
            if line and not line.startswith("##"):
                start = start if lines else number
                lines.append(line)
            elif lines and not line:
                yield Case(f"{path.name}:{start}", lines)
                lines = []


class OddRequests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tmp = tempfile.TemporaryDirectory(prefix="fairway-odd.")
        folder = pathlib.Path(cls.tmp.name)
        cls.recorder = Recorder(folder)
        cls.fairway = harness.Fairway(folder / "fw", cls.recorder.kubeconfig)
        cls.host = f"127.0.0.1:{cls.fairway.port}".encode()

    @classmethod
    def tearDownClass(cls):
        status = cls.fairway.stop()
        cls.recorder.close()
        cls.tmp.cleanup()
        assert status == 0, "\n".join(cls.fairway.lines)

    def connect(self, protocol):
        context = ssl.create_default_context(cafile=self.fairway.cafile)
        context.set_alpn_protocols([protocol])
        raw = socket.create_connection(("127.0.0.1", self.fairway.port),
                                       timeout=harness.LIMIT)
        tls = context.wrap_socket(raw, server_hostname="localhost")
        self.assertEqual(tls.selected_alpn_protocol(), protocol)
        return Connection(tls)

    def ask_h2(self, case):
        """Returns what came back in the words of the cases."""
        connection = self.connect("h2")
        with connection.socket:
            connection.send(PREFACE + frame(SETTINGS, 0, 0) + case.frames(
                self.host, b"argo-token"))
            while (got := connection.read_frame()) is not None:
                kind, flags, stream, payload = got
                if kind == HEADERS:
                    fields = dict(connection.decode(flags, payload))
                    return self.describe(fields[b":status"], fields.get(
                        b"x-fairway-reason", b""))
                if kind in (RST_STREAM, GOAWAY):
                    code = struct.unpack(">I", payload[-4:] if kind ==
                                         RST_STREAM else payload[4:8])[0]
                    return (f"reset {code}" if kind == RST_STREAM
                            else f"goaway {code}")
        return "close"

    def ask_h1(self, case):
        connection = self.connect("http/1.1")
        with connection.socket:
            connection.send(case.text.replace(b"$HOST", self.host).replace(
                b"$TOKEN", b"argo-token"))
            head = b""
            while b"\r\n\r\n" not in head:
                more = connection.take(1)
                if more is None:
                    return "close"
                head += more
                if head.startswith(b"HTTP/1.1 100 ") and \
                        head.endswith(b"\r\n\r\n"):
                    head = b""
            status = head.split(b" ", 2)[1]
            found = re.search(rb"\r\nx-fairway-reason: ([^\r]*)", head, re.I)
            said = self.describe(status, found.group(1) if found else b"")
            if re.search(rb"\r\nconnection: close\r\n", head, re.I):
                while connection.take(1) is not None:
                    pass
                said += " close"
            return said

    @staticmethod
    def describe(status, reason):
        return f"{status.decode()} {reason.decode()}".strip()

    def pass_barrier(self):
        """All that was sent before has come to the recorder."""
        connection = self.connect("h2")
        barrier = Case("", ["barrier", "GET /barrier"])
        with connection.socket:
            connection.send(PREFACE + frame(SETTINGS, 0, 0) + barrier.frames(
                self.host, b"argo-token"))
            while connection.read_frame()[0] != DATA:
                pass

    def check(self, case):
        self.recorder.requests.clear()
        said = self.ask_h1(case) if case.text else self.ask_h2(case)
        self.assertIn(said, case.right)
        self.pass_barrier()
        came = [request for request in self.recorder.requests
                if request.value(b":path") != b"/barrier"]
        if case.reaches == [b"incomplete"]:
            self.assertFalse(any(r.is_complete for r in came))
            return
        self.assertEqual([request.line for request in came], case.reaches)
        for request in came:
            self.assertEqual(request.value(b":authority"),
                             b"127.0.0.1:%d" % self.recorder.port)
            self.assertTrue(request.is_complete)
            fields = request.fields + (request.trailers or [])
            names = [name for name, _ in fields]
            for name in case.absent:
                self.assertNotIn(name, names)
            for field in case.present:
                self.assertIn(field, fields)
            if case.body is not None:
                self.assertEqual(request.body, case.body)

    def test_all(self):
        cases = list(read_cases())
        for case in cases:
            with self.subTest(f"{case.place}: {case.title}"):
                self.check(case)
        print(f"{len(cases)} odd requests", file=sys.stderr)


if __name__ == "__main__":
    harness.main()
