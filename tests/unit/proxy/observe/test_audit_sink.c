/* SPDX-License-Identifier: Apache-2.0 */
/* The thread: lines in order, faults, and no more than so many that wait. */
#include "proxy/observe/audit_sink.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/text_file.h"
#include "proxy/loop/loop.h"

struct bench {
	char folder[64];
	char path[80];
	struct loop *loop;
	struct audit_sink *sink;
	struct audit_sink_settings settings;
	struct err err;
	unsigned changes;
	bool is_failing;
	char trouble[256];
	int pipe[2];
};

static void on_state(void *user, bool is_failing, const char *trouble)
{
	struct bench *bench = user;

	bench->changes++;
	bench->is_failing = is_failing;
	snprintf(bench->trouble, sizeof(bench->trouble), "%s", trouble);
	loop_stop(bench->loop);
}

static void bench_init(struct bench *bench)
{
	*bench = (struct bench){
		.settings = {
			.path = "",
			.file_bytes_max = 1 << 20,
			.backups = 1,
			.queue_bytes_max = 1 << 20,
			.retry_ms = 20,
		},
	};
	bench->loop = loop_new(&bench->err);
	cr_assert_not_null(bench->loop);
}

static void bench_open(struct bench *bench)
{
	bench->sink = audit_sink_new(bench->loop, &bench->settings, on_state,
		bench, &bench->err);
	cr_assert_not_null(bench->sink, "%s", bench->err.text);
}

static void bench_init_file(struct bench *bench)
{
	bench_init(bench);
	snprintf(bench->folder, sizeof(bench->folder),
		"/tmp/fairway-audit.XXXXXX");
	cr_assert_not_null(mkdtemp(bench->folder));
	snprintf(bench->path, sizeof(bench->path), "%s/log", bench->folder);
	bench->settings.path = bench->path;
	bench_open(bench);
}

static void bench_init_pipe(struct bench *bench)
{
	bench_init(bench);
	cr_assert_eq(pipe2(bench->pipe, O_CLOEXEC), 0);
	bench->settings.fd = bench->pipe[1];
	bench_open(bench);
}

static void bench_fini(struct bench *bench)
{
	loop_free(bench->loop);
	if (*bench->folder) {
		unlink(bench->path);
		cr_expect_eq(rmdir(bench->folder), 0);
	}
}

static void expect_file(const struct bench *bench, const char *expected)
{
	struct buf text = BUF_INIT;
	struct err err;

	cr_assert_eq(text_file_read(bench->path, 1 << 20, &text, &err), 0);
	cr_expect_str_eq(buf_cstr(&text), expected);
	buf_fini(&text);
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(audit_sink, what_was_put_is_there_at_the_end)
{
	struct buf all = BUF_INIT;
	struct bench bench;

	bench_init_file(&bench);
	for (int i = 0; i < 1000; i++) {
		char line[16];
		int len = snprintf(line, sizeof(line), "%d\n", i);

		cr_assert(audit_sink_put(
			bench.sink, span_of(line, (size_t)len)));
		buf_append(&all, line, (size_t)len);
	}
	audit_sink_free(bench.sink);
	expect_file(&bench, buf_cstr(&all));
	cr_expect_eq(bench.changes, 0);
	buf_fini(&all);
	bench_fini(&bench);
}

Test(audit_sink, a_full_disk_is_told_and_loses_nothing_that_waits)
{
	struct audit_figures figures;
	struct bench bench;

	bench_init_file(&bench);
	limit_files(3);
	audit_sink_put(bench.sink, SPAN("first\n"));
	audit_sink_put(bench.sink, SPAN("second\n"));
	loop_run(bench.loop);
	cr_expect(bench.is_failing);
	cr_expect(strstr(bench.trouble, "File too large"), "%s",
		bench.trouble);
	audit_sink_read_figures(bench.sink, &figures);
	cr_expect(figures.is_failing);
	cr_expect_eq(figures.waiting, 2);
	cr_expect_eq(figures.written, 0);
	limit_files(RLIM_INFINITY);
	loop_run(bench.loop);
	cr_expect_not(bench.is_failing);
	cr_expect_str_empty(bench.trouble);
	audit_sink_free(bench.sink);
	expect_file(&bench, "first\nsecond\n");
	bench_fini(&bench);
}

Test(audit_sink, what_finds_no_room_is_dropped_and_counted)
{
	struct audit_figures figures;
	struct bench bench;
	unsigned kept = 0;

	bench_init(&bench);
	cr_assert_eq(pipe2(bench.pipe, O_CLOEXEC), 0);
	bench.settings.fd = bench.pipe[1];
	bench.settings.queue_bytes_max = 2000;
	cr_assert_eq(fcntl(bench.pipe[1], F_SETPIPE_SZ, 4096), 4096);
	cr_assert_eq(write(bench.pipe[1], &figures, 1), 1);
	bench_open(&bench);
	/* Nobody reads; a page is not free. */
	for (int i = 0; i < 1000; i++)
		kept += audit_sink_put(bench.sink, SPAN("0123456789\n"));
	audit_sink_read_figures(bench.sink, &figures);
	cr_expect_eq(figures.dropped, 1000 - kept);
	cr_expect_eq(figures.waiting + figures.written, kept);
	cr_expect_gt(figures.dropped, 0);
	loop_run(bench.loop);
	cr_expect(bench.is_failing);
	cr_expect_str_eq(bench.trouble, "nobody reads standard output");
	/* Its end does not wait for who reads. */
	audit_sink_free(bench.sink);
	close(bench.pipe[0]);
	close(bench.pipe[1]);
	bench_fini(&bench);
}

/* A line that is longer than what a pipe takes at once. */
Test(audit_sink, a_pipe_gets_lines_as_a_whole)
{
	char line[100000], got[sizeof(line)];
	size_t len = 0;
	struct bench bench;

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	bench_init_pipe(&bench);
	cr_assert(audit_sink_put(bench.sink, span_of(line, sizeof(line))));
	while (len < sizeof(got)) {
		ssize_t n = read(bench.pipe[0], got + len, sizeof(got) - len);

		cr_assert_gt(n, 0);
		len += (size_t)n;
	}
	cr_expect_eq(memcmp(got, line, sizeof(line)), 0);
	audit_sink_free(bench.sink);
	close(bench.pipe[0]);
	close(bench.pipe[1]);
	bench_fini(&bench);
}

Test(audit_sink, a_reader_that_is_gone_is_told)
{
	struct bench bench;

	signal(SIGPIPE, SIG_IGN);
	bench_init_pipe(&bench);
	close(bench.pipe[0]);
	audit_sink_put(bench.sink, SPAN("x\n"));
	loop_run(bench.loop);
	cr_expect(bench.is_failing);
	cr_expect(strstr(bench.trouble, "Broken pipe"), "%s", bench.trouble);
	audit_sink_free(bench.sink);
	close(bench.pipe[1]);
	bench_fini(&bench);
}

Test(audit_sink, a_file_that_cannot_be_opened_is_an_error)
{
	struct bench bench;

	bench_init(&bench);
	bench.settings.path = "/nowhere/at/all";
	cr_expect_null(audit_sink_new(bench.loop, &bench.settings, on_state,
		&bench, &bench.err));
	cr_expect_str_eq(bench.err.text,
		"open /nowhere/at/all: No such file or directory");
	bench_fini(&bench);
}
