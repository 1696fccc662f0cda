/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/rng.h"
#include "policy/objects.h"

static const struct hash_key KEY = { 1, 2 };

static struct object_seen pod(const char *name, const char *uid)
{
	return (struct object_seen){
		.place = { SPAN(""), SPAN("pods"), SPAN("argo"),
			span_str(name) },
		.uid = span_str(uid),
		.resource_version = SPAN("7"),
		.finalizers = { SPAN("a/b"), SPAN("c") },
		.finalizer_count = 2,
		.is_deleting = true,
		.deleted_at = 1000,
	};
}

static const struct object_kept *known(
	const struct objects *objects, const char *name)
{
	struct object_place place = pod(name, "").place;

	return objects_find(objects, &place);
}

static void note(struct objects *objects, const char *name, const char *uid,
	usec_t now)
{
	struct object_seen seen = pod(name, uid);

	objects_note(objects, &seen, now);
	objects_check(objects);
}

Test(objects, what_is_kept_by_a_finalizer_is_remembered)
{
	struct objects objects;
	const struct object_kept *kept;

	objects_init(&objects, 4, &KEY);
	cr_expect(!known(&objects, "p"));
	note(&objects, "p", "u1", 10);
	note(&objects, "p", "u1", 20);
	kept = known(&objects, "p");
	cr_assert(kept);
	cr_expect(span_eq_str(kept->seen.uid, "u1"));
	cr_expect(span_eq_str(kept->seen.resource_version, "7"));
	cr_expect(kept->seen.finalizer_count == 2);
	cr_expect(span_eq_str(kept->seen.finalizers[1], "c"));
	cr_expect(kept->first_seen == 10 && kept->last_seen == 20);
	cr_expect(objects_count(&objects) == 1);
	objects_fini(&objects);
}

Test(objects, another_of_the_same_name_is_another)
{
	struct objects objects;

	objects_init(&objects, 4, &KEY);
	note(&objects, "p", "u1", 10);
	note(&objects, "p", "u2", 20);
	cr_expect(known(&objects, "p")->first_seen == 20);
	cr_expect(objects_count(&objects) == 1);
	objects_fini(&objects);
}

Test(objects, what_is_released_or_gone_is_forgotten)
{
	struct objects objects;
	struct object_seen seen = pod("p", "u");

	objects_init(&objects, 4, &KEY);
	note(&objects, "p", "u", 1);
	seen.finalizer_count = 0;
	objects_note(&objects, &seen, 2);
	cr_expect(!known(&objects, "p"));

	note(&objects, "p", "u", 3);
	seen = pod("p", "u");
	seen.is_gone = true;
	objects_note(&objects, &seen, 4);
	cr_expect(!known(&objects, "p"));

	note(&objects, "p", "u", 5);
	seen = pod("p", "new");
	seen.is_deleting = false;
	objects_note(&objects, &seen, 6);
	cr_expect(!known(&objects, "p"));

	note(&objects, "p", "u", 7);
	objects_forget(&objects, &seen.place);
	objects_forget(&objects, &seen.place);
	cr_expect(!known(&objects, "p"));
	objects_check(&objects);
	objects_fini(&objects);
}

Test(objects, each_part_of_a_place_tells_it_apart)
{
	struct objects objects;
	struct object_seen seen = pod("p", "u");

	objects_init(&objects, 8, &KEY);
	objects_note(&objects, &seen, 1);
	seen.place.group = SPAN("g");
	objects_note(&objects, &seen, 1);
	seen.place.namespace = SPAN("");
	objects_note(&objects, &seen, 1);
	seen.place.resource = SPAN("podz");
	objects_note(&objects, &seen, 1);
	cr_expect(objects_count(&objects) == 4);
	objects_fini(&objects);
}

Test(objects, the_longest_unseen_is_given_up)
{
	struct objects objects;

	objects_init(&objects, 3, &KEY);
	note(&objects, "a", "u", 1);
	note(&objects, "b", "u", 2);
	note(&objects, "c", "u", 3);
	note(&objects, "a", "u", 4);
	note(&objects, "d", "u", 5);
	cr_expect(known(&objects, "a") && !known(&objects, "b"));
	cr_expect(known(&objects, "c") && known(&objects, "d"));
	cr_expect(objects.given_up == 1);
	objects_fini(&objects);
}

Test(objects, without_room_nothing_is_remembered)
{
	struct objects objects;

	objects_init(&objects, 0, &KEY);
	cr_expect(!objects_are_wanted(&objects));
	note(&objects, "a", "u", 1);
	cr_expect(!known(&objects, "a"));
	objects_fini(&objects);
}

Test(objects, what_is_too_long_is_counted_and_not_remembered)
{
	struct objects objects;
	struct object_seen seen = pod("p", "u");
	char name[OBJECT_TEXT_MAX];

	memset(name, 'n', sizeof(name));
	objects_init(&objects, 2, &KEY);
	seen.place.name = span_of(name, sizeof(name));
	objects_note(&objects, &seen, 1);
	/* Just as long as there is room. */
	seen.place.name.len -= 4 + 4 + 1 + 1 + 3 + 1;
	objects_note(&objects, &seen, 1);
	cr_expect(objects_count(&objects) == 1);
	objects_check(&objects);

	/* Not all that is known of it is true any more. */
	note(&objects, "p", "u", 1);
	seen = pod("p", "u");
	seen.finalizer_count = OBJECT_FINALIZERS_MAX + 1;
	objects_note(&objects, &seen, 2);
	cr_expect(!known(&objects, "p"));
	cr_expect(objects.too_long == 2);
	objects_fini(&objects);
}

/* RequestInfo names a Namespace twice; its metadata has none. */
Test(objects, a_namespace_has_one_place)
{
	struct class class = {
		.group = SPAN(""),
		.resource = SPAN("namespaces"),
		.namespace = SPAN("argo"),
		.name = SPAN("argo"),
	};

	cr_expect(object_place_of(&class).namespace.len == 0);
	class.resource = SPAN("pods");
	cr_expect(object_place_of(&class).namespace.len == 4);
}

Test(objects, the_tally_counts_what_is_old_enough)
{
	struct objects objects;
	struct object_seen seen = pod("old", "u");
	struct objects_tally tally;

	objects_init(&objects, 8, &KEY);
	objects_note(&objects, &seen, 1);
	seen = pod("young", "u");
	seen.deleted_at = 1200;
	objects_note(&objects, &seen, 1);
	/* A pod's deletion ends with its grace: that may be to come. */
	seen = pod("to-come", "u");
	seen.deleted_at = 2000;
	objects_note(&objects, &seen, 1);
	objects_tally(&objects, 1300, 300, &tally);
	cr_expect(tally.stuck == 1);
	cr_expect(tally.oldest == 300);
	cr_assert(tally.row_count == 2);
	cr_expect(tally.rows[0].count == 1);
	cr_expect(span_eq_str(tally.rows[0].finalizer, "a/b"));
	cr_expect(span_eq_str(tally.rows[1].finalizer, "c"));
	objects_fini(&objects);
}

/* The same in an array, the longest unseen first. */
struct model {
	unsigned names[64];
	unsigned count;
};

static bool model_drop(struct model *model, unsigned name)
{
	for (unsigned i = 0; i < model->count; i++) {
		if (model->names[i] != name)
			continue;
		model->count--;
		memmove(&model->names[i], &model->names[i + 1],
			(model->count - i) * sizeof(model->names[0]));
		return true;
	}
	return false;
}

static void model_note(struct model *model, unsigned name, unsigned room)
{
	if (!model_drop(model, name) && model->count == room)
		model_drop(model, model->names[0]);
	model->names[model->count++] = name;
}

Test(objects, random_walk_beside_a_model)
{
	enum { NAMES = 40, ROOM = 16, STEPS = 20000 };
	struct model model = { .count = 0 };
	struct objects objects;
	struct rng rng;

	rng_init(&rng, 7);
	objects_init(&objects, ROOM, &KEY);
	for (usec_t now = 1; now <= STEPS; now++) {
		unsigned which = (unsigned)(rng_next(&rng) % NAMES);
		const struct object_kept *kept = NULL;
		char name[8];

		snprintf(name, sizeof(name), "n%u", which);
		if (rng_next(&rng) % 3) {
			note(&objects, name, "u", now);
			model_note(&model, which, ROOM);
		} else {
			struct object_place place = pod(name, "u").place;

			objects_forget(&objects, &place);
			model_drop(&model, which);
		}
		for (unsigned i = 0; i < model.count; i++) {
			snprintf(name, sizeof(name), "n%u", model.names[i]);
			kept = objects_next(&objects, kept);
			cr_assert(kept);
			cr_assert(span_eq_str(kept->seen.place.name, name));
		}
		cr_assert(!objects_next(&objects, kept));
	}
	objects_check(&objects);
	objects_fini(&objects);
}
