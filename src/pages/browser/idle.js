/** Tells the server of the user's activity, warns before the idle session ends, and ends it. */

const tellEveryMs = 60_000;
const warnBeforeMs = 120_000;

/**
 * @param {{ idleSeconds: number, signal: AbortSignal, ask: () => Promise<boolean>, tell: () => Promise<unknown>, onOver: () => void }} options
 */
export function watchIdle({ idleSeconds, signal, ask, tell, onOver }) {
  const idleMs = idleSeconds * 1000;
  let lastActive = Date.now();
  let lastTold = Date.now();
  let asking = false;

  async function tellServer() {
    lastTold = Date.now();
    await tell().catch(() => undefined);
  }

  function active() {
    lastActive = Date.now();
    if (!asking && lastActive - lastTold > tellEveryMs) void tellServer();
  }

  async function check() {
    const quietMs = Date.now() - lastActive;
    if (quietMs > idleMs) onOver();
    else if (quietMs > idleMs - warnBeforeMs && !asking) {
      asking = true;
      const stay = await ask();
      asking = false;
      if (stay) {
        lastActive = Date.now();
        await tellServer();
      }
    }
  }

  for (const type of ["pointerdown", "keydown", "wheel", "touchstart"])
    document.addEventListener(type, active, { signal, passive: true });
  const timer = setInterval(() => void check(), 5000);
  signal.addEventListener("abort", () => clearInterval(timer));
}
