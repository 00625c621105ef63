import { afterEach, describe, expect, it } from "vitest";

import {
  type Actor,
  crossTenant,
  currentTenant,
  runWithTenant,
  TenantContextConflict,
} from "./tenantContext";
import { tenantEvents } from "./tenantEvents";

const ONE = "11111111-1111-4111-8111-111111111111";
const TWO = "22222222-2222-4222-8222-222222222222";
const actor: Actor = { type: "admin", id: "tester" };
const context = (workspaceId: string) => ({
  workspaceId,
  actor,
  requestId: "r",
});

afterEach(() => tenantEvents.removeAllListeners());

describe("runWithTenant", () => {
  it("is in force in everything that the work starts, however late it goes on", async () => {
    const seen = await runWithTenant(context(ONE), async () => {
      await new Promise((resolve) => {
        setTimeout(resolve, 1);
      });
      const later = await Promise.resolve().then(currentTenant);
      return [currentTenant()?.workspaceId, later];
    });
    expect(seen).toMatchObject([ONE, { workspaceId: ONE }]);
    expect(currentTenant()).toBeUndefined();
  });

  it("keeps contexts that run side by side apart", async () => {
    const workspaceOf = (id: string) =>
      runWithTenant(context(id), async () => {
        await new Promise(setImmediate);
        return currentTenant()?.workspaceId;
      });
    expect(await Promise.all([ONE, TWO, ONE].map(workspaceOf))).toEqual([
      ONE,
      TWO,
      ONE,
    ]);
  });

  it("may be nested for the same workspace, in any spelling of its id", () => {
    const upper = "AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA";
    const inner = runWithTenant(context(upper), () =>
      runWithTenant(context(upper), () => currentTenant()?.workspaceId),
    );
    expect(inner).toBe(upper.toLowerCase());
  });

  it("refuses another workspace inside of a context", () => {
    expect(() =>
      runWithTenant(context(ONE), () =>
        runWithTenant(context(TWO), () => "reached"),
      ),
    ).toThrow(TenantContextConflict);
  });

  it.each(["", "workspace-1", `${ONE}'`, `${ONE} `, ONE.slice(1), `{${ONE}}`])(
    "refuses %j as a workspace id",
    (id) => {
      expect(() => runWithTenant(context(id), () => "reached")).toThrow(
        TypeError,
      );
    },
  );

  it("hands out a context that nobody can change", () => {
    runWithTenant(context(ONE), () => {
      expect(Object.isFrozen(currentTenant())).toBe(true);
    });
  });
});

describe("crossTenant", () => {
  it("works in the other workspace, says so, and comes back", () => {
    const heard: unknown[] = [];
    tenantEvents.on("crossed", (event) => heard.push(event));
    runWithTenant(context(ONE), () => {
      expect(
        crossTenant("a parent reads its child", context(TWO), () =>
          currentTenant(),
        ),
      ).toMatchObject({
        workspaceId: TWO,
      });
      expect(currentTenant()?.workspaceId).toBe(ONE);
    });
    expect(heard).toEqual([
      {
        from: ONE,
        to: TWO,
        reason: "a parent reads its child",
        actorId: "tester",
      },
    ]);
  });

  it("may begin outside of any context", () => {
    const heard: unknown[] = [];
    tenantEvents.on("crossed", (event) => heard.push(event));
    crossTenant("seeding", context(ONE), () => undefined);
    expect(heard).toMatchObject([{ from: null, to: ONE }]);
  });
});
