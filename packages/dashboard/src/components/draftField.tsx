/**
 * The text fields of a creation form: bound to a draft, showing its error once errors are shown.
 */
import TextField, { type TextFieldProps } from "@mui/material/TextField";
import { type FieldError } from "isomorphic-lib/src/types";
import { type ReactElement } from "react";

type DraftFieldProps = Omit<TextFieldProps, "onChange" | "name" | "error"> & {
  readonly name: string;
  readonly onChange: (value: string) => void;
  readonly errors: readonly FieldError[];
};

/** `helperText` gives way to the error. */
export function DraftField({
  name,
  errors,
  onChange,
  helperText,
  ...props
}: DraftFieldProps): ReactElement {
  const error = errors.find(({ field }) => field === name);
  return (
    <TextField
      {...props}
      name={name}
      error={error !== undefined}
      helperText={error?.message ?? helperText}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
