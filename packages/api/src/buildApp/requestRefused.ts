// A request that is refused before any handler sees it. Owns the body of such an answer: every bad field is named.

import { MAX_FIELD_ERRORS } from "isomorphic-lib/src/constants";
import { fieldErrorText } from "isomorphic-lib/src/fieldPath";
import {
  type FieldError,
  type ValidationErrorResponse,
} from "isomorphic-lib/src/types";

/** The part of a request that a field belongs to, as it stands before the field in a message. */
export type RequestPart = "body" | "querystring" | "params" | "headers" | "";

/** Thrown where Fastify wants an error; answered with 400. Its text comes from us and may be shown to anybody. */
export class RequestRefused extends Error {
  override readonly name = "RequestRefused";

  readonly statusCode = 400;

  readonly body: ValidationErrorResponse;

  private constructor(message: string, errors: readonly FieldError[]) {
    super(message);
    this.body = {
      statusCode: 400,
      code: "FST_ERR_VALIDATION",
      error: "Bad Request",
      message,
      errors: errors.slice(0, MAX_FIELD_ERRORS),
    };
  }

  /** Fields that are not as they have to be; the message is the first one's. */
  static invalid(
    part: RequestPart,
    errors: readonly FieldError[],
  ): RequestRefused {
    const [first = { field: "", message: "is not acceptable" }] = errors;
    return new RequestRefused(fieldErrorText(first, part), errors);
  }

  /** The body as a whole cannot be read. */
  static malformed(message: string): RequestRefused {
    return new RequestRefused(message, [{ field: "", message }]);
  }
}
