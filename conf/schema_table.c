/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of all keys.  Its order is that of the reference page and, inside
 * an object, that of decoding: a burst comes after its qps.
 *
 * What policy decides has no fallback here: policy_settings_default() has it.
 */
#include "conf/schema.h"

#include <stddef.h>
#include <sys/un.h>

#include "conf/config.h"
#include "conf/lanes.h"

#define QPS_MAX 1000000000 /* thousandths */
#define BURST_MAX 1000000
#define HOURS(n) (3600 * (n)*USEC_PER_SEC)
#define GIB(n) ((uint64_t)(n) << 30)
#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

#define CONFIG(member) .offset = offsetof(struct config, member)
#define LANE(member) .offset = offsetof(struct lane_entry, member)
#define RULE(member) .offset = offsetof(struct rule_entry, member)
#define SWEEP_RULE(member) .offset = offsetof(struct sweep_rule_config, member)
#define RANGE(least, most) .min = (least), .max = (most)

static const struct schema_word API_VERSIONS[] = {
	{ "fairway.dev/v1alpha1", 0 },
	{ NULL, 0 },
};

static const struct schema_word KINDS[] = {
	{ "Configuration", 0 },
	{ NULL, 0 },
};

static const struct schema_word MODES[] = {
	{ "Enforce", ENFORCEMENT_FULL },
	{ "Shadow", ENFORCEMENT_SHADOW },
	{ NULL, 0 },
};

static const struct schema_word LANE_TYPES[] = {
	{ "Queued", LANE_QUEUED },
	{ "Exempt", LANE_EXEMPT },
	{ "Streams", LANE_STREAMS },
	{ NULL, 0 },
};

static const struct schema_word DISTINGUISHERS[] = {
	{ "ByUserAndNamespace", DISTINGUISHER_USER_AND_NAMESPACE },
	{ "ByUser", DISTINGUISHER_USER },
	{ "ByNamespace", DISTINGUISHER_NAMESPACE },
	{ "None", DISTINGUISHER_NONE },
	{ NULL, 0 },
};

static const struct schema_word VERBS[] = {
	{ "get", VERB_GET },
	{ "list", VERB_LIST },
	{ "watch", VERB_WATCH },
	{ "create", VERB_CREATE },
	{ "update", VERB_UPDATE },
	{ "patch", VERB_PATCH },
	{ "delete", VERB_DELETE },
	{ "deletecollection", VERB_DELETECOLLECTION },
	{ "proxy", VERB_PROXY },
	{ "connect", VERB_CONNECT },
	{ "head", VERB_HEAD },
	{ "post", VERB_POST },
	{ "put", VERB_PUT },
	{ "options", VERB_OPTIONS },
	{ NULL, 0 },
};

static const struct schema_word EFFECTS[] = {
	{ "None", EFFECT_NONE },
	{ "Removes", EFFECT_REMOVES },
	{ "Adds", EFFECT_ADDS },
	{ "Mixed", EFFECT_MIXED },
	{ "Writes", EFFECT_WRITES },
	{ NULL, 0 },
};

static const struct schema_word QUERY_PARTS[] = {
	{ "dryRun", QUERY_DRY_RUN },
	{ "selector", QUERY_SELECTOR },
	{ "limit", QUERY_LIMIT },
	{ "fromCache", QUERY_FROM_CACHE },
	{ "initialEvents", QUERY_INITIAL_EVENTS },
	{ "follow", QUERY_FOLLOW },
	{ NULL, 0 },
};

static const struct schema_word SCOPES[] = {
	{ "Any", RULE_SCOPE_ANY },
	{ "Resource", RULE_SCOPE_RESOURCE },
	{ "NonResource", RULE_SCOPE_NON_RESOURCE },
	{ NULL, 0 },
};

static const struct schema_word DURATIONS[] = {
	{ "Any", RULE_DURATION_ANY },
	{ "Short", RULE_DURATION_SHORT },
	{ "LongRunning", RULE_DURATION_LONG_RUNNING },
	{ NULL, 0 },
};

static const struct schema_word ADMIN_PAGES[] = {
	{ "Local", ADMIN_PAGES_LOCAL },
	{ "Anywhere", ADMIN_PAGES_ANYWHERE },
	{ NULL, 0 },
};

static const struct schema_word CREDENTIALS[] = {
	{ "PassThrough", CREDENTIALS_PASS_THROUGH },
	{ "Own", CREDENTIALS_OWN },
	{ NULL, 0 },
};

static const struct schema_word IMPERSONATIONS[] = {
	{ "Refuse", IMPERSONATION_REFUSE },
	{ "SubjectAccessReview", IMPERSONATION_REVIEW },
	{ NULL, 0 },
};

static const struct schema_word TOKEN_MODES[] = {
	{ "PassThrough", TOKENS_PASS_THROUGH },
	{ "TokenReview", TOKENS_REVIEW },
	{ NULL, 0 },
};

static const struct schema_word JOURNAL_MODES[] = {
	{ "WhenHeld", JOURNAL_WHEN_HELD },
	{ "Always", JOURNAL_ALWAYS },
	{ "Off", JOURNAL_OFF },
	{ NULL, 0 },
};

static const struct schema_word CONFLICTS[] = {
	{ "Leave", CONFLICT_LEAVE },
	{ "Rebase", CONFLICT_REBASE },
	{ NULL, 0 },
};

static const struct schema_word LOG_LEVELS[] = {
	{ "error", LOG_LEVEL_ERROR },
	{ "warn", LOG_LEVEL_WARN },
	{ "info", LOG_LEVEL_INFO },
	{ "debug", LOG_LEVEL_DEBUG },
	{ NULL, 0 },
};

static const struct schema_word LOG_FORMATS[] = {
	{ "text", LOG_FORMAT_TEXT },
	{ "json", LOG_FORMAT_JSON },
	{ NULL, 0 },
};

static const struct schema_word AUDIT_OUTPUTS[] = {
	{ "None", AUDIT_NONE },
	{ "File", AUDIT_FILE },
	{ "Stdout", AUDIT_STDOUT },
	{ NULL, 0 },
};

static const struct schema_word PRESETS[] = {
	{ "sidecar", PRESET_SIDECAR },
	{ "gateway", PRESET_GATEWAY },
	{ NULL, 0 },
};

static const struct schema_word SWEEP_PROOFS[] = {
	{ "labelled", SWEEP_PROOF_LABELLED },
	{ "gone", SWEEP_PROOF_GONE },
	{ "finished", SWEEP_PROOF_FINISHED },
	{ "recorded", SWEEP_PROOF_RECORDED },
	{ "deleted", SWEEP_PROOF_DELETED },
	{ NULL, 0 },
};

const struct schema_key SCHEMA[] = {
	{ "apiVersion", SCHEMA_FIXED, .flags = SCHEMA_REQUIRED,
		.words = API_VERSIONS, .help = "The version of this format." },
	{ "kind", SCHEMA_FIXED, .flags = SCHEMA_REQUIRED, .words = KINDS,
		.help = "What the file is." },
	{ "preset", SCHEMA_ENUM, CONFIG(preset), .words = PRESETS,
		.fallback = "sidecar",
		.help = "Which numbers the other keys begin with: those for "
			"one controller on the same machine, or for many "
			"before the API servers of a cluster (see below). "
			"Lanes, order and rules are the same." },
	{ "listen", SCHEMA_SECTION,
		.help = "Where clients connect to, by TLS." },
	{ "listen.address", SCHEMA_HOST_PORT, .flags = SCHEMA_RESTART,
		CONFIG(listen.address), .fallback = "127.0.0.1:7443",
		.help = "Address and port. Port 0 takes any that is free, "
			"and the kubeconfig for the clients says which." },
	{ "listen.tlsCertFile", SCHEMA_PATH, CONFIG(listen.tls_cert_file),
		.fallback = "",
		.help = "Certificate chain, PEM, with tlsPrivateKeyFile. "
			"Without both, Fairway makes a private CA and a "
			"certificate for localhost once and keeps them in "
			"stateDir." },
	{ "listen.tlsPrivateKeyFile", SCHEMA_PATH, CONFIG(listen.tls_key_file),
		.fallback = "",
		.help = "Its private key, PEM, not encrypted." },
	{ "listen.kubeconfig", SCHEMA_PATH, .flags = SCHEMA_RESTART,
		CONFIG(listen.kubeconfig), .fallback = "",
		.help = "Where the kubeconfig for the clients is written, "
			"readable by its owner only. Empty: \"kubeconfig\" "
			"in stateDir." },
	{ "cleartext", SCHEMA_SECTION,
		.help = "Where clients on this machine connect to without "
			"TLS, in HTTP/1.1 or HTTP/2 with prior knowledge. "
			"client-go sends no token over http://: such clients "
			"need credentials Own." },
	{ "cleartext.address", SCHEMA_LOCAL, .flags = SCHEMA_RESTART,
		CONFIG(cleartext.address), .max = SOCKET_PATH_MAX,
		.fallback = "",
		.help = "Loopback address and port (127.0.0.1:7444, "
			"'[::1]:7444'), or a UNIX socket, mode 0600 "
			"(unix:/run/fairway/api.sock). Empty: nowhere." },
	{ "cleartext.credentials", SCHEMA_ENUM, .flags = SCHEMA_RESTART,
		CONFIG(cleartext.credentials), .words = CREDENTIALS,
		.fallback = "PassThrough",
		.help = "Own: a request without `authorization` goes with "
			"the token or certificate of the kubeconfig or "
			"service account that Fairway has, and may not "
			"impersonate. Who may connect there then has those "
			"rights." },
	{ "identity", SCHEMA_SECTION,
		.help = "Who clients are, where Fairway is to know it. "
			"Bearer tokens pass through in any case: the API "
			"server authenticates them." },
	{ "identity.clientCAFile", SCHEMA_PATH, .flags = SCHEMA_RESTART,
		CONFIG(identity.client_ca_file), .fallback = "",
		.help = "CA bundle, PEM, of client certificates, read again "
			"when it changes. A client that shows one of its "
			"certificates is its common name, with its "
			"organizations as groups, as at the API server; its "
			"requests go with Fairway's token and impersonate "
			"it, which that token must be allowed to. With a "
			"bearer token besides it is refused. Empty: no "
			"certificate is asked for." },
	{ "identity.refusedUsers", SCHEMA_STRINGS,
		CONFIG(identity.refused_users),
		.help = "Users that no certificate may name; \"a:*\": all that "
			"begin so. Service accounts are always refused." },
	{ "identity.refusedGroups", SCHEMA_STRINGS,
		CONFIG(identity.refused_groups),
		.help = "Groups that no certificate may name. system:masters "
			"is always refused." },
	{ "identity.impersonation", SCHEMA_ENUM,
		CONFIG(identity.impersonation), .words = IMPERSONATIONS,
		.fallback = "Refuse",
		.help = "What becomes of Impersonate-* (kubectl --as) of a "
			"client with a certificate. SubjectAccessReview: it "
			"may if the API server says so of the user, each "
			"group, the uid and each extra value; "
			"system:masters nobody may. With a token the API "
			"server decides itself." },
	{ "identity.tokens", SCHEMA_ENUM, .flags = SCHEMA_RESTART,
		CONFIG(identity.tokens), .words = TOKEN_MODES,
		.fallback = "PassThrough",
		.help = "TokenReview: the API server is asked whose a token "
			"is, for rules with users, groups or "
			"serviceAccounts. Fairway's token must be allowed to "
			"create tokenreviews." },
	{ "identity.reviewTimeout", SCHEMA_DURATION,
		CONFIG(identity.review_timeout),
		RANGE(100 * USEC_PER_MSEC, 60 * USEC_PER_SEC), .fallback = "5s",
		.help = "For a review to be answered; then whoever needs it "
			"is refused with 503." },
	{ "identity.cacheTTL", SCHEMA_DURATION, CONFIG(identity.cache_ttl),
		RANGE(0, 60 * USEC_PER_SEC), .fallback = "10s",
		.help = "How long what a review said counts; a no for no more "
			"than two seconds. Whose a token was may decide on a "
			"lane for longer while the API server is away; the "
			"API server authenticates it all the same." },
	{ "identity.cacheEntries", SCHEMA_INT, .flags = SCHEMA_RESTART,
		CONFIG(identity.cache_entries), RANGE(16, 1000000),
		.fallback = "4096",
		.help = "How many reviews are remembered or under way; the "
			"one that was not asked for the longest time goes." },
	{ "admin", SCHEMA_SECTION,
		.help = "Where Fairway is watched and operated." },
	{ "admin.enabled", SCHEMA_BOOL, .flags = SCHEMA_RESTART,
		CONFIG(admin.is_enabled), .fallback = "true",
		.help = "Serve /metrics, /livez and /readyz by HTTP." },
	{ "admin.address", SCHEMA_HOST_PORT, .flags = SCHEMA_RESTART,
		CONFIG(admin.address), .fallback = "127.0.0.1:7480",
		.help = "Address and port of that." },
	{ "admin.pages", SCHEMA_ENUM, CONFIG(admin.pages),
		.words = ADMIN_PAGES, .fallback = "Local",
		.help = "Who gets the live page, /configz and /debug/requests "
			"there, which have names of files, namespaces and "
			"objects. Local: who asks from this machine, by its "
			"address or as localhost. Anywhere: whoever reaches "
			"the address, also a page of the web in a browser "
			"that does." },
	{ "admin.socket", SCHEMA_PATH, .flags = SCHEMA_RESTART,
		CONFIG(admin.socket), .max = SOCKET_PATH_MAX, .fallback = "",
		.help = "UNIX socket for `fairway status` and the like, "
			"mode 0600. Empty: \"admin.sock\" in stateDir." },
	{ "upstream", SCHEMA_SECTION,
		.help = "The API server. What is not set here comes from "
			"the kubeconfig or, in a pod, from the service "
			"account." },
	{ "upstream.servers", SCHEMA_URLS, .flags = SCHEMA_RESTART,
		CONFIG(upstream.servers),
		.help = "URLs of the API server: several for one cluster "
			"with several API servers. Empty: the one of the "
			"kubeconfig." },
	{ "upstream.kubeconfig", SCHEMA_PATH, .flags = SCHEMA_RESTART,
		CONFIG(upstream.kubeconfig), .fallback = "",
		.help = "Kubeconfig to use. Empty: as kubectl finds it "
			"($KUBECONFIG, ~/.kube/config), else the service "
			"account of the pod." },
	{ "upstream.context", SCHEMA_STRING, .flags = SCHEMA_RESTART,
		CONFIG(upstream.context), .fallback = "",
		.help = "Context of the kubeconfig. Empty: its current-"
			"context." },
	{ "upstream.certificateAuthority", SCHEMA_PATH,
		CONFIG(upstream.certificate_authority), .fallback = "",
		.help = "CA bundle, PEM, that the API server's certificate "
			"must come from." },
	{ "upstream.tlsServerName", SCHEMA_STRING, .flags = SCHEMA_RESTART,
		CONFIG(upstream.tls_server_name), .max = 253, .fallback = "",
		.help = "Name that the certificate must have, where it is "
			"not the host of the URL." },
	{ "upstream.insecureSkipTLSVerify", SCHEMA_BOOL,
		.flags = SCHEMA_RESTART,
		CONFIG(upstream.insecure_skip_tls_verify), .fallback = "false",
		.help = "Do not verify the API server's certificate. "
			"Anybody on the way can then read and change "
			"everything, tokens included." },
	{ "upstream.connectTimeout", SCHEMA_DURATION,
		CONFIG(upstream.connect_timeout),
		RANGE(100 * USEC_PER_MSEC, 60 * USEC_PER_SEC), .fallback = "5s",
		.help = "For TCP and TLS together." },
	{ "upstream.connections", SCHEMA_SECTION,
		.help = "Connections to each API server, opened as needed." },
	{ "upstream.connections.express", SCHEMA_INT,
		CONFIG(upstream.express_connections), RANGE(1, 16),
		.fallback = "1",
		.help = "For leader election and finalizer removals." },
	{ "upstream.connections.bulk", SCHEMA_INT,
		CONFIG(upstream.bulk_connections), RANGE(1, 64),
		.fallback = "2", .help = "For everything else that ends." },
	{ "upstream.connections.streams", SCHEMA_INT,
		CONFIG(upstream.streams_connections), RANGE(1, 64),
		.fallback = "4",
		.help = "For watches and other long-running requests." },
	{ "upstream.reconnectBackoff", SCHEMA_SECTION,
		.help = "Pause between attempts to connect, doubled each "
			"time." },
	{ "upstream.reconnectBackoff.min", SCHEMA_DURATION,
		CONFIG(upstream.reconnect_min),
		RANGE(1 * USEC_PER_MSEC, 60 * USEC_PER_SEC), .fallback = "50ms",
		.help = "The first one." },
	{ "upstream.reconnectBackoff.max", SCHEMA_DURATION,
		CONFIG(upstream.reconnect_max),
		RANGE(1 * USEC_PER_MSEC, 300 * USEC_PER_SEC), .fallback = "2s",
		.help = "The longest one." },
	{ "upstream.lookupInterval", SCHEMA_DURATION,
		CONFIG(upstream.lookup_every),
		RANGE(1 * USEC_PER_SEC, HOURS(24)), .fallback = "30s",
		.help = "How often the name of a server is looked up again, "
			"and sooner when it cannot be reached. Each of its "
			"addresses is an API server of its own." },
	{ "stateDir", SCHEMA_PATH, .flags = SCHEMA_RESTART, CONFIG(state_dir),
		.fallback = "",
		.help = "Where Fairway keeps its CA, keys and socket; made "
			"with mode 0700. Empty: $STATE_DIRECTORY, else "
			"$XDG_STATE_HOME/fairway, else "
			"~/.local/state/fairway, else /var/lib/fairway." },
	{ "mode", SCHEMA_ENUM, CONFIG(policy.mode), .words = MODES,
		.help = "Shadow: all lanes are in Shadow, see lanes[].mode." },
	{ "lanes", SCHEMA_LIST,
		.help = "Classes of requests. A lane with the name of a "
			"default lane changes only the keys that are given;"
			" another name makes a new lane." },
	{ "lanes[].name", SCHEMA_NAME, .flags = SCHEMA_REQUIRED,
		LANE(settings.name),
		.help = "Its name, also in metrics and in X-Fairway-Lane." },
	{ "lanes[].mode", SCHEMA_ENUM, LANE(settings.mode), .words = MODES,
		.fallback = "Enforce",
		.help = "Shadow: its requests go at once and count in no "
			"other lane's seats; metrics and the access log say "
			"what would have kept or refused them. While the API "
			"server is away they are held all the same." },
	{ "lanes[].type", SCHEMA_ENUM, LANE(settings.kind), .words = LANE_TYPES,
		.fallback = "Queued",
		.help = "Queued: waits for its turn, under the total. "
			"Exempt: outside the total and its queues, under "
			"the gates only. Streams: long-running requests, "
			"whose starts are paced and never queued." },
	{ "lanes[].order", SCHEMA_INT, .flags = SCHEMA_REQUIRED,
		LANE(settings.order), RANGE(0, 1000),
		.help = "Lower ones go first." },
	{ "lanes[].minShare", SCHEMA_PERCENT, LANE(settings.min_share),
		RANGE(0, 1000), .fallback = "0%",
		.help = "Share of the seat time that the lane gets whatever"
			" is above it." },
	{ "lanes[].reserveSeats", SCHEMA_THOUSANDTHS, LANE(settings.reserve),
		RANGE(0, 100 * SEAT), .fallback = "0",
		.help = "Seats that it may use above the total." },
	{ "lanes[].seats", SCHEMA_THOUSANDTHS, .flags = SCHEMA_UNLIMITED,
		LANE(settings.seats_max), RANGE(1 * SEAT, 10000 * SEAT),
		.unlimited = 0, .fallback = "unlimited",
		.help = "Most seats that it may use at one time." },
	{ "lanes[].wideListSeats", SCHEMA_THOUSANDTHS,
		.flags = SCHEMA_UNLIMITED, LANE(settings.wide_list_seats),
		RANGE(1 * SEAT, 10000 * SEAT), .unlimited = 0,
		.fallback = "unlimited",
		.help = "Most seats for wide LISTs, those that return much." },
	{ "lanes[].largeWriteSeats", SCHEMA_THOUSANDTHS,
		.flags = SCHEMA_UNLIMITED, LANE(settings.large_write_seats),
		RANGE(1 * SEAT, 10000 * SEAT), .unlimited = 0,
		.fallback = "unlimited",
		.help = "Most seats for large writes, those of more than"
			" 64 KiB, of all lanes together. When none has started"
			" for 100 ms another one goes all the same." },
	{ "lanes[].qps", SCHEMA_QPS, .flags = SCHEMA_UNLIMITED,
		LANE(settings.bucket), RANGE(0, QPS_MAX),
		.fallback = "unlimited",
		.help = "Requests a second that may start. 0 refuses all." },
	{ "lanes[].burst", SCHEMA_BURST, LANE(settings.bucket),
		RANGE(1, BURST_MAX),
		.help = "How many may start at once after a quiet time. "
			"Default: the qps, rounded up, at least 1." },
	{ "lanes[].flowQPS", SCHEMA_QPS, .flags = SCHEMA_UNLIMITED,
		LANE(settings.flow_bucket), RANGE(0, QPS_MAX),
		.fallback = "unlimited",
		.help = "The same for each flow of the lane." },
	{ "lanes[].flowBurst", SCHEMA_BURST, LANE(settings.flow_bucket),
		RANGE(1, BURST_MAX), .help = "Its burst." },
	{ "lanes[].overflow", SCHEMA_STRING, LANE(overflow), .max = 63,
		.help = "Lane that requests go to which are above flowQPS; "
			"empty: they wait here." },
	{ "lanes[].waitMax", SCHEMA_DURATION, .flags = SCHEMA_UNLIMITED,
		LANE(settings.wait_max), RANGE(0, HOURS(24)),
		.unlimited = USEC_NEVER, .fallback = "1m",
		.help = "Longest wait in the queue, then 429. unlimited: "
			"until the client gives up." },
	{ "lanes[].holdMax", SCHEMA_DURATION, .flags = SCHEMA_UNLIMITED,
		LANE(settings.hold_max), RANGE(0, HOURS(24)),
		.unlimited = USEC_NEVER, .fallback = "1m",
		.help = "Longest wait while the API server is away, then "
			"503." },
	{ "lanes[].overdueAfter", SCHEMA_DURATION, .flags = SCHEMA_UNLIMITED,
		LANE(settings.overdue_after),
		RANGE(1 * USEC_PER_MSEC, HOURS(24)), .unlimited = USEC_NEVER,
		.fallback = "unlimited",
		.help = "After this wait its lane gets every other turn, "
			"before all lanes." },
	{ "lanes[].queueRequests", SCHEMA_INT,
		LANE(settings.queue_requests_max), RANGE(0, 1000000),
		.fallback = "1000",
		.help = "Most requests that may wait, then 429." },
	{ "lanes[].queueBytes", SCHEMA_QUANTITY, LANE(settings.queue_bytes_max),
		RANGE(0, GIB(16)), .fallback = "16Mi",
		.help = "Most bytes of requests that may wait." },
	{ "rules", SCHEMA_LIST,
		.help = "Which lane and flow a request belongs to: the "
			"matching rule with the lowest matchingPrecedence "
			"decides. All conditions that are set must hold; an"
			" empty list is no condition, \"*\" matches "
			"anything. A rule with the name of a default rule "
			"changes only the keys that are given." },
	{ "rules[].name", SCHEMA_NAME, .flags = SCHEMA_REQUIRED,
		RULE(settings.name),
		.help = "Its name, also in X-Fairway-Rule." },
	{ "rules[].mode", SCHEMA_ENUM, RULE(settings.mode), .words = MODES,
		.fallback = "Enforce",
		.help = "Shadow: what it matches is counted, and the rules "
			"behind it decide." },
	{ "rules[].lane", SCHEMA_NAME, .flags = SCHEMA_REQUIRED, RULE(lane),
		.help = "Lane of the requests that match." },
	{ "rules[].matchingPrecedence", SCHEMA_INT,
		RULE(settings.matching_precedence), RANGE(1, 10000),
		.fallback = "1000",
		.help = "The lowest one that matches decides; of equals the"
			" earlier." },
	{ "rules[].distinguisherMethod", SCHEMA_SECTION,
		.help = "What makes requests of one lane one flow." },
	{ "rules[].distinguisherMethod.type", SCHEMA_ENUM, RULE(distinguisher),
		.words = DISTINGUISHERS, .fallback = "ByUserAndNamespace",
		.help = "A user here is a credential that the API server "
			"has accepted." },
	{ "rules[].verbs", SCHEMA_ENUM_SET, RULE(settings.verbs),
		.words = VERBS,
		.help = "The API server's verbs; of non-resource requests "
			"the method in lower case." },
	{ "rules[].apiGroups", SCHEMA_STRINGS, RULE(settings.api_groups),
		.help = "\"\" is the core group." },
	{ "rules[].resources", SCHEMA_STRINGS, RULE(settings.resources),
		.help = "\"pods\" without its subresources, "
			"\"pods/status\", \"pods/*\" for both and all "
			"others, \"*/status\"." },
	{ "rules[].namespaces", SCHEMA_STRINGS, RULE(settings.namespaces),
		.help = "Namespaces of the objects. What has none (nodes, a "
			"LIST of all namespaces) needs clusterScope, also "
			"where this is \"*\"." },
	{ "rules[].clusterScope", SCHEMA_BOOL, RULE(settings.cluster_scope),
		.fallback = "false",
		.help = "What is in no namespace; besides namespaces, or "
			"without them alone." },
	{ "rules[].names", SCHEMA_STRINGS, RULE(settings.names),
		.help = "Names of the objects." },
	{ "rules[].nonResourceURLs", SCHEMA_STRINGS,
		RULE(settings.non_resource_urls),
		.help = "\"/healthz\" and what is below it; \"/debug/*\" "
			"what is below it alone." },
	{ "rules[].queryHas", SCHEMA_ENUM_SET, RULE(settings.query_has),
		.words = QUERY_PARTS,
		.help = "What the query must have, all of it." },
	{ "rules[].queryLacks", SCHEMA_ENUM_SET, RULE(settings.query_lacks),
		.words = QUERY_PARTS,
		.help = "What it must not have, none of it." },
	{ "rules[].requests", SCHEMA_ENUM, RULE(scope), .words = SCOPES,
		.fallback = "Any",
		.help = "Whether the rule is for resources." },
	{ "rules[].duration", SCHEMA_ENUM, RULE(duration), .words = DURATIONS,
		.fallback = "Any",
		.help = "Whether the rule is for long-running requests: "
			"watch, exec, attach, port-forward, log follow, "
			"proxy." },
	{ "rules[].finalizerEffects", SCHEMA_ENUM_SET, RULE(settings.effects),
		.words = EFFECTS,
		.help = "What the body does to metadata.finalizers." },
	{ "rules[].finalizers", SCHEMA_STRINGS, RULE(settings.finalizers),
		.help = "Finalizers of which one is removed." },
	{ "rules[].finalizersOnly", SCHEMA_BOOL, RULE(settings.only_pure),
		.fallback = "false",
		.help = "Only for patches of finalizers with nothing besides: "
			"resourceVersion, uid, labels and, of a JSON patch, "
			"tests may be with them." },
	{ "rules[].userAgents", SCHEMA_STRINGS, RULE(settings.user_agents),
		.help = "What the User-Agent begins with." },
	{ "rules[].users", SCHEMA_STRINGS, RULE(settings.users),
		.help = "Who asks: any of these users, groups or service "
			"accounts. Only where Fairway authenticates its "
			"clients; elsewhere that is an error." },
	{ "rules[].groups", SCHEMA_STRINGS, RULE(settings.groups),
		.help = "Groups of who asks." },
	{ "rules[].serviceAccounts", SCHEMA_STRINGS,
		RULE(settings.service_accounts),
		.help = "\"namespace:name\", or \"namespace:*\"." },
	{ "rules[].maxBodyBytes", SCHEMA_QUANTITY, .flags = SCHEMA_UNLIMITED,
		RULE(settings.body_max), RANGE(1, GIB(1)), .unlimited = 0,
		.fallback = "unlimited",
		.help = "Only for bodies up to this size." },
	{ "rules[].releasedObjects", SCHEMA_BOOL,
		RULE(settings.only_released_objects), .fallback = "false",
		.help = "Only for objects whose finalizer removal has just "
			"succeeded." },
	{ "budget", SCHEMA_SECTION,
		.help = "Token bucket for all requests together." },
	{ "budget.qps", SCHEMA_QPS, .flags = SCHEMA_UNLIMITED,
		CONFIG(policy.root_bucket), RANGE(0, QPS_MAX),
		.help = "Requests a second that may start. 0 refuses all." },
	{ "budget.burst", SCHEMA_BURST, CONFIG(policy.root_bucket),
		RANGE(1, BURST_MAX),
		.help = "How many may start at once after a quiet time. "
			"Default: the qps, rounded up, at least 1." },
	{ "total", SCHEMA_SECTION,
		.help = "Seats that all lanes together use at one API "
			"server. Order works only over a small total." },
	{ "total.initial", SCHEMA_THOUSANDTHS, CONFIG(policy.total.initial),
		RANGE(1 * SEAT, 10000 * SEAT), .help = "At the start." },
	{ "total.min", SCHEMA_THOUSANDTHS, CONFIG(policy.total.min),
		RANGE(1 * SEAT, 10000 * SEAT), .help = "Never below." },
	{ "total.max", SCHEMA_THOUSANDTHS, CONFIG(policy.total.max),
		RANGE(1 * SEAT, 10000 * SEAT),
		.help = "Never above. Only where it is adaptive." },
	{ "total.adaptive", SCHEMA_BOOL, CONFIG(policy.total.is_adaptive),
		.help = "Let it grow and shrink by what the API server's "
			"latency says. false: it stays at initial, and only "
			"a 429 that names no priority level makes it smaller "
			"for a while." },
	{ "gate", SCHEMA_SECTION,
		.help = "Gate of each of the API server's priority levels, "
			"by its 429s." },
	{ "gate.closedMin", SCHEMA_DURATION32,
		CONFIG(policy.gate.closed_min_usec),
		RANGE(100, 60 * USEC_PER_SEC),
		.help = "Time closed after a refusal, doubled with each in "
			"a row." },
	{ "gate.closedMax", SCHEMA_DURATION32,
		CONFIG(policy.gate.closed_max_usec),
		RANGE(100, 600 * USEC_PER_SEC), .help = "The longest." },
	{ "gate.raiseMin", SCHEMA_DURATION32,
		CONFIG(policy.gate.raise_min_usec),
		RANGE(1 * USEC_PER_MSEC, 600 * USEC_PER_SEC),
		.help = "Time before the gate lets one more through, "
			"doubled each time that was refused." },
	{ "gate.raiseMax", SCHEMA_DURATION32,
		CONFIG(policy.gate.raise_max_usec),
		RANGE(1 * USEC_PER_MSEC, 600 * USEC_PER_SEC),
		.help = "The longest." },
	{ "retry", SCHEMA_SECTION,
		.help = "What is sent again, if that harms nobody." },
	{ "retry.tries", SCHEMA_INT, CONFIG(policy.retry.tries_max),
		RANGE(1, 100),
		.help = "Tries of one request, those refused by a gate not "
			"counted." },
	{ "retry.budget", SCHEMA_PERCENT, CONFIG(policy.retry.budget),
		RANGE(0, 1000),
		.help = "Share of the requests that may be tried again." },
	{ "retry.backoffMin", SCHEMA_DURATION, CONFIG(policy.retry.backoff_min),
		RANGE(1 * USEC_PER_MSEC, 60 * USEC_PER_SEC),
		.help = "The first pause, doubled each time." },
	{ "retry.backoffMax", SCHEMA_DURATION, CONFIG(policy.retry.backoff_max),
		RANGE(1 * USEC_PER_MSEC, 600 * USEC_PER_SEC),
		.help = "The longest pause." },
	{ "retry.throttledMax", SCHEMA_DURATION,
		CONFIG(policy.retry.throttled_max), RANGE(0, HOURS(1)),
		.help = "Longest time that a request is kept because the "
			"API server answers 429." },
	{ "retry.answerTimeout", SCHEMA_DURATION,
		CONFIG(policy.retry.answer_timeout),
		RANGE(100 * USEC_PER_MSEC, HOURS(1)),
		.help = "No answer for so long to a removal that may be sent "
			"again, or to what no client waits for any more: it "
			"is reset. Longer than the API server's own "
			"--request-timeout." },
	{ "health", SCHEMA_SECTION,
		.help = "Whether the API server is there." },
	{ "health.probeInterval", SCHEMA_DURATION,
		CONFIG(policy.health.probe_every),
		RANGE(10 * USEC_PER_MSEC, 60 * USEC_PER_SEC),
		.help = "Between probes of /readyz." },
	{ "health.probeIntervalAway", SCHEMA_DURATION,
		CONFIG(policy.health.probe_every_away),
		RANGE(10 * USEC_PER_MSEC, 60 * USEC_PER_SEC),
		.help = "While it is away." },
	{ "health.probeTimeout", SCHEMA_DURATION,
		CONFIG(policy.health.probe_timeout),
		RANGE(10 * USEC_PER_MSEC, 60 * USEC_PER_SEC),
		.help = "No answer for so long: away." },
	{ "hold", SCHEMA_SECTION,
		.help = "What is kept while requests wait, and how they are"
			" let go." },
	{ "hold.maxBytes", SCHEMA_QUANTITY, CONFIG(policy.held_bytes_max),
		RANGE(64 << 10, GIB(64)),
		.help = "Bytes of all requests that wait." },
	{ "hold.maxSmallBytes", SCHEMA_QUANTITY,
		CONFIG(policy.held_bytes_small), RANGE(0, GIB(64)),
		.help = "Of that, only for bodies of up to 16 KiB." },
	{ "hold.rampStart", SCHEMA_THOUSANDTHS,
		CONFIG(policy.health.ramp_start), RANGE(1 * SEAT, 10000 * SEAT),
		.help = "Seats right after the API server is back." },
	{ "hold.rampGrowth", SCHEMA_THOUSANDTHS,
		CONFIG(policy.health.ramp_growth), RANGE(1001, 10000),
		.help = "Factor of each step after that." },
	{ "hold.rampStep", SCHEMA_DURATION, CONFIG(policy.health.ramp_step),
		RANGE(1 * USEC_PER_MSEC, 60 * USEC_PER_SEC),
		.help = "Time between steps." },
	{ "hold.streamStartsQPS", SCHEMA_THOUSANDTHS,
		CONFIG(policy.health.stream_starts_milli_qps),
		RANGE(1, QPS_MAX),
		.help = "Watches and LISTs that may start in a second, "
			"always." },
	{ "hold.streamStartsBurst", SCHEMA_INT,
		CONFIG(policy.health.stream_starts_burst), RANGE(1, BURST_MAX),
		.help = "How many at once." },
	{ "journal", SCHEMA_SECTION,
		.help = "Finalizer removals that have to wait are kept on the "
			"disk, in the state directory, and sent again after "
			"a restart." },
	{ "journal.mode", SCHEMA_ENUM, .flags = SCHEMA_RESTART,
		CONFIG(policy.intents.mode), .words = JOURNAL_MODES,
		.help = "Which: those that are held, throttled or whose first "
			"attempt failed; all; or none." },
	{ "journal.labels", SCHEMA_STRINGS, .flags = SCHEMA_RESTART,
		CONFIG(policy.intents.labels),
		.help = "Labels that a removal may set besides; one that sets "
			"another is not kept." },
	{ "journal.onConflict", SCHEMA_ENUM, .flags = SCHEMA_RESTART,
		CONFIG(journal.on_conflict), .words = CONFLICTS,
		.fallback = "Leave",
		.help = "When the object has changed meanwhile: the removal is "
			"left to its client, or exactly its finalizers are "
			"taken from the object of the same uid." },
	{ "journal.expireAfter", SCHEMA_DURATION, .flags = SCHEMA_RESTART,
		CONFIG(journal.expire_after),
		RANGE(1 * USEC_PER_SEC, HOURS(24)), .fallback = "15m",
		.help = "An older one is given up, and reported." },
	{ "journal.replayQPS", SCHEMA_QPS, .flags = SCHEMA_RESTART,
		CONFIG(policy.intents.replays), RANGE(1, QPS_MAX),
		.help = "Removals that are sent again in a second, behind "
			"those of clients, but for one in ten." },
	{ "journal.replayBurst", SCHEMA_BURST, .flags = SCHEMA_RESTART,
		CONFIG(policy.intents.replays), RANGE(1, BURST_MAX),
		.help = "How many at once." },
	{ "journal.maxFileBytes", SCHEMA_QUANTITY, .flags = SCHEMA_RESTART,
		CONFIG(journal.file_bytes), RANGE(256 << 10, 64 << 20),
		.fallback = "8Mi",
		.help = "Size of one file; there are two, and what is open "
			"takes half of one at most." },
	{ "journal.keyFile", SCHEMA_PATH, .flags = SCHEMA_RESTART,
		CONFIG(journal.key_file), .fallback = "",
		.help = "A file with a secret of at least 32 bytes: records "
			"that were not written with it are not believed. For "
			"volumes that others can write to." },
	{ "replicas", SCHEMA_SECTION,
		.help = "Several Fairways before the same API servers: budget, "
			"total, and the seats and budgets of lanes are for all "
			"of them together, and they divide them by demand. "
			"Each has a Lease, and needs the right to list, create "
			"and update those of its namespace." },
	{ "replicas.divide", SCHEMA_BOOL, .flags = SCHEMA_RESTART,
		CONFIG(replicas.is_divided), .fallback = "false",
		.help = "Divide them. false: each has all of it." },
	{ "replicas.max", SCHEMA_INT, .flags = SCHEMA_RESTART,
		CONFIG(replicas.max), RANGE(2, 16), .fallback = "4",
		.help = "Most replicas at one time, those of a rolling update "
			"included." },
	{ "replicas.floor", SCHEMA_PERCENT, .flags = SCHEMA_RESTART,
		CONFIG(replicas.floor), RANGE(10, 1000), .fallback = "25%",
		.help = "Of each limit, the part that is divided evenly by max "
			"and that each replica always has, also while it is "
			"cut off; at least a seat. The rest goes by demand." },
	{ "replicas.group", SCHEMA_NAME, .flags = SCHEMA_RESTART,
		CONFIG(replicas.group), .fallback = "fairway",
		.help = "Those with the same one, in one namespace, are "
			"replicas: a label of their Leases." },
	{ "replicas.name", SCHEMA_STRING, .flags = SCHEMA_RESTART,
		CONFIG(replicas.name), .max = 253, .fallback = "",
		.help = "Of this one's Lease. Empty: $POD_NAME, else the "
			"host's name." },
	{ "replicas.namespace", SCHEMA_STRING, .flags = SCHEMA_RESTART,
		CONFIG(replicas.namespace), .max = 63, .fallback = "",
		.help = "Of the Leases. Empty: $POD_NAMESPACE, else that of "
			"the service account or kubeconfig." },
	{ "replicas.leaseDuration", SCHEMA_DURATION, .flags = SCHEMA_RESTART,
		CONFIG(replicas.lease),
		RANGE(1 * USEC_PER_SEC, 600 * USEC_PER_SEC), .fallback = "15s",
		.help = "So long after the last renewal others take a replica "
			"for given up; it falls to its floor after two thirds "
			"of that. It renews eight times in it." },
	{ "limits", SCHEMA_SECTION,
		.help = "What a peer may have, and how long it may take." },
	{ "limits.maxRequests", SCHEMA_INT, .flags = SCHEMA_RESTART,
		CONFIG(policy.requests_max), RANGE(16, 1000000),
		.help = "Requests that are known at one time." },
	{ "limits.maxConnections", SCHEMA_INT, CONFIG(limits.connections_max),
		RANGE(1, 1000000), .fallback = "4096",
		.help = "Connections of clients." },
	{ "limits.maxStreamsPerConnection", SCHEMA_INT,
		CONFIG(limits.streams_max), RANGE(100, 1000000),
		.fallback = "2000",
		.help = "Requests at one time on one of them. Below 1000, "
			"clients open more connections while requests wait." },
	{ "limits.maxHeaderBytes", SCHEMA_QUANTITY32,
		CONFIG(limits.head_bytes_max), RANGE(8 << 10, 1 << 20),
		.fallback = "64Ki",
		.help = "Of all header fields of one message." },
	{ "limits.maxHeaders", SCHEMA_INT, CONFIG(limits.head_fields_max),
		RANGE(32, 10000), .fallback = "256",
		.help = "Header fields of one message." },
	{ "limits.maxTargetBytes", SCHEMA_QUANTITY32,
		CONFIG(limits.target_bytes_max), RANGE(1 << 10, 64 << 10),
		.fallback = "8Ki", .help = "Of path and query." },
	{ "limits.maxMemoryBytes", SCHEMA_QUANTITY, CONFIG(limits.memory_max),
		RANGE(1 << 20, GIB(64)), .fallback = "128Mi",
		.help = "Of all bodies together, kept or on their way, of what "
			"sockets have not taken yet, and of what HTTP/1.1 "
			"clients sent ahead; above it requests get 429, and "
			"after limits.readInterval the largest answers that "
			"wait for their clients are cut off." },
	{ "limits.maxKeptBodyBytes", SCHEMA_QUANTITY,
		CONFIG(limits.kept_body_max), RANGE(0, GIB(1)),
		.fallback = "1Mi",
		.help = "A larger body is passed on and not kept, so it is "
			"never sent a second time." },
	{ "limits.maxRelayBytes", SCHEMA_QUANTITY, CONFIG(limits.relay_max),
		RANGE(64 << 10, GIB(1)), .fallback = "4Mi",
		.help = "Buffer of one response towards a slow reader." },
	{ "limits.minReadRate", SCHEMA_QUANTITY, CONFIG(limits.read_rate_min),
		RANGE(0, GIB(1)), .fallback = "32Ki",
		.help = "Bytes a second that a client must take of a response "
			"whose buffer is full, or which waits for it alone, or "
			"it is cut off: it keeps a seat at the API server "
			"busy, or memory. 0: any rate will do." },
	{ "limits.readInterval", SCHEMA_DURATION, CONFIG(limits.read_interval),
		RANGE(100 * USEC_PER_MSEC, HOURS(1)), .fallback = "10s",
		.help = "Over which time that rate is measured." },
	{ "limits.clientWindow", SCHEMA_QUANTITY32, CONFIG(limits.window_down),
		RANGE(16 << 10, 16 << 20), .fallback = "64Ki",
		.help = "Flow-control window of a request's body." },
	{ "limits.upstreamWindow", SCHEMA_QUANTITY32, CONFIG(limits.window_up),
		RANGE(64 << 10, 64 << 20), .fallback = "1Mi",
		.help = "Flow-control window of a response's body." },
	{ "limits.resetsPerSecond", SCHEMA_INT,
		CONFIG(limits.resets_per_second), RANGE(1, 100000),
		.fallback = "33",
		.help = "Streams that a client may make us reset by breaking"
			" the protocol, in the long run." },
	{ "limits.resetsBurst", SCHEMA_INT, CONFIG(limits.resets_burst),
		RANGE(1, 1000000), .fallback = "200",
		.help = "How many at once." },
	{ "limits.emptyFramesPerSecond", SCHEMA_INT,
		CONFIG(limits.frames_per_second), RANGE(10, 1000000),
		.fallback = "1000",
		.help = "Frames that carry nothing, in the long run." },
	{ "limits.emptyFramesBurst", SCHEMA_INT, CONFIG(limits.frames_burst),
		RANGE(10, 1000000), .fallback = "10000",
		.help = "How many at once." },
	{ "limits.maxOutboundFrames", SCHEMA_INT,
		CONFIG(limits.outbound_frames_max), RANGE(100, 1000000),
		.fallback = "5000",
		.help = "Frames queued for a peer that does not read." },
	{ "limits.handshakeTimeout", SCHEMA_DURATION, CONFIG(limits.handshake),
		RANGE(100 * USEC_PER_MSEC, 300 * USEC_PER_SEC),
		.fallback = "10s", .help = "TCP and TLS of a client." },
	{ "limits.firstRequestTimeout", SCHEMA_DURATION,
		CONFIG(limits.first_request),
		RANGE(100 * USEC_PER_MSEC, HOURS(1)), .fallback = "30s",
		.help = "Until the first request of a connection." },
	{ "limits.headerTimeout", SCHEMA_DURATION, CONFIG(limits.head),
		RANGE(100 * USEC_PER_MSEC, 300 * USEC_PER_SEC),
		.fallback = "10s",
		.help = "From the first to the last header field of a "
			"request." },
	{ "limits.idleTimeout", SCHEMA_DURATION, CONFIG(limits.idle),
		RANGE(1 * USEC_PER_SEC, HOURS(24)), .fallback = "5m",
		.help = "Of a client's connection without requests." },
	{ "limits.pingAfter", SCHEMA_DURATION, CONFIG(limits.ping_idle),
		RANGE(1 * USEC_PER_SEC, HOURS(1)), .fallback = "15s",
		.help = "Silence after which a peer is asked whether it is "
			"there." },
	{ "limits.pingTimeout", SCHEMA_DURATION, CONFIG(limits.ping_answer),
		RANGE(100 * USEC_PER_MSEC, 300 * USEC_PER_SEC),
		.fallback = "10s", .help = "Time it has to answer." },
	{ "limits.progressTimeout", SCHEMA_DURATION, CONFIG(limits.progress),
		RANGE(1 * USEC_PER_SEC, HOURS(1)), .fallback = "60s",
		.help = "A client that takes nothing of a response for so "
			"long is cut off." },
	{ "limits.upgradeTimeout", SCHEMA_DURATION, CONFIG(limits.upgrade),
		RANGE(100 * USEC_PER_MSEC, HOURS(1)), .fallback = "60s",
		.help = "Time that the API server has to answer an exec, "
			"attach, port-forward or WebSocket; then it is 504." },
	{ "tables", SCHEMA_SECTION,
		.help = "Sizes of what Fairway remembers; the least "
			"recently used is forgotten." },
	{ "tables.flows", SCHEMA_INT, .flags = SCHEMA_RESTART,
		CONFIG(policy.flows_max), RANGE(16, 1000000),
		.help = "Flows." },
	{ "tables.levels", SCHEMA_INT, .flags = SCHEMA_RESTART,
		CONFIG(policy.levels_max), RANGE(4, 10000),
		.help = "Priority levels of the API server." },
	{ "tables.identities", SCHEMA_INT, .flags = SCHEMA_RESTART,
		CONFIG(policy.identities_max), RANGE(16, 1000000),
		.help = "Credentials that the API server has accepted." },
	{ "tables.listSizes", SCHEMA_INT, .flags = SCHEMA_RESTART,
		CONFIG(policy.sizes_max), RANGE(16, 1000000),
		.help = "LISTs and how much they returned." },
	{ "terminating", SCHEMA_SECTION,
		.help = "Memory of objects that are being deleted and kept by "
			"a finalizer, as they pass by in watches and in "
			"answers about one object; `fairway stuck` shows "
			"them." },
	{ "terminating.objects", SCHEMA_INT, .flags = SCHEMA_RESTART,
		CONFIG(policy.objects_max), RANGE(0, 1000000),
		.help = "How many are remembered; the one that was not seen "
			"for the longest time is given up. 0: none, and no "
			"answer is looked into." },
	{ "terminating.stuckAfter", SCHEMA_DURATION,
		CONFIG(policy.stuck_after), RANGE(0, HOURS(24)),
		.help = "So long after its deletion an object counts as "
			"stuck." },
	{ "shutdown", SCHEMA_SECTION, .help = "What happens after SIGTERM." },
	{ "shutdown.delay", SCHEMA_DURATION, CONFIG(shutdown.delay),
		RANGE(0, HOURS(1)), .fallback = "0s",
		.help = "Time not ready and still serving, so that others "
			"notice." },
	{ "shutdown.grace", SCHEMA_DURATION, CONFIG(shutdown.grace),
		RANGE(0, HOURS(1)), .fallback = "25s",
		.help = "Time for what runs to finish. Tunnels and logs that "
			"are followed are broken off one after another over "
			"three quarters of it." },
	{ "shutdown.watchGrace", SCHEMA_DURATION,
		CONFIG(shutdown.watch_grace), RANGE(0, HOURS(1)),
		.fallback = "10s",
		.help = "Of that, the longest time over which watches end "
			"one after another, a hundred a second or faster, "
			"while those who cannot go elsewhere may still "
			"connect. 0: all at once." },
	{ "process", SCHEMA_SECTION,
		.help = "What Fairway takes from itself, so that who breaks "
			"into it has little." },
	{ "process.confinement", SCHEMA_BOOL, .flags = SCHEMA_RESTART,
		CONFIG(process.is_confined), .fallback = "true",
		.help = "Once everything is open: no system calls but those "
			"that it needs (seccomp), and no files outside the "
			"folders that it needs (Landlock), as far as the "
			"kernel has them. A folder that is named later needs "
			"a restart." },
	{ "process.debuggable", SCHEMA_BOOL, .flags = SCHEMA_RESTART,
		CONFIG(process.is_debuggable), .fallback = "false",
		.help = "Core files, and debuggers of the same user. Tokens "
			"and keys are in memory." },
	{ "sweep", SCHEMA_SECTION,
		.help = "What `fairway sweep` looks for; it is run apart from "
			"the proxy, which takes nothing of this." },
	{ "sweep.argo", SCHEMA_BOOL, CONFIG(sweep.with_argo),
		.fallback = "true",
		.help = "Look at Argo's pods and Workflows." },
	{ "sweep.proofs", SCHEMA_ENUM_SET, CONFIG(sweep.proofs),
		.words = SWEEP_PROOFS,
		.help = "What proves that a pod's finalizer is needed no "
			"more." },
	{ "sweep.finalizer", SCHEMA_STRING, CONFIG(sweep.finalizer),
		.max = 316, .fallback = "workflows.argoproj.io/status",
		.help = "Of Argo's pods." },
	{ "sweep.instanceID", SCHEMA_STRING, CONFIG(sweep.instance), .max = 63,
		.fallback = "",
		.help = "Of the controller whose pods they are. Empty: those "
			"without one." },
	{ "sweep.settledFor", SCHEMA_DURATION, CONFIG(sweep.settled_for),
		RANGE(0, HOURS(24 * 365)), .fallback = "10m",
		.help = "Time that a pod has not changed." },
	{ "sweep.finishedFor", SCHEMA_DURATION, CONFIG(sweep.finished_for),
		RANGE(0, HOURS(24 * 365)), .fallback = "30m",
		.help = "Time that its Workflow has been completed." },
	{ "sweep.deletedFor", SCHEMA_DURATION, CONFIG(sweep.deleted_for),
		RANGE(0, HOURS(24 * 365)), .fallback = "5m",
		.help = "Time since its Workflow was deleted." },
	{ "sweep.workflowFinalizer", SCHEMA_STRING,
		CONFIG(sweep.workflow_finalizer), .max = 316,
		.fallback = "fairway.dev/pods-released",
		.help = "What a Workflow carries so that its pods are released "
			"when it is deleted." },
	{ "sweep.addWorkflowFinalizerIn", SCHEMA_STRINGS, CONFIG(sweep.add_in),
		.help = "Namespaces where Workflows that are not completed get "
			"it, if they lack it." },
	{ "sweep.maxRemovals", SCHEMA_INT, CONFIG(sweep.removals_max),
		RANGE(0, UINT32_MAX), .fallback = "500",
		.help = "A sweep that would remove more removes nothing." },
	{ "sweep.maxPerNamespace", SCHEMA_INT, CONFIG(sweep.per_namespace_max),
		RANGE(0, UINT32_MAX), .fallback = "200",
		.help = "The same for any namespace." },
	{ "sweep.maxShare", SCHEMA_PERCENT, CONFIG(sweep.share_max),
		RANGE(0, 1000), .fallback = "50%",
		.help = "The same for the share of the objects of a rule that "
			"have the finalizer, where these are 20 or more." },
	{ "sweep.qps", SCHEMA_INT, CONFIG(sweep.qps), RANGE(1, 1000),
		.fallback = "5", .help = "Removals a second, at most." },
	{ "sweep.sightings", SCHEMA_INT, CONFIG(sweep.sightings),
		RANGE(1, 1000), .fallback = "3",
		.help = "Sweeps in a row that have to see what is proven by "
			"finished or recorded." },
	{ "sweep.sightingInterval", SCHEMA_DURATION,
		CONFIG(sweep.sighting_interval), RANGE(0, HOURS(24)),
		.fallback = "5m",
		.help = "Sweeps that follow sooner are counted as one." },
	{ "sweep.sightingsIn", SCHEMA_STRING, CONFIG(sweep.sightings_in),
		.max = 316, .fallback = "",
		.help = "The ConfigMap that keeps what was seen, as "
			"namespace/name. It has to be there. Empty: each sweep "
			"is the first one." },
	{ "sweep.events", SCHEMA_BOOL, CONFIG(sweep.with_events),
		.fallback = "true",
		.help = "Make an Event at each object that loses a "
			"finalizer." },
	{ "sweep.recordFile", SCHEMA_PATH, CONFIG(sweep.record_file),
		.fallback = "",
		.help = "Where it is written what is removed, for `fairway "
			"sweep restore`." },
	{ "sweep.auditFile", SCHEMA_PATH, CONFIG(sweep.audit_file),
		.fallback = "",
		.help = "Where an audit event (audit.k8s.io/v1) is written for "
			"each removal." },
	{ "sweep.metricsFile", SCHEMA_PATH, CONFIG(sweep.metrics_file),
		.fallback = "",
		.help = "Where metrics of the last sweep are written, in the "
			"text format of Prometheus." },
	{ "sweep.rules", SCHEMA_LIST, CONFIG(sweep.rules),
		.help = "Finalizers of other controllers. All that a rule "
			"demands must be so: orphans, label, condition, "
			"deletedFor; it has to demand something." },
	{ "sweep.rules[].name", SCHEMA_NAME, .flags = SCHEMA_REQUIRED,
		SWEEP_RULE(name), .help = "Its name, in the report." },
	{ "sweep.rules[].apiVersion", SCHEMA_STRING, .flags = SCHEMA_REQUIRED,
		SWEEP_RULE(api_version), .max = 316,
		.help = "Of the objects: v1, example.com/v1." },
	{ "sweep.rules[].resource", SCHEMA_STRING, .flags = SCHEMA_REQUIRED,
		SWEEP_RULE(resource), .max = 63,
		.help = "What they are called in paths: widgets." },
	{ "sweep.rules[].labelSelector", SCHEMA_STRING, SWEEP_RULE(selector),
		.max = 2048, .fallback = "",
		.help = "Which of them, as kubectl takes it. Empty: all." },
	{ "sweep.rules[].finalizer", SCHEMA_STRING, .flags = SCHEMA_REQUIRED,
		SWEEP_RULE(finalizer), .max = 316,
		.help = "The one that is removed." },
	{ "sweep.rules[].evenIfProtected", SCHEMA_BOOL,
		SWEEP_RULE(is_protected_meant), .fallback = "false",
		.help = "Needed for foregroundDeletion, orphan, kubernetes and "
			"what is kubernetes.io's." },
	{ "sweep.rules[].orphans", SCHEMA_BOOL, SWEEP_RULE(with_orphans),
		.fallback = "false",
		.help = "The owner of the object is not found, or another one "
			"has its name." },
	{ "sweep.rules[].label", SCHEMA_STRING, SWEEP_RULE(label), .max = 400,
		.fallback = "", .help = "The object has it: key=value." },
	{ "sweep.rules[].condition", SCHEMA_STRING, SWEEP_RULE(condition),
		.max = 400, .fallback = "",
		.help = "Its status has it: Complete=True." },
	{ "sweep.rules[].deletedFor", SCHEMA_DURATION, SWEEP_RULE(deleted_for),
		RANGE(0, HOURS(24 * 365)), .fallback = "0s",
		.help = "It was deleted so long ago. 0s: that does not matter. "
			"Alone it proves little: a controller may be down for "
			"longer." },
	{ "sweep.rules[].settledFor", SCHEMA_DURATION, SWEEP_RULE(settled_for),
		RANGE(0, HOURS(24 * 365)), .fallback = "10m",
		.help = "Time that it has not changed." },
	{ "sweep.rules[].sightings", SCHEMA_INT, SWEEP_RULE(sightings),
		RANGE(1, 1000), .fallback = "3",
		.help = "Sweeps in a row that have to see it." },
	{ "log", SCHEMA_SECTION, .help = "What is written to standard error." },
	{ "log.level", SCHEMA_ENUM, CONFIG(log.level), .words = LOG_LEVELS,
		.fallback = "info", .help = "How much." },
	{ "log.format", SCHEMA_ENUM, CONFIG(log.format), .words = LOG_FORMATS,
		.fallback = "text", .help = "For people or for programs." },
	{ "log.accessSample", SCHEMA_PERCENT, CONFIG(log.access_sample),
		RANGE(0, 1000), .fallback = "0%",
		.help = "Of all requests this part, chosen by chance, has a "
			"line at level info; at level debug each has one." },
	{ "audit", SCHEMA_SECTION,
		.help = "Events of audit.k8s.io/v1, a line of JSON each: "
			"finalizer removals, ends of intents, orders over "
			"the admin socket." },
	{ "audit.output", SCHEMA_ENUM, .flags = SCHEMA_RESTART,
		CONFIG(audit.output), .words = AUDIT_OUTPUTS,
		.fallback = "None",
		.help = "Where they go; Stdout is standard output." },
	{ "audit.path", SCHEMA_PATH, .flags = SCHEMA_RESTART,
		CONFIG(audit.path), .fallback = "",
		.help = "The file, readable by its owner only. Empty: "
			"\"audit.log\" in stateDir." },
	{ "audit.maxFileBytes", SCHEMA_QUANTITY, .flags = SCHEMA_RESTART,
		CONFIG(audit.file_bytes), RANGE(64 << 10, GIB(16)),
		.fallback = "10Mi",
		.help = "A larger file is renamed to .1, and so on, and "
			"another one begins." },
	{ "audit.maxBackups", SCHEMA_INT, .flags = SCHEMA_RESTART,
		CONFIG(audit.backups), RANGE(0, 100), .fallback = "3",
		.help = "How many of these are kept." },
	{ "audit.maxQueueBytes", SCHEMA_QUANTITY, .flags = SCHEMA_RESTART,
		CONFIG(audit.queue_bytes), RANGE(64 << 10, GIB(1)),
		.fallback = "4Mi",
		.help = "Memory of events that wait for a disk that is full or "
			"slow; those that find no room are dropped and "
			"counted." },
};

const size_t SCHEMA_COUNT = ARRAY_SIZE(SCHEMA);
