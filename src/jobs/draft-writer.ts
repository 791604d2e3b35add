/**
 * Writes draft text into the job's log: deltas coalesced (about 50 ms or 256 characters, whichever comes first), in order with
 * everything else this attempt appends. A failed write ends the attempt at once, also when a timer made it.
 */
import type { NewEvent } from "../events/event-log.ts";
import type { SectionId } from "../core/summary/summary.ts";

export interface DraftWriterOptions {
  /** Appends fenced; rejects when the attempt is over. */
  readonly append: (events: readonly NewEvent[]) => Promise<void>;
  readonly attempt: number;
  /** Called when a write made by the timer failed. */
  readonly onFailure: (error: unknown) => void;
  readonly windowMs?: number;
  readonly maxCharacters?: number;
}

export class DraftWriter {
  readonly #options: DraftWriterOptions;
  #section: SectionId | undefined;
  #text = "";
  #timer: NodeJS.Timeout | undefined;
  /** Writes run one after the other. */
  #queue: Promise<void> = Promise.resolve();
  /** Text on the reader's side for each section, since its last reset. */
  readonly #shown = new Map<SectionId, string>();

  constructor(options: DraftWriterOptions) {
    this.#options = options;
  }

  /** Text of a section as it is written. Resolves when there is room for more. */
  async delta(section: SectionId, text: string): Promise<void> {
    if (this.#section !== undefined && this.#section !== section) await this.flush();
    this.#section = section;
    this.#text += text;
    if (this.#text.length >= (this.#options.maxCharacters ?? 256)) return this.flush();
    this.#timer ??= setTimeout(() => {
      this.flush().catch((error: unknown) => this.#options.onFailure(error));
    }, this.#options.windowMs ?? 50);
  }

  /** Writes what is buffered. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [section, text] = [this.#section, this.#text];
    this.#section = undefined;
    this.#text = "";
    if (section === undefined || text === "") return this.#queue;
    this.#shown.set(section, (this.#shown.get(section) ?? "") + text);
    const { attempt } = this.#options;
    return this.#write([{ type: "draft.delta", data: { section, attempt, text } }]);
  }

  /** What was sent of a section is void. */
  async reset(section: SectionId): Promise<void> {
    if (this.#section === section) {
      this.#section = undefined;
      this.#text = "";
    }
    await this.flush();
    this.#shown.delete(section);
    return this.#write([{ type: "draft.reset", data: { section, attempt: this.#options.attempt } }]);
  }

  /**
   * Events that make a reader's text of a finished section equal to the section's own: nothing where the deltas said it all,
   * else a reset and the whole text (a gate dropped a sentence, or the section came without deltas).
   */
  corrections(section: SectionId, text: string): readonly NewEvent[] {
    const shown = this.#shown.get(section);
    if (shown === text) return [];
    const { attempt } = this.#options;
    this.#shown.set(section, text);
    const whole: readonly NewEvent[] = text === "" ? [] : [{ type: "draft.delta", data: { section, attempt, text } }];
    return shown === undefined ? whole : [{ type: "draft.reset", data: { section, attempt } }, ...whole];
  }

  /** Stops the timer; what is buffered is dropped. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#section = undefined;
    this.#text = "";
  }

  #write(events: readonly NewEvent[]): Promise<void> {
    this.#queue = this.#queue.then(() => this.#options.append(events));
    return this.#queue;
  }
}
