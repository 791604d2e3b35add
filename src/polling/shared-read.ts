/**
 * Reads of the same thing that are asked for at the same moment share one statement: a thousand long polls woken by one
 * change cost one read. A read that has begun is not joined, because it may miss the change that woke the caller.
 */
export function createSharedRead<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const gathering = new Map<string, Promise<T>>();
  return (key) => {
    const joined = gathering.get(key);
    if (joined !== undefined) return joined;
    const started = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      gathering.delete(key);
      return read(key);
    });
    gathering.set(key, started);
    return started;
  };
}
