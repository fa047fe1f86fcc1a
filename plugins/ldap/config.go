package ldapsource

import (
	"encoding/json"
	"errors"

	"github.com/sinusta/sinusta/plugins/sdk"
)

// Config is the plugin's configuration: where the directory is, and which
// attribute holds which field of the system's profile.
type Config struct {
	// URL of the server, ldap://host:port or ldaps://host:port. Either URL or
	// LDIF is given.
	URL string `json:"url,omitempty"`
	// LDIF are files with the directory's entries (RFC 2849).
	LDIF []string `json:"ldif,omitempty"`
	// StartTLS encrypts a connection to an ldap:// URL.
	StartTLS bool `json:"start_tls,omitempty"`
	// Insecure allows an unencrypted connection to another machine.
	Insecure bool `json:"insecure,omitempty"`
	// CAFile holds, in PEM, the authorities that may sign the server's
	// certificate; without it those of the operating system may.
	CAFile string `json:"ca_file,omitempty"`
	// BindDN is the reading account; empty for an anonymous search.
	BindDN string `json:"bind_dn,omitempty"`
	// Password of the reading account.
	Password sdk.Secret `json:"password,omitempty"`
	// BaseDN is where people are searched, one DN or a list. LDIF files are
	// searched whole without it.
	BaseDN List `json:"base_dn,omitempty"`
	// Scope is sub (the default: the base and all below it), one (the
	// entries directly below it) or base.
	Scope string `json:"scope,omitempty"`
	// PageSize is how many entries are asked for at a time; default 500.
	PageSize int `json:"page_size,omitempty"`
	// Types maps the record types of the profile.
	Types map[string]Type `json:"types"`
	// IgnoreClasses gives the reason why entries of an object class that no
	// type takes hold nothing to search.
	IgnoreClasses map[string]string `json:"ignore_classes,omitempty"`
	// FollowReferrals are the addresses of the servers that may be asked for
	// the parts of the directory which lie there, with the same account.
	FollowReferrals List `json:"follow_referrals,omitempty"`
	// IgnoreReferrals gives the reason why parts of the directory that lie on
	// other servers hold nothing to search.
	IgnoreReferrals string `json:"ignore_referrals,omitempty"`
	// IgnoreDeleted gives the reason why what was deleted in Active Directory
	// and is kept there for a while need not be searched.
	IgnoreDeleted string `json:"ignore_deleted,omitempty"`
	// Aliases says whether entries that stand for others lead to these:
	// `never` (the default) or `always`.
	Aliases string `json:"aliases,omitempty"`
	// GlobalCatalogue says whether the server is a global catalogue of Active
	// Directory; without it the ports 3268 and 3269 tell.
	GlobalCatalogue *bool `json:"global_catalogue,omitempty"`
	// NotInCatalogue gives the reason why nothing is missed in attributes that
	// a global catalogue does not hold; * stands for those not mapped.
	NotInCatalogue map[string]string `json:"not_in_catalogue,omitempty"`
}

// Type maps one record type to the entries that a filter picks.
type Type struct {
	// Filter picks the entries, such as (objectClass=inetOrgPerson).
	Filter string `json:"filter"`
	// MayBeEmpty says that the directory may rightly hold no such entry.
	// Without it an empty answer counts as a lack of rights, which a
	// directory does not tell from emptiness.
	MayBeEmpty bool `json:"may_be_empty,omitempty"`
	// Time is the attribute with the record's time.
	Time    string          `json:"time,omitempty"`
	Fields  map[string]List `json:"fields,omitempty"`
	Parties []Party         `json:"parties,omitempty"`
	// Syntax says of an attribute how its values are read: text, binary, guid,
	// sid, filetime, account-control or addresses. The attributes of Active
	// Directory are known; this is for others.
	Syntax map[string]string `json:"syntax,omitempty"`
	// Ignore gives the reason why each attribute that is not mapped is left
	// out. The values of these attributes are never read.
	Ignore map[string]string `json:"ignore,omitempty"`
}

// Party maps the person in one slot. A field may stand in several attributes.
type Party struct {
	Slot   string          `json:"slot"`
	Fields map[string]List `json:"fields"`
}

// List is one text, or a list of texts.
type List []string

// UnmarshalJSON reads a text or a list of texts.
func (l *List) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*l = List{one}
		return nil
	}
	var many []string
	if json.Unmarshal(data, &many) != nil {
		return errors.New("want a text or a list of texts here")
	}
	if len(many) == 0 {
		return errors.New("the list is empty")
	}
	*l = many
	return nil
}

// MarshalJSON writes one text as itself, several as a list.
func (l List) MarshalJSON() ([]byte, error) {
	if len(l) == 1 {
		return json.Marshal(l[0])
	}
	return json.Marshal([]string(l))
}
