/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/observe/process_stats.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/span.h"

static usec_t usec_of(const struct timeval *time)
{
	return (usec_t)time->tv_sec * USEC_PER_SEC + (usec_t)time->tv_usec;
}

/* "size resident shared …" in pages (proc(5)). */
static void read_memory(struct process_stats *stats)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char text[128];
	ssize_t len = -1;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		len = read(fd, text, sizeof(text));
		close(fd);
	}
	if (len > 0) {
		struct span rest = span_of(text, (size_t)len);

		if (!span_to_u64(span_cut(&rest, ' '), &stats->virtual_bytes))
			stats->virtual_bytes *= page;
		if (!span_to_u64(span_cut(&rest, ' '), &stats->resident_bytes))
			stats->resident_bytes *= page;
	}
}

static uint64_t count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint64_t count = 0;

	if (!dir)
		return 0;
	for (const struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_name[0] != '.';
	closedir(dir);
	return count ? count - 1 : 0; /* not the one that reads here */
}

void process_stats_read(struct process_stats *ret_stats)
{
	struct process_stats stats = { 0 };
	struct rusage usage;
	struct rlimit files;

	if (!getrusage(RUSAGE_SELF, &usage))
		stats.cpu = usec_of(&usage.ru_utime) + usec_of(&usage.ru_stime);
	if (!getrlimit(RLIMIT_NOFILE, &files))
		stats.max_fds = files.rlim_cur;
	read_memory(&stats);
	stats.open_fds = count_fds();
	*ret_stats = stats;
}
