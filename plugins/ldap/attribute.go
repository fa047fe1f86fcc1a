package ldapsource

import (
	"slices"
	"strings"
)

// description is an attribute description: a name with options (cn;lang-sv).
type description struct {
	key     string   // the name, canonical and in lower case
	options []string // in lower case, sorted
	written string   // as it was written, with the canonical name
	syntax  syntax   // of the values
}

// describe reads an attribute description as a mapping or an entry writes it.
func describe(s string) description {
	parts := strings.Split(s, ";")
	name := canonical(parts[0])
	d := description{key: strings.ToLower(name), written: name}
	d.syntax = syntaxOf(d.key)
	for _, o := range parts[1:] {
		d.options = append(d.options, strings.ToLower(o))
	}
	slices.Sort(d.options)
	for _, o := range d.options {
		d.written += ";" + o
	}
	return d
}

func (d description) id() string { return strings.ToLower(d.written) }

// covers tells whether a value under e is a value of d: the same attribute
// with all options of d and perhaps more.
func (d description) covers(e description) bool {
	return d.key == e.key && !slices.ContainsFunc(d.options, func(o string) bool { return !slices.Contains(e.options, o) })
}

// canonical gives the first name of an attribute for any of its names in
// RFC 4519, RFC 4524 and RFC 2798, so that a mapping may use each. A server
// answers with the first. streetAddress is not among them: in Active Directory
// it is an attribute of its own beside street.
func canonical(name string) string {
	switch strings.ToLower(name) {
	case "cn", "commonname":
		return "cn"
	case "sn", "surname":
		return "sn"
	case "gn", "givenname":
		return "givenName"
	case "c", "countryname":
		return "c"
	case "l", "localityname":
		return "l"
	case "st", "stateorprovincename":
		return "st"
	case "o", "organizationname":
		return "o"
	case "ou", "organizationalunitname":
		return "ou"
	case "dc", "domaincomponent":
		return "dc"
	case "uid", "userid":
		return "uid"
	case "mail", "rfc822mailbox":
		return "mail"
	case "fax", "facsimiletelephonenumber":
		return "facsimileTelephoneNumber"
	case "homephone", "hometelephonenumber":
		return "homePhone"
	case "mobile", "mobiletelephonenumber":
		return "mobile"
	case "pager", "pagertelephonenumber":
		return "pager"
	case "co", "friendlycountryname":
		return "co"
	case "drink", "favouritedrink":
		return "drink"
	default:
		return name
	}
}

// bookkeeping tells whether an attribute is the server's own record of how it
// keeps an entry (RFC 4512, RFC 4530, RFC 5020, OpenLDAP, Active Directory).
// Such attributes say nothing about the person and are left out unless they
// are mapped.
func bookkeeping(key string) bool {
	switch key {
	case "createtimestamp", "modifytimestamp", "creatorsname", "modifiersname", "entryuuid", "entrycsn", "entrydn",
		"contextcsn", "structuralobjectclass", "governingstructurerule", "subschemasubentry", "hassubordinates",
		"numsubordinates", "ref", "entryttl", "collectiveattributesubentries", "dynamicsubtrees",
		"objectguid", "distinguishedname", "instancetype", "usncreated", "usnchanged", "whencreated", "whenchanged",
		"dscorepropagationdata", "objectcategory", "replpropertymetadata", "ntsecuritydescriptor",
		"canonicalname", "sdrightseffective", "allowedattributes", "allowedattributeseffective",
		"allowedchildclasses", "allowedchildclasseseffective":
		return true
	}
	return false
}

// credential tells whether an attribute holds a password or a key. Its value
// is never read; a record says that there is one.
func credential(key string) bool {
	switch key {
	case "userpassword", "authpassword", "unicodepwd", "dbcspwd", "ntpwdhistory", "lmpwdhistory", "pwdhistory",
		"supplementalcredentials", "sambantpassword", "sambalmpassword", "sambapasswordhistory", "krbprincipalkey",
		"krb5key", "userpkcs12", "oathsecret", "radiuspassword", "unixuserpassword", "mssfu30password", "ms-mcs-admpwd",
		"mslaps-password", "mslaps-encryptedpassword", "mslaps-encryptedpasswordhistory", "msds-managedpassword",
		"msds-keycredentiallink", "msfve-recoverypassword", "msfve-keypackage":
		return true
	}
	return false
}

// binary tells whether an attribute holds no text by its definition or by its
// options.
func (d description) binary() bool {
	if slices.Contains(d.options, "binary") {
		return true
	}
	return d.syntax == syntaxBinary
}

// postal tells whether an attribute has the syntax Postal Address, whose
// lines are parted by a dollar sign.
func (d description) postal() bool {
	return d.key == "postaladdress" || d.key == "homepostaladdress" || d.key == "registeredaddress"
}

// attribute is an attribute of an entry with its values in order.
type attribute struct {
	description
	values [][]byte
	unread bool // the values were not asked for
}

// entry is an entry of a directory.
type entry struct {
	dn         string
	attributes []attribute
	missing    []missing // of attributes with very many values
	at         *server   // that gave it, nil for files
	place      place     // in the files
}

// values gives the values that d covers: those without options first, then
// the others in their order, each once.
func (e entry) values(d description) []value {
	var out []value
	for _, withOptions := range []bool{false, true} {
		for _, a := range e.attributes {
			if !d.covers(a.description) || (len(a.options) > len(d.options)) != withOptions {
				continue
			}
			for _, raw := range a.values {
				v := value{a.description, raw}
				if !slices.ContainsFunc(out, func(o value) bool { return string(o.raw) == string(raw) }) {
					out = append(out, v)
				}
			}
		}
	}
	return out
}

// has tells whether the entry is of the object class, or of one below it.
func (e entry) has(class string) bool { return equals(e, describe("objectClass"), class) }

// classes gives the entry's object classes but top, as written.
func (e entry) classes() []string {
	var out []string
	for _, v := range e.values(describe("objectClass")) {
		if class := string(v.raw); !strings.EqualFold(class, "top") {
			out = append(out, class)
		}
	}
	return out
}
