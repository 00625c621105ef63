// A customer's program with the published SDK for Node, as it comes from npm: makes the calls of its argument and flushes.
import process from "node:process";

import sdk from "@dittofeed/sdk-node";

const { host, writeKey, calls } = JSON.parse(process.argv[2] ?? "");
await sdk.DittofeedSdk.init({ host, writeKey });
calls.forEach(([name, params]) => sdk.DittofeedSdk[name](params));
await sdk.DittofeedSdk.flush();
