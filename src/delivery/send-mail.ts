/** What delivery asks of a mail server; composed in app.ts. */

export interface OutgoingMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** For programs, beside the text. */
  readonly attachment?: { readonly name: string; readonly contentType: string; readonly content: string };
  /** Of the mail, not of the attempt: the same in each. */
  readonly id: string;
}

export type SendMail = (mail: OutgoingMail) => Promise<
  | { readonly kind: "sent" }
  /** `retry`: passing, or for an operator to mend; `refused`: this address will never be written to. */
  | { readonly kind: "retry" | "refused"; readonly code: string }
>;
