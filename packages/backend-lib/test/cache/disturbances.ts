// What befalls the processes, their connections and Redis while the checker runs, one thing after the other, at random. Owns
// the mixture and that in the end everything is as it was; what each thing means to a read is history.ts's.

import { type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

import type pg from "pg";

import { type LineProxy, type LineState } from "./lineProxy";
import { type Mishap } from "./redisOf";

export interface Victims {
  readonly superuser: pg.Client;
  readonly lines: LineProxy;
  readonly lineCount: number;
  /** Those that work now. */
  readonly processes: () => readonly ChildProcess[];
  /** Kills one process and starts another in its place. */
  readonly replace: (at: number) => Promise<void>;
}

type Draw = (below: number) => number;

async function terminate(
  superuser: pg.Client,
  where: string,
  draw: Draw,
): Promise<void> {
  await superuser.query(
    `SELECT pg_terminate_backend(pid) FROM (
       SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${where}
        ORDER BY pid OFFSET $1 LIMIT 1) AS chosen`,
    [draw(4)],
  );
}

function lineMishap({ lines, lineCount }: Victims, state: LineState): Mishap {
  return {
    name: `a listener's line is ${state}`,
    run: async (draw) => {
      const line = draw(lineCount);
      lines.set(line, state);
      await sleep(30 + draw(draw(3) === 0 ? 2_000 : 300));
      lines.set(line, "flowing");
    },
  };
}

/** All that may happen. */
export function mishapsOf(
  victims: Victims,
  ofRedis: readonly Mishap[],
): readonly Mishap[] {
  const { superuser } = victims;
  return [
    {
      name: "a listener's backend is killed",
      run: (draw) =>
        terminate(superuser, "application_name = 'dittofeed_cache'", draw),
    },
    {
      name: "a backend is killed",
      run: (draw) =>
        terminate(superuser, "usename LIKE 'dittofeed%'", (below) =>
          draw(below * 8),
        ),
    },
    lineMishap(victims, "deaf"),
    lineMishap(victims, "hung"),
    lineMishap(victims, "cut"),
    {
      name: "a process is killed",
      run: (draw) => victims.replace(draw(victims.processes().length)),
    },
    {
      name: "a process stands still",
      run: async (draw) => {
        const all = victims.processes();
        const child = all[draw(all.length)];
        child?.kill("SIGSTOP");
        await sleep(20 + draw(600));
        child?.kill("SIGCONT");
      },
    },
    ...ofRedis,
    ...ofRedis,
  ];
}

export class Disturbances {
  readonly counts = new Map<string, number>();

  private running: Promise<void> | undefined;

  private isOver = false;

  constructor(
    private readonly mishaps: readonly Mishap[],
    private readonly draw: Draw,
  ) {}

  begin(): void {
    this.running = this.go();
    this.running.catch(() => undefined); // end() tells
  }

  /** Resolves when the last one is over. Rejects when one could not be done. */
  async end(): Promise<void> {
    this.isOver = true;
    await this.running;
  }

  private async go(): Promise<void> {
    // Each once, before chance decides.
    const due = [...new Set(this.mishaps)];
    while (!this.isOver) {
      await sleep(30 + this.draw(200));
      const mishap =
        due.splice(this.draw(due.length), 1)[0] ??
        this.mishaps[this.draw(this.mishaps.length)];
      if (mishap !== undefined) {
        await mishap.run(this.draw);
        this.counts.set(mishap.name, (this.counts.get(mishap.name) ?? 0) + 1);
      }
    }
  }
}
