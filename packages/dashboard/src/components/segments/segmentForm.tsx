/**
 * The form for a new segment: who should be in it, in one condition. More conditions are for the JSON editor.
 */
import Stack from "@mui/material/Stack";
import { type FieldError } from "isomorphic-lib/src/types";
import { type ReactElement } from "react";

import {
  type SegmentDraft,
  type SegmentKind,
  takesValue,
  type TraitOperator,
} from "../../lib/segmentDraft";
import { Choice, type Option } from "../choice";
import { DraftField } from "../draftField";
import { SelectField } from "../selectField";

const KINDS: readonly Option<SegmentKind>[] = [
  {
    value: "Trait",
    label: "By a trait",
    description: "What you know of them: plan, country, role",
  },
  {
    value: "Performed",
    label: "By an event",
    description: "What they did, how often, how recently",
  },
  {
    value: "Everyone",
    label: "Everyone",
    description: "All users of the workspace",
  },
  {
    value: "Manual",
    label: "By hand",
    description: "A list of user IDs, set through the API",
  },
];

const OPERATORS: readonly {
  readonly value: TraitOperator;
  readonly label: string;
}[] = [
  { value: "Equals", label: "is" },
  { value: "NotEquals", label: "is not" },
  { value: "GreaterThanOrEqual", label: "is at least" },
  { value: "LessThan", label: "is less than" },
  { value: "Exists", label: "is known" },
  { value: "NotExists", label: "is not known" },
];

interface SegmentFormProps {
  readonly draft: SegmentDraft;
  readonly onChange: (draft: SegmentDraft) => void;
  /** Those to be shown. */
  readonly errors: readonly FieldError[];
}

function TraitFields({
  draft,
  onChange,
  errors,
}: SegmentFormProps): ReactElement {
  return (
    <Stack direction={{ xs: "column", sm: "row" }} spacing={1.5}>
      <DraftField
        name="path"
        label="Trait"
        placeholder="plan"
        value={draft.path}
        errors={errors}
        onChange={(path) => onChange({ ...draft, path })}
      />
      <SelectField
        label="Condition"
        value={draft.operator}
        options={OPERATORS}
        onChange={(operator) => onChange({ ...draft, operator })}
      />
      {takesValue(draft.operator) && (
        <DraftField
          name="value"
          label="Value"
          value={draft.value}
          errors={errors}
          onChange={(value) => onChange({ ...draft, value })}
        />
      )}
    </Stack>
  );
}

function PerformedFields({
  draft,
  onChange,
  errors,
}: SegmentFormProps): ReactElement {
  return (
    <Stack spacing={2}>
      <DraftField
        name="event"
        label="Event"
        placeholder="Order Completed"
        helperText="A * at its end matches every event that begins like this."
        value={draft.event}
        errors={errors}
        onChange={(event) => onChange({ ...draft, event })}
      />
      <Stack direction={{ xs: "column", sm: "row" }} spacing={1.5}>
        <DraftField
          name="times"
          label="At least this often"
          value={draft.times}
          errors={errors}
          onChange={(times) => onChange({ ...draft, times })}
          slotProps={{ htmlInput: { inputMode: "numeric" } }}
        />
        <DraftField
          name="withinDays"
          label="In the last days"
          helperText="Empty: ever"
          value={draft.withinDays}
          errors={errors}
          onChange={(withinDays) => onChange({ ...draft, withinDays })}
          slotProps={{ htmlInput: { inputMode: "numeric" } }}
        />
      </Stack>
    </Stack>
  );
}

/** Changes the draft; it keeps nothing itself. */
export function SegmentForm(props: SegmentFormProps): ReactElement {
  const { draft, onChange } = props;
  return (
    <Stack spacing={2.5}>
      <Choice
        label="Who is in it?"
        options={KINDS}
        value={draft.kind}
        onChange={(kind) => onChange({ ...draft, kind })}
      />
      {draft.kind === "Trait" && <TraitFields {...props} />}
      {draft.kind === "Performed" && <PerformedFields {...props} />}
    </Stack>
  );
}
