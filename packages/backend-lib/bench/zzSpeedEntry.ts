export { openWays } from "./contextWays/ways";
export { fill, clear } from "./contextWays/data";
export { openBenchDatabase } from "./benchDatabase";
export { startLatencyProxy } from "./latencyProxy";
export { TenantConnectionPool } from "../src/multitenancy/connectionPool";
export { runWithTenant, currentTenant } from "../src/multitenancy/tenantContext";
