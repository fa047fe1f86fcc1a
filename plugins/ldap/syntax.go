package ldapsource

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// syntax is how the values of an attribute are to be read, where their bytes
// are not the text that a person understands.
type syntax string

const (
	syntaxPlain     syntax = ""
	syntaxText      syntax = "text"            // in the mapping: plain, against what the attribute's name says
	syntaxBinary    syntax = "binary"          // no text: told by its size
	syntaxGUID      syntax = "guid"            // 16 bytes, the first three groups little-endian ([MS-DTYP] 2.3.4)
	syntaxSID       syntax = "sid"             // a security identifier ([MS-DTYP] 2.4.2)
	syntaxFileTime  syntax = "filetime"        // a number: steps of 100 ns since 1601 ([MS-DTYP] 2.3.3)
	syntaxControl   syntax = "account-control" // a number: flags ([MS-ADTS] 2.2.16)
	syntaxAddresses syntax = "addresses"       // an address behind its type, SMTP:a@example.fi ([MS-ADA3] proxyAddresses)
)

// syntaxes are those that a mapping may name.
func syntaxes() []string {
	return []string{string(syntaxText), string(syntaxBinary), string(syntaxGUID), string(syntaxSID), string(syntaxFileTime),
		string(syntaxControl), string(syntaxAddresses)}
}

// syntaxOf gives the syntax of an attribute by its name in the standards and
// in the schema of Active Directory and Exchange ([MS-ADA1] to [MS-ADA3]).
func syntaxOf(key string) syntax {
	switch key {
	case "objectguid", "ms-ds-consistencyguid", "msexchmailboxguid", "msexcharchiveguid", "msds-externaldirectoryobjectguid", "attributesecurityguid":
		return syntaxGUID
	case "objectsid", "sidhistory", "securityidentifier", "msexchmasteraccountsid":
		return syntaxSID
	case "accountexpires", "badpasswordtime", "lastlogon", "lastlogoff", "lastlogontimestamp", "lockouttime", "pwdlastset",
		"msds-userpasswordexpirytimecomputed", "msds-lastsuccessfulinteractivelogontime", "msds-lastfailedinteractivelogontime",
		"ms-mcs-admpwdexpirationtime", "mslaps-passwordexpirationtime":
		return syntaxFileTime
	case "useraccountcontrol", "msds-user-account-control-computed":
		return syntaxControl
	case "proxyaddresses", "targetaddress", "msrtcsip-primaryuseraddress":
		return syntaxAddresses
	case "jpegphoto", "photo", "thumbnailphoto", "thumbnaillogo", "audio", "personalsignature", "usercertificate",
		"cacertificate", "usersmimecertificate", "x500uniqueidentifier", "usercert", "logonhours", "userparameters",
		"ntsecuritydescriptor", "msexchmailboxsecuritydescriptor", "mssmqsigncertificates", "msmqsigncertificates", "msmqdigests",
		"terminalserver", "mslync-photo", "msexchumpinchecksum", "msexchsafesendershash", "msexchsaferecipientshash", "msexchblockedsendershash":
		return syntaxBinary
	}
	return syntaxPlain
}

// compileSyntax reads the `syntax` of a type: attribute name to syntax.
func compileSyntax(path string, c map[string]string) (map[string]syntax, error) {
	out := map[string]syntax{}
	for _, written := range slices.Sorted(maps.Keys(c)) {
		if !attributeName(written) || strings.Contains(written, ";") {
			return nil, sdk.ConfigError(path+"."+written, "%q is no attribute name", written)
		}
		if !slices.Contains(syntaxes(), c[written]) {
			return nil, sdk.ConfigError(path+"."+written, "%q is no syntax%s", c[written], suggest.Names(c[written], syntaxes()))
		}
		out[describe(written).key] = syntax(c[written])
	}
	return out, nil
}

// guidText gives the 16 bytes of a GUID as people write it.
func guidText(raw []byte) (string, bool) {
	if len(raw) != 16 {
		return "", false
	}
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", binary.LittleEndian.Uint32(raw), binary.LittleEndian.Uint16(raw[4:]),
		binary.LittleEndian.Uint16(raw[6:]), raw[8:10], raw[10:]), true
}

// guidBytes is the reverse of guidText.
func guidBytes(s string) ([]byte, bool) {
	s = strings.Trim(strings.TrimSpace(s), "{}")
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return nil, false
	}
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != 16 {
		return nil, false
	}
	slices.Reverse(b[:4])
	slices.Reverse(b[4:6])
	slices.Reverse(b[6:8])
	return b, true
}

// sidText gives the bytes of a security identifier as people write it.
func sidText(raw []byte) (string, bool) {
	if len(raw) < 8 || raw[0] != 1 || raw[1] > 15 || len(raw) != 8+4*int(raw[1]) {
		return "", false
	}
	var authority uint64
	for _, b := range raw[2:8] {
		authority = authority<<8 | uint64(b)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "S-1-%d", authority)
	for at := 8; at < len(raw); at += 4 {
		fmt.Fprintf(&b, "-%d", binary.LittleEndian.Uint32(raw[at:]))
	}
	return b.String(), true
}

// never is what a file time holds for "at no time" beside 0.
const never = 1<<63 - 1

// fileTime gives the value of a file time: a time, or the number with what it
// means. It gives false for what is no such number.
func fileTime(key, s string) (core.Value, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	switch {
	case err != nil || n < 0:
		return core.Value{}, false
	case n == 0 || n == never:
		v := core.IntegerValue(n)
		v.Meaning = noTime(key)
		return v, true
	}
	const (
		perSecond = 10_000_000
		epoch     = 11_644_473_600 // seconds from 1601 to 1970
	)
	at := time.Unix(n/perSecond-epoch, n%perSecond*100).UTC()
	if at.Year() > 9999 { // no calendar of a report holds it
		return core.Value{}, false
	}
	return core.TimeValue(at), true
}

// noTime says what a file time without a time means.
func noTime(key string) *core.Meaning {
	switch key {
	case "accountexpires":
		return &core.Meaning{FI: "ei vanhene", SV: "upphör inte att gälla", EN: "does not expire"}
	case "pwdlastset":
		return &core.Meaning{FI: "salasana on vaihdettava seuraavalla kirjautumisella", SV: "lösenordet ska bytas vid nästa inloggning",
			EN: "the password must be changed at the next sign-in"}
	case "lockouttime":
		return &core.Meaning{FI: "ei lukittu", SV: "inte låst", EN: "not locked"}
	}
	return &core.Meaning{FI: "ei koskaan", SV: "aldrig", EN: "never"}
}

// controlFlags are the flags of an account that say something about it.
var controlFlags = []struct {
	bit     int64
	meaning core.Meaning
}{
	{0x10, core.Meaning{FI: "lukittu", SV: "låst", EN: "locked"}},
	{0x20, core.Meaning{FI: "salasanaa ei vaadita", SV: "lösenord krävs inte", EN: "no password required"}},
	{0x40, core.Meaning{FI: "käyttäjä ei voi vaihtaa salasanaa", SV: "användaren kan inte byta lösenord", EN: "the user cannot change the password"}},
	{0x1000, core.Meaning{FI: "työaseman tili", SV: "konto för arbetsstation", EN: "account of a workstation"}},
	{0x2000, core.Meaning{FI: "palvelimen tili", SV: "konto för server", EN: "account of a server"}},
	{0x10000, core.Meaning{FI: "salasana ei vanhene", SV: "lösenordet upphör inte att gälla", EN: "the password does not expire"}},
	{0x40000, core.Meaning{FI: "kirjautuminen vain toimikortilla", SV: "inloggning endast med smartkort", EN: "sign-in with a smart card only"}},
	{0x80000, core.Meaning{FI: "saa toimia muiden puolesta", SV: "får agera för andra", EN: "trusted for delegation"}},
	{0x100000, core.Meaning{FI: "muut eivät saa toimia tilin puolesta", SV: "andra får inte agera för kontot", EN: "not to be delegated"}},
	{0x800000, core.Meaning{FI: "salasana on vanhentunut", SV: "lösenordet har upphört att gälla", EN: "the password has expired"}},
}

// accountControl gives the flags of an account, with what they mean. The flags
// of msDS-User-Account-Control-Computed do not tell whether it is closed.
func accountControl(key, s string) (core.Value, bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil {
		return core.Value{}, false
	}
	var m core.Meaning
	add := func(one core.Meaning) {
		for _, x := range []struct {
			to   *string
			text string
		}{{&m.FI, one.FI}, {&m.SV, one.SV}, {&m.EN, one.EN}} {
			if *x.to != "" {
				*x.to += "; "
			}
			*x.to += x.text
		}
	}
	switch {
	case n&0x2 != 0:
		add(core.Meaning{FI: "suljettu", SV: "stängt", EN: "disabled"})
	case key == "useraccountcontrol":
		add(core.Meaning{FI: "käytössä", SV: "aktivt", EN: "active"})
	}
	for _, f := range controlFlags {
		if n&f.bit != 0 {
			add(f.meaning)
		}
	}
	v := core.IntegerValue(n)
	if m != (core.Meaning{}) {
		v.Meaning = &m
	}
	return v, true
}

// mailTypes are the address types whose addresses are e-mail addresses by
// their form.
func mailTypes() []string { return []string{"smtp:", "sip:"} }

// mailAddress takes the type off an address that is an e-mail address by its
// form, and gives others (X500:, X400:, EUM:) as they are.
func mailAddress(s string) string {
	for _, t := range mailTypes() {
		if len(s) > len(t) && strings.EqualFold(s[:len(t)], t) {
			return s[len(t):]
		}
	}
	return s
}
