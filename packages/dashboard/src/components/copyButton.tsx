/**
 * Copies a text to the clipboard and says so in place.
 */
import IconButton from "@mui/material/IconButton";
import Tooltip from "@mui/material/Tooltip";
import { type ReactElement, useEffect, useState } from "react";

import { useNotify } from "../lib/useNotify";
import { CheckIcon, CopyIcon } from "./icons";

const CONFIRMED_MS = 2000;

interface CopyButtonProps {
  readonly text: string;
  /** What is copied, as in "Copy workspace ID". */
  readonly what: string;
}

/** Works on `https` and on localhost, where browsers allow it; elsewhere it says that it could not. */
export function CopyButton({ text, what }: CopyButtonProps): ReactElement {
  const notify = useNotify();
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) {
      return undefined;
    }
    const timer = setTimeout(() => setIsCopied(false), CONFIRMED_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setIsCopied(true);
      notify(`Copied the ${what}`);
    } catch {
      notify("The browser did not allow copying. Select the text instead.");
    }
  };
  return (
    <Tooltip title={isCopied ? "Copied" : `Copy ${what}`}>
      <IconButton
        size="small"
        aria-label={`Copy ${what}`}
        color={isCopied ? "success" : "default"}
        onClick={() => {
          void copy();
        }}
      >
        {isCopied ? <CheckIcon /> : <CopyIcon />}
      </IconButton>
    </Tooltip>
  );
}
