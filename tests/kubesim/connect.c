/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/connect.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/alloc.h"
#include "tests/kubesim/remote.h"
#include "tests/kubesim/rest.h"

#define SPDY_TUNNEL "SPDY/3.1+portforward.k8s.io"

/* Which pod, which container */

int connect_find_pod(const struct api *api, const struct request *req,
	const struct object **ret_pod, struct status *st)
{
	const struct resource *res = resource_find("", "v1", "pods");

	*ret_pod = store_get(api->store, res, req->ns, req->name);
	return *ret_pod ? 0 : status_not_found(st, res, req->name);
}

static void list_names(const cJSON *containers, struct buf *to)
{
	const cJSON *item;
	const char *between = "";

	buf_append_str(to, "[");
	cJSON_ArrayForEach(item, containers)
	{
		buf_printf(to, "%s%s", between, json_str(item, "name"));
		between = " ";
	}
	buf_append_str(to, "]");
}

/* pkg/registry/core/pod/strategy.go: podHasContainerWithName() and its like */
static int choose_container(
	const struct object *pod, const char **ret_container, struct status *st)
{
	const cJSON *containers = json_get_path(pod->tree, "spec.containers");
	const cJSON *inits = json_get_path(pod->tree, "spec.initContainers");
	struct buf names = BUF_INIT;

	if (json_count(containers) == 1 && !json_count(inits)) {
		*ret_container = json_str(containers->child, "name");
		return 0;
	}
	list_names(containers, &names);
	if (json_count(inits)) {
		buf_append_str(&names, " or one of the init containers: ");
		list_names(inits, &names);
	}
	status_bad_request(st,
		"a container name must be specified for pod %s, choose one "
		"of: %s",
		pod->name, buf_cstr(&names));
	buf_fini(&names);
	return -1;
}

int connect_find_container(const struct request *req, const struct object *pod,
	const char **ret_container, struct status *st)
{
	static const char *const lists[] = { "spec.containers",
		"spec.initContainers", "spec.ephemeralContainers" };
	const char *wanted = request_param(req, "container");
	const cJSON *item;

	if (!wanted || !*wanted)
		return choose_container(pod, ret_container, st);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		cJSON_ArrayForEach(item, json_get_path(pod->tree, lists[i]))
		{
			const char *name = json_str(item, "name");

			if (!name || strcmp(name, wanted) != 0)
				continue;
			*ret_container = name;
			return 0;
		}
	}
	return status_bad_request(
		st, "container %s is not valid for pod %s", wanted, pod->name);
}

/* Which protocol */

/* The first of the comma-separated `offered` that is known; "" when nothing
 * is offered, NULL when nothing fits. */
static const char *negotiate(
	const char *offered, const char *const *known, size_t count)
{
	struct span rest = span_str(offered);

	if (!*offered)
		return "";
	while (!span_is_absent(rest)) {
		struct span item = span_trim(span_cut(&rest, ','));

		for (size_t i = 0; i < count; i++) {
			if (span_eq_str(item, known[i]))
				return known[i];
		}
	}
	return NULL;
}

static bool offers(const char *offered, const char *protocol)
{
	const char *found = negotiate(offered, &protocol, 1);

	return found && *found;
}

/* From v4 on the error channel says a Status. */
static bool has_json_status(const char *protocol)
{
	return !strncmp(protocol, "v4.", 3) || !strncmp(protocol, "v5.", 3);
}

static void refuse_protocol(struct answer *answer, const char *offered,
	const char *const *known, size_t count)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s%s", i ? " " : "", known[i]);
	answer_text(answer, 403,
		"unable to upgrade: unable to negotiate protocol: client "
		"supports [%s], server accepts [%s]\n",
		offered, buf_cstr(&text));
	buf_fini(&text);
}

static void accept_spdy(struct answer *answer, const char *protocol)
{
	answer->code = 101;
	answer->upgrade.to = "SPDY/3.1";
	answer->upgrade.protocol = protocol;
}

void connect_accept_websocket(
	const struct call *call, struct answer *answer, const char *protocol)
{
	answer->code = 101;
	answer->upgrade.to = "websocket";
	answer->upgrade.protocol = protocol;
	websocket_accept(call->upgrade.websocket_key, answer->upgrade.accept);
}

/* Processes */

static bool is_attach(const struct call *call)
{
	return !strcmp(call->req->subresource, "attach");
}

static struct remote *new_process(const struct call *call,
	const bool wants[CHANNEL_PORT], bool json_status)
{
	const struct request *req = call->req;
	char **argv = xcalloc(req->param_count + 1, sizeof(*argv));
	size_t argc = 0;

	for (unsigned i = 0; i < req->param_count && !is_attach(call); i++) {
		if (!strcmp(req->params[i].key, "command"))
			argv[argc++] = xstrdup(req->params[i].value);
	}
	if (is_attach(call))
		argv[argc++] = xstrdup("cat");
	return remote_new_process(argv, argc, wants, json_status);
}

/* Returns whether any is wanted that carries bytes. */
static bool read_wants(const struct request *req, bool wants[CHANNEL_PORT])
{
	memset(wants, 0, CHANNEL_PORT * sizeof(*wants));
	wants[CHANNEL_STDIN] = request_param_is_true(req, "stdin");
	wants[CHANNEL_STDOUT] = request_param_is_true(req, "stdout");
	wants[CHANNEL_RESIZE] = request_param_is_true(req, "tty");
	wants[CHANNEL_STDERR] =
		request_param_is_true(req, "stderr") && !wants[CHANNEL_RESIZE];
	return wants[CHANNEL_STDIN] || wants[CHANNEL_STDOUT] ||
		wants[CHANNEL_STDERR];
}

static void process_by_spdy(struct api *api, const struct call *call,
	bool wants[CHANNEL_PORT], struct answer *answer)
{
	static const char *const known[] = { "v4.channel.k8s.io",
		"v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io" };
	const char *protocol = negotiate(
		call->upgrade.stream_protocols, known, ARRAY_SIZE(known));

	if (!protocol) {
		refuse_protocol(answer, call->upgrade.stream_protocols, known,
			ARRAY_SIZE(known));
		return;
	}
	if (strcmp(protocol, known[0]) != 0 && strcmp(protocol, known[1]) != 0)
		wants[CHANNEL_RESIZE] = false;
	accept_spdy(answer, protocol);
	tunnel_open(api, answer, TUNNEL_SPDY, true,
		new_process(call, wants, has_json_status(protocol)));
}

/* All channels are there from the start, those that nobody wants as well. */
static void open_channels(struct tunnel *tunnel, const bool wants[CHANNEL_PORT])
{
	static const enum channel_kind kinds[] = { CHANNEL_STDIN,
		CHANNEL_STDOUT, CHANNEL_STDERR, CHANNEL_ERROR, CHANNEL_RESIZE };
	enum channel_kind greeted = wants[CHANNEL_STDOUT] ? CHANNEL_STDOUT
		: wants[CHANNEL_STDERR]                   ? CHANNEL_STDERR
							  : CHANNEL_ERROR;
	struct channel *channel = NULL;

	for (uint32_t i = 0; i < ARRAY_SIZE(kinds); i++)
		channel = tunnel_add_channel(tunnel, kinds[i], i);
	/* So that the client knows that there is somebody. */
	carrier_websocket.write(tunnel_channel(tunnel, greeted, 0), SPAN(""));
	remote_opened(tunnel->remote, channel);
}

static void process_by_websocket(struct api *api, const struct call *call,
	const bool wants[CHANNEL_PORT], struct answer *answer)
{
	static const char *const v5[] = { "v5.channel.k8s.io" };
	static const char *const known[] = { "v4.channel.k8s.io",
		"channel.k8s.io" };
	const char *offered = call->upgrade.websocket_protocols;
	bool is_v5 = offers(offered, v5[0]);
	const char *protocol =
		is_v5 ? v5[0] : negotiate(offered, known, ARRAY_SIZE(known));
	struct tunnel *tunnel;

	if (!span_eq(call->method, SPAN("GET"))) {
		answer_text(answer, 405, "bad method\n");
		return;
	}
	if (!protocol) {
		refuse_protocol(answer, offered, known, ARRAY_SIZE(known));
		return;
	}
	connect_accept_websocket(call, answer, protocol);
	tunnel = tunnel_open(api, answer, TUNNEL_WEBSOCKET, is_v5,
		new_process(call, wants, has_json_status(protocol)));
	open_channels(tunnel, wants);
}

static void connect_process(
	struct api *api, const struct call *call, struct answer *answer)
{
	bool wants[CHANNEL_PORT];

	if (!read_wants(call->req, wants))
		answer_text(answer, 400,
			"you must specify at least 1 of stdin, stdout, "
			"stderr\n");
	else if (!strcasecmp(call->upgrade.to, "websocket"))
		process_by_websocket(api, call, wants, answer);
	else
		process_by_spdy(api, call, wants, answer);
}

/* Ports */

/* Each of the query's ports has two channels, which begin with its number. */
static void open_ports(struct tunnel *tunnel, const struct request *req)
{
	uint32_t id = 0;
	uint64_t port;

	for (unsigned i = 0; i < req->param_count; i++) {
		if (strcmp(req->params[i].key, "ports") != 0 ||
			span_to_u64(span_str(req->params[i].value), &port) !=
				0 ||
			port > UINT16_MAX)
			continue;
		for (int k = 0; k < 2; k++, id++) {
			const char number[2] = { (char)(port & 0xff),
				(char)(port >> 8) };
			struct channel *channel = tunnel_add_channel(
				tunnel, k ? CHANNEL_ERROR : CHANNEL_PORT, id);

			channel->port = (unsigned)port;
			channel->request = id / 2;
			channel_write(channel, span_of(number, 2));
			remote_opened(tunnel->remote, channel);
		}
	}
}

static void connect_ports(struct api *api, const struct call *call,
	const struct object *pod, struct answer *answer)
{
	static const char *const spdy[] = { "portforward.k8s.io" };
	static const char *const channels[] = { "v4.channel.k8s.io",
		"channel.k8s.io" };
	struct remote *remote =
		remote_new_ports(json_str(pod->tree, "metadata.uid"));
	const char *offered = call->upgrade.websocket_protocols;
	const char *protocol;
	struct tunnel *tunnel;

	if (strcasecmp(call->upgrade.to, "websocket") != 0) {
		protocol = negotiate(
			call->upgrade.stream_protocols, spdy, ARRAY_SIZE(spdy));
		if (!protocol)
			goto refuse;
		accept_spdy(answer, protocol);
		tunnel_open(api, answer, TUNNEL_SPDY, true, remote);
		return;
	}
	if (offers(offered, SPDY_TUNNEL)) {
		connect_accept_websocket(call, answer, SPDY_TUNNEL);
		tunnel_open(
			api, answer, TUNNEL_SPDY_OVER_WEBSOCKET, true, remote);
		return;
	}
	protocol = negotiate(offered, channels, ARRAY_SIZE(channels));
	if (!protocol)
		goto refuse;
	connect_accept_websocket(call, answer, protocol);
	tunnel = tunnel_open(api, answer, TUNNEL_WEBSOCKET, false, remote);
	open_ports(tunnel, call->req);
	return;
refuse:
	remote_free(remote);
	refuse_protocol(
		answer, call->upgrade.stream_protocols, spdy, ARRAY_SIZE(spdy));
}

/* Refusals, in the order of the API server's */
static int check(const struct api *api, const struct call *call,
	const struct object **ret_pod, struct status *st)
{
	const struct request *req = call->req;
	const char *container;
	const char *node;

	if (connect_find_pod(api, req, ret_pod, st) != 0)
		return -1;
	if (strcmp(req->subresource, "portforward") != 0 &&
		connect_find_container(req, *ret_pod, &container, st) != 0)
		return -1;
	node = json_str((*ret_pod)->tree, "spec.nodeName");
	if (!node || !*node)
		return status_bad_request(
			st, "pod %s does not have a host assigned", req->name);
	if (!*call->upgrade.to)
		return status_bad_request(st, "Upgrade request required");
	return 0;
}

bool connect_handle(
	struct api *api, const struct call *call, struct answer *answer)
{
	const struct request *req = call->req;
	bool is_ports = !strcmp(req->subresource, "portforward");
	const struct object *pod;
	struct status st;

	if (strcmp(req->plural, "pods") != 0 || *req->group ||
		(!is_ports && !is_attach(call) &&
			strcmp(req->subresource, "exec") != 0))
		return false;
	if (!span_eq(call->method, SPAN("GET")) &&
		!span_eq(call->method, SPAN("POST")))
		rest_not_allowed(answer);
	else if (check(api, call, &pod, &st) != 0)
		answer_status(answer, &st);
	else if (strcasecmp(call->upgrade.to, "websocket") != 0 &&
		strcasecmp(call->upgrade.to, "SPDY/3.1") != 0)
		answer_text(answer, 400,
			"unable to upgrade: missing upgrade headers in "
			"request\n");
	else if (is_ports)
		connect_ports(api, call, pod, answer);
	else
		connect_process(api, call, answer);
	return true;
}
