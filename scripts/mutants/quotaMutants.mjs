// Mutants of the quotas: what counts, what a limit holds back, and who may move either. Those of SQL are an operator's mistake;
// those of a migration's text are its author's. What the fields mean is said in list.mjs.

const COUNTERS = "packages/backend-lib/src/db/migrations/012_quotas.sql";
const RULES = "packages/backend-lib/src/db/migrations/013_quota_rules.sql";
const FASTER = "packages/backend-lib/src/db/migrations/015_quota_speed.sql";
const SLOTS = "packages/backend-lib/src/db/migrations/016_quota_slots.sql";

/**
 * @param {string} name
 * @param {string} weakens
 * @param {string} sql
 * @param {readonly import("./suites.mjs").SuiteName[]} suites
 * @returns {import("./list.mjs").DatabaseMutant}
 */
const ofDatabase = (name, weakens, sql, suites) => ({
  name: `quotas: ${name}`,
  weakens,
  sql,
  suites,
});

/**
 * @param {string} name
 * @param {string} weakens
 * @param {string} file
 * @param {string} find
 * @param {string} replace
 * @param {readonly import("./suites.mjs").SuiteName[]} [suites]
 * @returns {import("./list.mjs").CodeMutant}
 */
const ofText = (name, weakens, file, find, replace, suites = ["quotas"]) => ({
  name: `quotas: ${name}`,
  weakens,
  file,
  find,
  replace,
  suites,
});

/** @type {readonly import("./list.mjs").DatabaseMutant[]} */
export const QUOTA_DATABASE_MUTANTS = [
  ofDatabase(
    "new rows do not count",
    "segments are made past every limit",
    'DROP TRIGGER count_insert ON public."Segment"',
    ["quotas"],
  ),
  ofDatabase(
    "deleted rows count on",
    "a deleted segment makes no room",
    'DROP TRIGGER count_delete ON public."Segment"',
    ["quotas"],
  ),
  ofDatabase(
    "a changed limit is not noticed",
    "room that was dealt out stays when a limit is lowered",
    'DROP TRIGGER quota_changed ON public."WorkspaceQuota"',
    ["quotas"],
  ),
  ofDatabase(
    "a deleted child stays in the pool",
    "its siblings never get its room back",
    'DROP TRIGGER quota_usage_removed ON public."WorkspaceUsage"',
    ["quotas"],
  ),
  ofDatabase(
    "a workspace sets its own ceiling",
    "what is set from above can be lifted from below",
    'DROP TRIGGER quota_layer_guard ON public."WorkspaceQuota"',
    ["quotaRights"],
  ),
  ofDatabase(
    "a message of another month",
    "a message can be dated into a month that has room",
    'DROP TRIGGER message_period_guard ON public."Message"',
    ["quotaRights"],
  ),
  ofDatabase(
    "the app gives back what it likes",
    "an internal of the counters may be called by the app",
    "GRANT EXECUTE ON FUNCTION tenancy.quota_give(uuid, text, date, boolean, bigint) TO dittofeed_app",
    ["quotaRights"],
  ),
  ofDatabase(
    "the app asks for any workspace's states",
    "limits and usage of every workspace can be read",
    "GRANT EXECUTE ON FUNCTION tenancy.quota_states_of(uuid) TO dittofeed_app",
    ["quotaRights"],
  ),
  ofDatabase(
    "the app writes counters",
    "a workspace sets its own usage",
    'GRANT UPDATE ON public."WorkspaceUsage" TO dittofeed_app',
    ["catalog"],
  ),
  ofDatabase(
    "the app frees what it makes",
    "a workspace exempts its own rows",
    'GRANT INSERT ON public."QuotaExemption" TO dittofeed_app',
    ["catalog"],
  ),
];

/** @type {readonly import("./list.mjs").CodeMutant[]} */
export const QUOTA_CODE_MUTANTS = [
  ofText(
    "one over",
    "the limit lets one more in",
    COUNTERS,
    "in_use + amount > bound AND NOT is_forced",
    "in_use + amount > bound + 1 AND NOT is_forced",
  ),
  ofText(
    "one less",
    "the last of the room is refused",
    COUNTERS,
    "in_use + amount > bound AND NOT is_forced",
    "in_use + amount >= bound AND NOT is_forced",
  ),
  ofText(
    "in part is in full",
    "a partial grant is as much as was asked for",
    COUNTERS,
    "granted := CASE WHEN is_partial THEN greatest(bound - in_use, 0)",
    "granted := CASE WHEN is_partial THEN amount",
  ),
  ofText(
    "the pool is forgotten",
    "children use more together than their parent allows",
    FASTER,
    "IF pool IS NOT NULL AND granted > 0 THEN",
    "IF pool IS NOT NULL AND granted < 0 THEN",
  ),
  ofText(
    "what is given back is room at once",
    "below a lowered limit, a deletion lets one in",
    COUNTERS,
    'UPDATE public."WorkspaceUsage" AS u SET "used" = u."used" - amount\n',
    'UPDATE public."WorkspaceUsage" AS u SET "used" = u."used" - amount, "room" = u."room" + amount\n',
  ),
  ofText(
    "the counter is not locked",
    "two deal out the same room",
    COUNTERS,
    'ORDER BY u."slot" FOR NO KEY UPDATE) AS locked',
    'ORDER BY u."slot") AS locked',
  ),
  ofText(
    "room is kept by two slots",
    "a slot that is made takes room from nobody",
    SLOTS,
    "RETURN CASE WHEN FOUND THEN new_room ELSE 0 END",
    "RETURN 0",
  ),
  ofText(
    "a ceiling is no bound",
    "the own limit holds, however high",
    COUNTERS,
    'least(wanted.amount, ceiling."amount"),',
    "wanted.amount,",
    ["quotaRights"],
  ),
  ofText(
    "room outlives the limit",
    "what was dealt out before a limit was lowered can be used after it",
    RULES,
    'SET "room" = 0, "poolWorkspaceId" = held.pool',
    'SET "poolWorkspaceId" = held.pool',
  ),
  ofText(
    "any workspace's word",
    "the functions work for another workspace than the context's",
    RULES,
    "IF workspace IS NULL OR tenancy.own_workspace() IS DISTINCT FROM workspace THEN",
    "IF workspace IS NULL THEN",
    ["quotaRights"],
  ),
  ofText(
    "the seal is not asked for",
    "a forged context opens the functions, where policies are sealed",
    RULES,
    "    RETURN tenancy.sealed_workspace();\n",
    "    RETURN nullif(current_setting('app.current_workspace_id', true), '')::uuid;\n",
    ["quotaRights"],
  ),
  ofText(
    "nothing is free",
    "what a workspace begins with uses up its limits",
    RULES,
    'SELECT EXISTS (SELECT 1 FROM public."QuotaExemption" AS e',
    'SELECT false AND EXISTS (SELECT 1 FROM public."QuotaExemption" AS e',
  ),
  ofText(
    "what is free as one thing is free as any",
    "the id of a free user property makes a template free",
    RULES,
    'AND e."resourceType" = resource AND e."resourceId" = id',
    'AND resource IS NOT NULL AND e."resourceId" = id',
    ["quotaRights"],
  ),
  ofText(
    "old events count as this month's",
    "the first count takes in months that are over",
    RULES,
    "WHERE (%s)::date >= tenancy.quota_period(%L) GROUP BY 1, 3",
    "WHERE (%s)::date IS NOT NULL AND %L IS NOT NULL GROUP BY 1, 3",
    ["backfill"],
  ),
  ofText(
    "much is taken for what came with a workspace",
    "the first count makes rows free that people made",
    RULES,
    "interval '5 seconds'",
    "interval '5 hours'",
    ["backfill"],
  ),
  ofText(
    "a refusal is a fault",
    "the database's no is not known as one",
    "packages/backend-lib/src/multitenancy/resourceQuotas/",
    'const QUOTA_REFUSED = "QT429";',
    'const QUOTA_REFUSED = "QT428";',
  ),
];
