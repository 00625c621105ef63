// @vitest-environment happy-dom
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { type Role } from "isomorphic-lib/src/types";
import { describe, expect, it } from "vitest";

import { renderPage } from "../../test/renderPage";
import {
  OTHER_WORKSPACE_ID,
  session,
  stubApi,
  type StubbedRequest,
  WORKSPACE_ID,
} from "../../test/stubApi";
import SettingsPage from "./settings.page";

const NOW = Date.UTC(2026, 10, 23);
const KEY_ID = "7f7e9a30-37a5-4a3c-8a4e-0d6c2a1d0fa1";
const SECRET_ID = "7f7e9a30-37a5-4a3c-8a4e-0d6c2a1d0fb1";

function member(id: string, name: string, role: Role) {
  const roleIn = (workspaceId: string, held: Role) => ({
    role: held,
    workspaceMemberId: id,
    workspaceId,
    workspaceName: "",
  });
  return {
    member: {
      id,
      name,
      email: `${name.toLowerCase()}@example.com`,
      emailVerified: true,
      createdAt: "2026-01-01T00:00:00.000Z",
    },
    roles: [roleIn(OTHER_WORKSPACE_ID, "Viewer"), roleIn(WORKSPACE_ID, role)],
  };
}

const WRITE_KEY = {
  workspaceId: WORKSPACE_ID,
  writeKeyName: "web-shop",
  writeKeyValue: "0123456789abcdef",
  secretId: SECRET_ID,
};

function stub(
  role: Role = "Admin",
  more: Parameters<typeof stubApi>[0] = {},
): StubbedRequest[] {
  return stubApi({
    "GET /session": () => ({ body: session({ role }) }),
    "GET /admin-keys": () => ({
      body: { adminApiKeys: [{ id: KEY_ID, name: "deploy", createdAt: NOW }] },
    }),
    "GET /settings/write-keys": () => ({ body: [WRITE_KEY] }),
    "GET /permissions": () => ({
      body: {
        memberRoles: [
          member("member-1", "Ada", role),
          member("member-2", "Grace", "Admin"),
          member("member-3", "Linus", "Viewer"),
        ],
      },
    }),
    ...more,
  });
}

async function section(name: string): Promise<HTMLElement> {
  return screen.findByRole("region", { name });
}

describe("the settings", () => {
  it("tell the workspace's id, to be copied", async () => {
    stub();
    renderPage(<SettingsPage />);
    const general = await section("General");
    within(general).getByText(WORKSPACE_ID);
    within(general).getByRole("button", { name: "Copy workspace ID" });
  });

  it("do not even ask for keys on behalf of those who may not see them", async () => {
    const requests = stub("WorkspaceManager");
    renderPage(<SettingsPage />);
    within(await section("API keys")).getByText("Not for your role");
    within(await section("Write keys")).getByText(
      "Needs the role Admin or higher; yours is WorkspaceManager.",
    );
    await screen.findByRole("table", { name: "Members" });
    const paths = requests.map(({ path }) => path);
    expect(paths).not.toContain("/admin-keys");
    expect(paths).not.toContain("/settings/write-keys");
  });
});

describe("API keys", () => {
  it("are shown once, right after they were made", async () => {
    const requests = stub("Admin", {
      "POST /admin-keys": () => ({
        body: {
          workspaceId: WORKSPACE_ID,
          id: KEY_ID,
          name: "ci",
          createdAt: NOW,
          apiKey: "f".repeat(64),
        },
      }),
    });
    renderPage(<SettingsPage />);
    fireEvent.click(await screen.findByRole("button", { name: "New API key" }));
    const naming = await screen.findByRole("dialog", { name: "New API key" });
    fireEvent.change(within(naming).getByLabelText(/^Name/), {
      target: { value: "ci" },
    });
    fireEvent.click(within(naming).getByRole("button", { name: "Create" }));
    const shown = await screen.findByRole("dialog", { name: "API key “ci”" });
    within(shown).getByText("f".repeat(64));
    fireEvent.click(
      within(shown).getByRole("button", { name: "I have stored it" }),
    );
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(document.body.textContent).not.toContain("f".repeat(64));
    expect(requests.find(({ method }) => method === "POST")?.body).toEqual({
      name: "ci",
    });
  });

  it("need a name of their own, which is said before anything is sent", async () => {
    const requests = stub();
    renderPage(<SettingsPage />);
    await screen.findByText("deploy");
    fireEvent.click(screen.getByRole("button", { name: "New API key" }));
    const naming = await screen.findByRole("dialog", { name: "New API key" });
    fireEvent.change(within(naming).getByLabelText(/^Name/), {
      target: { value: "deploy" },
    });
    fireEvent.click(within(naming).getByRole("button", { name: "Create" }));
    await within(naming).findByText("This name is already taken.");
    expect(requests.some(({ method }) => method === "POST")).toBe(false);
  });

  it("are deleted after a question", async () => {
    const requests = stub("Admin", {
      "DELETE /admin-keys": () => ({ status: 200 }),
    });
    renderPage(<SettingsPage />);
    fireEvent.click(
      await screen.findByRole("button", { name: "Delete API key deploy" }),
    );
    const dialog = await screen.findByRole("dialog");
    fireEvent.click(within(dialog).getByRole("button", { name: "Delete key" }));
    await screen.findByText("Deleted deploy");
    expect(
      requests.find(({ method }) => method === "DELETE")?.query.get("id"),
    ).toBe(KEY_ID);
  });
});

describe("write keys", () => {
  it("are not spelled out on the page", async () => {
    stub();
    renderPage(<SettingsPage />);
    const keys = await section("Write keys");
    await within(keys).findByText("web-shop");
    expect(keys.textContent).not.toContain(
      btoa(`${SECRET_ID}:${WRITE_KEY.writeKeyValue}`),
    );
    within(keys).getByRole("button", { name: "Copy write key web-shop" });
  });

  it("are deleted by their name", async () => {
    const requests = stub("Admin", {
      "DELETE /settings/write-keys": () => ({ status: 204 }),
    });
    renderPage(<SettingsPage />);
    fireEvent.click(
      await screen.findByRole("button", { name: "Delete write key web-shop" }),
    );
    const dialog = await screen.findByRole("dialog");
    fireEvent.click(within(dialog).getByRole("button", { name: "Delete key" }));
    await screen.findByText("Deleted web-shop");
    expect(requests.find(({ method }) => method === "DELETE")?.body).toEqual({
      writeKeyName: "web-shop",
    });
  });
});

describe("members", () => {
  async function openRoles(email: string): Promise<HTMLElement[]> {
    fireEvent.mouseDown(
      await screen.findByRole("combobox", { name: `Role of ${email}` }),
    );
    return within(await screen.findByRole("listbox")).getAllByRole("option");
  }

  it("get another role by a choice from the list", async () => {
    const requests = stub("Admin", {
      "PUT /permissions": () => ({
        body: {
          role: "Author",
          workspaceMemberId: "member-3",
          workspaceId: WORKSPACE_ID,
          workspaceName: "Acme",
        },
      }),
    });
    renderPage(<SettingsPage />);
    const options = await openRoles("linus@example.com");
    expect(options.map(({ textContent }) => textContent)).toEqual([
      "Viewer",
      "Author",
      "Manager",
      "Admin",
    ]);
    options[1]?.click();
    await screen.findByText("linus@example.com is now Author");
    expect(requests.find(({ method }) => method === "PUT")?.body).toEqual({
      email: "linus@example.com",
      role: "Author",
    });
  });

  it("cannot be raised above, or touched when above, one's own role", async () => {
    stub("WorkspaceManager");
    renderPage(<SettingsPage />);
    const options = await openRoles("linus@example.com");
    expect(options.map(({ textContent }) => textContent)).toEqual([
      "Viewer",
      "Author",
      "Manager",
    ]);
    expect(
      screen.queryByRole("combobox", { name: "Role of grace@example.com" }),
    ).toBeNull();
    expect(
      screen.queryByRole("button", { name: "Remove grace@example.com" }),
    ).toBeNull();
  });

  it("are only looked at by Viewers", async () => {
    stub("Viewer");
    renderPage(<SettingsPage />);
    await screen.findByText("linus@example.com");
    expect(screen.queryByRole("combobox")).toBeNull();
    expect(screen.getByRole("button", { name: "Add member" })).toHaveProperty(
      "disabled",
      true,
    );
  });

  it("are removed after a question, and stay with a reason when the server refuses", async () => {
    stub("Admin", {
      "DELETE /permissions": () => ({
        status: 400,
        body: { type: "LastAdmin", message: "The last Admin cannot leave." },
      }),
    });
    renderPage(<SettingsPage />);
    fireEvent.click(
      await screen.findByRole("button", { name: "Remove ada@example.com" }),
    );
    const dialog = await screen.findByRole("dialog");
    within(dialog).getByText(/This is you/);
    fireEvent.click(
      within(dialog).getByRole("button", { name: "Remove member" }),
    );
    await within(dialog).findByText("The last Admin cannot leave.");
  });
});
