// The published SDK for browsers, as it comes from npm, in Node: all it needs of a browser is `window` and `fetch`.
import process from "node:process";

globalThis.window = globalThis;
const { default: sdk } = await import("@dittofeed/sdk-web");

const { host, writeKey, calls } = JSON.parse(process.argv[2] ?? "");
await sdk.DittofeedSdk.init({ host, writeKey });
calls.forEach(([name, params]) => sdk.DittofeedSdk[name](params));
await sdk.DittofeedSdk.flush();
