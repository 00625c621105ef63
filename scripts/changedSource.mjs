// `node --import ./scripts/asShipped.mjs --import ./scripts/changedSource.mjs?CHANGE FILE.ts`: as asShipped.mjs, but one source file is
// changed on its way to the compiler: a part of the product is broken on purpose, to see that a check notices. CHANGE is
// JSON, encoded for a URL: the file's URL and what is to be replaced.
import { register } from "node:module";

register("./asShipped/changedSource.mjs", import.meta.url, {
  data: decodeURIComponent(new URL(import.meta.url).search.slice(1)),
});
