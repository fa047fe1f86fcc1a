package mailsource

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/sinusta/sinusta/plugins/internal/dialing"
	"github.com/sinusta/sinusta/plugins/sdk"
)

// defaultSilence is how long a server may say nothing while it is asked.
const defaultSilence = 60 * time.Second

// endpoint is how to reach an IMAP server.
type endpoint struct {
	address  string
	tls      *tls.Config // nil without encryption
	startTLS bool
	user     string
	password sdk.Secret
	silence  time.Duration
}

// parseServer validates the settings of the server; nil where no mailbox is on
// one. It sends nothing.
func parseServer(c Config) (*endpoint, error) {
	used := false
	for _, m := range c.Mailboxes {
		used = used || m.IMAP != nil
	}
	switch {
	case c.Server == nil && used:
		return nil, sdk.ConfigError("server", "a mailbox is on a server: say which, such as server: {url: imaps://mail.example.fi, user: reader}")
	case c.Server == nil && c.Password != "":
		return nil, sdk.ConfigError("secrets.password", "there is no server that asks for a password; remove it")
	case c.Server == nil:
		return nil, nil //nolint:nilnil // mailboxes in files need none
	case !used:
		return nil, sdk.ConfigError("server", "no mailbox is on the server; write imap: {} under a mailbox, or remove the server")
	case c.Password == "":
		return nil, sdk.ConfigError("password", "the account needs a password; name where it comes from under secrets")
	case c.Server.Seconds < 0:
		return nil, sdk.ConfigError("server.seconds", "want a number above 0")
	}
	s := *c.Server
	u, err := url.Parse(s.URL)
	if err != nil || u.Hostname() == "" || u.Scheme != "imap" && u.Scheme != "imaps" {
		return nil, sdk.ConfigError("server.url", "want imaps://host, or imap://host with start_tls; a port other than 993 or 143 follows a colon")
	}
	if u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, sdk.ConfigError("server.url", "the address is scheme, host and port only; the account stands in user")
	}
	encrypted := u.Scheme == "imaps" || s.StartTLS
	switch {
	case u.Scheme == "imaps" && s.StartTLS:
		return nil, sdk.ConfigError("server.start_tls", "imaps:// is encrypted from the start; leave start_tls out")
	case encrypted && s.ClearText:
		return nil, sdk.ConfigError("server.clear_text", "the connection is encrypted; leave clear_text out")
	case !encrypted && s.CAFile != "":
		return nil, sdk.ConfigError("server.ca_file", "the connection is not encrypted; set start_tls or use imaps://")
	case !encrypted && !dialing.Loopback(u.Hostname()):
		return nil, sdk.ConfigError("server.url", "password and mail would go unencrypted over the network; set start_tls or use imaps://")
	case !encrypted && !s.ClearText:
		return nil, sdk.ConfigError("server.url", "set start_tls or use imaps://; to a server on this machine, clear_text: true allows a connection without encryption")
	}
	port := cmp.Or(u.Port(), map[string]string{"imaps": "993", "imap": "143"}[u.Scheme])
	e := &endpoint{address: net.JoinHostPort(u.Hostname(), port), startTLS: s.StartTLS, user: s.User, password: c.Password,
		silence: cmp.Or(time.Duration(s.Seconds)*time.Second, defaultSilence)}
	if encrypted {
		e.tls, err = dialing.TLS(u.Hostname(), s.CAFile, "server.")
	}
	return e, err
}

// dial connects, encrypts and signs in. The connection breaks when ctx ends.
func (e *endpoint) dial(ctx context.Context, user string) (*session, error) {
	dialer := net.Dialer{Timeout: e.silence}
	raw, err := dialer.DialContext(ctx, "tcp", e.address)
	if err != nil {
		return nil, orContext(ctx, dialProblem(err))
	}
	if e.tls != nil && !e.startTLS {
		secure := tls.Client(raw, e.tls.Clone())
		hasty, cancel := context.WithTimeout(ctx, e.silence)
		err := secure.HandshakeContext(hasty)
		cancel()
		if err != nil {
			_ = raw.Close()
			return nil, orContext(ctx, dialProblem(err))
		}
		raw = secure
	}
	s := &session{watch: newWatch(raw, e.silence)}
	s.release = context.AfterFunc(ctx, func() { _ = raw.Close() })
	if err := s.greet(e); err != nil {
		s.abandon()
		return nil, orContext(ctx, err)
	}
	if err := s.signIn(e, user); err != nil {
		s.abandon()
		return nil, orContext(ctx, err)
	}
	return s, nil
}

// greet waits for the first words of the server, and encrypts where it comes
// after them.
func (s *session) greet(e *endpoint) error {
	return s.command(smallAnswer, func() error {
		if e.startTLS {
			c, err := imapclient.NewStartTLS(s.watch, &imapclient.Options{TLSConfig: e.tls.Clone()})
			if err != nil {
				return greetingProblem(s, err, true)
			}
			s.client = c
			return nil
		}
		s.client = imapclient.New(s.watch, nil)
		return greetingProblem(s, s.client.WaitGreeting(), false)
	})
}

// orContext gives the context's error in place of the one that its end caused.
func orContext(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
