/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does what a confined Fairway is not to do, with the modules that confine it:
 *
 *	confined CALL			one of CALLS below, without most calls
 *	confined READ KEEP PATH		opens PATH, where only the folder of READ
 *					may be read and the folder KEEP kept
 *
 * Prints "ok" or the name of the error.  Exit status 77: there is nothing here
 * to confine with, and why; CALLS that end the process end it by SIGSYS.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"
#include "proxy/harden/file_access.h"
#include "proxy/harden/system_calls.h"

#define SKIPPED 77
#define PAGE 4096

static int opened = -1; /* a socket from before */

static long try_exec(void)
{
	char name[] = "true", *argv[] = { name, NULL };

	return execv("/bin/true", argv);
}

static long try_fork(void)
{
	return syscall(SYS_fork);
}

static long try_clone(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static long try_clone3(void)
{
	return syscall(SYS_clone3, NULL, 0);
}

static long try_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long try_other_memory(void)
{
	return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0);
}

static long try_bind(void)
{
	struct sockaddr any = { .sa_family = AF_INET };

	return bind(opened, &any, 16);
}

static long try_listen(void)
{
	return listen(opened, 1);
}

static long try_packets(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static long try_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}

static long try_code(void)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
		? -1
		: 0;
}

static long try_made_code(void)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, PAGE, PROT_READ | PROT_EXEC);
}

static long try_kill(void)
{
	return kill(getppid(), 0);
}

static long try_limit(void)
{
	struct rlimit limit = { 1 << 20, 1 << 20 };

	return setrlimit(RLIMIT_CORE, &limit);
}

static long try_undo(void)
{
	return syscall(SYS_prctl, 4 /* PR_SET_DUMPABLE */, 1, 0, 0, 0);
}

static long try_unshare(void)
{
	return unshare(CLONE_NEWUSER);
}

static long try_chroot(void)
{
	return chroot("/");
}

static long try_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL);
}

static long try_keys(void)
{
	return syscall(SYS_keyctl, 0, 0, 0, 0, 0);
}

static long try_terminal(void)
{
	return syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, "x");
}

static void *rest(void *user)
{
	return user;
}

static long try_thread(void)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, rest, NULL);
	return errno ? -1 : pthread_join(thread, NULL);
}

static long try_connect(void)
{
	return socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long try_abort(void)
{
	abort();
}

static const struct {
	const char *name;
	long (*call)(void);
} CALLS[] = {
	{ "abort", try_abort },
	{ "bind", try_bind },
	{ "chroot", try_chroot },
	{ "clone", try_clone },
	{ "clone3", try_clone3 },
	{ "code", try_code },
	{ "connect", try_connect },
	{ "exec", try_exec },
	{ "fork", try_fork },
	{ "io_uring", try_io_uring },
	{ "keys", try_keys },
	{ "kill", try_kill },
	{ "limit", try_limit },
	{ "listen", try_listen },
	{ "made-code", try_made_code },
	{ "netlink", try_netlink },
	{ "other-memory", try_other_memory },
	{ "packets", try_packets },
	{ "ptrace", try_ptrace },
	{ "terminal", try_terminal },
	{ "thread", try_thread },
	{ "undo", try_undo },
	{ "unshare", try_unshare },
};

static int say(long result)
{
	puts(result < 0 ? strerrorname_np(errno) : "ok");
	fflush(stdout);
	return 0;
}

static int try_call(const char *name)
{
	struct err err;

	opened = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (system_calls_confine(&err)) {
		puts(err.text);
		return SKIPPED;
	}
	for (size_t i = 0; i < ARRAY_SIZE(CALLS); i++) {
		if (!strcmp(name, CALLS[i].name))
			return say(CALLS[i].call());
	}
	fprintf(stderr, "%s is unknown\n", name);
	return 64;
}

/* To write where it may be made, else to read. */
static int try_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	else if (rename(path, path) || unlink(path))
		fd = -1;
	return fd;
}

static int try_file(const char *to_read, const char *to_keep, const char *path)
{
	struct file_access *access = file_access_new();
	struct err err;
	int version;

	file_access_read(access, to_read);
	file_access_keep(access, to_keep);
	version = file_access_enforce(access, &err);
	file_access_free(access);
	if (version < 0) {
		puts(err.text);
		return SKIPPED;
	}
	return say(try_open(path));
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return try_call(argv[1]);
	if (argc == 4)
		return try_file(argv[1], argv[2], argv[3]);
	fprintf(stderr, "usage: confined CALL | READ KEEP PATH\n");
	return 64;
}
