// REDIS_URL as an operator writes it: one Redis, or a Redis Cluster. Owns its form; redis.ts connects.

import { err, ok, type Result } from "neverthrow";

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

export interface RedisAddress {
  /** One Redis, or the nodes by which a cluster is found: it names the others. */
  readonly nodes: readonly [RedisNode, ...RedisNode[]];
  readonly isCluster: boolean;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Always 0 in a cluster. */
  readonly database: number;
}

const DEFAULT_PORT = 6379;
const FORM = /^(rediss?):\/\/(?:([^@/?]*)@)?([^@/?]+)(?:\/(\d*))?(?:\?(.*))?$/i;

function parseNode(text: string): RedisNode | undefined {
  // As a URL of the web, since only those have their host checked; it has no port when it is this scheme's own, 80.
  const url = `http://${text}`;
  if (!/^[^/?#\\]+$/.test(text) || !URL.canParse(url)) {
    return undefined;
  }
  const { hostname, port } = new URL(url);
  const isOwnPort = port === "" && /:0*80$/.test(text);
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: isOwnPort ? 80 : Number(port || DEFAULT_PORT),
  };
}

/** Undefined when it is not percent-encoded as it has to be. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads `redis://user:password@host:port/database`; `rediss:` for TLS. Several hosts with commas between them are a cluster, and
 * so is one with `?cluster=true`, as for the one name that a managed cluster has. Err: what is wrong, without the value.
 */
export function parseRedisUrl(text: string): Result<RedisAddress, string> {
  const [, scheme = "", login = "", hosts = "", path = "", query = ""] =
    FORM.exec(text) ?? [];
  const [first, ...others] = hosts.split(",").map(parseNode);
  const rest = others.filter((node) => node !== undefined);
  if (first === undefined || rest.length < others.length) {
    return err(
      "must look like redis://:password@host:6379, or redis://:password@host1:6379,host2:6379 for a cluster; rediss: for TLS",
    );
  }
  const [username, password] = login.split(/:(.*)/s).map(decoded);
  if (
    login !== "" &&
    (username === undefined || login.includes(":") !== (password !== undefined))
  ) {
    return err("has a name or password that is not percent-encoded");
  }
  if (query !== "" && !/^cluster=(true|false)$/.test(query)) {
    return err("has something other than cluster=true after its question mark");
  }
  const database = Number(path);
  const isCluster = query === "cluster=true" || rest.length > 0;
  if (query === "cluster=false" && isCluster) {
    return err(
      "names several hosts, which is a cluster, and says cluster=false",
    );
  }
  if (isCluster && database !== 0) {
    return err("names a database, and a cluster has only number 0");
  }
  return ok({
    nodes: [first, ...rest],
    isCluster,
    tls: scheme.toLowerCase() === "rediss",
    username: username || undefined,
    password: password || undefined,
    database,
  });
}
