/**
 * The form for a new message template: its channel, and the few texts each channel cannot do without.
 */
import Stack from "@mui/material/Stack";
import { type ChannelType, type FieldError } from "isomorphic-lib/src/types";
import { type ReactElement } from "react";

import { type TemplateDraft } from "../../lib/templateDraft";
import { Choice, type Option } from "../choice";
import { DraftField } from "../draftField";

const CHANNELS: readonly Option<ChannelType>[] = [
  { value: "Email", label: "E-mail", description: "HTML or MJML" },
  { value: "Sms", label: "SMS", description: "Plain text" },
  {
    value: "MobilePush",
    label: "Mobile push",
    description: "A title and a text on the phone",
  },
  {
    value: "Webhook",
    label: "Webhook",
    description: "An HTTP request to your own service",
  },
];

const LIQUID_HINT = "Liquid works here, such as {{ user.firstName }}.";

interface TemplateFormProps {
  readonly draft: TemplateDraft;
  readonly onChange: (draft: TemplateDraft) => void;
  /** Those to be shown. */
  readonly errors: readonly FieldError[];
}

function EmailFields({
  draft,
  onChange,
  errors,
}: TemplateFormProps): ReactElement {
  return (
    <>
      <DraftField
        name="from"
        label="From"
        placeholder="hello@example.com"
        value={draft.from}
        errors={errors}
        onChange={(from) => onChange({ ...draft, from })}
      />
      <DraftField
        name="subject"
        label="Subject"
        placeholder="Welcome, {{ user.firstName }}"
        value={draft.subject}
        errors={errors}
        onChange={(subject) => onChange({ ...draft, subject })}
      />
      <DraftField
        name="emailBody"
        label="Body"
        multiline
        minRows={5}
        maxRows={14}
        helperText={LIQUID_HINT}
        value={draft.emailBody}
        errors={errors}
        onChange={(emailBody) => onChange({ ...draft, emailBody })}
      />
    </>
  );
}

function PushFields({
  draft,
  onChange,
  errors,
}: TemplateFormProps): ReactElement {
  return (
    <>
      <DraftField
        name="pushTitle"
        label="Title"
        value={draft.pushTitle}
        errors={errors}
        onChange={(pushTitle) => onChange({ ...draft, pushTitle })}
      />
      <DraftField
        name="pushBody"
        label="Text"
        multiline
        minRows={3}
        helperText={LIQUID_HINT}
        value={draft.pushBody}
        errors={errors}
        onChange={(pushBody) => onChange({ ...draft, pushBody })}
      />
    </>
  );
}

function ChannelFields(props: TemplateFormProps): ReactElement {
  const { draft, onChange, errors } = props;
  switch (draft.channel) {
    case "Email":
      return <EmailFields {...props} />;
    case "MobilePush":
      return <PushFields {...props} />;
    case "Sms":
      return (
        <DraftField
          name="smsBody"
          label="Text"
          multiline
          minRows={3}
          helperText={LIQUID_HINT}
          value={draft.smsBody}
          errors={errors}
          onChange={(smsBody) => onChange({ ...draft, smsBody })}
        />
      );
    case "Webhook":
      return (
        <DraftField
          name="url"
          label="Address"
          placeholder="https://example.com/hook"
          helperText="Method, headers and data can be set as JSON."
          value={draft.url}
          errors={errors}
          onChange={(url) => onChange({ ...draft, url })}
        />
      );
  }
}

/** Changes the draft; it keeps nothing itself. */
export function TemplateForm(props: TemplateFormProps): ReactElement {
  const { draft, onChange } = props;
  return (
    <Stack spacing={2.5}>
      <Choice
        label="Channel"
        options={CHANNELS}
        value={draft.channel}
        onChange={(channel) => onChange({ ...draft, channel })}
      />
      <ChannelFields {...props} />
    </Stack>
  );
}
