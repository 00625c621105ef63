/**
 * The state of the list of users: what is searched for, in which order, which page. The server does the work; ids and
 * properties match exactly, as that is what its index can answer at any size.
 */
import { type UseQueryResult } from "@tanstack/react-query";
import {
  type CursorDirection,
  type GetUsersRequest,
  type GetUsersResponse,
  type SortOrder,
} from "isomorphic-lib/src/types";
import { useState } from "react";

import { useDebounced } from "./useDebounced";
import { useUsersCountQuery } from "./useUsersCountQuery";
import { useUsersQuery } from "./useUsersQuery";

/** Searches by the user's id rather than by the property with an id. */
export const BY_USER_ID = "userId";

const PAGE_SIZE = 25;

interface Place {
  readonly cursor: string;
  readonly direction: CursorDirection;
}

export interface UserList {
  readonly search: string;
  readonly setSearch: (search: string) => void;
  readonly searchBy: string;
  readonly setSearchBy: (searchBy: string) => void;
  readonly sortOrder: SortOrder;
  readonly setSortOrder: (sortOrder: SortOrder) => void;
  readonly setPlace: (place: Place | null) => void;
  readonly isFiltered: boolean;
  readonly users: UseQueryResult<GetUsersResponse>;
  /** Of all pages; undefined until it is known. */
  readonly count: number | undefined;
}

function filtersFor(search: string, searchBy: string): GetUsersRequest {
  if (search === "") {
    return {};
  }
  return searchBy === BY_USER_ID
    ? { userIds: [search] }
    : { userPropertyFilter: [{ id: searchBy, values: [search] }] };
}

/** Starts at the first page, in ascending order of ids; every new question goes back to the first page. */
export function useUserList(): UserList {
  const [search, setSearch] = useState("");
  const [searchBy, setSearchBy] = useState(BY_USER_ID);
  const [sortOrder, setSortOrder] = useState<SortOrder>("asc");
  const [place, setPlace] = useState<Place | null>(null);
  const asked = useDebounced(search.trim());
  const filters = filtersFor(asked, searchBy);
  const users = useUsersQuery({
    ...filters,
    ...place,
    sortOrder,
    limit: PAGE_SIZE,
  });
  const count = useUsersCountQuery(filters).data?.userCount;
  const restart =
    <T>(set: (value: T) => void) =>
    (value: T): void => {
      set(value);
      setPlace(null);
    };
  return {
    search,
    setSearch: restart(setSearch),
    searchBy,
    setSearchBy: restart(setSearchBy),
    sortOrder,
    setSortOrder: restart(setSortOrder),
    setPlace,
    isFiltered: asked !== "",
    users,
    count,
  };
}
