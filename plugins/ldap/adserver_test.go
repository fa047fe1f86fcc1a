package ldapsource

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// adServer answers as a domain controller of Active Directory does: a root
// entry and a schema of its kind, at most maxPage entries at a time, at most
// maxRange values of an attribute, binary values, references to other parts.
type adServer struct {
	t        *testing.T
	url      string
	password string
	entries  []adEntry
	maxPage  int
	maxRange int
	// references are what a search of the whole domain ends with.
	references []string
	// refuse gives the result and the words with which an operation is refused;
	// a negative one drops the connection in its place.
	refuse func(op adOperation) (code int, words string)
	// hides tells whether an attribute is not shown (a global catalogue).
	hides func(name string) bool
	// noPaging says what is done with the paging control.
	noPaging string // "", "ignored" or "refused"
	mu       sync.Mutex
	asked    []adOperation
}

// adOperation is what a client asked.
type adOperation struct {
	kind      string // bind, search, or what must never come: write
	base      string
	filter    *ber.Packet
	text      string
	scope     int
	size      int
	typesOnly bool
	wanted    []string
	page      int
	cookie    string
}

type adEntry struct {
	dn     string
	values map[string][]string
}

const domain = "dc=corp,dc=example"

// serveAD starts the server on the loopback interface. It ends with the test.
func serveAD(t *testing.T, s *adServer) *adServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.t, s.url = t, "ldap://"+l.Addr().String()
	if s.maxPage == 0 {
		s.maxPage = 1000
	}
	if s.maxRange == 0 {
		s.maxRange = 1500
	}
	var all sync.WaitGroup
	var conns sync.Map
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Store(c, true)
			all.Go(func() { defer c.Close(); s.talk(c) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		conns.Range(func(c, _ any) bool { _ = c.(io.Closer).Close(); return true })
		all.Wait()
	})
	return s
}

func (s *adServer) talk(c net.Conn) {
	for {
		p, err := ber.ReadPacket(c)
		if err != nil || len(p.Children) < 2 {
			return
		}
		id, _ := p.Children[0].Value.(int64)
		op := parseOperation(p)
		s.mu.Lock()
		s.asked = append(s.asked, op)
		s.mu.Unlock()
		code, words := 0, ""
		if s.refuse != nil {
			code, words = s.refuse(op)
		}
		switch {
		case code < 0:
			if words != "" { // notice of disconnection (RFC 4511 §4.4.1)
				_, _ = c.Write(message(0, ldap.ApplicationExtendedResponse, 52, words, nil))
			}
			return
		case op.kind == "unbind":
			return
		case op.kind == "bind":
			if code == 0 && s.password != "" && op.text != s.password {
				code, words = 49, "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data 52e, v3839"
			}
			_, _ = c.Write(message(id, ldap.ApplicationBindResponse, code, words, nil))
		case op.kind == "search":
			s.search(c, id, op, code, words)
		default:
			s.t.Errorf("the plugin sent the operation %s", op.kind)
			return
		}
	}
}

func parseOperation(p *ber.Packet) adOperation {
	body := p.Children[1]
	switch body.Tag {
	case ldap.ApplicationBindRequest:
		return adOperation{kind: "bind", base: packetText(body.Children[1]), text: packetText(body.Children[2])}
	case ldap.ApplicationUnbindRequest:
		return adOperation{kind: "unbind"}
	case ldap.ApplicationSearchRequest:
	default:
		return adOperation{kind: fmt.Sprint("write ", body.Tag)}
	}
	number := func(n int) int { v, _ := body.Children[n].Value.(int64); return int(v) }
	only, _ := body.Children[5].Value.(bool)
	op := adOperation{kind: "search", base: packetText(body.Children[0]), scope: number(1), size: number(3), typesOnly: only, filter: body.Children[6]}
	op.text, _ = ldap.DecompileFilter(op.filter)
	for _, a := range body.Children[7].Children {
		op.wanted = append(op.wanted, packetText(a))
	}
	if len(p.Children) > 2 {
		for _, control := range p.Children[2].Children {
			if packetText(control.Children[0]) == ldap.ControlTypePaging {
				inner := ber.DecodePacket(control.Children[1].Data.Bytes())
				size, _ := inner.Children[0].Value.(int64)
				op.page, op.cookie = int(size), packetText(inner.Children[1])
			}
		}
	}
	return op
}

// search gives the entries that the operation asks for, page by page: the
// cookie is the number of the next entry.
func (s *adServer) search(c net.Conn, id int64, op adOperation, code int, words string) {
	if op.page > 0 && s.noPaging == "refused" {
		_, _ = c.Write(message(id, ldap.ApplicationSearchResultDone, 12, "0000202C: critical extension unavailable", nil))
		return
	}
	var found []adEntry
	for _, e := range s.entries {
		if inScope(op, e.dn) && meets(op.filter, e) {
			found = append(found, e)
		}
	}
	from, _ := strconv.Atoi(op.cookie)
	most := s.maxPage
	if op.page > 0 && s.noPaging == "" {
		most = min(most, op.page)
	}
	if op.size > 0 {
		most = min(most, op.size)
	}
	end := min(len(found), from+most)
	var out bytes.Buffer
	if code != 10 {
		for _, e := range found[min(from, end):end] {
			out.Write(s.entry(id, e, op))
		}
	}
	var control *ber.Packet
	switch {
	case op.page > 0 && s.noPaging == "":
		next := ldap.NewControlPaging(0)
		if end < len(found) {
			next.SetCookie([]byte(strconv.Itoa(end)))
		}
		control = next.Encode()
	case end < len(found) && code == 0:
		code = 4
	}
	if op.scope == ldap.ScopeWholeSubtree && strings.EqualFold(op.base, domain) && from == 0 {
		for _, r := range s.references {
			p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultReference, nil, "")
			p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, r, ""))
			out.Write(envelope(id, p, nil))
		}
	}
	out.Write(message(id, ldap.ApplicationSearchResultDone, code, words, control))
	_, _ = c.Write(out.Bytes())
}

// entry gives the attributes that are wanted, with ranges of long ones.
func (s *adServer) entry(id int64, e adEntry, op adOperation) []byte {
	attributes := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	add := func(name string, values []string) {
		one := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
		one.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, name, ""))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range values {
			if !op.typesOnly {
				set.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, v, ""))
			}
		}
		one.AppendChild(set)
		attributes.AppendChild(one)
	}
	for _, name := range sortedKeys(e.values) {
		values := e.values[name]
		from, asked := wantedRange(op.wanted, name)
		if !asked || s.hides != nil && s.hides(name) && e.dn != "" {
			continue
		}
		end := min(len(values), from+s.maxRange)
		switch {
		case from == 0 && end == len(values):
			add(name, values)
		case end == len(values):
			add(fmt.Sprintf("%s;range=%d-*", name, from), values[from:])
		default:
			if from == 0 {
				add(name, nil)
			}
			add(fmt.Sprintf("%s;range=%d-%d", name, from, end-1), values[from:end])
		}
	}
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, e.dn, ""))
	p.AppendChild(attributes)
	return envelope(id, p, nil)
}

func sortedKeys(m map[string][]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func wantedRange(wanted []string, name string) (from int, asked bool) {
	for _, w := range wanted {
		plain, option, _ := strings.Cut(w, ";range=")
		constructed := strings.HasPrefix(name, "allowed")
		if w == "*" && !constructed {
			asked = true
		}
		if strings.EqualFold(plain, name) {
			low, _, _ := strings.Cut(option, "-")
			from, _ = strconv.Atoi(low)
			return from, true
		}
	}
	return 0, asked
}

func message(id int64, tag ber.Tag, code int, words string, control *ber.Packet) []byte {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(code), ""))
	p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", ""))
	text := words
	if code == 10 {
		text = ""
	}
	p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, text, ""))
	if code == 10 {
		to := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "")
		to.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, words, ""))
		p.AppendChild(to)
	}
	return envelope(id, p, control)
}

func envelope(id int64, p, control *ber.Packet) []byte {
	m := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	m.AppendChild(p)
	if control != nil {
		controls := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		controls.AppendChild(control)
		m.AppendChild(controls)
	}
	return m.Bytes()
}

func inScope(op adOperation, dn string) bool {
	dn, base := strings.ToLower(dn), strings.ToLower(op.base)
	switch op.scope {
	case ldap.ScopeBaseObject:
		return dn == base
	case ldap.ScopeSingleLevel:
		_, parent, _ := strings.Cut(dn, ",")
		return parent == base
	}
	if strings.HasSuffix(dn, ",cn=configuration,"+domain) && base == domain {
		return false // another partition
	}
	return dn != "" && !strings.HasPrefix(dn, "cn=aggregate,") && (base == "" || dn == base || strings.HasSuffix(dn, ","+base))
}

// meets compares without regard to case. It knows nothing of the plugin's own
// comparison.
func meets(f *ber.Packet, e adEntry) bool {
	values := func(name string) []string {
		for k, v := range e.values {
			if strings.EqualFold(k, name) {
				return v
			}
		}
		return nil
	}
	switch f.Tag {
	case ldap.FilterAnd:
		return !slices.ContainsFunc(f.Children, func(c *ber.Packet) bool { return !meets(c, e) })
	case ldap.FilterOr:
		return slices.ContainsFunc(f.Children, func(c *ber.Packet) bool { return meets(c, e) })
	case ldap.FilterNot:
		return !meets(f.Children[0], e)
	case ldap.FilterPresent:
		name := packetText(f)
		return strings.EqualFold(name, "objectClass") || len(values(name)) > 0
	case ldap.FilterEqualityMatch:
		name, want := packetText(f.Children[0]), packetText(f.Children[1])
		if strings.EqualFold(name, "objectCategory") {
			want = "CN=" + want + ",CN=Schema,CN=Configuration," + domain
		}
		return slices.ContainsFunc(values(name), func(v string) bool {
			if sid, ok := sidText([]byte(v)); ok && strings.EqualFold(name, "objectSid") {
				v = sid
			}
			return strings.EqualFold(v, want)
		})
	case ldap.FilterSubstrings:
		return slices.ContainsFunc(values(packetText(f.Children[0])), func(v string) bool {
			v = strings.ToLower(v)
			for _, piece := range f.Children[1].Children {
				want := strings.ToLower(packetText(piece))
				at := strings.Index(v, want)
				if at < 0 || piece.Tag == ldap.FilterSubstringsInitial && at > 0 {
					return false
				}
				v = v[at+len(want):]
			}
			return true
		})
	}
	return false
}

// operations gives what was asked, of one kind.
func (s *adServer) operations(kind string) []adOperation {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []adOperation
	for _, op := range s.asked {
		if op.kind == kind {
			out = append(out, op)
		}
	}
	return out
}
