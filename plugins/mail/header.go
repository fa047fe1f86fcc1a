package mailsource

import (
	"bufio"
	"io"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

const (
	// mostHeader bounds the fields of a message in bytes; those beyond are
	// read as text.
	mostHeader = 1 << 20
	// mostAddresses bounds the people of one field in a record.
	mostAddresses = 500
)

// header holds the fields of a message, in their order.
type header []headerField

// headerField is a field, decoded.
type headerField struct{ name, value string }

// readHeader reads the fields of a message. It takes whatever stands there.
func readHeader(r io.Reader) header {
	var h header
	in := bufio.NewReaderSize(io.LimitReader(r, mostHeader), 64<<10)
	for first := true; ; first = false {
		raw, err := in.ReadString('\n')
		line := strings.TrimRight(inUTF8(raw), "\r\n")
		if line == "" && (err != nil || raw != "") {
			break
		}
		switch name, value, ok := strings.Cut(line, ":"); {
		case (line[0] == ' ' || line[0] == '\t') && len(h) > 0:
			h[len(h)-1].value += " " + strings.TrimSpace(line)
		case first && strings.HasPrefix(line, "From "): // the line of mbox
		case ok && !strings.ContainsAny(name, " \t"):
			h = append(h, headerField{strings.ToLower(name), strings.TrimSpace(value)})
		default:
			h = append(h, headerField{"", line})
		}
		if err != nil {
			break
		}
	}
	d := mime.WordDecoder{CharsetReader: charset.NewReaderLabel}
	for n := range h {
		if text, err := d.DecodeHeader(h[n].value); err == nil {
			h[n].value = text
		}
		h[n].value = norm.NFKC.String(strings.ToValidUTF8(h[n].value, "\uFFFD"))
	}
	return h
}

// inUTF8 reads a line that is no UTF-8 as Windows-1252.
func inUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	out, err := charmap.Windows1252.NewDecoder().String(s)
	if err != nil {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return out
}

// get gives the first field of the name, empty for none.
func (h header) get(name string) string {
	for _, f := range h {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// slotOf gives the slot of the people in a field, empty for none.
func slotOf(field string) string {
	switch field {
	case "from", "sender", "reply-to", "resent-from":
		return "sender"
	case "to", "resent-to":
		return "recipient"
	case "cc", "resent-cc":
		return "copied"
	case "bcc", "resent-bcc":
		return "blind_copied"
	}
	return ""
}

// address is one person in a field.
type address struct{ name, email string }

// addresses reads a list of addresses as mail programs write them, also
// wrongly: a comma in a name without quotation marks parts no people.
func addresses(value string) []address {
	var out []address
	add := func(s string) {
		a := oneAddress(s)
		if (a.name != "" || a.email != "") && len(out) < mostAddresses && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	from, quoted, bracket := 0, false, false
	for n := 0; n < len(value); n++ {
		switch c := value[n]; {
		case c == '\\' && quoted:
			n++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			bracket = true
		case c == '>':
			bracket = false
		case c == ':' && !bracket && !strings.Contains(value[from:n], "@"): // the name of a group
			from = n + 1
		case (c == ';' || c == ',') && !bracket && (c == ';' || strings.Contains(value[from:n], "@")):
			add(value[from:n])
			from = n + 1
		}
	}
	add(value[min(from, len(value)):])
	return out
}

func oneAddress(s string) address {
	s = strings.Trim(s, " \t,;")
	if open := strings.LastIndexByte(s, '<'); open >= 0 {
		email, _, _ := strings.Cut(s[open+1:], ">")
		return address{unquoted(s[:open]), strings.TrimSpace(email)}
	}
	if email, comment, ok := strings.Cut(s, " ("); ok && strings.Contains(email, "@") {
		return address{strings.TrimSuffix(comment, ")"), email}
	}
	if strings.Contains(s, "@") && !strings.ContainsAny(s, " \t") {
		return address{"", s}
	}
	return address{unquoted(s), ""}
}

func unquoted(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		s = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s[1 : len(s)-1])
	}
	return strings.TrimSpace(strings.Trim(s, "'"))
}

// messageID gives the Message-ID without its brackets, empty for none that can
// be told.
func (h header) messageID() string {
	id := strings.Trim(strings.TrimSpace(h.get("message-id")), "<>")
	if id == "" || len(id) > 500 || strings.ContainsAny(id, " \t") {
		return ""
	}
	return id
}

// sent gives when the message says that it was sent, received when the last
// server had it; zero where nobody tells.
func (h header) sent() time.Time { return parseDate(h.get("date")) }

func (h header) received() time.Time {
	line := h.get("received")
	if n := strings.LastIndexByte(line, ';'); n >= 0 {
		return parseDate(strings.TrimSpace(line[n+1:]))
	}
	return time.Time{}
}

func parseDate(s string) time.Time {
	t, err := mail.ParseDate(s)
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// conversation gives the Message-ID of the first message of the thread.
func (h header) conversation() string {
	for _, name := range []string{"references", "in-reply-to"} {
		if f := strings.Fields(h.get(name)); len(f) > 0 && len(f[0]) <= 500 {
			return strings.Trim(f[0], "<>")
		}
	}
	return ""
}

// machinery are fields that servers write for each other and that name nobody.
func machinery(name string) bool {
	return name == "dkim-signature" || name == "mime-version" || strings.HasPrefix(name, "arc-") || strings.HasPrefix(name, "content-")
}
