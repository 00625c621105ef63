/**
 * A list that is loaded whole: searched, sorted and paged in the browser.
 */
import Box from "@mui/material/Box";
import Button from "@mui/material/Button";
import TablePagination from "@mui/material/TablePagination";
import Typography from "@mui/material/Typography";
import { type ReactElement, type ReactNode, useMemo, useState } from "react";

import { formatQuantity } from "../lib/formatting";
import {
  type Column,
  DataTable,
  type DataTableProps,
  type Sort,
} from "./dataTable";
import { EmptyState } from "./emptyState";
import { SearchIcon } from "./icons";
import { SearchField } from "./searchField";

const PAGE_SIZES = [25, 50, 100];

interface ResourceTableProps<Row> extends Omit<
  DataTableProps<Row>,
  "sort" | "onSort" | "footer" | "label"
> {
  /** Singular, lower case, such as "segment". */
  readonly noun: string;
  /** What the search looks through. */
  readonly searchText: (row: Row) => string;
  readonly initialSort: Sort;
  /** More controls beside the search. */
  readonly filters?: ReactNode;
}

function compareBy<Row>(
  columns: readonly Column<Row>[],
  { columnId, direction }: Sort,
): (a: Row, b: Row) => number {
  const sortValue = columns.find(({ id }) => id === columnId)?.sortValue;
  const sign = direction === "asc" ? 1 : -1;
  const collator = new Intl.Collator(undefined, { numeric: true });
  return (a, b) => {
    const left = sortValue?.(a) ?? 0;
    const right = sortValue?.(b) ?? 0;
    return typeof left === "number" && typeof right === "number"
      ? sign * (left - right)
      : sign * collator.compare(String(left), String(right));
  };
}

function NothingFound({
  noun,
  onClear,
}: {
  readonly noun: string;
  readonly onClear: () => void;
}): ReactElement {
  return (
    <EmptyState
      role="status"
      icon={<SearchIcon fontSize="large" />}
      title={`No ${noun} matches`}
      description="Try fewer or other words."
      action={<Button onClick={onClear}>Clear the search</Button>}
    />
  );
}

/** The words of the search may stand in any order; all must be there. */
export function ResourceTable<Row>(
  props: ResourceTableProps<Row>,
): ReactElement {
  const { noun, searchText, initialSort, filters, ...table } = props;
  const { rows, columns, empty } = table;
  const [search, setSearch] = useState("");
  const [sort, setSort] = useState(initialSort);
  const [page, setPage] = useState(0);
  const [pageSize, setPageSize] = useState(25);
  const found = useMemo(() => {
    const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    return rows
      ?.filter((row) => {
        const text = searchText(row).toLocaleLowerCase();
        return words.every((word) => text.includes(word));
      })
      .sort(compareBy(columns, sort));
  }, [rows, search, searchText, sort, columns]);
  const pages = Math.ceil((found?.length ?? 0) / pageSize);
  const shownPage = Math.max(0, Math.min(page, pages - 1));
  const hasRows = rows === undefined || rows.length > 0;
  const changeSearch = (text: string): void => {
    setSearch(text);
    setPage(0);
  };
  return (
    <>
      {hasRows && (
        <Box
          sx={{
            display: "flex",
            flexWrap: "wrap",
            alignItems: "center",
            gap: 1.5,
            mb: 2,
          }}
        >
          <SearchField
            label={`Search ${noun}s`}
            value={search}
            onChange={changeSearch}
          />
          {filters}
          <Typography
            role="status"
            variant="body2"
            sx={{ color: "text.secondary", ml: { sm: "auto" }, minHeight: 20 }}
          >
            {found !== undefined && formatQuantity(found.length, noun)}
          </Typography>
        </Box>
      )}
      <DataTable
        {...table}
        label={`${noun.charAt(0).toUpperCase()}${noun.slice(1)}s`}
        rows={found?.slice(shownPage * pageSize, (shownPage + 1) * pageSize)}
        sort={sort}
        onSort={setSort}
        empty={
          hasRows ? (
            <NothingFound noun={noun} onClear={() => changeSearch("")} />
          ) : (
            empty
          )
        }
        footer={
          found !== undefined && found.length > (PAGE_SIZES[0] ?? 0) ? (
            <TablePagination
              component="div"
              sx={{ borderTop: 1, borderColor: "divider" }}
              count={found.length}
              page={shownPage}
              onPageChange={(_event, next) => setPage(next)}
              rowsPerPage={pageSize}
              rowsPerPageOptions={PAGE_SIZES}
              onRowsPerPageChange={(event) => {
                setPageSize(Number(event.target.value));
                setPage(0);
              }}
            />
          ) : null
        }
      />
    </>
  );
}
