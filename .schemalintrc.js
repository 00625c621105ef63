// Rules of schemalint for `yarn lint:database`, which says by DATABASE_URL and LINT_SCHEMAS what to look at. Ignored
// is one name: "HeldEventFigures" are the figures of one workspace, and a row is several of them. Built-in rules that are not among these: primary keys, since it does not see a partitioned table's and dblint
// asks for them too; timestamps without a zone and enums, since Dittofeed's tables stay as Dittofeed made them; the casing
// of names, since it cannot ask for PascalCase tables and camelCase columns at once.
const url = new URL(process.env.DATABASE_URL);

module.exports = {
  connection: {
    host: url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    charset: "utf8",
  },
  schemas: process.env.LINT_SCHEMAS.split(",").map((name) => ({ name })),
  ignores: [{ identifier: "public.HeldEventFigures", rule: "name-inflection" }],
  rules: {
    "row-level-security": ["error", { enforced: true }],
    "index-referencing-column": ["error"],
    "name-inflection": ["error", "singular"],
    "prefer-identity-to-serial": ["error"],
    "prefer-jsonb-to-json": ["error"],
    "prefer-text-to-varchar": ["error"],
  },
};
