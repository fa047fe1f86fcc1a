package catalogue

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

func sourceRules() []Rule {
	return []Rule{
		{Name: "no-source", Severity: SeverityError, Why: "every fact names the sentence that states it, or that it is derived, assumed or left unsaid", facts: noSource},
		{Name: "source-unknown", Severity: SeverityError, Why: "a source names a sentence that is quoted", facts: unknownSource},
		{Name: "source-assumed", Severity: SeverityWarning, Why: "an assumed fact in an entry that a document states is verified", facts: assumedInStated},
		{Name: "sentence-document", Severity: SeverityError, Why: "a sentence is of a document that organisation.yaml lists", facts: sentenceDocuments},
		{Name: "sentence-unused", Severity: SeverityWarning, Why: "a sentence that no fact rests on, or a fact that forgot its sentence", facts: unusedSentences},
		{Name: "documents-silent", Severity: SeverityPublished, Why: "GDPR Art. 13, 14, 30 and 906/2019 s.5, s.28 ask for it", facts: silentDocuments},
	}
}

// sourced is a fact of an entry: a struct with a source.
type sourced struct {
	path   string
	source Source
	empty  bool
}

// factsOf gives the facts of an entry. A fact within a fact that has a source
// needs none of its own.
func factsOf(s *System) []sourced { return factsIn("", reflect.ValueOf(*s), false) }

func factsIn(path string, v reflect.Value, covered bool) []sourced {
	var out []sourced
	switch v.Kind() {
	case reflect.Struct:
		if f := v.FieldByName("Source"); f.IsValid() {
			one := sourced{path: path, source: f.Interface().(Source), empty: v.IsZero()}
			if one.source != "" || !covered {
				out = append(out, one)
			}
			covered = covered || one.source != ""
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if key := strictyaml.Key(f); key != "" {
				out = append(out, factsIn(strings.TrimPrefix(path+"."+key, "."), v.Field(i), covered)...)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			out = append(out, factsIn(fmt.Sprintf("%s[%d]", path, i), v.Index(i), covered)...)
		}
	}
	return out
}

func noSource(_ lintee, s *System) []breach {
	var out []breach
	for _, f := range factsOf(s) {
		if f.source == "" && !f.empty {
			out = append(out, breach{path: f.path, message: f.path + ".source is missing; name the sentence, or write derived, assumed or unstated"})
		}
	}
	return out
}

func unknownSource(l lintee, s *System) []breach {
	known := l.catalogue.sentences(s)
	var out []breach
	for _, f := range factsOf(s) {
		for _, key := range f.source.Keys() {
			if _, ok := known[key]; !ok {
				out = append(out, breach{path: f.path, message: fmt.Sprintf("%s.source names %q, which is no sentence of the entry, its parent, its store or a document", f.path, key)})
			}
		}
	}
	return out
}

func assumedInStated(_ lintee, s *System) []breach {
	if s.Origin == OriginAssumed {
		return nil
	}
	var out []breach
	for _, f := range factsOf(s) {
		if f.source.Origin() == OriginAssumed {
			out = append(out, breach{path: f.path, message: f.path + " is assumed; verify it"})
		}
	}
	return out
}

func sentenceDocuments(l lintee, s *System) []breach {
	var out []breach
	for i, p := range s.Published {
		if _, ok := l.catalogue.Organisation.document(p.Document); !ok {
			out = append(out, breach{path: fmt.Sprintf("published[%d]", i),
				message: fmt.Sprintf("published[%d].document is %q; name one of the documents in %s", i, p.Document, OrganisationFile)})
		}
	}
	return out
}

// unusedSentences looks at the sentences of an entry itself. Those of a store
// serve its systems, those of a parent its sub-registers.
func unusedSentences(l lintee, s *System) []breach {
	var used []string
	add := func(entry *System) {
		for _, f := range factsOf(entry) {
			used = append(used, f.source.Keys()...)
		}
	}
	add(s)
	for i := range l.catalogue.Systems {
		other := &l.catalogue.Systems[i]
		for j := range other.SubRegisters {
			if sub := &other.SubRegisters[j]; sub.Parent == s.ID || sub.Store.ID == s.ID {
				add(sub)
			}
		}
		if other.Parent == s.ID || other.Store.ID == s.ID {
			add(other)
		}
	}
	var out []breach
	for i, p := range s.Published {
		if !slices.Contains(used, p.Key) {
			out = append(out, breach{path: fmt.Sprintf("published[%d]", i), message: fmt.Sprintf("no fact rests on the sentence %s", p.Key)})
		}
	}
	return out
}

// silentDocuments gives, in one finding, what the documents do not tell.
func silentDocuments(_ lintee, s *System) []breach {
	if s.Origin == OriginAssumed {
		return nil // there is no document
	}
	var silent []string
	for _, f := range factsOf(s) {
		if f.source.Origin() == OriginUnstated && !s.inherits(f.path) {
			silent = append(silent, f.path)
		}
	}
	if len(silent) == 0 {
		return nil
	}
	return []breach{{message: "the documents do not tell: " + strings.Join(silent, ", ")}}
}
