package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Phase tells the two entries of one effect apart.
type Phase string

// The phases. An entry without one stands for something that happens at once.
const (
	Begin Phase = "begin" // written before the effect
	End   Phase = "end"   // written after it
)

// The outcomes of an effect, besides those of core.Outcome.
const (
	Done   = "done"
	Failed = "failed"
)

// Codes of purposes and roles. An organisation may use codes of its own.
const (
	PurposeAccess      = "right-of-access" // GDPR Art. 15
	PurposeMaintenance = "maintenance"
	PurposeOversight   = "oversight" // audit and supervision

	RoleSystem = "system" // the program itself
)

// Counts are numbers by what they count, such as records or bytes.
type Counts map[string]int64

// Keyed is the keyed digest of an identifier, made by Log.Digest.
type Keyed struct {
	Kind   string `json:"kind"`
	Digest string `json:"digest"`
}

// Entry is one line of the log. No member may hold a value of a record or of
// an identifier of a data subject: Append refuses what is not of the form told here. A code
// is at most 80 letters, digits and . _ : / -
type Entry struct {
	// Index counts from 0. Append sets it, Key and Time.
	Index int64 `json:"n"`
	// Key names the installation's key under which the entry was made.
	Key  string    `json:"key"`
	Time time.Time `json:"time"` // UTC, in milliseconds
	// Actor is who acts; empty becomes the official of Log.ActAs, else the
	// account of the operating system.
	Actor string `json:"actor"`
	// Account is the account of the operating system that the program ran
	// under. Append sets it, whoever the actor is.
	Account string `json:"account,omitempty"`
	Role    string `json:"role,omitempty"` // a code
	// Request is the random id of the request file, Case the keyed digest of its case number.
	Request string `json:"request,omitempty"`
	Case    string `json:"case,omitempty"`
	Purpose string `json:"purpose,omitempty"` // a code
	Verb    Verb   `json:"verb"`
	Phase   Phase  `json:"phase,omitempty"`
	// Of is the index of the beginning, in the entry of an end.
	Of *int64 `json:"of,omitempty"`
	// Object is what it was done to, a code: mostly the id of a system.
	Object  string `json:"object,omitempty"`
	Outcome string `json:"outcome,omitempty"` // Done, Failed, a core.Outcome, or another code
	Counts  Counts `json:"counts,omitempty"`
	// Digests are keyed digests of the identifiers concerned, and of
	// files such as the catalogue or a report.
	Digests []Keyed `json:"digests,omitempty"`
}

const (
	maxLine  = 16 << 10 // bytes of a line with its newline
	maxCode  = 80
	maxActor = 128
	// With these an entry of the greatest lengths still fits into a line.
	maxDigests = 64
	maxCounts  = 32
)

// The parts of a line that are read without decoding it. A quote within a JSON
// string is escaped, so that no value can look like them.
const (
	indexPart = `{"n":`
	keyPart   = `,"key":"`
	macPart   = `,"mac":"`
	lineEnd   = `"}`
)

// validate holds an entry of a caller against its form.
func (e Entry) validate() error {
	if !e.Verb.known() || e.Verb.own() {
		return e.invalid("the verb is not one of the list")
	}
	for _, c := range []struct{ name, value string }{
		{"role", e.Role}, {"request", e.Request}, {"purpose", e.Purpose}, {"object", e.Object}, {"outcome", e.Outcome},
	} {
		if c.value != "" && !isCode(c.value) {
			return e.invalid(c.name + " is not a code")
		}
	}
	if e.Actor != "" && !isActor(e.Actor) {
		return e.invalid("the actor is not the name of an official or account")
	}
	if e.Case != "" && !isDigest(e.Case) {
		return e.invalid("the case is not a keyed digest: use Digest")
	}
	if len(e.Digests) > maxDigests || len(e.Counts) > maxCounts {
		return e.invalid("it has too many digests or counts")
	}
	for _, d := range e.Digests {
		if !isCode(d.Kind) || !isDigest(d.Digest) {
			return e.invalid("a digest is not a keyed digest with its kind: use Digest")
		}
	}
	for name := range e.Counts {
		if !isCode(name) {
			return e.invalid("the name of a count is not a code")
		}
	}
	return nil
}

func (e Entry) invalid(why string) error {
	return fmt.Errorf("audit: entry of verb %q: %w: %s", verbText(e.Verb), ErrInvalid, why)
}

// verbText keeps a value that slipped into the verb out of the message.
func verbText(v Verb) string {
	if v.known() {
		return string(v)
	}
	return "?"
}

// encode gives the line of e with its MAC and newline.
func (e Entry) encode(k *keys) ([]byte, error) {
	e.Key = k.id
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("audit: entry of verb %q: %w", e.Verb, err)
	}
	body = body[:len(body)-1]
	line := append(body, macPart...)
	line = append(line, k.mac(body)...)
	line = append(line, lineEnd+"\n"...)
	return line, nil
}

// decode reads a line without its newline. It does not check the MAC.
func decode(line []byte) (Entry, error) {
	var e Entry
	if err := json.Unmarshal(line, &e); err != nil {
		// The decoder's error may quote the line, so it is not passed on.
		return Entry{}, fmt.Errorf("audit: a line of the log is %w JSON", ErrInvalid)
	}
	return e, nil
}

// header gives the index and the key's name that a line claims.
func header(line []byte) (n int64, key string, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte(indexPart))
	if !ok {
		return 0, "", false
	}
	digits, rest, ok := bytes.Cut(rest, []byte(keyPart))
	if !ok || len(digits) > 18 {
		return 0, "", false
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil || n < 0 {
		return 0, "", false
	}
	name, _, ok := bytes.Cut(rest, []byte(`"`))
	return n, string(name), ok && len(name) == keyIDLen
}

// tornLine tells whether a bad line at the end of the log may be the work of a
// crash: its end or a block of it was not written.
func tornLine(line []byte, whole bool) bool {
	return !whole || bytes.IndexByte(line, 0) >= 0
}

// ends gives the index of the beginning that a line is the end of.
func ends(line []byte) (n int64, ok bool) {
	_, rest, ok := bytes.Cut(line, []byte(`,"phase":"end","of":`))
	if !ok {
		return 0, false
	}
	stop := bytes.IndexByte(rest, ',')
	if stop < 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(rest[:stop]), 10, 64)
	return n, err == nil
}

func begins(line []byte) bool { return bytes.Contains(line, []byte(`,"phase":"begin"`)) }

// announces tells whether a line is the entry before a checkpoint.
func announces(line []byte) bool {
	return bytes.Contains(line, []byte(`,"verb":"`+CheckpointSigned+`"`))
}
