/** The links of cards: into the SMART page, or to a one-time landing page where the tenant has no SMART client. */
import type { Link } from "./cds-hooks.ts";
import type { ChartData, LinkPurpose, StayCall } from "./service.ts";

/** Issues a ticket's text (trust/). */
export type IssueTicket = (input: {
  readonly tenant: string;
  readonly purpose: LinkPurpose;
  readonly patient: string;
  readonly encounter: string;
  readonly job?: string;
  readonly userId: string;
  readonly snapshot?: ChartData;
}) => Promise<string>;

export interface LinkInput {
  readonly call: StayCall;
  readonly label: string;
  readonly purpose: LinkPurpose;
  readonly job: string | undefined;
  readonly chart: ChartData | undefined;
}

/** `appContext` is the job's id and reaches the page in the token response; without a job the page starts one. */
export function createLinks(publicUrl: string, issueTicket: IssueTicket): (input: LinkInput) => Promise<Link> {
  return async ({ call, label, purpose, job, chart }) => {
    if (call.tenant.ehr.smart !== undefined) {
      return {
        label,
        url: `${publicUrl}/smart/launch`,
        type: "smart",
        ...(job === undefined ? {} : { appContext: job }),
      };
    }
    const { patient, encounter, userId } = call;
    const ticket = await issueTicket({
      tenant: call.tenant.id,
      purpose,
      patient,
      encounter,
      userId,
      ...(job === undefined ? {} : { job }),
      ...(purpose === "open" || chart === undefined ? {} : { snapshot: chart }),
    });
    return { label, url: `${publicUrl}/app/ticket/${ticket}`, type: "absolute" };
  };
}
