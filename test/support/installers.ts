/** What the app installs besides our migrations; app.ts passes the same list. */
import type { Installer } from "../../src/db/migrate.ts";
import { installQueues } from "../../src/jobs/boss.ts";

export const testInstallers: readonly Installer[] = [installQueues];
