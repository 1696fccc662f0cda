/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"

enum {
	PATH_CAP = 4096,
	PIECE = 64 << 10,
};

void keep_init(struct keep *keep)
{
	*keep = (struct keep){ .fd = -1 };
}

void keep_fini(struct keep *keep)
{
	keep_write(keep);
	if (keep->fd >= 0)
		close(keep->fd);
	buf_fini(&keep->lines);
	keep_init(keep);
}

/* ---- what was kept ------------------------------------------------------- */

static int restore_change(
	struct store *store, struct span text, bool is_removed, struct err *err)
{
	struct span rest = text;
	struct span number = span_cut(&rest, ' ');
	const char *version;
	uint64_t index, rv;
	cJSON *tree;

	if (span_is_absent(rest) || span_to_u64(number, &index) != 0 ||
		index >= RESOURCE_COUNT)
		return err_set(err, "no such resource");
	tree = json_parse(rest, err);
	if (!tree)
		return -1;
	version = json_str(tree, "metadata.resourceVersion");
	if (!version || span_to_u64(span_str(version), &rv) != 0) {
		cJSON_Delete(tree);
		return err_set(err, "no resourceVersion");
	}
	store_restore(store, &resources[index], tree, rv, is_removed);
	return 0;
}

static int restore_numbers(struct store *store, struct ledger *ledger,
	struct span text, struct err *err)
{
	struct span rest = text;
	struct span version = span_cut(&rest, ' ');
	uint64_t rv, effects;

	if (span_to_u64(version, &rv) != 0 || span_to_u64(rest, &effects) != 0)
		return err_set(err, "no numbers");
	store_go_on_from(store, rv);
	ledger_go_on_from(ledger, effects);
	return 0;
}

static int restore_line(struct store *store, struct ledger *ledger,
	struct span line, struct err *err)
{
	struct span rest = line;
	struct span word = span_cut(&rest, ' ');

	if (span_eq(word, SPAN("put")))
		return restore_change(store, rest, false, err);
	if (span_eq(word, SPAN("del")))
		return restore_change(store, rest, true, err);
	if (span_eq(word, SPAN("did")))
		ledger_restore(ledger, rest);
	else if (span_eq(word, SPAN("at")))
		return restore_numbers(store, ledger, rest, err);
	else
		return err_set(err, "no such line");
	return 0;
}

static int read_file(int fd, struct buf *ret_text, struct err *err)
{
	ssize_t len;

	do {
		len = read(fd, buf_reserve(ret_text, PIECE), PIECE);
		if (len < 0)
			return err_set(err, "cannot read: %s", strerror(errno));
		buf_commit(ret_text, (size_t)len);
	} while (len > 0);
	return 0;
}

/* All whole lines; what was not written to its end goes. */
static int restore(struct keep *keep, struct store *store,
	struct ledger *ledger, struct err *err)
{
	struct buf text = BUF_INIT;
	size_t done = 0;
	int ret = read_file(keep->fd, &text, err);

	while (ret == 0) {
		struct span rest = span_skip(buf_span(&text), done);
		const char *end =
			rest.len ? memchr(rest.ptr, '\n', rest.len) : NULL;

		if (!end)
			break;
		rest.len = (size_t)(end - rest.ptr);
		ret = restore_line(store, ledger, rest, err);
		done += rest.len + 1;
	}
	if (ret == 0 && ftruncate(keep->fd, (off_t)done) != 0)
		ret = err_set(err, "cannot truncate: %s", strerror(errno));
	buf_fini(&text);
	/* As the watch cache of an API server that has just begun. */
	store_compact(store);
	return ret;
}

/* ---- what is being kept -------------------------------------------------- */

static void note_object(struct keep *keep, const char *word,
	const struct resource *res, const struct object *object)
{
	buf_printf(&keep->lines, "%s %zu ", word, resource_index(res));
	buf_append(&keep->lines, object->text, object->len);
	buf_append_str(&keep->lines, "\n");
}

static void note_change(struct keep *keep, const struct change *change)
{
	note_object(keep, change->type == CHANGE_DELETED ? "del" : "put",
		change->res, change->now);
}

static void on_change(void *user, const struct change *change)
{
	note_change(user, change);
}

int keep_open(struct keep *keep, const char *dir, struct store *store,
	struct ledger *ledger, struct err *err)
{
	char path[PATH_CAP];

	keep->dir = dir;
	snprintf(path, sizeof(path), "%s/kept", dir);
	keep->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC,
		S_IRUSR | S_IWUSR);
	if (keep->fd < 0)
		return err_set(
			err, "cannot open %s: %s", path, strerror(errno));
	if (restore(keep, store, ledger, err) != 0)
		return err_prefix(err, "%s", path);
	store_on_change(store, on_change, keep);
	return 0;
}

void keep_effect(struct keep *keep, const struct ledger *ledger)
{
	if (keep->fd < 0)
		return;
	buf_append_str(&keep->lines, "did ");
	buf_append_span(&keep->lines, ledger_last(ledger));
	buf_append_str(&keep->lines, "\n");
}

void keep_write(struct keep *keep)
{
	struct span rest = buf_span(&keep->lines);

	while (rest.len > 0) {
		ssize_t len = write(keep->fd, rest.ptr, rest.len);

		CHECK(len > 0 || errno == EINTR);
		if (len > 0)
			rest = span_skip(rest, (size_t)len);
	}
	buf_clear(&keep->lines);
}

/* ---- a file of what there is --------------------------------------------- */

static void note_all(struct keep *keep, const struct store *store,
	const struct ledger *ledger)
{
	for (size_t i = 0; i < RESOURCE_COUNT; i++) {
		struct object_range range =
			store_range(store, &resources[i], "");

		for (size_t j = 0; j < range.count; j++)
			note_object(keep, "put", &resources[i], range.items[j]);
	}
	/* Last: an object that was restored has its own version. */
	buf_printf(&keep->lines, "at %" PRIu64 " %" PRIu64 "\n",
		store_rv(store), ledger->next);
}

int keep_anew(struct keep *keep, const struct store *store,
	const struct ledger *ledger, struct err *err)
{
	char path[PATH_CAP], fresh[PATH_CAP];
	int old = keep->fd;

	if (old < 0)
		return 0;
	snprintf(path, sizeof(path), "%s/kept", keep->dir);
	snprintf(fresh, sizeof(fresh), "%s/kept.new", keep->dir);
	keep->fd = open(fresh,
		O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
		S_IRUSR | S_IWUSR);
	if (keep->fd < 0) {
		keep->fd = old;
		return err_set(
			err, "cannot open %s: %s", fresh, strerror(errno));
	}
	close(old);
	/* What this turn has done is in it, too. */
	buf_clear(&keep->lines);
	note_all(keep, store, ledger);
	keep_write(keep);
	if (rename(fresh, path) != 0)
		return err_set(err, "cannot rename to %s: %s", path,
			strerror(errno));
	return 0;
}
