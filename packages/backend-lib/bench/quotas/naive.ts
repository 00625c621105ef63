// How a limit is kept elsewhere, on a table of the same shape: what each way costs, and which of them let too many in.

import { randomUUID } from "node:crypto";

import pg from "pg";

export interface Way {
  readonly name: string;
  /** Tries to add a user to the workspace; false when it was refused. */
  add(workspaceId: string): Promise<boolean>;
  /** How many users the workspace has. */
  count(workspaceId: string): Promise<number>;
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS public.naive_user (LIKE public."WorkspaceUser" INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING INDEXES);
  CREATE TABLE IF NOT EXISTS public.naive_usage ("workspaceId" uuid PRIMARY KEY, "used" bigint NOT NULL, "limit" bigint NOT NULL);
  GRANT ALL ON public.naive_user, public.naive_usage TO dittofeed_app;
  CREATE OR REPLACE FUNCTION public.naive_count(workspace uuid, user_id text, most bigint) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    IF (SELECT count(*) FROM public.naive_user WHERE "workspaceId" = workspace) >= most THEN RETURN false; END IF;
    INSERT INTO public.naive_user ("workspaceId", "userId") VALUES (workspace, user_id);
    RETURN true;
  END $$;
  CREATE OR REPLACE FUNCTION public.naive_lock(workspace uuid, user_id text, most bigint) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(workspace::text, 0));
    RETURN public.naive_count(workspace, user_id, most);
  END $$;
  CREATE OR REPLACE FUNCTION public.naive_update(workspace uuid, user_id text, most bigint) RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO public.naive_usage VALUES (workspace, 0, most) ON CONFLICT DO NOTHING;
    UPDATE public.naive_usage SET "used" = "used" + 1 WHERE "workspaceId" = workspace AND "used" < most;
    IF NOT FOUND THEN RETURN false; END IF;
    INSERT INTO public.naive_user ("workspaceId", "userId") VALUES (workspace, user_id);
    RETURN true;
  END $$;`;

const codeOf = (error: unknown) =>
  error instanceof pg.DatabaseError ? error.code : undefined;

/** Makes the tables; `app` is a pool without a context, `inContext` one of the hot workspace of each round. */
export async function naiveWays(
  owner: pg.Pool,
  app: pg.Pool,
  limit: number,
): Promise<readonly Way[]> {
  await owner.query(TABLES);
  const count = async (workspaceId: string) => {
    const found = await owner.query<{ count: string }>(
      `SELECT count(*) FROM public.naive_user WHERE "workspaceId" = $1`,
      [workspaceId],
    );
    return Number(found.rows[0]?.count);
  };
  const call = async (
    client: pg.Pool | pg.PoolClient,
    name: string,
    id: string,
  ) => {
    const answer = await client.query<{ added: boolean }>({
      name,
      text: `SELECT public.${name}($1, $2, $3) AS added`,
      values: [id, randomUUID(), limit],
    });
    return answer.rows[0]?.added === true;
  };
  const serializable = async (workspaceId: string): Promise<boolean> => {
    const client = await app.connect();
    try {
      for (;;) {
        try {
          await client.query("BEGIN ISOLATION LEVEL SERIALIZABLE");
          const added = await call(client, "naive_count", workspaceId);
          await client.query("COMMIT");
          return added;
        } catch (error) {
          await client.query("ROLLBACK");
          if (codeOf(error) !== "40001") {
            throw error;
          }
        }
      }
    } finally {
      client.release();
    }
  };
  return [
    {
      name: "count, then insert (READ COMMITTED)",
      add: (id) => call(app, "naive_count", id),
      count,
    },
    {
      name: "the same under an advisory lock",
      add: (id) => call(app, "naive_lock", id),
      count,
    },
    { name: "the same, SERIALIZABLE, retried", add: serializable, count },
    {
      name: "conditional update of one row",
      add: (id) => call(app, "naive_update", id),
      count,
    },
  ];
}

/** This project's: the insert alone, and the triggers. */
export function triggers(owner: pg.Pool, app: pg.Pool): Way {
  return {
    name: "triggers and slots",
    async add(workspaceId) {
      const client = await app.connect();
      try {
        await client.query({
          name: "insert",
          text: `WITH context AS MATERIALIZED (SELECT set_config('app.current_workspace_id', $1, false))
                 SELECT * FROM context`,
          values: [workspaceId],
        });
        await client.query({
          name: "insert user",
          text: `INSERT INTO public."WorkspaceUser" ("workspaceId", "userId") VALUES ($1, $2)`,
          values: [workspaceId, randomUUID()],
        });
        return true;
      } catch (error) {
        if (codeOf(error) === "QT429") {
          return false;
        }
        throw error;
      } finally {
        client.release();
      }
    },
    async count(workspaceId) {
      const found = await owner.query<{ count: string }>(
        `SELECT count(*) FROM public."WorkspaceUser" WHERE "workspaceId" = $1`,
        [workspaceId],
      );
      return Number(found.rows[0]?.count);
    },
  };
}
