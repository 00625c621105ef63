// @vitest-environment happy-dom
import { fireEvent, screen } from "@testing-library/react";
import { type ReactElement } from "react";
import { describe, expect, it } from "vitest";

import { renderPage } from "../../test/renderPage";
import {
  OTHER_WORKSPACE_ID,
  session,
  stubApi,
  type StubbedRequest,
  WORKSPACE_ID,
} from "../../test/stubApi";
import { useSession, useWorkspaceAddress } from "../lib/session";
import { useSegmentsQuery } from "../lib/useSegmentsQuery";
import { DashboardPage } from "./dashboardPage";

const MEMORY_KEY = "dittofeed.workspaceId";

function Shown(): ReactElement {
  const addressOf = useWorkspaceAddress();
  return <a href={addressOf("/segments")}>In {useSession().workspace.name}</a>;
}

function Reloadable(): ReactElement {
  const { refetch } = useSegmentsQuery();
  return (
    <button
      type="button"
      onClick={() => {
        void refetch();
      }}
    >
      Reload
    </button>
  );
}

const PAGE = (
  <DashboardPage title="Test">
    <Shown />
  </DashboardPage>
);

function asked(requests: readonly StubbedRequest[]): (string | null)[] {
  return requests.map(({ headers }) => headers.get("df-workspace-id"));
}

const other = session({
  workspace: {
    id: OTHER_WORKSPACE_ID,
    name: "Northwind",
    type: "Root",
    status: "Active",
  },
});

describe("which workspace a page is about", () => {
  it("is the server's choice at first, which the browser and the address then remember", async () => {
    const requests = stubApi({ "GET /session": () => ({ body: session() }) });
    const { visited } = renderPage(PAGE, { pathname: "/segments" });
    await screen.findByText("In Acme");
    expect(asked(requests)).toEqual([null]);
    expect(window.localStorage.getItem(MEMORY_KEY)).toBe(WORKSPACE_ID);
    expect(visited).toContainEqual(
      expect.objectContaining({
        pathname: "/segments",
        query: { workspaceId: WORKSPACE_ID },
      }),
    );
  });

  it("is the one in the address before the remembered one", async () => {
    window.localStorage.setItem(MEMORY_KEY, WORKSPACE_ID);
    const requests = stubApi({ "GET /session": () => ({ body: other }) });
    renderPage(PAGE, { query: { workspaceId: OTHER_WORKSPACE_ID } });
    await screen.findByText("In Northwind");
    expect(asked(requests)).toEqual([OTHER_WORKSPACE_ID]);
  });

  it("is the one of this tab before the one of another tab", async () => {
    window.localStorage.setItem(MEMORY_KEY, WORKSPACE_ID);
    window.sessionStorage.setItem(MEMORY_KEY, OTHER_WORKSPACE_ID);
    const requests = stubApi({ "GET /session": () => ({ body: other }) });
    renderPage(PAGE);
    await screen.findByText("In Northwind");
    expect(asked(requests)).toEqual([OTHER_WORKSPACE_ID]);
  });

  it("stays in the links of the page", async () => {
    stubApi({ "GET /session": () => ({ body: session() }) });
    renderPage(PAGE);
    const link = await screen.findByRole("link");
    expect(link.getAttribute("href")).toBe(
      `/segments?workspaceId=${WORKSPACE_ID}`,
    );
  });

  it("is not in the address of those who have only one", async () => {
    const { workspaces } = session();
    stubApi({
      "GET /session": () => ({
        body: session({ workspaces: workspaces.slice(0, 1) }),
      }),
    });
    const { visited } = renderPage(PAGE);
    const link = await screen.findByRole("link");
    expect(link.getAttribute("href")).toBe("/segments");
    expect(visited).toEqual([]);
  });

  it("is the server's choice again when the remembered one is closed to the member", async () => {
    window.localStorage.setItem(MEMORY_KEY, OTHER_WORKSPACE_ID);
    stubApi({
      "GET /session": ({ headers }) =>
        headers.has("df-workspace-id")
          ? { status: 403, body: { message: "No." } }
          : { body: session() },
    });
    renderPage(PAGE);
    await screen.findByText("In Acme");
    expect(window.localStorage.getItem(MEMORY_KEY)).toBe(WORKSPACE_ID);
  });
});

describe("a page without a session", () => {
  it("says that the workspace in the address is closed to the member, and offers theirs", async () => {
    stubApi({
      "GET /session": () => ({ status: 403, body: { message: "No role." } }),
    });
    renderPage(PAGE, { query: { workspaceId: OTHER_WORKSPACE_ID } });
    await screen.findByText("This workspace is closed to you");
    screen.getByText(/No role\./);
    screen.getByRole("link", { name: "Open my workspace" });
  });

  it("offers to sign in and to come back here", async () => {
    stubApi({ "GET /session": () => ({ status: 401 }) });
    renderPage(PAGE, { pathname: "/users" });
    const link = await screen.findByRole("link", { name: "Sign in" });
    expect(link.getAttribute("href")).toBe("/auth/single-tenant?next=%2Fusers");
  });

  it("gives up after a few failures of the server, and tries again on request", async () => {
    let isDown = true;
    const requests = stubApi({
      "GET /session": () => (isDown ? { status: 503 } : { body: session() }),
    });
    renderPage(PAGE);
    const again = await screen.findByRole("button", { name: "Try again" });
    expect(requests).toHaveLength(3);
    isDown = false;
    fireEvent.click(again);
    await screen.findByText("In Acme");
  });

  it("says so as soon as any answer tells that the member was signed out", async () => {
    let isSignedIn = true;
    stubApi({
      "GET /session": () =>
        isSignedIn ? { body: session() } : { status: 401 },
      "GET /segments": () =>
        isSignedIn ? { body: { segments: [] } } : { status: 401 },
    });
    renderPage(
      <DashboardPage title="Test">
        <Reloadable />
      </DashboardPage>,
    );
    const reload = await screen.findByRole("button", { name: "Reload" });
    isSignedIn = false;
    fireEvent.click(reload);
    await screen.findByText("You are signed out");
  });
});
