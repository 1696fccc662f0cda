// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** A way to a server that can be cut: a port of this machine's. */
final class Relay implements AutoCloseable {
	private final ServerSocket listener = new ServerSocket(
		0, 50, InetAddress.getLoopbackAddress());
	private final List<Socket> sockets = new ArrayList<>();
	private final URI to;

	Relay(String url) throws IOException {
		to = URI.create(url);
		start(this::accept);
	}

	String url() {
		return to.getScheme() + "://127.0.0.1:" +
			listener.getLocalPort();
	}

	/** All connections are lost; new ones can be made. */
	synchronized void cut() {
		for (var socket : sockets)
			end(socket);
		sockets.clear();
	}

	@Override
	public void close() throws IOException {
		listener.close();
		cut();
	}

	private static void start(Runnable run) {
		var thread = new Thread(run, "relay");
		thread.setDaemon(true);
		thread.start();
	}

	private static void end(Socket socket) {
		try {
			socket.close();
		} catch (IOException ignored) {
			// It is closed all the same.
		}
	}

	private synchronized void join(Socket client) throws IOException {
		int port = to.getPort();

		if (port < 0)
			port = to.getScheme().equals("https") ? 443 : 80;
		var server = new Socket(to.getHost(), port);
		sockets.add(client);
		sockets.add(server);
		start(() -> pass(client, server));
		start(() -> pass(server, client));
	}

	private void accept() {
		while (!listener.isClosed()) {
			Socket client = null;
			try {
				client = listener.accept();
				join(client);
			} catch (IOException error) {
				if (client != null)
					end(client);
			}
		}
	}

	private static void pass(Socket from, Socket to) {
		try {
			from.getInputStream().transferTo(to.getOutputStream());
			to.shutdownOutput();
		} catch (IOException error) {
			end(from);
			end(to);
		}
	}
}
