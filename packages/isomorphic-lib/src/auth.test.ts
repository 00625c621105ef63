import { describe, expect, test } from "vitest";

import { findHighestRole, isAuthorized, mayGrantRole } from "./auth";
import { Role } from "./types/member";

const roles = Role.anyOf.map((literal) => literal.const);

describe("roles", () => {
  test("a role may do what it and the less powerful ones may, and no more", () => {
    const table = roles.map((userRole) =>
      roles.filter((requiredRole) => isAuthorized({ userRole, requiredRole })),
    );
    expect(table).toEqual([
      ["Admin", "WorkspaceManager", "Author", "Viewer"],
      ["WorkspaceManager", "Author", "Viewer"],
      ["Author", "Viewer"],
      ["Viewer"],
    ]);
  });

  test("nobody grants a role above their own", () => {
    expect(mayGrantRole({ actorRole: "WorkspaceManager", role: "Admin" })).toBe(
      false,
    );
    expect(
      mayGrantRole({ actorRole: "WorkspaceManager", role: "WorkspaceManager" }),
    ).toBe(true);
    expect(mayGrantRole({ actorRole: "Admin", role: "Admin" })).toBe(true);
  });

  test("the highest of several roles counts, wherever it stands", () => {
    expect(findHighestRole(["Viewer", "WorkspaceManager", "Author"])).toBe(
      "WorkspaceManager",
    );
    expect(findHighestRole(["Admin", "Viewer"])).toBe("Admin");
    expect(findHighestRole([])).toBeNull();
  });
});
