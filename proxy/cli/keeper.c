/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/keeper.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/endian.h"
#include "conf/text_file.h"
#include "proxy/identity/random.h"
#include "proxy/identity/state_dir.h"
#include "proxy/journal/journal.h"
#include "proxy/observe/log.h"

#define HASH_KEY_NAME "identity.key"
#define HASH_KEY_LEN 16
#define KEY_FILE_MAX ((size_t)64 << 10)

static int read_key(
	const char *path, uint8_t ret_key[RECORD_KEY_LEN], struct err *err)
{
	struct buf content = BUF_INIT;
	int result = text_file_read(path, KEY_FILE_MAX, &content, err);

	if (!result && buf_len(&content) < RECORD_KEY_LEN)
		result = err_set(err, "must have at least %d bytes, has %zu",
			RECORD_KEY_LEN, buf_len(&content));
	if (!result)
		record_key_derive(buf_span(&content), ret_key);
	explicit_bzero(content.data, buf_len(&content));
	buf_fini(&content);
	return result ? err_prefix(err, "journal.keyFile: %s", path) : 0;
}

int keeper_open(const struct config *config, struct state_dir *state,
	struct journal **ret_journal, struct err *err)
{
	const struct journal_config *journal = &config->journal;
	struct journal_settings settings = {
		.ops = &disk_folder,
		.disk = state,
		.segment_bytes = journal->file_bytes,
		.open_bytes_max = journal->file_bytes / 2,
		.is_keyed = *journal->key_file != '\0',
	};

	*ret_journal = NULL;
	if (config->policy.intents.mode == JOURNAL_OFF)
		return 0;
	if (settings.is_keyed &&
		read_key(journal->key_file, settings.key, err))
		return -1;
	le_put(settings.fresh_id, random_u64(), 8);
	le_put(settings.fresh_id + 8, random_u64(), 8);
	*ret_journal = journal_open(&settings, err);
	explicit_bzero(settings.key, sizeof(settings.key));
	if (!*ret_journal)
		return err_prefix(err, "the journal in %s", state->path);
	return 0;
}

struct hash_key keeper_hash_key(
	const struct state_dir *state, struct log *log)
{
	struct hash_key key = random_hash_key();
	struct buf content = BUF_INIT;
	unsigned char bytes[HASH_KEY_LEN];
	struct err err;

	if (state_dir_read(state, HASH_KEY_NAME, &content, &err) ==
			STATE_FILE_READ &&
		buf_len(&content) == HASH_KEY_LEN) {
		key.k0 = le_get(content.data, 8);
		key.k1 = le_get(content.data + 8, 8);
		buf_fini(&content);
		return key;
	}
	buf_fini(&content);
	le_put(bytes, key.k0, 8);
	le_put(bytes + 8, key.k1, 8);
	if (state_dir_write(state, HASH_KEY_NAME,
		    span_of((const char *)bytes, sizeof(bytes)), &err))
		log_event(log, LOG_LEVEL_WARN,
			"the key of identities cannot be kept: after a "
			"restart no client is known again",
			LOG_FIELDS(LOG_STR("error", err.text)));
	return key;
}
