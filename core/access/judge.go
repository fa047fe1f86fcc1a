package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/match"
)

// hit is a judged record, without its content.
type hit struct {
	system, ref, typ string
	round            int
	assessment       match.Assessment
	// same are what it shares with a record of the same thing: the digest of
	// its content, and its own numbers.
	same []string
	// foreign are the parts of another controller, by number.
	foreign []int
	// untold is true where the source says nothing of the record's owner, and
	// the profile has a field for it.
	untold bool
}

// judges knows whose records are looked for. It may be used from several
// goroutines.
type judges struct {
	matcher *match.Matcher
	systems map[string]match.System
}

func newJudges(r Request, c *catalogue.Catalogue) (*judges, error) {
	systems, err := Systems(c)
	if err != nil {
		return nil, err
	}
	matcher := match.New(r.Subject, match.Options{ArtificialCodes: c.Organisation.ArtificialCodes, Generic: c.Organisation.GenericValues,
		House: House(c.Organisation)})
	return &judges{matcher: matcher, systems: systems}, nil
}

// of gives the judge of a system's records.
func (j *judges) of(system string) (*judge, error) {
	s, ok := j.systems[system]
	if !ok {
		return nil, fmt.Errorf("a record of system %q is stored, which the catalogue no longer has: put its entry back", system)
	}
	return &judge{matcher: j.matcher, system: s, types: map[string]string{}}, nil
}

// judge judges the records of one system, for one goroutine.
type judge struct {
	matcher *match.Matcher
	system  match.System
	// recent are assessments that it made, the newest last: most records of a
	// system are judged alike, and share what is kept of that.
	recent []match.Assessment
	types  map[string]string
	things things
}

// recentAssessments is how many assessments are compared with a new one.
const recentAssessments = 8

// record judges a record, and keeps no memory of it. Parts of another
// controller count for nothing in it, except that where only they are about the
// subject, the whole hit is referred.
func (j *judge) record(rec core.Record, round int) hit {
	typ, ok := j.types[rec.Type]
	if !ok {
		typ = strings.Clone(rec.Type)
		j.types[typ] = typ
	}
	h := hit{system: j.system.ID, ref: strings.Clone(rec.Ref), typ: typ, round: round}
	spec, _ := j.system.Profile.Type(rec.Type)
	owner, foreign := j.system.Owners.Of(spec, rec)
	h.foreign, h.untold = foreign, j.system.Owners.Untold(spec, rec)
	own := without(rec, foreign)
	a := j.matcher.Judge(j.system, own)
	a.Owner = owner
	if len(foreign) > 0 && !a.Item() && !a.Official {
		if whole := j.matcher.Judge(j.system, rec); whole.Item() {
			a = whole
			a.Owner = match.OwnerOther
		}
	}
	h.assessment = j.shared(a)
	switch {
	case !a.Item():
	case owner == match.OwnerUnknown:
		h.same = apart(j.system.Owners.Spelling(own), j.things.sameness(j.system, own))
	default:
		h.same = j.things.sameness(j.system, own)
	}
	return h
}

// without gives a record without the parts with these numbers.
func without(rec core.Record, parts []int) core.Record {
	if len(parts) == 0 {
		return rec
	}
	kept := make([]core.Part, 0, len(rec.Parts)-len(parts))
	for n, part := range rec.Parts {
		if !slices.Contains(parts, n) {
			kept = append(kept, part)
		}
	}
	rec.Parts = kept
	return rec
}

// apart gives the keys of a record whose controller is not known: it is the
// same thing as no record whose controller is, and none at all where its
// owner is not even named.
func apart(spelling string, keys []string) []string {
	if spelling == "" {
		return nil
	}
	for i, key := range keys {
		keys[i] = "owner " + spelling + "|" + key
	}
	return keys
}

// shared gives an equal assessment that was made before, or a copy of this
// one.
func (j *judge) shared(a match.Assessment) match.Assessment {
	for _, old := range slices.Backward(j.recent) {
		if old.Equal(a) {
			return old
		}
	}
	if len(j.recent) == recentAssessments {
		j.recent = slices.Delete(j.recent, 0, 1)
	}
	a = a.Clone()
	j.recent = append(j.recent, a)
	return a
}
