package reports

import (
	"bytes"
	"embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/sinusta/sinusta/core"
)

// textFiles holds one file of messages per language, named by it.
//
//go:embed texts/*.yaml
var textFiles embed.FS

// Languages gives the languages that reports are written in.
func Languages() []string { return []string{"fi", "sv", "en"} }

// texts are the messages of one language. Every message stands in every
// language; {name} in a message is filled in.
type texts struct {
	Language struct {
		Self string `yaml:"self"` // the language's own name
	} `yaml:"language"`
	Page struct {
		Title    string `yaml:"title"`
		Lead     string `yaml:"lead"`
		Skip     string `yaml:"skip"`
		Contents string `yaml:"contents"`
		TestMark string `yaml:"test_mark"`
		TestNote string `yaml:"test_note"`
		Footer   string `yaml:"footer"`
	} `yaml:"page"`
	Document struct {
		Heading    string `yaml:"heading"`
		Controller string `yaml:"controller"`
		CaseNumber string `yaml:"case_number"`
		Purpose    string `yaml:"purpose"`
		Requester  string `yaml:"requester"`
		Scope      string `yaml:"scope"`
		ScopeAll   string `yaml:"scope_all"`
		Systems    string `yaml:"scope_systems"`
		During     string `yaml:"scope_period"`
		Period     string `yaml:"period"`
		Received   string `yaml:"received"`
		Reference  string `yaml:"reference"`
		Answered   string `yaml:"answered"`
		Language   string `yaml:"language"`
		Code       string `yaml:"code"`
		CodeHidden string `yaml:"code_hidden"`
	} `yaml:"document"`
	Confirmation struct {
		Heading     string `yaml:"heading"`
		Question    string `yaml:"question"`
		Yes         string `yaml:"yes"`
		No          string `yaml:"no"`
		NoLimited   string `yaml:"no_limited"`
		Unknown     string `yaml:"unknown"`
		YesText     string `yaml:"yes_text"`
		NoText      string `yaml:"no_text"`
		NoOwnText   string `yaml:"no_own_text"`
		UnknownText string `yaml:"unknown_text"`
		ApartText   string `yaml:"apart_text"`
		Limited     string `yaml:"limited"`
		Items       plural `yaml:"items"`
		Undecided   plural `yaml:"undecided"`
		Official    plural `yaml:"official"`
		Searched    plural `yaml:"searched"`
		Open        plural `yaml:"open"`
		NotSearched plural `yaml:"not_searched"`
		Incomplete  string `yaml:"incomplete"`
		Withheld    string `yaml:"withheld"`
	} `yaml:"confirmation"`
	Summary struct {
		Heading   string `yaml:"heading"`
		Caption   string `yaml:"caption"`
		System    string `yaml:"system"`
		Outcome   string `yaml:"outcome"`
		Items     string `yaml:"items"`
		Undecided string `yaml:"undecided"`
		Official  string `yaml:"official"`
		Total     string `yaml:"total"`
		TotalNote string `yaml:"total_note"`
		Key       string `yaml:"key"`
	} `yaml:"summary"`
	Contacts struct {
		Heading  string `yaml:"heading"`
		Intro    string `yaml:"intro"`
		Registry string `yaml:"registry"`
		DPO      string `yaml:"dpo"`
		Email    string `yaml:"email"`
		Phone    string `yaml:"phone"`
		Address  string `yaml:"address"`
		Business string `yaml:"business"`
		Caption  string `yaml:"caption"`
		System   string `yaml:"system"`
		Who      string `yaml:"who"`
		Role     string `yaml:"role"`
		Scope    string `yaml:"scope"`
		From     string `yaml:"from"`
		To       string `yaml:"to"`
	} `yaml:"contacts"`
	ControllerRoles map[string]string `yaml:"controller_roles"`
	Systems         systemTexts       `yaml:"systems"`
	Items           itemTexts         `yaml:"items"`
	None            struct {
		Heading string `yaml:"heading"`
		Intro   string `yaml:"intro"`
		// Own is said where a system holds data of other controllers too.
		Own     string `yaml:"intro_own"`
		Limited string `yaml:"limited"`
		Empty   string `yaml:"empty"`
		Caption string `yaml:"caption"`
		System  string `yaml:"system"`
		Store   string `yaml:"store"`
		Asked   string `yaml:"asked"`
	} `yaml:"none"`
	Other struct {
		Heading     string `yaml:"heading"`
		Empty       string `yaml:"empty"`
		Open        string `yaml:"open"`
		OpenIntro   string `yaml:"open_intro"`
		Closed      string `yaml:"closed"`
		ClosedIntro string `yaml:"closed_intro"`
		TurnTo      string `yaml:"turn_to"`
		Since       string `yaml:"since"`
		Manual      string `yaml:"manual"`
		Due         string `yaml:"due"`
		Late        string `yaml:"late"`
	} `yaml:"other"`
	Recordings struct {
		Heading string `yaml:"heading"`
		Intro   string `yaml:"intro"`
		Offer   string `yaml:"offer"`
		Time    string `yaml:"time"`
	} `yaml:"recordings"`
	AccessLog struct {
		Heading  string `yaml:"heading"`
		Intro    string `yaml:"intro"`
		Given    string `yaml:"given"`
		None     string `yaml:"none"`
		Reviewed string `yaml:"reviewed"`
	} `yaml:"access_log"`
	Rights struct {
		Heading    string            `yaml:"heading"`
		Intro      string            `yaml:"intro"`
		MayNot     string            `yaml:"may_not"`
		Statutory  string            `yaml:"statutory"`
		HowTo      string            `yaml:"how_to"`
		Title      map[string]string `yaml:"title"`
		Text       map[string]string `yaml:"text"`
		Limitation map[string]string `yaml:"limitation"`
	} `yaml:"rights"`
	Remedies struct {
		Heading       string `yaml:"heading"`
		Ask           string `yaml:"ask"`
		AskText       string `yaml:"ask_text"`
		Ombudsman     string `yaml:"ombudsman"`
		OmbudsmanText string `yaml:"ombudsman_text"`
		Office        string `yaml:"office"`
		OfficeAddress string `yaml:"office_address"`
		Court         string `yaml:"court"`
		CourtText     string `yaml:"court_text"`
	} `yaml:"remedies"`
	Search struct {
		Heading     string `yaml:"heading"`
		Intro       string `yaml:"intro"`
		When        string `yaml:"when"`
		WhenFrom    string `yaml:"when_from"`
		Nobody      string `yaml:"nobody"`
		Keys        string `yaml:"keys"`
		KeysCaption string `yaml:"keys_caption"`
		Kind        string `yaml:"kind"`
		Masked      string `yaml:"masked"`
		Validity    string `yaml:"validity"`
		Current     string `yaml:"current"`
		Former      string `yaml:"former"`
		Asked       string `yaml:"asked"`
		Caption     string `yaml:"caption"`
		System      string `yaml:"system"`
		AskedWith   string `yaml:"asked_with"`
		AskedAt     string `yaml:"asked_at"`
		Outcome     string `yaml:"outcome"`
		Records     string `yaml:"records"`
		Took        string `yaml:"took"`
		NotAsked    string `yaml:"not_asked"`
		Problems    string `yaml:"problems"`
		NoProblems  string `yaml:"no_problems"`
		Unexamined  string `yaml:"unexamined"`
		Needs       string `yaml:"needs"`
		Explain     string `yaml:"explain"`
		Catalogue   string `yaml:"catalogue"`
		Program     string `yaml:"program"`
	} `yaml:"search"`
	Log struct {
		Heading string `yaml:"heading"`
		Text    string `yaml:"text"`
		HowTo   string `yaml:"how_to"`
		Signed  string `yaml:"signed"`
		Key     string `yaml:"key"`
		Root    string `yaml:"root"`
		Note    string `yaml:"note"`
	} `yaml:"log"`
	Outcomes map[core.Outcome]words `yaml:"outcomes"`
	Reasons  map[core.ReasonCode]struct {
		Text  string `yaml:"text"`
		Kinds string `yaml:"kinds"` // added when the reason names kinds
		Types string `yaml:"types"` // added when it names record types
	} `yaml:"reasons"`
	Withheld map[Withholding]words `yaml:"withheld"`
	Kinds    map[core.Kind]string  `yaml:"kinds"`
	Values   struct {
		Yes    string `yaml:"yes"`
		No     string `yaml:"no"`
		Code   string `yaml:"code"`
		Days   plural `yaml:"days"`
		Second string `yaml:"second"`
	} `yaml:"values"`
	// Private stands in place of the messages of authorities.
	Private struct {
		AskText          string `yaml:"ask_text"`
		ExcludedByPolicy string `yaml:"excluded_by_policy"`
		SourceSecret     string `yaml:"source_secret"`
	} `yaml:"private"`
}

// words are a code in words.
type words struct {
	Short string `yaml:"short"`
	Text  string `yaml:"text"`
}

// systemTexts are the headings and sentences of one system.
type systemTexts struct {
	Heading      string `yaml:"heading"`
	Intro        string `yaml:"intro"`
	Empty        string `yaml:"empty"`
	Store        string `yaml:"store"`
	Controller   string `yaml:"controller"`
	Why          string `yaml:"why"`
	Purpose      string `yaml:"purpose"`
	LegalBasis   string `yaml:"legal_basis"`
	Article      string `yaml:"article"`
	Categories   string `yaml:"categories"`
	Special      string `yaml:"special"`
	Copy         string `yaml:"copy"`
	About        string `yaml:"about"`
	Sources      string `yaml:"sources"`
	Recipients   string `yaml:"recipients"`
	Retention    string `yaml:"retention"`
	Transfers    string `yaml:"transfers"`
	Automated    string `yaml:"automated"`
	Secrecy      string `yaml:"secrecy"`
	Authority    string `yaml:"authority"`
	Procedure    string `yaml:"procedure"`
	Paper        string `yaml:"paper"`
	Mixed        string `yaml:"mixed"`
	NoneOwn      string `yaml:"none_own"`
	SelfService  string `yaml:"self_service"`
	Registers    string `yaml:"registers"`
	NotStated    string `yaml:"not_stated"`
	Limits       string `yaml:"limits"`
	NoLimits     string `yaml:"no_limits"`
	Undecided    plural `yaml:"undecided"`
	Official     plural `yaml:"official"`
	Others       plural `yaml:"others"`
	AlsoHere     string `yaml:"also_here"`
	NoItems      string `yaml:"no_items"`
	Partial      string `yaml:"partial"`
	WithheldHere plural `yaml:"withheld_here"`
}

// itemTexts are the headings and sentences of one item.
type itemTexts struct {
	Unnamed      string `yaml:"unnamed"`
	UnnamedField string `yaml:"unnamed_field"`
	UnnamedSlot  string `yaml:"unnamed_slot"`
	UnnamedPart  string `yaml:"unnamed_part"`
	Why          string `yaml:"why"`
	MatchedBy    string `yaml:"matched_by"`
	Reviewed     string `yaml:"reviewed"`
	Reference    string `yaml:"reference"`
	Withheld     string `yaml:"withheld"`
	Also         string `yaml:"also"`
	Same         string `yaml:"same"`
	Differs      string `yaml:"differs"`
	NothingShown string `yaml:"nothing_shown"`
	Empty        string `yaml:"empty"`
}

// plural is a message in the two forms that Finnish, Swedish and English
// have; {n} is the number.
type plural struct {
	One   string `yaml:"one"`
	Other string `yaml:"other"`
}

// of gives the form for n, with the number written in lang.
func (p plural) of(n int, lang string, more ...string) string {
	form := p.Other
	if n == 1 {
		form = p.One
	}
	return fill(form, append(more, "n", number(n, lang))...)
}

// fill puts values into the {names} of a message: name, value, name, value.
func fill(message string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		message = strings.ReplaceAll(message, "{"+pairs[i]+"}", pairs[i+1])
	}
	return message
}

// number writes n with the digit grouping of lang.
func number(n int, lang string) string {
	digits := strconv.Itoa(n)
	gap := "\u00a0"
	if lang == "en" {
		gap = ","
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + gap + digits[at:]
	}
	return digits
}

// allTexts reads the messages of every language once.
var allTexts = sync.OnceValues(func() (map[string]*texts, error) {
	all := map[string]*texts{}
	for _, lang := range Languages() {
		src, err := textFiles.ReadFile("texts/" + lang + ".yaml")
		if err != nil {
			return nil, fmt.Errorf("read the messages of %s: %w", lang, err)
		}
		t := new(texts)
		if err := yaml.NewDecoder(bytes.NewReader(src), yaml.Strict()).Decode(t); err != nil {
			return nil, fmt.Errorf("read the messages of %s: %w", lang, err)
		}
		all[lang] = t
	}
	return all, nil
})

// textsIn gives the messages of one language.
func textsIn(lang string) (*texts, error) {
	all, err := allTexts()
	if err != nil {
		return nil, err
	}
	t, ok := all[lang]
	if !ok {
		return nil, fmt.Errorf("reports are written in %s, not in %q", strings.Join(Languages(), ", "), lang)
	}
	return t, nil
}
