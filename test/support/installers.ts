/** What the app installs besides our migrations; app.ts passes the same list. */
import type { Installer } from "../../src/db/migrate.ts";

export const testInstallers: readonly Installer[] = [];
