/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/program.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"

enum {
	MAX_WORDS = 32,
	PIECE = 16 << 10,
	TAR_BLOCK = 512,
	TAR_CHECKSUM_AT = 148,
};

struct program_kind {
	const char *name;
	void (*start)(struct program *);
	void (*input)(struct program *, struct span);
	void (*input_end)(struct program *);
	/* Writes a piece of what `left` says. */
	void (*pump)(struct program *, size_t len);
};

static void program_exit(struct program *program, unsigned code)
{
	program->has_ended = true;
	program->code = code;
}

static void exit_well(struct program *program)
{
	program_exit(program, 0);
}

static void exit_badly(struct program *program)
{
	program_exit(program, 1);
}

static void start_exit(struct program *program)
{
	uint64_t code = 0;

	if (program->argc > 1)
		span_to_u64(span_str(program->argv[1]), &code);
	program_exit(program, (unsigned)code & 0xff);
}

static void start_reader(struct program *program)
{
	if (!program->has_stdin)
		program_exit(program, 0);
}

static void echo_input(struct program *program, struct span bytes)
{
	buf_append_span(&program->out, bytes);
}

static void ignore_input(struct program *program, struct span bytes)
{
	(void)program;
	(void)bytes;
}

static void start_echo(struct program *program)
{
	for (size_t i = 1; i < program->argc; i++)
		buf_printf(&program->out, "%s%s", i > 1 ? " " : "",
			program->argv[i]);
	buf_append_str(&program->out, "\n");
	program_exit(program, 0);
}

static void start_yes(struct program *program)
{
	program->left = UINT64_MAX;
}

static void pump_yes(struct program *program, size_t len)
{
	while (buf_len(&program->out) < len)
		buf_append_str(&program->out, "y\n");
}

/* head -c N: the same N bytes in every run. */
static void start_head(struct program *program)
{
	if (program->argc < 3 || strcmp(program->argv[1], "-c") != 0 ||
		span_to_u64(span_str(program->argv[2]), &program->left) != 0)
		program_exit(program, 1);
	else if (!program->left)
		program_exit(program, 0);
}

static void pump_head(struct program *program, size_t len)
{
	char *to = buf_reserve(&program->out, len);

	for (size_t i = 0; i < len; i++)
		to[i] = (char)((program->left - i) * 131 >> 3);
	buf_commit(&program->out, len);
	if (program->left == len)
		program_exit(program, 0);
}

static void start_sum(struct program *program)
{
	program->digest = EVP_MD_CTX_new();
	CHECK(program->digest);
	EVP_DigestInit_ex(program->digest, EVP_sha256(), NULL);
}

static void input_sum(struct program *program, struct span bytes)
{
	EVP_DigestUpdate(program->digest, bytes.ptr, bytes.len);
}

static void end_sum(struct program *program)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	EVP_DigestFinal_ex(program->digest, digest, &len);
	for (unsigned i = 0; i < len; i++)
		buf_printf(&program->out, "%02x", digest[i]);
	buf_append_str(&program->out, "  -\n");
	program_exit(program, 0);
}

/* The archive of one file (POSIX, "ustar interchange format"). */
static void write_archive(struct buf *to, const char *path)
{
	static const char content[] = "kubesim\n";
	char block[TAR_BLOCK] = { 0 };
	unsigned sum = 0;

	snprintf(block, 100, "%s", path);
	snprintf(block + 100, 8, "%07o", 0644U);
	snprintf(block + 108, 8, "%07o", 0U);
	snprintf(block + 116, 8, "%07o", 0U);
	snprintf(block + 124, 12, "%011zo", sizeof(content) - 1);
	snprintf(block + 136, 12, "%011o", 0U);
	memset(block + TAR_CHECKSUM_AT, ' ', 8);
	block[156] = '0';
	memcpy(block + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	snprintf(block + TAR_CHECKSUM_AT, 8, "%06o", sum);
	buf_append(to, block, sizeof(block));
	memset(block, 0, sizeof(block));
	memcpy(block, content, sizeof(content) - 1);
	buf_append(to, block, sizeof(block));
	memset(block, 0, sizeof(block));
	buf_append(to, block, sizeof(block));
	buf_append(to, block, sizeof(block));
}

/* kubectl cp: "tar cf - PATH" and "tar -xmf - -C FOLDER" */
static void start_tar(struct program *program)
{
	const char *path = program->argv[program->argc - 1];

	if (program->argc < 3) {
		program_exit(program, 2);
	} else if (!strchr(program->argv[1], 'x')) {
		write_archive(&program->out, path + strspn(path, "/"));
		program_exit(program, 0);
	}
}

static void start_shell(struct program *program);

static const struct program_kind kinds[] = {
	{ "argoexec", exit_well, NULL, NULL, NULL },
	{ "bash", start_shell, echo_input, exit_well, NULL },
	{ "cat", start_reader, echo_input, exit_well, NULL },
	{ "echo", start_echo, NULL, NULL, NULL },
	{ "exit", start_exit, NULL, NULL, NULL },
	{ "false", exit_badly, NULL, NULL, NULL },
	{ "head", start_head, NULL, NULL, pump_head },
	{ "kill", exit_well, NULL, NULL, NULL },
	{ "sh", start_shell, echo_input, exit_well, NULL },
	{ "sha256sum", start_sum, input_sum, end_sum, NULL },
	{ "tar", start_tar, ignore_input, exit_well, NULL },
	{ "true", exit_well, NULL, NULL, NULL },
	{ "yes", start_yes, NULL, NULL, pump_yes },
};

static const struct program_kind *find_kind(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	}
	return NULL;
}

static void drop_arguments(struct program *program)
{
	for (size_t i = 0; i < program->argc; i++)
		free(program->argv[i]);
	free(program->argv);
	program->argv = NULL;
	program->argc = 0;
}

/* sh -c "COMMAND WORDS": becomes the command. */
static void start_shell(struct program *program)
{
	char *line;
	struct span rest;

	if (program->argc < 3 || strcmp(program->argv[1], "-c") != 0) {
		start_reader(program);
		return;
	}
	line = xstrdup(program->argv[2]);
	drop_arguments(program);
	program->argv = xcalloc(MAX_WORDS, sizeof(*program->argv));
	rest = span_str(line);
	while (!span_is_absent(rest) && program->argc < MAX_WORDS) {
		struct span word = span_cut(&rest, ' ');

		if (word.len)
			program->argv[program->argc++] = span_dup(word);
	}
	free(line);
	program->kind = program->argc ? find_kind(program->argv[0]) : NULL;
	program_start(program);
}

void program_init(
	struct program *program, char **argv, size_t argc, bool has_stdin)
{
	*program = (struct program){
		.argv = argv,
		.argc = argc,
		.has_stdin = has_stdin,
		.kind = argc ? find_kind(argv[0]) : NULL,
	};
}

void program_fini(struct program *program)
{
	drop_arguments(program);
	buf_fini(&program->out);
	EVP_MD_CTX_free(program->digest);
}

void program_start(struct program *program)
{
	if (program->kind)
		program->kind->start(program);
	else
		program->has_ended = true;
}

void program_input(struct program *program, struct span bytes)
{
	if (program->kind && program->kind->input && !program->has_ended)
		program->kind->input(program, bytes);
}

void program_input_end(struct program *program)
{
	if (program->kind && program->kind->input_end && !program->has_ended)
		program->kind->input_end(program);
}

bool program_pump(struct program *program)
{
	size_t len = (size_t)u64_min(program->left, PIECE);

	if (!len || program->has_ended)
		return false;
	program->kind->pump(program, len);
	program->left -= len;
	return true;
}

/* How it ended */

static void print_argv(const struct program *program, struct buf *to)
{
	for (size_t i = 0; i < program->argc; i++)
		buf_printf(to, "%s%s", i ? " " : "", program->argv[i]);
}

/* As containerd and runc put it. */
static void print_error(const struct program *program, struct buf *to)
{
	if (program->kind) {
		buf_append_str(to, "error executing command [");
		print_argv(program, to);
		buf_printf(to, "], exit code %u", program->code);
		return;
	}
	buf_printf(to,
		"error executing command in container: failed to exec in "
		"container: failed to start exec: OCI runtime exec failed: "
		"exec failed: unable to start container process: exec: \"%s\": "
		"executable file not found in $PATH: unknown",
		program->argc ? program->argv[0] : "");
}

static void add_cause(cJSON *status, const char *reason, const char *message)
{
	cJSON *details = cJSON_CreateObject();
	cJSON *causes = cJSON_CreateArray();
	cJSON *cause = cJSON_CreateObject();

	if (reason)
		json_set_str(cause, "reason", reason);
	json_set_str(cause, "message", message);
	cJSON_AddItemToArray(causes, cause);
	cJSON_AddItemToObject(details, "causes", causes);
	cJSON_AddItemToObject(status, "details", details);
}

cJSON *program_status(const struct program *program)
{
	cJSON *status = cJSON_CreateObject();
	struct buf error = BUF_INIT;
	struct buf text = BUF_INIT;

	cJSON_AddItemToObject(status, "metadata", cJSON_CreateObject());
	if (program->kind && !program->code) {
		json_set_str(status, "status", "Success");
		return status;
	}
	print_error(program, &error);
	buf_printf(&text, "%s: %s",
		program->kind ? "command terminated with non-zero exit code"
			      : "Internal error occurred",
		buf_cstr(&error));
	json_set_str(status, "status", "Failure");
	json_set_str(status, "message", buf_cstr(&text));
	if (program->kind) {
		buf_clear(&text);
		buf_printf(&text, "%u", program->code);
		json_set_str(status, "reason", "NonZeroExitCode");
		add_cause(status, "ExitCode", buf_cstr(&text));
	} else {
		json_set_str(status, "reason", "InternalError");
		add_cause(status, NULL, buf_cstr(&error));
		json_set_num(status, "code", 500);
	}
	buf_fini(&error);
	buf_fini(&text);
	return status;
}

char *program_message(const struct program *program)
{
	struct buf text = BUF_INIT;
	char *copy;

	if (!program->kind || program->code)
		print_error(program, &text);
	copy = xstrdup(buf_cstr(&text));
	buf_fini(&text);
	return copy;
}
