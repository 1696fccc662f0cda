// SPDX-License-Identifier: Apache-2.0

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.vertx.VertxHttpClientFactory;
import java.io.File;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * What Java's client does to an API server, as a transcript.  ../run.py
 * compares those of two servers.
 *
 * <p>--http jdk: by the JDK's HTTP client, which speaks HTTP/2 by TLS unless
 * DISABLE_HTTP2 says otherwise; vertx: by the default one, HTTP/1.1 only.
 */
public final class Main {
	private static Config configuration(Map<String, String> args) {
		var file = new File(args.get("kubeconfig"));
		var from = Config.fromKubeconfig(args.get("context"), file);

		return new ConfigBuilder(from)
			.withNamespace(args.get("namespace"))
			.withHttp2Disable(
				System.getenv("DISABLE_HTTP2") != null)
			.build();
	}

	static KubernetesClient client(Config config, String http) {
		HttpClient.Factory factory = http.equals("jdk")
			? new JdkHttpClientFactory()
			: new VertxHttpClientFactory();

		return new KubernetesClientBuilder().withConfig(config)
			.withHttpClientFactory(factory).build();
	}

	private static boolean walk(Config config, String http, String node)
		throws IOException {
		var transcript = new Transcript();

		try (var client = client(config, http)) {
			var space = config.getNamespace();

			if (!transcript.step("create the namespace", () ->
				client.namespaces().resource(
					new NamespaceBuilder().withNewMetadata()
						.withName(space).endMetadata()
						.build()).create()))
				return false;
			new Objects(transcript, client).all();
			watches(transcript, config, http, ", by WebSocket");
			watches(transcript, overHttp(config), http,
				", by HTTP");
			new Pods(transcript, client).all(node);
			impersonation(transcript, config, http);
			transcript.section("expired");
			new Watches(transcript, client, "").expired();
			transcript.section("the end");
			transcript.step("delete the namespace", () -> {
				client.namespaces().withName(space).delete();
				return null;
			});
		}
		return true;
	}

	private static Config overHttp(Config config) {
		var copy = new ConfigBuilder(config).build();

		copy.setOnlyHttpWatches(true);
		return copy;
	}

	private static void watches(Transcript transcript, Config config,
		String http, String how) throws IOException {
		try (var client = client(config, http);
			var relay = new Relay(config.getMasterUrl());
			var through = client(relayed(config, relay), http)) {
			var watches = new Watches(transcript, client, how);

			watches.all();
			watches.cut(relay, through);
		}
	}

	/** The relay's address is in no certificate. */
	private static Config relayed(Config config, Relay relay) {
		return new ConfigBuilder(config).withMasterUrl(relay.url())
			.withTrustCerts(true).build();
	}

	private static void impersonation(
		Transcript transcript, Config config, String http) {
		var nobody = new ConfigBuilder(config)
			.withImpersonateUsername("fairway-test-nobody").build();

		transcript.section("impersonation");
		try (var client = client(nobody, http)) {
			var maps = client.configMaps()
				.inNamespace(config.getNamespace());

			transcript.step("403", 403, maps::list);
			transcript.step("403 to write", 403,
				() -> maps.withName("one").delete());
		}
	}

	public static void main(String[] words) throws IOException {
		var args = new HashMap<String, String>();

		for (int i = 0; i + 1 < words.length; i += 2)
			args.put(words[i].substring(2), words[i + 1]);
		System.exit(walk(configuration(args),
			args.getOrDefault("http", "vertx"), args.get("node"))
			? 0 : 1);
	}
}
