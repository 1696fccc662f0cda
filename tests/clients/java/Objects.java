// SPDX-License-Identifier: Apache-2.0

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ConfigMapList;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Objects: made, read, changed in each way, paged, held and deleted. */
final class Objects {
	private static final PatchContext MERGE =
		PatchContext.of(PatchType.JSON_MERGE);
	private static final PatchContext STRATEGIC =
		PatchContext.of(PatchType.STRATEGIC_MERGE);
	private static final PatchContext JSON =
		PatchContext.of(PatchType.JSON);

	private final Transcript transcript;
	private final KubernetesClient client;
	private final String namespace;
	private final NonNamespaceOperation<ConfigMap, ConfigMapList,
		Resource<ConfigMap>> maps;

	Objects(Transcript transcript, KubernetesClient client) {
		this.transcript = transcript;
		this.client = client;
		this.namespace = client.getNamespace();
		this.maps = client.configMaps().inNamespace(namespace);
	}

	static ConfigMap configMap(String name, String a, String... labels) {
		var builder = new ConfigMapBuilder().withNewMetadata()
			.withName(name).addToLabels("made-by", "us");

		for (int i = 0; i + 1 < labels.length; i += 2)
			builder.addToLabels(labels[i], labels[i + 1]);
		return builder.endMetadata().addToData("a", a).build();
	}

	void all() {
		objects();
		patches();
		errors();
		pages();
		finalizers();
		others();
	}

	private void objects() {
		transcript.step("version", () ->
			client.getKubernetesVersion().getGitVersion());
		transcript.step("groups", client::getApiGroups);
		transcript.step("create", () ->
			maps.resource(configMap("one", "1")).create());
		transcript.step("create, dry run", () -> maps
			.resource(configMap("dry", "1")).dryRun(true).create());
		transcript.step("get", () -> maps.withName("one").get());
		transcript.step("get, none", () ->
			String.valueOf(maps.withName("none").get()));
		transcript.step("replace", () -> {
			var one = maps.withName("one").get();
			one.getData().put("a", "\u00e9\u4e2d");
			return maps.resource(one).update();
		});
		transcript.step("list", () ->
			maps.withLabel("made-by", "us").list());
		transcript.step("list, none", () ->
			maps.withLabel("nobody", "has").list());
		transcript.step("1 MiB", () -> {
			var text = "x".repeat(1 << 20);
			maps.resource(configMap("big", text)).create();
			var read = maps.withName("big").get();
			maps.withName("big").delete();
			return read.getData().get("a").equals(text);
		});
	}

	private void patches() {
		var one = maps.withName("one");

		transcript.step("merge patch", () ->
			one.patch(MERGE, "{\"data\":{\"b\":\"2\"}}"));
		transcript.step("strategic merge patch", () ->
			one.patch(STRATEGIC,
				"{\"metadata\":{\"labels\":{\"x\":\"y\"}}}"));
		transcript.step("JSON patch", () -> one.patch(JSON, """
			[{"op": "test", "path": "/data/b", "value": "2"},
			 {"op": "remove", "path": "/data/b"}]"""));
		transcript.step("JSON patch, failing test", 422, () ->
			one.patch(JSON, """
			[{"op": "test", "path": "/data/a", "value": "x"}]"""));
		transcript.step("edit", () -> one.edit(object -> {
			object.getData().put("c", "3");
			return object;
		}));
		transcript.step("apply", Transcript.ANYTHING, () ->
			maps.resource(configMap("applied", "1"))
				.fieldManager("first").serverSideApply());
		transcript.step("apply, conflict", Transcript.ANYTHING, () ->
			maps.resource(configMap("applied", "2"))
				.fieldManager("second").serverSideApply());
		transcript.step("apply, forced", Transcript.ANYTHING, () ->
			maps.resource(configMap("applied", "2"))
				.fieldManager("second").forceConflicts()
				.serverSideApply());
	}

	private void errors() {
		transcript.step("404", 404, () -> maps.withName("none")
			.patch(MERGE, "{\"data\":{\"a\":\"2\"}}"));
		transcript.step("404 of a path", 404, () ->
			client.genericKubernetesResources(
				new ResourceDefinitionContext.Builder()
					.withGroup("nothing.example.com")
					.withVersion("v1").withKind("Nothing")
					.withPlural("nothings")
					.withNamespaced(true).build())
				.inNamespace(namespace).list());
		transcript.step("409, exists", 409, () ->
			maps.resource(configMap("one", "1")).create());
		transcript.step("409, stale", 409, () -> {
			var one = maps.withName("one").get();
			maps.withName("one")
				.patch(MERGE, "{\"data\":{\"z\":\"1\"}}");
			return maps.resource(one).update();
		});
		// Hardly too much: by HTTP/2 the JDK's client hears no answer
		// before it has sent all.
		transcript.step("413", 413, () -> maps.resource(
			configMap("big", "x".repeat(3 << 20))).create());
		transcript.step("422", 422, () ->
			maps.resource(configMap("Not_A_Name", "1")).create());
	}

	private void pages() {
		var paged = maps.withLabel("page", "yes");

		transcript.step("create many, at one time", () -> {
			var names = new ArrayList<String>();
			for (int i = 0; i < 25; i++)
				names.add(String.format("page-%02d", i));
			names.parallelStream().forEach(name -> maps.resource(
				configMap(name, "1", "page", "yes")).create());
			return null;
		});
		transcript.step("pages", () -> {
			var lines = new ArrayList<String>();
			String token = null;
			do {
				var page = paged.list(new ListOptionsBuilder()
					.withLimit(10L).withContinue(token)
					.build());
				lines.add(page.getItems().stream()
					.map(o -> o.getMetadata().getName())
					.toList().toString());
				token = page.getMetadata().getContinue();
			} while (token != null && !token.isEmpty());
			return String.join("\n", lines);
		});
		transcript.step("wrong token", 400, () ->
			maps.list(new ListOptionsBuilder().withLimit(10L)
				.withContinue("nonsense").build()));
		transcript.step("delete many", () -> {
			paged.delete();
			return paged.list().getItems().isEmpty();
		});
	}

	private void finalizers() {
		var held = maps.withName("held");

		transcript.step("delete what is held", () -> {
			var object = configMap("held", "1");
			object.getMetadata().setFinalizers(List.of(
				"example.com/a", "example.com/b",
				"example.com/c"));
			maps.resource(object).create();
			held.delete();
			return held.get();
		});
		transcript.step("let go of one, by PUT", () -> {
			var object = held.get();
			object.removeFinalizer("example.com/a");
			return maps.resource(object).update();
		});
		transcript.step("let go, stale", 409, () ->
			held.patch(MERGE, """
			{"metadata": {"resourceVersion": "1",
			"finalizers": null}}"""));
		transcript.step("let go of one, by edit", () ->
			held.edit(object -> {
				object.removeFinalizer("example.com/b");
				return object;
			}));
		transcript.step("let go of the last", () -> held.patch(JSON, """
			[{"op": "test", "path": "/metadata/finalizers/0",
			  "value": "example.com/c"},
			 {"op": "remove",
			  "path": "/metadata/finalizers/0"}]"""));
		transcript.step("it is gone", () ->
			String.valueOf(held.get()));
	}

	private static GenericKubernetesResource workflow() {
		var object = new GenericKubernetesResource();

		object.setApiVersion("argoproj.io/v1alpha1");
		object.setKind("Workflow");
		object.setMetadata(configMap("w", "1").getMetadata());
		object.setAdditionalProperty("spec", Map.of("entrypoint", "a"));
		return object;
	}

	private void others() {
		transcript.step("lease", () -> client.leases()
			.inNamespace(namespace).resource(new LeaseBuilder()
				.withNewMetadata().withName("l").endMetadata()
				.withNewSpec().withHolderIdentity("me")
				.endSpec().build()).create());
		transcript.step("custom resource", Transcript.ANYTHING, () ->
			client.resource(workflow()).inNamespace(namespace)
				.create());
		transcript.step("may I", Transcript.ANYTHING, () ->
			client.authorization().v1().selfSubjectAccessReview()
				.create(new SelfSubjectAccessReviewBuilder()
					.withNewSpec()
					.withNewResourceAttributes()
					.withVerb("create").withResource("pods")
					.withNamespace(namespace)
					.endResourceAttributes().endSpec()
					.build()));
	}
}
