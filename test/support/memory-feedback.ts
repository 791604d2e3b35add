/** Feedback kept in memory, for tests of what stands around it. */
import type { Feedback, StoredFeedback } from "../../src/jobs/feedback/feedback.ts";

export interface MemoryFeedback extends Feedback {
  readonly items: (StoredFeedback & { readonly job: string })[];
  readonly ratings: unknown[];
}

export function memoryFeedback(): MemoryFeedback {
  const items: MemoryFeedback["items"] = [];
  const ratings: unknown[] = [];
  return {
    items,
    ratings,
    async give({ job, version, actor }, { section, sentence, verdict, reason, text }) {
      await this.withdraw({ tenant: "", job, version, actor }, { section, sentence });
      items.push({
        job,
        version,
        actor: `${actor.kind}:${actor.id}`,
        verdict,
        at: "2026-03-18T11:00:00.000Z",
        ...(section === undefined ? {} : { section }),
        ...(sentence === undefined ? {} : { sentence }),
        ...(reason === undefined ? {} : { reason }),
        ...(reason === undefined || text === undefined ? {} : { text }),
      });
    },
    async withdraw({ job }, { section, sentence }) {
      const at = items.findIndex((item) => item.job === job && item.section === section && item.sentence === sentence);
      if (at !== -1) items.splice(at, 1);
    },
    async rate(_subject, scores) {
      ratings.push(scores);
    },
    ofJob: async (_tenant, job) => items.flatMap(({ job: of, ...item }) => (of === job ? [item] : [])),
    counts: async () => ({ sections: [], pdqi9: [] }),
  };
}
