// For benchmarks: `node --import ./scripts/asShipped.mjs FILE.ts` runs TypeScript as the product's programs are compiled.
// tsx would do, but it gives every function its name back when it is made, which shows where functions are made for each
// query; the programs in dist/ do no such thing. Child processes inherit it.
import { register } from "node:module";

register("./asShipped/hooks.mjs", import.meta.url);
