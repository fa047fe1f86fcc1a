package ldapsource

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/core/suggest"
	"github.com/sinusta/sinusta/plugins/sdk"
)

//go:embed config.schema.json
var configSchema string

const (
	defaultPageSize = 500
	maxPageSize     = 10000
	defaultTimeout  = 30 * time.Second
)

// New gives the plugin.
func New() sdk.Plugin[Config] {
	return sdk.Plugin[Config]{
		Name: "ldap", Version: "1.0.0",
		Title:  catalogue.Text{FI: "LDAP-hakemisto", SV: "LDAP-katalog", EN: "LDAP directory"},
		Config: configSchema,
		Open:   open,
	}
}

// instance is the plugin with the configuration of one system.
type instance struct {
	types    []mappedType
	issuers  map[core.Kind]string
	complete []core.Kind // that every record is said to hold
	settings serverSettings
	bases    []*ldap.DN
	ldif     []string
	endpoint *endpoint // nil for files
	cache    schemaCache
	surveyed surveys
}

// open validates the configuration. It reads local files and sends nothing:
// Check and Search connect.
func open(_ context.Context, c Config, env sdk.Env) (sdk.Instance, error) {
	i, err := configure(c, env)
	if err != nil {
		return nil, err
	}
	return i, nil
}

func configure(c Config, env sdk.Env) (*instance, error) {
	profile, err := catalogue.ProfileFor(env.Kind)
	if err != nil {
		return nil, sdk.ConfigError("", "%s", err)
	}
	i := &instance{issuers: env.Issuers, complete: env.Complete, ldif: c.LDIF}
	if i.types, err = compile(c.Types, profile); err != nil {
		return nil, err
	}
	if i.bases, err = parseBases(c.BaseDN, isCatalogue(c)); err != nil {
		return nil, err
	}
	if i.settings, err = settings(c, env, i.types); err != nil {
		return nil, err
	}
	switch {
	case c.URL != "" && len(c.LDIF) > 0:
		return nil, sdk.ConfigError("ldif", "give either url or ldif, not both")
	case len(c.LDIF) > 0:
		return i, checkFiles(c)
	case c.URL == "":
		return nil, sdk.ConfigError("url", "give the server's url, or ldif files")
	case len(c.BaseDN) == 0:
		return nil, sdk.ConfigError("base_dn", "say where people are searched, such as ou=people,dc=example,dc=fi")
	}
	if i.endpoint, err = parseEndpoint(c, i.settings.timeout); err != nil {
		return nil, err
	}
	i.settings.follow, err = followed(c, i.endpoint)
	return i, err
}

func settings(c Config, env sdk.Env, types []mappedType) (serverSettings, error) {
	s := serverSettings{bases: c.BaseDN, types: types, pageSize: defaultPageSize, timeout: env.Timeout,
		ignoreReferrals: strings.TrimSpace(c.IgnoreReferrals) != "", ignoreDeleted: strings.TrimSpace(c.IgnoreDeleted) != "",
		catalogue: isCatalogue(c)}
	if s.timeout <= 0 {
		s.timeout = defaultTimeout
	}
	switch c.Scope {
	case "", "sub":
	case "one":
		s.scope = scopeOne
	case "base":
		s.scope = scopeBase
	default:
		return s, sdk.ConfigError("scope", "%q is no scope%s", c.Scope, suggest.Names(c.Scope, []string{"sub", "one", "base"}))
	}
	switch c.Aliases {
	case "", "never":
	case "always":
		s.aliases = ldap.DerefAlways
	default:
		return s, sdk.ConfigError("aliases", "want never or always")
	}
	var err error
	if s.notInCatalogue, err = compileCatalogue(c); err != nil {
		return s, err
	}
	if c.PageSize < 0 || c.PageSize > maxPageSize {
		return s, sdk.ConfigError("page_size", "want 1 to %d", maxPageSize)
	}
	if c.PageSize > 0 {
		s.pageSize = uint32(c.PageSize)
	}
	for _, class := range slices.Sorted(maps.Keys(c.IgnoreClasses)) {
		if strings.TrimSpace(c.IgnoreClasses[class]) == "" {
			return s, sdk.ConfigError("ignore_classes."+class, "give the reason why entries of the class are left out")
		}
		s.ignoreClasses = append(s.ignoreClasses, class)
	}
	return s, nil
}

// checkFiles refuses settings of a server beside LDIF files, and files that
// are not there.
func checkFiles(c Config) error {
	for _, set := range []struct {
		path  string
		isSet bool
	}{{"start_tls", c.StartTLS}, {"insecure", c.Insecure}, {"ca_file", c.CAFile != ""}, {"bind_dn", c.BindDN != ""},
		{"password", c.Password != ""}, {"page_size", c.PageSize != 0}, {"follow_referrals", len(c.FollowReferrals) > 0},
		{"ignore_deleted", c.IgnoreDeleted != ""}, {"global_catalogue", c.GlobalCatalogue != nil}} {
		if set.isSet {
			return sdk.ConfigError(set.path, "this is a setting of a server; leave it out beside ldif")
		}
	}
	for n, path := range c.LDIF {
		info, err := os.Stat(path)
		if err != nil {
			return fileError(n, err)
		}
		if info.IsDir() {
			return sdk.ConfigError(fmt.Sprintf("ldif[%d]", n), "%s is a folder; name the files", path)
		}
	}
	return nil
}

// connect opens the directory for one search.
func (i *instance) connect(ctx context.Context, noticed *noticeList) (directory, error) {
	if i.endpoint == nil {
		return i.files(noticed), nil
	}
	d, err := openServer(ctx, i.endpoint, i.settings, &i.cache, noticed)
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (i *instance) files(noticed *noticeList) *files {
	return &files{paths: i.ldif, bases: i.bases, baseList: i.settings.bases, scope: i.settings.scope, aliases: i.settings.aliases == ldap.DerefAlways, types: i.types,
		ignoreClasses: i.settings.ignoreClasses, ignoreReferrals: i.settings.ignoreReferrals, noticed: noticed}
}

// Types gives the mapped record types with their keys.
func (i *instance) Types() []sdk.RecordType {
	out := make([]sdk.RecordType, len(i.types))
	for n := range i.types {
		out[n] = sdk.RecordType{Name: i.types[n].name, Keys: i.types[n].keys()}
	}
	return out
}

// Close has nothing to release: every search has its own connection.
func (i *instance) Close() error { return nil }
