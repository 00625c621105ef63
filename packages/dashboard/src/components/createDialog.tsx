/**
 * The dialog for a new resource: a name, then its definition by a form or as JSON. What the form asks is the
 * resource's own; the rules of JSON are those of the API. It closes when the resource is there.
 */
import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import DialogActions from "@mui/material/DialogActions";
import DialogContent from "@mui/material/DialogContent";
import DialogTitle from "@mui/material/DialogTitle";
import Stack from "@mui/material/Stack";
import TextField from "@mui/material/TextField";
import useMediaQuery from "@mui/material/useMediaQuery";
import { MAX_ID_LENGTH } from "isomorphic-lib/src/constants";
import { type FieldError } from "isomorphic-lib/src/types";
import {
  type ReactElement,
  type ReactNode,
  type SubmitEvent,
  useId,
  useState,
} from "react";

import { type ApiFailure } from "../lib/apiFailure";
import { belowDefinition, type DefinitionCheck } from "../lib/definitionCheck";
import { toDefinitionText } from "../lib/definitionText";
import { theme } from "../theme";
import { DefinitionTabs } from "./definitionTabs";
import { FailureAlert } from "./failureNotice";

export interface CreateDialogProps<D> {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  /** Such as "New segment". */
  readonly title: string;
  readonly namePlaceholder: string;
  /** Draws the form; errors of fields are shown once `areErrorsShown`. */
  readonly renderForm: (areErrorsShown: boolean) => ReactNode;
  /** What is still wrong in the form. */
  readonly formErrors: readonly FieldError[];
  /** The definition that the form stands for; its value counts only without form errors. */
  readonly built: D;
  readonly check: DefinitionCheck<D>;
  readonly isPending: boolean;
  readonly failure: ApiFailure | null;
  readonly onCreate: (resource: {
    readonly name: string;
    readonly definition: D;
  }) => void;
}

function nameFault(name: string, failure: ApiFailure | null): string | null {
  if (failure?.kind === "conflict") {
    return failure.message;
  }
  const refused = failure?.errors.find(({ field }) => field === "name");
  return refused?.message ?? (name.trim() === "" ? "Enter a name." : null);
}

function Content<D>(props: CreateDialogProps<D>): ReactElement {
  const { title, onClose, renderForm, formErrors, built, check } = props;
  const { isPending, failure, onCreate, namePlaceholder } = props;
  const [name, setName] = useState("");
  const [refusedName, setRefusedName] = useState<string | null>(null);
  const [areErrorsShown, setAreErrorsShown] = useState(false);
  /** The text of the JSON editor, null while the form decides. */
  const [text, setText] = useState<string | null>(null);
  const formId = useId();
  const checked = check(text ?? toDefinitionText(built));
  const isFormWrong = text === null && formErrors.length > 0;
  const currentFailure = refusedName === name ? failure : null;
  const wrongName = nameFault(name, currentFailure);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    setAreErrorsShown(true);
    if (name.trim() !== "" && !isFormWrong && checked.isValid) {
      setRefusedName(name);
      onCreate({ name: name.trim(), definition: checked.definition });
    }
  };
  const serverErrors = belowDefinition(
    (failure?.errors ?? []).filter(({ field }) =>
      field.startsWith("definition"),
    ),
  );
  return (
    <>
      <DialogTitle>{title}</DialogTitle>
      <DialogContent>
        <Stack
          component="form"
          id={formId}
          noValidate
          onSubmit={submit}
          spacing={2.5}
          sx={{ pt: 1 }}
        >
          {failure !== null && failure.kind !== "conflict" && (
            <FailureAlert failure={failure} />
          )}
          <TextField
            // eslint-disable-next-line jsx-a11y/no-autofocus -- a dialog takes the focus; on its first field
            autoFocus
            required
            label="Name"
            placeholder={namePlaceholder}
            value={name}
            onChange={(event) => setName(event.target.value)}
            error={
              (areErrorsShown || currentFailure !== null) && wrongName !== null
            }
            helperText={
              areErrorsShown || currentFailure !== null ? wrongName : null
            }
            slotProps={{ htmlInput: { maxLength: MAX_ID_LENGTH } }}
          />
          <DefinitionTabs
            form={renderForm(areErrorsShown)}
            builtText={toDefinitionText(built)}
            text={text}
            onTextChange={setText}
            errors={checked.isValid ? serverErrors : checked.errors}
          />
        </Stack>
      </DialogContent>
      <DialogActions>
        <Button color="inherit" onClick={onClose}>
          Cancel
        </Button>
        <Button
          type="submit"
          form={formId}
          variant="contained"
          loading={isPending}
        >
          Create
        </Button>
      </DialogActions>
    </>
  );
}

/** Its content starts afresh each time it opens. Nothing is lost by a click beside it. */
export function CreateDialog<D>(props: CreateDialogProps<D>): ReactElement {
  const { isOpen, onClose, title } = props;
  const isNarrow = useMediaQuery(theme.breakpoints.down("sm"));
  return (
    <Dialog
      open={isOpen}
      maxWidth="sm"
      fullScreen={isNarrow}
      aria-label={title}
      onClose={(_event, reason) => {
        if (reason === "escapeKeyDown") {
          onClose();
        }
      }}
    >
      <Content {...props} />
    </Dialog>
  );
}
