/**
 * A dialog whose code is loaded when it is first opened.
 */
import { useState } from "react";

export interface LazyDialog {
  readonly isOpen: boolean;
  /** Until then the dialog need not be rendered at all. */
  readonly wasOpened: boolean;
  readonly open: () => void;
  readonly close: () => void;
}

/** Closed at first. */
export function useLazyDialog(): LazyDialog {
  const [isOpen, setIsOpen] = useState(false);
  const [wasOpened, setWasOpened] = useState(false);
  return {
    isOpen,
    wasOpened,
    open: () => {
      setIsOpen(true);
      setWasOpened(true);
    },
    close: () => setIsOpen(false),
  };
}
