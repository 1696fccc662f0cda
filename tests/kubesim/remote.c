/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/remote.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "tests/kubesim/program.h"

enum { REFUSING_PORT = 1 };

enum remote_state {
	REMOTE_WAITING,
	REMOTE_RUNNING,
	REMOTE_DONE,
};

struct remote {
	enum remote_state state;
	struct tunnel *tunnel; /* borrowed, once there is a channel */
	bool wants[CHANNEL_PORT];
	bool json_status; /* from v4 on; before it is a text, or nothing */
	struct program program;
	char *pod; /* owned: whose ports these are; NULL: a process */
};

struct remote *remote_new_process(char **argv, size_t argc,
	const bool wants[CHANNEL_PORT], bool json_status)
{
	struct remote *remote = xcalloc(1, sizeof(*remote));

	memcpy(remote->wants, wants, sizeof(remote->wants));
	remote->wants[CHANNEL_ERROR] = true;
	remote->json_status = json_status;
	program_init(&remote->program, argv, argc, wants[CHANNEL_STDIN]);
	return remote;
}

struct remote *remote_new_ports(const char *pod)
{
	struct remote *remote = xcalloc(1, sizeof(*remote));

	remote->pod = xstrdup(pod);
	return remote;
}

void remote_free(struct remote *remote)
{
	if (!remote)
		return;
	program_fini(&remote->program);
	free(remote->pod);
	free(remote);
}

/* Processes */

static struct channel *channel_of(struct remote *remote, enum channel_kind kind)
{
	return tunnel_channel(remote->tunnel, kind, 0);
}

/* k8s.io/kubelet/pkg/cri/streaming/remotecommand: v4WriteStatusFunc() */
static void write_status(struct remote *remote)
{
	const struct program *program = &remote->program;
	struct channel *channel = channel_of(remote, CHANNEL_ERROR);
	cJSON *status = NULL;
	char *text;

	if (remote->json_status) {
		status = program_status(program);
		text = json_print(status);
	} else {
		text = program_message(program);
	}
	channel_write(channel, span_str(text));
	free(text);
	cJSON_Delete(status);
}

/* Passes on what the program has written, and its end. */
static void remote_flush(struct remote *remote)
{
	struct program *program = &remote->program;

	if (remote->state != REMOTE_RUNNING)
		return;
	channel_write(
		channel_of(remote, CHANNEL_STDOUT), buf_span(&program->out));
	buf_clear(&program->out);
	if (!program->has_ended)
		return;
	remote->state = REMOTE_DONE;
	channel_end(channel_of(remote, CHANNEL_STDOUT));
	channel_end(channel_of(remote, CHANNEL_STDERR));
	write_status(remote);
	tunnel_finish(remote->tunnel);
}

static bool has_all_channels(struct remote *remote)
{
	for (int kind = 0; kind < CHANNEL_PORT; kind++) {
		if (remote->wants[kind] &&
			!channel_of(remote, (enum channel_kind)kind))
			return false;
	}
	return true;
}

/* Ports */

static void refuse_port(struct remote *remote, struct channel *error)
{
	char text[512];

	snprintf(text, sizeof(text),
		"error forwarding port %u to pod %s: failed to connect to "
		"localhost:%u inside namespace: dial tcp 127.0.0.1:%u: "
		"connect: connection refused",
		error->port, remote->pod, error->port, error->port);
	channel_write(error, span_str(text));
	channel_end(error);
}

/* The error channel is opened first, then that of the bytes. */
static void port_opened(struct remote *remote, struct channel *channel)
{
	struct channel *error =
		tunnel_channel(remote->tunnel, CHANNEL_ERROR, channel->request);

	if (channel->kind == CHANNEL_PORT && channel->port == REFUSING_PORT &&
		error) {
		refuse_port(remote, error);
		channel_end(channel);
	}
}

static void port_ended(struct remote *remote, struct channel *channel)
{
	if (channel->kind != CHANNEL_PORT)
		return;
	channel_end(channel);
	channel_end(tunnel_channel(
		remote->tunnel, CHANNEL_ERROR, channel->request));
}

/* What the carriers tell */

void remote_opened(struct remote *remote, struct channel *channel)
{
	remote->tunnel = channel->tunnel;
	if (remote->pod) {
		port_opened(remote, channel);
	} else if (remote->state == REMOTE_WAITING &&
		has_all_channels(remote)) {
		remote->state = REMOTE_RUNNING;
		program_start(&remote->program);
		remote_flush(remote);
	}
}

void remote_received(
	struct remote *remote, struct channel *channel, struct span bytes)
{
	if (remote->pod) {
		if (channel->kind == CHANNEL_PORT)
			channel_write(channel, bytes);
	} else if (channel->kind == CHANNEL_STDIN &&
		remote->state == REMOTE_RUNNING) {
		program_input(&remote->program, bytes);
		remote_flush(remote);
	}
}

void remote_ended(struct remote *remote, struct channel *channel)
{
	if (remote->pod) {
		port_ended(remote, channel);
	} else if (channel->kind == CHANNEL_STDIN &&
		remote->state == REMOTE_RUNNING) {
		program_input_end(&remote->program);
		remote_flush(remote);
	}
}

void remote_pump(struct remote *remote)
{
	while (remote->state == REMOTE_RUNNING &&
		tunnel_has_room(remote->tunnel) &&
		program_pump(&remote->program))
		remote_flush(remote);
}
