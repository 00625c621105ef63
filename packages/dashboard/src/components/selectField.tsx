/**
 * A drop-down list of fixed options that keeps their type.
 */
import MenuItem from "@mui/material/MenuItem";
import TextField from "@mui/material/TextField";
import { type ReactElement, type ReactNode } from "react";

interface SelectFieldProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly {
    readonly value: Value;
    readonly label: string;
  }[];
  readonly onChange: (value: Value) => void;
  readonly helperText?: ReactNode;
  readonly error?: boolean;
  readonly disabled?: boolean;
  /** In a table or toolbar: as wide as its content, the label only for screen readers. */
  readonly isInline?: boolean;
}

/** A text field with a menu. */
export function SelectField<Value extends string>(
  props: SelectFieldProps<Value>,
): ReactElement {
  const { label, value, options, onChange, isInline = false } = props;
  const { helperText, error = false, disabled = false } = props;
  return (
    <TextField
      select
      label={isInline ? undefined : label}
      fullWidth={!isInline}
      value={value}
      error={error}
      disabled={disabled}
      helperText={helperText}
      onChange={(event) => {
        const chosen = options.find(
          (option) => option.value === event.target.value,
        );
        if (chosen !== undefined) {
          onChange(chosen.value);
        }
      }}
      slotProps={{
        select: isInline ? { inputProps: { "aria-label": label } } : {},
      }}
      sx={
        isInline
          ? { minWidth: { xs: 116, sm: 150 }, bgcolor: "background.paper" }
          : {}
      }
    >
      {options.map((option) => (
        <MenuItem key={option.value} value={option.value}>
          {option.label}
        </MenuItem>
      ))}
    </TextField>
  );
}
