// SPDX-License-Identifier: Apache-2.0

import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** A pod: exec, ports and logs, each with a protocol of its own. */
final class Pods {
	private static final int LIMIT = 60; // seconds; of what would hang

	private final Transcript transcript;
	private final KubernetesClient client;
	private final String namespace;

	Pods(Transcript transcript, KubernetesClient client) {
		this.transcript = transcript;
		this.client = client;
		this.namespace = client.getNamespace();
	}

	private PodResource pod(String name) {
		return client.pods().inNamespace(namespace).withName(name);
	}

	private static BufferedReader reader(InputStream in) {
		return new BufferedReader(
			new InputStreamReader(in, StandardCharsets.UTF_8));
	}

	private static String lines(InputStream in, int count)
		throws Exception {
		var reader = reader(in);
		var text = new StringBuilder();

		for (int i = 0; i < count; i++) {
			var line = reader.readLine();
			if (line == null)
				break;
			text.append(line).append('\n');
		}
		return text.toString();
	}

	private String exec(String name, String... command) throws Exception {
		var out = new ByteArrayOutputStream();
		var err = new ByteArrayOutputStream();

		try (var talk = pod(name).writingOutput(out).writingError(err)
			.exec(command)) {
			int code = talk.exitCode().get(LIMIT, TimeUnit.SECONDS);
			return "stdout " + out + "\nstderr " + err + "\nexit " +
				code;
		}
	}

	private String talk() throws Exception {
		try (var talk = pod("x").redirectingInput().redirectingOutput()
			.exec("cat")) {
			talk.getInput().write("line\n".repeat(1000).getBytes(
				StandardCharsets.UTF_8));
			talk.getInput().flush();
			return lines(talk.getOutput(), 1000)
				.replaceAll("(line\n)+", "lines\n");
		}
	}

	private String forward(int port) throws Exception {
		try (var forward = pod("x").portForward(port);
			var socket = new Socket(
				InetAddress.getLoopbackAddress(),
				forward.getLocalPort())) {
			socket.setSoTimeout(LIMIT * 1000);
			socket.getOutputStream().write("hello\n".getBytes(
				StandardCharsets.UTF_8));
			return String.valueOf(
				reader(socket.getInputStream()).readLine());
		}
	}

	void all(String node) {
		transcript.step("create a service account", () ->
			client.serviceAccounts().inNamespace(namespace)
				.resource(new ServiceAccountBuilder()
					.withNewMetadata().withName("us")
					.endMetadata().build()).create());
		transcript.step("create a pod", () -> client.pods()
			.inNamespace(namespace).resource(new PodBuilder()
				.withNewMetadata().withName("x").endMetadata()
				.withNewSpec().withNodeName(node)
				.withSchedulerName("nobody")
				.withServiceAccountName("us")
				.withAutomountServiceAccountToken(false)
				.withTerminationGracePeriodSeconds(0L)
				.addNewContainer().withName("main")
				.withImage("none").endContainer()
				.endSpec().build()).create());
		transcript.step("it runs", () -> {
			pod("x").subresource("status").patch(
				PatchContext.of(PatchType.JSON_MERGE),
				"{\"status\":{\"phase\":\"Running\"}}");
			return null;
		});
		transcript.step("exec", Transcript.ANYTHING,
			() -> exec("x", "echo", "hello", "you"));
		transcript.step("exec, status 3", Transcript.ANYTHING,
			() -> exec("x", "exit", "3"));
		transcript.step("exec, a talk", Transcript.ANYTHING,
			this::talk);
		transcript.step("exec, no such pod", Transcript.ANYTHING,
			() -> exec("none", "cat"));
		transcript.step("port", Transcript.ANYTHING,
			() -> forward(8080));
		transcript.step("log", Transcript.ANYTHING,
			() -> pod("x").getLog());
		transcript.step("log that follows", Transcript.ANYTHING, () -> {
			try (var log = pod("x").watchLog()) {
				return lines(log.getOutput(), 3);
			}
		});
		transcript.step("delete the pod", () -> {
			pod("x").delete();
			return null;
		});
	}
}
