/** Puts dates and names back into text that comes in pieces: a mark that is cut in two waits for its rest. */

export interface RestoringStream {
  /** Text that may be shown now. */
  readonly push: (piece: string) => string;
  /** What is still held back; the sentence is over. */
  readonly flush: () => string;
}

/** No mark is longer; an open bracket that goes on past this is a bracket. */
const longestMark = 24;

/** For one text after the other: `flush` between them. */
export function createRestoringStream(restore: (text: string) => string): RestoringStream {
  let held = "";
  return {
    push: (piece) => {
      const text = held + piece;
      const open = text.lastIndexOf("[");
      const waits = open !== -1 && !text.includes("]", open) && text.length - open <= longestMark;
      held = waits ? text.slice(open) : "";
      return restore(waits ? text.slice(0, open) : text);
    },
    flush: () => {
      const rest = restore(held);
      held = "";
      return rest;
    },
  };
}
