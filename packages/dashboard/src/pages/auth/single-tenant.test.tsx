// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { renderPage } from "../../../test/renderPage";
import { stubApi } from "../../../test/stubApi";
import SingleTenantSignInPage, { nextPage } from "./single-tenant.page";

function signIn(password: string): void {
  fireEvent.change(screen.getByLabelText(/^Password/), {
    target: { value: password },
  });
  fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
}

describe("signing in with the password", () => {
  it("goes on to the page that asked for it", async () => {
    const requests = stubApi({
      "POST /public/single-tenant/login": () => ({ status: 200 }),
    });
    const { visited } = renderPage(<SingleTenantSignInPage />, {
      query: { next: "/users" },
    });
    signIn("open sesame");
    await waitFor(() => expect(visited).toEqual(["/users"]));
    expect(requests.find(({ method }) => method === "POST")?.body).toEqual({
      password: "open sesame",
    });
  });

  it.each([
    [401, { error: "Invalid password" }, "This is not the password."],
    [404, undefined, /has no password sign-in/],
    [
      429,
      { message: "Too many wrong passwords." },
      "Too many wrong passwords.",
    ],
  ])("says why it failed with %i", async (status, body, text) => {
    stubApi({ "POST /public/single-tenant/login": () => ({ status, body }) });
    const { visited } = renderPage(<SingleTenantSignInPage />);
    signIn("wrong");
    await screen.findByText(text);
    expect(visited).toEqual([]);
  });
});

describe("the page after signing in", () => {
  it.each([
    ["/segments?workspaceId=1", "/segments?workspaceId=1"],
    ["https://elsewhere.example", "/"],
    ["//elsewhere.example", "/"],
    ["/\\elsewhere.example", "/"],
    ["data:text/html,hello", "/"],
    [undefined, "/"],
    [["/users", "/segments"], "/"],
  ])("of the address %s is %s", (named, page) => {
    expect(nextPage(named)).toBe(page);
  });
});
