/** Rows of the error table (design, section 4): the single place where a code gets its status, wording and remedy. */
interface ErrorRow {
  readonly status: number;
  /** OperationOutcome.issue.code (FHIR R4 issue-type value set). */
  readonly issueCode: string;
  readonly retry: "never" | "later";
  /** Public one-sentence description. */
  readonly title: string;
  /** Public remedy: what the caller can do. */
  readonly fix: string;
}

const row = (status: number, issueCode: string, retry: ErrorRow["retry"], title: string, fix: string): ErrorRow => ({
  status,
  issueCode,
  retry,
  title,
  fix,
});

export const errorTable = {
  request_malformed: row(
    400,
    "structure",
    "never",
    "The request cannot be read.",
    "Send well-formed JSON in UTF-8 with the documented structure.",
  ),
  parameter_missing: row(400, "required", "never", "A required value is missing.", "Add the value named in `at`."),
  parameter_invalid: row(400, "invalid", "never", "A value is not allowed.", "Correct the value named in `at`."),
  unauthenticated: row(
    401,
    "security",
    "never",
    "Authentication failed.",
    "Authenticate as agreed at registration; the audit log of this service holds the reason.",
  ),
  grant_type_unsupported: row(
    400,
    "not-supported",
    "never",
    "This grant type is not supported.",
    "Use client_credentials.",
  ),
  scope_not_granted: row(
    400,
    "invalid",
    "never",
    "None of these scopes is granted to this client.",
    "Ask for scopes that the client is registered for.",
  ),
  forbidden: row(
    403,
    "forbidden",
    "never",
    "This caller may not do that.",
    "Ask for the scope or role that this action needs.",
  ),
  egress_blocked: row(
    403,
    "forbidden",
    "never",
    "The address lies outside the networks that outbound calls may reach.",
    "Use a public address, or add its network to `egress.allow` or the tenant's `network.allow`.",
  ),
  not_found: row(
    404,
    "not-found",
    "never",
    "There is nothing here by that name.",
    "Check the identifier; it may also belong to somebody else.",
  ),
  method_not_allowed: row(
    405,
    "not-supported",
    "never",
    "This method is not supported here.",
    "Use one of the methods in the Allow header.",
  ),
  rendering_unavailable: row(
    406,
    "not-supported",
    "never",
    "This rendering does not exist.",
    "Ask for one of the media types named in the documentation.",
  ),
  gone: row(
    410,
    "deleted",
    "never",
    "This has been deleted after its retention time.",
    "Ask for a new summary, or start the feed again from the present.",
  ),
  cursor_expired: row(
    410,
    "deleted",
    "never",
    "The cursor is older than what is kept.",
    "Start again without a cursor and reconcile by job.",
  ),
  state_conflict: row(
    409,
    "conflict",
    "never",
    "This is not allowed in the present state.",
    "Read the present state and decide again.",
  ),
  sources_changed: row(
    409,
    "conflict",
    "later",
    "The chart has changed since this draft, in a way that the signer has not been shown.",
    "Read `GET /v1/jobs/{id}/summary/sources`, show its changes, and repeat with their ids in `acknowledged`.",
  ),
  hook_instance_reused: row(
    409,
    "conflict",
    "never",
    "This hookInstance was used for another patient or encounter.",
    "Use a fresh UUID for each hook invocation.",
  ),
  idempotency_key_reused: row(
    422,
    "duplicate",
    "never",
    "This Idempotency-Key was used with another body.",
    "Use a new key for a new request.",
  ),
  prefetch_unavailable: row(
    412,
    "processing",
    "later",
    "Required chart data is missing and cannot be fetched.",
    "Send the required prefetch keys, or register backend-services or SMART access.",
  ),
  precondition_failed: row(
    412,
    "conflict",
    "later",
    "If-Match names an older version.",
    "Read the present version, merge, and repeat with its ETag.",
  ),
  precondition_required: row(
    428,
    "required",
    "never",
    "If-Match is required.",
    "Send the ETag of the version you read as If-Match.",
  ),
  too_large: row(413, "too-long", "never", "The request is larger than allowed.", "Send less at once."),
  unsupported_media_type: row(
    415,
    "not-supported",
    "never",
    "This content type is not accepted.",
    "Send application/json in UTF-8.",
  ),
  profile_violation: row(
    422,
    "invariant",
    "never",
    "The content breaks its profile.",
    "Correct the element named in `at`.",
  ),
  wrong_patient: row(
    422,
    "invariant",
    "never",
    "The chart holds data of another patient.",
    "Correct the source system: every resource must belong to the patient of the encounter.",
  ),
  throttled: row(429, "throttled", "later", "Too many requests.", "Wait for the time in Retry-After."),
  ehr_failed: row(
    502,
    "transient",
    "later",
    "The EHR did not answer as expected.",
    "Try again later; the operator can see the answer's status in the log.",
  ),
  ehr_refused: row(
    502,
    "processing",
    "never",
    "The EHR refused the request.",
    "Check the client's registration and scopes in the EHR.",
  ),
  ehr_timeout: row(504, "timeout", "later", "The EHR did not answer in time.", "Try again later."),
  model_failed: row(
    502,
    "transient",
    "later",
    "The language model did not answer as expected.",
    "Try again later; the template engine stands in meanwhile.",
  ),
  model_timeout: row(
    504,
    "timeout",
    "later",
    "The language model did not answer in time.",
    "Try again later; the template engine stands in meanwhile.",
  ),
  model_truncated: row(
    502,
    "incomplete",
    "later",
    "The language model's answer ended before it was finished.",
    "Try again later; an unfinished answer is never used.",
  ),
  destination_failed: row(
    502,
    "transient",
    "later",
    "The destination did not accept the delivery.",
    "Check the endpoint; the delivery is tried again on schedule.",
  ),
  overloaded: row(
    503,
    "throttled",
    "later",
    "More requests are in hand than can be answered in time.",
    "Repeat the request after Retry-After; with several replicas another may be free.",
  ),
  draining: row(
    503,
    "transient",
    "later",
    "This replica is going down.",
    "Repeat the request; another replica answers.",
  ),
  introspection_unavailable: row(
    503,
    "transient",
    "later",
    "The EHR cannot be asked about this token.",
    "Try again in a few seconds; the operator can see in the log what the EHR answered.",
  ),
  database_unavailable: row(503, "transient", "later", "The database is away.", "Try again in a few seconds."),
  configuration_invalid: row(
    500,
    "exception",
    "never",
    "A setting is wrong.",
    "Correct the setting named in the message and start again.",
  ),
  internal: row(
    500,
    "exception",
    "later",
    "Something went wrong here.",
    "Report the request id; the log holds the cause under it.",
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;
