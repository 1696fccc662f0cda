// SPDX-License-Identifier: Apache-2.0

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;

/**
 * What was asked, what came back, and of which type the errors were.  Whoever
 * compares two masks uids, dates and resource versions.
 */
final class Transcript {
	/** What a step expects, beside the HTTP status of an error. */
	static final int SUCCESS = 0;
	static final int ANYTHING = -1;

	private final PrintStream out =
		new PrintStream(System.out, true, StandardCharsets.UTF_8);

	/** Begins a part that a run may be without; see ../run.py. */
	void section(String name) {
		out.printf("%n# %s%n", name);
	}

	boolean step(String name, Callable<?> action) {
		return step(name, SUCCESS, action);
	}

	/** Does one thing and writes what came of it; whether it succeeded. */
	boolean step(String name, int expected, Callable<?> action) {
		int was = SUCCESS;

		out.printf("%n== %s%n", name);
		try {
			Object result = action.call();
			if (result != null)
				out.println(text(result));
		} catch (Exception error) {
			was = code(error);
			out.println(describe(error));
		}
		if (expected != ANYTHING && was != expected)
			out.printf("!! %d, where %d was expected%n", was,
				expected);
		return was == SUCCESS;
	}

	static String text(Object result) {
		if (result instanceof String || result instanceof Boolean)
			return result.toString();
		return Serialization.asYaml(result).stripTrailing();
	}

	private static int code(Exception error) {
		if (error instanceof KubernetesClientException answer &&
			answer.getCode() > 0)
			return answer.getCode();
		return 1; // of no answer
	}

	/** Types and messages down to the cause, and the API server's own. */
	static String describe(Throwable error) {
		var lines = new StringBuilder();

		for (Throwable at = error; at != null; at = at.getCause()) {
			lines.append("error ").append(at.getClass().getName())
				.append(' ').append(at.getMessage())
				.append('\n');
			if (at instanceof WatcherException watcher)
				lines.append("gone: ")
					.append(watcher.isHttpGone())
					.append('\n');
			if (at instanceof KubernetesClientException answer &&
				answer.getStatus() != null) {
				lines.append("code ").append(answer.getCode())
					.append('\n')
					.append(text(answer.getStatus()));
				break;
			}
		}
		return lines.toString().stripTrailing();
	}
}
