# SPDX-License-Identifier: Apache-2.0
"""A small HTTP/2 client for tests: one connection, everything visible.

Blocking, without threads: whoever waits for something reads frames until it
is there.  A limit of time ends a test that waits for what never comes; it
never decides one that passes.
"""

import socket
import ssl
import sys
import time

try:
    import h2.config
except ImportError:
    print("python3-h2 is not installed")
    sys.exit(77)

import h2.connection
import h2.events
import h2.exceptions
import h2.settings
import hyperframe.frame

LIMIT = 60  # seconds that anything may take


class TimedOut(AssertionError):
    """What was waited for did not come."""


class Reset(Exception):
    """The stream was reset; `code` is the HTTP/2 error."""

    def __init__(self, code):
        super().__init__(f"RST_STREAM {code}")
        self.code = code


class Closed(Exception):
    """The connection ended."""


class Stream:
    """One request and its answer, as far as it has come."""

    def __init__(self, client, number):
        self.client = client
        self.id = number
        self.headers = None
        self.informational = []
        self.trailers = None
        self.data = bytearray()  # not read yet
        self.received = 0
        self.unacknowledged = 0
        self.pending = None  # of the request's body; see Client.queue
        self.ended = False
        self.reset_code = None

    @property
    def is_over(self):
        return self.ended or self.reset_code is not None

    @property
    def status(self):
        """Waits for the head."""
        self.client.wait(lambda: self.headers is not None or self.is_over)
        if self.headers is None:
            raise Reset(self.reset_code)
        return int(self.header(":status"))

    def header(self, name):
        """The first value, None without one.  Waits for the head."""
        self.client.wait(lambda: self.headers is not None or self.is_over)
        if self.headers is None:
            raise Reset(self.reset_code)
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def read(self):
        """The rest of the body; Reset if it breaks off."""
        self.client.wait(lambda: self.is_over)
        if self.reset_code is not None and not self.ended:
            raise Reset(self.reset_code)
        data = bytes(self.data)
        self.data.clear()
        return data

    def read_line(self):
        """The next line of the body without its end; None behind the last."""
        self.client.wait(lambda: b"\n" in self.data or self.is_over)
        end = self.data.find(b"\n")
        if end < 0:
            if self.reset_code is not None and not self.ended:
                raise Reset(self.reset_code)
            return None
        line = bytes(self.data[:end])
        del self.data[:end + 1]
        return line

    def wait_over(self):
        self.client.wait(lambda: self.is_over)

    def send(self, data, end=False):
        """Sends a body as the peer's windows allow."""
        self.client.send_data(self, data, end)

    def cancel(self, code=8):
        self.client.conn.reset_stream(self.id, error_code=code)
        self.client.flush()
        self.reset_code = code

    def acknowledge(self):
        """Lets the peer send as much again as has been received."""
        try:
            if self.unacknowledged:
                self.client.conn.increment_flow_control_window(
                    self.unacknowledged, stream_id=self.id)
                self.client.flush()
        except (h2.exceptions.StreamClosedError, OSError):
            pass  # its end, or the connection's, came in the same read
        self.unacknowledged = 0


class Connection(h2.connection.H2Connection):
    """h2 takes GOAWAY for the end: but what is open goes on."""

    def __init__(self, config):
        super().__init__(config)
        self._frame_dispatch_table[hyperframe.frame.GoAwayFrame] = \
            self.goaway_came

    def goaway_came(self, frame):
        event = h2.events.ConnectionTerminated()
        event.error_code = frame.error_code
        event.last_stream_id = frame.last_stream_id
        event.additional_data = frame.additional_data
        return [], [event]


class Client:
    """One connection.  `window`: of each stream, for answers."""

    scheme = "https"

    def __init__(self, host, port, cafile=None, token=None, window=1 << 20,
                 certificate=None, server_name="localhost", source=None):
        self.source = source  # the address to connect from
        self.token = token
        self.authority = f"{host}:{port}"
        self.streams = {}
        self.goaway = None
        self.closed = False
        self.remote_settings_received = False
        self.auto_acknowledge = True
        self.socket = self.connect(host, port, cafile, certificate,
                                   server_name)
        self.conn = Connection(
            h2.config.H2Configuration(
                client_side=True, header_encoding="utf-8",
                validate_outbound_headers=False,
                normalize_outbound_headers=False))
        self.conn.initiate_connection()
        self.conn.update_settings(
            {h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        # The connection's window is never what limits a test.
        self.conn.increment_flow_control_window((1 << 31) - 1 - 65535)
        self.flush()

    def connect(self, host, port, cafile, certificate, server_name):
        context = ssl.create_default_context(cafile=cafile)
        context.set_alpn_protocols(["h2"])
        if cafile is None:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if certificate:
            context.load_cert_chain(*certificate)
        raw = socket.create_connection((host, port), timeout=LIMIT,
                                       source_address=self.source)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tls = context.wrap_socket(raw, server_hostname=server_name)
        assert tls.selected_alpn_protocol() == "h2"
        return tls

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if not self.closed:
            self.closed = True
            self.socket.close()

    def abort(self):
        """Ends the connection by a TCP reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               b"\1\0\0\0\0\0\0\0")
        self.close()

    def flush(self):
        data = self.conn.data_to_send()
        if data:
            self.socket.settimeout(LIMIT)
            self.socket.sendall(data)

    # --- receiving ---------------------------------------------------------

    def receive(self, timeout):
        """Reads once and sorts what came; False if nothing did in time."""
        if self.closed:
            raise Closed
        self.socket.settimeout(timeout)
        try:
            data = self.socket.recv(1 << 16)
        except (TimeoutError, ssl.SSLWantReadError):
            return False
        except OSError:
            data = b""
        if not data:
            self.closed = True
            self.socket.close()
            for stream in self.streams.values():
                if not stream.is_over:
                    stream.reset_code = -1
            return True
        for event in self.conn.receive_data(data):
            self.sort(event)
        try:
            for stream in self.streams.values():
                if stream.pending is not None:
                    self.push(stream)
            self.flush()
        except OSError:
            pass
        return True

    def sort(self, event):
        if isinstance(event, h2.events.RemoteSettingsChanged):
            self.remote_settings_received = True
        if isinstance(event, h2.events.ConnectionTerminated):
            self.goaway = event
        stream = self.streams.get(getattr(event, "stream_id", None))
        if stream is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            stream.headers = event.headers
        elif isinstance(event, h2.events.InformationalResponseReceived):
            stream.informational.append(event.headers)
        elif isinstance(event, h2.events.TrailersReceived):
            stream.trailers = event.headers
        elif isinstance(event, h2.events.DataReceived):
            stream.data += event.data
            stream.received += len(event.data)
            stream.unacknowledged += event.flow_controlled_length
            if event.flow_controlled_length:
                self.conn.increment_flow_control_window(
                    event.flow_controlled_length)
            if self.auto_acknowledge and not event.stream_ended:
                stream.acknowledge()
        elif isinstance(event, h2.events.StreamEnded):
            stream.ended = True
        elif isinstance(event, h2.events.StreamReset):
            stream.reset_code = event.error_code

    def wait(self, condition, limit=LIMIT):
        """Reads until the condition holds; TimedOut after `limit`."""
        until = time.monotonic() + limit
        while not condition():
            left = until - time.monotonic()
            if left <= 0:
                raise TimedOut(f"nothing within {limit} s")
            self.receive(left)

    def drain(self):
        """Takes what is there already; does not wait."""
        while not self.closed and self.receive(0.0001):
            pass

    def ping(self):
        """A round trip: all that the peer sent before it has come."""
        seen = []
        self.conn.ping(b"fairway!")
        self.flush()
        original = self.sort

        def sort(event):
            if isinstance(event, h2.events.PingAckReceived):
                seen.append(event)
            original(event)

        self.sort = sort
        try:
            self.wait(lambda: seen)
        finally:
            self.sort = original

    # --- sending -----------------------------------------------------------

    def open(self, method, path, headers=(), body=None, end=True, token=True,
             authority=None):
        """Begins a request; `body` None: none, and `end` says if any
        follows."""
        number = self.conn.get_next_available_stream_id()
        stream = Stream(self, number)
        self.streams[number] = stream
        fields = [(":method", method), (":scheme", self.scheme),
                  (":authority", authority or self.authority),
                  (":path", path)]
        if token and self.token:
            fields.append(("authorization", f"Bearer {self.token}"))
        fields += list(headers)
        self.conn.send_headers(number, fields,
                               end_stream=end and body is None)
        self.flush()
        if body is not None:
            stream.send(body, end)
        return stream

    def request(self, method, path, headers=(), body=None, **more):
        """Opens, and waits for the whole answer."""
        stream = self.open(method, path, headers, body, **more)
        stream.wait_over()
        return stream

    def queue(self, stream, data):
        """The body, as its windows open: sent while frames are read."""
        stream.pending = memoryview(data)
        self.push(stream)

    def push(self, stream):
        """Sends what its windows allow of what is queued."""
        try:
            while stream.pending:
                size = min(self.conn.local_flow_control_window(stream.id),
                           self.conn.max_outbound_frame_size,
                           len(stream.pending))
                if size <= 0:
                    return
                self.conn.send_data(stream.id, bytes(stream.pending[:size]))
                stream.pending = stream.pending[size:]
                self.flush()
            if stream.pending is not None:
                stream.pending = None
                self.conn.end_stream(stream.id)
                self.flush()
        except h2.exceptions.ProtocolError:
            stream.pending = None  # the stream is closed

    def send_data(self, stream, data, end):
        """Sends it all, or until the stream is over."""
        at = 0
        while at < len(data) and not stream.is_over:
            size = min(self.conn.local_flow_control_window(stream.id),
                       self.conn.max_outbound_frame_size, len(data) - at)
            if size <= 0:
                self.wait(lambda: stream.is_over or
                          self.conn.local_flow_control_window(stream.id) > 0)
                continue
            try:
                self.conn.send_data(stream.id, bytes(data[at:at + size]))
            except h2.exceptions.ProtocolError:
                return  # the stream is closed
            self.flush()
            at += size
        try:
            if end and not stream.is_over:
                self.conn.end_stream(stream.id)
                self.flush()
        except h2.exceptions.ProtocolError:
            pass


class CleartextClient(Client):
    """By HTTP/2 with prior knowledge."""

    scheme = "http"

    def connect(self, host, port, cafile, certificate, server_name):
        return socket.create_connection((host, port), timeout=LIMIT)
