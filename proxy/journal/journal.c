/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/journal/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/endian.h"
#include "base/list.h"
#include "base/map.h"
#include "proxy/journal/recovery.h"

#define SPARE_NAME "spare"

/* An open intent, as its payload. */
struct entry {
	struct list_node node;
	struct map_node by_id;
	uint64_t id;
	struct span payload; /* in `bytes` */
	char bytes[];
};

struct journal {
	struct journal_settings settings;
	struct journal_stats stats;
	struct list entries; /* from the oldest to the newest; owned */
	struct map by_id;
	bool is_on;
	struct err trouble;

	struct segment_head head; /* of the segment, or of the last one */
	struct record_seal seal;
	uint64_t current; /* number of the last that was begun; 0: none */
	struct superseded *superseded; /* owned: may still be there */
	size_t superseded_count;
	int fd;      /* of the segment; -1: none */
	uint64_t at; /* where its next record goes */
	uint64_t next_lsn;
	uint64_t first_number; /* of the segment that the start began */
	int spare_fd;       /* the next one, allocated; -1: none */
	struct buf pending; /* records that are not written yet */
};

/* ---- the open intents ---------------------------------------------------- */

static struct entry *entry_find(const struct journal *journal, uint64_t id)
{
	for (struct map_node *node = map_first(&journal->by_id, id); node;
		node = map_next(node)) {
		struct entry *entry = CONTAINER_OF(node, struct entry, by_id);

		if (entry->id == id)
			return entry;
	}
	return NULL;
}

static void entry_free(struct journal *journal, struct entry *entry)
{
	list_remove(&entry->node);
	map_remove(&journal->by_id, &entry->by_id);
	journal->stats.open--;
	journal->stats.open_bytes -= entry->payload.len;
	free(entry);
}

static void entry_new(struct journal *journal, uint64_t id, struct span payload)
{
	struct entry *entry = xcalloc(1, sizeof(*entry) + payload.len);

	entry->id = id;
	memcpy(entry->bytes, payload.ptr, payload.len);
	entry->payload = span_of(entry->bytes, payload.len);
	list_push_back(&journal->entries, &entry->node);
	map_insert(&journal->by_id, &entry->by_id, id);
	journal->stats.open++;
	journal->stats.open_bytes += payload.len;
}

/* What a record says, whether it is being written or was read. */
static void apply(struct journal *journal, enum record_kind kind, uint64_t id,
	struct span payload)
{
	struct entry *entry = entry_find(journal, id);

	if (entry)
		entry_free(journal, entry);
	if (kind == RECORD_OPEN)
		entry_new(journal, id, payload);
}

/* ---- segments ------------------------------------------------------------ */

static int write_all(
	struct journal *journal, int fd, struct span bytes, uint64_t at)
{
	const struct journal_settings *settings = &journal->settings;

	while (bytes.len > 0) {
		int64_t n = settings->ops->write(
			settings->disk, fd, bytes.ptr, bytes.len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : ENOSPC;
			return -1;
		}
		bytes = span_skip(bytes, (size_t)n);
		at += (uint64_t)n;
	}
	return 0;
}

static void close_fd(struct journal *journal, int *fd)
{
	if (*fd >= 0)
		(void)journal->settings.ops->close(journal->settings.disk, *fd);
	*fd = -1;
}

/* The file of the next segment, allocated and empty. */
static int make_spare(struct journal *journal)
{
	const struct disk_ops *ops = journal->settings.ops;
	void *disk = journal->settings.disk;
	int error;

	CHECK(journal->spare_fd < 0);
	(void)ops->remove(disk, SPARE_NAME);
	journal->spare_fd = ops->create(disk, SPARE_NAME);
	if (journal->spare_fd < 0)
		return -1;
	if (ops->allocate(disk, journal->spare_fd,
		    journal->settings.segment_bytes) == 0)
		return 0;
	error = errno;
	close_fd(journal, &journal->spare_fd);
	(void)ops->remove(disk, SPARE_NAME);
	errno = error;
	return -1;
}

/* The beginning of a segment: its head, what is open, SNAPSHOT. */
static uint64_t write_snapshot(const struct journal *journal,
	const struct segment_head *head, const struct record_seal *seal,
	struct buf *ret_bytes)
{
	uint64_t lsn = head->first_lsn;
	unsigned char count[8];

	segment_head_append(head, ret_bytes);
	LIST_EACH (node, &journal->entries) {
		const struct entry *entry =
			CONTAINER_OF(node, struct entry, node);

		record_append(
			ret_bytes, seal, RECORD_OPEN, lsn++, entry->payload);
	}
	le_put(count, journal->entries.count, sizeof(count));
	record_append(ret_bytes, seal, RECORD_SNAPSHOT, lsn++,
		span_of((const char *)count, sizeof(count)));
	return lsn;
}

static void supersede(struct journal *journal, uint64_t number)
{
	journal->superseded = xrealloc(journal->superseded,
		(journal->superseded_count + 1) * sizeof(*journal->superseded));
	journal->superseded[journal->superseded_count++] =
		(struct superseded){ .number = number };
}

/* A new segment is there to stay. */
static void remove_superseded(struct journal *journal)
{
	const struct disk_ops *ops = journal->settings.ops;
	char name[SEGMENT_NAME_CAP], aside[SEGMENT_NAME_CAP];
	size_t left = 0;

	for (size_t i = 0; i < journal->superseded_count; i++) {
		struct superseded segment = journal->superseded[i];
		int failed;

		segment_name(segment.number, name);
		segment_aside_name(segment.number, aside);
		failed = segment.is_damaged
			? ops->rename(journal->settings.disk, name, aside)
			: ops->remove(journal->settings.disk, name);
		/* Tried again behind the next one, or at the next start. */
		if (failed && errno != ENOENT)
			journal->superseded[left++] = segment;
	}
	journal->superseded_count = left;
}

/* Writes it into the spare and gives it its name.  -1 with errno set. */
static int place_segment(struct journal *journal, struct span bytes,
	const struct segment_head *head)
{
	const struct disk_ops *ops = journal->settings.ops;
	void *disk = journal->settings.disk;
	char name[SEGMENT_NAME_CAP];
	int error;

	segment_name(head->number, name);
	if (journal->spare_fd < 0 && make_spare(journal))
		return -1;
	if (write_all(journal, journal->spare_fd, bytes, 0) ||
		ops->sync(disk, journal->spare_fd))
		return -1;
	if (ops->rename(disk, SPARE_NAME, name))
		return -1;
	/* From here on the number is taken, whatever happens. */
	journal->head.number = head->number;
	if (ops->sync_names(disk) == 0)
		return 0;
	/* Nothing was promised of it, and each further try makes another. */
	error = errno;
	if (ops->remove(disk, name))
		supersede(journal, head->number);
	errno = error;
	return -1;
}

static bool begin_segment(struct journal *journal)
{
	struct segment_head head = journal->head;
	struct record_seal seal;
	struct buf bytes = BUF_INIT;
	uint64_t next_lsn;
	int failed;

	CHECK(head.number < SEGMENT_NUMBER_MAX);
	head.number++;
	head.first_lsn = journal->next_lsn;
	head.is_keyed = journal->settings.is_keyed;
	seal = segment_seal(
		&head, head.is_keyed ? journal->settings.key : NULL);
	next_lsn = write_snapshot(journal, &head, &seal, &bytes);
	failed = place_segment(journal, buf_span(&bytes), &head);
	if (failed) {
		err_set(&journal->trouble, "begin a segment: %s",
			strerror(errno));
		journal->stats.failures++;
		close_fd(journal, &journal->spare_fd);
		journal->is_on = false;
	} else {
		if (journal->current)
			supersede(journal, journal->current);
		journal->current = head.number;
		close_fd(journal, &journal->fd);
		journal->fd = journal->spare_fd;
		journal->spare_fd = -1;
		journal->head = head;
		journal->seal = seal;
		journal->next_lsn = next_lsn;
		journal->at = journal->stats.bytes = buf_len(&bytes);
		journal->stats.segments++;
		journal->is_on = true;
		journal->trouble.text[0] = '\0';
		remove_superseded(journal);
		/* Without one the next begin_segment() tries again. */
		(void)make_spare(journal);
	}
	buf_fini(&bytes);
	buf_clear(&journal->pending);
	return !failed;
}

/* ---- opening ------------------------------------------------------------- */

static void on_record(void *user, const struct record *record)
{
	struct journal *journal = user;
	struct intent intent;
	enum intent_end end;
	uint64_t id;

	if (record->kind == RECORD_OPEN &&
		intent_decode(record->payload, &intent))
		apply(journal, RECORD_OPEN, intent.id, record->payload);
	if (record->kind == RECORD_CLOSE &&
		close_decode(record->payload, &id, &end))
		apply(journal, RECORD_CLOSE, id, SPAN_NONE);
	journal->next_lsn = record->lsn + 1;
}

struct journal *journal_open(
	const struct journal_settings *settings, struct err *err)
{
	struct journal *journal = xcalloc(1, sizeof(*journal));
	struct recovered found;

	CHECK(settings->open_bytes_max <= settings->segment_bytes / 2);
	journal->settings = *settings;
	list_init(&journal->entries);
	map_init(&journal->by_id);
	journal->fd = journal->spare_fd = -1;
	journal->next_lsn = 1;
	if (recover(settings, on_record, journal, &found, err)) {
		journal_close(journal);
		return NULL;
	}
	journal->head = found.head;
	journal->superseded = found.segments;
	journal->superseded_count = found.count;
	journal->stats.torn = found.torn;
	journal->stats.damaged = found.damaged;
	journal->first_number = journal->head.number + 1;
	if (!begin_segment(journal))
		*err = journal->trouble;
	return journal;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	LIST_EACH (node, &journal->entries) {
		entry_free(journal, CONTAINER_OF(node, struct entry, node));
	}
	close_fd(journal, &journal->fd);
	close_fd(journal, &journal->spare_fd);
	map_fini(&journal->by_id);
	free(journal->superseded);
	buf_fini(&journal->pending);
	free(journal);
}

/* ---- what is asked ------------------------------------------------------- */

bool journal_is_on(const struct journal *journal)
{
	return journal->is_on;
}

const char *journal_trouble(const struct journal *journal)
{
	return journal->trouble.text;
}

const struct journal_stats *journal_stats(const struct journal *journal)
{
	return &journal->stats;
}

void journal_each(const struct journal *journal,
	void (*each)(void *user, const struct intent *intent), void *user)
{
	LIST_EACH (node, &journal->entries) {
		struct intent intent;

		CHECK(intent_decode(
			CONTAINER_OF(node, struct entry, node)->payload,
			&intent));
		each(user, &intent);
	}
}

uint64_t journal_id_base(const struct journal *journal)
{
	/* Segments are numbered once and for all, so starts are, too. */
	return journal->first_number << 32;
}

/* ---- what is told -------------------------------------------------------- */

static void append(
	struct journal *journal, enum record_kind kind, struct span payload)
{
	if (journal->is_on)
		record_append(&journal->pending, &journal->seal, kind,
			journal->next_lsn++, payload);
}

bool journal_append_open(struct journal *journal, const struct intent *intent)
{
	struct buf payload = BUF_INIT;
	bool fits;

	CHECK(intent->id != 0);
	if (!intent_fits(intent))
		return false;
	intent_encode(intent, &payload);
	fits = journal->stats.open_bytes +
			record_size(&journal->seal, buf_len(&payload)) <=
		journal->settings.open_bytes_max;
	if (fits) {
		apply(journal, RECORD_OPEN, intent->id, buf_span(&payload));
		append(journal, RECORD_OPEN, buf_span(&payload));
		journal->stats.opened++;
	}
	buf_fini(&payload);
	return fits;
}

void journal_append_close(
	struct journal *journal, uint64_t id, enum intent_end end)
{
	struct buf payload = BUF_INIT;

	if (!entry_find(journal, id))
		return;
	apply(journal, RECORD_CLOSE, id, SPAN_NONE);
	close_encode(id, end, &payload);
	append(journal, RECORD_CLOSE, buf_span(&payload));
	journal->stats.closed++;
	buf_fini(&payload);
}

bool journal_commit(struct journal *journal)
{
	struct span bytes = buf_span(&journal->pending);
	const struct journal_settings *settings = &journal->settings;

	if (!journal->is_on)
		return false;
	if (bytes.len == 0)
		return true;
	journal->stats.commits++;
	if (journal->at + bytes.len > settings->segment_bytes)
		return begin_segment(journal);
	if (write_all(journal, journal->fd, bytes, journal->at) ||
		settings->ops->sync(settings->disk, journal->fd)) {
		/* Never again this descriptor. */
		journal->stats.failures++;
		close_fd(journal, &journal->fd);
		return begin_segment(journal);
	}
	journal->at += bytes.len;
	journal->stats.bytes = journal->at;
	buf_clear(&journal->pending);
	return true;
}

bool journal_retry(struct journal *journal)
{
	return journal->is_on || begin_segment(journal);
}

void journal_check(const struct journal *journal)
{
	uint64_t bytes = 0;

	list_check(&journal->entries);
	map_check(&journal->by_id);
	CHECK(journal->entries.count == journal->by_id.count);
	CHECK(journal->entries.count == journal->stats.open);
	LIST_EACH (node, &journal->entries) {
		const struct entry *entry =
			CONTAINER_OF(node, struct entry, node);

		CHECK(entry_find(journal, entry->id) == entry);
		bytes += entry->payload.len;
	}
	CHECK(bytes == journal->stats.open_bytes);
	CHECK(!journal->is_on || journal->fd >= 0);
	CHECK(!journal->is_on ||
		journal->at <= journal->settings.segment_bytes);
}
