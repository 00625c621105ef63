// The house's rules that a machine can check: strict types, import order, and the direction of imports
// (who may use whom). The layers are listed once, below; docs/architecture.md shows them as a picture.
const path = require("path");

const ROOT = __dirname;
const PACKAGES = [
  "isomorphic-lib",
  "backend-lib",
  "api",
  "worker",
  "admin-cli",
  "dashboard",
];

/** The layers of backend-lib/src, lowest first. A file imports from its own layer or from one below it. */
const LAYERS = [
  // 0 foundation
  [
    "config.ts",
    "config",
    "logger.ts",
    "logger",
    "openTelemetry.ts",
    "redis.ts",
    "clock.ts",
    "crypto.ts",
  ],
  // 1 boundary
  [
    "multitenancy/tenantContext.ts",
    "multitenancy/tenantEvents.ts",
    "multitenancy/contextSeal.ts",
    "multitenancy/connectionPool.ts",
    "multitenancy/connectionPool",
    "multitenancy/keyedHeap.ts",
  ],
  // 2 storage
  ["db.ts", "db"],
  // 3 capability and identity
  [
    "multitenancy/cache.ts",
    "multitenancy/cache",
    "multitenancy/tenantMetrics.ts",
    "multitenancy/tenantMetrics",
    "security",
    "auth.ts",
    "auth",
    "lookUps.ts",
    "rbac.ts",
    "requestContext.ts",
    "requestContext",
    "workspaces.ts",
    "workspaces",
  ],
  // 4 limits
  ["multitenancy/resourceQuotas.ts", "multitenancy/resourceQuotas"],
  // 5 resources: everything else
];

/** Capabilities of layer 3 know nothing of each other. */
const CAPABILITIES = [
  ["multitenancy/cache.ts", "multitenancy/cache"],
  ["multitenancy/tenantMetrics.ts", "multitenancy/tenantMetrics"],
  ["security/auditLogger.ts", "security/auditLogger"],
  ["security/tenantEncryption.ts", "security/tenantEncryption"],
];

/** Folders that only their face (the file of the same name beside them) imports. */
const FACES = [
  "multitenancy/connectionPool",
  "multitenancy/cache",
  "multitenancy/tenantMetrics",
  "multitenancy/resourceQuotas",
  "security/auditLogger",
  "security/tenantEncryption",
  "db/migrate",
  "db/doctor",
  "logger",
  "auth",
  "requestContext",
  "segments",
  "journeys",
  "messages",
  "messageTemplates",
  "broadcasts",
  "subscriptionGroups",
  "heldEvents",
  "quotaNotifications",
  "webhookRequest",
  "userEvents",
  "users",
  "workspaces",
];

const src = (name) => `./packages/backend-lib/src/${name}`;

const layerZones = LAYERS.flatMap((layer, index) =>
  LAYERS.slice(index + 1)
    .flat()
    .map((from) => ({
      target: layer.map(src),
      from: src(from),
      message:
        "A lower layer never imports a higher one: announce it through tenantEvents.",
    })),
);
const resourceZones = LAYERS.flatMap((layer) => layer).map((target) => ({
  target: src(target),
  from: src(""),
  except: [...new Set(LAYERS.flat())].map((name) => `./${name}`),
  message: "Only resources import resources: this layer lies below them.",
}));
const capabilityZones = CAPABILITIES.flatMap((mine, index) =>
  CAPABILITIES.filter((_, other) => other !== index).flatMap((theirs) =>
    theirs.map((from) => ({
      target: mine.map(src),
      from: src(from),
      message: "Capabilities do not import each other.",
    })),
  ),
);
/** Everything but the face, its folder, and tests: at the top of src, and in the face's own part of it. */
const faceZones = FACES.map((face) => {
  const [part, name] = face.includes("/") ? face.split("/") : [null, face];
  const within = part === null ? "" : `${part}/`;
  const outsideOf = (entry) => `!(${entry}|__tests__)/**/*.ts`;
  return {
    target: [
      src(`${within}${outsideOf(name)}`),
      src(`${within}!(${name}).ts`),
      ...(part === null ? [] : [src(outsideOf(part)), src("*.ts")]),
    ],
    from: src(face),
    message: `Import ${face}.ts, not its folder.`,
  };
});

const SYSTEM_DB = {
  regex: "(^|/)db$",
  importNames: ["systemDb", "probeSystemDb"],
  message:
    "systemDb() crosses workspaces. Its allow-list is in .eslintrc.js; ask for a review to extend it.",
};
/** Behind a face from another package, too. */
const BEHIND_FACES = {
  regex: `^backend-lib/src/(?:${FACES.join("|")})/`,
  message:
    "Import the face of this folder: the file of the same name beside it.",
};
/** `await import()` would pass by every rule above. */
const NO_DYNAMIC_IMPORT = {
  selector: "ImportExpression",
  message:
    "Import at the top of the file, where the rules of direction see it.",
};
const NO_DB = {
  group: ["backend-lib/src/db", "backend-lib/src/db/*"],
  message: "A controller calls a service; it never talks to the database.",
};
const packagesOutside = (allowed) => ({
  group: PACKAGES.filter((name) => !allowed.includes(name)).flatMap((name) => [
    `${name}/*`,
    `${name}/**`,
  ]),
  message:
    "Packages depend in one direction: dashboard → isomorphic-lib; api, worker, admin-cli → backend-lib → isomorphic-lib.",
});
const restrictImports = (...patterns) => ({
  "no-restricted-imports": ["error", { patterns }],
});

/** The few modules that may work across workspaces: identity, and the host's own upkeep. */
const SYSTEM_DB_ALLOWED = [
  "packages/backend-lib/src/db/**",
  "packages/backend-lib/src/auth.ts",
  "packages/backend-lib/src/auth/**",
  "packages/backend-lib/src/requestContext.ts",
  "packages/backend-lib/src/requestContext/**",
  "packages/backend-lib/src/multitenancy/cache.ts",
  "packages/backend-lib/src/multitenancy/resourceQuotas/fromAbove.ts",
  "packages/backend-lib/src/rbac.ts",
  "packages/backend-lib/src/workspaces.ts",
  "packages/backend-lib/src/workspaces/**",
  "packages/backend-lib/src/seed/**",
  "packages/backend-lib/src/tenantJobs.ts",
  "packages/backend-lib/src/heldEvents/**",
  "packages/backend-lib/**/__tests__/**",
  "packages/backend-lib/test/**",
];

module.exports = {
  root: true,
  env: { node: true, es2022: true },
  parser: "@typescript-eslint/parser",
  parserOptions: { projectService: true, tsconfigRootDir: ROOT },
  plugins: ["@typescript-eslint", "import", "simple-import-sort"],
  extends: [
    "eslint:recommended",
    "airbnb",
    "airbnb/hooks",
    "plugin:@typescript-eslint/strict-type-checked",
    "prettier",
  ],
  settings: {
    "import/resolver": {
      typescript: {
        project: "packages/*/tsconfig.json",
        noWarnOnMultipleProjects: true,
      },
      node: true,
    },
    "import/parsers": { "@typescript-eslint/parser": [".ts", ".tsx", ".mts"] },
    react: { version: "19.3" },
  },
  ignorePatterns: [
    "node_modules",
    "dist",
    "out",
    ".next",
    ".data",
    ".yarn",
    "coverage",
    "next-env.d.ts",
  ],
  rules: {
    "no-shadow": "off",
    "@typescript-eslint/no-shadow": "error",
    "no-use-before-define": "off",
    "@typescript-eslint/no-use-before-define": [
      "error",
      { functions: false, typedefs: false, ignoreTypeReferences: true },
    ],
    "no-redeclare": "off", // a schema and its type share one name
    "no-unused-vars": "off",
    "@typescript-eslint/no-unused-vars": [
      "error",
      {
        argsIgnorePattern: "^_",
        varsIgnorePattern: "^_",
        ignoreRestSiblings: true,
      },
    ],
    "consistent-return": "off", // the compiler's noImplicitReturns knows better
    "default-case": "off", // a switch over a union ends in assertUnreachable
    "no-restricted-syntax": "off", // for…of is fine on Node
    "no-await-in-loop": "off",
    "no-continue": "off",
    "no-underscore-dangle": "off",
    "no-void": ["error", { allowAsStatement: true }],
    "no-plusplus": ["error", { allowForLoopAfterthoughts: true }],
    "no-param-reassign": [
      "error",
      {
        props: true,
        ignorePropertyModificationsFor: [
          "memo",
          "acc",
          "request",
          "reply",
          "draft",
        ],
      },
    ],
    "class-methods-use-this": "off",
    "max-classes-per-file": "off",
    "lines-between-class-members": "off", // knows no overloads; Prettier keeps the blank lines there are
    "dot-notation": "off",
    "@typescript-eslint/dot-notation": "error",
    "max-lines": [
      "error",
      { max: 400, skipBlankLines: true, skipComments: true },
    ],
    "require-await": "off",
    "@typescript-eslint/require-await": "off", // Fastify plugins are async whether they wait or not
    "no-empty-function": "off",
    "no-useless-constructor": "off",
    "@typescript-eslint/no-useless-constructor": "error",
    "@typescript-eslint/consistent-type-assertions": [
      "error",
      { assertionStyle: "never" },
    ],
    "@typescript-eslint/consistent-type-imports": [
      "error",
      { fixStyle: "inline-type-imports" },
    ],
    "@typescript-eslint/restrict-template-expressions": [
      "error",
      { allowNumber: true },
    ],
    "@typescript-eslint/no-confusing-void-expression": [
      "error",
      { ignoreArrowShorthand: true },
    ],
    "@typescript-eslint/switch-exhaustiveness-check": [
      "error",
      { considerDefaultExhaustiveForUnions: true },
    ],
    "@typescript-eslint/only-throw-error": [
      "error",
      { allowThrowingUnknown: true },
    ],
    "simple-import-sort/imports": "error",
    "simple-import-sort/exports": "error",
    "import/extensions": "off",
    "import/named": "off",
    "import/no-unresolved": "off",
    "import/order": "off",
    "import/prefer-default-export": "off",
    "import/no-cycle": ["error", { maxDepth: 3 }],
    "import/no-extraneous-dependencies": ["error", { packageDir: [ROOT] }],
    "import/no-restricted-paths": [
      "error",
      {
        basePath: ROOT,
        zones: [
          ...layerZones,
          ...resourceZones,
          ...capabilityZones,
          ...faceZones,
        ],
      },
    ],
    "react/react-in-jsx-scope": "off",
    "react/jsx-props-no-spreading": "off",
    "react/require-default-props": "off",
    "react/prop-types": "off",
    "react/no-unused-prop-types": "off", // misses props that are passed on by a spread
    "react/function-component-definition": "off",
    "react/jsx-filename-extension": ["error", { extensions: [".tsx"] }],
  },
  overrides: [
    ...PACKAGES.map((name) => ({
      files: [`packages/${name}/**`],
      rules: {
        "import/no-extraneous-dependencies": [
          "error",
          { packageDir: [path.join(ROOT, "packages", name), ROOT] },
        ],
      },
    })),
    {
      files: ["packages/isomorphic-lib/**"],
      rules: restrictImports(packagesOutside(["isomorphic-lib"])),
    },
    {
      files: ["packages/backend-lib/**"],
      rules: restrictImports(
        packagesOutside(["isomorphic-lib", "backend-lib"]),
        SYSTEM_DB,
      ),
    },
    {
      files: ["packages/{api,worker,admin-cli}/**"],
      rules: restrictImports(
        packagesOutside(["isomorphic-lib", "backend-lib"]),
        SYSTEM_DB,
        BEHIND_FACES,
      ),
    },
    {
      files: ["packages/api/src/controllers/**"],
      rules: restrictImports(
        packagesOutside(["isomorphic-lib", "backend-lib"]),
        SYSTEM_DB,
        BEHIND_FACES,
        NO_DB,
      ),
    },
    {
      files: ["packages/dashboard/**"],
      rules: restrictImports(packagesOutside(["isomorphic-lib"])),
    },
    {
      files: SYSTEM_DB_ALLOWED,
      rules: restrictImports(
        packagesOutside(["isomorphic-lib", "backend-lib"]),
      ),
    },
    {
      // Pages of Next are default exports and may be plain functions of props.
      files: ["packages/dashboard/**/*.page.tsx"],
      rules: { "import/no-default-export": "off" },
    },
    {
      files: [
        "packages/{isomorphic-lib,backend-lib,api,worker,admin-cli}/src/**",
      ],
      excludedFiles: ["**/*.test.ts", "**/__tests__/**"],
      rules: {
        "no-restricted-syntax": ["error", NO_DYNAMIC_IMPORT],
        "no-restricted-properties": [
          "error",
          {
            object: "process",
            property: "env",
            message: "config.ts reads the environment, and nobody else does.",
          },
        ],
      },
    },
    {
      files: ["packages/backend-lib/src/config.ts"],
      rules: { "no-restricted-properties": "off" },
    },
    {
      files: ["**/index.{ts,tsx}"],
      rules: {
        "no-restricted-syntax": [
          "error",
          {
            selector: "Program",
            message: "No index files: a face has the name of its folder.",
          },
        ],
      },
    },
    {
      // Tables of data.
      files: ["packages/backend-lib/src/db/schema/**", ".eslintrc.js"],
      rules: { "max-lines": "off" },
    },
    {
      // `useTenantEnv` and its like are helpers of Vitest, named as such helpers are; they are no hooks of React.
      files: ["packages/!(dashboard)/**", "scripts/**", "test/**"],
      rules: { "react-hooks/rules-of-hooks": "off" },
    },
    {
      files: ["**/*.test.ts", "**/*.test.tsx", "**/__tests__/**", "**/test/**"],
      rules: {
        "max-lines": "off",
        "@typescript-eslint/no-non-null-assertion": "error",
      },
    },
    {
      files: ["scripts/**", "*.js", "*.mjs", "*.mts", "packages/admin-cli/**"],
      rules: { "no-console": "off" },
    },
    {
      files: ["**/*.js", "**/*.mjs"],
      extends: ["plugin:@typescript-eslint/disable-type-checked"],
      parserOptions: { projectService: false, project: null },
      rules: {
        "@typescript-eslint/no-require-imports": "off",
        "import/no-cycle": "off",
      },
    },
  ],
};
