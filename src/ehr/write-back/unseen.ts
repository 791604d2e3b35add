/** The EHR has confirmed a document, and its search does not show it: an index that lags, or people who release documents by hand. */
import { AdapterError } from "../../core/errors.ts";

class Unseen extends Error {
  override readonly name = "Unseen";
}

/** To be looked for again, and never to be sent again: a second one would stand beside it. */
export function unseen(): AdapterError {
  return new AdapterError("ehr_failed", {
    detail: "the EHR confirmed a document that it does not show",
    cause: new Unseen(),
  });
}

/** The EHR says that it holds the document already, or says nothing that we understand, and does not show it. */
export function notShown(): AdapterError {
  return new AdapterError("ehr_failed", { detail: "the EHR holds the document, it says, and does not show it" });
}

/**
 * An earlier version may be in the EHR before long: nothing was asked of this one yet. A failure with a cause leaves no answer
 * open (settle.ts); one without would make the next version wait for this one, which was never sent.
 */
class StillComing extends Error {
  override readonly name = "StillComing";
}

/** What is taken back or replaced must not turn up behind us: looked for again soon. */
export function stillComing(): AdapterError {
  return new AdapterError("ehr_failed", {
    detail: "an earlier version may still be on its way into the EHR",
    cause: new StillComing(),
  });
}

export function isUnseen({ cause }: AdapterError): boolean {
  return cause instanceof Unseen;
}
