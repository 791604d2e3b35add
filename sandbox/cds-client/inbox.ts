/** The cards that a clinician sees: a service's newer answer on a patient takes the place of its older one. */
import type { Card } from "./service.ts";

export interface InboxCard {
  /** The card's own uuid; made up by the client when the service gave none (then there is no feedback for it). */
  readonly id: string;
  readonly card: Card;
  readonly service: string;
  readonly hook: string;
  readonly hookInstance: string;
  readonly patientId: string;
  readonly encounterId: string | undefined;
  readonly userId: string;
  readonly at: string;
}

export interface CardInbox {
  /** Replaces what the service said of this patient before, whichever hook it came from (rows 78, 210 to 212). */
  readonly replace: (service: string, patientId: string, cards: readonly InboxCard[]) => void;
  readonly of: (patientId: string) => readonly InboxCard[];
  readonly find: (id: string) => InboxCard | undefined;
  readonly dismiss: (id: string) => void;
}

export function createInbox(): CardInbox {
  let cards: readonly InboxCard[] = [];
  return {
    replace: (service, patientId, newer) => {
      const others = cards.filter((held) => held.service !== service || held.patientId !== patientId);
      cards = [...newer, ...others];
    },
    of: (patientId) => cards.filter((held) => held.patientId === patientId),
    find: (id) => cards.find((held) => held.id === id),
    dismiss: (id) => {
      cards = cards.filter((held) => held.id !== id);
    },
  };
}
