package ldapsource

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/core/catalogue"
	"github.com/sinusta/sinusta/plugins/sdk"
)

func TestAWrongConfigurationIsRefusedAtItsPlace(t *testing.T) {
	types := func(change func(*Type)) map[string]Type {
		account := mapping()["account"]
		change(&account)
		return map[string]Type{"account": account}
	}
	server := func(change func(*Config)) Config {
		c := Config{URL: "ldaps://dir.example.fi", BindDN: reader, Password: "x", BaseDN: List{people}, Types: mapping()}
		change(&c)
		return c
	}
	files := func(change func(*Config)) Config {
		c := filesConfig()
		change(&c)
		return c
	}
	mapped := func(change func(*Type)) Config { return files(func(c *Config) { c.Types = types(change) }) }
	tests := []struct {
		name string
		c    Config
		path string
		says string
	}{
		{"no type", files(func(c *Config) { c.Types = nil }), "types", "account"},
		{"unknown type", files(func(c *Config) { c.Types = map[string]Type{"acount": {}} }), "types.acount", `did you mean "account"`},
		{"unknown field", mapped(func(a *Type) { a.Fields["grups"] = List{"memberOf"} }), "types.account.fields.grups", `did you mean "groups"`},
		{"unknown slot", mapped(func(a *Type) { a.Parties[0].Slot = "persn" }), "types.account.parties[0].slot", `did you mean "person"`},
		{"unknown field of the slot", mapped(func(a *Type) { a.Parties[0].Fields["e_mail"] = List{"mail"} }), "types.account.parties[0].fields.e_mail", `did you mean "email"`},
		{"no field in a slot", mapped(func(a *Type) { a.Parties[0].Fields = nil }), "types.account.parties[0].fields", ""},
		{"nothing to search by", mapped(func(a *Type) { a.Parties = nil }), "types.account", "identifier"},
		{"no filter", mapped(func(a *Type) { a.Filter = "" }), "types.account.filter", ""},
		{"broken filter", mapped(func(a *Type) { a.Filter = "(objectClass=" }), "types.account.filter", "well formed"},
		{"filter of another kind", mapped(func(a *Type) { a.Filter = "(uid>=a)" }), "types.account.filter", "use only"},
		{"bad attribute", mapped(func(a *Type) { a.Fields["groups"] = List{"member of"} }), "types.account.fields.groups", "no attribute name"},
		{"bad attribute in a list", mapped(func(a *Type) { a.Fields["groups"] = List{"memberOf", "*"} }), "types.account.fields.groups[1]", "no attribute name"},
		{"secret mapped", mapped(func(a *Type) { a.Fields["groups"] = List{"userPassword"} }), "types.account.fields.groups", "secret"},
		{"ignored and mapped", mapped(func(a *Type) { a.Ignore["emailAddress"], a.Ignore["rfc822Mailbox"] = "x", "x" }), "types.account.ignore.rfc822Mailbox", "types.account.parties[0].fields.email"},
		{"ignored without reason", mapped(func(a *Type) { a.Ignore["carLicense"] = " " }), "types.account.ignore.carLicense", "reason"},
		{"class ignored without reason", files(func(c *Config) { c.IgnoreClasses = map[string]string{"account": ""} }), "ignore_classes.account", "reason"},
		{"bad base", files(func(c *Config) { c.BaseDN = List{"people"} }), "base_dn", "no DN"},
		{"bad base in a list", files(func(c *Config) { c.BaseDN = List{people, "people"} }), "base_dn[1]", "no DN"},
		{"bad scope", files(func(c *Config) { c.Scope = "subtree" }), "scope", "sub"},
		{"no file", files(func(c *Config) { c.LDIF = []string{staff, "no-such.ldif"} }), "ldif[1]", "no such file"},
		{"a folder", files(func(c *Config) { c.LDIF = []string{"testdata"} }), "ldif[0]", "folder"},
		{"server and files", files(func(c *Config) { c.URL = "ldaps://dir.example.fi" }), "ldif", "not both"},
		{"server's setting beside files", files(func(c *Config) { c.PageSize = 10 }), "page_size", "beside ldif"},
		{"neither server nor files", server(func(c *Config) { c.URL = "" }), "url", ""},
		{"no base", server(func(c *Config) { c.BaseDN = nil }), "base_dn", ""},
		{"another scheme", server(func(c *Config) { c.URL = "https://dir.example.fi" }), "url", "ldaps://"},
		{"password in the address", server(func(c *Config) { c.URL = "ldaps://me:secret@dir.example.fi" }), "url", ""},
		{"base in the address", server(func(c *Config) { c.URL = "ldaps://dir.example.fi/dc=x" }), "url", "base_dn"},
		{"plain to another machine", server(func(c *Config) { c.URL = "ldap://dir.example.fi" }), "url", "unencrypted"},
		{"StartTLS over TLS", server(func(c *Config) { c.StartTLS = true }), "start_tls", ""},
		{"insecure over TLS", server(func(c *Config) { c.Insecure = true }), "insecure", ""},
		{"authority without TLS", server(func(c *Config) { c.URL, c.CAFile = "ldap://127.0.0.1", "x" }), "ca_file", ""},
		{"no such authority file", server(func(c *Config) { c.CAFile = "no-such.pem" }), "ca_file", "no such file"},
		{"authority file of another kind", server(func(c *Config) { c.CAFile = staff }), "ca_file", "PEM"},
		{"account without password", server(func(c *Config) { c.Password = "" }), "password", "secrets"},
		{"password without account", server(func(c *Config) { c.BindDN = "" }), "bind_dn", ""},
		{"unknown syntax", mapped(func(a *Type) { a.Syntax = map[string]string{"uid": "filetme"} }), "types.account.syntax.uid", `did you mean "filetime"`},
		{"bad name of a syntax", mapped(func(a *Type) { a.Syntax = map[string]string{"u id": "sid"} }), "types.account.syntax.u id", "no attribute name"},
		{"aliases", server(func(c *Config) { c.Aliases = "sometimes" }), "aliases", "always"},
		{"a server to follow without encryption", server(func(c *Config) { c.FollowReferrals = List{"ldap://other.example.fi"} }), "follow_referrals", "unencrypted"},
		{"a server to follow that is none", server(func(c *Config) { c.FollowReferrals = List{"ldaps://a.example.fi", "a.example.fi"} }), "follow_referrals[1]", "ldaps://"},
		{"servers to follow beside files", files(func(c *Config) { c.FollowReferrals = List{"ldaps://a.example.fi"} }), "follow_referrals", "beside ldif"},
		{"catalogue's reasons without one", server(func(c *Config) { c.NotInCatalogue = map[string]string{"*": "x"} }), "not_in_catalogue", "3268"},
		{"catalogue without reason", server(func(c *Config) {
			c.URL, c.NotInCatalogue = "ldaps://gc.example.fi:3269", map[string]string{"title": ""}
		}), "not_in_catalogue.title", "reason"},
		{"no base, no catalogue", server(func(c *Config) { c.BaseDN = List{""} }), "base_dn", "no DN"},
		{"bits that are none", mapped(func(a *Type) { a.Filter = "(userAccountControl:1.2.840.113556.1.4.803:=x)" }), "types.account.filter", "use only"},
		{"a rule of a server", mapped(func(a *Type) { a.Filter = "(memberOf:1.2.840.113556.1.4.1941:=cn=x)" }), "types.account.filter", "use only"},
		{"page size", server(func(c *Config) { c.PageSize = 20000 }), "page_size", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := configure(test.c, environment())
			wantProblem(t, "configure", err, core.ClassConfig, test.path)
			if err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v does not say %q", err, test.says)
			}
			if err != nil && strings.Contains(err.Error(), "secret@") {
				t.Error("the error shows the password")
			}
		})
	}
	for _, c := range []Config{
		server(func(*Config) {}),
		server(func(c *Config) { c.URL, c.StartTLS = "ldap://dir.example.fi:389", true }),
		server(func(c *Config) { c.URL, c.Insecure = "ldap://dir.example.fi", true }),
		server(func(c *Config) { c.URL = "ldap://[::1]:389" }),
		server(func(c *Config) { c.BindDN, c.Password = "", "" }),
		files(func(c *Config) { c.BaseDN = nil }),
	} {
		if _, err := configure(c, environment()); err != nil {
			t.Error(err)
		}
	}
}

func TestTheKeysAreThoseOfTheMappedFields(t *testing.T) {
	types := configured(t, filesConfig()).Types()
	want := []sdk.RecordType{{Name: "account", Keys: []sdk.Key{
		{Kinds: []core.Kind{core.Name}, Match: sdk.MatchTerms}, {Kinds: []core.Kind{core.Email}, Match: sdk.MatchExact},
		{Kinds: []core.Kind{core.Phone}, Match: sdk.MatchTerms}, {Kinds: []core.Kind{core.Address}, Match: sdk.MatchExact},
		{Kinds: []core.Kind{core.EmployeeNumber}, Match: sdk.MatchExact},
		{Kinds: []core.Kind{core.UserID}, Match: sdk.MatchExact}}}}
	if d := cmp.Diff(want, types); d != "" {
		t.Error(d)
	}
}

// readmeSamples gives the configurations of README.md, as sources.yaml holds
// them, by the source's name.
func readmeSamples(t *testing.T) map[string]map[string]any {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]any{}
	for _, block := range strings.Split(string(readme), "```yaml\n")[1:] {
		sample, _, _ := strings.Cut(block, "```")
		var file struct {
			Sources map[string]map[string]any `yaml:"sources"`
		}
		if err := yaml.Unmarshal([]byte(sample), &file); err != nil {
			t.Fatal(err)
		}
		for name, source := range file.Sources {
			config, ok := source["config"].(map[string]any)
			if source["plugin"] != "ldap" || !ok || config["url"] != nil && source["secrets"] == nil {
				t.Fatalf("the sample %s is no source of this plugin: %v", name, source)
			}
			out[name] = config
		}
	}
	for _, name := range []string{"staff-directory", "ad-corp", "ad-catalogue", "old-directory"} {
		if out[name] == nil {
			t.Fatalf("README.md has no sample %s", name)
		}
	}
	return out
}

func TestTheReadmesSamplesAreConfigurations(t *testing.T) {
	for name, sample := range readmeSamples(t) {
		raw, err := json.Marshal(sample)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.DisallowUnknownFields()
		var c Config
		if err := d.Decode(&c); err != nil {
			t.Fatal(name, err)
		}
		if c.URL != "" {
			c.Password = "from the secrets"
		}
		c.CAFile = "" // the sample's files are not here
		for n := range c.LDIF {
			c.LDIF[n] = staff
		}
		i := configured(t, c)
		if isCatalogue(c) != (name == "ad-catalogue") {
			t.Errorf("%s: a global catalogue? %v", name, isCatalogue(c))
		}
		if d := cmp.Diff(c.BaseDN, i.settings.bases); d != "" {
			t.Error(d)
		}
	}
}

func TestTheSchemaTakesWhatTheDecoderTakes(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(New().Config))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.AddResource("config.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, config := range readmeSamples(t) {
		raw, err := json.Marshal(config)
		if err != nil {
			t.Fatal(err)
		}
		sample, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(sample); err != nil {
			t.Error(name, err)
		}
	}
	described := document.(map[string]any)["properties"].(map[string]any)
	var decoded map[string]any
	full := Config{URL: "x", LDIF: []string{"x"}, StartTLS: true, Insecure: true, CAFile: "x", BindDN: "x", BaseDN: List{"x"}, Scope: "x",
		PageSize: 1, IgnoreClasses: map[string]string{"x": "x"}, IgnoreReferrals: "x", FollowReferrals: List{"x"}, IgnoreDeleted: "x",
		Aliases: "x", GlobalCatalogue: new(bool), NotInCatalogue: map[string]string{"x": "x"}}
	raw, err := json.Marshal(full)
	if err != nil || json.Unmarshal(raw, &decoded) != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(slices.Sorted(maps.Keys(decoded)), slices.Sorted(maps.Keys(described))); d != "" {
		t.Error("the schema and Config differ: ", d)
	}
}

func TestListsAreOneTextOrSeveral(t *testing.T) {
	for text, want := range map[string]List{`"mail"`: {"mail"}, `["a","b"]`: {"a", "b"}} {
		var l List
		if err := json.Unmarshal([]byte(text), &l); err != nil || !slices.Equal(l, want) {
			t.Errorf("%s gives %v, %v", text, l, err)
		}
		if back, err := json.Marshal(l); err != nil || string(back) != text {
			t.Errorf("%v gives %s, %v", l, back, err)
		}
	}
	for _, text := range []string{`[]`, `3`, `{"a":"b"}`, `[1]`} {
		var l List
		if json.Unmarshal([]byte(text), &l) == nil {
			t.Errorf("%s was taken", text)
		}
	}
}

func TestEveryKindOfSystemCanBeMapped(t *testing.T) {
	kinds := catalogue.Kinds()
	if len(kinds) == 0 {
		t.Fatal("no kinds")
	}
	for _, kind := range kinds {
		env := environment()
		env.Kind = kind
		_, err := configure(Config{LDIF: []string{staff}, Types: map[string]Type{"nothing-like-it": {}}}, env)
		wantProblem(t, kind, err, core.ClassConfig, "types.nothing-like-it")
	}
	env := environment()
	env.Kind = "nothing-like-it"
	var p *core.Problem
	if _, err := configure(filesConfig(), env); !errors.As(err, &p) || p.Class != core.ClassConfig {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join("testdata", "staff.ldif")); err != nil {
		t.Error(err)
	}
}
