package audit

import (
	"fmt"
	"os"
	"strconv"
)

// ownAccount names the account that this process runs under: by its name, or
// as uid-NUMBER where the account has none. No environment variable has a say in it.
func ownAccount() string {
	if name := accountName(); name != "" && isActor(name) {
		return name
	}
	return "uid-" + strconv.Itoa(os.Getuid())
}

// Account gives the account of the operating system that entries of this Log
// are made under.
func (l *Log) Account() string { return l.account }

// ActAs names the official behind the account: from now on entries that name
// no actor have this function as actor, and this role, a code that may be empty. The account
// stays in the entries beside them. ErrInvalid: one of the two is not of its form, and
// nothing is changed.
func (l *Log) ActAs(function, role string) error {
	if function == "" || !isActor(function) || role != "" && (!isCode(role) || role == RoleSystem) {
		return fmt.Errorf("audit: the function or role of account %s is %w: a function has at most %d letters, a role is a code such as handler, "+
			"and neither holds an identifier; correct officials in organisation.yaml", l.account, ErrInvalid, maxActor)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.function, l.role = function, role
	return nil
}

// signed puts into an entry who makes it.
func (l *Log) signed(e *Entry) {
	l.mu.Lock()
	function, role := l.function, l.role
	l.mu.Unlock()
	e.Account = l.account
	if e.Actor != "" {
		return
	}
	e.Actor = l.account
	if function != "" && e.Role != RoleSystem {
		e.Actor = function
		if e.Role == "" {
			e.Role = role
		}
	}
}
