/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/replicas/peers.h"

#include <string.h>

#include "base/check.h"

static void copy_text(char *to, size_t cap, struct span text)
{
	size_t len = u64_min(text.len, cap - 1);

	if (len)
		memcpy(to, text.ptr, len);
	to[len] = '\0';
}

/* ---- one ---------------------------------------------------------------- */

static void take_parts(
	struct peer *peer, const struct lease_seen *seen, uint32_t quotas)
{
	peer->is_outdated = false;
	peer->is_readable = seen->is_readable;
	memset(peer->parts, 0, sizeof(peer->parts));
	if (seen->is_readable)
		memcpy(peer->parts, seen->parts,
			quotas * sizeof(*seen->parts));
}

static void look_at_time(struct peer *peer, usec_t period, usec_t asked_at)
{
	peer->is_expired = asked_at >= usec_add(peer->observed_at, period);
	if (peer->is_lost && asked_at >= usec_add(peer->lost_at, period))
		peer->is_lost = false;
}

static void lose(struct peer *peer, usec_t now)
{
	peer->is_lost = true;
	peer->lost_at = now;
}

/* Too long to be told apart by what is kept of it: always another. */
static bool is_same_text(struct span text, const char *known, size_t cap)
{
	return text.len < cap && span_eq_str(text, known);
}

void peer_note(struct peer *peer, const struct lease_seen *seen,
	uint32_t quotas, usec_t period, usec_t asked_at, usec_t now)
{
	bool is_same = is_same_text(
		seen->version, peer->version, sizeof(peer->version));

	if (*peer->version &&
		!is_same_text(seen->uid, peer->uid, sizeof(peer->uid)))
		lose(peer, now);
	copy_text(peer->name, sizeof(peer->name), seen->name);
	copy_text(peer->uid, sizeof(peer->uid), seen->uid);
	peer->is_listed = true;
	if (!is_same) {
		copy_text(peer->version, sizeof(peer->version), seen->version);
		peer->observed_at = now;
	}
	if (!is_same || peer->is_outdated)
		take_parts(peer, seen, quotas);
	look_at_time(peer, period, asked_at);
}

static bool counts(const struct peer *peer)
{
	return peer->is_lost || (peer->is_listed && !peer->is_expired);
}

static bool is_unknown(const struct peer *peer)
{
	return peer->is_lost || (counts(peer) && !peer->is_readable);
}

bool peer_is_asking(const struct peer *peer)
{
	return peer->is_listed && !peer->is_expired;
}

/* ---- all of them -------------------------------------------------------- */

/* Where that name is, or would be. */
static uint32_t place_of(const struct peers *peers, struct span name)
{
	uint32_t at = 0;

	while (at < peers->count) {
		const char *other = peers->items[at].name;
		size_t len = strlen(other);
		int order = memcmp(other, name.ptr, u64_min(len, name.len));

		if (order > 0 || (order == 0 && len >= name.len))
			break;
		at++;
	}
	return at;
}

static void drop(struct peers *peers, uint32_t at)
{
	peers->count--;
	memmove(&peers->items[at], &peers->items[at + 1],
		(peers->count - at) * sizeof(peers->items[0]));
}

/* One that claims nothing makes room; listed again, it is as if new. */
static bool make_room(struct peers *peers)
{
	for (uint32_t i = 0; i < peers->count; i++) {
		if (counts(&peers->items[i]))
			continue;
		drop(peers, i);
		return true;
	}
	return false;
}

static struct peer *find_or_add(struct peers *peers, struct span name)
{
	uint32_t at = place_of(peers, name);
	struct peer *peer;

	if (at < peers->count && span_eq_str(name, peers->items[at].name))
		return &peers->items[at];
	if (peers->count == PEERS_MAX && !make_room(peers))
		return NULL;
	at = place_of(peers, name);
	peer = &peers->items[at];
	memmove(peer + 1, peer, (peers->count - at) * sizeof(*peer));
	peers->count++;
	memset(peer, 0, sizeof(*peer));
	return peer;
}

static void note_gone(struct peer *peer, usec_t period, usec_t asked_at,
	usec_t now)
{
	if (peer->is_listed)
		lose(peer, now);
	peer->is_listed = false;
	look_at_time(peer, period, asked_at);
}

static bool is_among(const struct lease_seen *leases, uint32_t count,
	const char *name)
{
	for (uint32_t i = 0; i < count; i++) {
		if (span_eq_str(leases[i].name, name))
			return true;
	}
	return false;
}

void peers_note(struct peers *peers, const struct lease_seen *leases,
	uint32_t count, struct span own, uint32_t quotas, usec_t period,
	usec_t asked_at, usec_t now)
{
	peers->is_full = false;
	for (uint32_t i = 0; i < peers->count; i++) {
		if (!is_among(leases, count, peers->items[i].name))
			note_gone(&peers->items[i], period, asked_at, now);
	}
	for (uint32_t i = peers->count; i-- > 0;) {
		if (!peers->items[i].is_listed && !counts(&peers->items[i]))
			drop(peers, i);
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct lease_seen *seen = &leases[i];
		struct peer *peer;

		if (span_eq(seen->name, own) || span_is_empty(seen->name))
			continue;
		/* No API server has a longer one. */
		peer = seen->name.len < LEASE_NAME_CAP
			? find_or_add(peers, seen->name)
			: NULL;
		if (peer)
			peer_note(peer, seen, quotas, period, asked_at, now);
		else
			peers->is_full = true;
	}
}

uint32_t peers_live(const struct peers *peers)
{
	uint32_t live = 0;

	for (uint32_t i = 0; i < peers->count; i++)
		live += counts(&peers->items[i]);
	return live;
}

uint32_t peers_unreadable(const struct peers *peers)
{
	uint32_t unreadable = 0;

	for (uint32_t i = 0; i < peers->count; i++)
		unreadable += is_unknown(&peers->items[i]);
	return unreadable;
}

uint64_t peers_claim(const struct peers *peers, uint32_t quota)
{
	uint64_t claim = 0;

	if (peers->is_full || peers_unreadable(peers))
		return UINT64_MAX;
	for (uint32_t i = 0; i < peers->count; i++) {
		if (counts(&peers->items[i]))
			claim += peers->items[i].parts[quota].claim;
	}
	return claim;
}

void peers_renumber(struct peers *peers, const uint32_t *from, uint32_t count)
{
	for (uint32_t i = 0; i < peers->count; i++) {
		struct peer *peer = &peers->items[i];
		struct lease_part old[QUOTAS_MAX];

		memcpy(old, peer->parts, sizeof(old));
		memset(peer->parts, 0, sizeof(peer->parts));
		for (uint32_t j = 0; j < count; j++) {
			if (from[j] < QUOTAS_MAX)
				peer->parts[j] = old[from[j]];
			else
				/* What it claims of it was not read. */
				peer->is_readable = false;
		}
		peer->is_outdated = true;
	}
}

void peers_check(const struct peers *peers)
{
	CHECK(peers->count <= PEERS_MAX);
	for (uint32_t i = 1; i < peers->count; i++)
		CHECK(strcmp(peers->items[i - 1].name, peers->items[i].name) <
			0);
}
