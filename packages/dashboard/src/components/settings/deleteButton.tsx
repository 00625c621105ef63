/**
 * The button at the end of a row that has no other action.
 */
import IconButton from "@mui/material/IconButton";
import Tooltip from "@mui/material/Tooltip";
import { type ReactElement } from "react";

import { DeleteIcon } from "../icons";

interface DeleteButtonProps {
  /** Names the row, as in "Delete API key deploy". */
  readonly label: string;
  readonly onClick: () => void;
}

/** Asks nothing itself. */
export function DeleteButton({
  label,
  onClick,
}: DeleteButtonProps): ReactElement {
  return (
    <Tooltip title="Delete">
      <IconButton size="small" aria-label={label} onClick={onClick}>
        <DeleteIcon />
      </IconButton>
    </Tooltip>
  );
}
