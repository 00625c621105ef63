// Filling in Liquid texts. Owns the engine and its bounds: a template reads what it is given and nothing else, no file, no
// prototype, and ends in time. Leaves what is given to it to rendering.ts.

import { Liquid, type Template } from "liquidjs";
import { err, ok, type Result } from "neverthrow";

import { UnsubscribeLinkTag } from "./unsubscribeLink";

/** Characters of a text; what it is filled in to may have as many. */
const MAX_CHARACTERS = 4_000_000;
const MAX_RENDER_MS = 500;
/** In liquidjs's own unit: characters and list items that a template makes. */
const MAX_MEMORY = 20_000_000;

const engine = new Liquid({
  templates: {}, // includes look here, and not at files
  relativeReference: false,
  ownPropertyOnly: true,
  cache: false,
  parseLimit: MAX_CHARACTERS,
  renderLimit: MAX_RENDER_MS,
  memoryLimit: MAX_MEMORY,
});
engine.registerTag("unsubscribe_link", UnsubscribeLinkTag);

export interface LiquidError {
  readonly type: "LiquidError";
  /** For the template's author. */
  readonly message: string;
}

/** The variables of a template. */
export type LiquidScope = Readonly<Record<string, unknown>>;

/** Fills in one text. Err when a tag or a filter cannot do what it is to do, or one of the bounds is met. */
export type LiquidText = (scope: LiquidScope) => Result<string, LiquidError>;

function liquidError(error: unknown): LiquidError {
  const message = error instanceof Error ? error.message : String(error);
  return { type: "LiquidError", message };
}

function render(
  templates: Template[],
  scope: LiquidScope,
): Result<string, LiquidError> {
  try {
    const rendered: unknown = engine.renderSync(templates, { ...scope });
    const text = String(rendered);
    return text.length > MAX_CHARACTERS
      ? err({ type: "LiquidError", message: "the text becomes too long" })
      : ok(text);
  } catch (error) {
    return err(liquidError(error));
  }
}

/** Reads a text, to be filled in any number of times. Err names what is wrong with it, and where. */
export function parseLiquid(text: string): Result<LiquidText, LiquidError> {
  try {
    const templates = engine.parse(text);
    return ok((scope) => render(templates, scope));
  } catch (error) {
    return err(liquidError(error));
  }
}
