import type { LedgerPlaces } from "../../src/store/ledger/ledger-places.ts";

/** The ledger of a control plane that stands alone: neither flyteadmin nor a place of delivery beside it. */
export const ACME: LedgerPlaces = {
  org: "acme",
  endpoint: "https://acme.example.com",
  flyteadmin: null,
  delivery: null,
};
