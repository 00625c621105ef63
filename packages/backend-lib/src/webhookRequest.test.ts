// What a webhook may reach and what becomes of a request, over real sockets on loopback. Names are answered by a lookup of
// the test's own, so that no name server is asked.

import { createServer, type RequestListener, type Server } from "node:http";
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server as TcpServer,
  type Socket,
} from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import {
  isPublicAddress,
  type Lookup,
  sendWebhook,
  validateWebhookUrl,
  type WebhookRequest,
  type WebhookRequestNeeds,
} from "./webhookRequest";

const open: (Server | TcpServer)[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  sockets.forEach((socket) => socket.destroy());
  sockets.clear();
  await Promise.all(
    open.splice(0).map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          if ("closeAllConnections" in server) {
            server.closeAllConnections();
          }
        }),
    ),
  );
});

async function listen(server: Server | TcpServer): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("The server listens on no port.");
  }
  return address.port;
}

const serve = (listener: RequestListener) => listen(createServer(listener));

/** A receiver that speaks no HTTP of its own. */
async function serveBytes(onSocket: (socket: Socket) => void): Promise<number> {
  return listen(
    createTcpServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      onSocket(socket);
    }),
  );
}

const resolvesTo =
  (...addresses: string[]): Lookup =>
  async () =>
    addresses.map((address) => ({
      address,
      family: address.includes(":") ? 6 : 4,
    }));

const post = (
  url: string,
  needs: WebhookRequestNeeds = {},
  request: Partial<WebhookRequest> = {},
) =>
  sendWebhook(
    { url, method: "POST", headers: {}, body: "{}", ...request },
    { isPrivateAllowed: false, ...needs },
  );

const failure = async (sent: ReturnType<typeof post>) => {
  const result = await sent;
  return result.isErr() ? result.error : result.value;
};

const failed = (type: string, mayHaveArrived: boolean): unknown =>
  expect.objectContaining({ type, mayHaveArrived });

describe("what a webhook may reach", () => {
  it.each([
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "2002:7f00:1::",
    "3fff::1",
    "nonsense",
  ])("not %s", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    "1.1.1.1",
    "93.184.216.34",
    "172.32.0.1",
    "100.128.0.1",
    "::ffff:1.1.1.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
  ])("but %s", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  const HOSTS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "0.0.0.0",
    "0",
    "169.254.169.254",
    "2852039166",
    "0251.0376.0251.0376",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::7f00:1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[64:ff9b::169.254.169.254]",
    "①②⑦.⓪.⓪.①",
  ];

  it.each(HOSTS)(
    "an address is known however it is written: %s",
    async (host) => {
      let isReached = false;
      const port = await serve((_request, reply) => {
        isReached = true;
        reply.end();
      });
      const sent = await failure(post(`http://${host}:${port}/`));
      expect(sent).toEqual(failed("AddressNotAllowed", false));
      expect(isReached).toBe(false);
      expect(
        validateWebhookUrl(`http://${host}/`, { isPrivateAllowed: false }),
      ).toMatchObject({ error: { type: "AddressNotAllowed" } });
    },
  );

  it("private addresses are refused unless the host is told otherwise", async () => {
    const url = "http://127.0.0.1:9/";
    const sent = await sendWebhook({
      url,
      method: "POST",
      headers: {},
      body: "{}",
    });
    expect(sent).toMatchObject({ error: { type: "AddressNotAllowed" } });
    expect(validateWebhookUrl(url)).toMatchObject({
      error: { type: "AddressNotAllowed" },
    });
  });

  it("a name is judged by where it leads", async () => {
    for (const lookup of [
      resolvesTo("127.0.0.1"),
      resolvesTo("169.254.169.254"),
      resolvesTo("::1"),
      resolvesTo("::ffff:10.0.0.1"),
      resolvesTo("1.1.1.1", "127.0.0.1"),
    ]) {
      expect(
        await failure(post("http://hooks.example.com/", { lookup })),
      ).toEqual(failed("AddressNotAllowed", false));
    }
    // As the system itself resolves it.
    expect(await failure(post("http://localhost/"))).toEqual(
      failed("AddressNotAllowed", false),
    );
  });

  it("the connection goes to the address that was checked, also when the name leads elsewhere by then", async () => {
    const hosts: (string | undefined)[] = [];
    const port = await serve((request, reply) => {
      hosts.push(request.headers.host);
      reply.end("here");
    });
    let asked = 0;
    const lookup: Lookup = async () => {
      asked += 1;
      return [
        { address: asked === 1 ? "127.0.0.1" : "127.255.255.254", family: 4 },
      ];
    };
    const sent = await post(`http://hooks.example.com:${port}/`, {
      lookup,
      isPrivateAllowed: true,
    });
    expect(sent._unsafeUnwrap()).toEqual({ status: 200, bodyText: "here" });
    expect(asked).toBe(1);
    expect(hosts).toEqual([`hooks.example.com:${port}`]);
  });

  it("a redirect is an answer, and is not followed", async () => {
    let isFollowed = false;
    const secret = await serve((_request, reply) => {
      isFollowed = true;
      reply.end("secret");
    });
    for (const status of [301, 302, 303, 307, 308]) {
      const port = await serve((_request, reply) => {
        reply.writeHead(status, { location: `http://127.0.0.1:${secret}/` });
        reply.end("over there");
      });
      expect(
        await failure(
          post(`http://127.0.0.1:${port}/`, { isPrivateAllowed: true }),
        ),
      ).toEqual({ status, bodyText: "over there" });
    }
    expect(isFollowed).toBe(false);
  });

  it.each([
    ["no URL", "BadUrl"],
    ["", "BadUrl"],
    ["/relative", "BadUrl"],
    ["ftp://example.com/", "BadUrl"],
    ["file:///etc/passwd", "BadUrl"],
    ["unix:/var/run/docker.sock", "BadUrl"],
    ["data:text/plain,x", "BadUrl"],
    ["https://user:word@example.com/", "BadUrl"],
    ["https://user@example.com/", "BadUrl"],
  ])("%j is refused early and when sent", async (url, type) => {
    expect(await failure(post(url))).toEqual(failed(type, false));
    expect(validateWebhookUrl(url)).toMatchObject({ error: { type } });
  });

  it("an address of the Internet is let pass, by name and by number", () => {
    for (const url of [
      "https://example.com/hook?token=1",
      "http://1.1.1.1:8080/",
      "https://[2606:4700:4700::1111]/",
    ]) {
      expect(validateWebhookUrl(url, { isPrivateAllowed: false }).isOk()).toBe(
        true,
      );
    }
  });
});

describe("what becomes of a request", () => {
  const allowed = { isPrivateAllowed: true };
  /** However busy the machine is; then the time is over. */
  const ENOUGH_TO_CONNECT_MS = 3_000;

  it("method, headers and body arrive as given, and status and body come back", async () => {
    let seen = {};
    const port = await serve((request, reply) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        seen = {
          method: request.method,
          url: request.url,
          kind: request.headers["x-kind"],
          length: request.headers["content-length"],
          body: Buffer.concat(chunks).toString(),
        };
        reply.statusCode = 202;
        reply.end("tak\u0000k");
      });
    });
    const sent = await post(`http://127.0.0.1:${port}/a/b?c=d`, allowed, {
      method: "PUT",
      headers: { "x-kind": "test" },
      body: "grüße",
    });
    expect(sent._unsafeUnwrap()).toEqual({
      status: 202,
      bodyText: "tak\uFFFDk",
    });
    expect(seen).toEqual({
      method: "PUT",
      url: "/a/b?c=d",
      kind: "test",
      length: "7",
      body: "grüße",
    });
  });

  it("an endless answer is cut", async () => {
    const port = await serve((_request, reply) => {
      const more = () => {
        while (!reply.destroyed && reply.write("x".repeat(16_384)));
      };
      reply.on("drain", more);
      more();
    });
    const sent = await post(`http://127.0.0.1:${port}/`, allowed);
    expect(sent._unsafeUnwrap().bodyText).toHaveLength(64 * 1024);
  });

  it("an answer that stalls or breaks off counts by its status", async () => {
    const stalling = await serve((_request, reply) => {
      reply.write("so far");
    });
    const breaking = await serve((request, reply) => {
      request.resume().on("end", () => {
        reply.write("so far", () => reply.destroy());
      });
    });
    for (const port of [stalling, breaking]) {
      const sent = await post(`http://127.0.0.1:${port}/`, allowed, {
        timeoutMs: ENOUGH_TO_CONNECT_MS,
      });
      expect(sent._unsafeUnwrap()).toEqual({ status: 200, bodyText: "so far" });
    }
  });

  it("a receiver that never answers may have the request", async () => {
    const port = await serve(() => undefined);
    expect(
      await failure(
        post(`http://127.0.0.1:${port}/`, allowed, {
          timeoutMs: ENOUGH_TO_CONNECT_MS,
        }),
      ),
    ).toEqual(failed("TimedOut", true));
  });

  it("a receiver that breaks off, or speaks no HTTP, may have it as well", async () => {
    for (const onSocket of [
      (socket: Socket) => socket.once("data", () => socket.destroy()),
      (socket: Socket) => socket.once("data", () => socket.end("SSH-2.0-x\n")),
    ]) {
      const port = await serveBytes(onSocket);
      expect(await failure(post(`http://127.0.0.1:${port}/`, allowed))).toEqual(
        failed("ConnectionLost", true),
      );
    }
  });

  it("where nobody listens nothing has arrived", async () => {
    const port = await serve(() => undefined);
    await new Promise<void>((resolve) => {
      open.pop()?.close(() => resolve());
    });
    expect(await failure(post(`http://127.0.0.1:${port}/`, allowed))).toEqual(
      failed("ConnectFailed", false),
    );
  });

  it("without a handshake of TLS nothing has arrived", async () => {
    const silent = await serveBytes(() => undefined);
    expect(
      await failure(
        post(`https://127.0.0.1:${silent}/`, allowed, { timeoutMs: 200 }),
      ),
    ).toEqual(failed("TimedOut", false));
    const plain = await serveBytes((socket) =>
      socket.end("HTTP/1.1 200 OK\r\n\r\n"),
    );
    expect(await failure(post(`https://127.0.0.1:${plain}/`, allowed))).toEqual(
      failed("ConnectFailed", false),
    );
  });

  it("a name server that fails, is silent or knows nothing is told apart from a receiver", async () => {
    const url = "http://hooks.example.com/";
    expect(
      await failure(
        post(url, {
          lookup: async () => Promise.reject(new Error("ENOTFOUND")),
        }),
      ),
    ).toEqual(failed("NameNotResolved", false));
    expect(await failure(post(url, { lookup: resolvesTo() }))).toEqual(
      failed("NameNotResolved", false),
    );
    expect(
      await failure(
        post(
          url,
          { lookup: () => new Promise<never>(() => {}) },
          { timeoutMs: 50 },
        ),
      ),
    ).toEqual(failed("TimedOut", false));
  });

  it.each([
    [{ Host: "internal" }],
    [{ "Transfer-Encoding": "chunked" }],
    [{ "content-length": "1" }],
    [{ "Proxy-Authorization": "x" }],
    [{ "x-one": "a\r\nx-two: b" }],
    [{ "bad name": "x" }],
  ])(
    "headers that would change how it is carried are refused: %j",
    async (headers) => {
      let isReached = false;
      const port = await serve((_request, reply) => {
        isReached = true;
        reply.end();
      });
      expect(
        await failure(
          post(`http://127.0.0.1:${port}/`, allowed, {
            headers: Object.fromEntries(Object.entries(headers)),
          }),
        ),
      ).toEqual(failed("BadHeader", false));
      expect(isReached).toBe(false);
    },
  );

  it("no message shows more of the URL than its host", async () => {
    const port = await serveBytes((socket) => socket.destroy());
    for (const sent of [
      post(`http://127.0.0.1:${port}/token-1?key=token-2`, allowed),
      post(`http://127.0.0.1:${port}/token-1?key=token-2`),
      post(`http://user:token-3@127.0.0.1:${port}/token-1`, allowed),
    ]) {
      expect(JSON.stringify(await failure(sent))).not.toContain("token");
    }
  });
});
