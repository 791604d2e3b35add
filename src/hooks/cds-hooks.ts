/** CDS Hooks 2.0 as we speak it, with what the 3.0 ballot adds: the words that the rest of the program uses. */
export { cdsRequest, hookNames } from "./schema/request.ts";
export type { CdsRequest, HookContext, HookName } from "./schema/request.ts";
export type { Card, CdsResponse, Extension, Link, Suggestion, SystemAction } from "./schema/response.ts";
export { feedbackRequest } from "./schema/feedback.ts";
export type { FeedbackItem } from "./schema/feedback.ts";
