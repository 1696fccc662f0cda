# SPDX-License-Identifier: Apache-2.0
"""An end of an HTTP/1.1 connection, byte by byte: a client's or a server's.

With TLS or without; each direction can be ended by itself, as a tunnel's can.
Nothing here waits for a time: a limit ends a test that would hang.
"""

import socket
import ssl

LIMIT = 60  # seconds that anything may take


class Head:
    """The first line and the fields of a message, in order."""

    def __init__(self, octets):
        first, *lines = octets.decode("latin-1").split("\r\n")
        self.line = first
        self.fields = []
        for line in lines:
            name, _, value = line.partition(":")
            self.fields.append((name.lower(), value.strip(" \t")))

    @property
    def status(self):
        return int(self.line.split(" ")[1])

    def value(self, name):
        """The first one, None without."""
        return next(iter(self.values(name)), None)

    def values(self, name):
        return [value for key, value in self.fields if key == name]


class Answer:
    def __init__(self, head, body=b"", trailers=None):
        self.head = head
        self.status = head.status
        self.body = body
        self.trailers = trailers or []

    def value(self, name):
        return self.head.value(name)


class Peer:
    def __init__(self, sock, context=None, server_side=False,
                 server_name=None):
        self.socket = sock
        self.socket.settimeout(LIMIT)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""  # received and not read
        self.tls = None
        if context:
            self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            self.tls = context.wrap_bio(
                self.incoming, self.outgoing, server_side=server_side,
                server_hostname=server_name)
            self.do(self.tls.do_handshake)
            self.flush()

    # --- bytes -------------------------------------------------------------

    def flush(self):
        data = self.outgoing.read()
        if data:
            self.socket.sendall(data)

    def do(self, step):
        """A step of TLS, with what it has to say and to hear."""
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.flush()
                data = self.socket.recv(1 << 16)
                if data:
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()

    def recv(self, size=1 << 16):
        """b"" at the end, however it came."""
        if self.rest:
            data, self.rest = self.rest[:size], self.rest[size:]
            return data
        try:
            if not self.tls:
                return self.socket.recv(size)
            return self.do(lambda: self.tls.read(size))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError, ConnectionError):
            return b""

    def sendall(self, data):
        if not self.tls:
            self.socket.sendall(data)
            return
        view = memoryview(data)
        while view:
            view = view[self.do(lambda: self.tls.write(view[:1 << 14])):]
            self.flush()

    def half_close(self):
        """Ends this direction; the other one goes on."""
        if self.tls:
            try:
                self.tls.unwrap()
            except ssl.SSLError:
                pass  # its close_notify is made, the peer's has not come
            self.flush()
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection by a TCP reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- reading -----------------------------------------------------------

    def fill(self):
        """More bytes into `rest`; ConnectionError at the end."""
        had, self.rest = self.rest, b""
        more = self.recv()
        self.rest = had + more
        if not more:
            raise ConnectionError(f"the end, behind {had[-200:]!r}")

    def read_exactly(self, size):
        while len(self.rest) < size:
            self.fill()
        data, self.rest = self.rest[:size], self.rest[size:]
        return data

    def read_until(self, mark):
        """Up to the mark, without it."""
        while mark not in self.rest:
            self.fill()
        data, _, self.rest = self.rest.partition(mark)
        return data

    def read_to_end(self):
        parts = []
        while data := self.recv():
            parts.append(data)
        return b"".join(parts)

    def read_head(self):
        return Head(self.read_until(b"\r\n\r\n"))

    def read_chunk(self):
        """b"" for the last one, whose trailers are not read yet."""
        size = int(self.read_until(b"\r\n").split(b";")[0], 16)
        data = self.read_exactly(size)
        if size:
            assert self.read_exactly(2) == b"\r\n"
        return data

    def read_trailers(self):
        trailers = []
        while line := self.read_until(b"\r\n").decode("latin-1"):
            name, _, value = line.partition(":")
            trailers.append((name.lower(), value.strip()))
        return trailers

    def read_answer(self, method="GET"):
        """A whole answer; 1xx before it are dropped."""
        head = self.read_head()
        while head.status < 200 and head.status != 101:
            head = self.read_head()
        if method == "HEAD" or head.status in (101, 204, 304):
            return Answer(head)
        if head.value("transfer-encoding") == "chunked":
            body = b""
            while chunk := self.read_chunk():
                body += chunk
            return Answer(head, body, self.read_trailers())
        length = head.value("content-length")
        if length is None:
            return Answer(head, self.read_to_end())
        return Answer(head, self.read_exactly(int(length)))

    # --- asking ------------------------------------------------------------

    def send_head(self, line, fields=()):
        text = line + "\r\n"
        for name, value in fields:
            text += f"{name}: {value}\r\n"
        self.sendall((text + "\r\n").encode("latin-1"))


class Client(Peer):
    """`address`: ("127.0.0.1", port), or the path of a UNIX socket."""

    def __init__(self, address, cafile=None, token=None, certificate=None,
                 protocols=("http/1.1",)):
        context = None
        if cafile:
            context = ssl.create_default_context(cafile=cafile)
            if protocols:
                context.set_alpn_protocols(list(protocols))
            if certificate:
                context.load_cert_chain(*certificate)
        if isinstance(address, tuple):
            sock = socket.create_connection(address, timeout=LIMIT)
        else:
            sock = socket.socket(socket.AF_UNIX)
            sock.connect(str(address))
        super().__init__(sock, context, server_name="localhost")
        self.token = token

    def ask(self, method, path, fields=(), host="localhost"):
        """Sends a head."""
        all_fields = [("Host", host)]
        if self.token:
            all_fields.append(("Authorization", f"Bearer {self.token}"))
        self.send_head(f"{method} {path} HTTP/1.1",
                       all_fields + list(fields))

    def request(self, method, path, fields=(), body=None):
        fields = list(fields)
        if body is not None:
            fields.append(("Content-Length", str(len(body))))
        self.ask(method, path, fields)
        if body:
            self.sendall(body)
        return self.read_answer(method)
