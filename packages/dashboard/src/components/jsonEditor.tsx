/**
 * A text field for JSON with the faults listed below it. Tab leaves the field, as in any form.
 */
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import TextField from "@mui/material/TextField";
import Typography from "@mui/material/Typography";
import { type FieldError } from "isomorphic-lib/src/types";
import { type ReactElement, useId } from "react";

import { formatQuantity } from "../lib/formatting";
import { MONOSPACE } from "../theme";

interface JsonEditorProps {
  readonly label: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  /** What is wrong with the text; a field is a path into it, empty for the whole. */
  readonly errors: readonly FieldError[];
  readonly minRows?: number;
}

const SHOWN_ERRORS = 5;

function ErrorList({
  errors,
}: {
  readonly errors: readonly FieldError[];
}): ReactElement {
  return (
    <Box component="ul" sx={{ m: 0, pl: 2.25 }}>
      {errors.slice(0, SHOWN_ERRORS).map(({ field, message }) => (
        <li key={`${field} ${message}`}>
          {field !== "" && (
            <Box
              component="code"
              sx={{ fontWeight: 600, overflowWrap: "anywhere" }}
            >
              {field}
            </Box>
          )}
          {field !== "" && ": "}
          {message}
        </li>
      ))}
      {errors.length > SHOWN_ERRORS && (
        <li>and {errors.length - SHOWN_ERRORS} more</li>
      )}
    </Box>
  );
}

/** Puts the text in order by "Format" while it is JSON. */
export function JsonEditor({
  label,
  text,
  onChange,
  errors,
  minRows = 12,
}: JsonEditorProps): ReactElement {
  const statusId = useId();
  const format = (): void => {
    try {
      onChange(JSON.stringify(JSON.parse(text), null, 2));
    } catch {
      // Not JSON yet; the list below says where.
    }
  };
  return (
    <Box>
      <TextField
        label={label}
        multiline
        minRows={minRows}
        maxRows={22}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        error={errors.length > 0}
        slotProps={{
          inputLabel: { shrink: true },
          htmlInput: {
            "aria-describedby": statusId,
            spellCheck: false,
            autoCapitalize: "off",
            autoCorrect: "off",
          },
        }}
        sx={{
          "& textarea": {
            fontFamily: MONOSPACE,
            fontSize: "0.8125rem",
            lineHeight: 1.55,
          },
        }}
      />
      <Box sx={{ display: "flex", alignItems: "flex-start", gap: 2, mt: 0.75 }}>
        <Typography
          component="div"
          variant="body2"
          id={statusId}
          role="status"
          sx={{
            flexGrow: 1,
            color: errors.length > 0 ? "error.main" : "success.main",
          }}
        >
          {errors.length === 0 ? (
            "Valid"
          ) : (
            <>
              {formatQuantity(errors.length, "problem")}
              <ErrorList errors={errors} />
            </>
          )}
        </Typography>
        <Button size="small" color="inherit" onClick={format}>
          Format
        </Button>
      </Box>
    </Box>
  );
}
