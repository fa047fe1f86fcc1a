package sqlsource

import (
	"context"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// A column that is masked or encrypted for the account reads as something
// else than it holds, so it counts as one that the account may not read.
const sqlserverTables = `SELECT s.name, o.name, CASE WHEN o.type = 'V' THEN 1 ELSE 0 END,
		CASE WHEN EXISTS (SELECT 1 FROM sys.security_predicates p JOIN sys.security_policies y ON y.object_id = p.object_id
			WHERE p.target_object_id = o.object_id AND p.predicate_type = 0 AND y.is_enabled = 1) THEN 1 ELSE 0 END,
		COALESCE(HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(o.name), 'OBJECT', 'INSERT'), 0)
			+ COALESCE(HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(o.name), 'OBJECT', 'UPDATE', c.name, 'COLUMN'), 0)
			+ COALESCE(HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(o.name), 'OBJECT', 'DELETE'), 0)
			+ COALESCE(HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(o.name), 'OBJECT', 'ALTER'), 0),
		c.name, COALESCE(b.name, y.name, ''),
		CASE WHEN COALESCE(HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(o.name), 'OBJECT', 'SELECT', c.name, 'COLUMN'), 0) = 1
			AND c.encryption_type IS NULL
			AND (c.is_masked = 0 OR COALESCE(HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'UNMASK'), 0) = 1) THEN 1 ELSE 0 END
	FROM sys.objects o
		JOIN sys.schemas s ON s.schema_id = o.schema_id
		JOIN sys.columns c ON c.object_id = o.object_id
		JOIN sys.types y ON y.user_type_id = c.user_type_id
		LEFT JOIN sys.types b ON b.user_type_id = y.system_type_id AND y.is_user_defined = 1 AND y.is_assembly_type = 0
	WHERE o.type IN ('U', 'V', 'ET') AND o.is_ms_shipped = 0 AND s.name IN (`

// sqlserverCatalogue reads the tables of the schemas that the mapping may
// touch. The server shows an account only what it has some right to.
func sqlserverCatalogue(ctx context.Context, q querier, config Config) (*schema, error) {
	s := &schema{FoldCase: true, Default: config.Schema}
	shown := 0
	if err := firstRow(ctx, q, `SELECT COALESCE(SCHEMA_NAME(), 'dbo'), COALESCE(HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'VIEW DEFINITION'), 0)
		+ COALESCE(HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'SELECT'), 0)`, func(values ...any) {
		if s.Default == "" {
			s.Default = values[0].(string)
		}
		shown = int(values[1].(int64))
	}); err != nil {
		return nil, err
	}
	if shown == 0 {
		s.Hidden = "the account may not see every table of the database; as the owner run GRANT VIEW DEFINITION ON DATABASE to it"
	}
	st := &statement{dialect: sqlserverDialect()}
	var marks []string
	for _, name := range schemasOf(config, s.Default) {
		marks = append(marks, st.bind(name))
	}
	in := strings.Join(marks, ", ") + ")"
	if err := sqlserverColumns(ctx, q, s, in, st.args); err != nil {
		return nil, err
	}
	return s, sqlserverUnique(ctx, q, s, in, st.args)
}

func sqlserverColumns(ctx context.Context, q querier, s *schema, in string, schemas []any) error {
	rows, err := q.QueryContext(ctx, sqlserverTables+in+" ORDER BY s.name, o.name, o.object_id, c.column_id", schemas...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t table
		var view, filtered, writable, readable int
		var col, typ string
		if err := rows.Scan(&t.Schema, &t.Name, &view, &filtered, &writable, &col, &typ, &readable); err != nil {
			return err
		}
		t.View, t.Filtered = view == 1, filtered == 1
		if n := len(s.Tables); n == 0 || s.Tables[n-1].Name != t.Name || s.Tables[n-1].Schema != t.Schema {
			s.Tables = append(s.Tables, &t)
		}
		last := s.Tables[len(s.Tables)-1]
		last.Writable = last.Writable || writable > 0
		c := sqlserverColumn(col, strings.ToLower(typ))
		c.Unreadable = readable == 0
		last.Columns = append(last.Columns, c)
	}
	return rows.Err()
}

// sqlserverUnique adds the unique sets of columns: whole unique indices.
func sqlserverUnique(ctx context.Context, q querier, s *schema, in string, schemas []any) error {
	rows, err := q.QueryContext(ctx, `SELECT s.name, o.name, i.name, c.name, 0
		FROM sys.indexes i
			JOIN sys.objects o ON o.object_id = i.object_id
			JOIN sys.schemas s ON s.schema_id = o.schema_id
			JOIN sys.index_columns x ON x.object_id = i.object_id AND x.index_id = i.index_id AND x.is_included_column = 0
			JOIN sys.columns c ON c.object_id = x.object_id AND c.column_id = x.column_id
		WHERE i.is_unique = 1 AND i.has_filter = 0 AND i.is_disabled = 0 AND o.is_ms_shipped = 0 AND s.name IN (`+in+`
		ORDER BY s.name, o.name, o.object_id, i.is_primary_key DESC, i.index_id, x.key_ordinal`, schemas...)
	if err != nil {
		return err
	}
	return readUnique(s, rows)
}

// sqlserverColumn follows the type; one that a user made has that of its base.
func sqlserverColumn(name, typ string) column {
	c := column{Name: name, Type: typ}
	switch typ {
	case "char", "varchar", "nchar", "nvarchar", "sysname":
		c.Class, c.Folds = classText, foldsLetters
	case "tinyint":
		c.Class, c.Bits = classInteger, 9
	case "smallint":
		c.Class, c.Bits = classInteger, 16
	case "int":
		c.Class, c.Bits = classInteger, 32
	case "bigint":
		c.Class, c.Bits = classInteger, 64
	case "decimal", "numeric", "money", "smallmoney", "float", "real":
		c.Class = classDecimal
	case "bit":
		c.Class = classFlag
	case "date":
		c.Class = classDate
	case "datetime", "smalldatetime", "datetime2":
		c.Class = classTime
	case "datetimeoffset":
		c.Class = classZoned
	case "binary", "varbinary", "image", "timestamp", "rowversion":
		c.Class = classBinary
	}
	return c
}

// sqlserverProof tells whether the account may write: by its rights to the
// mapped tables and to the database, and by its roles.
func sqlserverProof(ctx context.Context, q querier, s *schema, mapped []*table) (*core.Problem, error) {
	may := 0
	err := firstRow(ctx, q, `SELECT COALESCE(IS_SRVROLEMEMBER('sysadmin'), 0) + COALESCE(IS_ROLEMEMBER('db_owner'), 0)
		+ COALESCE(IS_ROLEMEMBER('db_datawriter'), 0) + COALESCE(IS_ROLEMEMBER('db_ddladmin'), 0)
		+ COALESCE(HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'INSERT'), 0) + COALESCE(HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'UPDATE'), 0)
		+ COALESCE(HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'DELETE'), 0) + COALESCE(HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'ALTER'), 0)
		+ COALESCE(HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'EXECUTE'), 0)`,
		func(values ...any) { may = int(values[0].(int64)) })
	if err != nil {
		return nil, err
	}
	p := &core.Problem{Class: core.ClassAuth, Origin: core.OriginSystem, ConfigPath: "dsn"}
	if may > 0 {
		p.Message = "the account may write to the database; use one that is only a member of db_datareader and has VIEW DEFINITION"
		return p, nil
	}
	return writableTables(p, s, mapped, "DENY INSERT, UPDATE, DELETE, ALTER ON these tables TO the account"), nil
}
