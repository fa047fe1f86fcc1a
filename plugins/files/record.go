package filessource

import (
	"slices"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/internal/extracted"
)

// fetchMark parts the ref of a record from the digest of its file.
const fetchMark = "#sha256="

// has tells whether the profile has the field, of the record or of a slot.
func has(t catalogue.RecordType, slot, field string) bool {
	if slot == "" {
		_, ok := t.Field(field)
		return ok
	}
	s, ok := t.Slot(slot)
	if !ok {
		return false
	}
	_, ok = s.Field(field)
	return ok
}

// fields gives the fields that records may have.
func (i *instance) fields() []string {
	var out []string
	for _, name := range []string{"path", "workspace", "title", "text", "place", "keywords", "created", "modified", "size", "media", "media_type"} {
		if has(i.profile, "", name) {
			out = append(out, name)
		}
	}
	if len(i.owners) > 0 {
		out = append(out, ownerField)
	}
	for _, slot := range []string{"author", "modifier"} {
		if has(i.profile, slot, "name") {
			out = append(out, slot+".name")
		}
	}
	if part, ok := i.profile.Part("attachment"); ok {
		for _, name := range []string{"name", "text", "media_type", "size"} {
			if _, ok := part.Field(name); ok {
				out = append(out, "attachment/"+name)
			}
		}
	}
	return out
}

// record makes the record of a file.
func (i *instance) record(l *look) core.Record {
	r := core.Record{Type: i.profile.Name, Ref: l.file.ref(i.profile.Name), MatchedBy: l.matches, Time: l.modified()}
	add := func(name string, v core.Value) {
		if has(i.profile, "", name) {
			r.Fields = append(r.Fields, core.Field{Name: name, Value: v})
		}
	}
	media := core.Withheld{Reason: core.WithheldBinary, Size: l.size}
	switch {
	case l.digest == "" || l.size > i.fetch:
		media.Reason = core.WithheldTooLarge
	default:
		media.Ref = r.Ref + fetchMark + l.digest
	}
	add("path", core.TextValue(l.file.shown()))
	add("workspace", core.TextValue(l.file.root.name))
	if l.meta.Title != "" {
		add("title", core.TextValue(l.meta.Title))
	}
	if len(i.owners) > 0 {
		add(ownerField, i.ownerOf(l.file.rel))
	}
	add("text", l.content(media.Ref))
	for _, p := range l.places {
		add("place", core.TextValue(p))
	}
	if l.meta.Keywords != "" {
		add("keywords", core.TextValue(l.meta.Keywords))
	}
	if !l.meta.Created.IsZero() {
		add("created", core.TimeValue(l.meta.Created))
	}
	add("modified", core.TimeValue(l.modified()))
	add("size", core.IntegerValue(l.size))
	add("media", core.WithheldValue(media))
	if m := extracted.MediaType(l.format); m != "" {
		add("media_type", core.TextValue(m))
	}
	party := func(slot string, names ...string) {
		for _, n := range names {
			if n != "" && has(i.profile, slot, "name") {
				r.Parties = append(r.Parties, core.Party{Slot: slot, Fields: []core.Field{{Name: "name", Value: core.TextValue(n)}}})
			}
		}
	}
	party("author", l.meta.Authors...)
	party("modifier", l.meta.LastModifiedBy)
	if part, ok := i.profile.Part("attachment"); ok {
		for _, m := range l.members {
			r.Parts = append(r.Parts, m.Part(part))
		}
	}
	return r
}

// modified is when the file says that it was last changed, else when the file
// system says so.
func (l *look) modified() time.Time {
	if !l.meta.Modified.IsZero() {
		return l.meta.Modified
	}
	return l.info.ModTime()
}

// content gives the text of the file itself, or why there is none.
func (l *look) content(ref string) core.Value {
	unreadable := slices.ContainsFunc(l.troubles, func(t extracted.Trouble) bool { return t.Whole })
	switch {
	case l.text.Size > extracted.MostText:
		return core.WithheldValue(core.Withheld{Reason: core.WithheldTooLarge, Size: int64(l.text.Size), Ref: ref})
	case unreadable && strings.TrimSpace(l.text.String()) == "":
		return core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable, Size: l.size, Ref: ref})
	}
	return core.TextValue(l.text.String())
}

// within tells whether a file may be of the period: from its making to its last
// change.
func (l *look) within(p core.Interval) bool {
	from := l.modified()
	if c := l.meta.Created; !c.IsZero() && c.Before(from) {
		from = c
	}
	return (p.To.IsZero() || from.Before(p.To)) && (p.From.IsZero() || !l.modified().Before(p.From))
}
