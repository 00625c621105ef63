// Handing e-mail to a mail server. Owns the connections of one run, each used for one message after another, and what a
// server's silence means: a message may have been taken from the moment its text begins to go out until there is an answer.
// Leaves whether to try again to delivering.ts.

import { type LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { Readable } from "node:stream";

import { err, ok, type Result } from "neverthrow";
import addressparser from "nodemailer/lib/addressparser";
import MailComposer from "nodemailer/lib/mail-composer";
import SMTPConnection from "nodemailer/lib/smtp-connection";

import { config } from "../config";
import { isPublicAddress } from "../webhookRequest";
import { type EmailContent } from "./content";
import { type HandOver, LONGEST_HAND_OVER_MS } from "./handOver";

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
}

export interface SmtpNeeds {
  readonly isPrivateAllowed?: boolean;
  readonly timeoutMs?: number;
}

const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;
const TLS_PORT = 465;

/** The reply's codes, such as "451 4.7.1"; its text may name the user. */
function codesOf(reply: string): string {
  return /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?/.exec(reply)?.[0] ?? "";
}

function replyOf(error: unknown): string | undefined {
  return error instanceof Error &&
    "response" in error &&
    typeof error.response === "string" &&
    /^[45]\d\d/.test(error.response)
    ? error.response
    : undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error &&
    "code" in error &&
    typeof error.code === "string"
    ? error.code
    : "";
}

/** What an error says of a message of which `isBegun` says whether any of its text went out. */
function outcomeOf(error: unknown, isBegun: boolean): HandOver {
  const reply = replyOf(error);
  if (reply !== undefined) {
    const codes = codesOf(reply);
    return reply.startsWith("5")
      ? {
          type: "refused",
          sentence: `The mail server refused the message: ${codes}.`,
        }
      : {
          type: "notTaken",
          sentence: `The mail server put the message off: ${codes}.`,
        };
  }
  if (isBegun) {
    return {
      type: "unknown",
      sentence:
        "The mail server was given the message and did not say whether it took it.",
    };
  }
  return ["EENVELOPE", "EMESSAGE"].includes(codeOf(error))
    ? {
        type: "refused",
        sentence: "The mail server would not take a message like this one.",
      }
    : {
        type: "notTaken",
        sentence: "The connection to the mail server was lost.",
      };
}

function notConnected(error: unknown): HandOver {
  const reply = replyOf(error);
  const because = reply === undefined ? codeOf(error) : codesOf(reply);
  return {
    type: "notTaken",
    sentence: `No session with the mail server${because === "" ? "" : ` (${because})`}: check its host, port, user name and password.`,
  };
}

/** Where the name leads, if a message may be sent there. */
async function resolve(
  host: string,
  isPrivateAllowed: boolean,
): Promise<Result<readonly LookupAddress[], HandOver>> {
  let addresses: readonly LookupAddress[];
  try {
    addresses = await lookup(host, { all: true });
  } catch {
    return err({
      type: "notTaken",
      sentence: "The mail server's name could not be resolved.",
    });
  }
  return isPrivateAllowed ||
    addresses.every(({ address }) => isPublicAddress(address))
    ? ok(addresses)
    : err({
        type: "notSent",
        sentence:
          "The mail server is at an address of a private network, which is not allowed here.",
      });
}

/** One session; rejects with the reason why there is none. */
async function connect(
  { host, port, username, password }: SmtpSettings,
  { address }: LookupAddress,
): Promise<SMTPConnection> {
  const connection = new SMTPConnection({
    host: address, // the one that was looked at
    port,
    secure: port === TLS_PORT,
    // A password goes out in the clear at most within a network that the operator has allowed.
    requireTLS: username !== undefined && isPublicAddress(address),
    servername: isIP(host) === 0 ? host : undefined,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
  });
  try {
    await new Promise<void>((resolvePromise, reject) => {
      connection.on("error", reject); // stays: later errors reach send()'s callback as well
      connection.connect((error) => (error ? reject(error) : resolvePromise()));
    });
    if (username !== undefined) {
      await new Promise<void>((resolvePromise, reject) => {
        connection.once("end", () =>
          reject(new Error("the mail server ended the session")),
        );
        connection.login({ user: username, pass: password ?? "" }, (error) =>
          error ? reject(error) : resolvePromise(),
        );
      });
    }
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

interface Mail {
  readonly from: string;
  readonly recipients: readonly string[];
  readonly raw: Buffer;
}

const addressesIn = (text: string | undefined): string[] =>
  text === undefined
    ? []
    : addressparser(text, { flatten: true }).flatMap(({ address }) =>
        address === "" ? [] : [address],
      );

/** The message as it goes out. Undefined when it has no sender. */
async function compose(
  content: EmailContent,
  id: string,
): Promise<Mail | undefined> {
  const [from] = addressesIn(content.from);
  const domain = from?.split("@")[1];
  if (from === undefined || domain === undefined || domain === "") {
    return undefined;
  }
  const { to, cc, bcc, replyTo, subject, body, headers } = content;
  const name =
    content.name ?? addressparser(content.from, { flatten: true })[0]?.name;
  const composer = new MailComposer({
    from: { name: name ?? "", address: from },
    to: { name: "", address: to },
    cc,
    replyTo,
    subject,
    html: body,
    headers: (headers ?? []).map(({ name: key, value }) => ({ key, value })),
    messageId: `<${id}@${domain}>`, // the same one whenever it is tried
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    from,
    recipients: [to, ...addressesIn(cc), ...addressesIn(bcc)],
    raw: await composer.compile().build(),
  };
}

interface Transmission {
  readonly outcome: HandOver;
  /** Whether the session can go on. */
  readonly isUsable: boolean;
}

/** Sends on the connection; never rejects. */
async function transmit(
  connection: SMTPConnection,
  { from, recipients, raw }: Mail,
  timeoutMs: number,
): Promise<Transmission> {
  let isBegun = false;
  const text = new Readable({
    read() {
      isBegun = true; // asked for only when the server has agreed to take it
      this.push(raw);
      this.push(null);
    },
  });
  let timer: NodeJS.Timeout | undefined;
  const sent = new Promise<Transmission>((resolvePromise) => {
    connection.send(
      { from, to: [...recipients], size: raw.byteLength },
      text,
      (error, info) => {
        if (error) {
          resolvePromise({
            outcome: outcomeOf(error, isBegun),
            isUsable: false,
          });
        } else if (info.rejected.includes(recipients[0] ?? "")) {
          const [reason] = info.rejectedErrors ?? [];
          const outcome = outcomeOf(reason, false);
          resolvePromise({
            // Those in cc and bcc have it: tried again, they would get it again.
            outcome:
              outcome.type === "notTaken" && info.accepted.length > 0
                ? { type: "refused", sentence: outcome.sentence }
                : outcome,
            isUsable: true,
          });
        } else {
          resolvePromise({ outcome: { type: "sent" }, isUsable: true });
        }
      },
    );
  });
  const late = new Promise<Transmission>((resolvePromise) => {
    timer = setTimeout(
      () =>
        resolvePromise({ outcome: outcomeOf(null, isBegun), isUsable: false }),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([sent, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The mail server of one workspace during one run; close() it. */
export class SmtpSender {
  readonly #idle: SMTPConnection[] = [];
  #isClosed = false;

  constructor(
    private readonly settings: SmtpSettings,
    private readonly needs: SmtpNeeds = {},
  ) {}

  async #connect(): Promise<Result<SMTPConnection, HandOver>> {
    const { isPrivateAllowed = config().smtpAllowPrivateAddresses } =
      this.needs;
    const addresses = await resolve(this.settings.host, isPrivateAllowed);
    if (addresses.isErr()) {
      return err(addresses.error);
    }
    let failure: unknown;
    for (const address of addresses.value) {
      try {
        const session = await connect(this.settings, address);
        session.once("end", () => {
          const index = this.#idle.indexOf(session);
          this.#idle.splice(index, index < 0 ? 0 : 1);
        });
        return ok(session);
      } catch (error) {
        failure = error;
      }
    }
    return err(notConnected(failure));
  }

  /** Hands over one message; never rejects. */
  async handOver(content: EmailContent, id: string): Promise<HandOver> {
    const mail = await compose(content, id);
    if (mail === undefined) {
      return {
        type: "notSent",
        sentence: "The template's `from` is no address.",
      };
    }
    const idle = this.#idle.pop();
    const session = idle === undefined ? await this.#connect() : ok(idle);
    return session.isErr() ? session.error : this.#send(session.value, mail);
  }

  async #send(connection: SMTPConnection, mail: Mail): Promise<HandOver> {
    const { timeoutMs = LONGEST_HAND_OVER_MS - 2 * CONNECT_MS } = this.needs;
    const { outcome, isUsable } = await transmit(connection, mail, timeoutMs);
    if (isUsable && !this.#isClosed) {
      this.#idle.push(connection);
    } else {
      connection.close();
    }
    return outcome;
  }

  /** Ends the sessions that nothing is sent on. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) {
      connection.quit();
    }
  }
}
