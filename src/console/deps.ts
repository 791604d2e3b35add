/** What the operator's and the integration engineer's API needs from the rest; app.ts wires it. */
import type { Cursors } from "../core/cursor/cursor.ts";
import type { ModelDesk } from "./model-routes.ts";
import type { EndpointRegistry } from "../delivery/registry/registry.ts";

export interface ConsoleDeps {
  readonly registry: EndpointRegistry;
  readonly cursors: Cursors;
  readonly models: ModelDesk;
  readonly publicUrl: string;
  /** Addresses that our calls come from, as the operator published them. */
  readonly egressAddresses: readonly string[];
}
