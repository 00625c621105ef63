/**
 * What an address without a page shows.
 */
import Button from "@mui/material/Button";
import Link from "next/link";
import { type ReactElement } from "react";

import { EmptyState } from "../components/emptyState";
import { SearchIcon } from "../components/icons";
import { PageHead } from "../components/pageHead";

export default function NotFoundPage(): ReactElement {
  return (
    <>
      <PageHead title="Page not found" />
      <EmptyState
        icon={<SearchIcon fontSize="large" />}
        title="There is no such page"
        description="The address may be mistyped, or the page may have moved."
        action={
          <Button variant="contained" component={Link} href="/">
            Go to the home page
          </Button>
        }
      />
    </>
  );
}
