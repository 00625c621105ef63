// The parts of node-postgres that the fused query leans on and that its public types leave out. Pinned with the driver;
// __tests__/driverContract.test.ts checks each of them against the installed version.

declare module "pg/lib/query" {
  import { type EventEmitter } from "node:events";

  /** The writing half of the wire protocol. Messages are buffered while the stream is corked. */
  export interface WireConnection {
    parse(message: {
      text: string;
      name?: string;
      types?: readonly number[];
    }): void;
    bind(message: {
      portal?: string;
      statement?: string;
      values: readonly string[];
    }): void;
    execute(message: { portal?: string; rows?: number }): void;
    sync(): void;
    query(text: string): void;
  }

  export type QueryCallback = (error: Error | null, result: unknown) => void;

  export default class Query extends EventEmitter {
    constructor(
      config: string | object,
      values: unknown,
      callback: QueryCallback,
    );

    text: string;

    name: string | undefined;

    requiresPreparation(): boolean;

    prepare(connection: WireConnection): void;

    submit(connection: WireConnection): Error | null;

    handleRowDescription(message: unknown): void;

    handleDataRow(message: unknown): void;

    handleCommandComplete(message: unknown, connection: WireConnection): void;
  }
}
