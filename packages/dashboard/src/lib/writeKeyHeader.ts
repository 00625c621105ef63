/**
 * How an application presents a write key.
 */
import { type WriteKeyResource } from "isomorphic-lib/src/types";

/** The whole value of the Authorization header. */
export function writeKeyHeader({
  secretId,
  writeKeyValue,
}: WriteKeyResource): string {
  return `Basic ${btoa(`${secretId}:${writeKeyValue}`)}`;
}
