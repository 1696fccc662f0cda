/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: one YAML file, checked as a whole, then constant.
 *
 *	file --yaml_doc--> tree --schema table--> struct config --> policy
 *
 * Everything that can be set, with its type, range, default and meaning,
 * stands in one table (conf/schema_table.c); docs/configuration.md and
 * `fairway config defaults` come from it.  A configuration is either whole
 * and right or does not exist: config_load() collects every problem that it
 * finds and returns NULL.
 *
 * A struct config is immutable and counted: who keeps it across a turn holds
 * a reference; it owns every string in it.  The count is not atomic: one
 * thread uses configurations.  Strings are never NULL; "" is "not set".
 */
#ifndef CONF_CONFIG_H
#define CONF_CONFIG_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/util.h"
#include "conf/problem.h"
#include "policy/settings.h"

struct arena;
struct node;

/* "127.0.0.1:7443", "[::1]:7443", "example.org:443" */
struct host_port {
	const char *host; /* a name or an address, without brackets */
	uint16_t port;    /* 0: any that is free */
};

/* Where clients connect to. */
struct listen_config {
	struct host_port address;
	/* Both or neither; "": a private CA and its leaf, made once. */
	const char *tls_cert_file;
	const char *tls_key_file;
	const char *kubeconfig; /* written for the clients; "": stateDir */
};

/* Whose credentials a request has that brings none. */
enum credentials {
	CREDENTIALS_PASS_THROUGH, /* none */
	CREDENTIALS_OWN,          /* Fairway's */
};

/* Where clients of this machine connect to without TLS. */
struct cleartext_config {
	const char *address; /* "127.0.0.1:7444", "unix:/path"; "": nowhere */
	enum credentials credentials;
};

/* Whether clients that showed a certificate may be somebody else. */
enum impersonation {
	IMPERSONATION_REFUSE,
	IMPERSONATION_REVIEW, /* if the API server says that they may */
};

/* Whether Fairway asks the API server whose a bearer token is. */
enum token_mode {
	TOKENS_PASS_THROUGH, /* only the API server knows */
	TOKENS_REVIEW,
};

/* Who clients are, where Fairway is to know it. */
struct identity_config {
	const char *client_ca_file; /* PEM; "": no certificates are asked */
	struct strings refused_users; /* of certificates: "alice", "a:*" */
	struct strings refused_groups;
	enum impersonation impersonation;
	enum token_mode tokens;
	usec_t review_timeout;
	usec_t cache_ttl; /* of what a review said */
	uint32_t cache_entries;
};

/* Who may see names: of files, namespaces, objects. */
enum admin_pages {
	ADMIN_PAGES_LOCAL, /* who asks from this machine */
	ADMIN_PAGES_ANYWHERE,
};

/* Where Fairway is watched and operated. */
struct admin_config {
	bool is_enabled; /* HTTP: /metrics, /livez, /readyz */
	struct host_port address;
	enum admin_pages pages;
	const char *socket; /* UNIX socket; "": stateDir */
};

/*
 * The API server.  What is not set here comes from a kubeconfig or the pod's
 * service account (conf/kubeconfig.h); what is set goes before what is found
 * there.  `servers` are several of one cluster.
 */
struct upstream_config {
	struct strings servers; /* https URLs */
	const char *kubeconfig; /* file; "": found as kubectl finds it */
	const char *context;    /* of it; "": its current-context */
	const char *certificate_authority; /* PEM file */
	const char *tls_server_name;
	bool insecure_skip_tls_verify;
	uint32_t express_connections; /* of each class, per endpoint */
	uint32_t bulk_connections;
	uint32_t streams_connections;
	usec_t connect_timeout; /* TCP and TLS */
	usec_t reconnect_min;   /* backoff */
	usec_t reconnect_max;
	usec_t lookup_every; /* of names of servers */
};

/*
 * What a peer may have.  The first part has the names of struct wire_limits
 * (proxy/wire/session.h), which it fills.
 */
struct limits_config {
	uint32_t connections_max;
	uint32_t streams_max;    /* of one connection */
	uint32_t head_bytes_max; /* of one message's header fields */
	uint32_t head_fields_max;
	uint32_t target_bytes_max; /* path and query */
	uint32_t resets_burst;     /* resets that a peer makes us send */
	uint32_t resets_per_second;
	uint32_t frames_burst; /* frames that carry nothing */
	uint32_t frames_per_second;
	uint32_t outbound_frames_max;
	uint32_t window_down; /* of a stream, towards clients */
	uint32_t window_up;   /* … towards the API server */
	usec_t handshake;
	usec_t first_request;
	usec_t head;
	usec_t idle;
	usec_t ping_idle;
	usec_t ping_answer;
	usec_t progress;
	usec_t upgrade;
	uint64_t memory_max; /* of all bodies, and what HTTP/1.1 read ahead */
	/* not the wire's */
	uint64_t kept_body_max; /* a larger body is not sent a second time */
	uint64_t relay_max;     /* of one response, towards a slow reader */
	uint64_t read_rate_min; /* bytes a second, once that is full; 0: any */
	usec_t read_interval;   /* … on the average of so long */
};

/* What becomes of a removal whose object has changed meanwhile. */
enum conflict {
	CONFLICT_LEAVE,  /* its client decides */
	CONFLICT_REBASE, /* its finalizers go, if the uid is the same */
};

/* Removals that are kept on the disk; which ones is policy's. */
struct journal_config {
	enum conflict on_conflict;
	usec_t expire_after;
	uint64_t file_bytes; /* of one segment */
	const char *key_file; /* "": records carry no HMAC */
};

/* Several Fairways before the same API servers: what they divide. */
struct replicas_config {
	bool is_divided;
	uint32_t max;   /* at one time */
	uint32_t floor; /* thousandths of all that are divided evenly */
	const char *group;     /* those with the same one are replicas */
	const char *name;      /* of this one's Lease; "": the pod's, the host's */
	const char *namespace; /* of the Leases; "": the pod's */
	usec_t lease;          /* how long one is good for */
};

/* After SIGTERM. */
struct shutdown_config {
	usec_t delay; /* not ready, still serving all */
	usec_t grace; /* then: what runs may finish */
	usec_t watch_grace; /* of that, for watches to end one by one */
};

/* What it takes from itself. */
struct process_config {
	bool is_confined;   /* system calls and files, once all is open */
	bool is_debuggable; /* core files, debuggers */
};

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

enum log_format {
	LOG_FORMAT_TEXT,
	LOG_FORMAT_JSON,
};

struct log_config {
	enum log_level level;
	enum log_format format;
	uint32_t access_sample; /* thousandths of all requests */
};

/* Where audit events go. */
enum audit_output {
	AUDIT_NONE,
	AUDIT_FILE,
	AUDIT_STDOUT,
};

struct audit_config {
	enum audit_output output;
	const char *path;    /* "": in the state directory */
	uint64_t file_bytes; /* … at which another one begins */
	uint32_t backups;    /* earlier ones that are kept */
	uint64_t queue_bytes; /* of events that wait to be written */
};

/* What proves that a finalizer of Argo's is needed no more: bits of a set. */
enum sweep_proof {
	SWEEP_PROOF_LABELLED,
	SWEEP_PROOF_GONE,
	SWEEP_PROOF_FINISHED,
	SWEEP_PROOF_RECORDED,
	SWEEP_PROOF_DELETED,
};

/* Finalizers of another controller than Argo's. */
struct sweep_rule_config {
	const char *name;
	const char *api_version; /* "v1", "example.com/v1" */
	const char *resource;    /* "widgets" */
	const char *selector;    /* of labels; "": all */
	const char *finalizer;
	bool is_protected_meant;
	bool with_orphans;
	const char *label;     /* "key=value"; "": it does not matter */
	const char *condition; /* "Ready=False"; "": it does not matter */
	usec_t deleted_for;    /* 0: it does not matter */
	usec_t settled_for;
	uint32_t sightings;
	const struct node *node; /* while it is read: in the file */
};

#define SWEEP_RULES_MAX 32

/* `fairway sweep`; `fairway serve` takes nothing of it. */
struct sweep_config {
	bool with_argo;
	uint32_t proofs; /* 1 << enum sweep_proof; 0: all of them */
	const char *finalizer;
	const char *instance; /* of the controller; "": none */
	usec_t settled_for;
	usec_t finished_for;
	usec_t deleted_for;
	const char *workflow_finalizer;
	struct strings add_in; /* namespaces */
	uint32_t removals_max;
	uint32_t per_namespace_max;
	uint32_t share_max; /* thousandths */
	uint32_t qps;
	uint32_t sightings;
	usec_t sighting_interval;
	const char *sightings_in; /* "namespace/name"; "": nowhere */
	bool with_events;
	const char *record_file;  /* "": none, as the others */
	const char *audit_file;
	const char *metrics_file;
	struct sweep_rule_config rules[SWEEP_RULES_MAX];
	uint32_t rule_count;
};

/*
 * Whether a finalizer is the garbage collector's or Kubernetes' own, which a
 * sweep takes only if that is said to be meant.
 */
bool sweep_config_is_protected(const char *finalizer);

/* What the numbers are for. */
enum preset {
	PRESET_SIDECAR, /* beside one controller */
	PRESET_GATEWAY, /* before the API servers, for many */
};

struct config {
	unsigned refs;       /* config_ref, config_unref */
	struct arena *arena; /* owned: every string */
	const char *file;    /* "": the defaults */

	enum preset preset;
	struct listen_config listen;
	struct cleartext_config cleartext;
	struct identity_config identity;
	struct admin_config admin;
	struct upstream_config upstream;
	const char *state_dir; /* "": conf/places.h says where */
	struct journal_config journal;
	struct limits_config limits;
	struct replicas_config replicas;
	struct shutdown_config shutdown;
	struct process_config process;
	struct log_config log;
	struct sweep_config sweep;
	struct audit_config audit;

	/*
	 * Lanes, rules, total, gate, retry and health, ready for
	 * policy_new(); the endpoint count and the sizes of tables included.
	 */
	struct policy_settings policy;
};

/* The defaults; never fails. */
struct config *config_default(void);

/*
 * Reads and checks a file.  NULL if anything is wrong with it: `problems`
 * then holds all errors, in the file's order.  It may hold warnings in any
 * case.  A problem names the file as `path` does.
 */
struct config *config_load(const char *path, struct problems *problems);

/* The same, where somebody has read it already. */
struct config *config_load_text(
	const char *path, struct span text, struct problems *problems);

/* The same from memory; relative paths in it stay as they are. */
struct config *config_parse(
	const char *name, struct span text, struct problems *problems);

struct config *config_ref(struct config *config);
/* The last one frees it; NULL does nothing. */
void config_unref(struct config *config);

/* The defaults as a commented YAML file, which config_parse() accepts. */
void config_print_defaults(struct buf *ret_yaml);
/* One that runs, as such a file without comments. */
void config_print(const struct config *config, struct buf *ret_yaml);
/* All keys as a JSON Schema, for editors. */
void config_write_json_schema(struct buf *ret_json);
/* The reference page of all keys, in markdown. */
void config_write_reference(struct buf *ret_markdown);
/* The same as a manual page, fairway.yaml(5), in mdoc. */
void config_write_manual(struct buf *ret_mdoc);

#endif
