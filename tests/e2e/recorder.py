# SPDX-License-Identifier: Apache-2.0
"""An API server that only writes down what it is asked.

It answers 200 to everything, by HTTP/2 over TLS, and keeps each request as it
came: every field in order, the body, the trailers.  A test may give it an
answer to send instead: frames, byte by byte, as no real server would.
"""

import socket
import ssl
import struct
import subprocess
import threading

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, \
    WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, HAS_PRIORITY = 1, 1, 4, 8, 0x20


def frame(kind, flags, stream, payload=b""):
    return (struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
            + struct.pack(">I", stream) + payload)


def literal(name, value):
    """A field as HPACK writes it when nothing is compressed."""
    def text(octets):
        if len(octets) < 127:
            return bytes([len(octets)]) + octets
        out, rest = b"\x7f", len(octets) - 127
        while rest >= 128:
            out, rest = out + bytes([rest % 128 + 128]), rest // 128
        return out + bytes([rest]) + octets
    return b"\0" + text(name) + text(value)


def block(fields):
    return b"".join(literal(name, value) for name, value in fields)


class Connection:
    """One connection, read frame by frame; either side of it."""

    def __init__(self, sock):
        self.socket = sock
        self.rest = b""
        self.decoder = hpack.Decoder()

    def take(self, size):
        """None at the end."""
        while len(self.rest) < size:
            try:
                more = self.socket.recv(1 << 16)
            except (ConnectionError, ssl.SSLError):
                more = b""
            if not more:
                return None
            self.rest += more
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def read_frame(self):
        """(kind, flags, stream, payload), None at the end."""
        head = self.take(9)
        if head is None:
            return None
        payload = self.take(int.from_bytes(head[:3], "big"))
        if payload is None:
            return None
        return (head[3], head[4],
                int.from_bytes(head[5:9], "big") & 0x7fffffff, payload)

    def send(self, octets):
        try:
            self.socket.sendall(octets)
        except (ConnectionError, ssl.SSLError):
            pass

    def decode(self, flags, payload):
        """Fields as they stand there, as bytes."""
        if flags & PADDED:
            payload = payload[1:len(payload) - payload[0]]
        if flags & HAS_PRIORITY:
            payload = payload[5:]
        return [(bytes(name), bytes(value)) for name, value
                in self.decoder.decode(payload, raw=True)]


class Request:
    def __init__(self, fields):
        self.fields = fields
        self.body = b""
        self.trailers = None
        self.is_complete = False
        self.is_reset = False

    def value(self, name):
        """The first one, None without."""
        return next((v for n, v in self.fields if n == name), None)

    @property
    def line(self):
        return b"%s %s" % (self.value(b":method"), self.value(b":path"))


class Recorder:
    def __init__(self, folder):
        """`folder` gets a certificate and a kubeconfig."""
        self.requests = []  # probes are left out
        self.answer = None  # called with (connection, stream, request)
        self.settings = b""
        key, self.certificate = folder / "key.pem", folder / "cert.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
             "/CN=recorder", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", key, "-out", self.certificate],
            check=True, capture_output=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
        self.context.set_alpn_protocols(["h2"])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.write_text(f"""apiVersion: v1
kind: Config
current-context: argo
clusters:
- name: recorder
  cluster:
    server: https://127.0.0.1:{self.port}
    certificate-authority: {self.certificate}
contexts:
- name: argo
  context: {{cluster: recorder, user: argo}}
users:
- name: argo
  user: {{token: argo-token}}
""")
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        # shutdown() wakes the thread that accepts; close() would not.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,),
                             daemon=True).start()

    def serve(self, sock):
        try:
            with self.context.wrap_socket(sock, server_side=True) as tls:
                self.speak(Connection(tls))
        except OSError:
            pass

    def speak(self, connection):
        if connection.take(len(PREFACE)) != PREFACE:
            return
        connection.send(frame(SETTINGS, 0, 0, self.settings)
                        + frame(WINDOW_UPDATE, 0, 0,
                                struct.pack(">I", 1 << 30)))
        streams = {}
        while (got := connection.read_frame()) is not None:
            kind, flags, stream, payload = got
            if kind == SETTINGS and not flags & ACK:
                connection.send(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                connection.send(frame(PING, ACK, 0, payload))
            elif kind == RST_STREAM and stream in streams:
                streams[stream].is_reset = True
            elif kind == HEADERS:
                assert flags & END_HEADERS
                fields = connection.decode(flags, payload)
                if stream in streams:
                    streams[stream].trailers = fields
                else:
                    streams[stream] = Request(fields)
                    if streams[stream].value(b":path") != b"/readyz":
                        self.requests.append(streams[stream])
            elif kind == DATA and stream in streams:
                if flags & PADDED:
                    payload = payload[1:len(payload) - payload[0]]
                streams[stream].body += payload
                if payload:
                    connection.send(frame(WINDOW_UPDATE, 0, stream,
                                          struct.pack(">I", len(payload))))
            if kind in (HEADERS, DATA) and flags & END_STREAM:
                streams[stream].is_complete = True
                self.reply(connection, stream, streams[stream])

    def reply(self, connection, stream, request):
        if self.answer and request.value(b":path") != b"/readyz":
            self.answer(connection, stream, request)
            return
        connection.send(
            frame(HEADERS, END_HEADERS, stream, block([
                (b":status", b"200"), (b"content-type", b"text/plain"),
                (b"content-length", b"2")]))
            + frame(DATA, END_STREAM, stream, b"ok"))
