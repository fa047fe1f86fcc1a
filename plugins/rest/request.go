package restsource

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// uses says which values a request may hold.
type uses struct {
	kinds          []core.Kind
	keys, partKeys int
}

// compileRequest checks a request and reads the paths of its answer.
func compileRequest(path string, c *Request, all Config, u uses) (*requestPlan, error) {
	p := &requestPlan{path: path, config: c}
	if !oneOf(c.Method, "", "GET", "POST") {
		return nil, sdk.ConfigError(path+".method", "only GET, or POST for a search: Sinusta never changes a system")
	}
	if c.Method != http.MethodPost && (c.JSON != nil || c.XML != nil || c.SOAP != "") {
		return nil, sdk.ConfigError(path+".method", "a body goes with `method: POST`")
	}
	if c.JSON != nil && c.XML != nil || c.SOAP != "" && c.XML == nil {
		return nil, sdk.ConfigError(path, "give one body: json, or xml (with soap where it is SOAP)")
	}
	for _, r := range []struct {
		name, path string
		into       *route
	}{{"records", c.Records, &p.records}, {"pages.next", pageOf(c).Next, &p.next}, {"pages.total", pageOf(c).Total, &p.total},
		{"pages.last", pageOf(c).Last, &p.last}, {"pages.count", pageOf(c).Count, &p.count}, {"pages.more", pageOf(c).More, &p.more}} {
		var err error
		if *r.into, err = parseRoute(r.path); err != nil {
			return nil, sdk.ConfigError(path+"."+r.name, "%s", err)
		}
	}
	if all.Format == "xml" && c.Records == "" && !c.Single {
		return nil, sdk.ConfigError(path+".records", "name the element that repeats, with those around it")
	}
	for i, way := range c.Nothing {
		if !oneOf(way, "404", "204", "null", "missing") {
			return nil, sdk.ConfigError(fmt.Sprintf("%s.nothing[%d]", path, i), "want 404, 204, null or missing")
		}
	}
	if err := compilePages(path+".pages", c); err != nil {
		return nil, err
	}
	if err := checkValues(path, c.Path, c.Query, u); err != nil {
		return nil, err
	}
	if c.JSON != nil {
		if err := checkNode(path+".json", *c.JSON, u); err != nil {
			return nil, err
		}
	}
	if c.XML != nil {
		return p, checkElement(path+".xml", *c.XML, u)
	}
	return p, nil
}

// over gives a request with what it does not say itself taken from another.
func (r *Request) over(base *Request) *Request {
	out := *r
	if base == nil {
		return &out
	}
	out.Method, out.Records = cmp.Or(r.Method, base.Method), cmp.Or(r.Records, base.Records)
	out.SOAP, out.Action = cmp.Or(r.SOAP, base.SOAP), cmp.Or(r.Action, base.Action)
	out.Pages, out.Single = cmp.Or(r.Pages, base.Pages), r.Single || base.Single
	out.JSON, out.XML = cmp.Or(r.JSON, base.JSON), cmp.Or(r.XML, base.XML)
	if len(r.Path) == 0 {
		out.Path = base.Path
	}
	if len(r.Nothing) == 0 {
		out.Nothing = base.Nothing
	}
	out.Query = maps.Clone(base.Query)
	for name, v := range r.Query {
		if out.Query == nil {
			out.Query = map[string]Value{}
		}
		out.Query[name] = v
	}
	return &out
}

func pageOf(c *Request) Pages {
	if c.Pages == nil {
		return Pages{}
	}
	return *c.Pages
}

func compilePages(path string, c *Request) error {
	p := c.Pages
	if p == nil {
		return nil
	}
	missing := func(name, why string) error { return sdk.ConfigError(path+"."+name, "%s", why) }
	switch p.By {
	case "page", "offset":
		if p.Parameter == "" {
			return missing("parameter", "name the parameter that counts pages or records")
		}
		if strings.TrimSpace(p.Ordered) == "" {
			return missing("ordered", "say what fixes the order of records; without an order a record is lost between two pages")
		}
	case "cursor":
		if p.Parameter == "" || p.Next == "" {
			return missing("next", "name the parameter, and the member of the answer that it takes")
		}
	case "next":
		if p.Next == "" {
			return missing("next", "name the member of the answer that holds the next address")
		}
	case "link":
	default:
		return missing("by", fmt.Sprintf("%q is no way of paging%s", p.By, suggest.Names(p.By, []string{"page", "offset", "cursor", "link", "next"})))
	}
	if p.Most < 0 {
		return missing("most", "want a number above 0")
	}
	if p.Size < 0 || p.Size > 100_000 {
		return missing("size", "want 1 to 100000")
	}
	if c.Single {
		return missing("by", "a single answer has no pages")
	}
	return nil
}

func checkValues(path string, segments Path, query map[string]Value, u uses) error {
	for i, v := range segments {
		at := fmt.Sprintf("%s.path[%d]", path, i)
		if v.Filter != nil {
			return sdk.ConfigError(at, "a filter goes into a parameter or a body")
		}
		if v.Constant != nil && !safeSegment(*v.Constant) {
			return sdk.ConfigError(at, "this is no segment of a path")
		}
		if err := checkValue(at, v, u); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(query) {
		if err := checkValue(path+".query."+name, query[name], u); err != nil {
			return err
		}
	}
	return nil
}

func checkNode(path string, n Node, u uses) error {
	switch n.kind {
	case 'v':
		return checkValue(path, *n.Value, u)
	case 'l':
		for i, v := range n.List {
			if err := checkNode(fmt.Sprintf("%s[%d]", path, i), v, u); err != nil {
				return err
			}
		}
	case 'o':
		for _, name := range sortedKeys(n.Object) {
			if err := checkNode(path+"."+name, n.Object[name], u); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkElement(path string, e Element, u uses) error {
	if !xmlName.MatchString(e.Name) {
		return sdk.ConfigError(path+".name", "%q is no name of an element", e.Name)
	}
	for _, name := range sortedKeys(e.Attributes) {
		if !xmlName.MatchString(name) {
			return sdk.ConfigError(path+".attributes", "%q is no name of an attribute", name)
		}
	}
	if e.Text != nil && len(e.Children) > 0 {
		return sdk.ConfigError(path, "an element holds text or elements, not both")
	}
	if e.Text != nil {
		if err := checkValue(path+".text", *e.Text, u); err != nil {
			return err
		}
	}
	for i, c := range e.Children {
		if err := checkElement(fmt.Sprintf("%s.children[%d]", path, i), c, u); err != nil {
			return err
		}
	}
	return nil
}

func checkValue(path string, v Value, u uses) error {
	switch {
	case v.Identifier != "" && !slices.Contains(u.kinds, core.Kind(v.Identifier)):
		return sdk.ConfigError(path, "the request is not for identifiers of the kind %q; name it under by", v.Identifier)
	case v.Key != nil && (*v.Key < 0 || *v.Key >= u.keys):
		return sdk.ConfigError(path, "there is no such key here")
	case v.PartKey != nil && (*v.PartKey < 0 || *v.PartKey >= u.partKeys):
		return sdk.ConfigError(path, "there is no such key of a part here")
	case !oneOf(v.As, "", "spellings", "normal", "family", "digits", "from", "to") || v.As != "" && v.Identifier == "":
		return sdk.ConfigError(path+".as", "spellings, normal, family, digits, from or to, of an identifier")
	case (v.Identifier == string(core.TimeOfContact)) != oneOf(v.As, "from", "to"):
		return sdk.ConfigError(path+".as", "a time of contact, and nothing else, is asked for by its bounds: from and to")
	case !oneOf(v.Form, "", "iso", "utc", "local", "minutes", "date", "unix", "unix_ms") || v.Form != "" && !oneOf(v.As, "from", "to"):
		return sdk.ConfigError(path+".form", "the forms of a bound are iso, utc, local, minutes, date, unix and unix_ms, beside `as: from` and `as: to`")
	case v.Earlier < 0 || v.Earlier > 31*24 || v.Earlier > 0 && v.As != "from":
		return sdk.ConfigError(path+".earlier", "want 1 to 744 hours, beside `as: from`")
	case v.As == "family" && v.Identifier != string(core.Name):
		return sdk.ConfigError(path+".as", "only a name has a family name")
	}
	if v.Filter != nil {
		return checkFilter(path+".filter", v.Filter, u)
	}
	return nil
}

// safeSegment tells whether a text may be a segment of a path: `.` and `..`
// lead elsewhere, however they are escaped.
func safeSegment(s string) bool {
	return s != "" && strings.Trim(s, ".") != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// checkHeaders refuses headers that are credentials, or none.
func checkHeaders(headers map[string]string) error {
	for _, name := range sortedKeys(headers) {
		switch {
		case !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(headers[name]):
			return sdk.ConfigError("headers."+name, "this is no header")
		case oneOf(strings.ToLower(name), "authorization", "proxy-authorization", "cookie", "host", "content-length", "transfer-encoding", "accept-encoding"):
			return sdk.ConfigError("headers."+name, "this header is not set here; credentials stand under auth and secrets")
		}
	}
	return nil
}

// eachValue gives every value of the request, those in filters too.
func (p *requestPlan) eachValue(f func(Value)) {
	p.sorted(f, true)
	p.sorted(f, false)
}

// sorted gives the values in the filters of the request, or those outside.
func (p *requestPlan) sorted(f func(Value), filters bool) {
	value := func(v Value) {
		switch {
		case v.Filter != nil && filters:
			v.Filter.eachValue(f)
		case v.Filter == nil && !filters:
			f(v)
		}
	}
	for _, v := range p.config.Path {
		value(v)
	}
	for _, name := range sortedKeys(p.config.Query) {
		value(p.config.Query[name])
	}
	if p.config.JSON != nil {
		p.config.JSON.eachValue(value)
	}
	if p.config.XML != nil {
		p.config.XML.eachValue(value)
	}
}

func (n Node) eachValue(f func(Value)) {
	if n.Value != nil {
		f(*n.Value)
	}
	for _, below := range n.List {
		below.eachValue(f)
	}
	for _, name := range sortedKeys(n.Object) {
		n.Object[name].eachValue(f)
	}
}

func (e Element) eachValue(f func(Value)) {
	if e.Text != nil {
		f(*e.Text)
	}
	for _, below := range e.Children {
		below.eachValue(f)
	}
}

func (c Condition) eachValue(f func(Value)) {
	for _, v := range []*Value{c.Is, c.Contains, c.Starts, c.Since, c.Until} {
		if v != nil {
			f(*v)
		}
	}
	for _, below := range append(slices.Clone(c.All), c.Any...) {
		below.eachValue(f)
	}
}

// loose tells whether the request looks for parts of values.
func (p *requestPlan) loose() bool {
	loose := false
	var look func(Condition)
	look = func(c Condition) {
		loose = loose || c.Contains != nil || c.Starts != nil
		for _, below := range append(slices.Clone(c.All), c.Any...) {
			look(below)
		}
	}
	values := sortedKeys(p.config.Query)
	for _, name := range values {
		if f := p.config.Query[name].Filter; f != nil {
			look(f.Condition)
		}
	}
	p.eachValue(func(v Value) { loose = loose || oneOf(v.As, "digits", "family", "from", "to") })
	return loose
}

// escapedPath gives the path of an address; false when a value is no segment.
func escapedPath(prefix string, segments []string) (string, bool) {
	out := strings.TrimRight(prefix, "/")
	for _, s := range segments {
		if !safeSegment(s) {
			return "", false
		}
		out += "/" + url.PathEscape(s)
	}
	return out, true
}
