/**
 * One of a few, each with a line that says what it means.
 */
import FormControl from "@mui/material/FormControl";
import FormControlLabel from "@mui/material/FormControlLabel";
import FormLabel from "@mui/material/FormLabel";
import Radio from "@mui/material/Radio";
import RadioGroup from "@mui/material/RadioGroup";
import Typography from "@mui/material/Typography";
import { type ReactElement, useId } from "react";

export interface Option<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly description: string;
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly options: readonly Option<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

/** Radio buttons as cards, two in a row where there is room. */
export function Choice<Value extends string>({
  label,
  options,
  value,
  onChange,
}: ChoiceProps<Value>): ReactElement {
  const labelId = useId();
  return (
    <FormControl fullWidth>
      <FormLabel id={labelId} sx={{ fontSize: "0.8125rem", mb: 1 }}>
        {label}
      </FormLabel>
      <RadioGroup
        aria-labelledby={labelId}
        value={value}
        onChange={(event) => {
          const chosen = options.find(
            (option) => option.value === event.target.value,
          );
          if (chosen !== undefined) {
            onChange(chosen.value);
          }
        }}
        sx={{
          display: "grid",
          gridTemplateColumns: { xs: "1fr", sm: "1fr 1fr" },
          gap: 1,
        }}
      >
        {options.map((option) => (
          <FormControlLabel
            key={option.value}
            value={option.value}
            control={<Radio size="small" sx={{ mt: -0.5 }} />}
            label={
              <>
                <Typography
                  component="span"
                  sx={{ fontWeight: 600, display: "block" }}
                >
                  {option.label}
                </Typography>
                <Typography
                  component="span"
                  variant="body2"
                  sx={{ color: "text.secondary" }}
                >
                  {option.description}
                </Typography>
              </>
            }
            sx={{
              m: 0,
              p: 1.25,
              alignItems: "flex-start",
              border: 1,
              borderRadius: 1,
              borderColor: option.value === value ? "primary.main" : "divider",
            }}
          />
        ))}
      </RadioGroup>
    </FormControl>
  );
}
