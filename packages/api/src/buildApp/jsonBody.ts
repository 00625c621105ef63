// Reads request bodies: JSON and nothing else. Owns what a body may not be, whatever its schema: empty, broken, not UTF-8,
// out to poison a prototype, nested too deep, or with text and numbers that cannot be stored. Fastify holds its length.

import { errorCodes, type FastifyInstance } from "fastify";
import { findUnsafeJson } from "isomorphic-lib/src/jsonSafety";
import secureJson from "secure-json-parse";

import { RequestRefused } from "./requestRefused";

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw RequestRefused.malformed("The body is not valid UTF-8.");
  }
}

/** The parser's own message quotes the body; only the place is safe to repeat. */
function whereOf(error: Error): string {
  const position = /at position (\d+)/.exec(error.message)?.[1];
  return position === undefined ? "" : ` (at position ${position})`;
}

function parse(text: string): unknown {
  try {
    const value: unknown = secureJson.parse(text, null, {
      protoAction: "error",
      constructorAction: "error",
    });
    return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
    throw RequestRefused.malformed(
      error.message.includes("forbidden prototype property")
        ? "The body has a key that is not accepted anywhere: __proto__ or constructor.prototype."
        : `The body is not valid JSON${whereOf(error)}.`,
    );
  }
}

/** The value of a JSON body. Throws RequestRefused, with the field named where there is one. */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) {
    throw RequestRefused.malformed(
      "The body is empty, but its content type says application/json.",
    );
  }
  const value = parse(decode(bytes));
  const fault = findUnsafeJson(value);
  if (fault !== null) {
    throw RequestRefused.invalid("body", [fault]);
  }
  return value;
}

/** False when the content type names another encoding: RFC 8259 knows no other, and the bytes would be misread. */
function isUtf8(contentType: string): boolean {
  return [...contentType.matchAll(/;\s*charset\s*=\s*"?([^\s;"]*)/gi)].every(
    ([, charset = ""]) => /^utf-?8$/i.test(charset),
  );
}

/** Makes JSON in UTF-8 the one content type that the app reads; every other is a 415. */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer" },
    (request, bytes: Buffer, done) => {
      const contentType = request.headers["content-type"] ?? "";
      if (!isUtf8(contentType)) {
        done(new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(contentType));
        return;
      }
      try {
        done(null, parseJsonBody(bytes));
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  );
}
