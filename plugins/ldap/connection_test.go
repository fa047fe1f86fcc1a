package ldapsource

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/fixtures/servers"
	"github.com/sinusta/sinusta/plugins/sdk"
)

func TestConnectionsAreEncryptedAndVerified(t *testing.T) {
	s := plainServer(t, servers.LDAPOptions{TLS: true})
	other := plainServer(t, servers.LDAPOptions{TLS: true})
	notPEM := filepath.Join(t.TempDir(), "not.pem")
	if err := os.WriteFile(notPEM, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*Config)
		class  core.Class // of the error; empty for none
		path   string
	}{
		{"LDAPS", func(c *Config) { c.URL, c.CAFile = s.TLSURL, s.CAFile }, "", ""},
		{"StartTLS", func(c *Config) { c.StartTLS, c.CAFile = true, s.CAFile }, "", ""},
		{"by host name", func(c *Config) {
			c.URL, c.CAFile = strings.Replace(s.TLSURL, "127.0.0.1", "localhost", 1), s.CAFile
		}, "", ""},
		{"LDAPS, another authority", func(c *Config) { c.URL, c.CAFile = s.TLSURL, other.CAFile }, core.ClassConfig, "ca_file"},
		{"StartTLS, another authority", func(c *Config) { c.StartTLS, c.CAFile = true, other.CAFile }, core.ClassConfig, "ca_file"},
		{"LDAPS, the system's authorities", func(c *Config) { c.URL = s.TLSURL }, core.ClassConfig, "ca_file"},
		{"LDAPS on the plain port", func(c *Config) {
			c.URL, c.CAFile = strings.Replace(s.URL, "ldap:", "ldaps:", 1), s.CAFile
		}, core.ClassTransient, ""},
		{"wrong password", func(c *Config) { c.Password = "wrong" }, core.ClassAuth, ""},
		{"unknown account", func(c *Config) { c.BindDN = "cn=nobody," + suffix }, core.ClassAuth, ""},
		{"account that is no DN", func(c *Config) { c.BindDN = "nobody" }, core.ClassConfig, "bind_dn"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := serverConfig(s)
			test.change(&c)
			i := configured(t, c)
			a := &answer{}
			err := i.search(t.Context(), by(t, core.UserID, "makinma1"), a)
			if test.class == "" {
				if err != nil || len(a.records) != 1 {
					t.Errorf("%v, %v", err, a.refs())
				}
				return
			}
			wantProblem(t, "search", err, test.class, test.path)
			for _, secret := range []string{"makinma1", "wrong", password} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows a value: %v", err)
				}
			}
			if failed := checked(t.Context(), i).failed(); len(failed) != 1 {
				t.Errorf("failed steps %v", failed)
			}
		})
	}
}

func TestACertificateForAnotherHostIsRefused(t *testing.T) {
	s := plainServer(t, servers.LDAPOptions{TLS: true})
	for _, startTLS := range []bool{false, true} {
		c := serverConfig(s)
		c.CAFile, c.StartTLS = s.CAFile, startTLS
		if !startTLS {
			c.URL = s.TLSURL
		}
		i := configured(t, c)
		i.endpoint.tls.ServerName = "dir.example.fi"
		err := i.search(t.Context(), by(t, core.UserID, "makinma1"), &answer{})
		wantProblem(t, "search", err, core.ClassConfig, "url")
	}
}

func TestAServerThatIsDownIsTransient(t *testing.T) {
	s := plainServer(t, servers.LDAPOptions{})
	i := configured(t, serverConfig(s))
	s.Stop()
	err := i.search(t.Context(), by(t, core.UserID, "makinma1"), &answer{})
	wantProblem(t, "search", err, core.ClassTransient, "")
}

func TestASilentServerEndsWithTheTimeout(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	env := environment()
	env.Timeout = 200 * time.Millisecond
	i, err := configure(Config{URL: "ldap://" + l.Addr().String(), BindDN: reader, Password: "x", BaseDN: List{people}, Types: mapping()}, env)
	if err != nil {
		t.Fatal(err)
	}
	for _, startTLS := range []bool{false, true} {
		i.endpoint.startTLS, i.endpoint.tls = startTLS, &tls.Config{ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
		wantProblem(t, "search", i.search(t.Context(), by(t, core.UserID, "makinma1"), &answer{}), core.ClassTransient, "")
	}

	ctx, cancel := context.WithCancel(t.Context())
	i.endpoint.timeout = time.Minute
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := i.search(ctx, by(t, core.UserID, "makinma1"), &answer{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled, and yet %v", err)
	}
}

func TestAnAccountWithoutRightsIsToldApartFromNothing(t *testing.T) {
	s := plainServer(t, servers.LDAPOptions{Access: []string{"to attrs=userPassword by anonymous auth by * none", "to dn.subtree=\"" + people + "\" by * none", "to * by * read"}})
	err := configured(t, serverConfig(s)).search(t.Context(), by(t, core.UserID, "makinma1"), &answer{})
	wantProblem(t, "search", err, core.ClassConfig, "base_dn")
}

func TestCheckGoesThroughTheDirectory(t *testing.T) {
	s := plainServer(t, servers.LDAPOptions{})
	server := serverConfig(s)
	for where, c := range map[string]Config{"server": server, "files": filesConfig()} {
		got := checked(t.Context(), configured(t, c))
		if failed := got.failed(); len(failed) > 0 {
			t.Errorf("%s: %+v", where, got)
		}
		warned := got.warned()
		if where == "server" {
			if d := cmp.Diff([]string{"encryption", "read-only"}, warned); d != "" {
				t.Error(d)
			}
		} else if len(warned) > 0 {
			t.Errorf("%s: %+v", where, got)
		}
	}
}

func TestCheckNamesWhatTheMappingLeavesOpen(t *testing.T) {
	s := plainServer(t, servers.LDAPOptions{}, file(t, "dn: uid=unix1,"+people+"\nobjectClass: account\nuid: unix1\n"))
	c := serverConfig(s)
	account := without("userPassword")["account"]
	account.Parties[0].Fields["workstation"] = List{"roomNumber"}
	c.Types = map[string]Type{"account": account}
	got := checked(t.Context(), configured(t, c))
	if d := cmp.Diff([]string{"object classes"}, got.failed()); d != "" {
		t.Error(d)
	}
	var said []string
	for _, x := range got {
		if x.warn != nil {
			said = append(said, x.warn.ConfigPath+": "+x.warn.Message)
		}
	}
	all := strings.Join(said, "\n")
	for _, want := range []string{"userPassword is neither mapped nor ignored", "types.account.parties[0].fields.workstation: none of the 6 entries has the attribute roomNumber"} {
		if !strings.Contains(all, want) {
			t.Errorf("no warning %q in\n%s", want, all)
		}
	}
}

func TestAMisspeltAttributeIsFoundBySchema(t *testing.T) {
	s := plainServer(t, servers.LDAPOptions{})
	tests := []struct {
		name, path, says string
		change           func(*Type)
	}{
		{"unknown attribute", "types.account.parties[0].fields.email", `did you mean "mail"`, func(a *Type) { a.Parties[0].Fields["email"] = List{"mial"} }},
		{"unknown attribute in a list", "types.account.parties[0].fields.phone[1]", `did you mean "mobile"`, func(a *Type) { a.Parties[0].Fields["phone"] = List{"telephoneNumber", "mobil"} }},
		{"unknown class in the filter", "types.account.filter", `did you mean "inetorgperson"`, func(a *Type) { a.Filter = "(objectClass=inetOrgPersn)" }},
		{"unknown attribute in the filter", "types.account.filter", `did you mean "employeeType"`, func(a *Type) { a.Filter = "(!(employeTyp=x))" }},
		{"attribute without that comparison", "types.account.filter", "cannot compare", func(a *Type) { a.Filter = "(jpegPhoto=x*)" }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			account := mapping()["account"]
			test.change(&account)
			c := serverConfig(s)
			c.Types = map[string]Type{"account": account}
			err := configured(t, c).search(t.Context(), by(t, core.UserID, "makinma1"), &answer{})
			wantProblem(t, "search", err, core.ClassConfig, test.path)
			if !strings.Contains(err.Error(), test.says) {
				t.Error(err)
			}
		})
	}
}

func TestAnUnreadableSchemaMakesTheAnswerPartial(t *testing.T) {
	s := plainServer(t, servers.LDAPOptions{FrontendAccess: []string{`to dn.base="cn=Subschema" by * none`, "to * by * read"}})
	a := ask(t, configured(t, serverConfig(s)), by(t, core.Name, "Mäkinen, Maija Helena"))
	if d := cmp.Diff([]core.Problem{schemaNotice()}, a.notices); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"1", "3"}, a.refs()); d != "" {
		t.Error(d)
	}
}

var _ sdk.Instance = (*instance)(nil)
