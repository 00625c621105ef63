// Every mutant, and what one is. The lists are files of their own.
import { ACCESS_MUTANTS } from "./accessMutants.mjs";
import { BOUNDARY_MUTANTS } from "./boundaryMutants.mjs";
import { CACHE_CODE_MUTANTS, CACHE_DATABASE_MUTANTS } from "./cacheMutants.mjs";
import { DATABASE_MUTANTS as OTHERS } from "./databaseMutants.mjs";
import { QUOTA_CODE_MUTANTS, QUOTA_DATABASE_MUTANTS } from "./quotaMutants.mjs";
import { TABLE_MUTANTS } from "./tableMutants.mjs";

/**
 * SQL that takes one thing away from the isolation of the migrated template, which every test file clones.
 * @typedef {object} DatabaseMutant
 * @property {string} name
 * @property {string} weakens in a few words
 * @property {string} sql
 * @property {string} [table] the table to which the matrix may confine itself
 * @property {readonly import("./suites.mjs").SuiteName[]} suites
 */

/**
 * One text in one file that is replaced. It is in the file exactly once, which a test checks, so that the list cannot fall
 * behind the code.
 * @typedef {object} CodeMutant
 * @property {string} name
 * @property {string} weakens in a few words
 * @property {string} file or a folder, with a `/` at its end, exactly one file of which has the text
 * @property {string} find
 * @property {string} replace
 * @property {readonly import("./suites.mjs").SuiteName[]} suites
 */

/** @typedef {CodeMutant | DatabaseMutant} Mutant */

/** @type {readonly DatabaseMutant[]} */
export const DATABASE_MUTANTS = [
  ...TABLE_MUTANTS,
  ...OTHERS,
  ...QUOTA_DATABASE_MUTANTS,
  ...CACHE_DATABASE_MUTANTS,
];

/** @type {readonly CodeMutant[]} */
export const CODE_MUTANTS = [
  ...BOUNDARY_MUTANTS,
  ...ACCESS_MUTANTS,
  ...QUOTA_CODE_MUTANTS,
  ...CACHE_CODE_MUTANTS,
];

/** @type {readonly Mutant[]} */
export const MUTANTS = [...DATABASE_MUTANTS, ...CODE_MUTANTS];
