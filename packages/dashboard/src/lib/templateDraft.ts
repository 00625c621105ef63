/**
 * What the form for a new message template holds, and the definition it stands for.
 */
import { CHANNEL_IDENTIFIERS } from "isomorphic-lib/src/constants";
import {
  type ChannelType,
  type FieldError,
  type MessageTemplateDefinition,
} from "isomorphic-lib/src/types";

/** The texts of all channels side by side, so that trying another channel loses nothing. */
export interface TemplateDraft {
  readonly channel: ChannelType;
  readonly from: string;
  readonly subject: string;
  readonly emailBody: string;
  readonly smsBody: string;
  readonly pushTitle: string;
  readonly pushBody: string;
  readonly url: string;
}

export const NEW_TEMPLATE: TemplateDraft = {
  channel: "Email",
  from: "",
  subject: "",
  emailBody:
    '<p>Hello {{ user.firstName | default: "there" }},</p>\n<p>Write your message here.</p>',
  smsBody: 'Hello {{ user.firstName | default: "there" }}, ',
  pushTitle: "",
  pushBody: "",
  url: "",
};

/** The definition, once `templateDraftErrors` finds nothing. */
export function buildTemplateDefinition(
  draft: TemplateDraft,
): MessageTemplateDefinition {
  switch (draft.channel) {
    case "Email":
      return {
        type: "Email",
        from: draft.from.trim(),
        subject: draft.subject,
        body: draft.emailBody,
      };
    case "Sms":
      return { type: "Sms", body: draft.smsBody };
    case "MobilePush":
      return {
        type: "MobilePush",
        title: draft.pushTitle,
        body: draft.pushBody,
      };
    case "Webhook":
      return {
        type: "Webhook",
        identifierKey: CHANNEL_IDENTIFIERS.Email,
        body: JSON.stringify(
          {
            config: {
              url: draft.url.trim(),
              method: "POST",
              headers: { "Content-Type": "application/json" },
              data: { userId: "{{ user.id }}" },
            },
          },
          null,
          2,
        ),
      };
  }
}

/** What is missing or wrong, by the draft's field; empty when it can be built. */
export function templateDraftErrors(draft: TemplateDraft): FieldError[] {
  const { channel, from, subject, url } = draft;
  const checks: readonly (readonly [boolean, keyof TemplateDraft, string])[] = [
    [
      channel === "Email" && !from.includes("@") && !from.includes("{{"),
      "from",
      "Enter an e-mail address.",
    ],
    [
      channel === "Email" && subject.trim() === "",
      "subject",
      "Write a subject.",
    ],
    [
      channel === "Webhook" && !/^https?:\/\/\S/.test(url.trim()),
      "url",
      "Enter an address that starts with https:// or http://.",
    ],
  ];
  return checks
    .filter(([isWrong]) => isWrong)
    .map(([, field, message]) => ({ field, message }));
}
