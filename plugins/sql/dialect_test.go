package sqlsource

import (
	"context"
	"database/sql/driver"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"
	mssql "github.com/microsoft/go-mssqldb"
	"github.com/sijms/go-ora/v2/network"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

var update = flag.Bool("update", false, "write the statements of each dialect to testdata")

// hostile are names of tables and columns with the signs by which each
// dialect quotes.
const hostileNames = `
types:
  employee:
    table: 'emp"]` + "`" + `; DROP TABLE x --'
    key: [id, 'no"]` + "`" + `']
    time: made
    parties:
      - {slot: employee, fields: {family_name: family, given_name: given, email: {column: mail, exact: true}, personal_identity_code: code, date_of_birth: born}}
      - {slot: supervisor, table: boss, through: {table: link, join: {emp: id}, to: {boss: id}}, fields: {employee_number: {column: num, exact: true}, user_id: raw}}
`

// tablesOf gives tables as the catalogue of a dialect would, each column by
// the dialect's word for its type.
func tablesOf(kind func(name, typ string) column, words map[string]string) *schema {
	col := func(name, typ string) column { return kind(name, words[typ]) }
	return &schema{Default: "hr", FoldCase: true, Tables: []*table{
		{Schema: "hr", Name: "emp\"]`; DROP TABLE x --", Unique: [][]string{{"id", "no\"]`"}}, Columns: []column{col("id", "int"), col("no\"]`", "char"), col("made", "time"),
			col("family", "text"), col("given", "text"), col("mail", "text"), col("code", "text"), col("born", "date")}},
		{Schema: "hr", Name: "link", Columns: []column{col("emp", "int"), col("boss", "int")}},
		{Schema: "hr", Name: "boss", Unique: [][]string{{"id"}}, Columns: []column{col("id", "int"), col("num", "text"), col("raw", "bytes")}},
	}}
}

// TestStatementsOfEachDialect holds the statements against testdata, since no
// server of SQL Server or Oracle is at hand: a change of one must be meant.
func TestStatementsOfEachDialect(t *testing.T) {
	profile, err := catalogue.ProfileFor("hr")
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*schema{
		"mysql":     tablesOf(func(n, typ string) column { return mysqlColumn(n, typ, typ) }, map[string]string{"int": "bigint", "char": "char", "time": "timestamp", "text": "varchar", "date": "date", "bytes": "longblob"}),
		"sqlserver": tablesOf(sqlserverColumn, map[string]string{"int": "bigint", "char": "nchar", "time": "datetimeoffset", "text": "nvarchar", "date": "date", "bytes": "varbinary"}),
		"oracle": tablesOf(func(n, typ string) column { return oracleColumn(n, typ, 0, 10) },
			map[string]string{"int": "NUMBER", "char": "CHAR", "time": "TIMESTAMP(6) WITH TIME ZONE", "text": "VARCHAR2", "date": "DATE", "bytes": "BLOB"}),
	} {
		t.Run(name, func(t *testing.T) {
			d := dialects()[name]
			p, err := compile(mapping(t, Config{Driver: name}, hostileNames), profile, s)
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			show := func(title string, st *statement) {
				fmt.Fprintf(&out, "-- %s\n%s\n", title, st.text.String())
				for i, a := range st.args {
					fmt.Fprintf(&out, "   %d: %v\n", i+1, a)
				}
			}
			typ := p.types[0]
			m := newMatcher(typ, query(one(id(t, core.Email, "maija@example.fi")), one(id(t, core.PersonalIdentityCode, "131052-308T")), one(id(t, core.EmployeeNumber, "00104233")),
				one(id(t, core.Name, "Mäkinen, Maija"), id(t, core.DateOfBirth, "1990-01-05"))).AnyOf, env("").Issuers, time.UTC)
			k := key{{Type: keyInteger, Number: 7, bind: "7"}, {Type: keyText, Text: []byte("a'b"), bind: "a'b"}}
			for _, set := range typ.sets {
				for _, st := range m.findStatements(d, typ.root(), set) {
					show("find "+set.path, st)
				}
				if set == typ.root() && set.wholeByKey(d) {
					show("whole "+set.path, m.wholeStatement(d, set, chunk+1))
				}
				show("fetch "+set.path, fetchStatement(d, typ.root(), set, []key{k, k}))
				for _, party := range set.parties {
					for _, f := range party.fields {
						if identifies(f.profile) == core.PersonalIdentityCode || identifies(f.profile) == core.UserID {
							show("lacking "+set.path, lackingStatement(d, set, party, []boundField{f}))
						}
					}
				}
			}
			file := filepath.Join("testdata", "statements-"+name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), out.String()); diff != "" {
				t.Errorf("statements (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNamesCannotLeaveTheirQuotes(t *testing.T) {
	for name, d := range dialects() {
		for _, hostile := range []string{`a"b`, "a`b", "a]b", `a""; DROP TABLE x --`, "a]]b", "a``b", `a\`, "a\x00b", `"`, "`", "]", "ä 😀"} {
			q := d.quote(hostile)
			closing := q[len(q)-1:]
			inner := strings.ReplaceAll(q[1:len(q)-1], closing+closing, "")
			if strings.Contains(inner, closing) || strings.ReplaceAll(q[1:len(q)-1], closing+closing, closing) != hostile {
				t.Errorf("%s quotes %q as %q", name, hostile, q)
			}
		}
	}
}

func TestErrorsOfEachDriver(t *testing.T) {
	for _, test := range []struct {
		classify func(error) *core.Problem
		err      error
		class    core.Class
	}{
		{classifyMySQL, &mysql.MySQLError{Number: 1045, Message: "Access denied for user 'hunter2'"}, core.ClassAuth},
		{classifyMySQL, &mysql.MySQLError{Number: 1142}, core.ClassAuth},
		{classifyMySQL, &mysql.MySQLError{Number: 1049}, core.ClassConfig},
		{classifyMySQL, &mysql.MySQLError{Number: 1146}, core.ClassConfig},
		{classifyMySQL, &mysql.MySQLError{Number: 1969}, core.ClassDeadline},
		{classifyMySQL, &mysql.MySQLError{Number: 3024}, core.ClassDeadline},
		{classifyMySQL, &mysql.MySQLError{Number: 1213}, core.ClassTransient},
		{classifyMySQL, &mysql.MySQLError{Number: 1064, Message: "near 'hunter2'"}, core.ClassBug},
		{classifyMySQL, mysql.ErrInvalidConn, core.ClassTransient},
		{classifyMySQL, &net.OpError{Op: "dial", Err: errors.New("refused")}, core.ClassTransient},
		{classifySQLServer, mssql.Error{Number: 18456, Message: "Login failed for user 'hunter2'"}, core.ClassAuth},
		{classifySQLServer, mssql.Error{Number: 229}, core.ClassAuth},
		{classifySQLServer, mssql.Error{Number: 4060}, core.ClassConfig},
		{classifySQLServer, mssql.Error{Number: 208}, core.ClassConfig},
		{classifySQLServer, mssql.Error{Number: 1222}, core.ClassDeadline},
		{classifySQLServer, mssql.Error{Number: 1205}, core.ClassTransient},
		{classifySQLServer, mssql.Error{Number: 8114}, core.ClassData},
		{classifySQLServer, mssql.Error{Number: 102, Message: "near 'hunter2'"}, core.ClassBug},
		{classifySQLServer, fmt.Errorf("open: %w", &net.OpError{Op: "dial", Err: errors.New("refused")}), core.ClassTransient},
		{classifyOracle, &network.OracleError{ErrCode: 1017}, core.ClassAuth},
		{classifyOracle, &network.OracleError{ErrCode: 1031}, core.ClassAuth},
		{classifyOracle, &network.OracleError{ErrCode: 942}, core.ClassConfig},
		{classifyOracle, &network.OracleError{ErrCode: 12514}, core.ClassConfig},
		{classifyOracle, &network.OracleError{ErrCode: 1013}, core.ClassDeadline},
		{classifyOracle, &network.OracleError{ErrCode: 3113}, core.ClassTransient},
		{classifyOracle, &network.OracleError{ErrCode: 1843}, core.ClassData},
		{classifyOracle, &network.OracleError{ErrCode: 900, ErrMsg: "near hunter2"}, core.ClassBug},
	} {
		p := test.classify(fmt.Errorf("wrapped: %w", test.err))
		if p == nil || p.Class != test.class || p.Message == "" || strings.Contains(p.Message, "hunter2") {
			t.Errorf("%T %+v: %+v, want %s", test.err, test.err, p, test.class)
		}
	}
	i := &instance{dialect: mysqlDialect("mysql"), timeout: time.Second}
	for err, class := range map[error]core.Class{driver.ErrBadConn: core.ClassTransient, context.DeadlineExceeded: core.ClassDeadline, errors.New("hunter2"): core.ClassBug} {
		if p := problem(t, i.classified(t.Context(), "test", err)); p.Class != class || strings.Contains(p.Message, "hunter2") {
			t.Errorf("%v: %+v", err, p)
		}
	}
}

func TestConnectionStringsAreNotRepeated(t *testing.T) {
	const secret = "hunter2-0123"
	for driver, dsns := range map[string][]string{
		"mysql":     {"", "x:" + secret, "x:" + secret + "@tcp(db:3306)/", "x:" + secret + "@tcp(db:3306)/d?tls=" + secret},
		"sqlserver": {"", "sqlserver://x:" + secret + "@[::1", "sqlserver://x:" + secret + "@db", "server=db;password=" + secret + ";database=d;encrypt=" + secret},
		"oracle":    {"", "oracle://x:" + secret + "@[::1", "x/" + secret + "@db", "oracle://x:" + secret + "@db:1521/s?TRACE FILE=/tmp/x"},
	} {
		for _, dsn := range dsns {
			_, err := open(t.Context(), mapping(t, Config{Driver: driver, DSN: sdk.Secret(dsn)}, people), env("ticketing"))
			if p := problem(t, err); p.Class != core.ClassConfig || p.ConfigPath != "dsn" || strings.Contains(p.Error(), secret) {
				t.Errorf("%s %q: %+v", driver, dsn, p)
			}
		}
	}
}
