/**
 * The form for a new journey: what starts it, how long it waits, what it sends. Branches are for the JSON editor.
 */
import Link from "@mui/material/Link";
import Stack from "@mui/material/Stack";
import { type FieldError } from "isomorphic-lib/src/types";
import NextLink from "next/link";
import { type ReactElement } from "react";

import { type JourneyDraft } from "../../lib/journeyDraft";
import {
  type ListedSegment,
  type ListedTemplate,
} from "../../lib/listedResources";
import { useWorkspaceAddress } from "../../lib/session";
import { useSegmentsQuery } from "../../lib/useSegmentsQuery";
import { useTemplatesQuery } from "../../lib/useTemplatesQuery";
import { Choice, type Option } from "../choice";
import { DraftField } from "../draftField";
import { SelectField } from "../selectField";

const TRIGGERS: readonly Option<JourneyDraft["trigger"]>[] = [
  {
    value: "event",
    label: "An event",
    description: "Whenever a user does it",
  },
  {
    value: "segment",
    label: "A segment",
    description: "When a user joins it",
  },
];

const NOTHING = "nothing";

interface JourneyFormProps {
  readonly draft: JourneyDraft;
  readonly onChange: (draft: JourneyDraft) => void;
  /** Those to be shown. */
  readonly errors: readonly FieldError[];
}

function byName<Row extends { readonly name: string }>(a: Row, b: Row): number {
  return a.name.localeCompare(b.name);
}

function segmentOptions(segments: readonly ListedSegment[]) {
  return [...segments]
    .sort(byName)
    .map(({ id, name }) => ({ value: id, label: name }));
}

function templateOptions(templates: readonly ListedTemplate[]) {
  return [
    { value: NOTHING, label: "Nothing yet" },
    ...[...templates]
      .sort(byName)
      .map(({ id, name, type }) => ({ value: id, label: `${name} (${type})` })),
  ];
}

function SegmentField({
  draft,
  onChange,
  errors,
}: JourneyFormProps): ReactElement {
  const { data, error } = useSegmentsQuery();
  const addressOf = useWorkspaceAddress();
  const fault = errors.find(({ field }) => field === "segmentId");
  const hint =
    data?.segments.length === 0 ? (
      <>
        There is no segment yet.{" "}
        <Link component={NextLink} href={addressOf("/segments")}>
          Create one first.
        </Link>
      </>
    ) : undefined;
  return (
    <SelectField
      label="Segment"
      value={draft.segmentId}
      options={segmentOptions(data?.segments ?? [])}
      error={fault !== undefined}
      helperText={error?.message ?? fault?.message ?? hint}
      onChange={(segmentId) => onChange({ ...draft, segmentId })}
    />
  );
}

function MessageField({
  draft,
  onChange,
}: Omit<JourneyFormProps, "errors">): ReactElement {
  const { data, error } = useTemplatesQuery();
  const templates = data?.templates ?? [];
  return (
    <SelectField
      label="Then send"
      value={draft.message?.templateId ?? NOTHING}
      options={templateOptions(templates)}
      helperText={
        error?.message ??
        "You can start the journey later; it is not running yet."
      }
      onChange={(templateId) => {
        const template = templates.find(({ id }) => id === templateId);
        onChange({
          ...draft,
          message:
            template === undefined
              ? null
              : { templateId, channel: template.type },
        });
      }}
    />
  );
}

/** Changes the draft; it keeps nothing itself. */
export function JourneyForm(props: JourneyFormProps): ReactElement {
  const { draft, onChange, errors } = props;
  return (
    <Stack spacing={2.5}>
      <Choice
        label="What starts it?"
        options={TRIGGERS}
        value={draft.trigger}
        onChange={(trigger) => onChange({ ...draft, trigger })}
      />
      {draft.trigger === "event" ? (
        <DraftField
          name="event"
          label="Event"
          placeholder="Signed Up"
          value={draft.event}
          errors={errors}
          onChange={(event) => onChange({ ...draft, event })}
        />
      ) : (
        <SegmentField {...props} />
      )}
      <DraftField
        name="waitHours"
        label="Wait first, in hours"
        helperText="Empty: at once"
        value={draft.waitHours}
        errors={errors}
        onChange={(waitHours) => onChange({ ...draft, waitHours })}
        slotProps={{ htmlInput: { inputMode: "decimal" } }}
      />
      <MessageField draft={draft} onChange={onChange} />
    </Stack>
  );
}
