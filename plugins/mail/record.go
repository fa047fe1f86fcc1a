package mailsource

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/internal/extracted"
)

// fetchMark parts the ref of a record from the digest and the place of its
// message.
const fetchMark = "#sha256="

var ownFields = []string{"message_id", "mailbox", "folder", "time_of_contact", "received", "subject_line", "text", "conversation_id", "size", "media", "media_type"}

// fields gives the fields that records may have.
func (i *instance) fields() []string {
	var out []string
	for _, name := range ownFields {
		if _, ok := i.profile.Field(name); ok {
			out = append(out, name)
		}
	}
	slots := []string{"sender", "recipient", "copied", "blind_copied"}
	if slices.ContainsFunc(i.mailboxes, func(m mailbox) bool { return m.Owner != nil }) {
		slots = append(slots, "mailbox_owner")
	}
	for _, slot := range slots {
		if _, ok := i.profile.Slot(slot); ok {
			out = append(out, slot+".name", slot+".email")
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

// ref gives the ref of a message: mailbox and Message-ID, else its SHA-256.
func (i *instance) ref(l *look) string {
	id := l.header.messageID()
	if id == "" {
		return i.refByDigest(l)
	}
	return i.profile.Name + "/" + l.box.name + "/" + url.PathEscape(id)
}

func (i *instance) refByDigest(l *look) string {
	return i.profile.Name + "/" + l.box.name + "/sha256:" + l.digest
}

// record makes the record of a message.
func (i *instance) record(l *look, ref string) core.Record {
	r := core.Record{Type: i.profile.Name, Ref: ref, MatchedBy: l.matches, Time: l.time()}
	add := func(name string, v core.Value) {
		if _, ok := i.profile.Field(name); ok && (v.Type != core.TypeText || v.Text != "") {
			r.Fields = append(r.Fields, core.Field{Name: name, Value: v})
		}
	}
	moment := func(name string, t time.Time) {
		if !t.IsZero() {
			add(name, core.TimeValue(t))
		}
	}
	add("message_id", core.TextValue(l.header.messageID()))
	add("mailbox", core.TextValue(l.box.name))
	add("folder", core.TextValue(strings.ToValidUTF8(l.folder, "\uFFFD")))
	moment("time_of_contact", l.header.sent())
	moment("received", l.header.received())
	add("subject_line", core.TextValue(l.header.get("subject")))
	media := core.Withheld{Reason: core.WithheldBinary, Size: l.bytes, Ref: ref + fetchMark + l.digest + "@" + url.QueryEscape(l.key) + "@" + strconv.FormatInt(l.size, 10)}
	add("text", l.content(media.Ref))
	add("conversation_id", core.TextValue(l.header.conversation()))
	add("size", core.IntegerValue(l.bytes))
	add("media", core.WithheldValue(media))
	add("media_type", core.TextValue("message/rfc822"))
	party := func(slot, name, email string) {
		p := core.Party{Slot: slot}
		if name != "" {
			p.Fields = append(p.Fields, core.Field{Name: "name", Value: core.TextValue(name)})
		}
		if email != "" {
			p.Fields = append(p.Fields, core.Field{Name: "email", Value: core.TextValue(email)})
		}
		if _, ok := i.profile.Slot(slot); ok && len(p.Fields) > 0 {
			r.Parties = append(r.Parties, p)
		}
	}
	seen := map[string]bool{}
	for _, f := range l.header {
		slot := slotOf(f.name)
		if slot == "" {
			continue
		}
		for _, a := range addresses(f.value) {
			if key := slot + "\x00" + a.name + "\x00" + strings.ToLower(a.email); !seen[key] {
				seen[key] = true
				party(slot, a.name, a.email)
			}
		}
	}
	if o := l.box.Owner; o != nil {
		party("mailbox_owner", o.Name, o.Email)
	}
	if part, ok := i.profile.Part("attachment"); ok {
		for _, m := range l.members {
			r.Parts = append(r.Parts, m.Part(part))
		}
	}
	return r
}

// content gives the text of the message with the fields that have no place of
// their own, or why there is none.
func (l *look) content(ref string) core.Value {
	body, rest := l.text.String(), l.rest.String()
	switch {
	case l.text.Size > extracted.MostText || len(body)+len(rest) >= extracted.MostText:
		return core.WithheldValue(core.Withheld{Reason: core.WithheldTooLarge, Size: int64(l.text.Size + len(rest)), Ref: ref})
	case strings.TrimSpace(body) == "" && slices.ContainsFunc(l.troubles, func(t extracted.Trouble) bool { return t.Whole }):
		return core.WithheldValue(core.Withheld{Reason: core.WithheldUnreadable, Size: l.bytes, Ref: ref})
	case rest == "":
		return core.TextValue(body)
	}
	return core.TextValue(body + "\n--\n" + rest)
}

// time gives when the message was sent, else received.
func (l *look) time() time.Time {
	if t := l.header.sent(); !t.IsZero() {
		return t
	}
	return l.header.received()
}

// within tells whether a message may be of the period; one without a time may
// be of any.
func (l *look) within(p core.Interval) bool { return l.time().IsZero() || p.Contains(l.time()) }
