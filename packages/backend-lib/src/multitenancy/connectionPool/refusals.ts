// Why the pool gives no connection now: three errors that mean "later", each with how much later. They are thrown, since whoever
// asks for a connection is a query builder; the API answers them with 503 and Retry-After.

export type PoolRefusalType =
  "TenantQueueFull" | "TenantQueueTimeout" | "TenantPoolDraining";

/** The work was not begun, so it may be tried again after `retryAfterSeconds`. Its message may be shown to anybody. */
export abstract class PoolRefusal extends Error {
  abstract override readonly name: PoolRefusalType;

  constructor(
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    super(`${message} Try again in ${retryAfterSeconds} s.`);
  }
}

/** The workspace has as many queries waiting as it may. */
export class TenantQueueFull extends PoolRefusal {
  override readonly name = "TenantQueueFull";

  constructor(retryAfterSeconds: number) {
    super(
      "This workspace has too many requests waiting for the database.",
      retryAfterSeconds,
    );
  }
}

/** No connection came free for the workspace in time: too much of its own work is under way, or everybody's. */
export class TenantQueueTimeout extends PoolRefusal {
  override readonly name = "TenantQueueTimeout";

  constructor(
    readonly waitedMs: number,
    retryAfterSeconds: number,
  ) {
    super(
      `The database was too busy for this workspace for ${Math.round(waitedMs)} ms.`,
      retryAfterSeconds,
    );
  }
}

/** The pool is being closed: this process ends, and another takes over. */
export class TenantPoolDraining extends PoolRefusal {
  override readonly name = "TenantPoolDraining";

  constructor() {
    super("The server is shutting down.", 1);
  }
}
