import type { JsonResource, StoredResource } from "./resource.ts";

/** One version in a resource's history; a deletion has no resource. */
export interface Version {
  readonly versionId: string;
  readonly lastUpdated: string;
  readonly method: "POST" | "PUT" | "DELETE";
  readonly resource?: StoredResource;
}

/** Told of every change of the current state, so that an index can follow; also on rollback. */
export interface StoreObserver {
  put(resource: StoredResource): void;
  remove(resource: StoredResource): void;
}

/** All resources and all their versions, in memory. Resources it hands out are shared: never change them in place. */
export interface ResourceStore {
  /** The current version, or undefined when absent or deleted. */
  read(type: string, id: string): StoredResource | undefined;
  /** All versions, oldest first; empty when there never was one. */
  versions(type: string, id: string): readonly Version[];
  /** Current resources of a type in the order they came. */
  list(type: string): Iterable<StoredResource>;
  /** Number of current resources of a type, or of all. */
  count(type?: string): number;
  /** Writes a new version and returns it with its id, version and time. */
  put(resource: JsonResource & { readonly id: string }, method: "POST" | "PUT"): StoredResource;
  /** Marks as deleted; false when there is nothing to delete. */
  remove(type: string, id: string): boolean;
  /** Runs `work`; when it throws, every change it made is undone and the error goes on. */
  atomically<T>(work: () => Promise<T>): Promise<T>;
  observe(observer: StoreObserver): void;
}

interface Slot {
  current: StoredResource | undefined;
  readonly versions: Version[];
}

/** @param now clock of `meta.lastUpdated` */
export function createResourceStore(now: () => Date): ResourceStore {
  const types = new Map<string, Map<string, Slot>>();
  const observers: StoreObserver[] = [];
  let undo: (() => void)[] | undefined;

  const slotOf = (type: string, id: string): Slot => {
    const slots = types.get(type) ?? new Map<string, Slot>();
    types.set(type, slots);
    const slot = slots.get(id) ?? { current: undefined, versions: [] };
    slots.set(id, slot);
    return slot;
  };
  const setCurrent = (slot: Slot, next: StoredResource | undefined): void => {
    const before = slot.current;
    if (before) for (const observer of observers) observer.remove(before);
    slot.current = next;
    if (next) for (const observer of observers) observer.put(next);
  };
  const append = (slot: Slot, version: Version): void => {
    const before = slot.current;
    slot.versions.push(version);
    setCurrent(slot, version.resource);
    undo?.push(() => {
      slot.versions.pop();
      setCurrent(slot, before);
    });
  };

  return {
    read: (type, id) => types.get(type)?.get(id)?.current,
    versions: (type, id) => types.get(type)?.get(id)?.versions ?? [],
    list: (type) => currentOf(types.get(type)),
    count: (type) => {
      const counted = type === undefined ? [...types.values()] : [types.get(type)];
      return counted.reduce((sum, slots) => sum + [...currentOf(slots)].length, 0);
    },
    put: (resource, method) => {
      const slot = slotOf(resource.resourceType, resource.id);
      const stored = stamp(resource, slot.versions.length + 1, now());
      append(slot, { ...stored.meta, method, resource: stored });
      return stored;
    },
    remove: (type, id) => {
      const slot = types.get(type)?.get(id);
      if (!slot?.current) return false;
      append(slot, { versionId: String(slot.versions.length + 1), lastUpdated: now().toISOString(), method: "DELETE" });
      return true;
    },
    atomically: async (work) => {
      if (undo) return work();
      const log: (() => void)[] = [];
      undo = log;
      try {
        return await work();
      } catch (error) {
        undo = undefined;
        for (const step of log.toReversed()) step();
        throw error;
      } finally {
        undo = undefined;
      }
    },
    observe: (observer) => {
      observers.push(observer);
      for (const slots of types.values()) for (const resource of currentOf(slots)) observer.put(resource);
    },
  };
}

function* currentOf(slots: ReadonlyMap<string, Slot> | undefined): Iterable<StoredResource> {
  for (const slot of slots?.values() ?? []) if (slot.current) yield slot.current;
}

/** Gives a resource its version; what the client put into these two fields never counts (http.html#create). */
function stamp(resource: JsonResource & { readonly id: string }, version: number, at: Date): StoredResource {
  const meta = typeof resource["meta"] === "object" ? resource["meta"] : {};
  return { ...resource, meta: { ...meta, versionId: String(version), lastUpdated: at.toISOString() } };
}
