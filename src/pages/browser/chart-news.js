/** What changed in the chart since the draft was written, in a reader's words. Pure. */
import { texts } from "./texts.js";

/**
 * @typedef {object} ChartEvent
 * @property {string} type
 * @property {{ entity?: { type: string, id: string }, change?: "added" | "changed", of?: number, summary?: { version: number } }} data
 */

/**
 * Resources that are new or other ones since version `version` of the draft: `2 medication requests (1 new), 1 condition`.
 * @param {readonly ChartEvent[]} events of the job, in order
 * @param {number} version
 */
export function chartNews(events, version) {
  /** @type {Map<string, Map<string, boolean>>} by type: ids, and whether they are new */
  const types = new Map();
  for (const { type, data } of events) {
    if (type !== "context.updated" || data.entity === undefined || data.summary?.version !== version) continue;
    const ids = types.get(data.entity.type) ?? new Map();
    // What was added first and changed then is new all the same.
    ids.set(data.entity.id, ids.get(data.entity.id) === true || data.change === "added");
    types.set(data.entity.type, ids);
  }
  return [...types]
    .map(([type, ids]) => {
      const added = [...ids.values()].filter(Boolean).length;
      const count = ids.size;
      return texts.record.changed({ what: texts.record.type({ type, count }), count, added });
    })
    .join(", ");
}
