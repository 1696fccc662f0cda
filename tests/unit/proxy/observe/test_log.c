/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <cjson/cJSON.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "proxy/observe/log.h"

#define WALL ((usec_t)1795543210 * USEC_PER_SEC + 123456)

static struct buf line_of(enum log_format format, const char *message,
	const struct log_field *fields)
{
	struct buf line = BUF_INIT;
	struct log log;

	log_init(&log, -1, LOG_LEVEL_DEBUG, format);
	log_format_line(&log, LOG_LEVEL_WARN, message, fields, WALL, &line);
	log_fini(&log);
	return line;
}

static void expect_line(enum log_format format, const char *message,
	const struct log_field *fields, const char *expected)
{
	struct buf line = line_of(format, message, fields);

	cr_expect_str_eq(buf_cstr(&line), expected);
	buf_fini(&line);
}

Test(log, text_is_logfmt_and_quotes_what_needs_it)
{
	expect_line(LOG_FORMAT_TEXT, "upstream is away",
		LOG_FIELDS(LOG_STR("endpoint", "10.0.0.1:6443"),
			LOG_STR("why", "no \"route\"\n"), LOG_STR("empty", ""),
			LOG_UINT("n", 7), LOG_BOOL("ok", true),
			LOG_DURATION("for", 1500000)),
		"time=2026-11-24T18:00:10.123Z level=warn "
		"msg=\"upstream is away\" endpoint=10.0.0.1:6443 "
		"why=\"no \\\"route\\\"\\u000a\" empty=\"\" n=7 ok=true "
		"for=1.500000\n");
}

Test(log, json_is_one_object_a_line)
{
	expect_line(LOG_FORMAT_JSON, "a",
		LOG_FIELDS(LOG_STR("s", "b"), LOG_UINT("n", 7),
			LOG_BOOL("ok", false)),
		"{\"time\":\"2026-11-24T18:00:10.123Z\",\"level\":\"warn\","
		"\"msg\":\"a\",\"s\":\"b\",\"n\":7,\"ok\":false}\n");
}

Test(log, no_field_can_forge_another)
{
	struct buf line = line_of(LOG_FORMAT_TEXT, "x",
		LOG_FIELDS(LOG_STR("user_agent", "a level=error\nmsg=\"b\"")));
	const char *text = buf_cstr(&line);

	cr_expect_eq(strchr(text, '\n'), text + strlen(text) - 1);
	cr_expect(strstr(text, "user_agent=\"a level=error\\u000amsg=\\\"b"));
	buf_fini(&line);
}

/* Whatever bytes a peer sends, the line is JSON and UTF-8. */
Test(log, json_stays_valid_with_any_bytes)
{
	for (unsigned a = 0; a < 256; a++)
		for (unsigned b = 0; b < 256; b++) {
			char bytes[4] = { (char)a, (char)b, (char)0xbf, 'z' };
			struct buf line = line_of(LOG_FORMAT_JSON, "x",
				LOG_FIELDS(LOG_SPAN("s", span_of(bytes, 4))));
			cJSON *json = cJSON_Parse(buf_cstr(&line));
			const char *s = cJSON_GetStringValue(
				cJSON_GetObjectItemCaseSensitive(json, "s"));

			cr_assert(s, "%02x %02x", a, b);
			/* \u0000 ends what cJSON shows as a C string. */
			if (a && b)
				cr_assert_eq(s[strlen(s) - 1], 'z', "%02x %02x",
					a, b);
			cJSON_Delete(json);
			buf_fini(&line);
		}
}

Test(log, a_long_line_is_cut_and_stays_whole)
{
	char big[8192];
	cJSON *json;

	memset(big, '\001', sizeof(big));
	struct buf line = line_of(LOG_FORMAT_JSON, "x",
		LOG_FIELDS(LOG_SPAN("a", span_of(big, sizeof(big))),
			LOG_SPAN("b", span_of(big, sizeof(big))),
			LOG_SPAN("c", span_of(big, sizeof(big))),
			LOG_SPAN("d", span_of(big, sizeof(big))),
			LOG_UINT("last", 1)));

	cr_expect_leq(buf_len(&line), 4096);
	json = cJSON_Parse(buf_cstr(&line));
	cr_expect(cJSON_IsObject(json));
	cr_expect(cJSON_HasObjectItem(json, "last"));
	cJSON_Delete(json);
	buf_fini(&line);
}

Test(log, a_full_pipe_drops_lines_and_tells_their_number)
{
	char text[65536];
	struct log log;
	int fds[2];
	ssize_t n;

	cr_assert_eq(pipe2(fds, O_NONBLOCK), 0);
	log_init(&log, fds[1], LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
	for (int i = 0; i < 10000 && log.dropped < 3; i++)
		log_event(&log, LOG_LEVEL_INFO, "filling", LOG_NO_FIELDS);
	cr_assert_eq(log.dropped, 3);
	while (read(fds[0], text, sizeof(text)) > 0)
		;
	log_event(&log, LOG_LEVEL_INFO, "fits", LOG_NO_FIELDS);
	n = read(fds[0], text, sizeof(text) - 1);
	cr_assert_gt(n, 0);
	text[n] = '\0';
	cr_expect(strstr(text, "msg=\"log lines were dropped\" lines=3\n"));
	cr_expect(strstr(text, "msg=\"fits\""));
	log_fini(&log);
	close(fds[0]);
	close(fds[1]);
}

/* A disk that is full, by a limit of the process. */
Test(log, what_a_full_disk_cut_does_not_reach_into_the_next_line)
{
	FILE *file = tmpfile();
	struct rlimit limit;
	char text[4096];
	struct log log;
	ssize_t n;

	cr_assert(file);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	log_init(&log, fileno(file), LOG_LEVEL_INFO, LOG_FORMAT_JSON);
	limit.rlim_cur = 30;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	log_event(&log, LOG_LEVEL_INFO, "cut", LOG_NO_FIELDS);
	log_event(&log, LOG_LEVEL_INFO, "lost", LOG_NO_FIELDS);
	cr_expect_eq(log.dropped, 2);
	limit.rlim_cur = limit.rlim_max;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	log_event(&log, LOG_LEVEL_INFO, "whole", LOG_NO_FIELDS);
	n = pread(log.fd, text, sizeof(text) - 1, 0);
	cr_assert_gt(n, 30);
	text[n] = '\0';
	cr_expect_eq(text[30], '\n', "%s", text);
	cr_expect(strstr(text, "\n{\"time\":"), "%s", text);
	cr_expect(strstr(text, "\"lines\":2}\n{"), "%s", text);
	log_fini(&log);
	fclose(file);
}

Test(log, a_level_below_is_not_written)
{
	struct log log;
	char byte;
	int fds[2];

	cr_assert_eq(pipe2(fds, O_NONBLOCK), 0);
	log_init(&log, fds[1], LOG_LEVEL_WARN, LOG_FORMAT_TEXT);
	log_event(&log, LOG_LEVEL_INFO, "x", LOG_NO_FIELDS);
	cr_expect_eq(read(fds[0], &byte, 1), -1);
	log_fini(&log);
	close(fds[0]);
	close(fds[1]);
}
