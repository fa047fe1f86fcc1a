package restsource

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/sinusta/sinusta/core"
)

func pageSize(p Pages) int {
	if p.Size > 0 {
		return p.Size
	}
	return 100
}

// digest tells records apart by all that they hold.
type digest [sha256.Size]byte

func digestOf(node any) digest {
	text, err := json.Marshal(node) // members are sorted
	if err != nil {
		return digest{}
	}
	return sha256.Sum256(text)
}

// list goes through the pages of a list.
type list struct {
	asker *asker
	t     *typePlan
	tell  func(core.Problem) error

	seen    map[digest]bool
	visited map[string]bool
	pages   int
	total   int // -1 while nobody told
	fullest int // the most records that one page held
	number  int // of the page or the record
	before  int // records of pages that an earlier search read

	// at is where an earlier search stopped, and passed takes where this one is.
	at     *place
	passed func(*place) error
}

// each gives every record of every page of a call to f.
func (a *asker) each(ctx context.Context, t *typePlan, c *call, tell func(core.Problem) error, f func(*answer, any) error) error {
	return (&list{asker: a, t: t, tell: tell}).each(ctx, c, f)
}

func (l *list) each(ctx context.Context, c *call, f func(*answer, any) error) error {
	a, t, tell := l.asker, l.t, l.tell
	l.seen, l.visited, l.total = map[digest]bool{}, map[string]bool{}, -1
	p := pageOf(c.plan.config)
	l.number = firstNumber(p)
	current := *firstOf(c)
	if from := l.enter(c, l.at); from != nil {
		current = *from
	}
	for {
		out, err := a.ask(ctx, &current)
		if err != nil {
			return err
		}
		records, err := a.records(out)
		if err != nil {
			return err
		}
		l.pages++
		fresh, err := l.page(out, records, p, f)
		if err != nil {
			return err
		}
		next, err := l.next(c, &current, p, out, len(records), fresh)
		if err == nil && next == nil && p.Most > 0 && l.gave() >= p.Most {
			err = tell(notice(core.ClassTruncated, t, c.plan.path+".pages.most", "the service gives at most %d records for one question, and gave so many; there may be more: ask by a narrower period, or look the person up in the system", p.Most))
		}
		if err != nil || next == nil {
			return err
		}
		current = *next
		if at := l.place(next, p); at != nil && l.passed != nil {
			if err := l.passed(at); err != nil {
				return err
			}
		}
	}
}

// firstNumber is that of the first page, or of the first record.
func firstNumber(p Pages) int {
	switch {
	case p.First != nil:
		return *p.First
	case p.By == "page":
		return 1
	}
	return 0
}

// firstOf gives the call of the first page.
func firstOf(c *call) *call {
	out := *c
	if p := pageOf(c.plan.config); p.By == "page" || p.By == "offset" {
		out.with(p.Parameter, strconv.Itoa(firstNumber(p)))
	}
	return &out
}

// gave is how many records the list gave until now.
func (l *list) gave() int { return l.before + len(l.seen) }

// page gives the records of one page, and tells how many of them are new.
func (l *list) page(out *answer, records []any, p Pages, f func(*answer, any) error) (fresh int, err error) {
	before := len(l.seen)
	for _, r := range records {
		d := digestOf(r)
		if l.seen[d] {
			continue
		}
		l.seen[d] = true
		fresh++
		if err := f(out, r); err != nil {
			return fresh, err
		}
	}
	if before > 0 && fresh > 0 && fresh < len(records) {
		return fresh, l.tell(notice(core.ClassPartial, l.t, out.call.plan.path+".pages",
			"a record came on two pages: the order of records changed between them, and another may have been lost; search again, or fix the order"))
	}
	if n, ok := l.told(out, p); ok {
		l.total = n
	}
	return fresh, nil
}

// told gives how many records the service says that there are.
func (l *list) told(out *answer, p Pages) (int, bool) {
	text := out.header.Get(p.TotalHeader)
	if p.TotalHeader == "" {
		text = ""
	}
	if len(out.call.plan.total) > 0 {
		if v, ok := out.call.plan.total.raw(out.tree); ok {
			text, _ = plain(v)
		}
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil && n >= 0
}

// next gives the call of the next page, nil at the end.
func (l *list) next(first, current *call, p Pages, out *answer, got, fresh int) (*call, error) {
	path := first.plan.path + ".pages"
	next, err := l.following(first, current, p, out, got)
	if err != nil {
		return nil, l.tell(*err)
	}
	if next == nil || got > 0 && fresh == 0 {
		if next != nil && (l.total < 0 || l.gave() < l.total) {
			return nil, l.tell(notice(core.ClassPartial, l.t, path, "a page repeats records that came before: the service goes round in a circle, or does not know the parameter; what lies beyond was not read"))
		}
		return nil, l.counted(path)
	}
	if l.pages >= l.asker.endpoint.limits.Pages {
		return nil, l.tell(notice(core.ClassTruncated, l.t, "limits.pages", "the list is longer than the bound of %d pages; raise it", l.pages))
	}
	return next, nil
}

// counted compares what came with what the service told.
func (l *list) counted(path string) error {
	if l.total < 0 || l.total == l.gave() {
		return nil
	}
	return l.tell(notice(core.ClassPartial, l.t, path, "the service tells of %d records and gave %d; search again, or ask its owner why", l.total, l.gave()))
}

// following gives the next page by the way that the mapping names.
func (l *list) following(first, current *call, p Pages, out *answer, got int) (*call, *core.Problem) {
	path := first.plan.path + ".pages"
	if out.nothing {
		return nil, nil
	}
	if p.By == "" && more(out) {
		p := notice(core.ClassPartial, l.t, path, "the service says that the list has further pages, and the mapping does not say how they are asked for; what lies beyond was not read")
		return nil, &p
	}
	if last, ok := first.plan.last.raw(out.tree); ok && len(first.plan.last) > 0 && last == true {
		return nil, nil
	}
	if len(first.plan.more) > 0 {
		switch further, ok := first.plan.more.raw(out.tree); {
		case ok && further == false:
			return nil, nil
		case ok && further == true && got == 0:
			p := notice(core.ClassPartial, l.t, path, "the service says that the list goes on and gives an empty page; what lies beyond was not read")
			return nil, &p
		}
	}
	switch p.By {
	case "page", "offset":
		// A total may be a bound of the service's counting: after a full page it
		// proves nothing.
		full := got >= pageSize(p) || l.pages > 1 && got >= l.fullest
		l.fullest = max(l.fullest, got)
		if got == 0 || l.total >= 0 && l.gave() >= l.total && !full {
			return nil, nil
		}
		if p.By == "offset" {
			l.number += got
		} else {
			l.number++
		}
		if count, ok := first.plan.count.raw(out.tree); ok && len(first.plan.count) > 0 {
			if text, _ := plain(count); text == strconv.Itoa(l.pages) {
				return nil, nil
			}
		}
		c := l.numbered(first, p)
		return &c, nil
	case "cursor":
		v, _ := first.plan.next.raw(out.tree)
		text, has := plain(v)
		if !has {
			return nil, nil
		}
		if l.visited[text] {
			p := notice(core.ClassPartial, l.t, path, "the service gives a cursor again that it gave before: it goes round in a circle; what lies beyond was not read")
			return nil, &p
		}
		l.visited[text] = true
		c := *first
		c.with(p.Parameter, text)
		return &c, nil
	case "next", "link":
		text := linkNext(out.header.Values("Link"))
		if p.By == "next" {
			v, _ := first.plan.next.raw(out.tree)
			text, _ = plain(v)
		}
		return l.linked(path, current, text)
	}
	return nil, nil
}

// more tells whether an answer names a next page by one of the usual ways.
func more(out *answer) bool {
	if linkNext(out.header.Values("Link")) != "" {
		return true
	}
	for _, name := range []string{"@odata.nextLink", "next_page", "nextPageToken"} {
		if v, ok := (route{name}).raw(out.tree); ok {
			if text, has := plain(v); has && text != "" {
				return true
			}
		}
	}
	return false
}

// linked gives the call of an address that the service gave: one of its own,
// where it was not before.
func (l *list) linked(path string, current *call, text string) (*call, *core.Problem) {
	if text == "" {
		return nil, nil
	}
	l.visited[current.url.String()] = true
	ref, err := url.Parse(text)
	if err != nil {
		p := notice(core.ClassPartial, l.t, path, "the address of the next page is none; what lies beyond was not read")
		return nil, &p
	}
	c := *current
	c.url = current.url.ResolveReference(ref)
	c.url.Fragment = ""
	if !l.asker.endpoint.within(c.url) {
		p := notice(core.ClassPartial, l.t, path, "the next page lies on another server, which is not asked; what lies beyond was not read: correct url to the address that the service gives itself")
		return nil, &p
	}
	if l.visited[c.url.String()] {
		p := notice(core.ClassPartial, l.t, path, "the address of the next page was visited before: the service goes round in a circle; what lies beyond was not read")
		return nil, &p
	}
	return &c, nil
}

// numbered gives the call of the page or record that comes next.
func (l *list) numbered(first *call, p Pages) call {
	c := *first
	c.with(p.Parameter, strconv.Itoa(l.number))
	return c
}

// with sets a parameter of a copy of the call: in a JSON body if it has one.
func (c *call) with(name, value string) {
	if object, ok := c.json.(map[string]any); ok {
		own := map[string]any{}
		for k, v := range object {
			own[k] = v
		}
		own[name] = value
		if _, err := strconv.Atoi(value); err == nil && len(value) < 10 {
			own[name] = json.Number(value)
		}
		c.json = own
		return
	}
	u := *c.url
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	c.url = &u
}

// linkNext gives the address with rel=next of Link headers (RFC 8288).
func linkNext(headers []string) string {
	for rest := strings.Join(headers, ","); ; {
		_, after, ok := strings.Cut(rest, "<")
		if !ok {
			return ""
		}
		target, params, ok := strings.Cut(after, ">")
		if !ok {
			return ""
		}
		end := strings.Index(params, "<")
		if end < 0 {
			end = len(params)
		}
		for _, param := range strings.FieldsFunc(params[:end], func(r rune) bool { return r == ';' || r == ',' }) {
			name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
			if strings.EqualFold(name, "rel") {
				for _, rel := range strings.Fields(strings.Trim(value, `"`)) {
					if strings.EqualFold(rel, "next") {
						return target
					}
				}
			}
		}
		rest = params
	}
}

// parameter gives what with has set.
func (c *call) parameter(name string) string {
	if object, ok := c.json.(map[string]any); ok {
		text, _ := plain(object[name])
		return text
	}
	return c.url.Query().Get(name)
}
