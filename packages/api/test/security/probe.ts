// The stage of the probe: workspace A with a caller of each kind, workspace B with something in every table, and the counting of
// what was tried and what got through. Owns no expectation of a route; those are in crossWorkspace.test.ts.

import { registeredTables } from "backend-lib/src/db/policies";
import { insertRow } from "backend-lib/test/rowFactory";
import { reportSuite } from "backend-lib/test/security/report";
import { type InjectOptions, type LightMyRequestResponse } from "fastify";

import { type Api, type ApiMember, type ApiWorkspace } from "../useApi";
import {
  type Guard,
  type Naming,
  namings,
  type ProbedRoute,
  probedRoutes,
} from "./calling";
import { rowsOf, toldOf, valuesOf } from "./witness";
import { makeWorld, newTag, type World } from "./world";

const EXTERNAL_ID = "theirs-external-id";

type Rows = Awaited<ReturnType<typeof rowsOf>>;

/** A row of B in every table that its world does not reach. */
async function fillTables(api: Api, { workspaceId }: ApiWorkspace) {
  const made = await rowsOf(api, workspaceId);
  for (const [table] of registeredTables()) {
    if (made[table]?.length === 0) {
      const row = await insertRow(api.env.owner, table, workspaceId);
      if (table === "WorkspaceMembeAccount") {
        // Made with a member of its own: give it to one of B.
        await api.env.owner.query(
          `UPDATE "WorkspaceMembeAccount" SET "workspaceMemberId" =
             (SELECT "workspaceMemberId" FROM "WorkspaceMemberRole" WHERE "workspaceId" = $1 LIMIT 1)
           WHERE "workspaceMemberId" = $2`,
          [workspaceId, row.workspaceMemberId],
        );
      }
    }
  }
}

export class Probe {
  readonly leaks: string[] = [];

  /** What was told of B and is accepted, by route, with why. */
  readonly accepted: Record<string, string> = {};

  #checks = 0;

  #calls = 0;

  readonly #startedAt = performance.now();

  private constructor(
    readonly api: Api,
    readonly routes: readonly ProbedRoute[],
    readonly mine: ApiWorkspace,
    readonly member: ApiMember,
    readonly world: World,
    readonly theirs: ApiWorkspace,
    readonly theirWorld: World,
    readonly theirRows: Rows,
    readonly theirValues: ReadonlySet<string>,
  ) {}

  /** Makes both workspaces; A is the oldest of the database, and so the one of single-tenant mode. */
  static async open(api: Api): Promise<Probe> {
    const mine = await api.workspace({ externalId: "mine-external-id" });
    await api.env.owner.query(
      `UPDATE "Workspace" SET "createdAt" = now() - interval '1 day' WHERE "id" = $1`,
      [mine.workspaceId],
    );
    const roles = [{ workspaceId: mine.workspaceId, role: "Admin" }] as const;
    const theirs = await api.workspace({ externalId: EXTERNAL_ID });
    const world = await makeWorld(api, mine);
    const theirWorld = await makeWorld(api, theirs);
    await fillTables(api, theirs);
    const theirRows = await rowsOf(api, theirs.workspaceId);
    return new Probe(
      api,
      probedRoutes(api.routes),
      mine,
      await api.member({ roles }),
      world,
      theirs,
      theirWorld,
      theirRows,
      valuesOf(theirRows, await rowsOf(api, mine.workspaceId)),
    );
  }

  /** What a caller of A shows, by the guard that takes it. */
  get credentials(): Readonly<Record<Guard, Readonly<Record<string, string>>>> {
    return {
      session: this.member.headers,
      adminKey: { authorization: this.mine.headers.authorization ?? "" },
      writeKey: { authorization: this.mine.writeKey },
      open: {},
    };
  }

  /** Every way to name B in a call of the route that says all that it knows of B. */
  namings(route: ProbedRoute): Naming[] {
    return namings(route, route.sample?.(this.theirWorld, newTag()) ?? {}, {
      id: this.theirs.workspaceId,
      externalId: EXTERNAL_ID,
      own: this.mine.workspaceId,
    });
  }

  /** Notes what must not be. */
  check(isGood: boolean, text: string): void {
    this.#checks += 1;
    if (!isGood) {
      this.leaks.push(text);
    }
  }

  /** Sends a request and sees to it that its answer tells nothing of B. */
  async send(
    name: string,
    request: InjectOptions,
    app: Pick<Api, "inject"> = this.api,
  ): Promise<LightMyRequestResponse> {
    this.#calls += 1;
    const response = await app.inject(request);
    const told = toldOf(this.theirValues, response, request);
    this.check(
      told.length === 0,
      `${name} tells ${told.slice(0, 3).join(", ")}`,
    );
    this.check(response.statusCode < 500, `${name}: ${response.statusCode}`);
    return response;
  }

  /** B is as it was. */
  async unchanged(name: string): Promise<void> {
    const now = await rowsOf(this.api, this.theirs.workspaceId);
    const changed = Object.keys(this.theirRows).filter(
      (table) =>
        JSON.stringify(now[table]) !== JSON.stringify(this.theirRows[table]),
    );
    this.check(changed.length === 0, `${name} changed ${changed.join(", ")}`);
  }

  /** What got through while `work` ran. */
  async leaksOf(work: () => Promise<void>): Promise<readonly string[]> {
    const before = this.leaks.length;
    await work();
    return this.leaks.slice(before);
  }

  report(): void {
    reportSuite({
      suite: "probe",
      tried: { routes: this.routes.length, calls: this.#calls },
      checks: this.#checks,
      leaks: this.leaks,
      milliseconds: performance.now() - this.#startedAt,
      accepted: this.accepted,
    });
  }
}
