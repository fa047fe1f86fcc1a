package ldapsource

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/sinusta/sinusta/plugins/internal/dialing"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// endpoint is how to reach and enter a directory server.
type endpoint struct {
	url      string
	tls      *tls.Config // nil without TLS
	startTLS bool
	bindDN   string
	password sdk.Secret
	timeout  time.Duration
}

// parseEndpoint validates the settings of a server. It sends nothing.
func parseEndpoint(c Config, timeout time.Duration) (*endpoint, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Hostname() == "" || (u.Scheme != "ldap" && u.Scheme != "ldaps") {
		return nil, sdk.ConfigError("url", "want ldaps://host:port, or ldap://host:port with start_tls")
	}
	if u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, sdk.ConfigError("url", "the address is scheme, host and port only; the account stands in bind_dn and the DN in base_dn")
	}
	e := &endpoint{url: u.Scheme + "://" + u.Host, startTLS: c.StartTLS, bindDN: c.BindDN, password: c.Password, timeout: timeout}
	encrypted := u.Scheme == "ldaps" || c.StartTLS
	switch {
	case u.Scheme == "ldaps" && c.StartTLS:
		return nil, sdk.ConfigError("start_tls", "ldaps:// is encrypted from the start; leave start_tls out")
	case encrypted && c.Insecure:
		return nil, sdk.ConfigError("insecure", "the connection is encrypted; leave insecure out")
	case !encrypted && c.CAFile != "":
		return nil, sdk.ConfigError("ca_file", "the connection is not encrypted; set start_tls or use ldaps://")
	case !encrypted && !c.Insecure && !dialing.Loopback(u.Hostname()):
		return nil, sdk.ConfigError("url", "password and personal data would go unencrypted over the network; set start_tls or use ldaps:// (insecure: true allows it)")
	case c.BindDN != "" && c.Password == "":
		// A bind with a name and no password succeeds as nobody (RFC 4513
		// §5.1.2), and nobody sees less.
		return nil, sdk.ConfigError("password", "bind_dn needs a password; name where it comes from under secrets")
	case c.BindDN == "" && c.Password != "":
		return nil, sdk.ConfigError("bind_dn", "there is a password but no account; write the account's DN here")
	}
	if encrypted {
		if e.tls, err = dialing.TLS(u.Hostname(), c.CAFile, ""); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// dial connects and encrypts. The connection breaks when ctx ends; release
// closes it.
func (e *endpoint) dial(ctx context.Context) (*ldap.Conn, func(), error) {
	dialer := &net.Dialer{Timeout: e.timeout}
	if deadline, ok := ctx.Deadline(); ok {
		dialer.Deadline = deadline
	}
	options := []ldap.DialOpt{ldap.DialWithDialer(dialer)}
	if e.tls != nil && !e.startTLS {
		options = append(options, ldap.DialWithTLSConfig(e.tls.Clone()))
	}
	conn, err := ldap.DialURL(e.url, options...)
	if err != nil {
		return nil, nil, dialProblem(err)
	}
	conn.SetTimeout(e.timeout)
	closeConn := func() { _ = conn.Close() }
	stop := context.AfterFunc(ctx, closeConn)
	release := func() {
		stop()
		closeConn()
	}
	if e.startTLS {
		// StartTLS minds no timeout of its own.
		late := time.AfterFunc(e.timeout, closeConn)
		defer late.Stop()
		if err := conn.StartTLS(e.tls.Clone()); err != nil {
			release()
			return nil, nil, orContext(ctx, startTLSProblem(err))
		}
	}
	return conn, release, nil
}

// orContext gives the context's error in place of the one that its end
// caused.
func orContext(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
