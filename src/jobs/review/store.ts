/** Statements on what drafts are reviewed with. Contents are sealed. */
import { GATE, tenantQuery } from "../../db/query.ts";

export const readReviewBasis = tenantQuery<{ readonly sealed: Buffer }, readonly [job: string]>(
  "review.read-basis",
  `select sealed from handover.review_basis where ${GATE} and tenant = $1 and job = $2`,
);

export const putReviewBasis = tenantQuery<{ readonly job: string }, readonly [job: string, sealed: Buffer]>(
  "review.put-basis",
  `insert into handover.review_basis (tenant, job, sealed) select $1, $2, $3::bytea where ${GATE}
   on conflict (tenant, job) do update set sealed = excluded.sealed returning job`,
);

export const deleteReviewBasis = tenantQuery<never, readonly [job: string]>(
  "review.delete-basis",
  `delete from handover.review_basis where ${GATE} and tenant = $1 and job = $2`,
);
