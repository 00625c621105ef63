/**
 * What an open dialog is about. It stays while the dialog fades out, so that its words do not change under the eyes.
 */
import { useState } from "react";

export interface DialogSubject<T> {
  /** Null until the dialog was opened once. */
  readonly subject: T | null;
  readonly isOpen: boolean;
  readonly open: (subject: T) => void;
  readonly close: () => void;
}

/** Closed at first. */
export function useDialogSubject<T>(): DialogSubject<T> {
  const [subject, setSubject] = useState<T | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  return {
    subject,
    isOpen,
    open: (next) => {
      setSubject(next);
      setIsOpen(true);
    },
    close: () => setIsOpen(false),
  };
}
