/** The backport's extensions as they stand in a Subscription. */
import { z } from "zod";

export const extension = z.looseObject({
  url: z.string(),
  valueCode: z.string().optional(),
  valueString: z.string().max(1000).optional(),
  valueUnsignedInt: z.int().nonnegative().optional(),
  valuePositiveInt: z.int().positive().optional(),
});
export type SubscriptionExtension = z.infer<typeof extension>;

export const extended = z.looseObject({ extension: z.array(extension).max(20).optional() });

/** All extensions of an element with this address. */
export function extensionsOf(
  holder: { readonly extension?: readonly SubscriptionExtension[] | undefined } | undefined,
  url: string,
): readonly SubscriptionExtension[] {
  return holder?.extension?.filter((entry) => entry.url === url) ?? [];
}

/** The first of them. */
export function extensionOf(
  holder: { readonly extension?: readonly SubscriptionExtension[] | undefined } | undefined,
  url: string,
): SubscriptionExtension | undefined {
  return extensionsOf(holder, url)[0];
}
