package sqlsource

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
)

// grants are the rights of an account, as the server lists them.
type grants []grant

// grant is one line of them: rights to `database`.`table`, where * is all and
// the name of a database may be a pattern.
type grant struct {
	rights          []string
	database, table string
}

var (
	grantLine = regexp.MustCompile("^GRANT (.+?) ON (?:TABLE |DATABASE )?(`(?:[^`]|``)*`|\\*|[^ .]+)\\.(`(?:[^`]|``)*`|\\*|[^ ]+) TO ")
	roleLine  = regexp.MustCompile("^GRANT ((?:[`'][^`']+[`'](?:@[`'][^`']*[`'])?(?:,\\s*)?)+) TO ")
	otherLine = regexp.MustCompile("^GRANT (PROXY|.+? ON (?:FUNCTION|PROCEDURE|PACKAGE)) ")
	columnSet = regexp.MustCompile(`\s*\([^)]*\)`)
)

// allGrants gives the rights of the account with every role that it may take
// on. MariaDB shows those of a role only to whom has taken it on.
func allGrants(ctx context.Context, q querier) (grants, error) {
	lines, err := grantLines(ctx, q, "SHOW GRANTS")
	if err != nil {
		return nil, err
	}
	out, roles := parseGrants(lines)
	if len(roles) == 0 {
		return out, nil
	}
	version, role := "", "NONE"
	if err := firstRow(ctx, q, "SELECT VERSION(), CURRENT_ROLE()", func(values ...any) {
		version, _ = written(values[0])
		if name, ok := written(values[1]); ok && name != "NONE" {
			role = mysqlQuote(name)
		}
	}); err != nil {
		return nil, err
	}
	if !strings.Contains(version, "MariaDB") {
		lines, err := grantLines(ctx, q, "SHOW GRANTS FOR CURRENT_USER() USING "+strings.Join(roles, ", "))
		out, _ = parseGrants(lines)
		return out, err
	}
	for _, r := range roles {
		if _, err := grantLines(ctx, q, "SET ROLE "+r); err != nil {
			continue // a role of a role, which comes with that one
		}
		lines, err := grantLines(ctx, q, "SHOW GRANTS")
		if err != nil {
			return nil, err
		}
		more, _ := parseGrants(lines)
		out = append(out, more...)
	}
	_, err = grantLines(ctx, q, "SET ROLE "+role)
	return out, err
}

func grantLines(ctx context.Context, q querier, statement string) ([]string, error) {
	rows, err := q.QueryContext(ctx, statement)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, rows.Err()
}

// parseGrants reads the lines of SHOW GRANTS. A line of another form, but for
// roles, is a right of which nothing is known.
func parseGrants(lines []string) (out grants, roles []string) {
	for _, line := range lines {
		switch {
		case strings.HasPrefix(line, "SET DEFAULT ROLE"), strings.HasPrefix(line, "REVOKE "):
		case otherLine.MatchString(line):
			out = append(out, grant{rights: []string{strings.Fields(otherLine.FindStringSubmatch(line)[1])[0]}, database: "*", table: "routine"})
		case grantLine.MatchString(line):
			m := grantLine.FindStringSubmatch(line)
			g := grant{database: unquoted(m[2]), table: unquoted(m[3])}
			for _, r := range strings.Split(columnSet.ReplaceAllString(m[1], ""), ",") {
				g.rights = append(g.rights, strings.ToUpper(strings.TrimSpace(r)))
			}
			out = append(out, g)
		case roleLine.MatchString(line):
			for _, r := range strings.Split(roleLine.FindStringSubmatch(line)[1], ",") {
				if r = strings.TrimSpace(r); r != "" {
					roles = append(roles, r)
				}
			}
		default:
			out = append(out, grant{rights: []string{"UNKNOWN"}, database: "*", table: "*"})
		}
	}
	return out, roles
}

func unquoted(name string) string {
	if len(name) > 1 && name[0] == '`' {
		return strings.ReplaceAll(name[1:len(name)-1], "``", "`")
	}
	return name
}

// sees tells whether the account is shown every table of the database.
func (g grants) sees(database string) bool {
	return slices.ContainsFunc(g, func(one grant) bool {
		return one.table == "*" && (one.database == "*" || likeName(one.database, database)) &&
			slices.ContainsFunc(one.rights, func(r string) bool { return r == "SELECT" || strings.HasPrefix(r, "ALL") })
	})
}

// likeName compares a name with a pattern of _ and %, where a backslash takes
// the meaning from the next sign.
func likeName(pattern, name string) bool {
	switch {
	case pattern == "":
		return name == ""
	case pattern[0] == '%':
		for i := 0; i <= len(name); i++ {
			if likeName(pattern[1:], name[i:]) {
				return true
			}
		}
		return false
	case name == "":
		return false
	case pattern[0] == '\\' && len(pattern) > 1:
		return strings.EqualFold(pattern[1:2], name[:1]) && likeName(pattern[2:], name[1:])
	default:
		return (pattern[0] == '_' || strings.EqualFold(pattern[:1], name[:1])) && likeName(pattern[1:], name[1:])
	}
}

// harmless are the rights with which nothing can be changed.
func harmless(right string) bool {
	switch right {
	case "USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "PROCESS", "REPLICATION CLIENT", "BINLOG MONITOR", "SLAVE MONITOR", "SHOW_ROUTINE":
		return true
	default:
		return false
	}
}

// writing gives the rights by which the account could change something, each
// once, as right (where).
func (g grants) writing() []string {
	var out []string
	for _, one := range g {
		for _, r := range one.rights {
			what := r + " (" + one.database + "." + one.table + ")"
			if !harmless(r) && !slices.Contains(out, what) {
				out = append(out, what)
			}
		}
	}
	return out
}

// mysqlProof tells which rights to write the account or one of its roles has.
func mysqlProof(ctx context.Context, q querier, _ *schema, _ []*table) (*core.Problem, error) {
	all, err := allGrants(ctx, q)
	if err != nil {
		return nil, err
	}
	writing := all.writing()
	if len(writing) == 0 {
		return nil, nil
	}
	if len(writing) > 5 {
		writing = append(writing[:5:5], "...")
	}
	return &core.Problem{Class: core.ClassAuth, Origin: core.OriginSystem, ConfigPath: "dsn",
		Message: "the account may do more than read: " + strings.Join(writing, ", ") + "; as the administrator REVOKE these rights, so that it has SELECT and SHOW VIEW alone"}, nil
}
