/**
 * How the rest says to the member that something was done. Showing it is `components/notifications.tsx`'s.
 */
import { createContext, use } from "react";

export type Notify = (message: string) => void;

/** Given by the notification provider; outside of it nothing is shown. */
export const NotifyContext = createContext<Notify>(() => undefined);

/** A short confirmation. Failures are not notified but stay beside what failed. */
export function useNotify(): Notify {
  return use(NotifyContext);
}
