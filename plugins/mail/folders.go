package mailsource

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// inbox is what rules call the folder that messages arrive in.
const inbox = "INBOX"

// rules say which folders are searched.
type rules struct {
	include []string
	exclude []Exclusion
}

func newRules(c Config) (rules, error) {
	for n, f := range c.Include {
		if strings.Trim(f, "/ ") == "" {
			return rules{}, sdk.ConfigError(fmt.Sprintf("include[%d]", n), "name the folder that is searched, such as INBOX or Projektit")
		}
	}
	for n, e := range c.Exclude {
		if strings.Trim(e.Folder, "/ ") == "" || strings.TrimSpace(e.Reason) == "" {
			return rules{}, sdk.ConfigError(fmt.Sprintf("exclude[%d]", n), "name the folder, and give the reason why it is left out; it stands in the report")
		}
	}
	return rules{c.Include, c.Exclude}, nil
}

// leavesOut tells whether a folder is not searched; it is named as people see
// it, and empty for the inbox.
func (r rules) leavesOut(folder string) bool {
	if folder == "" {
		folder = inbox
	}
	return len(r.include) > 0 && !slices.ContainsFunc(r.include, func(f string) bool { return covers(f, folder) }) ||
		slices.ContainsFunc(r.exclude, func(e Exclusion) bool { return covers(e.Folder, folder) })
}

// mayHold tells whether anything below a folder may be searched.
func (r rules) mayHold(folder string) bool {
	return !slices.ContainsFunc(r.exclude, func(e Exclusion) bool { return covers(e.Folder, folder) })
}

// leftOut tells what the rules leave out of a mailbox.
func (r rules) leftOut(mailbox string) []core.LeftOut {
	var out []core.LeftOut
	if len(r.include) > 0 {
		out = append(out, core.LeftOut{Table: mailbox, Column: "other than " + strings.Join(r.include, ", "), Reason: "only these folders are searched (include)"})
	}
	for _, e := range r.exclude {
		out = append(out, core.LeftOut{Table: mailbox, Column: e.Folder, Reason: e.Reason})
	}
	return out
}

// covers tells whether a rule names the folder, or one above it.
func covers(rule, folder string) bool {
	names, path := strings.Split(strings.Trim(rule, "/ "), "/"), strings.Split(folder, "/")
	if len(names) > len(path) {
		return false
	}
	for n, name := range names {
		if n == 0 && strings.EqualFold(name, inbox) && strings.EqualFold(path[0], inbox) {
			continue // as in IMAP, whose other names mind case
		}
		if !named(name, path[n]) {
			return false
		}
	}
	return true
}

// named compares the name of one folder.
func named(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	rest := name[len(first) : len(name)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			return false
		}
		rest = after
	}
	return true
}
