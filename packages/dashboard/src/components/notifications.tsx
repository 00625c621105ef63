/**
 * Short confirmations at the bottom of the window. Failures are not shown here: they stay beside what failed.
 */
import Snackbar from "@mui/material/Snackbar";
import {
  type ReactElement,
  type ReactNode,
  useCallback,
  useState,
} from "react";

import { type Notify, NotifyContext } from "../lib/useNotify";

const SHOWN_MS = 4000;

interface Notification {
  readonly message: string;
  /** Counts up, so that the same words twice are shown (and read aloud) twice. */
  readonly number: number;
}

/** Shows what `useNotify` is given, the newest only. */
export function NotificationProvider({
  children,
}: {
  readonly children: ReactNode;
}): ReactElement {
  const [current, setCurrent] = useState<Notification | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const notify = useCallback<Notify>((message) => {
    setCurrent((last) => ({ message, number: (last?.number ?? 0) + 1 }));
    setIsOpen(true);
  }, []);
  return (
    <NotifyContext value={notify}>
      {children}
      <Snackbar
        key={current?.number}
        open={isOpen}
        message={current?.message}
        autoHideDuration={SHOWN_MS}
        onClose={(_event, reason) => {
          if (reason !== "clickaway") {
            setIsOpen(false);
          }
        }}
      />
    </NotifyContext>
  );
}
