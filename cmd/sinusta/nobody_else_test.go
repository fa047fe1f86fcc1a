package main

import (
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/sinusta/sinusta/core"
)

var (
	code   = regexp.MustCompile(`\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]`)
	tag    = regexp.MustCompile(`(?s)<style.*?</style>|<script.*?</script>|<[^>]*>`)
	number = regexp.MustCompile(`\+?[0-9][0-9 \x{a0}().-]{7,}[0-9]`)
)

// worldPerson is what people.jsonl tells of somebody by which others know who
// is meant.
type worldPerson struct {
	Given     []string `json:"given_names"`
	Families  []span   `json:"family_names"`
	Spellings []struct {
		Given  string `json:"given_names"`
		Family string `json:"family_name"`
	} `json:"own_name_in_other_spellings"`
	Codes           []span `json:"personal_identity_codes"`
	OtherCodes      []span `json:"temporary_codes_of_other_issuers"`
	Phones          []span
	Emails          []span
	UserIDs         []span `json:"user_ids"`
	Mailbox         string `json:"shared_mailbox"`
	EmployeeNumber  string `json:"employee_number"`
	VirtuCode       string `json:"virtu_code"`
	BusinessID      string `json:"business_id"`
	TradeName       string `json:"trade_name"`
	Organisation    string
	Account         string `json:"bank_account"`
	Address         string
	FormerAddresses []span `json:"former_addresses"`
	Abroad          struct {
		Number string `json:"social_security_number"`
	} `json:"own_social_security_abroad"`
}

type span struct{ Value string }

// texts gives, in small letters, what tells who the person is: names in each
// order, addresses, numbers, accounts.
func (p worldPerson) texts() []string {
	out := []string{p.Mailbox, p.EmployeeNumber, p.VirtuCode, p.BusinessID, p.TradeName, p.Account, p.Address, p.Abroad.Number}
	for _, list := range [][]span{p.Codes, p.OtherCodes, p.Emails, p.UserIDs, p.FormerAddresses} {
		for _, s := range list {
			out = append(out, s.Value)
		}
	}
	name := func(given, family string) {
		out = append(out, given+" "+family, family+" "+given, family+", "+given)
	}
	for _, family := range p.Families {
		for _, given := range append(p.Given, strings.Join(p.Given, " ")) {
			name(given, family.Value)
		}
	}
	for _, s := range p.Spellings {
		name(s.Given, s.Family)
	}
	for i, s := range out {
		out[i] = strings.ToLower(s)
	}
	return out
}

// lines gives the ends of the telephone numbers, which every form of writing
// them has.
func (p worldPerson) lines() []string {
	var out []string
	for _, s := range p.Phones {
		out = append(out, lineEnd(s.Value))
	}
	return out
}

func lineEnd(number string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, number)
	return digits[max(0, len(digits)-8):]
}

func wordsOf(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// shown is what a report shows, in small letters: its words, the ends of its
// telephone numbers, and all of it with one blank between words.
type shown struct {
	words, lines map[string]bool
	text         string
}

func (r *demoRun) shown(t *testing.T) shown {
	t.Helper()
	var report any
	if err := json.Unmarshal([]byte(r.raw), &report); err != nil {
		t.Fatal(err)
	}
	pieces := []string{html.UnescapeString(tag.ReplaceAllString(r.html, "\n"))}
	values(report, func(s string) { pieces = append(pieces, s) })
	out := shown{words: map[string]bool{}, lines: map[string]bool{}}
	all := strings.ToLower(strings.Join(pieces, "\n"))
	words := wordsOf(all)
	for _, w := range words {
		out.words[w] = true
	}
	for _, n := range number.FindAllString(all, -1) {
		out.lines[lineEnd(n)] = true
	}
	out.text = " " + strings.Join(words, " ") + " "
	return out
}

// says tells whether the report has the words of s, one after the other.
func (s shown) says(words []string) bool {
	for _, w := range words {
		if !s.words[w] {
			return false
		}
	}
	return len(words) > 0 && strings.Contains(s.text, " "+strings.Join(words, " ")+" ")
}

// checkNobodyElse looks for what tells of every other person in what the
// report shows, less what the subject shares, and for the subject's own whole
// personal identity code.
func (r *demoRun) checkNobodyElse(t *testing.T) {
	t.Helper()
	shown := r.shown(t)
	own := r.person(t, r.Subject)
	shared := map[string]bool{}
	for _, s := range append(own.texts(), own.lines()...) {
		shared[s] = true
	}
	works := strings.ToLower(own.Organisation + "\n" + own.TradeName) // which may have somebody's name
	others := 0
	for id := range r.persons {
		if id == r.Subject {
			continue
		}
		p := r.person(t, id)
		for _, s := range p.texts() {
			if shared[s] || s == "" || strings.Contains(works, s) {
				continue
			}
			others++
			if shown.says(wordsOf(s)) {
				t.Errorf("the report shows what tells of %s (%d letters)", id, len(s))
			}
		}
		for _, s := range p.lines() {
			if !shared[s] && shown.lines[s] {
				t.Errorf("the report shows a telephone number of %s", id)
			}
		}
	}
	if len(r.persons) > 10 && others < 10*len(r.persons) {
		t.Errorf("only %d values of others were looked for", others)
	}
	if seen := own.seen(shown); seen == 0 && r.confirmed() > 0 {
		t.Error("the report shows nothing of the subject: the comparison sees nothing")
	}
	for _, c := range append(own.Codes, own.OtherCodes...) {
		if code.MatchString(c.Value) && strings.Contains(strings.ToUpper(r.html+r.raw), c.Value) {
			t.Error("the report shows a whole personal identity code: DPA 1050/2018 s.29(4)")
		}
	}
}

// confirmed counts the records that the report gives.
func (r *demoRun) confirmed() int {
	n := 0
	for _, s := range r.report.Systems {
		for _, i := range s.Items {
			if i.Verdict == core.Confirmed {
				n++
			}
		}
	}
	return n
}

// person gives somebody of the world.
func (r *demoRun) person(t *testing.T, id string) worldPerson {
	t.Helper()
	raw, err := json.Marshal(r.persons[id])
	if err != nil {
		t.Fatal(err)
	}
	var p worldPerson
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// seen counts what the report shows of the person.
func (p worldPerson) seen(s shown) int {
	n := 0
	for _, text := range p.texts() {
		if s.says(wordsOf(text)) {
			n++
		}
	}
	for _, line := range p.lines() {
		if s.lines[line] {
			n++
		}
	}
	return n
}
