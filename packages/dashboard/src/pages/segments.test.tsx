// @vitest-environment happy-dom
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { renderPage } from "../../test/renderPage";
import {
  session,
  stubApi,
  type StubbedAnswer,
  WORKSPACE_ID,
} from "../../test/stubApi";
import SegmentsPage from "./segments.page";

const NOW = Date.UTC(2026, 10, 23);

function segment(name: string, minutesAgo: number, definition?: unknown) {
  return {
    id: `7f7e9a30-37a5-4a3c-8a4e-${name.length.toString(16).padStart(12, "0")}`,
    workspaceId: WORKSPACE_ID,
    name,
    status: "Running",
    definition: definition ?? {
      entryNode: { type: "Everyone", id: "a" },
      nodes: [],
    },
    createdAt: NOW,
    updatedAt: NOW - minutesAgo * 60_000,
    definitionUpdatedAt: NOW,
  };
}

const PAYING = segment("Paying", 1, {
  entryNode: {
    type: "Trait",
    id: "a",
    path: "plan",
    operator: { type: "Equals", value: "pro" },
  },
  nodes: [],
});
const EVERYBODY = segment("Everybody", 5);
const STRANGE = segment("Strange one", 9, { entryNode: { type: "Unknown" } });

const SEGMENTS = { body: { segments: [EVERYBODY, PAYING, STRANGE] } };

function stub(
  segments: StubbedAnswer,
  more: Parameters<typeof stubApi>[0] = {},
) {
  return stubApi({
    "GET /session": () => ({ body: session() }),
    "GET /segments": () => segments,
    ...more,
  });
}

/** The names in the table, from top to bottom. */
function names(): (string | null | undefined)[] {
  return screen
    .getAllByRole("row")
    .slice(1)
    .map((row) => row.querySelector("p")?.textContent);
}

async function openCreation(): Promise<HTMLElement> {
  fireEvent.click(await screen.findByRole("button", { name: "New segment" }));
  const dialog = await screen.findByRole("dialog", { name: "New segment" });
  await within(dialog).findByLabelText(/^Name/);
  return dialog;
}

describe("the list of segments", () => {
  it("shows them, the last changed first, also those it cannot read", async () => {
    stub(SEGMENTS);
    renderPage(<SegmentsPage />);
    await screen.findByText("3 segments");
    expect(names()).toEqual(["Paying", "Everybody", "Strange one"]);
    expect(screen.getAllByText("plan is pro").length).toBeGreaterThan(0);
    expect(screen.getAllByText("Custom definition").length).toBeGreaterThan(0);
  });

  it("is sorted by a click on a column, and the other way by a second one", async () => {
    stub(SEGMENTS);
    renderPage(<SegmentsPage />);
    await screen.findByText("3 segments");
    const name = screen.getByRole("button", { name: "Name" });
    fireEvent.click(name);
    expect(names()).toEqual(["Everybody", "Paying", "Strange one"]);
    fireEvent.click(name);
    expect(names()).toEqual(["Strange one", "Paying", "Everybody"]);
  });

  it("is searched in names and conditions, in any order of words", async () => {
    stub(SEGMENTS);
    renderPage(<SegmentsPage />);
    await screen.findByText("3 segments");
    const search = screen.getByRole("searchbox", { name: "Search segments" });
    fireEvent.change(search, { target: { value: "PRO pay" } });
    expect(names()).toEqual(["Paying"]);
    fireEvent.change(search, { target: { value: "nothing like it" } });
    await screen.findByText("No segment matches");
    fireEvent.click(screen.getByRole("button", { name: "Clear the search" }));
    expect(names()).toHaveLength(3);
  });

  it("says while it loads that it is busy, and afterwards not", async () => {
    let answer: (segments: StubbedAnswer) => void = () => undefined;
    stubApi({
      "GET /session": () => ({ body: session() }),
      "GET /segments": () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    });
    renderPage(<SegmentsPage />);
    const table = await screen.findByRole("table", { name: "Segments" });
    expect(table.getAttribute("aria-busy")).toBe("true");
    answer(SEGMENTS);
    await waitFor(() =>
      expect(
        screen
          .getByRole("table", { name: "Segments" })
          .getAttribute("aria-busy"),
      ).toBe("false"),
    );
  });

  it("teaches what a segment is where there is none", async () => {
    stub({ body: { segments: [] } });
    renderPage(<SegmentsPage />);
    await screen.findByText("No segments yet");
    expect(screen.getAllByRole("button", { name: "New segment" })).toHaveLength(
      2,
    );
    expect(screen.queryByRole("searchbox")).toBeNull();
  });

  it("shows the server's reason when it fails, and tries again on request", async () => {
    let isDown = true;
    stubApi({
      "GET /session": () => ({ body: session() }),
      "GET /segments": () =>
        isDown
          ? { status: 429, body: { message: "Wait a minute." } }
          : SEGMENTS,
    });
    renderPage(<SegmentsPage />);
    await screen.findByText("Wait a minute.");
    isDown = false;
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await screen.findByText("3 segments");
  });
});

describe("creating a segment", () => {
  it("sends what the form says and reloads the list", async () => {
    const requests = stub(SEGMENTS, {
      "POST /segments": () => ({ status: 201, body: PAYING }),
    });
    renderPage(<SegmentsPage />);
    const dialog = await openCreation();
    fireEvent.change(within(dialog).getByLabelText(/^Name/), {
      target: { value: " Paying " },
    });
    fireEvent.click(within(dialog).getByRole("button", { name: "Create" }));
    await screen.findByText("Created Paying");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    const created = requests.find(({ method }) => method === "POST");
    expect(created?.body).toMatchObject({
      name: "Paying",
      definition: { entryNode: { type: "Trait", path: "plan" }, nodes: [] },
    });
    const lists = requests.filter(({ path }) => path === "/segments");
    expect(lists.map(({ method }) => method)).toEqual(["GET", "POST", "GET"]);
  });

  it("asks for a name before it sends anything", async () => {
    const requests = stub(SEGMENTS);
    renderPage(<SegmentsPage />);
    const dialog = await openCreation();
    fireEvent.click(within(dialog).getByRole("button", { name: "Create" }));
    await within(dialog).findByText("Enter a name.");
    expect(requests.some(({ method }) => method === "POST")).toBe(false);
  });

  it("says at the name that it is taken, until the name is changed", async () => {
    stub(SEGMENTS, {
      "POST /segments": () => ({
        status: 409,
        body: {
          type: "UniqueConstraintViolation",
          message: "A segment with this name exists.",
        },
      }),
    });
    renderPage(<SegmentsPage />);
    const dialog = await openCreation();
    const name = within(dialog).getByLabelText(/^Name/);
    fireEvent.change(name, { target: { value: "Paying" } });
    fireEvent.click(within(dialog).getByRole("button", { name: "Create" }));
    await within(dialog).findByText("A segment with this name exists.");
    expect(name.getAttribute("aria-invalid")).toBe("true");
    fireEvent.change(name, { target: { value: "Paying 2" } });
    expect(name.getAttribute("aria-invalid")).toBe("false");
  });

  it("names the bad field of the JSON and does not send it", async () => {
    const requests = stub(SEGMENTS);
    renderPage(<SegmentsPage />);
    const dialog = await openCreation();
    fireEvent.change(within(dialog).getByLabelText(/^Name/), {
      target: { value: "Broken" },
    });
    fireEvent.click(within(dialog).getByRole("tab", { name: "JSON" }));
    fireEvent.change(within(dialog).getByLabelText("Definition"), {
      target: { value: '{"entryNode":{"type":"Everyone"},"nodes":[]}' },
    });
    await within(dialog).findByText("entryNode/id");
    fireEvent.click(within(dialog).getByRole("button", { name: "Create" }));
    expect(requests.some(({ method }) => method === "POST")).toBe(false);
  });

  it("keeps changed JSON unless told to discard it", async () => {
    stub(SEGMENTS);
    renderPage(<SegmentsPage />);
    const dialog = await openCreation();
    fireEvent.click(within(dialog).getByRole("tab", { name: "JSON" }));
    const editor = within(dialog).getByLabelText("Definition");
    fireEvent.change(editor, { target: { value: "{}" } });
    fireEvent.click(within(dialog).getByRole("tab", { name: "Form" }));
    await within(dialog).findByText(
      "The form cannot show your changes to the JSON.",
    );
    expect(within(dialog).getByLabelText("Definition")).toHaveProperty(
      "value",
      "{}",
    );
    fireEvent.click(
      within(dialog).getByRole("button", { name: "Discard the changes" }),
    );
    within(dialog).getByLabelText("Trait");
  });

  it("is for Authors, and says so to Viewers", async () => {
    stub(SEGMENTS, {
      "GET /session": () => ({ body: session({ role: "Viewer" }) }),
    });
    renderPage(<SegmentsPage />);
    const button = await screen.findByRole("button", { name: "New segment" });
    expect(button).toHaveProperty("disabled", true);
    expect(button.closest("[aria-label]")?.getAttribute("aria-label")).toBe(
      "Needs the role Author or higher; yours is Viewer.",
    );
  });
});

describe("deleting a segment", () => {
  async function openDeletion(name: string): Promise<HTMLElement> {
    fireEvent.click(
      await screen.findByRole("button", { name: `Actions for ${name}` }),
    );
    fireEvent.click(await screen.findByRole("menuitem", { name: "Delete…" }));
    return screen.findByRole("dialog", { name: `Delete segment “${name}”?` });
  }

  it("asks first, and does nothing when it is called off", async () => {
    const requests = stub(SEGMENTS);
    renderPage(<SegmentsPage />);
    const dialog = await openDeletion("Paying");
    fireEvent.click(within(dialog).getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(requests.some(({ method }) => method === "DELETE")).toBe(false);
  });

  it("deletes that one", async () => {
    const requests = stub(SEGMENTS, {
      "DELETE /segments/v2": () => ({ status: 204 }),
    });
    renderPage(<SegmentsPage />);
    const dialog = await openDeletion("Paying");
    fireEvent.click(
      within(dialog).getByRole("button", { name: "Delete segment" }),
    );
    await screen.findByText("Deleted Paying");
    const deleted = requests.find(({ method }) => method === "DELETE");
    expect(deleted?.query.get("id")).toBe(PAYING.id);
    expect(deleted?.headers.get("df-workspace-id")).toBe(WORKSPACE_ID);
  });

  it("says why it failed, and loads the list again when it was gone already", async () => {
    const requests = stub(SEGMENTS);
    renderPage(<SegmentsPage />);
    const dialog = await openDeletion("Paying");
    fireEvent.click(
      within(dialog).getByRole("button", { name: "Delete segment" }),
    );
    await within(dialog).findByText(/does not exist any more/);
    await waitFor(() =>
      expect(
        requests.filter(
          ({ method, path }) => method === "GET" && path === "/segments",
        ),
      ).toHaveLength(2),
    );
  });
});
