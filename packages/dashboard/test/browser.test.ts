// The dashboard in a real browser, against the real product with its demo: what people do in it works, and what it says is what
// the API says. Pictures of every page go to test-results/screenshots.

import { randomBytes, randomUUID } from "node:crypto";

import { type Locator, type Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { useDashboard } from "./browser/useDashboard";
import { findChromium, PHONE } from "./browser/visitor";

const chromiumPath = findChromium();
const PAGES = [
  ["", "Home"],
  ["/journeys", "Journeys"],
  ["/templates", "Templates"],
  ["/users", "Users"],
  ["/segments", "Segments"],
  ["/events", "Events"],
  ["/settings", "Settings"],
] as const;

it.runIf(process.env.CI === "true")("has a Chromium on CI", () => {
  expect(chromiumPath).not.toBeNull();
});

/** A name that no other test has. */
function unique(noun: string): string {
  return `${noun} ${randomUUID().slice(0, 8)}`;
}

async function dialogAfter(page: Page, button: string): Promise<Locator> {
  await page.getByRole("button", { name: button }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  return dialog;
}

async function rowOf(page: Page, name: string): Promise<Locator> {
  const row = page
    .getByRole("row")
    .filter({ has: page.getByText(name, { exact: true }) });
  await row.waitFor();
  return row;
}

async function chooseAction(page: Page, of: string, action: string) {
  await page.getByRole("button", { name: `Actions for ${of}` }).click();
  await page.getByRole("menuitem", { name: action }).click();
}

async function deleteFromList(page: Page, name: string, noun: string) {
  await chooseAction(page, name, "Delete…");
  await page.getByRole("button", { name: `Delete ${noun}` }).click();
  await page.getByText(`Deleted ${name}`).waitFor();
  await page
    .getByRole("row")
    .filter({ hasText: name })
    .waitFor({ state: "detached" });
}

// A browser now and then loses its way for reasons of its own; what is broken fails twice, and a retry is reported.
const ONCE_MORE = { retry: 1 };

describe.skipIf(chromiumPath === null)(
  "the dashboard of the demo",
  ONCE_MORE,
  () => {
    const dashboard = useDashboard(chromiumPath);

    async function ask(
      path: string,
      init: RequestInit = {},
    ): Promise<Response> {
      return fetch(`${dashboard.origin}/api${path}`, init);
    }

    it("opens at the server's address with the demo workspace and its numbers", async () => {
      const visitor = await dashboard.visit();
      const { page } = visitor;
      await page.goto(dashboard.origin);
      await page
        .getByRole("heading", { level: 1, name: "Acme Outfitters" })
        .waitFor();
      await page.getByRole("link", { name: /^Users\s*4,000$/ }).waitFor();
      await page.getByRole("region", { name: "Recent events" }).waitFor();
      expect(await page.title()).toBe("Home · Acme Outfitters · Dittofeed");
      expect(visitor.complaints).toEqual([]);
    });

    it("shows a command that sends an event, which then appears", async () => {
      const visitor = await dashboard.come();
      const { page } = visitor;
      const command = await page
        .getByRole("region", { name: "Command that sends an event" })
        .textContent();
      const authorization = /Authorization: (Basic [\w=+/]+)/.exec(
        command ?? "",
      )?.[1];
      const event = unique("Event");
      const answer = await ask("/public/apps/track", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: authorization ?? "",
        },
        body: JSON.stringify({ messageId: randomUUID(), userId: "u", event }),
      });
      expect(answer.status).toBe(204);
      await page.getByRole("link", { name: "All events" }).click();
      await page.getByRole("searchbox").fill(event);
      await rowOf(page, event);
      await chooseAction(page, event, "View event");
      await page.getByRole("dialog").getByText('"userId": "u"').waitFor();
      expect(visitor.complaints).toEqual([]);
    });

    it("creates, finds and deletes a segment by the form", async () => {
      const visitor = await dashboard.come("/segments");
      const { page } = visitor;
      const name = unique("Segment");
      const dialog = await dialogAfter(page, "New segment");
      await dialog.getByLabel("Name").fill(name);
      await dialog.getByLabel("By an event").check();
      await dialog.getByLabel("Event", { exact: true }).fill("Order Placed");
      await visitor.photograph("create-segment");
      await dialog.getByRole("button", { name: "Create" }).click();
      await page.getByText(`Created ${name}`).waitFor();
      const row = await rowOf(page, name);
      expect(await row.textContent()).toContain(
        "Did “Order Placed” in the last 30 days",
      );
      await page.getByRole("searchbox").fill(name.toUpperCase());
      await page.getByText("1 segment", { exact: true }).waitFor();
      await deleteFromList(page, name, "segment");
      expect(visitor.complaints).toEqual([]);
    });

    it("refuses broken JSON at its field, and a taken name in the server's words", async () => {
      const visitor = await dashboard.come("/segments");
      const { page } = visitor;
      const dialog = await dialogAfter(page, "New segment");
      await dialog.getByLabel("Name").fill("Customers");
      await dialog.getByRole("tab", { name: "JSON" }).click();
      const editor = dialog.getByLabel("Definition");
      await editor.fill(
        '{"entryNode":{"type":"Trait","id":"a","path":"x"},"nodes":[]}',
      );
      await dialog.getByText("entryNode/operator").waitFor();
      await visitor.photograph("create-segment-json");
      await editor.fill(
        '{"entryNode":{"type":"Everyone","id":"a"},"nodes":[]}',
      );
      await dialog.getByText("Valid", { exact: true }).waitFor();
      await dialog.getByRole("button", { name: "Create" }).click();
      await dialog.locator("[aria-invalid=true]").waitFor();
      await visitor.photograph("create-segment-taken");
      // The browser notes the refused request in the console; that is the only complaint.
      expect(visitor.complaints).toEqual([expect.stringContaining("409")]);
    });

    it("creates a template and a journey that sends it, and deletes both", async () => {
      const visitor = await dashboard.come("/templates");
      const { page } = visitor;
      const template = unique("Template");
      const first = await dialogAfter(page, "New template");
      await first.getByLabel("Name").fill(template);
      await first.getByLabel("From").fill("hello@example.com");
      await first.getByLabel("Subject").fill("Hello {{ user.firstName }}");
      await visitor.photograph("create-template");
      await first.getByRole("button", { name: "Create" }).click();
      await rowOf(page, template);

      await page.getByRole("link", { name: "Journeys" }).click();
      const journey = unique("Journey");
      const second = await dialogAfter(page, "New journey");
      await second.getByLabel("Name").fill(journey);
      await second.getByLabel("Event", { exact: true }).fill("Signed Up");
      await second.getByLabel("Wait first, in hours").fill("24");
      await second.getByLabel("Then send").click();
      await page.getByRole("option", { name: template }).click();
      await visitor.photograph("create-journey");
      await second.getByRole("button", { name: "Create" }).click();
      const row = await rowOf(page, journey);
      expect(await row.textContent()).toContain("On “Signed Up”, 2 steps");
      await deleteFromList(page, journey, "journey");

      await page.getByRole("link", { name: "Templates" }).click();
      await deleteFromList(page, template, "template");
      expect(visitor.complaints).toEqual([]);
    });

    it("adds, finds and deletes a user", async () => {
      const visitor = await dashboard.come("/users");
      const { page } = visitor;
      const userId = unique("user").replace(" ", "-");
      const dialog = await dialogAfter(page, "Add user");
      await dialog.getByLabel("User ID").fill(userId);
      await dialog.getByLabel("E-mail").fill(`${userId}@example.com`);
      await dialog.getByRole("button", { name: "Add user" }).click();
      await page.getByText(`Added ${userId}`).waitFor();
      await page.getByRole("searchbox").fill(userId);
      await page.getByText("1 user", { exact: true }).waitFor();
      const row = await rowOf(page, userId);
      expect(await row.textContent()).toContain(`${userId}@example.com`);
      await page.getByRole("combobox", { name: "Search by" }).click();
      await page.getByRole("option", { name: "email" }).click();
      await page.getByText("No user matches").waitFor();
      await page.getByRole("searchbox").fill(`${userId}@example.com`);
      await rowOf(page, userId);
      await chooseAction(page, userId, "Delete…");
      await page.getByRole("button", { name: "Delete user" }).click();
      await page.getByText("No user matches").waitFor();
      expect(visitor.complaints).toEqual([]);
    });

    it("pages through users and comes back", async () => {
      const visitor = await dashboard.come("/users");
      const { page } = visitor;
      const first = await page.getByRole("row").nth(1).textContent();
      await page.getByRole("button", { name: "Next" }).click();
      await page
        .getByRole("button", { name: "Previous", disabled: false })
        .waitFor();
      expect(await page.getByRole("row").nth(1).textContent()).not.toBe(first);
      await page.getByRole("button", { name: "Previous" }).click();
      await page
        .getByRole("row")
        .nth(1)
        .filter({ hasText: first ?? "" })
        .waitFor();
      expect(visitor.complaints).toEqual([]);
    });

    it("makes an API key that works, shows it once, and takes it away", async () => {
      const visitor = await dashboard.come("/settings");
      const { page } = visitor;
      const name = unique("key");
      const naming = await dialogAfter(page, "New API key");
      await naming.getByLabel("Name").fill(name);
      await naming.getByRole("button", { name: "Create" }).click();
      const key = await page
        .getByRole("region", { name: "The new API key" })
        .textContent();
      await visitor.photograph("new-api-key");
      const askWithKey = async () =>
        ask("/admin/segments", { headers: { authorization: `Bearer ${key}` } });
      expect((await askWithKey()).status).toBe(200);
      await page.getByRole("button", { name: "I have stored it" }).click();
      await rowOf(page, name);
      await page.reload();
      await rowOf(page, name);
      expect(await page.content()).not.toContain(key);
      await page
        .getByRole("button", { name: `Delete API key ${name}` })
        .click();
      await page.getByRole("button", { name: "Delete key" }).click();
      await page.getByText(`Deleted ${name}`).waitFor();
      expect((await askWithKey()).status).toBe(401);
      expect(visitor.complaints).toEqual([]);
    });

    it("makes and deletes a write key", async () => {
      const visitor = await dashboard.come("/settings#write-key");
      const { page } = visitor;
      const name = unique("key");
      const naming = await dialogAfter(page, "New write key");
      await naming.getByLabel("Name").fill(name);
      await naming.getByRole("button", { name: "Create" }).click();
      await page.getByText(`Created ${name}`).waitFor();
      await rowOf(page, name);
      await page
        .getByRole("button", { name: `Delete write key ${name}` })
        .click();
      await page.getByRole("button", { name: "Delete key" }).click();
      await page.getByText(`Deleted ${name}`).waitFor();
      expect(visitor.complaints).toEqual([]);
    });

    it("adds a member, changes their role and removes them", async () => {
      const visitor = await dashboard.come("/settings#permissions");
      const { page } = visitor;
      const email = `${randomUUID()}@example.com`;
      const dialog = await dialogAfter(page, "Add member");
      await dialog.getByLabel("E-mail").fill(email);
      await dialog.getByRole("button", { name: "Add member" }).click();
      await page.getByText(`Added ${email}`).waitFor();
      await page.getByRole("combobox", { name: `Role of ${email}` }).click();
      await page.getByRole("option", { name: "Viewer" }).click();
      await page.getByText(`${email} is now Viewer`).waitFor();
      await page.getByRole("button", { name: `Remove ${email}` }).click();
      await page.getByRole("button", { name: "Remove member" }).click();
      await page.getByText(`Removed ${email}`).waitFor();
      expect(visitor.complaints).toEqual([]);
    });

    it("switches the workspace, keeps it over a reload, and shows nothing of the other", async () => {
      const visitor = await dashboard.come("/segments");
      const { page } = visitor;
      await rowOf(page, "Checkout started this week");
      await page.getByRole("button", { name: /^Workspace Acme/ }).click();
      await visitor.photograph("workspace-menu");
      await page.getByRole("menuitem", { name: /Northwind Coffee/ }).click();
      await page
        .getByRole("button", { name: /^Workspace Northwind/ })
        .waitFor();
      await page.getByRole("row").nth(1).waitFor();
      expect(await page.getByText("Checkout started this week").count()).toBe(
        0,
      );
      const { searchParams } = new URL(page.url());
      expect(searchParams.get("workspaceId")).toMatch(/^[0-9a-f-]{36}$/);
      await page.getByRole("link", { name: "Users" }).click();
      await page.getByText("1,500 users").waitFor();
      await page.goto(`${dashboard.origin}/dashboard/`);
      await page
        .getByRole("heading", { level: 1, name: "Northwind Coffee" })
        .waitFor();
      expect(visitor.complaints).toEqual([]);
    });

    it("says that a foreign workspace is closed, and leads home", async () => {
      const visitor = await dashboard.come(
        `/segments?workspaceId=${randomUUID()}`,
      );
      const { page } = visitor;
      await page.getByText("This workspace is closed to you").waitFor();
      await visitor.photograph("no-access");
      await page.getByRole("link", { name: "Open my workspace" }).click();
      await page
        .getByRole("heading", { level: 1, name: "Acme Outfitters" })
        .waitFor();
    });

    it("teaches in an empty workspace what comes first", async () => {
      const visitor = await dashboard.come();
      const { page } = visitor;
      await page.getByRole("button", { name: /^Workspace/ }).click();
      await page.getByRole("menuitem", { name: /Juniper Labs/ }).click();
      await page.getByText("No events yet").waitFor();
      await page.getByRole("link", { name: "Users" }).first().click();
      await page.getByText("No users yet").waitFor();
      await visitor.photograph("users-empty");
      expect(visitor.complaints).toEqual([]);
    });

    it("can be used with the keyboard alone", async () => {
      const visitor = await dashboard.come("/segments");
      const { page } = visitor;
      await page.getByRole("row").nth(1).waitFor();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter"); // the link over the header and the menu
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      const dialog = page.getByRole("dialog");
      await dialog.waitFor();
      const name = unique("Keyboard");
      await dialog.locator("input:focus").waitFor();
      await page.keyboard.type(name);
      await page.keyboard.press("Enter");
      await page.getByText(`Created ${name}`).waitFor();
      await page
        .getByRole("button", { name: "New segment" })
        .and(page.locator(":focus"))
        .waitFor();
      await page.getByRole("button", { name: `Actions for ${name}` }).focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("ArrowUp"); // from the first entry round to the last
      await page.keyboard.press("Enter");
      await dialog.waitFor();
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      await rowOf(page, name);
      await deleteFromList(page, name, "segment");
      expect(visitor.complaints).toEqual([]);
    });

    it("says that it is offline, and recovers by itself", async () => {
      const visitor = await dashboard.come("/segments");
      const { page } = visitor;
      await page.getByRole("row").nth(1).waitFor();
      await page.context().setOffline(true);
      await page.getByText(/You are offline/).waitFor();
      await visitor.photograph("offline");
      await page.context().setOffline(false);
      await page.getByText(/You are offline/).waitFor({ state: "detached" });
      await page.getByRole("row").nth(1).waitFor();
    });

    it("shows why a list could not be loaded, and loads it on request", async () => {
      const visitor = await dashboard.visit();
      const { page } = visitor;
      await page.route("**/api/segments**", (route) => route.abort());
      await visitor.open("/segments");
      await page.getByText("No connection to the server").waitFor();
      await visitor.photograph("failed");
      await page.unroute("**/api/segments**");
      await page.getByRole("button", { name: "Try again" }).click();
      await rowOf(page, "Customers");
    });

    it("answers an unknown address with a page of its own", async () => {
      const visitor = await dashboard.come("/nothing/here");
      const { page } = visitor;
      await page.getByText("There is no such page").waitFor();
      await page.getByRole("link", { name: "Go to the home page" }).click();
      await page
        .getByRole("heading", { level: 1, name: "Acme Outfitters" })
        .waitFor();
    });

    it.each([
      ["light", "desktop", {}],
      ["dark", "desktop", { colorScheme: "dark" }],
      ["light", "phone", { viewport: PHONE }],
      ["dark", "phone", { viewport: PHONE, colorScheme: "dark" }],
    ] as const)(
      "fits its pages, in %s colours on a %s",
      async (colours, device, options) => {
        const visitor = await dashboard.visit(options);
        const { page } = visitor;
        for (const [pathname, title] of PAGES) {
          await visitor.open(pathname);
          await page.getByRole("heading", { level: 1 }).waitFor();
          await page
            .locator("[aria-busy=true], .MuiSkeleton-root")
            .first()
            .waitFor({ state: "detached" });
          expect(await page.title()).toMatch(new RegExp(`^${title} · `));
          expect(
            await page.evaluate(
              () => document.documentElement.scrollWidth - window.innerWidth,
            ),
          ).toBeLessThanOrEqual(0);
          await visitor.photograph(
            `${title.toLowerCase()}-${device}-${colours}`,
          );
        }
        expect(visitor.complaints).toEqual([]);
      },
      60_000,
    );

    it("keeps the colours that were chosen, from the first paint on", async () => {
      const visitor = await dashboard.come();
      const { page } = visitor;
      await page.getByRole("button", { name: "Appearance" }).click();
      await page.getByRole("menuitem", { name: "Dark" }).click();
      await page.reload({ waitUntil: "commit" });
      await page.locator("html[data-dark]").waitFor({ state: "attached" });
      expect(visitor.complaints).toEqual([]);
    });
  },
);

describe.skipIf(chromiumPath === null)(
  "the dashboard behind a password",
  () => {
    const dashboard = useDashboard(chromiumPath, {
      AUTH_MODE: "single-tenant",
      PASSWORD: "open sesame",
      SECRET_KEY: randomBytes(32).toString("base64"),
    });

    it("asks for it, goes on where one wanted to, and lets one out again", async () => {
      const visitor = await dashboard.visit();
      const { page } = visitor;
      await visitor.open("/users");
      await page.getByText("You are signed out").waitFor();
      await page.getByRole("link", { name: "Sign in" }).click();
      await page.getByLabel("Password").fill("wrong");
      await page.keyboard.press("Enter");
      await page.getByText("This is not the password.").waitFor();
      await visitor.photograph("sign-in");
      await page.getByLabel("Password").fill("open sesame");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "Users" }).waitFor();
      await page.getByRole("button", { name: "Account" }).click();
      await page.getByRole("menuitem", { name: "Sign out" }).click();
      await page
        .getByRole("heading", { name: "Sign in to Dittofeed" })
        .waitFor();
      await visitor.open("/users");
      await page.getByText("You are signed out").waitFor();
    });
  },
);
