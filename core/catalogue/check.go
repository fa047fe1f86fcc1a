package catalogue

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue/strictyaml"
)

var (
	idForm      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	articleForm = regexp.MustCompile(`^(6\(1\)\([a-f]\)|9\(2\)\([a-j]\)|10)$`)
)

// languages are those of the product (Text).
var languages = []string{"fi", "sv", "en"}

// businessForms are the further spellings of a business ID (identifier.House).
var businessForms = []string{"euid", "ovt"}

// levels are what sorts of thing an entry can be.
var levels = []Level{LevelSystem, LevelStore, LevelSubRegister, LevelSource, LevelExternal, LevelTransient, LevelDescribedOnly, LevelStatistics}

// statable are the outcomes that a catalogue may state; the others are for a
// run to find out.
var statable = []core.Outcome{core.NotStored, core.NotIdentifiable, core.OtherController, core.DescribedOnly, core.ExcludedByPolicy,
	core.ManualPending}

// checkOrganisation notes values of organisation.yaml that are none.
func checkOrganisation(d *strictyaml.Document, o *Organisation) {
	checkID(d, o.ID)
	if len(o.Languages) == 0 {
		d.Errorf("languages", "languages is missing; name at least one of %s, the default first", strings.Join(languages, ", "))
	}
	for i, l := range o.Languages {
		at := fmt.Sprintf("languages[%d]", i)
		oneOf(d, at, l, languages)
		if slices.Contains(o.Languages[:i], l) {
			d.Errorf(at, "language %q stands twice", l)
		}
	}
	if o.ArtificialCodes != "" {
		oneOf(d, "artificial_codes", o.ArtificialCodes, []ArtificialCodes{IgnoreArtificial, AnchorArtificial})
	}
	for i, form := range o.BusinessIDForms {
		oneOf(d, fmt.Sprintf("business_id_forms[%d]", i), form, businessForms)
	}
	for i, names := range o.PlaceNames {
		if len(names) < 2 || slices.ContainsFunc(names, func(s string) bool { return strings.TrimSpace(s) == "" }) {
			d.Errorf(fmt.Sprintf("place_names[%d]", i), "give the names of one street or town, two or more, such as [Isokatu, Storgatan]")
		}
	}
	if o.Policies.LogData.Disclose != "" {
		oneOf(d, "policies.log_data.disclose", o.Policies.LogData.Disclose, []string{LogWithheld, LogWhenAndWhy})
	}
	checkDate(d, "policies.log_data.reviewed", o.Policies.LogData.Reviewed)
	for i, doc := range o.Documents {
		checkDocument(d, fmt.Sprintf("documents[%d]", i), doc, o.Documents[:i])
	}
	checkCommon(d, &o.Common)
	for account, official := range o.Officials {
		checkOfficial(d, "officials."+account, account, official)
	}
}

// roleForm is the form of a role, which is a code of the audit log.
var roleForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// checkOfficial holds an official against what an entry of the audit log may
// say.
func checkOfficial(d *strictyaml.Document, at, account string, o Official) {
	if strings.TrimSpace(account) == "" {
		d.Errorf(at, "an official needs the name of an account of the operating system")
	}
	switch f := strings.TrimSpace(o.Function); {
	case f == "":
		d.Errorf(at, "function is missing; write what the official is, such as: data protection officer")
	case len([]rune(f)) > 80 || strings.IndexFunc(f, unicode.IsControl) >= 0:
		d.Errorf(at+".function", "a function has at most 80 letters, on one line")
	}
	if o.Role == "system" || o.Role != "" && !roleForm.MatchString(o.Role) {
		d.Errorf(at+".role", "a role is a code of lower-case letters, digits and -, such as handler; system is the program's own")
	}
}

// checkSystem notes values of an entry that are none: they would make the
// entry mean something else than its writer thinks. What is only left out is
// for Lint.
func checkSystem(d *strictyaml.Document, s *System) {
	checkID(d, s.ID)
	if want := strings.TrimSuffix(path.Base(s.File), ".yaml"); idForm.MatchString(s.ID) && s.ID != want {
		d.Errorf("id", "the id %q must be the name of its file, %q", s.ID, want)
	}
	if s.Level != "" {
		oneOf(d, "level", s.Level, levels)
	}
	if s.Origin != "" {
		oneOf(d, "origin", s.Origin, []Origin{OriginStated, OriginDerived, OriginAssumed})
	}
	if len(s.Types) > 0 && (s.Parent == "" || s.Level != LevelSubRegister) {
		d.Errorf("types", "types are the record types of the parent that hold a sub-register; give it level: subregister and a parent, or leave types out")
	}
	checkStatements(d, "published", s.Published)
	checkShared(d, "", s.Controllers, s.LegalBasis, s.DataSubjects, s.Retention, s.Paper)
	issuers := map[core.Kind]string{}
	for i, k := range s.SearchKeys {
		oneOf(d, fmt.Sprintf("search_keys[%d].kind", i), k.Kind, kinds)
		// A record does not tell whose series its number is of, so one kind has
		// one issuer in a system: a number of another would pass for it.
		if other, seen := issuers[k.Kind]; seen && other != k.Issuer {
			d.Errorf(fmt.Sprintf("search_keys[%d].issuer", i), "the system has %s of %q already; describe numbers of two issuers as two systems", k.Kind, other)
		}
		issuers[k.Kind] = k.Issuer
	}
	if s.Outcome != "" {
		oneOf(d, "outcome", s.Outcome, statable)
	}
	for i, l := range s.LaterReferrals {
		at := fmt.Sprintf("later_referrals[%d]", i)
		if checkPeriod(d, at, l.From, ""); l.From == "" {
			d.Errorf(at+".from", "from is missing; write the first day, as 2025-01-01")
		}
	}
	if s.Policy != "" {
		oneOf(d, "policy", s.Policy, []string{PolicyLogData})
	}
	if s.Manual.DueDays < 0 {
		d.Errorf("manual.due_days", "due_days must not be negative")
	}
	if s.Ownership.Missing != "" {
		oneOf(d, "ownership.missing", s.Ownership.Missing, []string{OwnerOwn, OwnerOther, OwnerReview})
	}
}

func checkController(d *strictyaml.Document, at string, c Controller) {
	oneOf(d, at+".role", c.Role, []ControllerRole{RoleController, RoleJointController, RoleProcessor})
	checkPeriod(d, at, c.From, c.To)
}

// checkKind looks at the kind, and at the names of record types, which only
// the kind's profile can tell. The entry has been filled.
func checkKind(d *strictyaml.Document, s *System) {
	if s.Level == LevelStore {
		return
	}
	if s.Kind == "" {
		d.Errorf("kind", "kind is missing; known kinds: %s", strings.Join(Kinds(), ", "))
		return
	}
	p, err := ProfileFor(s.Kind)
	if err != nil {
		d.Errorf("kind", "%s", err)
		return
	}
	records := p.TypeNames()
	all := slices.Concat(records, p.PartNames())
	checkTypes(d, "types", s.Types, all)
	for i, g := range s.DataGroups {
		checkTypes(d, fmt.Sprintf("data_groups[%d].types", i), g.Types, all)
	}
	for i, r := range s.Retention {
		checkTypes(d, fmt.Sprintf("retention[%d].types", i), r.Types, all)
	}
	for i, k := range s.SearchKeys {
		checkTypes(d, fmt.Sprintf("search_keys[%d].types", i), k.Types, records)
	}
}

func checkTypes(d *strictyaml.Document, at string, got, known []string) {
	for i, t := range got {
		oneOf(d, fmt.Sprintf("%s[%d]", at, i), t, known)
	}
}

func checkID(d *strictyaml.Document, id string) {
	switch {
	case id == "":
		d.Errorf("id", "id is missing")
	case !idForm.MatchString(id):
		d.Errorf("id", "the id %q may hold letters a-z, digits, and . _ - inside", id)
	}
}

// checkDate gives the day, the zero time for none.
func checkDate(d *strictyaml.Document, at, s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		d.Errorf(at, "%q is no date; write it as 2026-01-31", s)
	}
	return day
}

// oneOf notes a value that is none of those known.
func oneOf[T ~string](d *strictyaml.Document, at string, got T, known []T) {
	if slices.Contains(known, got) {
		return
	}
	words := make([]string, len(known))
	for i, k := range known {
		words[i] = string(k)
	}
	if got == "" {
		d.Errorf(at, "%s is missing; write one of: %s", at, strings.Join(words, ", "))
		return
	}
	d.Errorf(at, "%s cannot be %q; write one of: %s", at, got, strings.Join(words, ", "))
}
