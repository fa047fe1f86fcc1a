package name

import "github.com/sinusta/sinusta/core/recent"

// Level says how far two names agree. Levels are ordered: a higher one
// includes what a lower one says.
type Level int

// The levels. From Typo on, the family name and at least one given name (or
// its initial) agree.
const (
	// None: nothing agrees.
	None Level = iota
	// SharesPart: the family name, a part of a double one, or one given name
	// agrees. Two people of one family, or a name that is not complete.
	SharesPart
	// Typo: the names agree but for a slip of the keyboard in one of them
	// that does not make another known name of it.
	Typo
	// Variant: the names agree but for order, given names that one side
	// leaves out, initials, a part of a double family name, particles,
	// letters that a system could not hold, or a listed short form.
	Variant
	// Equal: the names are the same up to case, Unicode form, white space,
	// hyphens and apostrophes.
	Equal
)

// String gives the level's name.
func (l Level) String() string {
	switch l {
	case SharesPart:
		return "shares-part"
	case Typo:
		return "typo"
	case Variant:
		return "variant"
	case Equal:
		return "equal"
	}
	return "none"
}

// Compare says how far two names agree. It is symmetric, and Equal for a name
// with itself if that has a family name and a given name in full.
//
// Given names conflict when each side has one that the other lacks: Maija
// Helena and Maija Liisa are two people even under one family name, so they
// only share a part; Maija Helena and Helena may be one. A name without given
// names shares a part at most, and initials alone never make Equal. A slip is
// forgiven in the family name or in the given names, not in both.
func Compare(a, b Name) Level { return compare(newForm(a), newForm(b)) }

// CompareText says how far two names agree that are written as systems hold
// them, by the best of their readings. An order of words that neither a comma
// nor the tables of names support gives Variant at most. Text that is no name
// agrees with nothing.
func CompareText(a, b string) Level { return NewMatcher(a).Level(b) }

// Matcher compares many texts with the same names. Making one pays for
// reading these names once. It may be used by several goroutines.
type Matcher struct {
	texts []text
	seen  recent.Answers[string, Level]
}

// NewMatcher makes a matcher of names written as systems hold them. Those
// that are no names are left out.
func NewMatcher(names ...string) *Matcher {
	m := &Matcher{}
	for _, n := range names {
		if t := newText(n); len(t) > 0 {
			m.texts = append(m.texts, t)
		}
	}
	return m
}

// Level gives the best level of the text with any of the matcher's names. The
// register name of a sole trader (Tmi Maija Mäkinen) agrees as the name in it.
func (m *Matcher) Level(s string) Level {
	if len(m.texts) == 0 {
		return None
	}
	return m.seen.Of("", s, func() Level { return m.level(s) })
}

func (m *Matcher) level(s string) Level {
	best := m.plainLevel(s)
	if plain := withoutTradeWord(s); plain != s {
		best = max(best, m.plainLevel(plain))
	}
	return best
}

func (m *Matcher) plainLevel(s string) Level {
	best := None
	t := newText(s)
	for _, mine := range m.texts {
		best = max(best, mine.compare(t))
		if best == Equal {
			break
		}
	}
	return best
}

// text is the readings of one text, ready to compare.
type text []textReading

type textReading struct {
	form  form
	guess bool
}

func newText(s string) text {
	rs, err := readings(s)
	if err != nil {
		return nil
	}
	out := make(text, len(rs))
	for i, r := range rs {
		out[i] = textReading{form: newForm(r.name), guess: r.guess}
	}
	return out
}

func (t text) compare(o text) Level {
	best := None
	for _, a := range t {
		for _, b := range o {
			l := compare(a.form, b.form)
			if l == Equal && (a.guess || b.guess) {
				l = Variant
			}
			best = max(best, l)
		}
	}
	return best
}

func compare(a, b form) Level {
	family, familyPart := compareFamilies(a, b)
	given, givenPart := compareGiven(a.given, b.given)
	if family >= Typo && given >= Typo && (family > Typo || given > Typo) {
		return min(family, given)
	}
	if familyPart || givenPart {
		return SharesPart
	}
	return None
}
