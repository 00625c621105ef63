// Mutants of what tells caches that something changed: a change that is not said is a value that stays after it. What the fields
// mean is said in list.mjs.

/* eslint-disable no-template-curly-in-string -- texts of programs */
const GENERATIONS =
  "packages/backend-lib/src/db/migrations/014_cache_generations.sql";

/**
 * @param {string} name
 * @param {string} weakens
 * @param {string} sql
 * @param {readonly import("./suites.mjs").SuiteName[]} [suites]
 * @returns {import("./list.mjs").DatabaseMutant}
 */
const ofDatabase = (name, weakens, sql, suites = ["cacheTriggers"]) => ({
  name: `cache: ${name}`,
  weakens,
  sql,
  suites,
});

/**
 * @param {string} name
 * @param {string} weakens
 * @param {string} find
 * @param {string} replace
 * @returns {import("./list.mjs").CodeMutant}
 */
const ofTriggers = (name, weakens, find, replace) => ({
  name: `cache: ${name}`,
  weakens,
  file: GENERATIONS,
  find,
  replace,
  suites: ["cacheTriggers"],
});

/**
 * @param {string} name
 * @param {string} weakens
 * @param {string} file in the folder of the cache
 * @param {string} find
 * @param {string} replace
 * @param {readonly import("./suites.mjs").SuiteName[]} [suites]
 * @returns {import("./list.mjs").CodeMutant}
 */
const ofCode = (
  name,
  weakens,
  file,
  find,
  replace,
  suites = ["cachePlaces"],
) => ({
  name: `cache: ${name}`,
  weakens,
  file: `packages/backend-lib/src/multitenancy/${file}`,
  find,
  replace,
  suites,
});

/** @type {readonly import("./list.mjs").DatabaseMutant[]} */
export const CACHE_DATABASE_MUTANTS = [
  ofDatabase(
    "a deleted key is not said",
    "a key that was deleted opens its workspace until its time is up",
    'DROP TRIGGER cache_delete ON public."AdminApiKey"',
  ),
  ofDatabase(
    "a changed member is not said",
    "a member keeps the address and the accounts that they had",
    'DROP TRIGGER cache_update ON public."WorkspaceMember"; DROP TRIGGER cache_delete ON public."WorkspaceMembeAccount"',
  ),
  ofDatabase(
    "triggers are switched off",
    "changed segments stay as they were",
    'ALTER TABLE public."Segment" DISABLE TRIGGER cache_update',
  ),
  ofDatabase(
    "another table's scope",
    "a changed journey makes segments outdated, and no journey",
    `DROP TRIGGER cache_update ON public."Journey";
     CREATE TRIGGER cache_update AFTER UPDATE ON public."Journey" REFERENCING NEW TABLE AS added OLD TABLE AS removed FOR EACH STATEMENT
       EXECUTE FUNCTION tenancy.cache_changed('r."workspaceId"', 'segments')`,
  ),
  ofDatabase(
    "the app says what it likes",
    "one workspace makes all others' caches empty",
    'GRANT EXECUTE ON FUNCTION tenancy.cache_forget(uuid, text) TO dittofeed_app; GRANT SELECT, INSERT, UPDATE ON public."CacheGeneration" TO dittofeed_app',
  ),
  ofDatabase(
    "the app sees when others change",
    "which workspaces there are, and when each changed, can be read",
    'GRANT SELECT ON public."CacheGeneration" TO dittofeed_app',
    ["catalog"],
  ),
];

/** @type {readonly import("./list.mjs").CodeMutant[]} */
export const CACHE_CODE_MUTANTS = [
  ofTriggers(
    "a change is not announced",
    "processes learn of a change only when they ask",
    "  PERFORM pg_notify('tenant_cache', encode(sha256(uuid_send(workspace)), 'hex') || ' ' || scope);\n",
    "",
  ),
  ofTriggers(
    "a generation stays",
    "what was loaded before a change is good after it",
    'DO UPDATE SET "generation" = greatest(g."generation" + 1, excluded."generation")',
    'DO UPDATE SET "generation" = g."generation"',
  ),
  ofTriggers(
    "a generation is only the time",
    "a clock that was set back takes a generation back",
    'greatest(g."generation" + 1, excluded."generation")',
    'excluded."generation"',
  ),
  ofTriggers(
    "a generation is only a count",
    "after a backup was restored, old values pass for new",
    'greatest(g."generation" + 1, excluded."generation")',
    'g."generation" + 1',
  ),
  ofTriggers(
    "all use one slot",
    "whoever changes something waits for whoever else does",
    "pg_backend_pid() % 64",
    "pg_backend_pid() % 1",
  ),
  ofTriggers(
    "the former workspace is not told",
    "a row that moved away stays where it was",
    "'(SELECT a.* FROM added AS a UNION ALL SELECT d.* FROM removed AS d)'",
    "'added'",
  ),
  ofTriggers(
    "the hundred and first is not told",
    "a statement over many workspaces leaves some as they were",
    "is_everybody := cardinality(changed) > named_at_most;",
    "is_everybody := false;",
  ),
  ofTriggers(
    "an emptied table is not said",
    "what was emptied stays",
    "is_everybody boolean := TG_OP = 'TRUNCATE';",
    "is_everybody boolean := false;",
  ),
  ofTriggers(
    "the directory is the workspace's",
    "who has looked for a workspace does not find a new one",
    "CASE WHEN s.scope = 'directory' THEN nobody ELSE c.id END",
    "c.id",
  ),
  ofTriggers(
    "only the owner may write",
    "whoever may not write generations cannot write anything cached",
    "  RETURNS trigger\n  LANGUAGE plpgsql\n  VOLATILE\n  SECURITY DEFINER\n",
    "  RETURNS trigger\n  LANGUAGE plpgsql\n  VOLATILE\n",
  ),
  // What this process knows
  ofCode(
    "a change that is heard ends nothing",
    "who peeks goes on with what was changed",
    "cache/books.ts",
    "        end(book.stamps, scope);\n        book.outdated.add(scope);",
    "        book.outdated.add(scope);",
  ),
  ofCode(
    "a change that is heard is not read anew",
    "new values are kept under old generations",
    "cache/books.ts",
    "        book.outdated.add(scope);\n",
    "",
  ),
  ofCode(
    "a forgotten book leaves its stamps",
    "values of a workspace of which nothing is heard pass for new",
    "cache/books.ts",
    "this.#drop(oldest);",
    "this.#books.delete(oldest);",
  ),
  ofCode(
    "a token knows nothing of the whole workspace",
    "an invalidated workspace finds its old values in Redis",
    "cache/books.ts",
    '.${sums.get(EVERYTHING) ?? "0"}.',
    ".",
  ),
  ofCode(
    "a token knows nothing of everybody",
    "after a change for everybody old values are found in Redis",
    "cache/books.ts",
    "return `${scope}${ofAll}.",
    "return `${scope}${ofAll.length}.",
  ),
  // Turns
  ofCode(
    "a turn is never over",
    "readers are served by a turn from before they asked",
    "cache/generations.ts",
    "      this.#next = undefined; // from here on it is too late to join\n",
    "",
    ["cacheReads"],
  ),
  ofCode(
    "a turn counts from its end",
    "what changed while it was on its way is not asked for",
    "cache/generations.ts",
    "this.#caughtUpAt = begunAt;",
    "this.#caughtUpAt = this.#now();",
    ["cacheTurns"],
  ),
  ofCode(
    "an answer is taken for newer than what was heard",
    "a change during a turn is forgotten",
    "cache/generations.ts",
    "if (!heard.has(aliasOf(id))) {",
    "if (heard.size >= 0) {",
    ["cacheTurns"],
  ),
  ofCode(
    "the moment of asking is not looked at",
    "reads come from whatever was heard last",
    "cache/generations.ts",
    "this.#caughtUpAt >= asOf ?",
    "this.#caughtUpAt >= 0 ?",
    ["cacheReads"],
  ),
  ofCode(
    "a lost listener is not told",
    "values stay good while nothing is heard",
    "cache/listener.ts",
    "    this.#options.onLost();\n",
    "",
    ["cacheTurns"],
  ),
  ofCode(
    "nobody proves that it hears",
    "behind a pooler in transaction mode everything is stale",
    "cache/listener.ts",
    "      await this.#prove(ended);\n",
    "",
    ["cacheTurns"],
  ),
  ofCode(
    "words of another version are passed over",
    "what a newer process changed stays as it was",
    "cache/generations.ts",
    "      this.forget(HOST, EVERYTHING); // from another version",
    "      // from another version",
    ["cacheTurns"],
  ),
  // Places
  ofCode(
    "values are found under other generations",
    "what was loaded before a change is served after it",
    "cache/firstTier.ts",
    "        entry.tokens !== tokensOf(stamps, workspaceId)) ||",
    "        entry.tokens === undefined) ||",
  ),
  ofCode(
    "peeking looks at no stamp",
    "who peeks goes on with what was changed",
    "cache/firstTier.ts",
    "      !areCurrent(entry.stamps) ||\n",
    "",
  ),
  ofCode(
    "a value that comes too late is kept",
    "a slow loader brings back what was changed",
    "cache/firstTier.ts",
    " || !areCurrent(kept.stamps)",
    "",
  ),
  ofCode(
    "the newest value makes room",
    "a workspace that asks for much loses what it asks for",
    "cache/firstTier.ts",
    "    while (this.#bytes + bytes > this.#maxBytes) {",
    "    while (this.#bytes > this.#maxBytes) {",
  ),
  ofCode(
    "any workspace's value will do",
    "one workspace's values come for another",
    "cache/firstTier.ts",
    "?.get(workspaceId)?.get(key);",
    "?.values().next().value?.get(key);",
  ),
  ofCode(
    "keys are written as UTF-8",
    "keys that have no such form meet in one place",
    "cache/cacheKey.ts",
    'update(key, "utf16le")',
    'update(key, "utf8")',
  ),
  ofCode(
    "a digest looks like a key",
    "who knows a key's digest reaches its place",
    "cache/cacheKey.ts",
    "`h${digest(key)}`",
    "`k${digest(key)}`",
  ),
  ofCode(
    "a dependency has no name",
    "what depends on one parent is served for another",
    "cache/cacheKey.ts",
    "of === workspaceId ? token : `${of}.${token}`",
    "of === workspaceId ? token : token",
  ),
  ofCode(
    "a text from Redis need not name its workspace",
    "who writes to Redis shows one workspace another's values",
    "cache/sharedValue.ts",
    "ofWorkspace === workspaceId && ofKind",
    "ofKind",
  ),
  ofCode(
    "a text from Redis may have any shape",
    "values of another version come as they are",
    "cache/sharedValue.ts",
    "isMeant && kind.is(value) ?",
    "isMeant ?",
  ),
  ofCode(
    "values can be changed",
    "a reader changes what all others read",
    "cache/sharedValue.ts",
    "Object.freeze(next)",
    "next",
  ),
  ofCode(
    "every version of a kind is one",
    "a process gets what an older one left out",
    "cache/kind.ts",
    "    shapeVersion: versionOf(schema),\n",
    "",
    ["cacheReads"],
  ),
  // Reads
  ofCode(
    "any load may be joined",
    "a reader gets what was loaded before it asked",
    "cache/tiers.ts",
    "const name = sharedKey(kind, workspaceId, key, stamps);",
    "const name = sharedKey(kind, workspaceId, key, []);",
    ["cacheReads"],
  ),
  ofCode(
    "a value may be set after a change",
    "what was read before a change is kept after it",
    "cache/tiers.ts",
    "stamps.some(({ isCurrent }) => !isCurrent)",
    "stamps.length === 0",
    ["cacheReads"],
  ),
  ofCode(
    "the context is not looked at",
    "one workspace's work reads another's values",
    "cache.ts",
    "tenant !== undefined && tenant.workspaceId !== id && id !== HOST",
    "tenant !== undefined && id.length === 0",
    ["cacheReads"],
  ),
  ofCode(
    "a dependency's id is taken as it is written",
    "changes of a workspace that was named in capitals are not heard",
    "cache.ts",
    "workspaceId: cacheWorkspaceId(id),",
    "workspaceId: id,",
    ["cacheReads"],
  ),
];
