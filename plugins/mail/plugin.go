package mailsource

import (
	"context"
	_ "embed"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/document"
	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/internal/freetext"
	"github.com/sinusta/sinusta/plugins/sdk"
)

//go:embed config.schema.json
var configSchema string

const (
	defaultMessages = 2_000_000
	defaultSeconds  = 900
	// serverBytes bounds a message of a server, which is held in memory.
	serverBytes = 64 << 20
)

// mailboxName is what a mailbox may be called: it stands in refs and reports.
var mailboxName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$`)

// New gives the plugin.
func New() sdk.Plugin[Config] {
	return sdk.Plugin[Config]{
		Name: "mail", Version: "1.0.0",
		Title:        catalogue.Text{FI: "Sähköpostilaatikko (IMAP, Maildir, mbox)", SV: "E-postlåda (IMAP, Maildir, mbox)", EN: "Mailbox (IMAP, Maildir, mbox)"},
		Config:       configSchema,
		Capabilities: []sdk.Capability{sdk.CanFetch},
		Open: func(_ context.Context, c Config, env sdk.Env) (sdk.Instance, error) {
			i, err := configure(c, env)
			if err != nil {
				return nil, err
			}
			return i, nil
		},
	}
}

// instance is the plugin with the configuration of one system.
type instance struct {
	mailboxes []mailbox
	server    *endpoint // nil where all mailboxes are files
	rules     rules
	profile   catalogue.RecordType
	keys      []core.Kind // that stand in texts
	byTime    bool
	complete  []core.Kind
	limits    document.Limits
	// serverLimit is the largest message that a server is asked for, in bytes.
	serverLimit int64
	most        int
	time        time.Duration
}

// mailbox is one mailbox.
type mailbox struct {
	Mailbox
	name string
}

func configure(c Config, env sdk.Env) (*instance, error) {
	profile, err := catalogue.ProfileFor(env.Kind)
	if err != nil {
		return nil, sdk.ConfigError("", "%s", err)
	}
	i := &instance{complete: env.Complete}
	if i.profile, err = recordType(profile, c.Type); err != nil {
		return nil, err
	}
	if i.server, err = parseServer(c); err != nil {
		return nil, err
	}
	if i.mailboxes, err = mailboxes(c.Mailboxes, c.Server); err != nil {
		return nil, err
	}
	if i.rules, err = newRules(c); err != nil {
		return nil, err
	}
	if err := i.chooseKeys(c.Keys); err != nil {
		return nil, err
	}
	return i, i.bound(c.Limits)
}

// chooseKeys sets the kinds that mail is searched by: those of texts, and when
// a message was sent.
func (i *instance) chooseKeys(names []string) (err error) {
	_, dated := i.profile.Field("time_of_contact")
	i.byTime = dated && (len(names) == 0 || slices.Contains(names, string(core.TimeOfContact)))
	texts := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == string(core.TimeOfContact) })
	if len(names) > 0 && len(texts) == 0 {
		return nil
	}
	i.keys, err = freetext.Chosen(texts)
	return err
}

func recordType(p *catalogue.Profile, name string) (catalogue.RecordType, error) {
	for _, t := range p.Types {
		_, id := t.Field("message_id")
		_, text := t.Field("text")
		if name == "" && id && text || name == t.Name && text {
			return t, nil
		}
	}
	if name == "" {
		return catalogue.RecordType{}, sdk.ConfigError("type", "no record type of the profile has the fields message_id and text; systems of kind mail have one")
	}
	return catalogue.RecordType{}, sdk.ConfigError("type", "the profile has no record type %q with a field text%s", name, suggest.Names(name, p.TypeNames()))
}

func mailboxes(all map[string]Mailbox, server *Server) ([]mailbox, error) {
	if len(all) == 0 {
		return nil, sdk.ConfigError("mailboxes", "name the mailboxes that are searched, such as {kirjaamo: {imap: {}}} or {kirjaamo: {maildir: /srv/mail/kirjaamo}}")
	}
	var out []mailbox
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m := all[name]
		kinds := 0
		for _, given := range []bool{m.Maildir != "", m.MBox != "", m.IMAP != nil} {
			if given {
				kinds++
			}
		}
		switch {
		case !mailboxName.MatchString(name):
			return nil, sdk.ConfigError("mailboxes", "the name of a mailbox has letters of ASCII, digits, . _ @ and - alone, 100 at most")
		case kinds != 1:
			return nil, sdk.ConfigError("mailboxes."+name, "give one of maildir, mbox and imap")
		case m.IMAP != nil && m.IMAP.User == "" && (server == nil || server.User == ""):
			return nil, sdk.ConfigError("server.user", "name the account that reads, here or as imap.user of the mailbox")
		}
		for _, path := range []*string{&m.Maildir, &m.MBox} {
			var err error
			if *path == "" {
				continue
			} else if *path, err = filepath.Abs(*path); err != nil { // from the installation folder, where plugins run
				return nil, sdk.ConfigError("mailboxes."+name, "the mailbox cannot be told from a relative path; give the absolute one")
			}
		}
		out = append(out, mailbox{m, name})
	}
	return out, nil
}

func (i *instance) bound(l *Limits) error {
	if l == nil {
		l = &Limits{}
	}
	or := func(v, otherwise int64) int64 {
		if v == 0 {
			return otherwise
		}
		return v
	}
	if min(int64(l.Messages), l.MessageBytes, l.UnpackedBytes, int64(l.MessageSeconds), int64(l.Seconds)) < 0 {
		return sdk.ConfigError("limits", "want numbers above 0")
	}
	d := document.DefaultLimits()
	i.limits = d
	i.limits.Input, i.limits.Unpacked = or(l.MessageBytes, d.Input), or(l.UnpackedBytes, d.Unpacked)
	i.limits.Time = time.Duration(or(int64(l.MessageSeconds), int64(d.Time/time.Second))) * time.Second
	i.serverLimit = or(l.MessageBytes, serverBytes)
	i.most = int(or(int64(l.Messages), defaultMessages))
	i.time = time.Duration(or(int64(l.Seconds), defaultSeconds)) * time.Second
	return nil
}

// Types gives the record type with its keys.
func (i *instance) Types() []sdk.RecordType {
	keys := freetext.Keys(i.keys)
	if i.byTime {
		keys = append(keys, sdk.Key{Kinds: []core.Kind{core.TimeOfContact}, Match: sdk.MatchExact})
	}
	return []sdk.RecordType{{Name: i.profile.Name, Fields: i.fields(), Keys: keys}}
}

// Close has nothing to release.
func (i *instance) Close() error { return nil }
