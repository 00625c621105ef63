/**
 * What can go wrong between the dashboard and the API, as one error class that React Query carries. It keeps the
 * server's own words; how they are shown is up to `components/failureNotice.tsx` and the forms.
 */
import { type Static, Type } from "@sinclair/typebox";
import { Check } from "@sinclair/typebox/value";
import { FieldError } from "isomorphic-lib/src/types";

export type ApiFailureKind =
  | "unreachable"
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "notFound"
  | "conflict"
  | "limited"
  | "server"
  | "unexpected";

/** Any refusal of the API: the parts of its several error bodies that a person can use. */
const ErrorBody = Type.Object({
  message: Type.Optional(Type.String()),
  /** Of problem details (RFC 9457): a refused quota. */
  detail: Type.Optional(Type.String()),
  error: Type.Optional(Type.String()),
  errors: Type.Optional(Type.Array(FieldError)),
  violations: Type.Optional(
    Type.Array(Type.Object({ message: Type.String() })),
  ),
});
type ErrorBody = Static<typeof ErrorBody>;

const KIND_BY_STATUS: Readonly<Record<number, ApiFailureKind>> = {
  401: "unauthenticated",
  403: "forbidden",
  404: "notFound",
  409: "conflict",
  429: "limited",
};

const FALLBACK_MESSAGE: Readonly<Record<ApiFailureKind, string>> = {
  unreachable:
    "The server cannot be reached. Check your connection and try again.",
  invalid: "The server did not accept this request.",
  unauthenticated: "You are signed out.",
  forbidden: "Your role does not allow this.",
  notFound: "This does not exist any more. Somebody may have deleted it.",
  conflict: "This name is already taken.",
  limited: "Too many requests, or a limit of this workspace is reached.",
  server: "Something went wrong on the server. Try again in a moment.",
  unexpected:
    "The server answered with something this page does not understand. Reload the page to get its latest version.",
};

function kindOf(status: number): ApiFailureKind {
  return KIND_BY_STATUS[status] ?? (status >= 500 ? "server" : "invalid");
}

function messageOf(kind: ApiFailureKind, body: ErrorBody | null): string {
  const violations = body?.violations?.map(({ message }) => message);
  if (violations !== undefined && violations.length > 0) {
    return violations.join(" ");
  }
  // A 500 may carry the text of a bug: of no use to the reader, so only deliberate refusals are quoted.
  const said =
    kind === "server"
      ? undefined
      : (body?.message ?? body?.detail ?? body?.error);
  return said === undefined || said === "" ? FALLBACK_MESSAGE[kind] : said;
}

/** A request that did not end as asked. `message` is fit to be shown; `errors` names the bad fields, as paths from the
 *  body's root such as `definition/nodes/0/type`; `status` is null when no answer came. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";

  constructor(
    readonly kind: ApiFailureKind,
    message: string = FALLBACK_MESSAGE[kind],
    readonly status: number | null = null,
    readonly errors: readonly FieldError[] = [],
  ) {
    super(message);
  }

  /** From an answer that is not a success; `body` is its parsed JSON, or null when it has none. */
  static fromAnswer(status: number, body: unknown): ApiFailure {
    const kind = kindOf(status);
    const known = Check(ErrorBody, body) ? body : null;
    return new ApiFailure(
      kind,
      messageOf(kind, known),
      status,
      (known?.errors ?? []).map(({ field, message }) => ({
        field: field.replace(/^body\/?/, ""),
        message,
      })),
    );
  }

  /** True when the same request may well succeed in a moment. */
  get isTransient(): boolean {
    return this.kind === "unreachable" || this.kind === "server";
  }
}
