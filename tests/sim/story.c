/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/story.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

#define WORDS_MAX 24
#define TEXT_MAX 65536

/* What the blanks of a sentence were filled with, in their order. */
struct blanks {
	uint64_t numbers[4]; /* %n */
	usec_t times[4];     /* %t */
	enum kind kinds[2];  /* %k */
	unsigned level;      /* %l: one that was named before */
	const char *word;    /* %w */
};

struct sentence {
	const char *pattern;
	bool (*tell)(struct story *story, const struct blanks *b);
};

/* ---- how it is --------------------------------------------------------------
 */

static bool tell_lasts(struct story *story, const struct blanks *b)
{
	story->lasts = b->times[0];
	story->lasts_short = b->times[1];
	return true;
}

static bool tell_check(struct story *story, const struct blanks *b)
{
	story->check_every = b->numbers[0];
	return b->numbers[0] > 0;
}

static bool tell_cores(struct story *story, const struct blanks *b)
{
	story->cores = (uint32_t)b->numbers[0];
	return b->numbers[0] > 0;
}

static bool tell_wide(struct story *story, const struct blanks *b)
{
	story->wide_takes = (uint32_t)b->numbers[0];
	return b->numbers[0] > 0;
}

static bool add_level(
	struct story *story, const struct blanks *b, bool is_reject)
{
	if (story->level_count == SERVER_LEVELS || !b->numbers[0])
		return false;
	story->levels[story->level_count] = b->word;
	story->seats[story->level_count] = (uint32_t)b->numbers[0];
	story->is_reject[story->level_count++] = is_reject;
	return true;
}

static bool tell_level_queues(struct story *story, const struct blanks *b)
{
	return add_level(story, b, false);
}

static bool tell_level_refuses(struct story *story, const struct blanks *b)
{
	return add_level(story, b, true);
}

static bool tell_goes_to(struct story *story, const struct blanks *b)
{
	story->level_of[b->kinds[0]] = b->level;
	return true;
}

static bool tell_argo(struct story *story, const struct blanks *b)
{
	story->has_argo = true;
	story->argo.workflows_an_hour = (uint32_t)b->numbers[0];
	story->argo.pods_max = (uint32_t)b->numbers[1];
	story->argo.lasts_max = b->times[0];
	return b->numbers[0] && b->numbers[1];
}

static bool tell_argo_limiter(struct story *story, const struct blanks *b)
{
	story->argo.milli_qps = (uint32_t)b->numbers[0] * 1000;
	story->argo.burst = (uint32_t)b->numbers[1];
	return b->numbers[1] > 0;
}

static bool tell_argo_cleanup(struct story *story, const struct blanks *b)
{
	story->argo.cleanup_workers = (uint32_t)b->numbers[0];
	story->argo.cleanup_milli_qps = (uint32_t)b->numbers[1] * 1000;
	return b->numbers[0] > 0 && b->numbers[0] <= 32;
}

static const struct sentence STATES[] = {
	{ "lasts %t in short %t", tell_lasts },
	{ "check each %n steps", tell_check },
	{ "the server has %n cores", tell_cores },
	{ "a wide list takes %n seats", tell_wide },
	{ "level %w has %n seats and queues", tell_level_queues },
	{ "level %w has %n seats and refuses", tell_level_refuses },
	{ "each %k goes to %l", tell_goes_to },
	{ "argo starts %n workflows an hour of up to %n pods for up to %t",
		tell_argo },
	{ "argo sends %n a second and %n at once", tell_argo_limiter },
	{ "argo cleans up with %n workers at %n a second", tell_argo_cleanup },
};

/* ---- what happens
 * ------------------------------------------------------------ */

/* Of the deed that story_line() has begun. */
static struct deed *deed_of(struct story *story)
{
	return &story->deeds[story->deed_count];
}

static bool add_deed(struct story *story, enum deed_kind what, usec_t lasts)
{
	struct deed *deed = deed_of(story);

	deed->what = what;
	deed->lasts = lasts;
	story->deed_count++;
	return !deed->every || deed->lasts < deed->every;
}

static bool tell_stop(struct story *story, const struct blanks *b)
{
	return add_deed(story, DEED_STOP, b->times[0]);
}

static bool tell_crash(struct story *story, const struct blanks *b)
{
	return add_deed(story, DEED_CRASH, b->times[0]);
}

static bool tell_restart(struct story *story, const struct blanks *b)
{
	return add_deed(story, DEED_RESTART, b->times[0]);
}

static bool tell_hang(struct story *story, const struct blanks *b)
{
	deed_of(story)->kind = b->kinds[0];
	deed_of(story)->time = b->times[0];
	return add_deed(story, DEED_HANG, b->times[1]);
}

static bool tell_fail(struct story *story, const struct blanks *b)
{
	deed_of(story)->kind = b->kinds[0];
	deed_of(story)->number = (uint32_t)b->numbers[0];
	return add_deed(story, DEED_FAIL, b->times[0]);
}

static bool tell_seats(struct story *story, const struct blanks *b)
{
	deed_of(story)->level = b->level;
	deed_of(story)->number = (uint32_t)b->numbers[0];
	return b->numbers[0] && add_deed(story, DEED_SEATS, b->times[0]);
}

static bool tell_refuse(struct story *story, const struct blanks *b)
{
	deed_of(story)->level = b->level;
	deed_of(story)->number = (uint32_t)b->numbers[0];
	return b->numbers[0] && add_deed(story, DEED_REFUSE, b->times[0]);
}

static bool tell_others(struct story *story, const struct blanks *b)
{
	deed_of(story)->level = b->level;
	deed_of(story)->number = (uint32_t)b->numbers[0];
	deed_of(story)->cores = (uint32_t)b->numbers[1];
	return add_deed(story, DEED_OTHERS, b->times[0]);
}

static bool tell_crowd(struct story *story, const struct blanks *b)
{
	deed_of(story)->number = (uint32_t)b->numbers[0];
	deed_of(story)->kind = b->kinds[0];
	deed_of(story)->time = b->times[0];
	deed_of(story)->name = b->word;
	return add_deed(story, DEED_CROWD, b->times[1]);
}

static const struct sentence DEEDS[] = {
	{ "the server stops for %t", tell_stop },
	{ "the server crashes for %t", tell_crash },
	{ "argo restarts within %t", tell_restart },
	{ "each %k hangs %t for %t", tell_hang },
	{ "each %k fails with %n for %t", tell_fail },
	{ "level %l has %n seats for %t", tell_seats },
	{ "level %l has %n seats and refuses for %t", tell_refuse },
	{ "others take %n seats of %l and %n cores for %t", tell_others },
	{ "%n workers of %w send %k each %t for %t", tell_crowd },
};

/* ---- what is expected
 * ---------------------------------------------------------- */

static bool add_bar(
	struct story *story, enum bar_kind what, const struct blanks *b)
{
	struct bar *bar = &story->bars[story->bar_count++];

	bar->what = what;
	bar->kind = b->kinds[0];
	bar->other = b->kinds[1];
	bar->number = b->numbers[0];
	bar->time = b->times[0];
	return true;
}

static bool tell_max(struct story *story, const struct blanks *b)
{
	return add_bar(story, BAR_MAX, b);
}

static bool tell_ever(struct story *story, const struct blanks *b)
{
	return add_bar(story, BAR_EVER, b);
}

static bool tell_quantile(struct story *story, const struct blanks *b)
{
	return add_bar(story, BAR_QUANTILE, b) && b->numbers[0] < 1000;
}

static bool tell_pause(struct story *story, const struct blanks *b)
{
	return add_bar(story, BAR_PAUSE, b);
}

static bool tell_after(struct story *story, const struct blanks *b)
{
	return add_bar(story, BAR_AFTER, b);
}

static bool tell_done(struct story *story, const struct blanks *b)
{
	return add_bar(story, BAR_DONE, b);
}

static bool tell_fair(struct story *story, const struct blanks *b)
{
	return add_bar(story, BAR_FAIR, b);
}

static bool tell_wasted(struct story *story, const struct blanks *b)
{
	return add_bar(story, BAR_WASTED, b);
}

static bool tell_leader(struct story *story, const struct blanks *b)
{
	return add_bar(story, BAR_LEADER, b);
}

static bool tell_released(struct story *story, const struct blanks *b)
{
	return add_bar(story, BAR_RELEASED, b);
}

static const struct sentence BARS[] = {
	{ "no %k is later than %t", tell_max },
	{ "no %k is ever later than %t", tell_ever },
	{ "%n of 1000 %k are within %t", tell_quantile },
	{ "some %k is done each %t", tell_pause },
	{ "%k waits longer than %k", tell_after },
	{ "at least %n %k are done", tell_done },
	{ "crowds that send %k are fair to %n of 1000", tell_fair },
	{ "at most %n of 1000 requests are wasted", tell_wasted },
	{ "no lease is lost", tell_leader },
	{ "at most %n pods are stuck in the end", tell_released },
};

/* ---- words
 * ------------------------------------------------------------------------ */

static bool read_number(const char *word, uint64_t *ret_number)
{
	char *end;

	*ret_number = strtoull(word, &end, 10);
	return end != word && !*end;
}

static bool read_time(const char *word, usec_t *ret_time)
{
	static const struct {
		const char *unit;
		usec_t time;
	} UNITS[] = { { "us", 1 }, { "ms", MSEC }, { "s", SECOND },
		{ "m", MINUTE }, { "h", HOUR } };
	char *end;
	uint64_t number = strtoull(word, &end, 10);

	for (size_t i = 0; end != word && i < ARRAY_SIZE(UNITS); i++) {
		if (!strcmp(end, UNITS[i].unit)) {
			*ret_time = number * UNITS[i].time;
			return true;
		}
	}
	return false;
}

/* A plural is no other kind. */
static bool read_kind(const char *word, enum kind *ret_kind)
{
	size_t len = strlen(word);

	if (len && word[len - 1] == 's' && strcmp(word, "status") &&
		strcmp(word, "results"))
		len--;
	for (unsigned i = 0; i < KINDS; i++) {
		if (strlen(KIND_INFOS[i].name) == len &&
			!memcmp(KIND_INFOS[i].name, word, len)) {
			*ret_kind = (enum kind)i;
			return true;
		}
	}
	return false;
}

static bool read_level(
	const struct story *story, const char *word, unsigned *ret_level)
{
	for (unsigned i = 0; i < story->level_count; i++) {
		if (!strcmp(story->levels[i], word)) {
			*ret_level = i;
			return true;
		}
	}
	return false;
}

struct filled {
	unsigned numbers, times, kinds;
};

static bool fill(const struct story *story, char blank, const char *word,
	struct blanks *b, struct filled *n)
{
	switch (blank) {
	case 'n':
		return read_number(word, &b->numbers[n->numbers++]);
	case 't':
		return read_time(word, &b->times[n->times++]);
	case 'k':
		return read_kind(word, &b->kinds[n->kinds++]);
	case 'l':
		return read_level(story, word, &b->level);
	default:
		b->word = word;
		return blank == 'w';
	}
}

static bool matches(const struct story *story, const char *pattern,
	char *const *words, struct blanks *b)
{
	struct filled filled = { 0 };

	*b = (struct blanks){ 0 };
	for (; *words; words++) {
		size_t len = strcspn(pattern, " ");

		if (*pattern == '%') {
			if (!fill(story, pattern[1], *words, b, &filled))
				return false;
		} else if (strlen(*words) != len ||
			strncmp(*words, pattern, len)) {
			return false;
		}
		pattern += len;
		pattern += *pattern == ' ';
	}
	return !*pattern;
}

static bool tell_by(struct story *story, const struct sentence *sentences,
	size_t count, char *const *words)
{
	struct blanks blanks;

	for (size_t i = 0; i < count; i++) {
		if (matches(story, sentences[i].pattern, words, &blanks))
			return sentences[i].tell(story, &blanks);
	}
	return false;
}

/* "at TIME …", "at TIME and each TIME …" */
static bool tell_when(struct story *story, char *const *words)
{
	struct deed *deed = deed_of(story);
	unsigned used = 2;

	if (strcmp(words[0], "at") || !words[1] ||
		!read_time(words[1], &deed->at))
		return false;
	if (words[2] && !strcmp(words[2], "and") && words[3] &&
		!strcmp(words[3], "each") && words[4]) {
		if (!read_time(words[4], &deed->every))
			return false;
		used = 5;
	}
	return tell_by(story, DEEDS, ARRAY_SIZE(DEEDS), words + used);
}

static bool tell_line(struct story *story, char *line)
{
	char *words[WORDS_MAX + 1] = { NULL }, *save;
	unsigned count = 0;

	if (story->deed_count == STORY_DEEDS_MAX ||
		story->bar_count == STORY_BARS_MAX)
		return false;
	for (char *word = strtok_r(line, " \t,", &save); word;
		word = strtok_r(NULL, " \t,", &save)) {
		if (count == WORDS_MAX)
			return false;
		words[count++] = word;
	}
	return !count || tell_by(story, STATES, ARRAY_SIZE(STATES), words) ||
		tell_by(story, BARS, ARRAY_SIZE(BARS), words) ||
		tell_when(story, words);
}

/* ---- the file
 * ------------------------------------------------------------------------ */

static int read_text(const char *path, char *text)
{
	FILE *file = fopen(path, "r");
	size_t len;

	if (!file)
		return -1;
	len = fread(text, 1, TEXT_MAX - 1, file);
	text[len] = '\0';
	return fclose(file);
}

static void begin(struct story *story)
{
	*story = (struct story){ .check_every = 1,
		.cores = 2,
		.wide_takes = 1,
		.argo = { .burst = 1,
			.cleanup_workers = 4,
			.cleanup_milli_qps = 10000 } };
	story->text = xcalloc(2, TEXT_MAX);
}

/* Bars are quoted in reports: a copy, since words are cut out of the text. */
static const char *remember(struct story *story, const char *line)
{
	return story->text + TEXT_MAX + (line - story->text);
}

int story_read(const char *path, struct story *ret_story)
{
	struct story story;
	unsigned number = 0;
	char *line, *next;

	begin(&story);
	if (read_text(path, story.text)) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		goto failed;
	}
	memcpy(story.text + TEXT_MAX, story.text, TEXT_MAX);
	for (line = story.text; line; line = next) {
		unsigned bars = story.bar_count;
		char *comment = strchr(line, '#'), *end = strchr(line, '\n');

		number++;
		next = end ? end + 1 : NULL;
		if (end)
			*end = end[TEXT_MAX] = '\0';
		if (comment && (!end || comment < end))
			*comment = '\0';
		if (number == 1)
			story.title = remember(&story, line) + 2;
		if (!tell_line(&story, line)) {
			fprintf(stderr, "%s:%u: not understood: %s\n", path,
				number, remember(&story, line));
			goto failed;
		}
		if (story.bar_count > bars)
			story.bars[bars].words = remember(&story, line);
	}
	if (!story.level_count || !story.lasts) {
		fprintf(stderr, "%s: no level, or does not say how long\n",
			path);
		goto failed;
	}
	*ret_story = story;
	return 0;
failed:
	story_fini(&story);
	return -1;
}

void story_fini(struct story *story)
{
	free(story->text);
	*story = (struct story){ 0 };
}
