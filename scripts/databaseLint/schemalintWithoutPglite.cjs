// Starts schemalint, whose reader of catalogs asks for a database that runs inside of Node (25 MB) before it knows
// that it was given the address of a real one. It gets an empty class instead, which nobody calls.
const Module = require("node:module");

const load = Module._load;
Module._load = (request, ...rest) =>
  request === "@electric-sql/pglite"
    ? { PGlite: class {} }
    : load(request, ...rest);

require("schemalint/bin/schemalint");
