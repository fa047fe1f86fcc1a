package sqlsource

import "database/sql"

// uniqueSets gathers the columns of unique indices, which come in order.
type uniqueSets struct {
	table   *table
	index   string
	columns []string
	partly  bool
}

// add takes a column of an index; partly is true where the index does not
// cover the column's whole value.
func (u *uniqueSets) add(t *table, index, column string, partly bool) {
	if t != u.table || index != u.index {
		u.end()
		*u = uniqueSets{table: t, index: index}
	}
	u.columns = append(u.columns, column)
	u.partly = u.partly || partly
}

func (u *uniqueSets) end() {
	if u.table != nil && len(u.columns) > 0 && !u.partly {
		u.table.Unique = append(u.table.Unique, u.columns)
	}
	u.columns = nil
}

// readUnique reads rows of schema, table, index, column and whether the index
// covers a part of the column only, 1 or 0, and closes them.
func readUnique(s *schema, rows *sql.Rows) error {
	defer rows.Close() // rows.Err tells
	var sets uniqueSets
	for rows.Next() {
		var space, name, index, col string
		var partly int
		if err := rows.Scan(&space, &name, &index, &col, &partly); err != nil {
			return err
		}
		sets.add(s.find(space+"."+name), index, col, partly == 1)
	}
	sets.end()
	return rows.Err()
}
