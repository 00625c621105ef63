/**
 * The search above a list.
 */
import IconButton from "@mui/material/IconButton";
import InputAdornment from "@mui/material/InputAdornment";
import TextField from "@mui/material/TextField";
import { type ReactElement } from "react";

import { CloseIcon, SearchIcon } from "./icons";

interface SearchFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** Empties itself on Escape. */
export function SearchField({
  label,
  value,
  onChange,
}: SearchFieldProps): ReactElement {
  return (
    <TextField
      type="text"
      placeholder={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape") {
          onChange("");
        }
      }}
      sx={{ maxWidth: { sm: 320 }, bgcolor: "background.paper" }}
      slotProps={{
        htmlInput: { "aria-label": label, role: "searchbox", maxLength: 255 },
        input: {
          startAdornment: (
            <InputAdornment position="start">
              <SearchIcon />
            </InputAdornment>
          ),
          endAdornment: value !== "" && (
            <InputAdornment position="end">
              <IconButton
                size="small"
                edge="end"
                aria-label="Empty the field"
                onClick={() => onChange("")}
              >
                <CloseIcon />
              </IconButton>
            </InputAdornment>
          ),
        },
      }}
    />
  );
}
