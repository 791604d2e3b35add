/**
 * Rows that belong to the adapter and to no hospital (our signing keys, refusals whose caller nobody could tell) stand
 * behind the same wall under this name. Tenant ids of the configuration begin with a letter or digit, so none can be it.
 */
export const ADAPTER_TENANT = "_adapter";
