import { describe, expect, it } from "vitest";

import { countOf, idOf, lookedAt, skewedWorkspaces } from "./workspaces";

const many = skewedWorkspaces(10_000);

describe("the workspaces of the benchmark", () => {
  it("are the same in every run", () => {
    expect(skewedWorkspaces(10_000)).toEqual(many);
    expect(new Set(many.map(({ id }) => id)).size).toBe(10_000);
  });

  it("are as unequal as Zipf's law says: the second has half of the first's users", () => {
    const [first, second, , fourth] = many;
    expect((first?.users ?? 0) / (second?.users ?? 0)).toBeCloseTo(2, 2);
    expect((first?.users ?? 0) / (fourth?.users ?? 0)).toBeCloseTo(4, 2);
    expect(Math.min(...many.map(({ users }) => users))).toBeGreaterThan(0);
  });

  it("grow with their number, and never beyond what a resource may count", () => {
    const users = (count: number) =>
      skewedWorkspaces(count).reduce((sum, each) => sum + each.users, 0);
    expect(users(10_000) / users(1_000)).toBeCloseTo(10, 0);
    expect(countOf("segments", { rank: 1, id: "", users: 0 })).toBe(5);
    expect(countOf("segments", { rank: 1, id: "", users: 1e9 })).toBe(300);
  });

  it("are looked at in a small, the median, a typical and the largest one", () => {
    const { small, median, typical, largest } = lookedAt(many);
    expect(largest).toBe(many[0]);
    expect(many.indexOf(median)).toBe(5000);
    expect(many.indexOf(small)).toBe(8999);
    const total = many.reduce((sum, { users }) => sum + users, 0);
    const larger = many
      .slice(0, many.indexOf(typical))
      .reduce((sum, { users }) => sum + users, 0);
    expect(larger).toBeLessThan(total / 2);
    expect(larger + typical.users).toBeGreaterThanOrEqual(total / 2);
    expect(() => lookedAt([])).toThrow(RangeError);
  });

  it("and what they hold have ids that Postgres takes for UUIDs", () => {
    expect(idOf("a")).toBe("0cc175b9-c0f1-b6a8-31c3-99e269772661"); // md5('a')::uuid
  });
});
