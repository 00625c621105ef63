// @vitest-environment happy-dom
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { renderPage } from "../../test/renderPage";
import {
  session,
  stubApi,
  type StubbedRequest,
  WORKSPACE_ID,
} from "../../test/stubApi";
import UsersPage from "./users.page";

const EMAIL_ID = "7f7e9a30-37a5-4a3c-8a4e-0d6c2a1d0fe1";
const SECRET_ID = "7f7e9a30-37a5-4a3c-8a4e-0d6c2a1d0fb1";

function user(id: string) {
  return {
    id,
    properties: {
      [EMAIL_ID]: { name: "email", value: `${id}@example.com` },
      other: { name: "plan", value: "pro" },
    },
    segments: [],
  };
}

function stub(more: Parameters<typeof stubApi>[0] = {}): StubbedRequest[] {
  return stubApi({
    "GET /session": () => ({ body: session() }),
    "GET /user-properties": () => ({
      body: { userProperties: [{ id: EMAIL_ID, name: "email" }] },
    }),
    "POST /users": ({ body }) => ({
      body: JSON.stringify(body).includes("cursor-2")
        ? { users: [user("u2")], previousCursor: "cursor-1", userCount: 0 }
        : { users: [user("u1")], nextCursor: "cursor-2", userCount: 0 },
    }),
    "POST /users/count": () => ({ body: { userCount: 2 } }),
    ...more,
  });
}

function lastQuestion(requests: readonly StubbedRequest[]): unknown {
  return requests.filter(({ path }) => path === "/users").at(-1)?.body;
}

describe("the list of users", () => {
  it("shows who they are and how many", async () => {
    stub();
    renderPage(<UsersPage />);
    await screen.findByText("u1@example.com");
    await screen.findByText("2 users");
    screen.getByText("plan: pro");
  });

  it("is paged by the server, and turns back", async () => {
    const requests = stub();
    renderPage(<UsersPage />);
    fireEvent.click(await screen.findByRole("button", { name: "Next" }));
    await screen.findByText("u2@example.com");
    expect(lastQuestion(requests)).toMatchObject({
      cursor: "cursor-2",
      direction: "after",
    });
    fireEvent.click(screen.getByRole("button", { name: "Previous" }));
    await waitFor(() =>
      expect(lastQuestion(requests)).toMatchObject({
        cursor: "cursor-1",
        direction: "before",
      }),
    );
  });

  it("is searched by id, or by a property, once typing pauses, from the first page on", async () => {
    const requests = stub();
    renderPage(<UsersPage />);
    fireEvent.click(await screen.findByRole("button", { name: "Next" }));
    await screen.findByText("u2@example.com");
    const search = screen.getByRole("searchbox");
    fireEvent.change(search, { target: { value: "u" } });
    fireEvent.change(search, { target: { value: "u7 " } });
    await waitFor(() =>
      expect(lastQuestion(requests)).toEqual({
        userIds: ["u7"],
        sortOrder: "asc",
        limit: 25,
      }),
    );
    expect(requests.map(({ body }) => body)).not.toContainEqual(
      expect.objectContaining({ userIds: ["u"] }),
    );
    fireEvent.mouseDown(screen.getByRole("combobox", { name: "Search by" }));
    fireEvent.click(await screen.findByRole("option", { name: "email" }));
    await waitFor(() =>
      expect(lastQuestion(requests)).toMatchObject({
        userPropertyFilter: [{ id: EMAIL_ID, values: ["u7"] }],
      }),
    );
  });
});

describe("adding a user", () => {
  async function fillIn(): Promise<HTMLElement> {
    fireEvent.click(await screen.findByRole("button", { name: "Add user" }));
    const dialog = await screen.findByRole("dialog", { name: "Add a user" });
    fireEvent.change(within(dialog).getByLabelText(/^User ID/), {
      target: { value: "ada" },
    });
    fireEvent.change(within(dialog).getByLabelText("E-mail"), {
      target: { value: "ada@example.com" },
    });
    return dialog;
  }

  it("sends an identify event with a write key of the workspace", async () => {
    const requests = stub({
      "GET /settings/write-keys": () => ({
        body: [
          {
            workspaceId: WORKSPACE_ID,
            writeKeyName: "web",
            writeKeyValue: "0123456789abcdef",
            secretId: SECRET_ID,
          },
        ],
      }),
      "POST /public/apps/identify": () => ({ status: 204 }),
    });
    renderPage(<UsersPage />);
    const dialog = await fillIn();
    fireEvent.click(within(dialog).getByRole("button", { name: "Add user" }));
    await screen.findByText("Added ada");
    const event = requests.find(({ path }) => path.endsWith("/identify"));
    expect(event?.headers.get("authorization")).toBe(
      `Basic ${btoa(`${SECRET_ID}:0123456789abcdef`)}`,
    );
    expect(event?.body).toMatchObject({
      userId: "ada",
      traits: { email: "ada@example.com", plan: "free" },
    });
    expect(event?.body).toHaveProperty(
      "messageId",
      expect.stringMatching(/^[0-9a-f]{32}$/),
    );
  });

  it("says what to do when the workspace has no write key", async () => {
    stub({ "GET /settings/write-keys": () => ({ body: [] }) });
    renderPage(<UsersPage />);
    const dialog = await fillIn();
    fireEvent.click(within(dialog).getByRole("button", { name: "Add user" }));
    await within(dialog).findByText(/has no write key/);
  });
});
