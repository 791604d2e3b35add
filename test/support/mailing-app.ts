/** The whole product with a mail server beside it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MailServer } from "./mail-server.ts";
import { mailAuthority, startMailServer } from "./mail-server.ts";
import type { TenantOptions, WholeApp } from "./whole-app.ts";
import { startWholeApp } from "./whole-app.ts";

export interface MailingApp {
  readonly app: WholeApp;
  readonly mail: MailServer;
  /** Stands in no log, mail or answer. */
  readonly password: string;
  stop(): Promise<void>;
}

const password = "mail-password-canary-52";

/** STARTTLS, an account, and addresses of hospital.example. */
export async function startMailingApp(tenants: () => readonly TenantOptions[]): Promise<MailingApp> {
  const folder = await mkdtemp(join(tmpdir(), "handover-mail-"));
  await writeFile(join(folder, "ca.pem"), mailAuthority.pem);
  const mail = await startMailServer({ user: "handover", password });
  const close = async (): Promise<void> => {
    await mail.close();
    await rm(folder, { recursive: true });
  };
  const app = await startWholeApp({
    tenants,
    environment: { MAIL_PASSWORD: password },
    file: {
      egress: { allow: ["127.0.0.1/32", "::1/128"] },
      mail: {
        host: "localhost",
        port: mail.port,
        user: "handover",
        passwordEnv: "MAIL_PASSWORD",
        from: "handover@hospital.example",
        caFile: join(folder, "ca.pem"),
      },
    },
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    app,
    mail,
    password,
    async stop() {
      await app.stop();
      await close();
    },
  };
}
