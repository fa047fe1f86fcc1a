package restsource

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sinusta/sinusta/core"
	"github.com/sinusta/sinusta/plugins/sdk"
)

func TestEveryWayOfSigningIn(t *testing.T) {
	for name, c := range map[string]struct {
		config string
		secret func(*Config)
		good   func(*http.Request) bool
	}{
		"basic": {"auth: {type: basic, user: lukija}", func(c *Config) { c.Password = "sala:sana" }, func(r *http.Request) bool {
			u, p, ok := r.BasicAuth()
			return ok && u == "lukija" && p == "sala:sana"
		}},
		"bearer":    {"auth: {type: bearer}", func(c *Config) { c.Token = "t0k3n" }, func(r *http.Request) bool { return r.Header.Get("Authorization") == "Bearer t0k3n" }},
		"scheme":    {"auth: {type: bearer, scheme: token}", func(c *Config) { c.Token = "t0k3n" }, func(r *http.Request) bool { return r.Header.Get("Authorization") == "token t0k3n" }},
		"header":    {"auth: {type: api_key, header: X-Api-Key}", func(c *Config) { c.APIKey = "k3y" }, func(r *http.Request) bool { return r.Header.Get("X-Api-Key") == "k3y" }},
		"parameter": {"auth: {type: api_key, parameter: key}", func(c *Config) { c.APIKey = "k3y&x=1" }, func(r *http.Request) bool { return r.URL.Query().Get("key") == "k3y&x=1" }},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if !c.good(r) {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				write(w, found(ticket("1", maija)))
			})
			conf := config(t, s, tickets+c.config)
			c.secret(&conf)
			h, err := ask(t, opened(t, conf), by(key(t, core.Email, maija)))
			if err != nil || len(h.records) != 1 {
				t.Errorf("%d records, %v", len(h.records), err)
			}
		})
	}
}

// An expired token is renewed once; a service that goes on refusing is told as
// a problem of the account.
func TestTokensAreRenewedOnce(t *testing.T) {
	given, valid := 0, true
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			given++
			write(w, map[string]any{"access_token": fmt.Sprint("t", given), "token_type": "Bearer", "expires_in": 3600})
			return
		}
		if !valid || given < 2 || r.Header.Get("Authorization") != fmt.Sprint("Bearer t", given) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		write(w, found(ticket("1", maija)))
	})
	conf := config(t, s, tickets+"auth: {type: oauth2, client_id: sinusta, scopes: [read]}")
	conf.Auth.TokenURL, conf.ClientSecret = s.URL+"/token", "s3cret"
	i := opened(t, conf)
	if h, err := ask(t, i, by(key(t, core.Email, maija))); err != nil || len(h.records) != 1 || given != 2 {
		t.Fatalf("%d records, %d tokens, %v", len(h.records), given, err)
	}
	valid = false
	if _, err := ask(t, i, by(key(t, core.Email, maija))); classOf(err) != core.ClassAuth || given != 3 {
		t.Errorf("%d tokens, %v", given, err)
	}
}

// A service that sends us elsewhere gets no credentials there.
func TestCredentialsStayWithTheService(t *testing.T) {
	other := serve(t, func(w http.ResponseWriter, _ *http.Request) { write(w, found(ticket("1", maija))) })
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	})
	conf := config(t, s, tickets+"auth: {type: bearer}")
	conf.Token = "t0k3n"
	if _, err := ask(t, opened(t, conf), by(key(t, core.Email, maija))); classOf(err) != core.ClassAuth {
		t.Errorf("%v", err)
	}
	if n := len(other.asked()); n > 0 {
		t.Errorf("the other server was asked %d times", n)
	}
	// The environment is no configuration: Go would look there for a proxy.
	if transport, ok := opened(t, conf).endpoint.client.Transport.(*http.Transport); !ok || transport.Proxy != nil {
		t.Error("the environment may name a proxy")
	}
}

func TestAServiceThatMakesUsWait(t *testing.T) {
	t.Parallel() // it waits
	for name, wait := range map[string]func(http.Header){
		"seconds": func(h http.Header) { h.Set("Retry-After", "1") },
		"a date by a clock that is years behind": func(h http.Header) {
			its := time.Date(2019, 5, 1, 12, 0, 0, 0, time.UTC)
			h.Set("Date", its.Format(http.TimeFormat))
			h.Set("Retry-After", its.Add(time.Second).Format(http.TimeFormat))
		},
		"a date by a clock that is years ahead": func(h http.Header) {
			its := time.Date(2099, 5, 1, 12, 0, 0, 0, time.UTC)
			h.Set("Date", its.Format(http.TimeFormat))
			h.Set("Retry-After", its.Add(time.Second).Format(http.TimeFormat))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			busy := true
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if busy {
					busy = false
					wait(w.Header())
					w.WriteHeader(http.StatusTooManyRequests)
					return
				}
				write(w, found(ticket("1", maija)))
			})
			h, err := ask(t, opened(t, config(t, s, tickets)), by(key(t, core.Email, maija)))
			if err != nil || len(h.records) != 1 || len(h.waits) != 1 {
				t.Errorf("%d records, %d waits, %v", len(h.records), len(h.waits), err)
			}
		})
	}
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	_, err := ask(t, opened(t, config(t, s, tickets)), by(key(t, core.Email, maija)))
	if p := core.Problems(err); len(p) != 1 || p[0].Class != core.ClassRateLimited || p[0].RetryAfter != time.Hour {
		t.Errorf("a wait beyond the bound: %v", err)
	}
}

// certificate makes a certificate and its key in PEM.
func certificate(t *testing.T) (cert, private []byte) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sinusta"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}

func TestMutualTLSAndOwnAuthority(t *testing.T) {
	cert, private := certificate(t)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { write(w, found(ticket("1", maija))) }))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	server.StartTLS()
	t.Cleanup(server.Close)
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	conf := config(t, nil, tickets)
	conf.URL = server.URL
	if _, err := ask(t, opened(t, conf), by(key(t, core.Email, maija))); classOf(err) != core.ClassConfig || !strings.Contains(err.Error(), "ca_file") {
		t.Errorf("an unknown authority: %v", err)
	}
	conf.CAFile = file("ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	if _, err := ask(t, opened(t, conf), by(key(t, core.Email, maija))); err == nil {
		t.Error("no certificate was needed")
	}
	conf.CertFile, conf.ClientKey = file("own.pem", cert), sdk.Secret(private)
	if h, err := ask(t, opened(t, conf), by(key(t, core.Email, maija))); err != nil || len(h.records) != 1 {
		t.Errorf("%v", err)
	}
}

// Every mistake in the configuration is an error that names its place.
func TestMistakesInTheConfigurationAreNamed(t *testing.T) {
	for text, path := range map[string]string{
		"url: http://service.example.fi":                                  "url",
		"url: ftp://service.example.fi":                                   "url",
		"url: https://a:b@service.example.fi":                             "url",
		"url: https://x.example.fi\nauth: {type: basic, user: x}":         "secrets.password",
		"url: https://x.example.fi\nheaders: {Authorization: x}":          "headers.Authorization",
		"url: https://x.example.fi\nheaders: {X: \"a\\nb\"}":              "headers.X",
		"url: https://x.example.fi\nproxy: socks5://x":                    "proxy",
		"url: https://x.example.fi\ntime_zone: Mars/Base":                 "time_zone",
		"url: https://x.example.fi\nerrors: [{status: 200, class: data}]": "errors[0]",
		"recipe: servicenoww":                                             "recipe",
	} {
		_, err := configure(decoded(t, tickets+text), sdk.Env{Kind: "ticketing"})
		p := core.Problems(err)
		if len(p) != 1 || p[0].Class != core.ClassConfig || p[0].ConfigPath != path {
			t.Errorf("%q: %v", text, err)
		}
	}
	for change, path := range map[[2]string]string{
		{"by: [email]", "by: [e-mail]"}:                                             "types.ticket.search[0].by[0]",
		{"by: [email]", "by: [diary-number]"}:                                       "types.ticket.search[0].by[0]",
		{"identifier: email", "identifier: phone"}:                                  "types.ticket.search[0].query.requester",
		{"path: /tickets,", "path: /tickets/../admin,"}:                             "types.ticket.search[0].path[1]",
		{"path: /tickets,", "method: DELETE, path: /tickets,"}:                      "types.ticket.search[0].method",
		{"records: tickets}", "records: tickets, pages: {by: page, parameter: p}}"}: "types.ticket.search[0].pages.ordered",
		{"slot: requester", "slot: requestor"}:                                      "types.ticket.parties[0].slot",
		{"title: title", "titel: title"}:                                            "types.ticket.fields.titel",
		{"title: title", "title: a..b"}:                                             "types.ticket.fields.title",
		{`"technical: locking"`, `""`}:                                              "types.ticket.ignore",
		{"records: tickets}", "records: tickets, owned: it is theirs}"}:             "types.ticket.search[0].owned",
	} {
		mapping := strings.Replace(tickets, change[0], change[1], 1)
		if mapping == tickets {
			t.Fatalf("nothing was changed by %v", change)
		}
		conf := decoded(t, mapping)
		conf.URL = "https://x.example.fi"
		_, err := configure(conf, sdk.Env{Kind: "ticketing"})
		if p := core.Problems(err); len(p) != 1 || p[0].ConfigPath != path {
			t.Errorf("%v: %v at %q", change, err, p)
		}
	}
}
