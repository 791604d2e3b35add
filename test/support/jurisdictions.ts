/** The jurisdictions that the tests write documents for. */
import { jurisdictionById } from "../../src/config/jurisdictions.ts";

export const us = jurisdictionById("us");
export const eu = jurisdictionById("eu");
