/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removal note: what the record of a finalizer removal tells of who asked for
 * it (record.h), taken from its head and body while they are there.
 */
#ifndef PROXY_EXCHANGE_REMOVAL_NOTE_H
#define PROXY_EXCHANGE_REMOVAL_NOTE_H

#include <stdbool.h>

struct exchange;
struct removal_note;

/* Whether it is one, as far as its body tells; classified before. */
bool removal_note_is_due(const struct exchange *ex);

/* One allocation, of bounded size; free() it. */
struct removal_note *removal_note_new(struct exchange *ex, bool is_own);

#endif
