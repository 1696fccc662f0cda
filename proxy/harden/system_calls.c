/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/harden/system_calls.h"

#include "config.h"

#if defined(HAVE_SECCOMP) && !defined(WITH_SANITIZER)

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"

/* Whatever their arguments. */
static const int ALLOWED[] = {
	/* descriptors */
	SCMP_SYS(close),
	SCMP_SYS(dup),
	SCMP_SYS(eventfd2),
	SCMP_SYS(fcntl),
	SCMP_SYS(fcntl64),
	SCMP_SYS(lseek),
	SCMP_SYS(_llseek),
	SCMP_SYS(pread64),
	SCMP_SYS(preadv),
	SCMP_SYS(pwrite64),
	SCMP_SYS(pwritev),
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	/* what happens on them */
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_pwait2),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(pselect6),
	SCMP_SYS(select),
	SCMP_SYS(timerfd_create),
	SCMP_SYS(timerfd_settime),
	/* sockets; bind and listen are over */
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
	SCMP_SYS(connect),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	/* files: which ones, file_access.h says */
	SCMP_SYS(access),
	SCMP_SYS(chmod),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(fadvise64),
	SCMP_SYS(fallocate),
	SCMP_SYS(fchmod),
	SCMP_SYS(fdatasync),
	SCMP_SYS(flock),
	SCMP_SYS(fstat),
	SCMP_SYS(fstat64),
	SCMP_SYS(fstatat64),
	SCMP_SYS(fstatfs),
	SCMP_SYS(fstatfs64),
	SCMP_SYS(fsync),
	SCMP_SYS(ftruncate),
	SCMP_SYS(ftruncate64),
	SCMP_SYS(getcwd),
	SCMP_SYS(getdents64),
	SCMP_SYS(inotify_add_watch),
	SCMP_SYS(inotify_init1),
	SCMP_SYS(inotify_rm_watch),
	SCMP_SYS(lstat),
	SCMP_SYS(lstat64),
	SCMP_SYS(newfstatat),
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(rename),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(stat),
	SCMP_SYS(stat64),
	SCMP_SYS(statx),
	SCMP_SYS(umask),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	/* memory; mmap and mprotect below */
	SCMP_SYS(brk),
	SCMP_SYS(madvise),
	SCMP_SYS(membarrier),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	/* threads; clone below */
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(futex),
	SCMP_SYS(futex_time64),
	SCMP_SYS(get_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_yield),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(set_tid_address),
	/* signals that come */
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(sigreturn),
	/* time and chance */
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(getrandom),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(nanosleep),
	SCMP_SYS(time),
	/* who and how much */
	SCMP_SYS(getegid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(getrlimit),
	SCMP_SYS(getrusage),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(sysinfo),
	SCMP_SYS(ugetrlimit),
	SCMP_SYS(uname),
};

/* No path of ours or of our libraries leads here. */
static const int DEADLY[] = {
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	SCMP_SYS(fork),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(ptrace),
	SCMP_SYS(vfork),
};

static const int FAMILIES[] = { AF_INET, AF_INET6, AF_UNIX };
static const unsigned IOCTLS[] = { FIONBIO, FIONREAD, TCGETS };

/* seccomp.h's macros leave fields out, which clang warns of. */
static struct scmp_arg_cmp is(unsigned arg, scmp_datum_t value)
{
	return (struct scmp_arg_cmp){
		.arg = arg,
		.op = SCMP_CMP_EQ,
		.datum_a = value,
	};
}

static struct scmp_arg_cmp bits_are(
	unsigned arg, scmp_datum_t mask, scmp_datum_t value)
{
	return (struct scmp_arg_cmp){
		.arg = arg,
		.op = SCMP_CMP_MASKED_EQ,
		.datum_a = mask,
		.datum_b = value,
	};
}

/* A call that this architecture does not have is no failure. */
static int add(scmp_filter_ctx filter, uint32_t action, int call)
{
	return seccomp_rule_add(filter, action, call, 0);
}

static int add_if(scmp_filter_ctx filter, uint32_t action, int call,
	struct scmp_arg_cmp condition)
{
	return seccomp_rule_add_array(filter, action, call, 1, &condition);
}

static int add_lists(scmp_filter_ctx filter)
{
	int failed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ALLOWED) && !failed; i++)
		failed = add(filter, SCMP_ACT_ALLOW, ALLOWED[i]);
	for (size_t i = 0; i < ARRAY_SIZE(DEADLY) && !failed; i++)
		failed = add(filter, SCMP_ACT_KILL_PROCESS, DEADLY[i]);
	for (size_t i = 0; i < ARRAY_SIZE(FAMILIES) && !failed; i++)
		failed = add_if(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket),
			is(0, (scmp_datum_t)FAMILIES[i]));
	for (size_t i = 0; i < ARRAY_SIZE(IOCTLS) && !failed; i++)
		failed = add_if(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl),
			is(1, IOCTLS[i]));
	return failed;
}

/* Memory is data. */
static int add_memory(scmp_filter_ctx filter)
{
	static const int CALLS[] = { SCMP_SYS(mmap), SCMP_SYS(mmap2),
		SCMP_SYS(mprotect) };
	int failed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(CALLS) && !failed; i++)
		failed = add_if(filter, SCMP_ACT_ALLOW, CALLS[i],
			bits_are(2, PROT_EXEC, 0));
	return failed;
}

/* Threads, no processes; signals and limits of our own only. */
static int add_process(scmp_filter_ctx filter)
{
	struct scmp_arg_cmp own_limit[] = {
		is(0, 0),
		is(2, 0), /* is read, not set */
	};
	int failed = add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));

	if (!failed)
		failed = add_if(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone),
			bits_are(0, CLONE_THREAD, CLONE_THREAD));
	if (!failed)
		failed = add_if(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone),
			bits_are(0, CLONE_THREAD, 0));
	if (!failed) /* abort() */
		failed = add_if(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill),
			is(0, (scmp_datum_t)getpid()));
	if (!failed)
		failed = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
			SCMP_SYS(prlimit64), ARRAY_SIZE(own_limit), own_limit);
	return failed;
}

static int set_attributes(scmp_filter_ctx filter)
{
	int failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	if (!failed)
		failed = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
			SCMP_ACT_KILL_PROCESS);
	/* Found by halves, not one by one; old libraries cannot. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return failed;
}

int system_calls_confine(struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int failed;

	if (!filter)
		return err_set(err, "libseccomp knows no filter for this "
				    "machine");
	failed = set_attributes(filter);
	if (!failed)
		failed = add_lists(filter);
	if (!failed)
		failed = add_memory(filter);
	if (!failed)
		failed = add_process(filter);
	if (!failed)
		failed = seccomp_load(filter);
	seccomp_release(filter);
	return failed ? err_set(err, "seccomp: %s", strerror(-failed)) : 0;
}

#else

int system_calls_confine(struct err *err)
{
#ifdef WITH_SANITIZER
	return err_set(err, "a build with sanitizers needs more");
#else
	return err_set(err, "built without libseccomp");
#endif
}

#endif
