// Short ways to say what the demo's definitions say often. Owns spelling only: what comes out are plain definitions.

import {
  type JourneyBodyNode,
  type JourneyDefinition,
  type JourneyEntryNode,
  type MessageTemplateDefinition,
  type SegmentDefinition,
} from "isomorphic-lib/src/types";

import { DAY_MS, type IdOf, SECOND_MS } from "./demoWorkspace";

type BodyNode = SegmentDefinition["nodes"][number];

/** A segment of one condition, or of several below an And or Or. */
export function segmentOf(
  entryNode: SegmentDefinition["entryNode"],
  ...nodes: BodyNode[]
): SegmentDefinition {
  return { entryNode, nodes };
}

/** Performed at least `times` times (0: never), lately if so said. */
export function performed(
  id: string,
  event: string,
  {
    times = 1,
    withinDays,
  }: { readonly times?: number; readonly withinDays?: number } = {},
): BodyNode {
  return {
    type: "Performed",
    id,
    event,
    ...(times === 0
      ? { times: 1, timesOperator: "<" }
      : { times, timesOperator: ">=" }),
    ...(withinDays === undefined
      ? {}
      : {
          timeOperator: "Within",
          withinSeconds: (withinDays * DAY_MS) / SECOND_MS,
        }),
  };
}

export function traitEquals(id: string, path: string, value: string): BodyNode {
  return { type: "Trait", id, path, operator: { type: "Equals", value } };
}

export function journeyOf(
  entryNode: JourneyEntryNode,
  ...nodes: JourneyBodyNode[]
): JourneyDefinition {
  return { entryNode, exitNode: { type: "ExitNode" }, nodes };
}

/** Sends the e-mail template of this name. */
export function sendEmail(
  idOf: IdOf,
  { id, template, child }: { id: string; template: string; child: string },
): JourneyBodyNode {
  return {
    type: "MessageNode",
    id,
    name: template,
    child,
    variant: { type: "Email", templateId: idOf(template) },
  };
}

export function delay(
  id: string,
  delayMs: number,
  child: string,
): JourneyBodyNode {
  return {
    type: "DelayNode",
    id,
    child,
    variant: { type: "Second", seconds: delayMs / SECOND_MS },
  };
}

/** An e-mail of the demo: a heading, some text and perhaps a button. */
export function email({
  from,
  subject,
  heading,
  text,
  button,
}: {
  readonly from: string;
  readonly subject: string;
  readonly heading: string;
  readonly text: string;
  readonly button?: { readonly label: string; readonly url: string };
}): MessageTemplateDefinition {
  const action =
    button === undefined
      ? ""
      : `\n        <mj-button href="${button.url}">${button.label}</mj-button>`;
  return {
    type: "Email",
    emailContentsType: "Code",
    from,
    subject,
    body: `<mjml>
  <mj-body>
    <mj-section>
      <mj-column>
        <mj-text font-size="22px">${heading}</mj-text>
        <mj-text>${text}</mj-text>${action}
        <mj-text font-size="12px">{% unsubscribe_link here %}</mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>`,
  };
}
