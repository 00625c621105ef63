import { describe, expect, it } from "vitest";

import { QUOTA_RESOURCE_NAMES, QUOTA_RESOURCES } from "../quotaResources";
import { explainErrors } from "../resultHandling/schemaValidation";
import {
  byQuotaField,
  isQuotaField,
  QUOTA_FIELD_NAMES,
  QUOTA_FIELDS,
  QuotaExceeded,
  QuotaResourceType,
  UpdateWorkspaceQuotaRequest,
  ValidateQuotaRequest,
} from "../types";

const faults = (value: unknown) =>
  explainErrors(UpdateWorkspaceQuotaRequest, value).map(({ field }) => field);

describe("the fields of WorkspaceQuota", () => {
  it("are those of the registry, each at its own place", () => {
    const fields = QUOTA_RESOURCE_NAMES.map(
      (name) => QUOTA_RESOURCES[name].field,
    );
    expect(QUOTA_FIELD_NAMES).toEqual(fields);
    expect(Object.keys(QUOTA_FIELDS).sort()).toEqual([...fields].sort());
    const made = byQuotaField((resource, field) => ({ resource, field }));
    expect(Object.keys(made)).toEqual(fields);
    for (const [key, { resource, field }] of Object.entries(made)) {
      expect(field).toBe(key);
      expect(QUOTA_RESOURCES[resource].field).toBe(key);
    }
    expect(isQuotaField("maxWebhooks")).toBe(false);
    expect(isQuotaField("toString")).toBe(false);
  });
});

describe("UpdateWorkspaceQuotaRequest", () => {
  it("takes each field alone, null for unlimited, and its minimum", () => {
    for (const name of QUOTA_RESOURCE_NAMES) {
      const { field, minimum } = QUOTA_RESOURCES[name];
      for (const amount of [null, minimum, Number.MAX_SAFE_INTEGER]) {
        expect(faults({ [field]: amount }), field).toEqual([]);
        expect(faults({ ceilings: { [field]: amount } }), field).toEqual([]);
      }
      const bad = [minimum - 1, 0.5, 2 ** 53, "5", true, [], {}, Infinity];
      for (const amount of bad) {
        expect(faults({ [field]: amount }), field).toEqual([field]);
        expect(faults({ pool: { [field]: amount } })).toEqual([
          `pool/${field}`,
        ]);
      }
    }
  });

  it("resets fields by their names, and nothing else", () => {
    expect(
      faults({ reset: ["maxUsers", "ceilings/maxUsers", "pool/maxMembers"] }),
    ).toEqual([]);
    for (const name of ["users", "limits/maxUsers", "", "maxUsers/pool"]) {
      expect(faults({ reset: [name] }), name).toEqual(["reset/0"]);
    }
  });
});

it("a resource is one of the registry, by its name", () => {
  for (const name of QUOTA_RESOURCE_NAMES) {
    expect(explainErrors(QuotaResourceType, name)).toEqual([]);
  }
  expect(explainErrors(QuotaResourceType, "webhooks")).toHaveLength(1);
});

it("a look is for one or more", () => {
  const look = (increment: unknown) =>
    explainErrors(ValidateQuotaRequest, { resourceType: "users", increment });
  expect(look(undefined)).toEqual([]);
  expect(look(1)).toEqual([]);
  for (const bad of [0, -1, 1.5, 2 ** 53, "1", null]) {
    expect(look(bad), String(bad)).toMatchObject([{ field: "increment" }]);
  }
});

it("a refusal has all of its figures", () => {
  expect(
    explainErrors(QuotaExceeded, { type: "QuotaExceeded" }).map(
      ({ field }) => field,
    ),
  ).toEqual([
    "message",
    "resourceType",
    "currentUsage",
    "limit",
    "requested",
    "remaining",
    "scope",
    "period",
    "resetsAt",
  ]);
});
