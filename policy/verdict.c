/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/verdict.h"

#include "base/check.h"

static const struct verdict_info VERDICTS[VERDICT_COUNT] = {
	[VERDICT_NONE] = { 200, "", "none", "", false },
	[VERDICT_QUEUE_FULL] = { 429, "TooManyRequests", "queue-full",
		"too many requests wait for the API server already", true },
	[VERDICT_WAITED_TOO_LONG] = { 429, "TooManyRequests", "time-out",
		"no seat at the API server came free in time", true },
	[VERDICT_THROTTLED] = { 429, "TooManyRequests", "throttled",
		"the API server kept refusing the request for overload",
		true },
	[VERDICT_RATE_LIMITED] = { 429, "TooManyRequests", "rate-limited",
		"the configured rate lets nothing more through here", true },
	[VERDICT_GAVE_WAY] = { 429, "TooManyRequests", "gave-way",
		"a request of a higher lane needed the place", true },
	[VERDICT_STREAM_PACED] = { 429, "TooManyRequests", "stream-paced",
		"too many streams start at once", true },
	[VERDICT_STREAM_AWAY] = { 429, "TooManyRequests", "stream-away",
		"the API server cannot be reached; resume later", true },
	[VERDICT_AWAY] = { 503, "ServiceUnavailable", "away",
		"the API server cannot be reached; the request was not sent",
		true },
	[VERDICT_NO_ANSWER] = { 504, "Timeout", "no-answer",
		"the request was sent and its answer was lost; it may have "
		"taken effect",
		false },
	[VERDICT_DEADLINE] = { 504, "Timeout", "deadline",
		"the time that the request was given has passed", false },
	[VERDICT_SERVER_ERROR] = { 503, "ServiceUnavailable", "server-error",
		"the API server answered the finalizer removal with an "
		"internal error, repeatedly",
		false },
	[VERDICT_SHUTTING_DOWN] = { 429, "TooManyRequests", "shutting-down",
		"Fairway is shutting down", true },
	[VERDICT_PAUSED] = { 429, "TooManyRequests", "paused",
		"an operator paused Fairway", true },
	[VERDICT_DRAINED] = { 429, "TooManyRequests", "drained",
		"an operator lets this lane or flow run empty", true },
	[VERDICT_KILLED] = { 429, "TooManyRequests", "killed",
		"an operator ended the request while it waited", true },
	[VERDICT_BAD_REQUEST] = { 400, "BadRequest", "bad-request",
		"the request is malformed", false },
	[VERDICT_TWO_CREDENTIALS] = { 400, "BadRequest", "two-credentials",
		"the request has a client certificate and another credential",
		false },
	[VERDICT_UNAUTHORIZED] = { 401, "Unauthorized", "unauthorized",
		"the client certificate is not accepted", false },
	[VERDICT_TOKEN] = { 401, "Unauthorized", "token",
		"the API server does not know the token", false },
	[VERDICT_USER_REFUSED] = { 403, "Forbidden", "user-refused",
		"the client certificate names a user or a group that is "
		"refused here",
		false },
	[VERDICT_IMPERSONATION] = { 403, "Forbidden", "impersonation",
		"impersonation is refused where Fairway authenticates with "
		"credentials of its own",
		false },
	[VERDICT_NOT_ALLOWED] = { 403, "Forbidden", "not-allowed",
		"the API server does not allow this impersonation", false },
	[VERDICT_REVIEW] = { 503, "ServiceUnavailable", "review",
		"the API server did not say who asks, or as whom that one may "
		"ask; the request was not sent",
		true },
	[VERDICT_METHOD] = { 405, "MethodNotAllowed", "method",
		"the method is not one of the API server's", false },
	[VERDICT_BODY_TOO_LARGE] = { 413, "RequestEntityTooLarge",
		"body-too-large", "the request's body is too large", false },
	[VERDICT_HEAD_TOO_LARGE] = { 431, "RequestHeaderFieldsTooLarge",
		"head-too-large", "the request's header is too large", false },
	[VERDICT_TOO_MANY] = { 429, "TooManyRequests", "too-many",
		"too many connections or streams", true },
};

const struct verdict_info *verdict_info(enum verdict verdict)
{
	CHECK((unsigned)verdict < VERDICT_COUNT);
	return &VERDICTS[verdict];
}
