package restsource

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/sinusta/sinusta/plugins/internal/dialing"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// endpoint is how the service is reached.
type endpoint struct {
	base    *url.URL
	client  *http.Client
	auth    *signIn
	headers map[string]string
	limiter *rate.Limiter
	timeout time.Duration
	limits  Limits
}

// openEndpoint checks the settings of the connection. It sends nothing.
func openEndpoint(c Config, timeout time.Duration) (*endpoint, error) {
	base, err := address("url", c.URL, c.Insecure)
	if err != nil {
		return nil, err
	}
	if err := checkHeaders(c.Headers); err != nil {
		return nil, err
	}
	transport, err := newTransport(c, base, timeout)
	if err != nil {
		return nil, err
	}
	e := &endpoint{base: base, headers: c.Headers, timeout: timeout}
	if e.limits, err = withDefaults(c.Limits); err != nil {
		return nil, err
	}
	e.client = &http.Client{Transport: transport, CheckRedirect: e.redirect}
	if e.auth, err = newSignIn(c, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}); err != nil {
		return nil, err
	}
	if c.Rate != nil {
		if c.Rate.PerSecond <= 0 || c.Rate.Burst < 0 {
			return nil, sdk.ConfigError("rate.per_second", "want a number above 0")
		}
		e.limiter = rate.NewLimiter(rate.Limit(c.Rate.PerSecond), max(1, c.Rate.Burst))
	}
	return e, nil
}

func withDefaults(c *Limits) (Limits, error) {
	out := Limits{}
	if c != nil {
		out = *c
	}
	if out.Answer < 0 || out.Attachment < 0 || out.Pages < 0 || out.Requests < 0 || out.Wait < 0 {
		return out, sdk.ConfigError("limits", "a bound is above 0")
	}
	set := func(v *int, standard int) {
		if *v == 0 {
			*v = standard
		}
	}
	set(&out.Pages, 2000)
	set(&out.Requests, 100)
	set(&out.Wait, 120)
	if out.Answer == 0 {
		out.Answer = 32 << 20
	}
	if out.Attachment == 0 {
		out.Attachment = 2 << 30
	}
	return out, nil
}

// address reads the address of a service.
func address(path, s, insecure string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return nil, sdk.ConfigError(path, "want an address such as https://host/prefix, without a query")
	}
	if u.User != nil {
		return nil, sdk.ConfigError(path, "credentials do not stand in an address; they stand under auth and secrets")
	}
	if u.Scheme == "http" && !dialing.Loopback(u.Hostname()) && strings.TrimSpace(insecure) == "" {
		return nil, sdk.ConfigError(path, "credentials and personal data would go unencrypted over the network; use https:// (`insecure` takes a reason why not)")
	}
	u.Path = strings.TrimRight(u.Path, "/")
	u.RawPath = strings.TrimRight(u.RawPath, "/")
	return u, nil
}

// newTransport makes the connections. The environment says nothing of them.
func newTransport(c Config, base *url.URL, timeout time.Duration) (*http.Transport, error) {
	t := &http.Transport{DialContext: (&net.Dialer{Timeout: timeout}).DialContext, TLSHandshakeTimeout: timeout,
		ResponseHeaderTimeout: timeout, MaxResponseHeaderBytes: 256 << 10, MaxIdleConnsPerHost: 4, MaxConnsPerHost: 4,
		IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true}
	if c.Proxy != "" {
		proxy, err := url.Parse(c.Proxy)
		if err != nil || proxy.Hostname() == "" || proxy.Scheme != "http" && proxy.Scheme != "https" || proxy.User != nil {
			return nil, sdk.ConfigError("proxy", "want an address such as http://proxy:8080, without an account")
		}
		t.Proxy = http.ProxyURL(proxy)
	}
	if base.Scheme != "https" && (c.CAFile != "" || c.CertFile != "") {
		return nil, sdk.ConfigError("url", "the connection is not encrypted; use https:// with ca_file or cert_file")
	}
	var err error
	t.TLSClientConfig, err = tlsConfig(c)
	return t, err
}

func tlsConfig(c Config) (*tls.Config, error) {
	out, err := dialing.TLS("", c.CAFile, "") // of the host that is asked
	if err != nil {
		return nil, err
	}
	switch {
	case c.CertFile == "" && c.ClientKey == "":
		return out, nil
	case c.CertFile == "" || c.ClientKey == "":
		return nil, sdk.ConfigError("cert_file", "mutual TLS needs cert_file and the secret client_key")
	}
	pem, err := os.ReadFile(c.CertFile)
	if err != nil {
		return nil, sdk.ConfigError("cert_file", "the file cannot be read: %s", err)
	}
	pair, err := tls.X509KeyPair(pem, []byte(c.ClientKey.Reveal()))
	if err != nil {
		return nil, sdk.ConfigError("cert_file", "the certificate and the secret client_key are no pair in PEM")
	}
	out.Certificates = []tls.Certificate{pair}
	return out, nil
}

// redirect follows a GET within the service alone: elsewhere go neither the
// question nor the credentials.
func (e *endpoint) redirect(next *http.Request, via []*http.Request) error {
	if len(via) >= 5 || via[0].Method != http.MethodGet || next.Method != http.MethodGet || !e.within(next.URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

// within tells whether an address is one of the service.
func (e *endpoint) within(u *url.URL) bool {
	return u.Scheme == e.base.Scheme && strings.EqualFold(u.Hostname(), e.base.Hostname()) && port(u) == port(e.base) && u.User == nil
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}
