package restsource

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/sinusta/sinusta/core"
)

// maxAddress bounds the length of an address; servers refuse longer ones. What
// does not fit is asked for in several requests.
const maxAddress = 6000

// call is one request, ready to be sent.
type call struct {
	plan   *requestPlan
	method string
	url    *url.URL
	// body is a JSON tree (any), or an XML text.
	json   any
	xml    string
	soap   string
	action string
	// texts are those that were asked for, folded.
	texts []string
	// contact is when a contact may have been that was asked for by its time.
	contact core.Interval
	// own is the identifier by which an owned answer was asked for.
	own core.Identifier
}

// use is one way in which a request uses an identifier.
type use struct {
	kind, as, form string
	earlier        int
}

// useOf gives the way in which a value uses its identifier.
func useOf(v Value) use { return use{v.Identifier, v.As, v.Form, v.Earlier} }

// bound tells whether the use is a bound of a time of contact.
func (u use) bound() bool { return u.as == "from" || u.as == "to" }

// builder makes calls of one request for one key set.
type builder struct {
	base *url.URL
	plan *requestPlan
	ids  map[core.Kind]core.Identifier
	keys [2][]string // of the record and of the part
	most int         // requests
	zone *time.Location

	// refused counts texts that could not be asked for, and cut tells that
	// there would have been more requests than allowed.
	refused int
	cut     bool
}

// calls gives the requests that together ask for every spelling: a place that
// takes one text makes one request for each, a filter takes them all.
func (b *builder) calls() []call {
	single, many := map[use]bool{}, map[use]bool{}
	b.plan.eachValue(func(v Value) {
		if v.Identifier != "" {
			single[useOf(v)] = true
		}
	})
	b.plan.eachFilter(func(v Value) {
		u := useOf(v)
		many[u] = true
		if !b.plan.outside(u) {
			delete(single, u)
		}
	})
	assignments := []map[use][]string{{}}
	for _, u := range sortedUses(single, many) {
		texts := textsOf(b.ids[core.Kind(u.kind)], u, b.zone)
		if !single[u] {
			for _, a := range assignments {
				a[u] = texts
			}
			continue
		}
		var next []map[use][]string
		for _, a := range assignments {
			for _, text := range texts {
				more := map[use][]string{u: {text}}
				for k, v := range a {
					more[k] = v
				}
				next = append(next, more)
			}
		}
		assignments = next
		if len(assignments) > b.most {
			assignments, b.cut = assignments[:b.most], true
		}
	}
	var out []call
	for _, a := range assignments {
		out = append(out, b.fit(a)...)
	}
	if len(out) > b.most {
		out, b.cut = out[:b.most], true
	}
	return out
}

func sortedUses(maps ...map[use]bool) []use {
	var out []use
	for _, m := range maps {
		for u := range m {
			if !slices.Contains(out, u) {
				out = append(out, u)
			}
		}
	}
	slices.SortFunc(out, func(x, y use) int {
		return cmp.Or(cmp.Compare(x.kind, y.kind), cmp.Compare(x.as, y.as), cmp.Compare(x.form, y.form), cmp.Compare(x.earlier, y.earlier))
	})
	return out
}

// fit makes a call, or several with fewer texts each when the address would be
// too long.
func (b *builder) fit(a map[use][]string) []call {
	c, ok := b.call(a)
	if !ok {
		b.refused++
		return nil
	}
	if len(c.url.String()) <= maxAddress {
		return []call{c}
	}
	for _, u := range sortedUses(keysOf(a)) {
		if texts := a[u]; len(texts) > 1 {
			one, two := map[use][]string{}, map[use][]string{}
			for k, v := range a {
				one[k], two[k] = v, v
			}
			one[u], two[u] = texts[:len(texts)/2], texts[len(texts)/2:]
			return append(b.fit(one), b.fit(two)...)
		}
	}
	return []call{c}
}

func keysOf(a map[use][]string) map[use]bool {
	out := map[use]bool{}
	for u := range a {
		out[u] = true
	}
	return out
}

// call makes one call with the texts of each use.
func (b *builder) call(a map[use][]string) (call, bool) {
	r := b.plan.config
	c := call{plan: b.plan, method: r.Method, soap: r.SOAP, action: r.Action}
	if c.method == "" {
		c.method = "GET"
	}
	ok := true
	text := func(v Value) string {
		s, fine := b.text(v, a)
		ok = ok && fine
		return s
	}
	var segments []string
	for _, v := range r.Path {
		segments = append(segments, text(v))
	}
	path, safe := escapedPath(b.base.EscapedPath(), segments)
	query := url.Values{}
	for _, name := range sortedKeys(r.Query) {
		query.Set(name, text(r.Query[name]))
	}
	if r.JSON != nil {
		c.json = jsonBody(*r.JSON, text)
	}
	if r.XML != nil {
		c.xml = xmlBody(*r.XML, text)
	}
	if p := pageOf(r); p.SizeParameter != "" {
		b.put(&c, query, p.SizeParameter, strconv.Itoa(pageSize(p)))
	}
	if !ok || !safe {
		return c, false
	}
	c.url = b.base.JoinPath()
	unescaped, err := url.PathUnescape(path)
	if err != nil {
		return c, false
	}
	c.url.Path, c.url.RawPath, c.url.RawQuery = unescaped, path, query.Encode()
	for _, u := range sortedUses(keysOf(a)) {
		if u.bound() {
			c.contact = widest(c.contact, b.ids[core.Kind(u.kind)], u)
			continue
		}
		for _, s := range a[u] {
			c.texts = append(c.texts, folded(s))
		}
	}
	if len(b.ids) == 1 {
		for _, id := range b.ids {
			c.own = id
		}
	}
	return c, true
}

// put puts a parameter of paging where the request has its parameters.
func (b *builder) put(c *call, query url.Values, name, value string) {
	if object, ok := c.json.(map[string]any); ok {
		object[name] = json.Number(value)
		return
	}
	query.Set(name, value)
}

// text gives what one value becomes.
func (b *builder) text(v Value, a map[use][]string) (string, bool) {
	switch {
	case v.Constant != nil:
		return *v.Constant, true
	case v.Key != nil:
		return nth(b.keys[0], *v.Key)
	case v.PartKey != nil:
		return nth(b.keys[1], *v.PartKey)
	case v.Filter != nil:
		return v.Filter.write(func(v Value) []string {
			if v.Identifier == "" {
				s, ok := b.text(v, a)
				if !ok {
					return nil
				}
				return []string{s}
			}
			return a[useOf(v)]
		})
	}
	texts := a[useOf(v)]
	if len(texts) == 0 || controls(texts[0]) {
		return "", false
	}
	return texts[0], true
}

func nth(keys []string, n int) (string, bool) {
	if n >= len(keys) {
		return "", false
	}
	return keys[n], true
}

func jsonBody(n Node, text func(Value) string) any {
	switch n.kind {
	case 'v':
		return text(*n.Value)
	case 'l':
		out := []any{}
		for _, v := range n.List {
			out = append(out, jsonBody(v, text))
		}
		return out
	case 'o':
		out := map[string]any{}
		for name, v := range n.Object {
			out[name] = jsonBody(v, text)
		}
		return out
	}
	return n.Constant
}

// eachFilter gives every value in a filter that is an identifier.
func (p *requestPlan) eachFilter(f func(Value)) { p.sorted(f, true) }

// outside tells whether a use stands outside of filters too.
func (p *requestPlan) outside(u use) bool {
	found := false
	p.sorted(func(v Value) { found = found || useOf(v) == u }, false)
	return found
}
