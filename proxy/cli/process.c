/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "proxy/observe/log.h"

/* Clients and upstream connections of one busy sidecar, and some. */
#define FILES_ENOUGH 1024

/* Each the wrong way: to use it is an error, as before. */
void process_keep_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* The lowest number that is free: `fd`. */
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null",
				fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	}
}

static void note(struct log *log, const char *what, bool ok)
{
	if (!ok)
		log_event(log, LOG_LEVEL_WARN, "the process is less protected",
			LOG_FIELDS(LOG_STR("call", what),
				LOG_STR("error", strerror(errno))));
}

static void ignore_signal(int signo)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	sigaction(signo, &action, NULL);
}

static void raise_files(struct log *log)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < FILES_ENOUGH)
		log_event(log, LOG_LEVEL_WARN,
			"few files may be open: raise the limit (ulimit -n)",
			LOG_FIELDS(LOG_UINT("limit", limit.rlim_cur)));
}

static void keep_secrets(struct log *log)
{
	static const struct rlimit NONE = { 0, 0 };

	note(log, "PR_SET_DUMPABLE", !prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
	note(log, "RLIMIT_CORE", !setrlimit(RLIMIT_CORE, &NONE));
}

void process_prepare(struct log *log, bool is_debuggable)
{
	if (is_debuggable)
		log_event(log, LOG_LEVEL_WARN,
			"core files and debuggers may have tokens and keys "
			"(process.debuggable)",
			LOG_NO_FIELDS);
	else
		keep_secrets(log);
	note(log, "PR_SET_NO_NEW_PRIVS",
		!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ignore_signal(SIGPIPE);
	ignore_signal(SIGXFSZ);
	raise_files(log);
}
