// A real mail server on loopback, for tests: takes what it is sent, or answers as a test wants. Owns nothing of what is sent.

import { once } from "node:events";
import { type Socket } from "node:net";

import { SMTPServer } from "smtp-server";

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

/** Where a mail is: `to` is the first recipient, from `recipient` on. */
export interface Stage {
  readonly stage: "login" | "sender" | "recipient" | "data";
  readonly to: string | undefined;
}

/** A refusal, or the end of the connection; undefined: go on. At `data` the text has been received. */
export type Answer = (
  stage: Stage,
) =>
  | readonly [code: number, text: string]
  | "hangUp"
  | undefined
  | Promise<undefined>;

export interface MailServer {
  readonly port: number;
  /** What was received to its end, also when it was then refused by hanging up. */
  readonly received: ReceivedMail[];
  /** How many connections there were. */
  readonly sessions: number;
  close(): Promise<void>;
}

/** Starts a mail server on a free port. Without `answer` it takes everything. */
export async function startMailServer(
  answer: Answer = () => undefined,
): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  let sessions = 0;
  let isClosed = false;

  async function decide(stage: Stage): Promise<Error | "hangUp" | null> {
    const answered = await answer(stage);
    if (answered === undefined || answered === "hangUp") {
      return answered ?? null;
    }
    const [responseCode, text] = answered;
    return Object.assign(new Error(text), { responseCode });
  }
  const sockets = new Map<number, Socket>();
  const hangUp = (remotePort: number) => sockets.get(remotePort)?.destroy();
  const settle = (
    stage: Stage,
    session: { readonly remotePort: number },
    callback: (error: Error | null) => void,
    onTaken: (outcome: "taken" | "hangUp") => void = () => undefined,
  ) => {
    void decide(stage).then((decided) => {
      if (decided === "hangUp") {
        onTaken("hangUp");
        hangUp(session.remotePort);
      } else {
        if (decided === null) {
          onTaken("taken");
        }
        callback(decided);
      }
    });
  };

  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    onAuth(_auth, session, callback) {
      settle({ stage: "login", to: undefined }, session, (error) =>
        error === null ? callback(null, { user: "someone" }) : callback(error),
      );
    },
    onMailFrom(_address, session, callback) {
      settle({ stage: "sender", to: undefined }, session, callback);
    },
    onRcptTo({ address }, session, callback) {
      settle({ stage: "recipient", to: address }, session, callback);
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        const to = rcptTo.map(({ address }) => address);
        settle({ stage: "data", to: to[0] }, session, callback, () =>
          received.push({
            from: mailFrom === false ? "" : mailFrom.address,
            to,
            text: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      });
    },
  });
  server.on("error", () => undefined); // of connections that ended early
  const listening = server.listen(0, "127.0.0.1");
  listening.on("connection", (socket) => {
    sockets.set(socket.remotePort ?? 0, socket);
    sessions += 1;
  });
  await once(listening, "listening");
  const address = listening.address();

  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    received,
    get sessions() {
      return sessions;
    },
    async close() {
      if (!isClosed) {
        isClosed = true;
        await new Promise<void>((resolve) => {
          server.close(resolve);
        });
      }
    },
  };
}
