/**
 * The dialog for a new message template.
 */
import { type ReactElement, useState } from "react";

import { checkTemplate } from "../../lib/definitionCheck";
import {
  buildTemplateDefinition,
  NEW_TEMPLATE,
  templateDraftErrors,
} from "../../lib/templateDraft";
import { useCreateTemplateMutation } from "../../lib/useCreateTemplateMutation";
import { useNotify } from "../../lib/useNotify";
import { CreateDialog } from "../createDialog";
import { type CreateSlotProps } from "../resourceList";
import { TemplateForm } from "./templateForm";

/** Closes once the template is in the list. */
export function CreateTemplateDialog({
  isOpen,
  onClose,
}: CreateSlotProps): ReactElement {
  const [draft, setDraft] = useState(NEW_TEMPLATE);
  const creation = useCreateTemplateMutation();
  const notify = useNotify();
  const formErrors = templateDraftErrors(draft);
  const close = (): void => {
    onClose();
    creation.reset();
    setDraft(NEW_TEMPLATE);
  };
  return (
    <CreateDialog
      isOpen={isOpen}
      onClose={close}
      title="New template"
      namePlaceholder="Welcome e-mail"
      formErrors={formErrors}
      built={buildTemplateDefinition(draft)}
      check={checkTemplate}
      isPending={creation.isPending}
      failure={creation.error}
      renderForm={(areErrorsShown) => (
        <TemplateForm
          draft={draft}
          onChange={setDraft}
          errors={areErrorsShown ? formErrors : []}
        />
      )}
      onCreate={(template) =>
        creation.mutate(template, {
          onSuccess: () => {
            notify(`Created ${template.name}`);
            close();
          },
        })
      }
    />
  );
}
