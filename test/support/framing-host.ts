/** Another site's page that frames an address, as an EHR does. `localhost` and `127.0.0.1` are different sites. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What athenahealth gives the pages it frames: no top navigation. */
export const athenaSandbox =
  "allow-forms allow-modals allow-pointer-lock allow-popups allow-popups-to-escape-sandbox allow-same-origin allow-scripts allow-downloads";

export interface FramingHost {
  /** Its origin. */
  readonly url: string;
  /** What the frame of the next page load shows, and with which sandbox. */
  show(address: string, sandbox?: string): void;
  close(): void;
}

export async function startFramingHost(): Promise<FramingHost> {
  let frame = "";
  const host = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>EHR</title>${frame}`);
  });
  await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${(host.address() as AddressInfo).port}`,
    show(address, sandbox = athenaSandbox) {
      frame = `<iframe sandbox="${sandbox}" width="1000" height="700" src="${address.replaceAll("&", "&amp;")}"></iframe>`;
    },
    close: () => void host.close(),
  };
}
