// The one meter that the product's own figures go through. Owns its name; collecting and exporting belong to the process
// that registers a meter provider. Where none is registered, recording costs nothing and goes nowhere.

import { type Meter, metrics } from "@opentelemetry/api";

/**
 * The meter of this process. Ask for it after the provider is registered, and keep the instruments, not the meter: one
 * that was handed out before stays silent. Attributes must be bounded: never an id of a workspace or a user.
 */
export function meter(): Meter {
  return metrics.getMeter("dittofeed");
}
