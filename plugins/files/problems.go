package filessource

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/index"
	"github.com/sinusta/sinusta/plugins/internal/extracted"
)

// tally counts what could not be searched. It names no file: paths hold names
// of people.
type tally struct {
	files   map[extracted.Trouble]int
	notes   []core.Problem
	late    int // files that no time was left for
	crowded int // files with more members than a record names
}

func newTally() *tally { return &tally{files: map[extracted.Trouble]int{}} }

// file counts the troubles of one file, each once.
func (t *tally) file(troubles []extracted.Trouble) {
	for n, one := range troubles {
		if !slices.Contains(troubles[:n], one) {
			t.files[one]++
		}
	}
}

// listing notes what the folders hold beside files that can be read.
func (t *tally) listing(l *listing, i *instance) {
	partial := func(n int, text, remedy string) {
		if n > 0 {
			t.notes = append(t.notes, i.problem(core.ClassPartial, fmt.Sprintf(text, n)+"; "+remedy))
		}
	}
	partial(l.folders, "%d folders could not be listed", "give the account the right to read them, or exclude them with a reason")
	partial(l.deep, fmt.Sprintf("%%d folders lie in more than %d others and were not listed", deepest), "exclude them with a reason, or make them roots")
	partial(l.links, "%d links lead out of their root, or nowhere, and were not followed", "make what they lead to a root, or exclude the links with a reason")
	partial(l.vanished, "%d files or folders went away while they were listed", "search again")
	if l.special > 0 {
		t.notes = append(t.notes, i.problem(core.ClassData, fmt.Sprintf("%d devices, pipes or sockets lie among the files and hold nothing to read", l.special)))
	}
	if l.cut {
		t.notes = append(t.notes, i.problem(core.ClassTruncated, fmt.Sprintf("there are more files than the %d that are listed; raise limits.files", i.mostFiles)))
	}
}

func (i *instance) problem(class core.Class, message string) core.Problem {
	return core.Problem{Class: class, Origin: core.OriginSystem, RecordType: i.profile.Name, Message: message}
}

// tell gives every problem to the host.
func (s *searching) tell() error {
	list := slices.Clone(s.told.notes)
	order := func(a, b extracted.Trouble) int {
		return cmp.Or(cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Format, b.Format), cmp.Compare(fmt.Sprint(a.Whole), fmt.Sprint(b.Whole)))
	}
	for _, one := range slices.SortedFunc(maps.Keys(s.told.files), order) {
		list = append(list, s.problem(core.ClassPartial, one.Message(s.told.files[one])))
	}
	if s.told.late > 0 {
		list = append(list, s.problem(core.ClassPartial, fmt.Sprintf("%d files that are new, changed or may hold the person were not looked at within the %s of a search; search again, or raise limits.seconds",
			s.told.late, s.time)))
	}
	if s.told.crowded > 0 {
		list = append(list, s.problem(core.ClassTruncated, fmt.Sprintf("%d files that were found hold more files than the %d that a record names; look them up in the file itself", s.told.crowded, extracted.MostMembers)))
	}
	if kinds := s.question.Uncovered(); len(kinds) > 0 {
		p := s.problem(core.ClassUnsupportedKey, "an identifier is too short to be told from other words in a text and was not looked for")
		p.Kinds = kinds
		list = append(list, p)
	}
	if s.broken != nil {
		list = append(list, s.problem(core.ClassData, "the standing index could not be written ("+indexFault(s.broken)+"); the answer is whole, and the next search takes as long"))
	}
	list = append(list, s.promises()...)
	for _, p := range list {
		if err := s.out.Notice(p); err != nil {
			return err
		}
	}
	return nil
}

// indexFault says what is wrong with the index, without a value.
func indexFault(err error) string {
	switch {
	case errors.Is(err, index.ErrFull):
		return "the disk is full"
	case errors.Is(err, index.ErrDamaged):
		return "it is damaged"
	}
	return "see that the account may write to its folder"
}
