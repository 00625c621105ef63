/**
 * The dialog for a new journey.
 */
import { type ReactElement, useState } from "react";

import { checkJourney } from "../../lib/definitionCheck";
import {
  buildJourneyDefinition,
  journeyDraftErrors,
  NEW_JOURNEY,
} from "../../lib/journeyDraft";
import { useCreateJourneyMutation } from "../../lib/useCreateJourneyMutation";
import { useNotify } from "../../lib/useNotify";
import { CreateDialog } from "../createDialog";
import { type CreateSlotProps } from "../resourceList";
import { JourneyForm } from "./journeyForm";

/** Closes once the journey is in the list. */
export function CreateJourneyDialog({
  isOpen,
  onClose,
}: CreateSlotProps): ReactElement {
  const [draft, setDraft] = useState(NEW_JOURNEY);
  const creation = useCreateJourneyMutation();
  const notify = useNotify();
  const formErrors = journeyDraftErrors(draft);
  const close = (): void => {
    onClose();
    creation.reset();
    setDraft(NEW_JOURNEY);
  };
  return (
    <CreateDialog
      isOpen={isOpen}
      onClose={close}
      title="New journey"
      namePlaceholder="Welcome new users"
      formErrors={formErrors}
      built={buildJourneyDefinition(draft)}
      check={checkJourney}
      isPending={creation.isPending}
      failure={creation.error}
      renderForm={(areErrorsShown) => (
        <JourneyForm
          draft={draft}
          onChange={setDraft}
          errors={areErrorsShown ? formErrors : []}
        />
      )}
      onCreate={(journey) =>
        creation.mutate(journey, {
          onSuccess: () => {
            notify(`Created ${journey.name}`);
            close();
          },
        })
      }
    />
  );
}
