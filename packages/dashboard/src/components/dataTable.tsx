/**
 * A table in its four states: rows, still loading, nothing there, failed. It knows nothing of where rows come from;
 * search, sort and pages of a whole list are `resourceTable.tsx`'s, of a list that the server pages, the page's own.
 */
import Box from "@mui/material/Box";
import LinearProgress from "@mui/material/LinearProgress";
import Paper from "@mui/material/Paper";
import Skeleton from "@mui/material/Skeleton";
import Table from "@mui/material/Table";
import TableBody from "@mui/material/TableBody";
import TableCell from "@mui/material/TableCell";
import TableContainer from "@mui/material/TableContainer";
import TableHead from "@mui/material/TableHead";
import TableRow from "@mui/material/TableRow";
import TableSortLabel from "@mui/material/TableSortLabel";
import { type ReactElement, type ReactNode } from "react";

import { type ApiFailure } from "../lib/apiFailure";
import { FailureNotice } from "./failureNotice";

/** One column. Those with `hideBelow` leave narrower windows; what they say should then stand under the name. */
export interface Column<Row> {
  readonly id: string;
  readonly label: string;
  readonly render: (row: Row) => ReactNode;
  /** What rows are ordered by; without it the column is not sortable. */
  readonly sortValue?: (row: Row) => string | number;
  readonly hideBelow?: "sm" | "md" | "lg";
  readonly width?: number | string;
}

export interface Sort {
  readonly columnId: string;
  readonly direction: "asc" | "desc";
}

export interface DataTableProps<Row> {
  /** What the table lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** Undefined while loading. */
  readonly rows: readonly Row[] | undefined;
  readonly rowId: (row: Row) => string;
  /** The button or menu at the end of a row. */
  readonly renderRowActions?: (row: Row) => ReactNode;
  readonly failure: ApiFailure | null;
  readonly onRetry: () => void;
  /** Shown instead of a table without rows. */
  readonly empty: ReactNode;
  /** True while newer rows are on their way. */
  readonly isRefreshing?: boolean;
  readonly sort?: Sort;
  readonly onSort?: (sort: Sort) => void;
  readonly footer?: ReactNode;
  /** Without a frame of its own, for use inside of one. */
  readonly isBare?: boolean;
}

/** For screen readers only. */
export const HIDDEN_TEXT = {
  position: "absolute",
  width: 1,
  height: 1,
  overflow: "hidden",
  clipPath: "inset(50%)",
  whiteSpace: "nowrap",
} as const;

const SKELETON_ROWS = 6;
const ACTIONS_WIDTH = 64;

function visibility(hideBelow: "sm" | "md" | "lg" | undefined) {
  return {
    display:
      hideBelow === undefined
        ? "table-cell"
        : { xs: "none", [hideBelow]: "table-cell" },
  };
}

function HeadCell<Row>({
  column,
  sort,
  onSort,
}: {
  readonly column: Column<Row>;
  readonly sort: Sort | undefined;
  readonly onSort: ((sort: Sort) => void) | undefined;
}): ReactElement {
  const { id, label, sortValue, hideBelow, width } = column;
  const isSorted = sort?.columnId === id;
  const direction = isSorted ? sort.direction : "asc";
  return (
    <TableCell
      sx={{ width: { sm: width }, ...visibility(hideBelow) }}
      sortDirection={isSorted ? direction : false}
    >
      {sortValue === undefined || onSort === undefined ? (
        label
      ) : (
        <TableSortLabel
          active={isSorted}
          direction={direction}
          onClick={() =>
            onSort({
              columnId: id,
              direction: isSorted && direction === "asc" ? "desc" : "asc",
            })
          }
        >
          {label}
        </TableSortLabel>
      )}
    </TableCell>
  );
}

function LoadingRows<Row>({
  columns,
  hasActions,
}: {
  readonly columns: readonly Column<Row>[];
  readonly hasActions: boolean;
}): ReactElement[] {
  return Array.from({ length: SKELETON_ROWS }, (_, row) => (
    <TableRow key={row}>
      {columns.map(({ id, hideBelow }, index) => (
        <TableCell key={id} sx={{ height: 53, ...visibility(hideBelow) }}>
          <Skeleton width={index === 0 ? `${70 - row * 6}%` : "60%"} />
        </TableCell>
      ))}
      {hasActions && <TableCell sx={{ width: ACTIONS_WIDTH }} />}
    </TableRow>
  ));
}

function Rows<Row>(props: DataTableProps<Row>): ReactElement {
  const { label, columns, rows, rowId, renderRowActions, sort, onSort } = props;
  return (
    <TableContainer>
      <Table aria-label={label} aria-busy={rows === undefined}>
        <TableHead>
          <TableRow>
            {columns.map((column) => (
              <HeadCell
                key={column.id}
                column={column}
                sort={sort}
                onSort={onSort}
              />
            ))}
            {renderRowActions !== undefined && (
              <TableCell sx={{ width: ACTIONS_WIDTH }}>
                <Box component="span" sx={HIDDEN_TEXT}>
                  Actions
                </Box>
              </TableCell>
            )}
          </TableRow>
        </TableHead>
        <TableBody sx={{ "& tr:last-of-type td": { borderBottom: 0 } }}>
          {rows === undefined ? (
            <LoadingRows
              columns={columns}
              hasActions={renderRowActions !== undefined}
            />
          ) : (
            rows.map((row) => (
              <TableRow key={rowId(row)} hover>
                {columns.map(({ id, render, hideBelow }) => (
                  <TableCell
                    key={id}
                    sx={{ height: 53, ...visibility(hideBelow) }}
                  >
                    {render(row)}
                  </TableCell>
                ))}
                {renderRowActions !== undefined && (
                  <TableCell align="right" sx={{ py: 0, pl: 0 }}>
                    {renderRowActions(row)}
                  </TableCell>
                )}
              </TableRow>
            ))
          )}
        </TableBody>
      </Table>
    </TableContainer>
  );
}

/** Rows already there stay visible when loading newer ones fails; the failure then stands above them. */
export function DataTable<Row>(props: DataTableProps<Row>): ReactElement {
  const { rows, failure, onRetry, empty, isRefreshing = false } = props;
  const { footer, isBare = false } = props;
  const isEmpty = rows !== undefined && rows.length === 0;
  return (
    <Paper
      variant={isBare ? "elevation" : "outlined"}
      sx={{
        overflow: "hidden",
        position: "relative",
        ...(isBare
          ? { borderTop: 1, borderColor: "divider", borderRadius: 0 }
          : {}),
      }}
    >
      {isRefreshing && (
        <LinearProgress
          aria-label="Loading"
          sx={{ position: "absolute", top: 0, left: 0, right: 0, height: 2 }}
        />
      )}
      {failure !== null && (
        <FailureNotice failure={failure} onRetry={onRetry} />
      )}
      {failure === null && isEmpty && empty}
      {(failure === null ? !isEmpty : rows !== undefined && !isEmpty) && (
        <Rows {...props} />
      )}
      {footer}
    </Paper>
  );
}
