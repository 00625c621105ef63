/**
 * The dialog for a new segment.
 */
import { type ReactElement, useState } from "react";

import { checkSegment } from "../../lib/definitionCheck";
import {
  buildSegmentDefinition,
  NEW_SEGMENT,
  segmentDraftErrors,
} from "../../lib/segmentDraft";
import { useCreateSegmentMutation } from "../../lib/useCreateSegmentMutation";
import { useNotify } from "../../lib/useNotify";
import { CreateDialog } from "../createDialog";
import { type CreateSlotProps } from "../resourceList";
import { SegmentForm } from "./segmentForm";

/** Closes once the segment is in the list. */
export function CreateSegmentDialog({
  isOpen,
  onClose,
}: CreateSlotProps): ReactElement {
  const [draft, setDraft] = useState(NEW_SEGMENT);
  const creation = useCreateSegmentMutation();
  const notify = useNotify();
  const formErrors = segmentDraftErrors(draft);
  const close = (): void => {
    onClose();
    creation.reset();
    setDraft(NEW_SEGMENT);
  };
  return (
    <CreateDialog
      isOpen={isOpen}
      onClose={close}
      title="New segment"
      namePlaceholder="Paying customers"
      formErrors={formErrors}
      built={buildSegmentDefinition(draft)}
      check={checkSegment}
      isPending={creation.isPending}
      failure={creation.error}
      renderForm={(areErrorsShown) => (
        <SegmentForm
          draft={draft}
          onChange={setDraft}
          errors={areErrorsShown ? formErrors : []}
        />
      )}
      onCreate={(segment) =>
        creation.mutate(segment, {
          onSuccess: () => {
            notify(`Created ${segment.name}`);
            close();
          },
        })
      }
    />
  );
}
