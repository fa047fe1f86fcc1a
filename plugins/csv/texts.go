package csvsource

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/index"
	"github.com/sinusta/sinusta/plugins/internal/freetext"
	"github.com/sinusta/sinusta/plugins/internal/places"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// atOnce is how many bytes of a text are compared at once; between two such
// pieces a search can be ended.
const atOnce = 64 << 10

// texts is what the running text of rows is searched for.
type texts struct {
	question *freetext.Question
	ids      []core.Identifier
}

// readTexts takes the fields whose text is read for people: content that is
// mapped, and no identifier itself.
func (p *rowPlan) readTexts(path string, names []string) error {
	var mapped []string
	for _, f := range p.fields {
		mapped = append(mapped, f.profile.Name)
	}
	for n, name := range names {
		at := numbered(path+".texts", n)
		i := slices.Index(mapped, name)
		switch {
		case i < 0:
			return sdk.ConfigError(at, "no column is mapped to a field %q here%s", name, suggest.Names(name, mapped))
		case p.fields[i].profile.Role != core.RoleContent || p.fields[i].kind != "":
			return sdk.ConfigError(at, "the field %q is no content by the profile, so it is not read for people; leave it out", name)
		case slices.ContainsFunc(p.fields[i].sources, func(s source) bool { return s.as != "" && s.as != "text" }):
			return sdk.ConfigError(at, "the field %q is mapped as something else than text; leave it out, or map it as text", name)
		case slices.ContainsFunc(p.texts, func(f field) bool { return f.profile.Name == name }):
			return sdk.ConfigError(at, "the field %q stands twice", name)
		}
		p.texts = append(p.texts, p.fields[i])
	}
	return nil
}

// readFor makes what texts are searched for out of the key sets, and tells what
// can be looked for neither in them nor in a column.
func (y *typeSearch) readFor(sets []core.KeySet) error {
	if !y.t.reads() {
		return nil
	}
	kinds := append(freetext.Kinds(), core.DateOfBirth)
	var all []core.KeySet
	var ids []core.Identifier
	for _, set := range sets {
		var told core.KeySet
		for _, id := range set.AllOf {
			if !slices.Contains(kinds, id.Kind) {
				continue
			}
			told.AllOf = append(told.AllOf, id)
			if !slices.ContainsFunc(ids, func(o core.Identifier) bool { return o.Kind == id.Kind && o.Value == id.Value && o.Issuer == id.Issuer }) {
				ids = append(ids, id)
			}
		}
		all = append(all, told)
	}
	if len(ids) == 0 {
		return nil
	}
	y.texts = &texts{question: freetext.New(all, index.Inflections), ids: ids}
	held := y.t.columnKinds()
	short := slices.DeleteFunc(y.texts.question.Uncovered(), func(k core.Kind) bool { return held[k] })
	if len(short) == 0 {
		return nil
	}
	p := y.problem(core.ClassUnsupportedKey, y.t.path+".texts", "an identifier is too short to be told from other words in a text, and no column holds its kind, so it was not looked for")
	p.Kinds = short
	return y.tell(p)
}

// compared gives all places of a row in which something may agree: what its
// columns hold, and what its texts tell.
func (y *typeSearch) compared(ctx context.Context, c cells) (out []places.Place, untimed bool, err error) {
	out, untimed = y.places(c, y.kinds)
	if y.texts == nil {
		return out, untimed, nil
	}
	for _, f := range c.plan.texts {
		p := places.Place{}
		for _, s := range f.sources {
			text, other, ok := c.text(s.at)
			if ok || other == text {
				other = ""
			}
			for _, reading := range []string{text, other} {
				if err := y.texts.read(ctx, reading, c.plan.within+f.profile.Name, &p); err != nil {
					return nil, false, err
				}
			}
		}
		if len(p.Told) > 0 {
			out = append(out, p)
		}
	}
	return out, untimed, nil
}

// read adds what a text tells to the place. An error is that of ctx.
func (t *texts) read(ctx context.Context, text, field string, to *places.Place) error {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	r := t.question.Read()
	for len(text) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		end := min(atOnce, len(text))
		for end < len(text) && end > atOnce-utf8.UTFMax && !utf8.RuneStart(text[end]) {
			end--
		}
		r.Add(freetext.Piece{Text: text[:end], More: end < len(text), Field: field})
		text = text[end:]
	}
	for _, id := range t.ids {
		for _, m := range r.Of(id) {
			to.Told = append(to.Told, places.Told{Identifier: id, Match: m})
		}
	}
	return nil
}
