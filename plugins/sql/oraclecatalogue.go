package sqlsource

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// oracleCatalogue reads the tables of the schemas that the mapping may touch.
// The database shows an account only what it may read.
func oracleCatalogue(ctx context.Context, q querier, config Config) (*schema, error) {
	s := &schema{FoldCase: true, Default: config.Schema}
	user := ""
	if err := firstRow(ctx, q, "SELECT SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA'), SYS_CONTEXT('USERENV', 'SESSION_USER') FROM DUAL", func(values ...any) {
		if s.Default == "" {
			s.Default = fmt.Sprint(values[0])
		}
		user = fmt.Sprint(values[1])
	}); err != nil {
		return nil, err
	}
	all := false
	if err := firstRow(ctx, q, "SELECT PRIVILEGE FROM SESSION_PRIVS WHERE PRIVILEGE IN ('SELECT ANY TABLE', 'READ ANY TABLE') FETCH FIRST 1 ROWS ONLY",
		func(...any) { all = true }); err != nil {
		return nil, err
	}
	st := &statement{dialect: oracleDialect()}
	var marks []string
	for _, name := range schemasOf(config, s.Default) {
		upper := strings.ToUpper(name)
		marks = append(marks, st.bind(name), st.bind(upper))
		if !all && upper != user {
			s.Hidden = "the account is shown only the tables of schema " + name + " that it may read; as the owner run GRANT READ on its other tables, or as the administrator GRANT READ ANY TABLE ON SCHEMA"
		}
	}
	in := strings.Join(marks, ", ") + ")"
	if err := oracleColumns(ctx, q, s, in, st.args); err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(s.Tables, func(t *table) bool { return t.Schema == s.Default }) {
		s.Default = strings.ToUpper(s.Default) // as a name that nobody quoted is kept
	}
	if err := oracleRights(ctx, q, s, in, st.args, user); err != nil {
		return nil, err
	}
	return s, oracleUnique(ctx, q, s, in, st.args)
}

func oracleColumns(ctx context.Context, q querier, s *schema, in string, schemas []any) error {
	rows, err := q.QueryContext(ctx, `SELECT c.OWNER, c.TABLE_NAME, CASE WHEN v.VIEW_NAME IS NULL THEN 0 ELSE 1 END, c.COLUMN_NAME, c.DATA_TYPE,
			COALESCE(c.DATA_SCALE, -1), COALESCE(c.DATA_PRECISION, 0), CASE WHEN c.DATA_TYPE_OWNER IS NULL THEN 0 ELSE 1 END
		FROM ALL_TAB_COLS c LEFT JOIN ALL_VIEWS v ON v.OWNER = c.OWNER AND v.VIEW_NAME = c.TABLE_NAME
		WHERE c.USER_GENERATED = 'YES' AND c.TABLE_NAME NOT LIKE 'BIN$%' AND c.OWNER IN (`+in+" ORDER BY c.OWNER, c.TABLE_NAME, c.INTERNAL_COLUMN_ID", schemas...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t table
		var col, typ string
		var view, scale, precision, made int
		if err := rows.Scan(&t.Schema, &t.Name, &view, &col, &typ, &scale, &precision, &made); err != nil {
			return err
		}
		t.View = view == 1
		if n := len(s.Tables); n == 0 || s.Tables[n-1].Name != t.Name || s.Tables[n-1].Schema != t.Schema {
			s.Tables = append(s.Tables, &t)
		}
		last := s.Tables[len(s.Tables)-1]
		if made == 1 && typ != "XMLTYPE" && typ != "SDO_GEOMETRY" && typ != "ANYDATA" {
			typ = "OBJECT"
		}
		last.Columns = append(last.Columns, oracleColumn(col, typ, scale, precision))
	}
	return rows.Err()
}

// oracleRights notes the tables that the account may write to, and those of
// which a policy hides rows.
func oracleRights(ctx context.Context, q querier, s *schema, in string, schemas []any, user string) error {
	each := func(statement string, args []any, f func(*table)) error {
		rows, err := q.QueryContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var space, name string
			if err := rows.Scan(&space, &name); err != nil {
				return err
			}
			if t := s.find(space + "." + name); t != nil {
				f(t)
			}
		}
		return rows.Err()
	}
	for _, t := range s.Tables {
		t.Writable = t.Schema == user
	}
	// What it shows is what was granted to the account, its roles and everybody.
	if err := each(`SELECT DISTINCT p.TABLE_SCHEMA, p.TABLE_NAME FROM ALL_TAB_PRIVS p
		WHERE p.PRIVILEGE IN ('INSERT', 'UPDATE', 'DELETE', 'ALTER')
			AND (p.GRANTEE IN (SYS_CONTEXT('USERENV', 'SESSION_USER'), 'PUBLIC') OR p.GRANTEE IN (SELECT ROLE FROM SESSION_ROLES))
			AND p.TABLE_SCHEMA IN (`+in, schemas, func(t *table) { t.Writable = true }); err != nil {
		return err
	}
	return each(`SELECT OBJECT_OWNER, OBJECT_NAME FROM ALL_POLICIES WHERE SEL = 'YES' AND ENABLE = 'YES' AND OBJECT_OWNER IN (`+in, schemas,
		func(t *table) { t.Filtered = true })
}

// oracleUnique adds the unique sets of columns: those of unique indices, which
// keys have too.
func oracleUnique(ctx context.Context, q querier, s *schema, in string, schemas []any) error {
	rows, err := q.QueryContext(ctx, `SELECT i.TABLE_OWNER, i.TABLE_NAME, i.INDEX_NAME, c.COLUMN_NAME, CASE WHEN i.INDEX_TYPE LIKE 'FUNCTION%' THEN 1 ELSE 0 END
		FROM ALL_INDEXES i JOIN ALL_IND_COLUMNS c ON c.INDEX_OWNER = i.OWNER AND c.INDEX_NAME = i.INDEX_NAME
		WHERE i.UNIQUENESS = 'UNIQUE' AND i.TABLE_OWNER IN (`+in+" ORDER BY i.TABLE_OWNER, i.TABLE_NAME, i.INDEX_NAME, c.COLUMN_POSITION", schemas...)
	if err != nil {
		return err
	}
	return readUnique(s, rows)
}

// oracleColumn follows the type.
func oracleColumn(name, typ string, scale, precision int) column {
	c := column{Name: name, Type: typ}
	switch {
	case typ == "VARCHAR2", typ == "NVARCHAR2", typ == "CHAR", typ == "NCHAR":
		c.Class = classText
	case typ == "NUMBER" && scale == 0 && precision > 0 && precision <= 18:
		c.Class = classInteger
	case typ == "NUMBER", typ == "FLOAT", typ == "BINARY_FLOAT", typ == "BINARY_DOUBLE":
		c.Class = classDecimal
	case typ == "DATE":
		c.Class = classDate
	case strings.HasPrefix(typ, "TIMESTAMP") && strings.Contains(typ, "TIME ZONE"):
		c.Class = classZoned
	case strings.HasPrefix(typ, "TIMESTAMP"):
		c.Class = classTime
	case typ == "BOOLEAN":
		c.Class = classFlag
	case typ == "RAW", typ == "BLOB", oracleOpaque(c):
		c.Class = classBinary
	}
	return c
}

// oracleProof tells whether the account may write: by its rights to the mapped
// tables, and by what it may do to any.
func oracleProof(ctx context.Context, q querier, s *schema, mapped []*table) (*core.Problem, error) {
	p := &core.Problem{Class: core.ClassAuth, Origin: core.OriginSystem, ConfigPath: "dsn"}
	err := firstRow(ctx, q, `SELECT PRIVILEGE FROM SESSION_PRIVS WHERE PRIVILEGE LIKE 'INSERT ANY%' OR PRIVILEGE LIKE 'UPDATE ANY%' OR PRIVILEGE LIKE 'DELETE ANY%'
		OR PRIVILEGE LIKE 'ALTER ANY%' OR PRIVILEGE LIKE 'DROP ANY%' OR PRIVILEGE LIKE 'EXECUTE ANY%' OR PRIVILEGE LIKE 'CREATE %' AND PRIVILEGE <> 'CREATE SESSION' OR PRIVILEGE LIKE 'GRANT ANY%'
		FETCH FIRST 1 ROWS ONLY`, func(values ...any) {
		p.Message = fmt.Sprintf("the account has the privilege %v; use one that has only CREATE SESSION and READ on the mapped tables", values[0])
	})
	if err != nil {
		return nil, err
	}
	if p.Message != "" {
		return p, nil
	}
	return writableTables(p, s, mapped, "REVOKE INSERT, UPDATE, DELETE, ALTER ON these tables FROM the account"), nil
}
