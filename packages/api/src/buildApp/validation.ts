// How requests and answers meet their schemas. Owns that a body is taken as it is (no conversion), that the text of query,
// path and headers is converted, that every bad field is named, and that tests refuse an answer unlike its schema.

import { KindGuard, type TSchema } from "@sinclair/typebox";
import {
  type FastifyInstance,
  type FastifySchemaCompiler,
  type FastifySerializerCompiler,
} from "fastify";
import { findUnsafeJson } from "isomorphic-lib/src/jsonSafety";
import {
  type CompiledSchema,
  compileSchema,
} from "isomorphic-lib/src/resultHandling/schemaValidation";
import { type FieldError } from "isomorphic-lib/src/types";

import { convertText } from "./conversion";
import { queryRefusal } from "./queryString";
import { type RequestPart, RequestRefused } from "./requestRefused";

function partOf(httpPart: string | undefined): RequestPart {
  switch (httpPart) {
    case "body":
    case "querystring":
    case "params":
    case "headers":
      return httpPart;
    default:
      return "";
  }
}

/** Fastify gives null for a body that is not there; whoever forgot it is told what it needs. */
function explainAbsence(compiled: CompiledSchema<TSchema>): FieldError[] {
  const missing = compiled
    .explain({})
    .filter(({ field, message }) => field !== "" && message === "required");
  const names = missing.map(({ field }) => field).join(", ");
  return missing.length === 0
    ? compiled.explain(null)
    : [
        { field: "", message: `a JSON object is required, with ${names}` },
        ...missing,
      ];
}

const compileValidator: FastifySchemaCompiler<TSchema> = ({
  schema,
  httpPart,
  method,
  url,
}) => {
  if (!KindGuard.IsSchema(schema)) {
    throw new Error(
      `${method} ${url}: ${String(httpPart)} is no TypeBox schema.`,
    );
  }
  const compiled = compileSchema(schema);
  const part = partOf(httpPart);
  return (given: unknown) => {
    const value = part === "body" ? given : convertText(schema, given);
    if (compiled.check(value)) {
      return { value };
    }
    const errors =
      part === "body" && given === null
        ? explainAbsence(compiled)
        : compiled.explain(value);
    return { error: RequestRefused.invalid(part, errors) };
  };
};

/** An answer that its schema does not describe: a bug of ours, found by tests. */
export class ResponseUnlikeSchema extends Error {
  override readonly name = "ResponseUnlikeSchema";
}

/** Only answers of success are bound by their schema: what goes wrong has its own forms. */
function serializerCompiler(
  isChecked: boolean,
): FastifySerializerCompiler<unknown> {
  return ({ schema, method, url, httpStatus = "" }) => {
    if (
      !isChecked ||
      !httpStatus.startsWith("2") ||
      !KindGuard.IsSchema(schema)
    ) {
      return (value: unknown) => JSON.stringify(value);
    }
    const compiled = compileSchema(schema);
    return (value: unknown) => {
      const text = JSON.stringify(value);
      // What a client reads is what is checked: JSON leaves out members that are undefined.
      const sent: unknown = JSON.parse(text);
      if (!compiled.check(sent)) {
        throw new ResponseUnlikeSchema(
          `${method} ${url} ${httpStatus}: ${JSON.stringify(compiled.explain(sent))}`,
        );
      }
      return text;
    };
  };
}

/** Sets both compilers, and refuses text that cannot be stored in places that no schema looks at. */
export function useSchemas(
  app: FastifyInstance,
  { checkResponses }: { readonly checkResponses: boolean },
): void {
  app.setValidatorCompiler(compileValidator);
  app.setSerializerCompiler(serializerCompiler(checkResponses));
  app.addHook("preValidation", async (request) => {
    const refusal = queryRefusal(request.query);
    if (refusal !== undefined) {
      throw RequestRefused.invalid("querystring", [
        { field: "", message: refusal },
      ]);
    }
    const parts = [
      ["querystring", request.query],
      ["params", request.params],
    ] as const;
    for (const [part, value] of parts) {
      const fault = findUnsafeJson(value);
      if (fault !== null) {
        throw RequestRefused.invalid(part, [fault]);
      }
    }
  });
}
