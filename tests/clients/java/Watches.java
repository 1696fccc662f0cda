// SPDX-License-Identifier: Apache-2.0

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapList;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.util.ArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Watches and informers: told, ended, cut off, and too late. */
final class Watches {
	private static final int LIMIT = 60; // seconds; of what would hang
	private static final PatchContext MERGE =
		PatchContext.of(PatchType.JSON_MERGE);

	private final Transcript transcript;
	private final KubernetesClient client;
	private final String how;
	private final String namespace;
	private final NonNamespaceOperation<ConfigMap, ConfigMapList,
		Resource<ConfigMap>> maps;

	/** how: what the names of the steps end with. */
	Watches(Transcript transcript, KubernetesClient client, String how) {
		this.transcript = transcript;
		this.client = client;
		this.how = how;
		this.namespace = client.getNamespace();
		this.maps = client.configMaps().inNamespace(namespace);
	}

	/** What one is told, in order. */
	private static final class Told
		implements Watcher<ConfigMap>, ResourceEventHandler<ConfigMap> {
		private final LinkedBlockingQueue<String> lines =
			new LinkedBlockingQueue<>();

		private void add(String what, ConfigMap object) {
			lines.add(what + " " + object.getMetadata().getName() +
				" " + object.getData());
		}

		/** So many lines, in order or sorted. */
		String take(int count, boolean sorted) throws Exception {
			var taken = new ArrayList<String>();

			while (taken.size() < count) {
				var line = lines.poll(LIMIT, TimeUnit.SECONDS);
				if (line == null)
					throw new IllegalStateException(
						"told too little: " + taken);
				taken.add(line);
			}
			if (sorted)
				taken.sort(null);
			return String.join("\n", taken);
		}

		@Override
		public void eventReceived(Action action, ConfigMap object) {
			add(action.name(), object);
		}

		@Override
		public void onClose(WatcherException error) {
			lines.add(error == null ? "closed"
				: Transcript.describe(error));
		}

		@Override
		public void onAdd(ConfigMap object) {
			add("add", object);
		}

		@Override
		public void onUpdate(ConfigMap before, ConfigMap object) {
			add("update", object);
		}

		@Override
		public void onDelete(ConfigMap object, boolean unknown) {
			add(unknown ? "gone" : "delete", object);
		}
	}

	private void put(String name, String label, String a) {
		maps.resource(Objects.configMap(name, a, label, "yes"))
			.create();
	}

	private void change(String name, String a) {
		maps.withName(name)
			.patch(MERGE, "{\"data\":{\"a\":\"" + a + "\"}}");
	}

	/** Four events. */
	private void changes() {
		put("watched", "watch", "1");
		change("watched", "2");
		change("watched", "3");
		maps.withName("watched").delete();
	}

	private FilterWatchListDeletable<ConfigMap, ConfigMapList,
		Resource<ConfigMap>> watched() {
		return maps.withLabel("watch", "yes");
	}

	private ListOptions now(Long timeout) {
		return new ListOptionsBuilder()
			.withResourceVersion(watched().list().getMetadata()
				.getResourceVersion())
			.withTimeoutSeconds(timeout).build();
	}

	void all() {
		transcript.step("watch" + how, () -> {
			var told = new Told();
			try (var watch = watched().watch(now(null), told)) {
				changes();
				return told.take(4, false);
			}
		});
		transcript.step("watch from the past" + how, () -> {
			var told = new Told();
			var past = now(null);
			changes();
			try (var watch = watched().watch(past, told)) {
				return told.take(4, false);
			}
		});
		transcript.step("watch that ends and is resumed" + how, () -> {
			var told = new Told();
			var options = now(1L);
			try (var watch = watched().watch(options, told)) {
				// Begins later, and ends as early.
				client.raw("/api/v1/namespaces/" + namespace +
					"/configmaps?watch=true" +
					"&labelSelector=watch%3Dyes" +
					"&timeoutSeconds=1&resourceVersion=" +
					options.getResourceVersion());
				changes();
				return told.take(4, false);
			}
		});
		transcript.step("informer" + how, this::informer);
	}

	private String informer() throws Exception {
		var text = new StringBuilder();
		var told = new Told();

		put("i1", "informer", "before");
		try (var informer = maps.withLabel("informer", "yes")
			.runnableInformer(0)) {
			informer.addEventHandler(told).run();
			text.append(told.take(1, false)).append('\n');
			put("i2", "informer", "while it watches");
			text.append(told.take(1, false)).append('\n');
			change("i2", "changed");
			maps.withName("i1").delete();
			text.append(told.take(2, true)).append('\n')
				.append(informer.getStore().list().stream()
					.map(o -> o.getMetadata().getName())
					.collect(Collectors.joining(" ")));
		} finally {
			maps.withLabel("informer", "yes").delete();
		}
		return text.toString();
	}

	/** By a way that is cut: nothing that came meanwhile is missed. */
	void cut(Relay relay, KubernetesClient through) {
		transcript.step("informer that is cut off" + how, () -> {
			var told = new Told();
			put("c1", "informer", "before");
			try (var informer = through.configMaps()
				.inNamespace(namespace)
				.withLabel("informer", "yes")
				.runnableInformer(0)) {
				informer.addEventHandler(told).run();
				told.take(1, false);
				relay.cut();
				put("c2", "informer", "while it was away");
				maps.withName("c1").delete();
				return told.take(2, true);
			} finally {
				maps.withLabel("informer", "yes").delete();
			}
		});
	}

	void expired() {
		transcript.step("410" + how, Transcript.ANYTHING, () -> {
			var told = new Told();
			var past = new ListOptionsBuilder()
				.withResourceVersion("1").withTimeoutSeconds(1L)
				.build();
			try (var watch = maps.watch(past, told)) {
				return told.take(1, false);
			}
		});
	}
}
