/** When somebody is told that an endpoint has fallen behind, and that it has caught up. */

export type BacklogNews = "behind" | "caught-up";

/**
 * Behind from the limit on; caught up from half of it down: an age that moves about the limit is told once.
 * @param behind whether it was told to be
 * @returns undefined where there is nothing new
 */
export function backlogNews(behind: boolean, oldestSeconds: number, limitSeconds: number): BacklogNews | undefined {
  if (!behind && oldestSeconds >= limitSeconds) return "behind";
  if (behind && oldestSeconds <= limitSeconds / 2) return "caught-up";
  return undefined;
}
