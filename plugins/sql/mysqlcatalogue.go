package sqlsource

import (
	"context"
	"regexp"
	"strings"
)

var collationName = regexp.MustCompile(`^[a-z0-9]+_[a-z0-9_]+$`)

// mysqlCatalogue reads the tables of the databases that the mapping may touch.
// The server shows an account only what it has some right to, so rights to
// single tables leave others unseen.
func mysqlCatalogue(ctx context.Context, q querier, config Config) (*schema, error) {
	s := &schema{FoldCase: true}
	standard := config.Schema
	err := firstRow(ctx, q, "SELECT DATABASE()", func(values ...any) {
		if standard == "" {
			standard, _ = written(values[0])
		}
	})
	if err != nil {
		return nil, err
	}
	s.Default = standard
	st := &statement{dialect: mysqlDialect("")}
	schemas := schemasOf(config, standard)
	marks := make([]string, len(schemas))
	for i, name := range schemas {
		marks[i] = st.bind(name)
	}
	in := strings.Join(marks, ", ") + ")"
	if err := mysqlColumns(ctx, q, s, in, st.args); err != nil {
		return nil, err
	}
	if err := mysqlUnique(ctx, q, s, in, st.args); err != nil {
		return nil, err
	}
	lines, err := grantLines(ctx, q, "SHOW GRANTS")
	if err != nil {
		return nil, err
	}
	rights, _ := parseGrants(lines)
	for _, name := range schemas {
		if !rights.sees(name) {
			s.Hidden = "the account has no right to the whole of database " + name + ", so the server hides other tables from it; as the owner run GRANT SELECT ON the database"
		}
	}
	return s, nil
}

func mysqlColumns(ctx context.Context, q querier, s *schema, in string, schemas []any) error {
	rows, err := q.QueryContext(ctx, `SELECT c.TABLE_SCHEMA, c.TABLE_NAME, t.TABLE_TYPE, c.COLUMN_NAME, c.DATA_TYPE, c.COLUMN_TYPE, COALESCE(c.COLLATION_NAME, ''), COALESCE(c.PRIVILEGES, '')
		FROM information_schema.TABLES t
			JOIN information_schema.COLUMNS c ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME
		WHERE t.TABLE_TYPE <> 'SEQUENCE' AND t.TABLE_SCHEMA IN (`+in+" ORDER BY BINARY c.TABLE_SCHEMA, BINARY c.TABLE_NAME, c.ORDINAL_POSITION", schemas...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t table
		var kind, col, typ, declared, collation, rights string
		if err := rows.Scan(&t.Schema, &t.Name, &kind, &col, &typ, &declared, &collation, &rights); err != nil {
			return err
		}
		if n := len(s.Tables); n == 0 || s.Tables[n-1].Name != t.Name || s.Tables[n-1].Schema != t.Schema {
			t.View = strings.Contains(kind, "VIEW")
			s.Tables = append(s.Tables, &t)
		}
		last := s.Tables[len(s.Tables)-1]
		if collation != "" && !collationName.MatchString(collation) {
			collation = "utf8mb4_bin" // no name that a statement may hold
		}
		c := mysqlColumn(col, strings.ToLower(typ), strings.ToLower(declared))
		c.Collation = collation
		switch {
		case collation == "":
		case strings.HasSuffix(collation, "_bin"):
			c.Folds = foldsBlanks
		default:
			c.Folds = foldsLetters
		}
		c.Unreadable = !strings.Contains(strings.ToLower(rights), "select")
		last.Columns = append(last.Columns, c)
	}
	return rows.Err()
}

// mysqlUnique adds the unique sets of columns: unique indices over whole
// columns.
func mysqlUnique(ctx context.Context, q querier, s *schema, in string, schemas []any) error {
	rows, err := q.QueryContext(ctx, `SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, COALESCE(COLUMN_NAME, ''),
			CASE WHEN SUB_PART IS NOT NULL OR COLUMN_NAME IS NULL THEN 1 ELSE 0 END
		FROM information_schema.STATISTICS
		WHERE NON_UNIQUE = 0 AND TABLE_SCHEMA IN (`+in+" ORDER BY BINARY TABLE_SCHEMA, BINARY TABLE_NAME, INDEX_NAME = 'PRIMARY' DESC, BINARY INDEX_NAME, SEQ_IN_INDEX", schemas...)
	if err != nil {
		return err
	}
	return readUnique(s, rows)
}

// mysqlColumn follows the type.
func mysqlColumn(name, typ, declared string) column {
	c := column{Name: name, Type: typ}
	switch typ {
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext":
		c.Class = classText
	case "tinyint":
		c.Class, c.Bits = classInteger, 9
		if strings.HasPrefix(declared, "tinyint(1)") {
			c.Class = classFlag
		}
	case "smallint", "year":
		c.Class, c.Bits = classInteger, 17
	case "mediumint":
		c.Class, c.Bits = classInteger, 25
	case "int", "integer":
		c.Class, c.Bits = classInteger, 33
	case "bigint", "bit":
		c.Class, c.Bits = classInteger, 64
	case "decimal", "numeric", "float", "double":
		c.Class = classDecimal
	case "date":
		c.Class = classDate
	case "datetime":
		c.Class = classTime
	case "timestamp":
		c.Class = classZoned
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob",
		"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection", "vector":
		c.Class = classBinary
	}
	return c
}
